"""The linkage of Mach-O, out of its load commands.

Knows Apple's <mach-o/loader.h>: dylib commands, also in the form that carries flags (macOS 15), rpaths, UUID, dynamic
linker, and the flag of the header that allows an executable stack.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from uuid import UUID

from cf_sbom.binaries import How, Image, Linkage, Needed
from cf_sbom.binaries.texts import Texts, collected
from cf_sbom.fields import Remark
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError

_ID, _DYNAMIC_LINKER, _UUID, _RPATH = 0xD, 0xE, 0x1B, 0x8000001C
_LIBRARIES: dict[int, tuple[How, ...]] = {
    0xC: (),
    0x80000018: ("weak",),
    0x8000001F: ("reexport",),
    0x20: ("lazy",),
    0x80000023: ("upward",),
}
_MARK = 0x1A741800  # where else the time stamp stands
_FLAGS: tuple[tuple[int, How], ...] = ((1, "weak"), (2, "reexport"), (4, "upward"), (8, "delay"))
_ALLOW_STACK_EXECUTION = 0x20000


def read_commands(image: Image, limits: Limits, remark: Remark) -> Linkage:
    """The linkage of a Mach-O image. Parts that cannot be read are a remark each."""
    commands = _Commands(image, Texts(limits))
    own = (*collected(commands.libraries(_ID), "install names", limits, remark), Needed(name=""))[0]
    linkers = collected(commands.texts(_DYNAMIC_LINKER, "the dynamic linker"), "dynamic linkers", limits, remark)
    return Linkage(
        format=image.format,
        kind=image.kind,
        machine=image.machine,
        name=own.name,
        version=own.version,
        compatibility=own.compatibility,
        needed=collected(commands.libraries(*_LIBRARIES), "needed libraries", limits, remark),
        rpaths=collected(commands.texts(_RPATH, "an rpath"), "rpaths", limits, remark),
        interpreter="".join(linkers[:1]),
        build_id="".join(collected(commands.uuids(), "UUIDs", limits, remark)[:1]),
        executable_stack=bool(image.flags & _ALLOW_STACK_EXECUTION),
    )


class _Commands:
    def __init__(self, image: Image, texts: Texts) -> None:
        self._image = image
        self._texts = texts

    def libraries(self, *numbers: int) -> Iterator[Needed]:
        for number, region in self._image.parts:
            if number not in numbers:
                continue
            body = self._image.content(region)
            place, mark, version, compatibility = self._words(body, 4)
            flags = self._words(body, 5)[4] if mark == _MARK and number != _ID else 0
            how = (*_LIBRARIES.get(number, ()), *(word for bit, word in _FLAGS if flags & bit))
            yield Needed(
                name=self._texts.at(body, place, "the name of a library"),
                how=tuple(dict.fromkeys(how)),
                version=_version(version),
                compatibility=_version(compatibility),
            )

    def texts(self, number: int, what: str) -> Iterator[str]:
        for region in self._image.each_part(number):
            body = self._image.content(region)
            yield self._texts.at(body, self._words(body, 1)[0], what)

    def uuids(self) -> Iterator[str]:
        for region in self._image.each_part(_UUID):
            content = bytes(self._image.content(region)[8:24])
            if len(content) < 16:
                raise ParseError("the UUID is cut off")
            yield str(UUID(bytes=content))

    def _words(self, body: memoryview, count: int) -> tuple[int, ...]:
        """The first words behind number and size of a command."""
        row = struct.Struct(f"{self._image.order}{count}I")
        if len(body) < 8 + row.size:
            raise ParseError("a load command of a Mach-O file is cut off")
        return row.unpack_from(body, 8)


def _version(number: int) -> str:
    """Of 16, 8 and 8 bits."""
    return f"{number >> 16}.{number >> 8 & 0xFF}.{number & 0xFF}"
