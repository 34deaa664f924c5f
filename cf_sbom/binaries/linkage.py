"""Program or library -> what it links to and how it says it was built.

Knows which module reads which format. The record that they share, Linkage, stands in the package's own module.
"""

from __future__ import annotations

from cf_sbom.binaries import Image, Linkage
from cf_sbom.binaries.elf_dynamic import read_dynamic
from cf_sbom.binaries.macho_commands import read_commands
from cf_sbom.binaries.pe_directories import read_directories
from cf_sbom.fields import Remark
from cf_sbom.limits import Limits

_READERS = {"ELF": read_dynamic, "Mach-O": read_commands, "PE": read_directories}


def read_linkage(image: Image, limits: Limits, remark: Remark) -> Linkage:
    """The linkage of one image, as open_images() gives them; of a file for several machines each has its own. An object
    file gives little more than its machine and toolchain. Raises nothing: a part that is broken is a remark, and the
    rest is read. Bounded by the limits dependencies (entries of a list), field_length (one name or list of paths,
    `.comment`, `.note.package`) and embedded_size (all of them together)."""
    return _READERS[image.format](image, limits, remark)
