"""HTTP to a registry that is not trusted: answers bounded in size and time, nothing unencrypted that was not asked for.

Knows requests and the docker configuration; nothing of manifests. Session has what oras uses of a session of requests.
No error says what requests or a server say: either may repeat a credential. TLS is always verified.
"""

from __future__ import annotations

import json
import os
import re
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from cf_sbom.about import NAME, VERSION
from cf_sbom.errors import AttachError
from cf_sbom.limits import MIB, Limits
from cf_sbom.parsing import ParseError, parse_json

SMALL = 4 * MIB
"""Bytes of an answer where no more is asked for."""
_TIMEOUT = (10, 30)  # seconds to connect, and between two parts of an answer
_LONGEST = 300  # seconds for one answer
_REDIRECTS = 5
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer; headers by name in any case. It has what oras asks of a response of requests."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def media_type(self) -> str:
        """The type of the content without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip()

    @property
    def code(self) -> str:
        """The registry's own word for what is wrong, such as ` (NAME_UNKNOWN)`, or ""; never its free text."""
        found = re.search(rb'"code"\s*:\s*"([A-Z_]{1,40})"', self.content[:4096])
        return f" ({found[1].decode()})" if found else ""


class Session:
    """Requests to one registry, and to where it sends us for tokens and blobs.

    host may have a port; plain: http instead of https. allowed: bytes of the next answers. Raises AttachError.
    """

    def __init__(self, host: str, *, plain: bool) -> None:
        try:
            import requests
        except ImportError:
            raise AttachError("pushing needs the library requests: pip install 'cf_sbom[oci]'") from None
        self.host, self.plain, self.allowed = host, plain, SMALL
        self.origin = f"{'http' if plain else 'https'}://{host}"
        self._requests = requests
        self._inner = requests.Session()
        self._inner.auth = lambda request: request  # else requests looks for passwords in ~/.netrc
        self._inner.headers.update({"User-Agent": f"{NAME}/{VERSION}", "Accept-Encoding": "identity"})

    def close(self) -> None:
        self._inner.close()

    def get(self, url: str, **fields: Any) -> Answer:
        return self.request("GET", url, **fields)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
        json: None = None,
        stream: bool = False,
        verify: bool = True,
    ) -> Answer:
        """Send, follow where a blob lies elsewhere, and read the answer. json, stream and verify are oras's words: the
        first is never given, and neither of the others changes anything."""
        fields = dict(headers or {})
        for _ in range(_REDIRECTS):
            self._check(url)
            answer = self._once(method, url, fields, params, data)
            if answer.status_code not in (301, 302, 303, 307, 308) or not answer.headers.get("Location"):
                return answer
            there = urljoin(url, answer.headers["Location"])
            if urlsplit(there)[:2] != urlsplit(url)[:2]:
                if method not in ("GET", "HEAD") or "/blobs/" not in url:
                    raise AttachError(f"{self.host} sends us to another host")
                fields.pop("Authorization", None)
            elif method not in ("GET", "HEAD"):
                raise AttachError(f"{self.host} moves what is sent to it")
            url, params = there, None
        raise AttachError(f"{self.host} sends us round and round")

    def _once(
        self, method: str, url: str, headers: dict[str, str], params: Mapping[str, str] | None, data: bytes | None
    ) -> Answer:
        import urllib3

        errors = self._requests.exceptions
        try:
            with self._inner.request(
                method,
                url,
                headers=headers,
                params=params,
                data=data,
                stream=True,
                timeout=_TIMEOUT,
                allow_redirects=False,
                verify=True,
            ) as response:
                content = b"" if method == "HEAD" else self._content(response.raw)
                return Answer(status_code=response.status_code, headers=response.headers, content=content)
        except errors.SSLError:
            reason = "has a certificate that is not accepted, or speaks no TLS"
        except (errors.Timeout, urllib3.exceptions.TimeoutError):
            reason = "gives no answer in time"
        except errors.ConnectionError:
            reason = "cannot be reached"
        except (errors.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            reason = f"cannot be asked ({type(error).__name__})"
        raise AttachError(f"{_shown(url)} {reason}")

    def _content(self, raw: Any) -> bytes:
        """The body, as it comes."""
        content, end = bytearray(), time.monotonic() + _LONGEST
        while chunk := raw.read1(_CHUNK, decode_content=False):
            content += chunk
            if len(content) > self.allowed:
                raise AttachError(f"{self.host} answers with more than {self.allowed} bytes")
            if time.monotonic() > end:
                raise AttachError(f"{self.host} takes more than {_LONGEST} seconds for one answer")
        return bytes(content)

    def _check(self, url: str) -> None:
        """Refuse an address that the user would not have given."""
        parts = urlsplit(url)
        if "@" in parts.netloc or parts.scheme not in ("http", "https"):
            raise AttachError(f"{self.host} sends us to what is no address of a registry")
        known = parts.netloc == self.host or (is_loopback(self.host) and is_loopback(parts.netloc))
        if parts.scheme == "http" and not (self.plain and known):
            raise AttachError(f"{_shown(url)} would be asked without encryption; that is refused")


def is_loopback(host: str) -> bool:
    """Whether a host, with or without port, is this machine by its name or number."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def docker_config() -> dict[str, Any]:
    """What the docker configuration knows of credentials: `auths` by host without scheme and path, `credHelpers` and
    `credsStore`. Raises AttachError."""
    path = Path(os.environ.get("DOCKER_CONFIG") or Path("~/.docker").expanduser()) / "config.json"
    try:
        tree = parse_json(path.read_bytes(), Limits(json_size=MIB))
    except FileNotFoundError:
        tree = {}
    except (OSError, ParseError):
        raise AttachError("the docker configuration (config.json) cannot be read, or is no JSON") from None
    tree = tree if isinstance(tree, dict) else {}
    auths, helpers, store = tree.get("auths"), tree.get("credHelpers"), tree.get("credsStore")
    return {
        "auths": {
            re.sub(r"^[a-z]+://|/.*$", "", host): {"auth": _auth(entry)}
            for host, entry in (auths if isinstance(auths, dict) else {}).items()
            if isinstance(entry, dict)
        },
        "credHelpers": helpers if isinstance(helpers, dict) else {},
        "credsStore": store if isinstance(store, str) else None,
    }


def _auth(entry: dict[str, Any]) -> str:
    """Name and password in base64, "" where a helper keeps them."""
    auth = entry.get("auth") or ""
    if not auth and entry.get("username"):
        auth = b64encode(f"{entry['username']}:{entry.get('password', '')}".encode()).decode()
    if not isinstance(auth, str) or not re.fullmatch(r"[A-Za-z0-9+/=_-]*", auth):
        raise AttachError("the docker configuration has an `auth` that is not base64")
    return auth


def _shown(url: str) -> str:
    """The host of an address, which may come from a server, for a message."""
    return re.sub(r"[^A-Za-z0-9.:\[\]-]", "?", urlsplit(url).netloc.rpartition("@")[2])[:100]
