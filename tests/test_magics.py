"""First bytes: a signature of every kind, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.magics import format_of


@pytest.mark.parametrize(
    ("head", "shown"),
    [
        (b"", ""),
        (b"\x7fELF\x02\x01\x01\x00", "program"),
        (b"MZ\x90\x00\x03\x00", "program"),
        (b"\xfe\xed\xfa\xce\x00", "program"),
        (b"\xfe\xed\xfa\xcf\x00", "program"),
        (b"\xce\xfa\xed\xfe\x07", "program"),
        (b"\xcf\xfa\xed\xfe\x07", "program"),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x02", "program"),
        (b"#!/bin/sh\n", "script"),
        (b"#!/bin/sh\n\x00", "script"),
        (b"!<arch>\nlibdemo", "objects"),
        (b"!<arch>\n\x00", "objects"),
        (b"!<thin>\n/", "objects"),
        (b"\x00asm\x01\x00\x00\x00", "bytecode"),
        (b"BC\xc0\xde", "bytecode"),
        (b"dex\n035\x00", "bytecode"),
        (b"PK\x03\x04\x14\x00", "archive"),
        (b"PK\x05\x06\x00\x00", "archive"),
        (b"\x1f\x8b\x08\x00", "archive"),
        (b"\x1f\x9d\x90\x00", "archive"),
        (b"BZh91AY&SY\xff\x00", "archive"),
        (b"BZh91AY&SYabcd", "archive"),
        (b"\xfd7zXZ\x00\x00", "archive"),
        (b"\x28\xb5\x2f\xfd\x04", "archive"),
        (b"\x04\x22\x4d\x18\x64", "archive"),
        (b"7z\xbc\xaf\x27\x1c\x00", "archive"),
        (b"Rar!\x1a\x07\x01", "archive"),
        (b"MSCF\x00\x00", "archive"),
        (b"xar!\x00\x1c", "archive"),
        (b"\xed\xab\xee\xdb\x03", "archive"),
        (b"# A heading\r\n\tso", "text"),
        (b"MZ is a word here", "text"),
        (b"BZhang wrote this", "text"),
        ("größer als".encode(), "text"),
        ("fünfzehn Zeichen".encode()[:2], "text"),
        (b"\xff\xfea\x00b\x00", "text"),
        (b"\xef\xbb\xbfint x;", "text"),
        (b"gr\xf6\xdfer als", "binary"),
        (b"a\x00b", "binary"),
        (b"\x89PNG\r\n\x1a\n", "binary"),
        (b"a\x1b[31m", "binary"),
        (b"\x80\x04\x95", "binary"),
    ],
)
def test_what_first_bytes_show(head: bytes, shown: str) -> None:
    assert format_of(head) == shown


@given(st.binary(min_size=1, max_size=16))
def test_something_is_shown_by_any(head: bytes) -> None:
    assert format_of(head) != ""


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1))
def test_text_is_text_wherever_it_is_cut(text: str) -> None:
    assert format_of(b"a " + text.encode()[:14]) == "text"
