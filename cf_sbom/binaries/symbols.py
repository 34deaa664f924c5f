"""Names that a library gives to others -> their addresses, and what the simplest of its functions return.

Knows the symbol tables of the System V gABI (`.dynsym`), of Apple's <mach-o/nlist.h> and of the export directory in
Microsoft's "PE Format", and the few instructions that a function `return CONSTANT;` is compiled to on x86-64 and
AArch64. Nothing is executed.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from itertools import islice

from cf_sbom.binaries import Image, Region, pe
from cf_sbom.parsing import ParseError

_SYMTAB = 0x2
_MOST_PLACES = 4096  # in the table of texts: linkers write a name once
_MOST_EXPORTS = 65536  # ordinals have 16 bits
_EXPORTS = struct.Struct("<2I2H7I")
_UNDEFINED, _EXTERNAL, _TYPE, _SECTION = 0, 0x01, 0x0E, 0x0E
_MOST_TEXT = 256

# `endbr64` and the frame that clang makes for macOS may stand before, `pop rbp` behind.
_X86 = re.compile(
    rb"(?:\xf3\x0f\x1e\xfa)?(?:\x55\x48\x89\xe5)?(?:\xb8(?P<value>.{4})|\x48\x8d\x05(?P<distance>.{4}))\x5d?\xc3",
    re.DOTALL,
)
_RETURN, _NOP, _BTI = 0xD65F03C0, 0xD503201F, 0xD503245F


def find_symbols(image: Image, names: Iterable[str]) -> dict[str, int] | None:
    """The addresses of those names that the image defines for others; None where it has no table of them, or one that
    cannot be read. Linear in the size of the table, whatever is in it."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    try:
        if image.format == "ELF":
            return _elf(image, wanted)
        return _macho(image, wanted) if image.format == "Mach-O" else _pe(image, wanted)
    except (ParseError, struct.error):
        return None


def returned(image: Image, address: int) -> int | None:
    """The whole number, or the address, that the function at an address does nothing but return."""
    code = bytes(image.mapped(address)[:32])
    if image.machine == "x86_64":
        match = _X86.match(code)
        if match is None:
            return None
        if match["value"] is not None:
            return int.from_bytes(match["value"], "little")
        return address + match.end("distance") + int.from_bytes(match["distance"], "little", signed=True)
    return _arm(code, address) if image.machine in ("aarch64", "arm64") and image.order == "<" else None


def text_at(image: Image, address: int) -> bytes:
    """The text that begins at an address and ends with a zero; empty where there is none of at most 256 bytes."""
    text, end, _ = bytes(image.mapped(address)[:_MOST_TEXT]).partition(b"\0")
    return text if end else b""


def _places(strings: memoryview, names: Iterable[str], prefix: str = "") -> dict[int, str]:
    """Where each name stands in a table of texts; linkers let one end in another."""
    pattern = b"|".join(re.escape(f"{prefix}{name}".encode()) for name in names)
    found = islice(re.finditer(b"(?:" + pattern + rb")(?=\0)", strings), _MOST_PLACES)
    return {match.start(): match[0].decode().removeprefix(prefix) for match in found}


def _elf(image: Image, names: Iterable[str]) -> dict[str, int] | None:
    symbols, strings = image.section(".dynsym"), image.section(".dynstr")
    if symbols is None or strings is None:
        return None
    places = _places(image.content(strings), names)
    row = struct.Struct(f"{image.order}{'IBBHQQ' if image.pointer == 8 else 'IIIBBH'}")
    found = {}
    for entry in _rows(image.content(symbols), row):
        name = places.get(entry[0])
        if name is not None:
            section, value = (entry[3], entry[4]) if image.pointer == 8 else (entry[5], entry[1])
            if section != _UNDEFINED:
                found[name] = value
    return found


def _macho(image: Image, names: Iterable[str]) -> dict[str, int] | None:
    """Names of C have an underscore before them."""
    for command in image.each_part(_SYMTAB):
        start, count, strings, size = struct.unpack_from(f"{image.order}4I", image.content(command), 8)
        row = struct.Struct(f"{image.order}{'IBBHQ' if image.pointer == 8 else 'IBBHI'}")
        texts = image.data[strings : strings + size]
        places = _places(texts, names, "_")
        found = {}
        for place, kind, _, _, value in _rows(image.data[start : start + count * row.size], row):
            name = places.get(place)
            if name is not None and kind & _EXTERNAL and kind & _TYPE == _SECTION:
                found[name] = value
        return found
    return None


def _pe(image: Image, names: Iterable[str]) -> dict[str, int] | None:
    """Names of exports lie behind the tables of their directory."""
    for directory in image.each_part(pe.EXPORTS):
        content = image.mapped(directory.address)[: directory.size]
        first = directory.address - image.base
        *_, functions, named, functions_at, names_at, ordinals_at = _EXPORTS.unpack_from(content)
        places = {first + place: name for place, name in _places(content, names).items()}
        count = min(named, _MOST_EXPORTS)
        table = image.mapped(image.base + names_at)[: count * 4]
        ordinals, addresses = image.mapped(image.base + ordinals_at), image.mapped(image.base + functions_at)
        found = {}
        for number, (place,) in enumerate(_rows(table, struct.Struct("<I"))):
            name = places.get(place)
            if name is not None:
                (ordinal,) = struct.unpack_from("<H", ordinals, number * 2)
                (address,) = struct.unpack_from("<I", addresses, ordinal * 4)
                if ordinal < functions and not _is_inside(address, first, directory):  # else it is forwarded
                    found[name] = image.base + address
        return found
    return None


def _is_inside(address: int, first: int, directory: Region) -> bool:
    return first <= address < first + directory.size


def _rows(table: memoryview, row: struct.Struct) -> Iterator[tuple[int, ...]]:
    yield from row.iter_unpack(table[: len(table) // row.size * row.size])


def _arm(code: bytes, address: int) -> int | None:
    """`mov w0, #..`, a `movk` for the upper half; or `adrp` and `add`, `adr` where it is near; and `ret`."""
    value: int | None = None
    for number, word in enumerate(struct.unpack(f"<{len(code) // 4}I", code[: len(code) // 4 * 4])):
        if word == _RETURN:
            return value
        if word & 0xFFE0001F == 0x52800000:  # movz w0
            value = word >> 5 & 0xFFFF
        elif word & 0xFFE0001F == 0x72A00000 and value is not None:  # movk w0, lsl 16
            value |= (word >> 5 & 0xFFFF) << 16
        elif word & 0x9F00001F == 0x90000000:  # adrp x0
            value = ((address + number * 4) & ~0xFFF) + (_distance(word) << 12)
        elif word & 0x9F00001F == 0x10000000:  # adr x0
            value = address + number * 4 + _distance(word)
        elif word & 0xFFC003FF == 0x91000000 and value is not None:  # add x0, x0
            value += word >> 10 & 0xFFF
        elif word not in (_NOP, _BTI):
            return None
    return None


def _distance(word: int) -> int:
    """The signed 21 bits of adr and adrp."""
    bits = (word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3
    return bits - (1 << 21) if bits >> 20 else bits
