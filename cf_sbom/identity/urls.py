"""Addresses from packages -> addresses that may stand in a document.

Knows URLs only. Nothing that identifies a person, a session or a machine gets through: credentials and tokens are
dropped, local paths and file: URLs refused, and an address that is nothing without its query is left out.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from cf_sbom.paths import unsafe

_SCHEMES = frozenset(("http", "https", "ftp", "ftps", "git", "ssh", "git+https", "git+http", "git+ssh", "svn", "hg"))
_SECRET = re.compile(
    r"token|secret|passw|api[-_]?key|access[-_]?key|auth|signature|credential|session|^sig$|^key$|^x-amz-|^x-goog-|^se$|^sv$",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(r"token|secret|passw|api[-_]?key|access[-_]?key|private[-_]?key|credential", re.IGNORECASE)
_SCP_LIKE = re.compile(r"(?:[^@/:\s]+@)(?P<host>[A-Za-z0-9.-]+):(?P<path>[^:\s]+)")
# A token of a conda server, as in https://host/t/TOKEN/channel; /t/some-topic/123 is a link to a forum.
_CONDA_TOKEN = re.compile(r"^((?:/+(?:api|conda))?)/+t/[^/]+(?=/|$)(?!/\d+(?:/\d+)?/?$)")
# Deeper in a path only what looks like a token is one: /packages/source/t/threads is not.
_DEEP_TOKEN = re.compile(r"/t/(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{12,}(?=/|$)|/t/tk-[A-Za-z0-9_-]+(?=/|$)")
_PATH_PARAMETER = re.compile(r";[^/;=]*(?:token|session|sid|key|auth|passw|secret)[^/;=]*=[^/;]*", re.IGNORECASE)
# RFC 3987 iri-reference without user information: what the document schemas accept.
_HOST = re.compile(
    r"(?:[A-Za-z0-9._~-]|[\u00a1-\ud7ff\uf900-\ufdcf])+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?"
)
_REST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}|[\u00a1-\ud7ff\uf900-\ufdcf])*")
_MAX_LENGTH = 2048
# Addresses with nothing in them that could have to go, nearly all: taking one apart takes ten times as long.
_PLAIN = re.compile(r"https?://[A-Za-z0-9.-]+(?:/(?!t/)[A-Za-z0-9._~+-]*)*(?:#[A-Za-z0-9._~+-]+)?")


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
    if _PLAIN.fullmatch(text):
        return CleanUrl(text)
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
    if host.startswith("[") and not _is_ipv6(host):
        return CleanUrl("", "a malformed address is left out")
    path = _without_secrets(parts.path.replace(" ", "%20"))
    if not _HOST.fullmatch(host) or not _REST.fullmatch(path):
        return CleanUrl("", "a malformed address is left out")
    pairs = parse_qsl(parts.query, keep_blank_values=True) if parts.query else []
    if any(not _SECRET.search(name) for name, _ in pairs) or (parts.query and not pairs):
        return CleanUrl("", "an address with a query is left out")
    fragment = parts.fragment if _REST.fullmatch(parts.fragment) and "=" not in parts.fragment else ""
    return CleanUrl(urlunsplit((scheme, host, path, "", fragment)))


def holds_secret(text: str) -> bool:
    """Whether a password or a token stands in an address, which clean_url() takes out. `git@` is none."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return False
    user = parts.netloc.rpartition("@")[0]
    return (
        (bool(user) and (":" in user or parts.scheme in ("http", "https")))
        or _without_secrets(parts.path) != parts.path
        or any(_SECRET.search(name) for name, _ in parse_qsl(parts.query))
    )


def _is_ipv6(host: str) -> bool:
    """Python versions differ in what they take between brackets."""
    try:
        IPv6Address(host[1:].partition("]")[0])
    except ValueError:
        return False
    return True


