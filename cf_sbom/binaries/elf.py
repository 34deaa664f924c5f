"""ELF: programs, libraries and objects of Linux and most other systems.

Knows the System V gABI, chapters "ELF Header", "Sections" and "Program Header", of both widths and byte orders. All
offsets are checked against the file; section contents are looked at only when they are asked for. A loader needs no
sections: where their table is broken, the program headers serve.
"""

from __future__ import annotations

import struct

from cf_sbom.binaries import MOST_REGIONS, Image, ImageKind, Order, Region
from cf_sbom.fields import Remark
from cf_sbom.parsing import ParseError

MAGIC = b"\x7fELF"
_KINDS: dict[int, ImageKind] = {1: "object", 2: "program", 3: "library"}
_MACHINES = {3: "x86", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x86_64", 183: "aarch64"} | {
    243: "riscv",
    258: "loongarch",
}
_NOBITS, _LOAD = 8, 1
DYNAMIC, INTERPRETER, NOTE, STACK = 2, 3, 4, 0x6474E551
"""Types of program headers."""
_EXTENDED, _MANY_SEGMENTS = 0xFFFF, 0xFFFF
_LONGEST_NAME = 256
_SECTIONS = "sections"
# Header behind e_ident; section header; program header: by width. The program header's fields are put into one order.
_HEADER = {4: "HHIIIIIHHHHHH", 8: "HHIQQQIHHHHHH"}
_SECTION = {4: "10I", 8: "IIQQQQIIQQ"}
_SEGMENT = {4: "8I", 8: "IIQQQQQQ"}


def read_elf(data: memoryview, remark: Remark) -> Image | None:
    """The image, or None where the magic is another. Raises ParseError for what is no sound ELF; a broken table of
    sections is a remark where there are program headers, and the image then has no sections."""
    if data[:4] != MAGIC:
        return None
    if len(data) < 20 or data[4] not in (1, 2) or data[5] not in (1, 2):
        raise ParseError("no sound ELF header")
    pointer, order = 4 * data[4], _order(data[5])
    header = struct.Struct(order + _HEADER[pointer])
    if len(data) < 16 + header.size:
        raise ParseError("the ELF header is cut off")
    kind, machine, _, _, segments_at, sections_at, _, _, segment_size, segments, section_size, sections, names = (
        header.unpack_from(data, 16)
    )
    rows: list[tuple[int, ...]] = []
    broken = ""
    if sections_at:
        try:
            (first,) = _table(data, order + _SECTION[pointer], sections_at, section_size, 1, _SECTIONS)
            # Where a count does not fit into the header, it stands in the first section.
            sections = sections or first[5]
            names = first[6] if names == _EXTENDED else names
            segments = first[7] if segments == _MANY_SEGMENTS else segments
            rows = _table(data, order + _SECTION[pointer], sections_at, section_size, sections, _SECTIONS)
        except ParseError as error:
            broken = str(error)
    segments = segments if segments_at else 0
    parts = tuple(
        _segment(row, pointer)
        for row in _table(data, order + _SEGMENT[pointer], segments_at, segment_size, segments, "segments")
    )
    if broken:
        if not any(type_ == _LOAD for type_, _ in parts):
            raise ParseError(broken)
        remark(f"{broken}; the file is read by its segments")
    return Image(
        format="ELF",
        kind=_kind(kind, parts),
        machine=_MACHINES.get(machine, f"machine {machine}"),
        pointer=pointer,
        order=order,
        sections=_sections(data, rows, names),
        segments=tuple(segment for type_, segment in parts if type_ == _LOAD),
        data=data,
        parts=parts,
    )


def _order(code: int) -> Order:
    return "<" if code == 1 else ">"


def _kind(code: int, segments: tuple[tuple[int, Region], ...]) -> ImageKind:
    """A shared object that names its interpreter is a position-independent program."""
    if code == 3 and any(type_ == INTERPRETER for type_, _ in segments):
        return "program"
    return _KINDS.get(code, "other")


def _table(data: memoryview, layout: str, offset: int, step: int, count: int, of: str) -> list[tuple[int, ...]]:
    row = struct.Struct(layout)
    if not count:
        return []
    if count > MOST_REGIONS:
        raise ParseError(f"more than {MOST_REGIONS} {of}")
    if step < row.size or offset + count * step > len(data):
        raise ParseError(f"the table of {of} lies beyond the end of the file")
    return [row.unpack_from(data, offset + number * step) for number in range(count)]


def _sections(data: memoryview, rows: list[tuple[int, ...]], names: int) -> tuple[Region, ...]:
    table = data[:0]
    if names < len(rows):
        offset, size = rows[names][4:6]
        table = data[offset : offset + size]
    found = []
    for name, type_, flags, address, offset, size, *_ in rows:
        text, end, _ = bytes(table[name : name + _LONGEST_NAME]).partition(b"\0")
        found.append(
            Region(
                name=text.decode("ascii", "replace") if end else "",
                address=address,
                offset=offset,
                size=0 if type_ == _NOBITS else size,
                memory=size,
                readable=bool(flags & 2),
                writable=bool(flags & 1),
                executable=bool(flags & 4),
            )
        )
    return tuple(found)


def _segment(row: tuple[int, ...], pointer: int) -> tuple[int, Region]:
    if pointer == 4:
        type_, offset, address, _, size, memory, flags, _ = row
    else:
        type_, flags, offset, address, _, size, memory, _ = row
    region = Region(
        name="",
        address=address,
        offset=offset,
        size=size,
        memory=memory,
        readable=bool(flags & 4),
        writable=bool(flags & 2),
        executable=bool(flags & 1),
    )
    return type_, region
