"""Streams from untrusted archives: metered, and with their damages turned into one error.

Knows compressed and decompressed bytes, nothing of tar or packages. What is read is bounded before it is held.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
import tarfile
import threading
import zipfile
import zlib
from typing import Any, BinaryIO, Literal

from cf_sbom.errors import DamageError, LimitError, TargetError
from cf_sbom.limits import MIB, Limits
from cf_sbom.model import Digest

try:
    from compression import zstd
except ImportError:
    from backports import zstd

CHUNK = 128 * 1024
_SMALLEST_FRAMES = 1024  # bytes on average; frames of a few bytes each take long and unpack to nothing
_RATIO_FROM = 256 * MIB
_WINDOW_LOG = 27  # 128 MiB: the largest window seen in real packages
_DIGESTS: tuple[Literal["md5", "sha256", "sha512"], ...] = ("md5", "sha256", "sha512")
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zstd.ZstdError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    RuntimeError,  # zipfile: encrypted entries
)


class _Damage:
    """Turns the many errors of broken archives into one: `with damage:`."""

    def __enter__(self) -> None:
        """Nothing is held."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, _DAMAGE):
            reason = " ".join(str(error).split())[:120] or type(error).__name__
            raise DamageError(reason) from error


damage = _Damage()


class ZstdStream:
    """The decompressed bytes of zstd frames; one that wants a larger window than 128 MiB is refused.

    The library's own file object reads its input 8 KiB at a time and copies its output twice.
    """

    def __init__(self, packed: Any) -> None:
        self._packed = packed
        self._taken = 0
        self._frames = 0
        self._frame = self._next_frame()

    def read(self, size: int) -> bytes:
        """At most size bytes, b"" at the end. Raises EOFError where the last frame is cut short."""
        while True:
            data = b""
            if self._frame.eof:
                data = self._frame.unused_data or self._take()
                if not data:
                    return b""
                self._frame = self._next_frame()
            elif self._frame.needs_input:
                data = self._take()
                if not data:
                    raise EOFError("the compressed data ends in mid-frame")
            try:
                unpacked: bytes = self._frame.decompress(data, size)
            except zstd.ZstdError as error:
                if "memory" in str(error):
                    reason = "is compressed with a zstd window of more than 128 MiB, which is not read; pack it anew"
                    raise TargetError(reason) from None
                raise
            if unpacked:
                return unpacked

    def _take(self) -> bytes:
        data: bytes = self._packed.read(CHUNK)
        self._taken += len(data)
        return data

    def _next_frame(self) -> Any:
        self._frames += 1
        if self._frames * _SMALLEST_FRAMES > self._taken + CHUNK:
            raise ValueError("too many zstd frames for so few bytes")
        return zstd_unpacker()


def zstd_unpacker() -> Any:
    """A decompressor for one frame, whose window is bounded."""
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})


def zstd_packer(level: int) -> Any:
    """A compressor for one frame with a checksum. One thread, so that the same bytes in are the same bytes out."""
    parameter = zstd.CompressionParameter
    options = {parameter.compression_level: level, parameter.checksum_flag: 1, parameter.nb_workers: 0}
    return zstd.ZstdCompressor(options=options)


class Meter:
    """Counts unpacked bytes against the limits, and those of headers against the members they announce."""

    def __init__(self, limits: Limits, packed: int) -> None:
        self._limits = limits
        self._total_limit = min(limits.total_size, max(_RATIO_FROM, packed * limits.compression_ratio))
        self._total = 0
        self._members = 0
        self._announced = 0
        self._allowed = 0

    def before_header(self) -> None:
        self._allowed = self._total + self._limits.header_size

    def before_extension(self, size: int) -> None:
        """A header that continues another one is read as a whole."""
        if size > self._limits.header_size:
            raise self._headers_too_long()

    def before_body(self, size: int) -> None:
        self._members += 1
        if self._members > self._limits.members:
            raise LimitError(f"more than {self._limits.members} members", "members")
        if size > self._limits.member_size:
            raise LimitError(f"a member of {size} bytes, more than {self._limits.member_size}", "member_size")
        self._announced += size  # a sparse member has more bytes than are read of the archive
        self._check_total(self._announced)
        self._allowed += size

    def add(self, size: int) -> None:
        self._total += size
        self._check_total(self._total)
        if self._total > self._allowed:
            raise self._headers_too_long()

    def _check_total(self, size: int) -> None:
        if size > self._total_limit:
            name = "total_size" if size > self._limits.total_size else "compression_ratio"
            raise LimitError(f"unpacks to more than {self._total_limit} bytes", name)

    def _headers_too_long(self) -> LimitError:
        return LimitError(f"more than {self._limits.header_size} bytes between two members", "header_size")


class Metered(io.RawIOBase):
    """A decompressed stream under a meter, read forward only; what goes wrong inside becomes a TargetError."""

    def __init__(self, stream: Any, meter: Meter) -> None:
        self.meter = meter
        self._stream = stream
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]
        with damage:
            data: bytes = self._stream.read(len(target))
        self.meter.add(len(data))
        self._position += len(data)
        target[: len(data)] = data
        return len(data)

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Reads what is passed over, to the end at most."""
        if whence != io.SEEK_SET or offset < self._position:
            raise io.UnsupportedOperation("an archive is read forward only")
        while self._position < offset and self.read(min(CHUNK, offset - self._position)):
            pass
        return self._position


class MemberStream:
    """The bytes of one member; the first of them are held, so that its head can be looked at before."""

    def __init__(self, stream: Any, size: int) -> None:
        self._stream = stream
        self._left = size
        self._first = self._next(CHUNK)

    def head(self, size: int) -> bytes:
        return self._first[:size]

    def read(self, size: int) -> bytes:
        """At most size bytes, b"" at the end."""
        if self._first:
            found, self._first = self._first[:size], self._first[size:]
            return found
        return self._next(size)

    def skip(self) -> None:
        while self.read(CHUNK):
            pass

    def _next(self, size: int) -> bytes:
        wanted = min(size, self._left)
        with damage:
            data: bytes = self._stream.read(wanted)
            if len(data) < wanted:
                raise EOFError("unexpected end of data")
        self._left -= wanted
        return data


class ArtifactDigests:
    """md5, sha256 and sha512 of the artifact, computed beside the pass through a file handle of its own."""

    def __init__(self, file: BinaryIO, expected: os.stat_result) -> None:
        self._file = file
        self._expected = expected
        self._hashes = [hashlib.new(name, usedforsecurity=False) for name in _DIGESTS]
        self._error: OSError | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="artifact-digests", daemon=True)

    def start(self) -> None:
        if not os.path.samestat(os.fstat(self._file.fileno()), self._expected):
            raise TargetError("the file changed while it was read; run again when nobody writes to it")
        self._thread.start()

    def result(self) -> tuple[Digest, ...]:
        self._thread.join()
        if self._error is not None:
            raise TargetError(f"cannot be read: {self._error.strerror}")
        return tuple(Digest(algorithm=n, value=h.hexdigest()) for n, h in zip(_DIGESTS, self._hashes, strict=True))

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._file.close()

    def _run(self) -> None:
        try:
            while not self._stopped.is_set() and (chunk := self._file.read(MIB)):
                for digest in self._hashes:
                    digest.update(chunk)
        except OSError as error:
            self._error = error


def read_whole(stream: BinaryIO, size: int) -> bytes:
    """The next bytes of a stream that gives them in pieces; fewer at its end."""
    data = bytearray()
    while len(data) < size and (chunk := stream.read(size - len(data))):
        data += chunk
    return bytes(data)
