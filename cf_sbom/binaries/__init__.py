"""Bytes of programs and libraries -> facts. Knows file formats; nothing of conda, packages or SBOMs.

This module holds the record that the readers of ELF, Mach-O and PE give. Nothing here copies the bytes of a file: what
is asked for is a slice of the one buffer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from cf_sbom.parsing import ParseError

Format: TypeAlias = Literal["ELF", "Mach-O", "PE"]
ImageKind: TypeAlias = Literal["program", "library", "object", "other"]
Order: TypeAlias = Literal["<", ">"]

MOST_REGIONS = 65536
"""Sections, segments or load commands of one image; linkers write some dozens, compilers thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A section or a segment. offset and size are its bytes in the image (size 0 where it has none), address is where
    they are mapped, memory how many bytes they are there. segment: the segment of a Mach-O section."""

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
    of struct. Segments are what is mapped when it runs; in PE these are the sections."""

    format: Format
    kind: ImageKind
    machine: str
    pointer: int
    order: Order
    sections: tuple[Region, ...]
    segments: tuple[Region, ...]
    data: memoryview

    def section(self, *names: str) -> Region | None:
        """The first section with one of these names."""
        return next((section for section in self.sections if section.name in names), None)

    def content(self, region: Region) -> memoryview:
        """The bytes of a section or segment. Raises ParseError where the file ends before them."""
        if region.offset + region.size > len(self.data):
            raise ParseError(f"the section {region.name} lies beyond the end of the file")
        return self.data[region.offset : region.offset + region.size]

    def mapped(self, address: int) -> memoryview:
        """The bytes from an address on to the end of its segment, as far as the file holds them; empty where nothing
        is mapped."""
        for segment in self.segments:
            if segment.address <= address < segment.address + segment.size:
                end = segment.offset + segment.size
                return self.data[segment.offset + address - segment.address : end]
        return self.data[:0]
