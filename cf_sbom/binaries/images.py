"""Any bytes -> the programs in them: one in an ELF or PE file, several in a fat Mach-O file.

Knows which reader reads which magic. Several extractors read the same member: `body.shared(opened)` opens it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cf_sbom.binaries import Image, elf, macho, pe
from cf_sbom.fields import Remark
from cf_sbom.parsing import ParseError

MAGICS = (elf.MAGIC, pe.MAGIC, *macho.MAGICS)
"""First bytes of what may be an image; Java classes and programs of DOS begin alike."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The images in a file, none where it is of no known format, and a remark for each that is broken."""

    images: tuple[Image, ...]
    remarks: tuple[str, ...]


def opened(data: memoryview) -> Opened:
    """What is in the bytes."""
    remarks: list[str] = []
    images = tuple(open_images(data, remarks.append))
    return Opened(images, tuple(remarks))


def open_images(data: memoryview, remark: Remark) -> Iterator[Image]:
    """The images in the bytes; none where they are of no known format. A broken one is a remark, and the others are
    given."""
    for part in macho.slices(data, remark):
        try:
            image = elf.read_elf(part, remark) or pe.read_pe(part) or macho.read_macho(part)
        except ParseError as error:
            remark(str(error))
        else:
            if image is not None:
                yield image
