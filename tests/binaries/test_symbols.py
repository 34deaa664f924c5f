"""Exported symbols, what functions return, and the version in the resources of PE."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.binaries import Image
from cf_sbom.binaries.images import open_images
from cf_sbom.binaries.pe_version import file_version
from cf_sbom.binaries.symbols import find_symbols, returned, text_at
from fixtures.members.exporting import SAMPLES, exporting_elf, exporting_macho, exporting_pe, returns
from fixtures.members.images import elf


def image(data: bytes) -> Image:
    (found,) = open_images(memoryview(data), lambda text: None)
    return found


NUMBERS = {"first": returns(7), "second": returns(0x10600), "third": returns("1.2.3")}


@pytest.mark.parametrize(
    "data",
    [
        exporting_elf(NUMBERS, soname="libdemo.so.1"),
        exporting_macho(
            {n: returns(v, arm=True) for n, v in zip(NUMBERS, (7, 0x10600, "1.2.3"), strict=True)}, name="x"
        ),
        exporting_pe(NUMBERS, name="demo.dll"),
    ],
    ids=["ELF", "Mach-O", "PE"],
)
def test_what_functions_return(data: bytes) -> None:
    found = image(data)
    symbols = find_symbols(found, ["first", "second", "third", "fourth", "irst"])
    assert symbols is not None
    assert symbols.keys() == {"first", "second", "third"}
    first, second, third = (returned(found, symbols[name]) for name in ("first", "second", "third"))
    assert (first, second) == (7, 0x10600)
    assert third is not None
    assert text_at(found, third) == b"1.2.3"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        (b"\xb8\x01\0\0\0\xc3", 1),
        (b"\x55\x48\x89\xe5\xb8\x01\0\0\0\x5d\xc3", 1),  # with a frame
        (b"\xb8\x01\0\0\0\x90", None),  # goes on
        (b"\x8b\x05\x01\0\0\0\xc3", None),  # out of a variable
        (b"\x31\xc0\xc3", None),
    ],
)
def test_instructions_of_x86_64(code: bytes, value: int | None) -> None:
    found = image(exporting_elf({"f": code.ljust(32, b"\xcc")}))
    symbols = find_symbols(found, ["f"])
    assert symbols is not None
    assert returned(found, symbols["f"]) == value


def test_a_symbol_that_is_asked_of_others_is_not_exported() -> None:
    assert find_symbols(image(exporting_elf({"f": b"x"}, undefined=["g"])), ["f", "g"]) == {
        "f": pytest.approx(0x4001C0, abs=0x200)
    }


def test_without_a_table_nothing_is_known() -> None:
    assert find_symbols(image(elf({".text": b"x"}, kind=3)), ["f"]) is None


def test_the_version_in_the_resources() -> None:
    assert file_version(image(exporting_pe({"f": b"x"}, name="x.dll", version=(14, 40, 33810, 0)))) == "14.40.33810.0"
    assert file_version(image(exporting_pe({"f": b"x"}, name="x.dll"))) == ""


@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 1 << 16), st.binary(min_size=1, max_size=16))
def test_broken_libraries_tell_something_or_nothing(name: str, place: int, bytes_: bytes) -> None:
    data = bytearray(SAMPLES[name])
    place %= len(data)
    data[place : place + len(bytes_)] = bytes_
    for found in open_images(memoryview(bytes(data)), lambda text: None):
        for address in (find_symbols(found, ["WebPGetDecoderVersion", "avifVersion", "f"]) or {}).values():
            text_at(found, returned(found, address) or 0)
        file_version(found)
