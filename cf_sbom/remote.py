"""Packages and lists of a channel on a web server -> local files and bytes.

Knows http and zip directories. A whole package is streamed into a file; where its metadata alone is wanted, a `.conda`
is fetched by range requests (RFC 9110, section 14) into a file of the same size with holes, of which the reader never
reads those. What a server sends is bounded, and believed no more than a file from elsewhere.
"""

from __future__ import annotations

import re
import struct
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urlsplit

from cf_sbom.about import NAME, VERSION
from cf_sbom.errors import (
    AbsentError,
    AttachError,
    DamageError,
    LimitError,
    SettingsError,
    TargetError,
    UnreachableError,
)
from cf_sbom.limits import MIB, Limits
from cf_sbom.packing.containers import ZIP, check_directory, role_of
from cf_sbom.streams import damage

if TYPE_CHECKING:
    from requests import Response, Session

_CONNECT, _READ = 10, 60  # seconds
_CHUNK = 128 * 1024
_SLOWEST = 10_000  # bytes a second, on average, after the first minute
_TAIL = 64 * 1024  # what holds the directory of every .conda file, and often its info part
_ATTEMPTS = 3
_NO_RANGES = (416, 501)  # statuses of servers that take no request for a range
_RANGE = re.compile(r"bytes (?P<first>\d{1,18})-(?P<last>\d{1,18})/(?P<size>\d{1,18})")
_NAME = re.compile(r"[^/\\\0]{1,255}")


def is_url(text: str) -> bool:
    """Whether a text is an address that can be fetched."""
    return text.startswith(("http://", "https://"))


class Remote:
    """Connections to web servers, kept open between requests. Proxies, certificates and netrc are those of the
    environment, as `requests` reads them. folder: for what is fetched, if not that of the system. Raises SettingsError
    where that library is missing."""

    def __init__(self, limits: Limits, folder: Path | None = None) -> None:
        self._limits = limits
        self._folder = folder
        self._session = _session()

    def close(self) -> None:
        self._session.close()

    @contextmanager
    def package(self, url: str, *, metadata_only: bool = False) -> Iterator[Path]:
        """A package as a local file under its own name, for as long as the context lasts. Raises TargetError, and
        AttachError where the temporary folder cannot take it."""
        try:
            name = unquote(urlsplit(url).path.rpartition("/")[2])
        except ValueError:
            name = ""
        if not _NAME.fullmatch(name) or name in (".", ".."):
            raise TargetError("the address does not end in the name of a file")
        with ExitStack() as stack:
            try:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cf-sbom-", dir=self._folder))
                path = Path(folder) / name
                with path.open("w+b") as file:
                    if not (metadata_only and name.endswith(".conda") and self._metadata(url, file)):
                        self._whole(url, file)
            except OSError as error:
                place = self._folder or tempfile.gettempdir()
                raise AttachError(f"the temporary folder {place}: {error.strerror or error}") from error
            yield path

    def read(self, url: str, limit: int) -> bytes:
        """A whole small file. Raises TargetError, LimitError for one of more than limit bytes."""
        with tempfile.TemporaryFile() as file:
            self._whole(url, file, limit)
            file.seek(0)
            return file.read()

    def _whole(self, url: str, file: BinaryIO, limit: int | None = None) -> None:
        """Stream a file; one that breaks off is asked for again."""
        for attempt in range(_ATTEMPTS):
            file.seek(0)
            file.truncate()
            try:
                with self._get(url) as response:
                    _copy(response, file, self._limits.total_size if limit is None else limit)
                return
            except _Broken as error:
                if attempt == _ATTEMPTS - 1:
                    raise TargetError(f"cannot be fetched: {error}") from None

    def _metadata(self, url: str, file: BinaryIO) -> bool:
        """Fetch the directory, the info part and metadata.json, or all where the server sends no ranges; False where
        that breaks off, or the server refuses to be asked for a range."""
        with self._get(url, f"bytes=-{_TAIL}", accepted=(200, 206, *_NO_RANGES)) as response:
            if response.status_code in _NO_RANGES:
                return False
            if response.status_code != 206:
                try:
                    _copy(response, file, self._limits.total_size)
                except _Broken:
                    return False
                return True
            version = _Version.of(response)
            if version.size > self._limits.total_size:
                raise LimitError(f"a file of {version.size} bytes", "total_size")
            file.truncate(version.size)
            start = _write(response, file, version.size)
        directory = _directory(file, start, version.size)
        if directory < start:
            self._range(url, file, directory, start, version)
        with damage:
            check_directory(file, version.size)
            with zipfile.ZipFile(file) as archive:
                entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
        if start:
            file.seek(0)
            file.write(ZIP)  # by which the container is told: the bytes of whatever entry comes first
        ends = [*(entry.header_offset for entry in entries[1:]), directory]
        for entry, end in zip(entries, ends, strict=True):
            if role_of(entry) in ("info", "metadata") and entry.header_offset < start:
                self._range(url, file, entry.header_offset, min(end, start), version)
        return True

    def _range(self, url: str, file: BinaryIO, first: int, end: int, version: _Version) -> None:
        """Fetch the bytes from first up to end."""
        if not 0 <= first < end:
            raise DamageError("the zip directory names bytes that are not there")
        with self._get(url, f"bytes={first}-{end - 1}") as response:
            if response.status_code != 206 or _Version.of(response) != version:
                raise TargetError("the file changed while it was fetched; run again")
            if _write(response, file, end - first) != first:
                raise TargetError("the server sent other bytes than it was asked for")

    def _get(self, url: str, part: str = "", accepted: tuple[int, ...] = (200, 206)) -> Response:
        from requests import ConnectionError, RequestException, Timeout

        headers = {"Accept-Encoding": "identity"} | ({"Range": part} if part else {})
        try:
            response = self._session.get(url, headers=headers, stream=True, timeout=(_CONNECT, _READ))
        except RequestException as error:
            unanswered = UnreachableError if isinstance(error, ConnectionError | Timeout) else TargetError
            raise unanswered(f"cannot be fetched: {_plain(error)}") from None
        if response.status_code not in accepted:
            response.close()
            kind = AbsentError if response.status_code in (404, 410) else TargetError
            raise kind(f"cannot be fetched: status {response.status_code} {response.reason or ''}".rstrip())
        return response


