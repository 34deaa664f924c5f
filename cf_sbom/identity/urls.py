"""Addresses from packages -> addresses that may stand in a document.

Knows URLs only. Nothing that identifies a person, a session or a machine gets through: credentials and tokens are
dropped, local paths and file: URLs refused, and an address that is nothing without its query is left out.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit, urlunsplit

_SCHEMES = frozenset(("http", "https", "ftp", "ftps", "git", "ssh", "git+https", "git+http", "git+ssh", "svn", "hg"))
_SECRET = re.compile(
    r"token|secret|passw|api[-_]?key|access[-_]?key|auth|signature|credential|session|^sig$|^key$|^x-amz-|^x-goog-|^se$|^sv$",
    re.IGNORECASE,
)
_SCP_LIKE = re.compile(r"(?:[^@/:\s]+@)(?P<host>[A-Za-z0-9.-]+):(?P<path>[^:\s]+)")
# A token of a conda server, as in https://host/t/TOKEN/channel; /t/some-topic/123 is a link to a forum.
_CONDA_TOKEN = re.compile(r"^((?:/+(?:api|conda))?)/+t/[^/]+(?=/|$)(?!/\d+(?:/\d+)?/?$)")
_PATH_PARAMETER = re.compile(r";[^/;=]*(?:token|session|sid|key|auth|passw|secret)[^/;=]*=[^/;]*", re.IGNORECASE)
# RFC 3987 iri-reference without user information: what the document schemas accept.
_HOST = re.compile(
    r"(?:[A-Za-z0-9._~-]|[\u00a1-\ud7ff\uf900-\ufdcf])+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?"
)
_REST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}|[\u00a1-\ud7ff\uf900-\ufdcf])*")
_MAX_LENGTH = 2048


class CleanUrl(NamedTuple):
    """url is "" when nothing may be stated; reason then says why, in words free of the address itself."""

    url: str
    reason: str = ""


def clean_url(text: str) -> CleanUrl:
    """An address fit for a document, or the reason why there is none."""
    text = text.strip()
    if scp := _SCP_LIKE.fullmatch(text):
        text = f"ssh://{scp['host']}/{scp['path'].lstrip('/')}"
    if len(text) > _MAX_LENGTH:
        return CleanUrl("", f"an address of more than {_MAX_LENGTH} characters is left out")
    try:
        parts = urlsplit(text)
    except ValueError:
        return CleanUrl("", "a malformed address is left out")
    scheme = parts.scheme.lower()
    if scheme == "file" or not parts.netloc:
        return CleanUrl("", "a local path is left out")
    if scheme not in _SCHEMES:
        return CleanUrl("", "an address with an unusual scheme is left out")
    host = parts.netloc.rpartition("@")[2]
    path = _without_secrets(parts.path.replace(" ", "%20"))
    if not _HOST.fullmatch(host) or not _REST.fullmatch(path):
        return CleanUrl("", "a malformed address is left out")
    pairs = parse_qsl(parts.query, keep_blank_values=True) if parts.query else []
    if any(not _SECRET.search(name) for name, _ in pairs) or (parts.query and not pairs):
        return CleanUrl("", "an address with a query is left out")
    fragment = parts.fragment if _REST.fullmatch(parts.fragment) and "=" not in parts.fragment else ""
    return CleanUrl(urlunsplit((scheme, host, path, "", fragment)))


def _without_secrets(path: str) -> str:
    """A path without tokens, however many stand in it: what is left would be cleaned no further."""
    while (cleaned := _CONDA_TOKEN.sub(r"\1", _PATH_PARAMETER.sub("", path))) != path:
        path = cleaned
    return path


def file_name(url: str) -> str:
    """The last part of an address's path, or ""."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]


_LOCAL_PATH = re.compile(r"(?:^|[\s=:,;'\"]|-[A-Za-z])(?:/[\w.+-]+/|~/|[A-Za-z]:[\\/]|\\\\|file:)")


def holds_local_path(value: str) -> bool:
    """Whether a short value, such as one of a variant, names a place on the builder's machine."""
    return _LOCAL_PATH.search(value) is not None