def _without_secrets(path: str) -> str:
    """A path without tokens, however many stand in it: what is left would be cleaned no further."""
    while (cleaned := _DEEP_TOKEN.sub("", _CONDA_TOKEN.sub(r"\1", _PATH_PARAMETER.sub("", path)))) != path:
        path = cleaned
    return path


def file_name(url: str) -> str:
    """The last part of an address's path, or ""."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]


def inner_url(path: str) -> str:
    """The address of a packaged file, relative to the package, or "" where its path leads out of it."""
    return "" if unsafe(path) else quote(path, safe="/").replace("~", "%7E")


# A place on a machine: an absolute path, wherever it begins, of Unix or Windows, plain or percent-encoded, or file:.
# What looks like \xNN\ is no share of a network but a byte of a name (paths.py); behind `.jar!` and the like is a place
# in an archive.
_LOCAL_PATH = re.compile(
    r"(?<![\w./%+-])(?<!\.\w{3}!)(?!(?<=:)//)(?:-[A-Za-z]+)?/{1,3}[\w.+-]+(?:/|$|[^\w/])"
    r"|(?<!\w)(?:~/|[A-Za-z]:[\\/]|\\{1,2}(?!x[0-9a-f]{2}\\)\w+\\)"
    r"|\bfile:|%2[Ff]\w+%2[Ff]",
    re.IGNORECASE,
)
# A match spec may begin with its channel's address and `::`, and go on with another; `::` in brackets is of IPv6.
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9+.-])[A-Za-z0-9+.-]+://(?:\[[0-9A-Fa-f:.]*\]|(?!::)[^\s'\"<>()|;,])*",
)
WITHHELD = "[withheld]"


def _is_plain(text: str) -> bool:
    """Whether a text has none of the signs that every address and every local path has."""
    return "/" not in text and "\\" not in text and ":" not in text and "%" not in text


def holds_local_path(text: str) -> bool:
    """Whether a text names a place on a machine; addresses in it are not looked at."""
    if _is_plain(text):
        return False
    return _LOCAL_PATH.search(_ADDRESS.sub("", text)) is not None or "file://" in text.lower()


def withheld(text: str) -> str:
    """A short text of a package as it may stand in a document: addresses are cleaned, private ones and local paths are
    replaced by a mark."""
    if _is_plain(text):
        return text
    cleaned = _ADDRESS.sub(lambda m: clean_url(m[0]).url or WITHHELD, text)
    return _LOCAL_WORD.sub(WITHHELD, cleaned) if holds_local_path(cleaned) else cleaned


def withheld_prose(text: str) -> str:
    """As withheld(), for running text, in which a slash alone means little: a local path has two parts at least."""
    if _is_plain(text):
        return text
    return _PROSE_PATH.sub(WITHHELD, _ADDRESS.sub(lambda m: clean_url(m[0]).url or WITHHELD, text))


def is_secret(name: str) -> bool:
    """Whether a thing of this name would be a credential."""
    return _SECRET_NAME.search(name) is not None


_PROSE_PATH = re.compile(
    r"(?<![\w./%+-])(?<!\.\w{3}!)(?!(?<=:)//)/[\w.+-]+/[^\s'\"<>()|;,\]}]*|(?<!\w)[A-Za-z]:\\[^\s'\"<>()|;,\]}]*|\bfile:/[^\s]*"
)
# The word around a local path; an address, which the clean ones are, is passed over.
_LOCAL_WORD = re.compile(
    r"(?<![\w./%+-])(?<!\.\w{3}!)(?!(?<=:)//)(?:-[A-Za-z]+)?/{1,3}[\w.+-]+(?:/[^\s'\"<>()|;,\]}]*)?"
    r"|(?<!\w)(?:~/|[A-Za-z]:[\\/]|\\{1,2}(?!x[0-9a-f]{2}\\)\w+\\)[^\s'\"<>()|;,\]}]*"
    r"|(?:[\w+]{0,20}\+)?\bfile:[^\s'\"<>()|;,\]}]*|%2[Ff]\w+%2[Ff][^\s]*",
    re.IGNORECASE,
)
