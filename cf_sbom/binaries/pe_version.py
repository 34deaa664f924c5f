"""The version in the resources of a PE file.

Knows Microsoft's "PE Format", section "The .rsrc Section", and the structures VS_VERSIONINFO and VS_FIXEDFILEINFO.
"""

from __future__ import annotations

import struct

from cf_sbom.binaries import Image

_RESOURCES, _VERSION = 2, 16
_TREE, _ENTRY, _LEAF = struct.Struct("<12x2H"), struct.Struct("<2I"), struct.Struct("<2I")
_IS_TREE = 0x80000000
_SIGNATURE = b"\xbd\x04\xef\xfe"
_FIXED = struct.Struct("<4s4x2I")
_LONGEST = 65536


def file_version(image: Image) -> str:
    """The file's version in four parts, such as `14.40.33810.0`; "" where none is stated, or not soundly."""
    try:
        for directory in image.each_part(_RESOURCES):
            table = image.mapped(directory.address)
            place = _first(table, 0, _VERSION)
            for _ in range(2):  # by name, then by language: the first of each
                place = _first(table, place & ~_IS_TREE, None) if place & _IS_TREE else 0
            if place:
                address, size = _LEAF.unpack_from(table, place)
                return _fixed(bytes(image.mapped(image.base + address)[: min(size, _LONGEST)]))
    except struct.error:
        pass
    return ""


def _first(table: memoryview, place: int, wanted: int | None) -> int:
    """Where the first entry of a tree leads, or that with a number; 0 where there is none."""
    named, numbered = _TREE.unpack_from(table, place)
    for number in range(named + numbered):
        key, target = _ENTRY.unpack_from(table, place + _TREE.size + number * _ENTRY.size)
        if wanted is None or key == wanted:
            return int(target)
    return 0


def _fixed(record: bytes) -> str:
    place = record.find(_SIGNATURE)
    if place < 0:
        return ""
    _, most, least = _FIXED.unpack_from(record, place)
    return f"{most >> 16}.{most & 0xFFFF}.{least >> 16}.{least & 0xFFFF}"
