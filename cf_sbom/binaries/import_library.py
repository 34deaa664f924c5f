"""Members of import libraries of Windows -> the libraries they stand for.

Knows Microsoft's "PE Format", section "Import Library Format", whose short members name the library; the objects that
stand beside them; and those that GNU dlltool makes in their place, of which one has the name in its section `.idata$7`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_SHORT = struct.Struct("<HHHHIIHH")  # 0, 0xFFFF, version, machine, time, size of what follows, ordinal, type
_COFF = struct.Struct("<HHIIIHH")
_SECTION = struct.Struct("<8s6I2HI")
_MACHINES = (0x14C, 0x1C0, 0x1C4, 0x8664, 0xA641, 0xA64E, 0xAA64)
_IMPORTS = b".idata$"
_MOST_SECTIONS = 64  # those of an import library have fewer
_LONGEST_NAME = 256
_LONGEST_SHORT = 16384  # has the name of a symbol before that of the library
_BIG = 2  # least version of an object with more sections than 65535, which begins like a short member


def is_coff(data: memoryview) -> bool:
    """Whether this begins as an object file of Windows does."""
    if len(data) < _COFF.size:
        return False
    first, second, version, machine = struct.unpack_from("<4H", data)
    if (first, second) == (0, 0xFFFF):
        return version >= _BIG and machine in _MACHINES
    return first in _MACHINES and data[16] | data[17] << 8 == 0  # an object has no optional header


def is_import(data: memoryview) -> bool:
    """Whether this is part of an import library: a short member, or an object that has sections of imports."""
    return _is_short(data) or any(name.startswith(_IMPORTS) for name, _ in _sections(data))


def machine(data: memoryview) -> int:
    """The number of the machine that a part of an import library is for."""
    return int(_SHORT.unpack_from(data)[3] if _is_short(data) else _COFF.unpack_from(data)[0])


def libraries(data: memoryview) -> Iterator[str]:
    """The names of libraries that a part of an import library tells; most objects tell none."""
    if _is_short(data):
        size = min(_SHORT.unpack_from(data)[5], _LONGEST_SHORT)
        _, library, *_ = (*bytes(data[_SHORT.size : _SHORT.size + size]).split(b"\0", 2), b"")
        yield from _named(library)
        return
    sections = dict(_sections(data))
    # Microsoft's descriptor has it beside the row of the import directory, dlltool in the object that ends the list.
    for name in (b".idata$6",) if b".idata$2" in sections else (b".idata$7",):
        text, _, _ = bytes(sections.get(name, b"")).partition(b"\0")
        yield from _named(text)


def _named(name: bytes) -> Iterator[str]:
    if name and name.isascii() and len(name) <= _LONGEST_NAME and name.decode("ascii").isprintable():
        yield name.decode("ascii")


def _is_short(data: memoryview) -> bool:
    if len(data) < _SHORT.size:
        return False
    first, second, version, machine, *_ = _SHORT.unpack_from(data)
    return (first, second, version) == (0, 0xFFFF, 0) and machine in _MACHINES


def _sections(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Name and first bytes of the sections of a small object; nothing of what is broken."""
    if not is_coff(data):
        return
    _, count, *_ = _COFF.unpack_from(data)
    for number in range(min(count, _MOST_SECTIONS)):
        at = _COFF.size + number * _SECTION.size
        if at + _SECTION.size > len(data):
            return
        name, _, _, size, offset, *_ = _SECTION.unpack_from(data, at)
        yield name.rstrip(b"\0"), data[offset : offset + min(size, _LONGEST_NAME + 1)]
