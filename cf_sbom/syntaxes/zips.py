"""zip archives that lie inside the package (jars, wheels and the like): their directory and the few entries that are
wanted, and archives in archives.

Knows the zip format (PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5) and nothing of what entries mean. Of the directory
only the wanted entries are held, so that memory does not grow with its length; nothing is ever written.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cf_sbom.fields import severity_of
from cf_sbom.limits import MIB, Limits
from cf_sbom.model import Severity
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


class _NotRead(ParseError):
    """Sound bytes, as far as one can see, that a limit or a missing method keeps from being read."""


class Room:
    """What an archive and all archives in it share: how many bytes may still be unpacked, and what is wrong in them."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.left = limits.nested_size
        self._wrong: dict[tuple[str, Severity], tuple[str, int]] = {}

    def say(self, place: str, reason: str, severity: Severity) -> None:
        """What is wrong, and where: a place in the outermost archive, or "" for that itself."""
        first, count = self._wrong.get((reason, severity), (place, 0))
        self._wrong[reason, severity] = (first, count + 1)

    def problems(self) -> Iterator[tuple[str, Severity]]:
        """One for each kind of what was said, however often that was, with the first place."""
        for (reason, severity), (first, count) in self._wrong.items():
            more = f" (and {count - 1} more like it)" if count > 1 else ""
            yield (f"{first}: {reason}{more}" if first else reason + more), severity


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
    """An archive that open_zip() has opened. data are its bytes, entries the wanted ones in their order, each name
    once."""

    def __init__(
        self, data: memoryview, room: Room, wanted: Callable[[str], bool], place: str = "", depth: int = 0
    ) -> None:
        self.data = data
        self.place = place
        self.entries: tuple[Entry, ...] = ()
        self._room = room
        self._limits = room.limits
        self._wanted = wanted
        self._depth = depth
        start, end, self._shift, stated = _directory(data)
        self.entries = self._apart(self._walk(start, end, stated))

    def path(self, name: str) -> str:
        """The place of an entry in the outermost archive; names of entries in entries are parted by `!/`."""
        return f"{self.place}!/{name}" if self.place else name

    def say(self, name: str, reason: str, severity: Severity) -> None:
        """What is wrong with an entry, or with the archive itself, whose name is ""."""
        self._room.say(self.path(name) if name else self.place, reason, severity)

    def remark(self, name: str, reason: str) -> None:
        """As say(), in the manner of fields.Remark: how bad it is, is told from the reason."""
        self.say(name, reason, severity_of(reason))

    def unpack(self, entry: Entry, limit: int = 0) -> memoryview | None:
        """The bytes of an entry; of a stored one a view without a copy. limit bounds the size beside the room. None
        where they cannot be had, which is said."""
        try:
            return self._unpacked(entry, limit)
        except ParseError as error:
            self.say(entry.name, str(error), "gap" if isinstance(error, _NotRead) else "damage")
        return None

    def open(self, entry: Entry, place: str) -> Zip | None:
        """The archive that an entry is, with the same entries wanted; place as path() gives it, or what may be shown of
        it. None for an empty entry, and where it cannot be read, which is said."""
        if self._depth >= self._limits.nested_depth:
            reason = f"archives nested deeper than {self._limits.nested_depth} are not read (limit nested_depth)"
            self._room.say(place, reason, "gap")
            return None
        data = self.unpack(entry)
        return open_zip(data, self._room, self._wanted, place, self._depth + 1) if data else None

    def _unpacked(self, entry: Entry, limit: int) -> memoryview:
        """Raises _NotRead, and ParseError where the bytes are not what the directory says."""
        if entry.flags & _ENCRYPTED:
            raise _NotRead("encrypted")
        if entry.method not in (_STORED, _DEFLATED):
            raise _NotRead(f"compressed by method {entry.method}, which is not read")
        if limit and entry.size > limit:
            raise _NotRead(f"larger than {limit} bytes (limit embedded_size)")
        if entry.size > self._room.left:
            raise _NotRead(f"more than {self._limits.nested_size} bytes in all (limit nested_size)")
        packed = self._packed(entry)
        self._room.left -= entry.size
        data = packed if entry.method == _STORED else memoryview(_inflate(packed, entry.size))
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise ParseError("its bytes are not those that the directory states")
        return data

    def _walk(self, start: int, end: int, stated: int) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        position, count = start, 0
        while position + _HEADER.size <= end:
            if count == self._limits.entries:
                self.say("", f"more than {count} entries; the rest is not read (limit entries)", "gap")
                return found
            fields = _HEADER.unpack_from(self.data, position)
            name_end = position + _HEADER.size + fields[10]
            extra_end = name_end + fields[11]
            if fields[0] != b"PK\x01\x02" or extra_end + fields[12] > end:
                break
            count += 1
            name = str(self.data[position + _HEADER.size : name_end], "utf-8", "replace")
            position = extra_end + fields[12]
            if reason := unsafe(name):
                self.say("", f"an entry with {reason}; left out", "damage")
            elif self._wanted(name):
                entry = self._entry(name, fields, self.data[name_end:extra_end])
                if name in found:
                    self.say("", "an entry that stands there more than once; the last is read", "damage")
                found[name] = entry
        if position != end or count & 0xFFFF != stated & 0xFFFF:
            self.say("", "the directory is not as long as it says", "damage")
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
                self.say("", "entries that overlap; only the first is read", "damage")
                del entries[entry.name]
            end = max(end, entry.offset + _LOCAL.size + entry.packed)
        return tuple(entries.values())

    def _packed(self, entry: Entry) -> memoryview:
        if entry.offset + _LOCAL.size > len(self.data):
            raise ParseError("lies outside of the archive")
        fields = _LOCAL.unpack_from(self.data, entry.offset)
        start = entry.offset + _LOCAL.size + fields[9] + fields[10]
        if fields[0] != b"PK\x03\x04" or start + entry.packed > len(self.data):
            raise ParseError("lies outside of the archive")
        return self.data[start : start + entry.packed]


def open_zip(
    data: memoryview, room: Room, wanted: Callable[[str], bool], place: str = "", depth: int = 0
) -> Zip | None:
    """An archive at a place in the outermost one, in as many others as depth tells; of its entries those are held whose
    names are wanted. None where there is no directory, which is said."""
    try:
        return Zip(data, room, wanted, place, depth)
    except ParseError as error:
        room.say(place, str(error), "damage")
    return None


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
