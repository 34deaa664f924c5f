"""What the linker of Go writes into a program: toolchain, modules and settings of the build.

Knows where Go's own reader (package debug/buildinfo) looks and both forms it reads: since Go 1.18 the strings stand
behind a header of 32 bytes, before that the header held the addresses of two string headers. The text between two
marks of 16 bytes has a line for each module and setting, parted by tabs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from cf_sbom.binaries import Image, Region
from cf_sbom.fields import Remark
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError

_MAGIC = re.compile(re.escape(b"\xff Go buildinf:"))
_ALIGN, _HEADER, _FRAME = 16, 32, 16
_INLINE, _BIG_ENDIAN = 2, 1
_VARINT = 10  # bytes of the longest number of 64 bits
_SECTIONS = (".go.buildinfo", "__go_buildinfo")
_SIGNS = (".gopclntab", "__gopclntab", ".note.go.buildid", ".gosymtab", "__gosymtab", ".data.rel.ro.gopclntab")
_TELLING = frozenset((*_SECTIONS, *_SIGNS))
_BUILD_ID = re.compile(re.escape(b'\xff Go build ID: "'))
_ID_WITHIN = 4096  # where a program has no section that tells Go, its code begins with the build id
_VERSION_LENGTH = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module as one line has it; replacement is what was built in its place."""

    path: str
    version: str
    sum: str = ""
    replacement: Module | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildInfo:
    """toolchain as written, such as `go1.22.3 X:boringcrypto`; package is the path of the main package, main the module
    it belongs to. A build without modules records neither main nor dependencies."""

    toolchain: str
    package: str = ""
    main: Module | None = None
    dependencies: tuple[Module, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()

    def setting(self, key: str) -> str:
        return next((value for name, value in self.settings if name == key), "")


def is_go(image: Image) -> bool:
    """Whether Go's linker made this, as sections or the build id before the code tell. A file of debug information has
    the sections, but nothing in them."""
    if any(section.size and section.name in _TELLING for section in image.sections):
        return True
    code = next((section for section in image.sections if section.executable), None)
    return code is not None and bool(_BUILD_ID.search(image.data[code.offset : code.offset + _ID_WITHIN]))


def read_build_info(image: Image, limits: Limits, remark: Remark) -> BuildInfo | None:
    """The build information, or None where there is none that can be read without loading the program. Raises
    ParseError where it is broken; lines that are broken are a remark."""
    header = _find(image)
    if header is None:
        return None
    if len(header) < _HEADER:
        raise ParseError("the build information is cut off")
    toolchain, text = _inline(header, limits) if header[15] & _INLINE else _pointed(header, image, limits)
    if not toolchain:
        return None
    info = BuildInfo(toolchain=_decoded(toolchain[:_VERSION_LENGTH]))
    if len(text) <= 2 * _FRAME or text[-_FRAME - 1] != 0x0A:
        return info  # no text about packages: built without modules before Go 1.18
    return _parse(_decoded(text[_FRAME:-_FRAME]), info, limits, remark)


def _find(image: Image) -> memoryview | None:
    """All mapped bytes from the header on."""
    place = image.section(*_SECTIONS) or _data_segment(image)
    if place is None:
        return None
    content = image.content(place)
    for found in _MAGIC.finditer(content):
        if (place.address + found.start()) % _ALIGN == 0:
            # The strings may run on behind the section, to the end of the segment.
            return image.mapped(place.address + found.start()) or content[found.start() :]
    return None


def _data_segment(image: Image) -> Region | None:
    """Where Go looks when no section has the name: what is first mapped writable. PE has no such section at all; in the
    other formats it is always there, so the search is spared unless something tells of Go or all names are gone."""
    if image.format != "PE" and image.sections and not image.section(*_SIGNS):
        return None
    return next((s for s in image.segments if s.writable and not s.executable and s.size and s.address), None)


def _inline(header: memoryview, limits: Limits) -> tuple[bytes, bytes]:
    toolchain, rest = _string(header[_HEADER:], limits)
    return toolchain, _string(rest, limits)[0]


def _string(data: memoryview, limits: Limits) -> tuple[bytes, memoryview]:
    """The string after a length of seven bits a byte, and what follows it."""
    length = 0
    for number, byte in enumerate(data[:_VARINT]):
        length |= (byte & 0x7F) << 7 * number
        if byte < 0x80:
            start = number + 1
            return _checked(data[start:], length, limits), data[start + length :]
    raise ParseError("a length in the build information has no end")


def _pointed(header: memoryview, image: Image, limits: Limits) -> tuple[bytes, bytes]:
    pointer, big = header[14], header[15] & _BIG_ENDIAN
    if pointer not in (4, 8):
        raise ParseError(f"the build information has pointers of {pointer} bytes")

    def number(data: memoryview, at: int) -> int:
        return int.from_bytes(data[at : at + pointer], "big" if big else "little")

    def string(address: int) -> bytes:
        if not address:
            return b""  # the loader sets it: a position-independent program
        place = image.mapped(address)
        if len(place) < 2 * pointer:
            raise ParseError("the build information points to nothing")
        return _checked(image.mapped(number(place, 0)), number(place, pointer), limits)

    return string(number(header, 16)), string(number(header, 16 + pointer))


def _checked(data: memoryview, length: int, limits: Limits) -> bytes:
    if length > len(data):
        raise ParseError("a text of the build information lies beyond the end of its segment")
    if length > limits.embedded_size:
        raise ParseError(f"a text of the build information has {length} bytes (limit embedded_size)")
    return bytes(data[:length])


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _parse(text: str, info: BuildInfo, limits: Limits, remark: Remark) -> BuildInfo:
    """The lines of the text. An unknown first word is passed over, as Go does."""
    main: Module | None = None
    modules: list[Module] = []
    settings: list[tuple[str, str]] = []
    package, last, broken = "", "", []
    lines = text.rstrip("\n").split("\n", limits.dependencies)
    if len(lines) > limits.dependencies:
        remark(f"more than {limits.dependencies} lines of build information; the rest is not read (limit dependencies)")
        del lines[-1]
    for number, line in enumerate(lines, 1):
        word, _, rest = line.partition("\t")
        parts = rest.split("\t")
        before, last = last, word
        if word == "path":
            package = rest
        elif word in ("mod", "dep") and len(parts) in (2, 3) and parts[0]:
            module = Module(path=parts[0], version=parts[1], sum="".join(parts[2:]))
            if word == "mod":
                main = module
            else:
                modules.append(module)
        elif word == "=>" and len(parts) == 3 and before in ("mod", "dep"):
            replacement = Module(path=parts[0], version=parts[1], sum=parts[2])
            if before == "dep":
                modules[-1] = replace(modules[-1], replacement=replacement)
            elif main is not None:
                main = replace(main, replacement=replacement)
        elif word == "build":
            key, _, value = rest.partition("=")
            settings.append((key, value.strip('"`')))
        elif word in ("mod", "dep", "=>"):
            broken.append(number)
            last = ""
    if broken:
        remark(f"{len(broken)} lines of the build information cannot be read; the first is line {broken[0]}")
    return replace(info, package=package, main=main, dependencies=tuple(modules), settings=tuple(settings))
