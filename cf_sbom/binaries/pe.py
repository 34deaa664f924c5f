"""PE: programs and libraries of Windows.

Knows Microsoft's "PE Format": COFF header, optional header with its data directories, section table,
and the string table that holds the names of more than eight characters, as GNU and LLVM linkers write them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from cf_sbom.binaries import MOST_REGIONS, Image, ImageKind, Region
from cf_sbom.parsing import ParseError

MAGIC = b"MZ"
_COFF = struct.Struct("<HHIIIHH")
_SECTION = struct.Struct("<8s6I2HI")
MACHINES = {0x14C: "x86", 0x1C0: "arm", 0x1C4: "arm", 0x8664: "x86_64", 0xAA64: "aarch64"}
_LIBRARY, _EXECUTABLE = 0x2000, 0x0002
_CHARACTERISTICS = 70  # in the optional header
_DIRECTORIES = {4: 96, 8: 112}  # by the size of a pointer; their number stands before them
_DIRECTORY = struct.Struct("<II")
EXPORTS, IMPORTS, DEBUG, DELAYED = 0, 1, 6, 13
"""Numbers of data directories."""
_SYMBOL_SIZE = 18
_LONGEST_NAME = 256


def read_pe(data: memoryview) -> Image | None:
    """The image, or None where it is none: programs of DOS have the same first bytes. Raises ParseError for what is no
    sound PE. Addresses hold the image base."""
    if data[:2] != MAGIC or len(data) < 64:
        return None
    at = int.from_bytes(data[60:64], "little")
    if bytes(data[at : at + 4]) != b"PE\0\0":
        return None
    if at + 4 + _COFF.size > len(data):
        raise ParseError("the PE header is cut off")
    machine, count, _, symbols_at, symbols, optional_size, flags = _COFF.unpack_from(data, at + 4)
    optional = data[at + 4 + _COFF.size : at + 4 + _COFF.size + optional_size]
    pointer, base = _width(optional)
    table = at + 4 + _COFF.size + optional_size
    if count > MOST_REGIONS or table + count * _SECTION.size > len(data):
        raise ParseError("the section table of a PE file lies beyond its end")
    strings = data[symbols_at + symbols * _SYMBOL_SIZE :] if symbols_at else data[:0]
    sections = tuple(
        _section(_SECTION.unpack_from(data, table + number * _SECTION.size), base, strings) for number in range(count)
    )
    return Image(
        format="PE",
        kind=_kind(flags),
        machine=MACHINES.get(machine, f"machine {machine}"),
        pointer=pointer,
        order="<",
        sections=sections,
        segments=sections,
        data=data,
        parts=tuple(_directories(optional, pointer, base)),
        flags=int.from_bytes(optional[_CHARACTERISTICS : _CHARACTERISTICS + 2], "little"),
        base=base,
    )


def _directories(optional: memoryview, pointer: int, base: int) -> Iterator[tuple[int, Region]]:
    """Those that are there at all; a header may end before, or have room for more than it counts."""
    start = _DIRECTORIES[pointer]
    count = int.from_bytes(optional[start - 4 : start], "little")
    for number in range(min(count, (len(optional) - start) // _DIRECTORY.size)):
        address, size = _DIRECTORY.unpack_from(optional, start + number * _DIRECTORY.size)
        if address and size:
            yield number, Region(name="", address=base + address, offset=0, size=size, memory=size)


def _width(optional: memoryview) -> tuple[int, int]:
    """The size of a pointer and the image base, of the optional header."""
    magic = int.from_bytes(optional[:2], "little")
    if magic == 0x10B and len(optional) >= 32:
        return 4, int.from_bytes(optional[28:32], "little")
    if magic == 0x20B and len(optional) >= 32:
        return 8, int.from_bytes(optional[24:32], "little")
    raise ParseError("no sound optional header of a PE file")


def _kind(flags: int) -> ImageKind:
    if flags & _LIBRARY:
        return "library"
    return "program" if flags & _EXECUTABLE else "other"


def _section(row: tuple[bytes, int, int, int, int, int, int, int, int, int], base: int, strings: memoryview) -> Region:
    name, memory, address, size, offset, _, _, _, _, flags = row
    return Region(
        name=section_name(name.rstrip(b"\0"), strings),
        address=base + address,
        offset=offset,
        # In the file a section is filled up to a round size; what belongs to it ends before.
        size=min(size, memory) if memory else size,
        memory=memory,
        readable=bool(flags & 0x40000000),
        writable=bool(flags & 0x80000000),
        executable=bool(flags & 0x20000000),
    )


def section_name(short: bytes, strings: memoryview) -> str:
    """`/123` is the offset of a long name in the string table."""
    if short[:1] == b"/" and short[1:].isdigit():
        offset = int(short[1:])
        text, end, _ = bytes(strings[offset : offset + _LONGEST_NAME]).partition(b"\0")
        if end:
            return text.decode("ascii", "replace")
    return short.decode("ascii", "replace")
