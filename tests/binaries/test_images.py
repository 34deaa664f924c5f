"""ELF, Mach-O and PE: what is read of them, and that nothing else than ParseError comes of broken ones."""

from __future__ import annotations

import struct
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.binaries import MOST_REGIONS, Image, Order
from cf_sbom.binaries.images import open_images
from cf_sbom.parsing import ParseError
from fixtures.members.images import BASE, SAMPLES, elf, elf_start, fat, kept, macho, pe

SECTIONS = {".text": b"code", ".a_rather_long_name": b"some bytes", "b": b""}
SHORT = {name[:16]: data for name, data in SECTIONS.items()}  # as Mach-O has them


def opened(data: bytes) -> tuple[list[Image], list[str]]:
    remarks: list[str] = []
    return list(open_images(memoryview(data), remarks.append)), remarks


def only(data: bytes) -> Image:
    (image,), remarks = opened(data)
    assert not remarks
    return image


def holds(image: Image, sections: dict[str, bytes]) -> None:
    """Every section is found by its name, by its bytes, and by its address."""
    for name, content in sections.items():
        section = image.section(name)
        assert section is not None
        assert bytes(image.content(section)) == content
        assert bytes(image.mapped(section.address)[: len(content)]) == content


@pytest.mark.parametrize(("pointer", "order"), list(product((4, 8), "<>")))
def test_elf_of_both_widths_and_byte_orders(pointer: int, order: Order) -> None:
    image = only(elf(SECTIONS, pointer=pointer, order=order))
    assert (image.format, image.kind, image.machine, image.pointer, image.order) == (
        *("ELF", "program", "x86_64"),
        *(pointer, order),
    )
    holds(image, SECTIONS)
    assert [(s.readable, s.writable, s.executable) for s in image.segments] == [(True, True, False)]
    assert not only(elf(SECTIONS, pointer=pointer, order=order, names=False)).sections


@pytest.mark.parametrize(("pointer", "order"), list(product((4, 8), "<>")))
def test_macho_of_both_widths_and_byte_orders(pointer: int, order: Order) -> None:
    image = only(macho(SHORT, pointer=pointer, order=order, kind=6))
    assert (image.format, image.kind, image.machine, image.pointer, image.order) == (
        *("Mach-O", "library", "arm64"),
        *(pointer, order),
    )
    holds(image, SHORT)
    assert {section.segment for section in image.sections} == {"__DATA"}


@pytest.mark.parametrize("pointer", [4, 8])
def test_pe_of_both_widths(pointer: int) -> None:
    image = only(pe(SECTIONS, pointer=pointer))
    assert (image.format, image.kind, image.pointer, image.order) == ("PE", "program", pointer, "<")
    holds(image, SECTIONS)
    text = image.section(".text")
    assert text is not None
    assert (text.executable, text.writable) == (True, False)
    assert only(pe(SECTIONS, library=True)).kind == "library"


@pytest.mark.parametrize("wide", [False, True])
def test_a_fat_file_holds_several(wide: bool) -> None:
    images, remarks = opened(fat([macho(SECTIONS, machine=0x01000007), macho(SECTIONS)], wide=wide))
    assert ([image.machine for image in images], remarks) == (["x86_64", "arm64"], [])
    for image in images:
        holds(image, SHORT)


def test_a_broken_part_of_a_fat_file_does_not_hide_the_others() -> None:
    good = macho(SECTIONS)
    data = fat([good[:40], good])
    images, remarks = opened(data)
    assert (len(images), remarks) == (1, ["the load commands of a Mach-O file lie beyond its end"])
    images, remarks = opened(data[:-1])
    assert (images, remarks[1:]) == ([], ["part 2 of a fat file lies beyond its end or upon another"])
    twice = bytearray(fat([good, good]))
    twice[28:40] = twice[8:20]
    for at in (16, 36):  # both parts are all that is there
        twice[at : at + 8] = (48).to_bytes(4, "big") + (len(twice) - 48).to_bytes(4, "big")
    images, remarks = opened(bytes(twice))
    assert (len(images), remarks) == (1, ["part 2 of a fat file lies beyond its end or upon another"])
    assert opened(data[:20]) == ([], ["the table of a fat file is cut off"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MZ",
        b"#!/bin/sh\n",
        b"MZ".ljust(64, b"\0") + b"a program of DOS",
        b"\xca\xfe\xba\xbe\x00\x00\x00\x34\x00\x1d\x0a\x00\x06",  # a Java class
        b"\xca\xfe\xba\xbe\x00\x03\x00\x2d\x00\x1d",
        fat([]),
        fat([b"!<arch>\n"]),
    ],
)
def test_what_is_no_image_is_passed_over_in_silence(data: bytes) -> None:
    assert opened(data) == ([], [])


