"""Mach-O: programs, libraries and objects of macOS, alone or several machines in one fat file.

Knows the structures of Apple's <mach-o/loader.h> and <mach-o/fat.h>, of both widths and byte orders.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from cf_sbom.binaries import MOST_REGIONS, Image, ImageKind, Order, Region
from cf_sbom.fields import Remark
from cf_sbom.parsing import ParseError

_THIN: dict[bytes, tuple[int, Order]] = {
    b"\xce\xfa\xed\xfe": (4, "<"),
    b"\xcf\xfa\xed\xfe": (8, "<"),
    b"\xfe\xed\xfa\xce": (4, ">"),
    b"\xfe\xed\xfa\xcf": (8, ">"),
}
_FAT = {b"\xca\xfe\xba\xbe": ">iiIII", b"\xca\xfe\xba\xbf": ">iiQQII"}
FAT_MAGICS = tuple(_FAT)
MAGICS = (*_THIN, *_FAT)
_JAVA = 45  # a class file has its version, 45 or more, where a fat file has the number of its machines
_KINDS: dict[int, ImageKind] = {1: "object", 2: "program", 6: "library", 8: "library"}
_MACHINES = {7: "x86", 12: "arm", 18: "ppc", 0x01000007: "x86_64", 0x0100000C: "arm64", 0x01000012: "ppc64"}
_SEGMENT = {4: (1, "16s8I"), 8: (0x19, "16s4Q4I")}
_SECTION = {4: "16s16s9I", 8: "16s16s2Q8I"}
_ZERO_FILLED = (0x1, 0xC, 0x12)


def slices(data: memoryview, remark: Remark) -> Iterator[memoryview]:
    """The files of a fat file; any other file is its own only one. A part that lies outside the file is a remark."""
    layout = _FAT.get(bytes(data[:4]))
    count = int.from_bytes(data[4:8], "big")
    if layout is None or count >= _JAVA:
        yield data
        return
    row = struct.Struct(layout)
    room = len(data)
    for number in range(count):
        at = 8 + number * row.size
        if at + row.size > len(data):
            remark("the table of a fat file is cut off")
            return
        _, _, offset, size, *_ = row.unpack_from(data, at)
        room -= size
        if offset + size > len(data) or room < 0:
            remark(f"part {number + 1} of a fat file lies beyond its end or upon another")
        else:
            yield data[offset : offset + size]


def read_macho(data: memoryview) -> Image | None:
    """The image, or None where the magic is another or a fat file's. Raises ParseError for what is no sound Mach-O."""
    pointer, order = _THIN.get(bytes(data[:4]), (0, "<"))
    if not pointer:
        return None
    header = struct.Struct(order + "6I")
    start = header.size + 4 + (pointer == 8) * 4
    if len(data) < start:
        raise ParseError("the Mach-O header is cut off")
    machine, _, kind, commands, size, flags = header.unpack_from(data, 4)
    if start + size > len(data):
        raise ParseError("the load commands of a Mach-O file lie beyond its end")
    sections: list[Region] = []
    segments: list[Region] = []
    parts = []
    for command, at, body in _commands(data[start : start + size], order, commands):
        parts.append((command, Region(name="", address=0, offset=start + at, size=len(body), memory=0)))
        if command == _SEGMENT[pointer][0]:
            segment, inside = _read_segment(body, order, pointer)
            segments.append(segment)
            sections += inside
            if len(sections) > MOST_REGIONS:
                raise ParseError(f"more than {MOST_REGIONS} sections")
    return Image(
        format="Mach-O",
        kind=_KINDS.get(kind, "other"),
        machine=_MACHINES.get(machine, f"machine {machine}"),
        pointer=pointer,
        order=order,
        sections=tuple(sections),
        segments=tuple(segment for segment in segments if segment.name != "__PAGEZERO"),
        data=data,
        parts=tuple(parts),
        flags=flags,
    )


def _commands(table: memoryview, order: Order, count: int) -> Iterator[tuple[int, int, memoryview]]:
    """The load commands: number, place in the table, all bytes."""
    if count > MOST_REGIONS:
        raise ParseError(f"more than {MOST_REGIONS} load commands")
    head = struct.Struct(order + "II")
    at = 0
    for _ in range(count):
        if at + head.size > len(table):
            raise ParseError("a load command of a Mach-O file is cut off")
        command, size = head.unpack_from(table, at)
        if size < head.size or at + size > len(table):
            raise ParseError("a load command of a Mach-O file has an impossible size")
        yield command, at, table[at : at + size]
        at += size


def _read_segment(body: memoryview, order: Order, pointer: int) -> tuple[Region, list[Region]]:
    head = struct.Struct(order + "II" + _SEGMENT[pointer][1])
    row = struct.Struct(order + _SECTION[pointer])
    if len(body) < head.size:
        raise ParseError("a segment of a Mach-O file is cut off")
    _, _, name, address, memory, offset, size, _, protection, count, _ = head.unpack_from(body)
    if head.size + count * row.size > len(body):
        raise ParseError("the sections of a Mach-O segment are cut off")
    readable, writable, executable = (bool(protection & bit) for bit in (1, 2, 4))
    segment = Region(
        name=_text(name),
        address=address,
        offset=offset,
        size=size,
        memory=memory,
        readable=readable,
        writable=writable,
        executable=executable,
    )
    sections = []
    for number in range(count):
        name, owner, start, length, place, _, _, _, flags, *_ = row.unpack_from(body, head.size + number * row.size)
        sections.append(
            Region(
                name=_text(name),
                segment=_text(owner),
                address=start,
                offset=place,
                size=0 if flags & 0xFF in _ZERO_FILLED else length,
                memory=length,
                readable=readable,
                writable=writable,
                executable=executable,
            )
        )
    return segment, sections


def _text(name: bytes) -> str:
    return name.partition(b"\0")[0].decode("ascii", "replace")
