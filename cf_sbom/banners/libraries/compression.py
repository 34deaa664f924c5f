"""Banners of libraries that compress."""

from __future__ import annotations

from cf_sbom.banners import Library, apart, beside, named, text

LIBRARIES = (
    # Most forks of zlib change this text; zlib-ng carries that of the zlib which it was made from.
    Library(
        "zlib",
        "zlib:zlib",
        (
            text(
                b" deflate 1.",
                rb" deflate <number> Copyright 1995-\d{4} Jean-loup Gailly and Mark Adler ",
                unless="zlib-ng",
            ),
            text(b" inflate 1.", rb" inflate <number> Copyright 1995-\d{4} Mark Adler ", unless="zlib-ng"),
        ),
    ),
    # The other text is the version of zlib that it stands in for.
    Library(
        "zlib-ng",
        "",
        (
            text(b" zlib-ng ", rb"(?<!\w) zlib-ng <number>(?: forked from zlib)?[ \0]"),
            text(b".zlib-ng\0", rb"(?<![\w.])1\.\d\.\d{1,2}\.zlib-ng\0", 0.9),
        ),
    ),
    # The date is that of the release; wrappers of bzip2 carry its messages but not this.
    Library(
        "bzip2",
        "bzip:bzip2",
        (
            text(b"1.0.8, 13-Jul-2019", rb"(?<![\w.])<number>, \d{1,2}-[A-Z][a-z]{2}-\d{4}\0"),
            text(b"1.0.6, 6-Sept-2010", rb"(?<![\w.])<number>, \d{1,2}-[A-Z][a-z]{3}-\d{4}\0"),
        ),
    ),
    Library(
        "xz",
        "tukaani:xz",
        (
            apart(
                b"Unexpected NULL pointer argument(s) to lzma_str_to_filters()",
                rb"5\.\d{1,2}\.\d{1,2}(?:alpha|beta)?",
            ),
        ),
    ),
    Library(
        "zstd",
        "facebook:zstandard",
        (apart(b"Frame requires too much memory for decoding\0", rb"1\.[45]\.\d{1,2}"),),
    ),
    # The name of a class, which only its own code makes.
    Library("snappy", "", (named(b"N6snappy22UncheckedByteArraySinkE\0"),)),
    Library("lz4", "lz4_project:lz4", (apart(b"ERROR_frameHeader_incomplete\0", rb"1\.(?:[89]|1\d)\.\d"),)),
    Library("c-blosc", "", (beside(b"`start` out of bounds\0", rb"1\.[12]\d\.\d{1,2}", 32),)),
    # Right behind it; the versions of what it holds follow.
    Library(
        "c-blosc2",
        "",
        (
            text(
                b"libblosc2_%s.so\0",
                rb"libblosc2_%s\.so\0(?:info\0|,%s\0)?(?P<version>[23]\.\d{1,2}\.\d{1,2}(?:\.dev\d)?)\0",
                0.8,
                kind="beside",
            ),
        ),
    ),
    Library("libarchive", "libarchive:libarchive", (text(b"libarchive 3.", rb"(?<![ -~])libarchive <number>\0"),)),
)
