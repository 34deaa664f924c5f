"""Small ELF, Mach-O and PE files made in memory: sections with given bytes, mapped at BASE plus their offset."""

from __future__ import annotations

import json
import lzma
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Literal

from support import FIXTURES

BASE = 0x400000
GO_MAGIC = b"\xff Go buildinf:"
GO_FRAME = bytes(range(16)), bytes(range(16, 32))
READ_WRITE = 6
Order = Literal["<", ">"]


def elf(
    sections: Mapping[str, bytes], *, pointer: int = 8, order: Order = "<", kind: int = 2, names: bool = True
) -> bytes:
    """kind 2 is a program, 3 a library. Without names there is no section table, as after sstrip."""
    wide = pointer == 8
    start = elf_start(pointer)
    body, places = _packed(sections, start)
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in (*sections, ".shstrtab"))
    strings_at = start + len(body)
    table_at = (strings_at + len(strings) + 15) & ~15
    rows = [(0, 0, 0, 0, 0)]
    for name, (offset, size) in places.items():
        rows.append((strings.index(b"\0" + name.encode() + b"\0") + 1, 1, BASE + offset, offset, size))
    rows.append((strings.index(b"\0.shstrtab\0") + 1, 3, 0, strings_at, len(strings)))
    count = len(rows) if names else 0
    ident = b"\x7fELF" + bytes((2 if wide else 1, 1 if order == "<" else 2, 1)) + bytes(9)
    header = ident + struct.pack(
        order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"),
        *(kind, 62, 1, BASE, 64 if wide else 52, table_at if names else 0, 0),
        *(64 if wide else 52, 56 if wide else 32, 1, 64 if wide else 40, count, max(count - 1, 0)),
    )
    length = strings_at
    if wide:
        segment = struct.pack(order + "IIQQQQQQ", 1, READ_WRITE, 0, BASE, BASE, length, length, 16)
    else:
        segment = struct.pack(order + "8I", 1, 0, BASE, BASE, length, length, READ_WRITE, 16)
    table = b"".join(
        struct.pack(order + ("IIQQQQIIQQ" if wide else "10I"), name, type_, 3, address, offset, size, 0, 0, 16, 0)
        for name, type_, address, offset, size in rows
    )
    data = (header + segment).ljust(start, b"\0") + body + strings
    return data.ljust(table_at, b"\0") + table if names else data


def elf_start(pointer: int) -> int:
    """Where the bytes of the first section stand."""
    return 128 if pointer == 8 else 96


def macho(
    sections: Mapping[str, bytes], *, pointer: int = 8, order: Order = "<", kind: int = 2, machine: int = 0x0100000C
) -> bytes:
    """kind 2 is a program, 6 a library. All sections are in the segment __DATA."""
    wide = pointer == 8
    row = 80 if wide else 68
    head = (72 if wide else 56) + row * len(sections)
    start = (28 + 4 * wide + head + 15) & ~15
    body, places = _packed(sections, start)
    end = start + len(body)
    magic = struct.pack(order + "I", 0xFEEDFACF if wide else 0xFEEDFACE)
    header = magic + struct.pack(order + "6I", machine, 0, kind, 1, head, 0) + bytes(4 * wide)
    layout = order + ("II16s4Q4I" if wide else "II16s8I")
    command = struct.pack(
        layout, 0x19 if wide else 1, head, b"__DATA", BASE, end, 0, end, 3, 3, len(sections), 0
    ) + b"".join(
        struct.pack(
            order + ("16s16s2Q8I" if wide else "16s16s9I"),
            *(name.encode(), b"__DATA", BASE + offset, size, offset, 4),
            *(0,) * (6 if wide else 5),
        )
        for name, (offset, size) in places.items()
    )
    return (header + command).ljust(start, b"\0") + body


def fat(images: Sequence[bytes], *, wide: bool = False) -> bytes:
    """Several Mach-O files in one."""
    data = struct.pack(">II", 0xCAFEBABF if wide else 0xCAFEBABE, len(images))
    place = 8 + len(images) * (32 if wide else 20)
    for image in images:
        layout, more = (">iiQQII", (0,)) if wide else (">iiIII", ())
        data += struct.pack(layout, 0, 0, place, len(image), 4, *more)
        place += len(image)
    return data + b"".join(images)


