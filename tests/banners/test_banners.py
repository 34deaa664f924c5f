"""The table of banners on real excerpts, what it must not find, and how it is searched."""

from __future__ import annotations

import re
from itertools import chain

import pytest
from banners.samples import SAMPLES
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.banners import Banner, Hit, Library, apart, beside, finder, text
from cf_sbom.banners.finder import MOST_VERSIONS, Finder, find_banners
from cf_sbom.banners.libraries import LIBRARIES


def found(*pieces: bytes) -> tuple[Hit, ...]:
    """Each piece is a section; they follow one another in the file."""
    sections, start = [], 0
    for piece in pieces:
        sections.append((start, memoryview(piece)))
        start += len(piece)
    return find_banners(sections, pytest.fail)


def told(*pieces: bytes) -> set[tuple[str, str]]:
    return {(hit.library.name, hit.version) for hit in found(*pieces)}


# The table


@pytest.mark.parametrize(("name", "version", "place", "pieces"), SAMPLES, ids=lambda value: value)
def test_a_real_excerpt_is_the_library_and_no_other(
    name: str, version: str, place: str, pieces: tuple[bytes, ...]
) -> None:
    assert told(*pieces) == {(name, version)}
    assert told(b"\0".join(pieces)) == {(name, version)}


def test_every_banner_was_seen() -> None:
    seen = {hit.banner for _, _, _, pieces in SAMPLES for hit in found(*pieces)}
    assert seen == {banner for library in LIBRARIES for banner in library.banners}
    assert len(LIBRARIES) >= 150


def test_names_are_those_of_purls_and_of_nvd() -> None:
    names = [library.name for library in LIBRARIES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) for name in names)
    assert all(not lib.cpe or re.fullmatch(r"[a-z0-9._-]+:[a-z0-9._-]+", lib.cpe) for lib in LIBRARIES)


def test_patterns_are_bounded() -> None:
    """No repetition without an end: what a pattern can reach is what its anchor's surroundings are cut to."""
    for banner in chain.from_iterable(library.banners for library in LIBRARIES):
        for pattern in (banner.expression, banner.elsewhere):
            plain = re.sub(rb"\\.|\[[^]]*\]", b"x", pattern)
            assert not re.search(rb"[*+]|\{\d*,\}", plain), banner
        assert len(banner.anchor) >= 3
        assert 0 < banner.confidence < 1


def test_cpe_names_come_only_from_the_table() -> None:
    library = Library("demo", "maker:demo", ())
    assert library.cpe_name("1.0.2k") == "cpe:2.3:a:maker:demo:1.0.2k:*:*:*:*:*:*:*"
    assert library.cpe_name("1+x") == r"cpe:2.3:a:maker:demo:1\+x:*:*:*:*:*:*:*"
    assert library.cpe_name("") == Library("demo", "", ()).cpe_name("1") == ""


# What is no banner

USERS = (
    b"\0OpenSSL 3.0.3 3 May 2022\0",  # of the headers that a user was compiled with
    b'\0OpenSSL 3.0.0 or later is required\0OPENSSLDIR: "',
    b"\0Requires libcurl 7.80.0 or later; not exposed\0",
    b"\x001.6.37\0Application built with libpng-\0",
    b"\0libpng error: %s\0libpng warning: %s\0",
    b"\x008d  15-Jan-2012\0Copyright (C) 1991-2026 The libjpeg-turbo Project and many others\0",
    b"\0libjpeg-turbo (ver 3.1.2-70)\0",
    b"\0FID is GDAL 1.9dev\0GDAL 3.6.0) of table %s is corrupted\0",
    b"\0HDF5 library version 1.10 or later)\n\0HDF5 library version mismatched error\0",
    b"\0 deflate 1.2.11.f-Fork v1.3.0 Copyright 1995-2017\0zlib-ng.h\0needs zlib-ng 2.3.3\0",
    b"\0Error: zlib version 1.2.11 is too old\x001.2.11\0",
    b"\x001.5.7\x003.45.1\x005.4.1\x001.9.4\x0021504\0",  # bare versions prove nothing
    b"\0SQLite format 3\x003.45.1\0",
    b"\x002024-05-23 13:25:27\x003.46.0\0",
    b"\0PCRE library is compiled without UTF8 support\x008.39 2016-06-14\0",
    b"\0LibreSSL/2\0BoringSSL\0mbedTLS\0nghttp2/%s\0zlib/%s\0",
    b"\0Mbed TLS is not thread safe\0Botan\0wolfSSL\0",
    b"\0Compress::Raw::Bzip2 needs bzip2 1.0.6, not 1.0.5\0",
    b"\0Lua 5.1\0LuaJIT 2\0LLVM version 22.Unknown special\0",
    b"\0ruby 2.7 compatible\0FFmpeg version %s\0Qt 6.4.2 or newer\0",
    b"\0libgit2 has not been initialized; you must call git_libgit2_init()\0",
    b"User-Agent: libcurl/7.88.1 OpenSSL/3.0.15\0",
)


@pytest.mark.parametrize("data", USERS)
def test_users_of_libraries_are_not_libraries(data: bytes) -> None:
    assert told(data) == set()


ZSTD = b"\0Frame requires too much memory for decoding\0"


