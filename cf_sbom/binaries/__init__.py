"""Bytes of programs and libraries -> facts. Knows file formats; nothing of conda, packages or SBOMs.

This module holds the records that the readers of ELF, Mach-O and PE give: an image, and its linkage. Nothing here
copies the bytes of a file: what is asked for is a slice of the one buffer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from cf_sbom.parsing import ParseError

Format: TypeAlias = Literal["ELF", "Mach-O", "PE"]
ImageKind: TypeAlias = Literal["program", "library", "object", "other"]
Order: TypeAlias = Literal["<", ">"]
How: TypeAlias = Literal["weak", "lazy", "delay", "reexport", "upward", "filter", "auxiliary"]
"""How a library is needed, beyond the plain way:

- weak: it may be absent (Mach-O);
- lazy: it is loaded on first use (Mach-O);
- delay: the same in PE; in Mach-O it is initialised on first use;
- reexport: the image gives its symbols on as its own (Mach-O; PE where exports are forwarded to it);
- upward: it needs the image in turn (Mach-O);
- filter, auxiliary: its symbols stand in for those of the image; an auxiliary one may be absent (ELF).
"""

MOST_REGIONS = 65536
"""Sections, segments or load commands of one image; linkers write some dozens, compilers thousands."""


class Region(NamedTuple):
    """A section or a segment. offset and size are its bytes in the image (size 0 where it has none), address is where
    they are mapped, memory how many bytes they are there. segment: the segment of a Mach-O section.

    A tuple, which is made in half the time of a frozen dataclass: a small library has forty of them."""

    name: str
    address: int
    offset: int
    size: int
    memory: int
    segment: str = ""
    readable: bool = False
    writable: bool = False
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One program, library or object file. data is all of it; pointer is the size of an address in bytes; order is that
    of struct. Segments are what is mapped when it runs; in PE these are the sections.

    parts are what the headers point to, each with its number there: program headers of ELF by their type, load commands
    of Mach-O, data directories of PE, of which only address and size are known. flags are those of the header (of PE
    the DLL characteristics); base is what relative addresses are added to, 0 but in PE."""

    format: Format
    kind: ImageKind
    machine: str
    pointer: int
    order: Order
    sections: tuple[Region, ...]
    segments: tuple[Region, ...]
    data: memoryview
    parts: tuple[tuple[int, Region], ...] = ()
    flags: int = 0
    base: int = 0

    def each_part(self, *numbers: int) -> Iterator[Region]:
        """The parts with one of these numbers, in their order."""
        return (region for number, region in self.parts if number in numbers)

    def section(self, *names: str) -> Region | None:
        """The first section with one of these names."""
        return next((section for section in self.sections if section.name in names), None)

    def content(self, region: Region) -> memoryview:
        """The bytes of a section or segment. Raises ParseError where the file ends before them."""
        if region.offset + region.size > len(self.data):
            name = f"the section {region.name}" if region.name else "a segment"
            raise ParseError(f"{name} lies beyond the end of the file")
        return self.data[region.offset : region.offset + region.size]

    def mapped(self, address: int) -> memoryview:
        """The bytes from an address on to the end of its segment, as far as the file holds them; empty where nothing
        is mapped."""
        for segment in self.segments:
            if segment.address <= address < segment.address + segment.size:
                end = segment.offset + segment.size
                return self.data[segment.offset + address - segment.address : end]
        return self.data[:0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """A library that the loader is asked for. name is as written: `libz.so.1`, `@rpath/libz.1.dylib`, `KERNEL32.dll`
    (whose case means nothing), or a path; `.dll` is added to what PE forwards to, as the loader does. version and
    compatibility are those of the library it was linked with, as Mach-O tells them, such as `1.2.13`; else empty."""

    name: str
    how: tuple[How, ...] = ()
    version: str = ""
    compatibility: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """What one image says of its linking. Everything is as written, nothing is resolved or normalised; what a format
    does not have, or a file does not say, is empty or None. What is broken is left out (and was a remark).

    kind is that of the image, but for a static position-independent program of ELF, which only its dynamic section
    tells from a library.
    name: soname of ELF, install name of a Mach-O library, name in the export directory of PE (often not the file's).
    needed: in the order of the file, which is the loader's; a name stands once for each way it is asked for.
    rpaths: DT_RPATH or LC_RPATH, runpaths: DT_RUNPATH, in order, `$ORIGIN` and `@loader_path` kept; an empty entry of
    ELF, which stands for the current folder, is an empty text. Where there are runpaths glibc passes the rpaths over.
    interpreter: the loader that a program names (PT_INTERP, LC_LOAD_DYLINKER).
    imported_versions: for each library the versions of symbols that are asked of it (`libc.so.6`: `GLIBC_2.34`); the
    library need not be in needed. exported_versions: those it defines itself, without the one that is its own name.
    version, compatibility: of a Mach-O library itself.
    build_id: the build id of ELF in hexadecimal; UUID of Mach-O and GUID of PE's debug data in lower case with hyphens.
    toolchain: the texts of `.comment`, each once, such as `GCC: (GNU) 13.2.0`.
    package_note: the text of `.note.package`, JSON that says which package of a distribution it was built for.
    text_relocations: of ELF, the loader must write into code.
    executable_stack: whether it asks for one. None where it is not said: of ELF without PT_GNU_STACK (glibc on x86 then
    takes a library as asking for one, Linux since 5.8 not a program of 64 bits), and of PE always.
    data_not_executable, address_randomised: of PE, the flags NX_COMPAT and DYNAMIC_BASE; else None.
    """

    format: Format
    kind: ImageKind
    machine: str
    name: str = ""
    needed: tuple[Needed, ...] = ()
    rpaths: tuple[str, ...] = ()
    runpaths: tuple[str, ...] = ()
    interpreter: str = ""
    imported_versions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exported_versions: tuple[str, ...] = ()
    version: str = ""
    compatibility: str = ""
    build_id: str = ""
    toolchain: tuple[str, ...] = ()
    package_note: str = ""
    text_relocations: bool = False
    executable_stack: bool | None = None
    data_not_executable: bool | None = None
    address_randomised: bool | None = None
