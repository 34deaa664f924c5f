"""Libraries that linkers read: `ar` archives of System V, GNU and BSD, static or import libraries.

Knows the members, the three ways their names are written, GNU's thin archives, whose members are files elsewhere, and
Microsoft's variant ("PE Format", section "Archive (Library) File Format"). What an import library tells is read by
cf_sbom.binaries.import_library, what an object holds by the readers of ELF, Mach-O and COFF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cf_sbom.binaries import Image, coff, elf, macho
from cf_sbom.binaries.import_library import is_coff, is_import, libraries, machine
from cf_sbom.binaries.pe import MACHINES
from cf_sbom.binaries.texts import Texts, collected
from cf_sbom.fields import Remark
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError

MAGIC, THIN_MAGIC = b"!<arch>\n", b"!<thin>\n"
MAGICS = (MAGIC, THIN_MAGIC, *macho.FAT_MAGICS)
"""First bytes of what may be an archive; a fat file may hold one for each machine."""
MOST_SECTIONS = 1_000_000
"""Sections of all objects of one archive; compilers write a section for each function where they are asked to."""
Holds: TypeAlias = Literal["object", "import", "other"]

_HEADER = 60
_FIELDS = re.compile(rb"(.{16}).{32}([0-9]{1,10}) *`\n", re.DOTALL)
_LONG_NAMES = b"//"
# Indices of symbols: System V (Microsoft has two), its form of 64 bits, and those of Microsoft for ARM64EC and XFG.
_INDICES = (b"/", b"/SYM64/", b"/<ECSYMBOLS>/", b"/<XFGHASHMAP>/")
_BSD_INDEX = "__.SYMDEF"
_BSD_NAME = re.compile(rb"#1/([0-9]{1,10})")
_GNU_NAME = re.compile(rb"/([0-9]{1,15})(?::[0-9]+)?")
_BITCODE = (b"BC\xc0\xde", b"\xde\xc0\x17\x0b")
_LONGEST_NAME = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveMember:
    """name as written, for a thin archive a path from the archive's folder; names may repeat. size is what the header
    states, data are the bytes, empty where they are elsewhere. holds: an object file of ELF, Mach-O, COFF or LLVM
    bitcode; a part of an import library; or other, which of a thin archive every member is."""

    name: str
    size: int
    data: memoryview
    holds: Holds

    @property
    def is_bitcode(self) -> bool:
        """Whether it is an object file in a form that no machine runs yet, for optimisation when it is linked."""
        return self.holds == "object" and bytes(self.data[:4]) in _BITCODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The members in their order, without indices of symbols and the table of long names. imports: the libraries that
    an import library stands for, such as `zlib1.dll`, each once."""

    thin: bool
    members: tuple[ArchiveMember, ...]
    imports: tuple[str, ...]

    @property
    def objects(self) -> int:
        """How many object files are in it."""
        return sum(member.holds == "object" for member in self.members)

    @property
    def is_import_library(self) -> bool:
        """Whether it has no code but that which leads to other libraries. One that has both is a static library too."""
        return bool(self.imports) and not self.objects

    @property
    def machines(self) -> tuple[str, ...]:
        """For which machines its imports are, each once; those of objects their images tell."""
        numbers = dict.fromkeys(machine(member.data) for member in self.members if member.holds == "import")
        return tuple(MACHINES.get(number, f"machine {number}") for number in numbers)


def open_archives(data: memoryview, limits: Limits, remark: Remark) -> Iterator[Archive]:
    """The archives in the bytes: several where a fat file has one for each machine; none where they are of another
    format. What is broken ends an archive and is a remark; the members before it are given."""
    for part in macho.slices(data, remark):
        if bytes(part[:8]) in (MAGIC, THIN_MAGIC):
            thin = bytes(part[:8]) == THIN_MAGIC
            reader = _Reader(part, thin, limits)
            members = collected(reader.members(), "members of an archive", limits, remark)
            imports = [name for member in members if member.holds == "import" for name in libraries(member.data)]
            yield Archive(thin=thin, members=members, imports=tuple(dict.fromkeys(imports)))


def open_objects(archive: Archive, remark: Remark) -> Iterator[tuple[int, Image]]:
    """The images of the members that are object files, each with the number of its member; none of bitcode. A broken
    one is a remark, and so is an archive of which not all is opened."""
    room = MOST_SECTIONS
    for number, member in enumerate(archive.members):
        if member.holds != "object" or member.is_bitcode:
            continue
        if room < 0:
            remark(f"its objects have more than {MOST_SECTIONS} sections, the rest is not read (limit of all sections)")
            return
        try:
            image = elf.read_elf(member.data, remark) or macho.read_macho(member.data) or coff.read_coff(member.data)
        except ParseError as error:
            remark(str(error))
            continue
        if image is not None:
            room -= len(image.sections)
            yield number, image


class _Reader:
    def __init__(self, data: memoryview, thin: bool, limits: Limits) -> None:
        self._data = data
        self._thin = thin
        self._texts = Texts(limits)
        self._names = data[:0]

    def members(self) -> Iterator[ArchiveMember]:
        at = len(MAGIC)
        while at < len(self._data):
            fields = _FIELDS.fullmatch(self._data[at : at + _HEADER])
            if fields is None:
                if not bytes(self._data[at : at + _HEADER]).strip(b"\0\n"):
                    return  # filled up
                raise ParseError("the header of a member of an archive is broken or cut off")
            at += _HEADER
            raw, size = fields[1].rstrip(b" "), int(fields[2])
            inside = not self._thin or raw in (_LONG_NAMES, *_INDICES)
            if inside and at + size > len(self._data):
                raise ParseError("a member of an archive lies beyond its end")
            content = self._data[at : at + size] if inside else self._data[:0]
            at += (size + 1) & ~1 if inside else 0
            if raw == _LONG_NAMES:
                self._names = content
            elif raw not in _INDICES:
                yield from self._member(raw, size, content)

    def _member(self, raw: bytes, size: int, content: memoryview) -> Iterator[ArchiveMember]:
        name, before = self._name(raw, content)
        if not name.startswith(_BSD_INDEX):
            content = content[before:]
            yield ArchiveMember(name=name, size=size - before, data=content, holds=_holds(content))

    def _name(self, raw: bytes, content: memoryview) -> tuple[str, int]:
        """The name, and how many bytes of the content it took."""
        what = "the name of a member"
        if bsd := _BSD_NAME.fullmatch(raw):
            length = int(bsd[1])
            if length > len(content):
                raise ParseError(f"{what} is longer than the member")
            if length > _LONGEST_NAME:
                raise ParseError(f"{what} is longer than {_LONGEST_NAME} bytes")
            return self._texts.decoded(bytes(content[:length]).rstrip(b"\0"), what), length
        if gnu := _GNU_NAME.fullmatch(raw):
            # GNU ends them with a slash and a line feed, Microsoft with a zero.
            rest = bytes(self._names[int(gnu[1]) :][: _LONGEST_NAME + 1])
            name, end, _ = rest.replace(b"\n", b"\0").partition(b"\0")
            if not end:
                raise ParseError(f"{what} is not in the table of long names, or is longer than {_LONGEST_NAME} bytes")
            return self._texts.decoded(name.removesuffix(b"/"), what), 0
        return self._texts.decoded(raw.removesuffix(b"/"), what), 0


def _holds(content: memoryview) -> Holds:
    start = bytes(content[:4])
    if start == elf.MAGIC or start in macho.MAGICS or start in _BITCODE:
        return "object"
    if is_import(content):
        return "import"
    return "object" if is_coff(content) else "other"