@pytest.mark.parametrize(
    ("data", "version"),
    [
        (b"1.5.6\0", "1.5.6"),
        (b"1.5.6\0other\x001.5.6\0", "1.5.6"),
        (b"1.5.6\x001.5.7\0", ""),  # one of them is of something else
        (b"v1.5.6\0", ""),
        (b"11.5.6\0", ""),
        (b"1.5.6-rc\0", ""),
        (b"1.5.6", ""),
        (b"1.3.1\0", ""),
        (b"", ""),
    ],
)
def test_a_version_apart_counts_only_where_it_is_the_only_one(data: bytes, version: str) -> None:
    assert told(ZSTD, data) == told(ZSTD + data) == {("zstd", version)}


def test_a_version_beside_counts_only_where_it_is_the_only_one() -> None:
    start = b"\0MHD-worker\0"
    assert told(start + b"0.9.75\0") == {("libmicrohttpd", "0.9.75")}
    assert told(start + b"0.9.75\0x\x000.9.75\0") == {("libmicrohttpd", "0.9.75")}
    assert told(start + b"0.9.75\x001.0.1\0") == set()
    assert told(start + b"x" * 64 + b"\x000.9.75\0") == set()


def test_a_version_that_is_one_number() -> None:
    text = b"xmlTextWriterVSprintf : out of memory!\n\0"
    assert told(text, b"\x0020914\0") == {("libxml2", "2.9.14")}
    assert told(text, b"\x0021504\0") == {("libxml2", "2.15.4")}


def test_the_text_of_a_model_tells_nothing_of_its_fork() -> None:
    model = b" deflate 1.3.1 Copyright 1995-2024 Jean-loup Gailly and Mark Adler \0"
    assert told(model) == {("zlib", "1.3.1")}
    assert told(model + b"\0 zlib-ng 2.3.3\0") == {("zlib-ng", "2.3.3")}
    assert told(model + b"- zlib-ng 2.3.3\0") == {("zlib-ng", "2.3.3")}  # what is before an array may look like text
    assert told(model + b"\x001.3.1.zlib-ng\0") == {("zlib-ng", "")}


def test_a_library_without_version_is_told_where_nothing_else_tells_it() -> None:
    start = b"\0w == &loop->async_io_watcher\0"
    assert told(start, b"1.44.2\0") == {("libuv", "1.44.2")}
    assert told(start + b"1.44.2\0" + b"x" * 200, b"\x001.51.0\0") == {("libuv", "1.44.2")}
    assert told(start) == {("libuv", "")}


def test_several_versions_are_all_told_with_their_offsets() -> None:
    one, other = b"\0expat_2.5.0\0", b"\0expat_2.6.2\0"
    hits = found(one + one, b"-" * 1000, other)
    assert [(hit.version, hit.offset, hit.text) for hit in hits] == [
        ("2.5.0", 7, "expat_2.5.0"),
        ("2.6.2", 2 * len(one) + 1007, "expat_2.6.2"),
    ]


# The search

TINY = (
    Library("one", "", (text(b"one ", rb"one <number>\0"), text(b"One", rb"One (?P<version>\d)!", needs=b"needed"))),
    Library("two", "", (beside(b"two\0", rb"2\.\d"), apart(b"2wo", rb"2\.\d"))),
)
PIECES = (b"one 1.2\0", b"One 3!", b"needed", b"two\0", b"2wo", b"2.1\0", b"2.2\0", b"\0", b"one ", b"on", b"1.2.3")


@pytest.mark.parametrize("chunk", [1, 7, 16, 23])
def test_borders_of_chunks_hide_nothing(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"-one 1.2\0--One 3!-needed two\x002.1\0"
    monkeypatch.setattr(finder, "CHUNK", chunk)
    for shift in range(40):
        hits = Finder(TINY).find([(0, memoryview(b"-" * shift + data))], pytest.fail)
        assert [(hit.version, hit.offset - shift) for hit in hits] == [("1.2", 5), ("3", 15), ("2.1", 29)]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=5), max_size=30), st.integers(1, 40))
def test_what_is_found_stands_there(pieces: list[bytes], chunk: int) -> None:
    data = b"".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finder, "CHUNK", chunk)
        hits = Finder(TINY).find([(100, memoryview(data))], pytest.fail)
    assert hits == Finder(TINY).find([(100, memoryview(data))], pytest.fail)
    for hit in hits:
        version = hit.version.encode()
        assert data[hit.offset - 100 :].startswith(version)
        assert _needed(hit.banner, data)


def _needed(banner: Banner, data: bytes) -> bool:
    return banner.anchor in data and banner.needs in data


@given(st.lists(st.sampled_from([p for s in SAMPLES for p in s[3]]) | st.binary(max_size=40), max_size=12))
def test_any_mixture_is_read(pieces: list[bytes]) -> None:
    for hit in found(*pieces):
        assert hit.library in LIBRARIES
        assert len(hit.text) <= 160
        assert hit.text.isprintable()


def test_what_repeats_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    many = b"".join(b"\0expat_1.%d\0" % number for number in range(100))
    assert len(found(many)) == MOST_VERSIONS
    monkeypatch.setattr(finder, "MOST_TRIED", 3)
    assert told(b"expat_" * 3 + b"-" * 100 + b"\0expat_2.5.0\0") == set()


def test_a_binary_of_many_anchors_is_not_searched_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "MOST_PLACES", 3)
    remarks: list[str] = []
    data = b"\0expat_2.5.0\0" + b"expat_" * 3 + b"\0expat_2.6.2\0"
    hits = find_banners([(0, memoryview(data))], remarks.append)
    assert [hit.version for hit in hits] == ["2.5.0"]
    assert remarks == ["more than 3 texts look like those of libraries; the rest is not searched"]
