"""Any bytes -> the programs in them: one in an ELF or PE file, several in a fat Mach-O file.

Knows which reader reads which magic.
"""

from __future__ import annotations

from collections.abc import Iterator

from cf_sbom.binaries import Image, elf, macho, pe
from cf_sbom.fields import Remark
from cf_sbom.parsing import ParseError

MAGICS = (elf.MAGIC, pe.MAGIC, *macho.MAGICS)
"""First bytes of what may be an image; Java classes and programs of DOS begin alike."""


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