class _Broken(Exception):
    """The connection ended too early."""


@dataclass(frozen=True, slots=True)
class _Version:
    """What must stay the same between two requests for parts of one file."""

    size: int
    tag: str

    @classmethod
    def of(cls, response: Response) -> _Version:
        match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None:
            raise TargetError("cannot be fetched: the server does not say which part of the file it sends")
        tag = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
        return cls(int(match["size"]), tag)


def _copy(response: Response, file: BinaryIO, limit: int) -> None:
    expected = response.headers.get("Content-Length", "")
    size = 0
    for chunk in _chunks(response):
        size += len(chunk)
        if size > limit:
            raise LimitError(f"a file of more than {limit} bytes", "total_size")
        file.write(chunk)
    if expected.isascii() and expected.isdigit() and size != int(expected):
        raise _Broken(f"{size} of {expected} bytes came")


def _write(response: Response, file: BinaryIO, most: int) -> int:
    """Write a part where it belongs; where it begins."""
    match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if match is None or int(match["last"]) - int(match["first"]) >= most:
        raise TargetError("the server sent other bytes than it was asked for")
    first, left = int(match["first"]), int(match["last"]) + 1 - int(match["first"])
    file.seek(first)
    try:
        for chunk in _chunks(response):
            left -= len(chunk)
            if left < 0:
                break
            file.write(chunk)
    except _Broken as error:
        raise TargetError(f"cannot be fetched: {error}") from None
    if left:
        raise TargetError("cannot be fetched: the server sent more or fewer bytes than it said")
    return first


def _chunks(response: Response) -> Iterator[bytes]:
    from requests import RequestException

    begun, size = monotonic(), 0
    try:
        for chunk in response.iter_content(_CHUNK):
            size += len(chunk)
            if size < (monotonic() - begun - _READ) * _SLOWEST:
                raise _Broken("it comes too slowly")
            yield chunk
    except RequestException as error:
        raise _Broken(_plain(error)) from None


def _directory(file: BinaryIO, start: int, size: int) -> int:
    """Where the zip directory begins, by the record at the end."""
    file.seek(start)
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise DamageError("the zip directory is missing")
    length, offset = struct.unpack_from("<LL", tail, end + 12)
    if offset == 0xFFFFFFFF and end >= 76 and tail.startswith(b"PK\x06\x06", end - 76):  # zip64
        length, offset = struct.unpack_from("<QQ", tail, end - 36)
    if length > MIB or offset > size:
        raise DamageError("the zip directory is larger than 1 MiB or lies outside the file")
    return int(offset)


def _plain(error: Exception) -> str:
    """The kind of an error; its text may hold the whole address with what is secret in it."""
    cause: BaseException = error
    while (inner := getattr(cause, "reason", None) or (cause.args[0] if cause.args else None)) and isinstance(
        inner, BaseException
    ):
        cause = inner
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(cause).__name__).lower()


def _session() -> Session:
    try:
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry
    except ImportError:
        raise SettingsError("to fetch packages the library requests is needed: pip install 'cf_sbom[remote]'") from None
    session = requests.Session()
    retry = Retry(
        total=_ATTEMPTS,
        backoff_factor=0.5,
        status_forcelist=(429, 502, 503, 504),
        raise_on_status=False,
        respect_retry_after_header=False,  # a server may not say how long we wait
    )
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    session.max_redirects = 5
    session.headers["User-Agent"] = f"{NAME}/{VERSION}"
    return session
