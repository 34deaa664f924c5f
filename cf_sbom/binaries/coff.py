"""COFF: object files of Windows, as they stand in static libraries.

Knows Microsoft's "PE Format", sections "COFF File Header" and "Section Table", and the header of objects with more
sections than 65535 (ANON_OBJECT_HEADER_BIGOBJ of the Windows SDK). Objects for link-time code generation hold code in
a form of the compiler's own and are none here.
"""

from __future__ import annotations

import struct

from cf_sbom.binaries import MOST_REGIONS, Image, Region
from cf_sbom.binaries.import_library import is_coff
from cf_sbom.binaries.pe import MACHINES, section_name
from cf_sbom.parsing import ParseError

_PLAIN = struct.Struct("<HHIIIHH")
_BIG = struct.Struct("<HHHHI16sIIIIIII")
_BIG_ID = bytes.fromhex("c7a1bad1eebaa94baf20faf66aa4dcb8")
_SECTION = struct.Struct("<8s6I2HI")
_SYMBOL = {False: 18, True: 20}
_NO_BYTES = 0x80  # IMAGE_SCN_CNT_UNINITIALIZED_DATA


def read_coff(data: memoryview) -> Image | None:
    """The image of an object, or None where this is none. Raises ParseError where its tables lie outside."""
    if not is_coff(data):
        return None
    big = bytes(data[:4]) == b"\0\0\xff\xff"
    if big:
        if len(data) < _BIG.size:
            raise ParseError("the COFF header is cut off")
        _, _, _, machine, _, kind, _, _, _, _, count, symbols_at, symbols = _BIG.unpack_from(data)
        if kind != _BIG_ID:
            return None
        at = _BIG.size
    else:
        machine, count, _, symbols_at, symbols, _, _ = _PLAIN.unpack_from(data)
        at = _PLAIN.size
    if count > MOST_REGIONS:
        raise ParseError(f"more than {MOST_REGIONS} sections")
    if at + count * _SECTION.size > len(data):
        raise ParseError("the section table of an object lies beyond its end")
    strings = data[symbols_at + symbols * _SYMBOL[big] :] if symbols_at else data[:0]
    return Image(
        format="PE",
        kind="object",
        machine=MACHINES.get(machine, f"machine {machine}"),
        pointer=4 if machine in (0x14C, 0x1C0, 0x1C4) else 8,
        order="<",
        sections=tuple(_section(data, at + number * _SECTION.size, strings) for number in range(count)),
        segments=(),
        data=data,
    )


def _section(data: memoryview, at: int, strings: memoryview) -> Region:
    name, _, address, size, offset, _, _, _, _, flags = _SECTION.unpack_from(data, at)
    return Region(
        name=section_name(name.rstrip(b"\0"), strings),
        address=address,
        offset=offset,
        size=0 if flags & _NO_BYTES else size,
        memory=size,
        readable=bool(flags & 0x40000000),
        writable=bool(flags & 0x80000000),
        executable=bool(flags & 0x20000000),
    )
