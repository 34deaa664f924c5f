"""Members of a tar archive as the bytes that they are in it: headers, extended headers, data and padding, unchanged.

Knows tar, nothing of packages. What is copied so keeps its mode, owner, times, links and every record of its headers,
also those that Python does not know.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cf_sbom.errors import DamageError, LimitError, TargetError
from cf_sbom.limits import Limits
from cf_sbom.paths import member_path
from cf_sbom.streams import CHUNK, Meter, damage
from cf_sbom.tars import only_zeros, open_tar, tar_stream

BLOCK = tarfile.BLOCKSIZE
RECORD = tarfile.RECORDSIZE
_SIZE, _SUM = slice(124, 136), slice(148, 156)
_LARGEST_OCTAL = 8**11


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMember:
    """A member: all blocks of its header, and its data with the padding behind it, to be read before the next one."""

    path: str
    info: tarfile.TarInfo
    header: bytes
    left: int
    _stream: _Recorded

    def blocks(self) -> Iterator[bytes]:
        """The bytes behind the header, in pieces."""
        left = self.left
        while left:
            with damage:
                piece = self._stream.read(min(CHUNK, left))
                if not piece:
                    raise EOFError("unexpected end of data")
            self._stream.forget()
            left -= len(piece)
            yield piece

    def data(self) -> Iterator[bytes]:
        """Its data without the padding, in pieces."""
        left = self.info.size if self.info.isreg() else 0
        for piece in self.blocks():
            yield piece[:left]
            left -= min(left, len(piece))


def raw_members(stream: Any, meter: Meter, limits: Limits) -> Iterator[RawMember]:
    """The members of an unpacked stream, in order. Raises TargetError for what is damaged or beyond the limits."""
    unpacked = tar_stream(stream, meter)
    recorded = _Recorded(unpacked)
    meter.before_header()
    with damage:
        tar = open_tar(recorded, "r", encoding="utf-8")  # type: ignore[arg-type]
    while True:
        with damage:
            info = tar.next()
        if info is None:
            break
        tar.members.clear()
        if info.size < 0:
            raise DamageError("a member of negative size")
        if len(info.name) > limits.path_length or len(info.linkname) > limits.path_length:
            raise LimitError(f"a member's name is longer than {limits.path_length} characters", "path_length")
        meter.before_body(info.size if info.isreg() else 0)
        header, left = recorded.taken(), tar.offset - recorded.tell()
        if info.issparse():
            raise TargetError(f"{member_path(info.name)[:200]}: a sparse file, which is not copied; pack it anew")
        member = RawMember(path=member_path(info.name), info=info, header=header, left=left, _stream=recorded)
        yield member
        while recorded.tell() < tar.offset:  # who does not want the data leaves it
            with damage:
                if not recorded.read(min(CHUNK, tar.offset - recorded.tell())):
                    raise EOFError("unexpected end of data")
            recorded.forget()
        meter.before_header()
    if not getattr(tar, "saw_end", False):
        raise DamageError("the tar archive ends without its end marker")
    if not only_zeros(unpacked):
        raise DamageError("there are bytes behind the end of the tar archive")


def resized(member: RawMember, size: int) -> bytes:
    """The header of a member for data of another size. Raises TargetError where its size stands in more places."""
    header = bytearray(member.header[-BLOCK:])
    plain = member.info.isreg() and not {"size", "GNU.sparse.size"} & set(member.info.pax_headers)
    if not plain or size >= _LARGEST_OCTAL or header[_SIZE][0] & 0x80:
        raise TargetError(f"{member.path}: its header in the tar archive is of a kind that is not written anew")
    header[_SIZE] = b"%011o\0" % size
    header[_SUM] = b" " * 8
    header[_SUM] = b"%06o\0 " % sum(header)
    return member.header[:-BLOCK] + bytes(header)


def new_member(path: str, data: bytes, mtime: int) -> bytes:
    """All blocks of a plain file that everybody may read."""
    info = tarfile.TarInfo(path)
    info.size, info.mtime, info.mode = len(data), mtime, 0o644
    return info.tobuf(format=tarfile.PAX_FORMAT) + padded(data)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK)


def end_marker(written: int) -> bytes:
    """What ends an archive of so many bytes: two blocks of zeros, and more up to a whole record."""
    return bytes(2 * BLOCK + -(written + 2 * BLOCK) % RECORD)


class _Recorded:
    """A stream that keeps what tarfile reads of it, until it is taken."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self.raw = stream.raw
        self._stream = stream
        self._kept = bytearray()

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._kept += data
        return data

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        while self.tell() < offset and self.read(min(CHUNK, offset - self.tell())):
            pass
        return self.tell()

    def taken(self) -> bytes:
        data = bytes(self._kept)
        self._kept.clear()
        return data

    def forget(self) -> None:
        self._kept.clear()
