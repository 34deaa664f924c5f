"""Which sections of an image hold data: constants and initialised variables, neither code nor tables for the linker.

Knows the names that linkers give to what only they, the loader or the unwinder read.
"""

from __future__ import annotations

from cf_sbom.binaries import Image, Region

_ELF = (".dyn", ".eh_frame", ".fini_array", ".gcc_except", ".gnu.", ".go", ".hash", ".init_array", ".interp", ".rel")
_MACHO = ("__eh_frame", "__gcc_except_tab", "__got", "__la_symbol_ptr", "__stub", "__text", "__unwind_info")
_PE = (".debug", ".drectve", ".edata", ".idata", ".pdata", ".reloc", ".rsrc", ".tls", ".xdata")
_SEGMENTS = ("__TEXT", "__DATA", "__DATA_CONST", "")  # objects have no names of segments


def data_sections(image: Image) -> tuple[tuple[int, memoryview], ...]:
    """Each by its offset in the image and its bytes, in the order of the file. Of an image without sections, the
    segments that hold no code. What sections have in common is given once; what lies beyond the end of the file is
    left out."""
    regions = [region for region in image.sections or image.segments if region.size and _holds_data(image, region)]
    found = []
    told = 0
    for region in sorted(regions, key=lambda region: (region.offset, region.size)):
        start, end = max(region.offset, told), region.offset + region.size
        if start < end <= len(image.data):
            found.append((start, image.data[start:end]))
            told = end
    return tuple(found)


def _holds_data(image: Image, region: Region) -> bool:
    if image.format == "Mach-O":
        return region.segment in _SEGMENTS and not region.name.startswith(_MACHO)
    tables = _ELF if image.format == "ELF" else _PE
    return region.readable and not region.executable and not region.name.startswith(tables)