def pe(sections: Mapping[str, bytes], *, pointer: int = 8, library: bool = False) -> bytes:
    """Names of more than eight characters stand in the string table; .text is code, all others are written to."""
    optional = bytearray(240 if pointer == 8 else 224)
    optional[:2] = (0x20B if pointer == 8 else 0x10B).to_bytes(2, "little")
    if pointer == 8:
        optional[24:32] = BASE.to_bytes(8, "little")
    else:
        optional[28:32] = BASE.to_bytes(4, "little")
    start = (64 + 24 + len(optional) + 40 * len(sections) + 15) & ~15
    body, places = _packed(sections, start)
    strings = bytearray(4)
    table = b""
    for name, (offset, size) in places.items():
        short = name.encode()
        if len(short) > 8:
            short = f"/{len(strings)}".encode()
            strings += name.encode() + b"\0"
        flags = 0x60000020 if name == ".text" else 0xC0000040
        table += struct.pack("<8s6I2HI", short, size, offset, (size + 15) & ~15, offset, 0, 0, 0, 0, flags)
    flags = 0x2002 if library else 2
    coff = struct.pack("<HHIIIHH", 0x8664, len(sections), 0, start + len(body), 0, len(optional), flags)
    header = b"MZ".ljust(60, b"\0") + (64).to_bytes(4, "little") + b"PE\0\0" + coff + optional + table
    return header.ljust(start, b"\0") + body + strings


def _packed(sections: Mapping[str, bytes], start: int) -> tuple[bytes, dict[str, tuple[int, int]]]:
    """The contents one behind another at round places, and the place and size of each."""
    body, places = b"", {}
    for name, data in sections.items():
        places[name] = (start + len(body), len(data))
        body += data.ljust((len(data) + 15) & ~15, b"\0")
    return body, places


def go_inline(toolchain: str, text: str) -> bytes:
    """Build information as Go 1.18 and newer write it."""
    return GO_MAGIC + b"\x08\x02" + bytes(16) + _string(toolchain.encode()) + _string(_framed(text))


def go_pointers(
    toolchain: str, text: str, *, pointer: int = 8, order: Order = "<", at: int = BASE + elf_start(8)
) -> bytes:
    """Build information as older versions wrote it, to be mapped at an address: the header, two string headers, and
    both strings."""
    word = order + ("Q" if pointer == 8 else "I")
    strings = toolchain.encode(), _framed(text)
    headers, first = at + 32, at + 32 + 4 * pointer
    data = GO_MAGIC + bytes((pointer, int(order == ">")))
    data += struct.pack(word, headers) + struct.pack(word, headers + 2 * pointer)
    data = data.ljust(32, b"\0")
    for string in strings:
        data += struct.pack(word, first) + struct.pack(word, len(string))
        first += len(string)
    return data + b"".join(strings)


def _framed(text: str) -> bytes:
    return GO_FRAME[0] + text.encode() + GO_FRAME[1] if text else b""


def _string(data: bytes) -> bytes:
    return varint(len(data)) + data


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    out = b""
    while number >= 0x80:
        out += bytes((number & 0x7F | 0x80,))
        number >>= 7
    return out + bytes((number,))


def crates(*packages: object, **more: object) -> bytes:
    """The content of `.dep-v0`."""
    return zlib.compress(json.dumps({"packages": packages} | more).encode())


def kept(name: str) -> bytes:
    """A program of fixtures/members: `golang/tool-linux-amd64`."""
    return lzma.decompress((FIXTURES / "members" / f"{name}.xz").read_bytes())


GO_TEXT = (
    "path\texample.org/tool/cmd\n"
    "mod\texample.org/tool\tv1.0.0\t\n"
    "dep\texample.org/Paint/v3\tv3.1.0\th1:uBADjxNSbhpn3gOrJZP75P3NJzeaS2cOKBVmT8Mm2yM=\n"
    "build\t-buildmode=exe\n"
)
CRATES = (
    {"name": "cc", "version": "1.0.79", "source": "crates.io", "kind": "build"},
    {"name": "demo", "version": "0.3.0", "source": "local", "dependencies": [0], "root": True},
)
SAMPLES = {
    "bin/go": elf({".go.buildinfo": go_inline("go1.22.3", GO_TEXT)}),
    "bin/old-go": elf({".go.buildinfo": go_pointers("go1.16", GO_TEXT)}),
    "bin/rust": macho({".dep-v0": crates(*CRATES)}),
    "bin/both.exe": pe({".data": go_inline("go1.22.3", GO_TEXT), ".dep-v0": crates(*CRATES)}),
    "bin/fat": fat([macho({"__go_buildinfo": go_inline("go1.22.3", GO_TEXT), ".dep-v0": crates(*CRATES)})]),
}
"""A sample for every format and for both kinds of build information."""
