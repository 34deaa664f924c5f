"""The linkage of PE: imports, delayed imports, forwarded exports, and the GUID of the debug data.

Knows Microsoft's "PE Format", sections "The .idata Section", "Delay-Load Import Tables", "The .edata Section" and "The
.debug Section", and the record of CodeView that the debug directory points to (`RSDS`).
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from operator import attrgetter
from uuid import UUID

from cf_sbom.binaries import How, Image, Linkage, Needed, pe
from cf_sbom.binaries.texts import Texts, collected
from cf_sbom.fields import Remark
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError

_IMPORT = struct.Struct("<5I")
_DELAYED = struct.Struct("<8I")
_EXPORT = struct.Struct("<2I2H7I")
_ADDRESS = struct.Struct("<I")
_DEBUG = struct.Struct("<2I2H4I")
_RELATIVE = 1  # the addresses of a delayed import count from the image base
_CODEVIEW, _RSDS = 2, b"RSDS"
_DYNAMIC_BASE, _NX_COMPAT = 0x40, 0x100
_MOST_FUNCTIONS = 65536  # ordinals have 16 bits


def read_directories(image: Image, limits: Limits, remark: Remark) -> Linkage:
    """The linkage of a PE image. Parts that cannot be read are a remark each."""
    directories = _Directories(image, Texts(limits))
    return Linkage(
        format=image.format,
        kind=image.kind,
        machine=image.machine,
        name="".join(collected(directories.own_name(), "names", limits, remark)),
        needed=(
            *collected(directories.imports(), "imported libraries", limits, remark),
            *collected(directories.delayed(), "delayed libraries", limits, remark),
            *collected(directories.forwarded(), "libraries that exports are forwarded to", limits, remark),
        ),
        build_id="".join(collected(directories.guids(), "GUIDs", limits, remark)[:1]),
        data_not_executable=bool(image.flags & _NX_COMPAT),
        address_randomised=bool(image.flags & _DYNAMIC_BASE),
    )


class _Directories:
    def __init__(self, image: Image, texts: Texts) -> None:
        self._image = image
        self._texts = texts
        # A hostile file may have as many sections as names, so each name is looked up in ordered ones.
        self._sections = sorted((s for s in image.sections if s.size), key=attrgetter("address"))
        self._starts = [section.address for section in self._sections]

    def _mapped(self, address: int) -> memoryview:
        """The same as image.mapped() where sections do not overlap."""
        number = bisect_right(self._starts, address) - 1
        if number >= 0:
            section = self._sections[number]
            if address < section.address + section.size:
                end = section.offset + section.size
                return self._image.data[section.offset + address - section.address : end]
        return self._image.data[:0]

    def imports(self) -> Iterator[Needed]:
        for _, _, _, name, table in self._rows(pe.IMPORTS, _IMPORT, "the import directory"):
            if not name or not table:
                return
            yield self._needed(self._image.base + name)

    def delayed(self) -> Iterator[Needed]:
        for flags, name, *_ in self._rows(pe.DELAYED, _DELAYED, "the directory of delayed imports"):
            if not name:
                return
            yield self._needed(name + (self._image.base if flags & _RELATIVE else 0), "delay")

    def own_name(self) -> Iterator[str]:
        for _, _, _, _, name, *_ in self._exports():
            if name:
                yield self._text(self._image.base + name, "the name in the export directory")

    def forwarded(self) -> Iterator[Needed]:
        """An export whose address lies in the export directory is no code but the text `OTHER.name`."""
        found = dict.fromkeys(text.rpartition(".")[0] for text in self._forwards())
        for name in found:
            if name:
                yield Needed(name=name if "." in name else f"{name}.dll", how=("reexport",))

    def _forwards(self) -> Iterator[str]:
        for *_, count, _, functions, _, _ in self._exports():
            directory = next(self._image.each_part(pe.EXPORTS))
            start, content = directory.address - self._image.base, self._mapped(directory.address)
            table = self._mapped(self._image.base + functions)
            for (address,) in _ADDRESS.iter_unpack(table[: min(count, len(table) // 4, _MOST_FUNCTIONS) * 4]):
                if start <= address < start + directory.size:
                    yield self._texts.at(content, address - start, "a forwarded export")

    def guids(self) -> Iterator[str]:
        for _, _, _, _, type_, size, address, place in self._rows(pe.DEBUG, _DEBUG, "the debug directory"):
            record = self._image.data[place : place + size] if place else self._mapped(self._image.base + address)
            if type_ == _CODEVIEW and record[:4] == _RSDS:
                if len(record) < 20:
                    raise ParseError("the debug record is cut off")
                yield str(UUID(bytes_le=bytes(record[4:20])))

    def _exports(self) -> Iterator[tuple[int, ...]]:
        """The one row of the export directory, if there is one."""
        for row in self._rows(pe.EXPORTS, _EXPORT, "the export directory"):
            yield row
            return

    def _rows(self, number: int, row: struct.Struct, what: str) -> Iterator[tuple[int, ...]]:
        """The rows of a directory, as far as it reaches. The size that stands there for imports is not always right:
        a row of zeros ends them."""
        for directory in self._image.each_part(number):
            content = self._mapped(directory.address)
            if number == pe.DEBUG:
                content = content[: directory.size]
            if len(content) < row.size:
                raise ParseError(f"{what} lies beyond its section")
            yield from (row.unpack_from(content, at) for at in range(0, len(content) - row.size + 1, row.size))

    def _needed(self, address: int, *how: How) -> Needed:
        return Needed(name=self._text(address, "the name of an imported library"), how=how)

    def _text(self, address: int, what: str) -> str:
        return self._texts.at(self._mapped(address), 0, what)