def test_programs_and_libraries_are_told_apart() -> None:
    assert [only(elf({}, kind=kind)).kind for kind in (1, 2, 3, 4)] == ["object", "program", "library", "other"]
    assert only(kept("rust/listed-linux")).kind == "program"  # position-independent, with an interpreter


def test_many_sections_are_counted_in_the_first() -> None:
    data = bytearray(elf(SECTIONS))
    (table,) = struct.unpack_from("<Q", data, 40)
    struct.pack_into("<HH", data, 60, 0, 0xFFFF)
    struct.pack_into("<QI", data, table + 32, 5, 4)
    holds(only(bytes(data)), SECTIONS)
    struct.pack_into("<Q", data, table + 32, MOST_REGIONS + 1)
    (image,), remarks = opened(bytes(data))
    assert remarks == [f"more than {MOST_REGIONS} sections; the file is read by its segments"]
    assert (image.sections, len(image.segments)) == ((), 1)


@pytest.mark.parametrize("section_table", [2**40, 10**5])
def test_a_section_table_outside_of_the_file_is_no_reason_to_give_up(section_table: int) -> None:
    data = bytearray(elf(SECTIONS))
    struct.pack_into("<Q", data, 40, section_table)
    (image,), remarks = opened(bytes(data))
    assert remarks == ["the table of sections lies beyond the end of the file; the file is read by its segments"]
    assert bytes(image.mapped(BASE + elf_start(8))[:4]) == b"code"
    struct.pack_into("<QHHHH", data, 32, 0, *(0,) * 4)  # and no segments
    struct.pack_into("<Q", data, 40, section_table)
    struct.pack_into("<H", data, 56, 0)
    assert opened(bytes(data)) == ([], ["the table of sections lies beyond the end of the file"])


def test_content_beyond_the_end_is_told_when_it_is_asked_for() -> None:
    data = bytearray(elf(SECTIONS))
    (table,) = struct.unpack_from("<Q", data, 40)
    struct.pack_into("<Q", data, table + 64 + 32, 2**62)
    image = only(bytes(data))
    section = image.section(".text")
    assert section is not None
    with pytest.raises(ParseError, match=r"\.text lies beyond the end"):
        image.content(section)
    assert len(image.mapped(2**63)) == len(image.mapped(0)) == 0
    assert image.mapped(BASE + elf_start(8))[:4] == b"code"


@pytest.mark.parametrize("make", [elf, macho, pe])
def test_every_truncation_is_read_or_told(make: object) -> None:
    assert callable(make)
    data: bytes = make(SECTIONS)
    for length in range(len(data)):
        images, remarks = opened(data[:length])
        assert max(len(images), len(remarks)) <= 1
        assert not (images and remarks) or make is elf  # which segments alone may serve for
        for image in images:
            look(image)


def look(image: Image) -> None:
    for region in (*image.sections, *image.segments):
        image.mapped(region.address)
        with suppress(ParseError):
            assert len(image.content(region)) == region.size


@given(st.sampled_from(sorted(SAMPLES.values())), st.data())
def test_damaged_headers_raise_nothing(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, min(len(damaged), 900) - 1))] = data.draw(st.integers(0, 255))
    images, remarks = opened(bytes(damaged))
    assert len(remarks) <= 2
    for image in images:
        look(image)
