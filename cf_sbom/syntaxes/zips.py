"""zip archives that lie inside the package (jars and the like): their directory and the few entries that are wanted.

Knows the zip format (PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5) and nothing of what entries mean. Of the directory
only the wanted entries are held, so that memory does not grow with its length; nothing is ever written.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from cf_sbom.limits import MIB, Limits
from cf_sbom.parsing import ParseError
from cf_sbom.paths import unsafe

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = 20  # bytes of the record between the two
_HEADER = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 65535
_FULL32 = 0xFFFFFFFF  # the value stands in a field of zip64
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_PIECE = 64 * 1024


class NotRead(ParseError):
    """Sound bytes, as far as one can see, that a limit or a missing method keeps from being read."""


class Room:
    """How many bytes may still be unpacked out of one archive and all archives in it."""

    def __init__(self, limits: Limits) -> None:
        self.left = limits.nested_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the directory says of one entry. offset is that of its header in the bytes, sizes are in bytes."""

    name: str
    offset: int
    packed: int
    size: int
    crc: int
    method: int
    flags: int


class Zip:
    """An opened archive. entries are the wanted ones in their order, each name once; remarks say what is wrong with the
    others. Raises ParseError where there is no directory."""

    def __init__(self, data: memoryview, limits: Limits, wanted: Callable[[str], bool]) -> None:
        self.entries: tuple[Entry, ...] = ()
        self.remarks: dict[str, int] = {}
        self._data = data
        self._limits = limits
        start, end, self._shift, stated = _directory(data)
        self.entries = self._apart(self._walk(start, end, stated, wanted))

    def unpack(self, entry: Entry, room: Room, limit: int = 0) -> memoryview:
        """The bytes of an entry; of a stored one a view without a copy. limit bounds the size beside the room. Raises
        NotRead, and ParseError where its bytes are not what the directory says."""
        if entry.flags & _ENCRYPTED:
            raise NotRead("encrypted")
        if entry.method not in (_STORED, _DEFLATED):
            raise NotRead(f"compressed by method {entry.method}, which is not read")
        if limit and entry.size > limit:
            raise NotRead(f"larger than {limit} bytes (limit embedded_size)")
        if entry.size > room.left:
            raise NotRead(f"more than {self._limits.nested_size} bytes in all (limit nested_size)")
        packed = self._packed(entry)
        room.left -= entry.size
        data = packed if entry.method == _STORED else memoryview(_inflate(packed, entry.size))
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise ParseError("its bytes are not those that the directory states")
        return data

    def _walk(self, start: int, end: int, stated: int, wanted: Callable[[str], bool]) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        position, count = start, 0
        while position + _HEADER.size <= end:
            if count == self._limits.entries:
                self._remark(f"more than {count} entries; the rest is not read (limit entries)")
                return found
            fields = _HEADER.unpack_from(self._data, position)
            name_end = position + _HEADER.size + fields[10]
            extra_end = name_end + fields[11]
            if fields[0] != b"PK\x01\x02" or extra_end + fields[12] > end:
                break
            count += 1
            name = str(self._data[position + _HEADER.size : name_end], "utf-8", "replace")
            position = extra_end + fields[12]
            if reason := unsafe(name):
                self._remark(reason)
            elif wanted(name):
                entry = self._entry(name, fields, self._data[name_end:extra_end])
                if name in found:
                    self._remark("an entry that stands there more than once; the last is read")
                found[name] = entry
        if position != end or count & 0xFFFF != stated & 0xFFFF:
            self._remark("the directory is not as long as it says")
        return found

    def _entry(self, name: str, fields: tuple[int, ...], extra: memoryview) -> Entry:
        size, packed, offset = _zip64(extra, fields[9], fields[8], fields[16])
        return Entry(
            name=name,
            offset=offset + self._shift,
            packed=packed,
            size=size,
            crc=fields[7],
            method=fields[4],
            flags=fields[3],
        )

    def _apart(self, entries: dict[str, Entry]) -> tuple[Entry, ...]:
        """Without those that begin inside of others: the same bytes would be unpacked again and again."""
        end = 0
        for entry in sorted(entries.values(), key=lambda e: e.offset):
            if entry.offset < end:
                self._remark("entries that overlap; only the first is read")
                del entries[entry.name]
            end = max(end, entry.offset + _LOCAL.size + entry.packed)
        return tuple(entries.values())

    def _packed(self, entry: Entry) -> memoryview:
        if entry.offset + _LOCAL.size > len(self._data):
            raise ParseError("lies outside of the archive")
        fields = _LOCAL.unpack_from(self._data, entry.offset)
        start = entry.offset + _LOCAL.size + fields[9] + fields[10]
        if fields[0] != b"PK\x03\x04" or start + entry.packed > len(self._data):
            raise ParseError("lies outside of the archive")
        return self._data[start : start + entry.packed]

    def _remark(self, reason: str) -> None:
        self.remarks[reason] = self.remarks.get(reason, 0) + 1


def _directory(data: memoryview) -> tuple[int, int, int, int]:
    """Where the directory begins and ends, by how much all offsets are to be shifted (something may stand before the
    archive, such as a script that starts it), and how many entries are stated."""
    base = max(0, len(data) - _END.size - _LONGEST_COMMENT)
    tail = bytes(data[base:])
    at = len(tail)
    while (at := tail.rfind(b"PK\x05\x06", 0, at)) >= 0:
        if at + _END.size <= len(tail) and at + _END.size + _END.unpack_from(tail, at)[7] <= len(tail):
            break
    if at < 0:
        raise ParseError("not a zip archive, or cut short: it has no directory")
    _, _, _, _, stated, size, offset, _ = _END.unpack_from(tail, at)
    end = base + at
    before = end - _LOCATOR64 - _END64.size
    if before >= 0 and bytes(data[before : before + 4]) == b"PK\x06\x06":
        *_, stated, size, offset = _END64.unpack_from(data, before)
        end = before
    start = end - size
    if start < 0 or start < offset:
        raise ParseError("its directory lies outside of the archive")
    return start, end, start - offset, stated


def _zip64(extra: memoryview, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The three numbers, of which those that do not fit into 32 bits stand in the extra field 1, in this order."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        if kind == 1:
            numbers = iter(struct.unpack_from(f"<{min(length, len(extra) - position - 4) // 8}Q", extra, position + 4))
            size, packed, offset = (next(numbers, n) if n == _FULL32 else n for n in (size, packed, offset))
            break
        position += 4 + length
    return size, packed, offset


def _inflate(packed: memoryview, size: int) -> bytearray:
    """Raw deflate data, at most size bytes and one. Fed by the piece: what zlib leaves over is copied each time."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    data = bytearray()
    try:
        for start in range(0, len(packed), _PIECE):
            rest: bytes | memoryview = packed[start : start + _PIECE]
            while not stream.eof and len(data) <= size:
                chunk = stream.decompress(rest, min(MIB, size + 1 - len(data)))
                data += chunk
                rest = stream.unconsumed_tail
                if not chunk and not rest:
                    break
    except zlib.error:
        raise ParseError("its compressed data is broken") from None
    return data
