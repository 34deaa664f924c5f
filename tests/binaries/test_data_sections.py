"""Which sections are looked at for texts, and that hostile tables do not make more of a file than it holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cf_sbom.binaries import Image, Region
from cf_sbom.binaries.data_sections import data_sections
from cf_sbom.binaries.images import open_images
from fixtures.members.images import elf, elf_start, macho, pe


def opened(data: bytes) -> Image:
    (image,) = open_images(memoryview(data), pytest.fail)
    return image


def contents(data: bytes) -> list[bytes]:
    return [bytes(content) for _, content in data_sections(opened(data))]


@pytest.mark.parametrize(
    "data",
    [
        elf({".rodata": b"constant", ".data": b"variable", ".dynstr": b"x", ".rela.dyn": b"x", ".eh_frame": b"x"}),
        macho({"__cstring": b"constant", "__data": b"variable", "__text": b"x", "__unwind_info": b"x"}),
        pe({".rdata": b"constant", ".data": b"variable", ".text": b"x", ".pdata": b"x", ".rsrc": b"x"}),
    ],
    ids=["elf", "macho", "pe"],
)
def test_constants_and_variables(data: bytes) -> None:
    found = contents(data)
    assert {b"constant", b"variable"} <= set(found)
    assert b"x" not in found


def test_offsets_are_those_of_the_image() -> None:
    data = elf({".rodata": b"constant"})
    assert next((place, bytes(content)) for place, content in data_sections(opened(data))) == (
        elf_start(8),
        b"constant",
    )


def test_segments_where_there_are_no_sections() -> None:
    assert b"constant" in contents(elf({".rodata": b"constant"}, names=False))[0]


def test_code_is_no_data() -> None:
    image = opened(elf({".rodata": b"constant"}))
    code = tuple(section._replace(executable=True) for section in image.sections)
    assert data_sections(replace(image, sections=code)) == ()


def test_what_sections_share_is_given_once() -> None:
    image = opened(elf({".rodata": b"constant"}))
    size = len(image.data)

    def region(offset: int, length: int) -> Region:
        return Region(name=".rodata", address=0, offset=offset, size=length, memory=length, readable=True)

    sections = (*tuple(region(start, size - start) for start in range(50)), region(size - 1, 2), region(10, 20))
    found = data_sections(replace(image, sections=sections))
    assert sum(len(content) for _, content in found) == size
