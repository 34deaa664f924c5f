"""Text, TOML, Lua and Perl: what is read of each, and that nothing odd takes long or is evaluated."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError
from cf_sbom.syntaxes.lua import assigned
from cf_sbom.syntaxes.perl import module_version
from cf_sbom.syntaxes.text import plain_text
from cf_sbom.syntaxes.toml import parse_toml

LIMITS = Limits()
SMALL = Limits(embedded_size=4, dependencies=3, toml_size=10)


@pytest.mark.parametrize(
    ("data", "limits", "text", "remarks"),
    [
        (b"\xef\xbb\xbfa\xc3\xa9", LIMITS, "aé", []),
        (b"a\xffb", LIMITS, "a\ufffdb", ["not UTF-8 at byte 1; replaced"]),
        (b"abc\xc3\xa9", SMALL, "abc\ufffd", ["5 bytes; only 4 are read (limit embedded_size)"]),
    ],
)
def test_text(data: bytes, limits: Limits, text: str, remarks: list[str]) -> None:
    said: list[str] = []
    assert (plain_text(data, limits, said.append), said) == (text, remarks)


@pytest.mark.parametrize(
    ("data", "limits", "message"),
    [
        (b"\xff", LIMITS, "not UTF-8 at byte 0"),
        (b"a = 1\na = 2", LIMITS, "not TOML: Cannot overwrite a value"),
        (b"a = " + b"[" * 20_000, LIMITS, "nested too deep"),
        (b"a = " + b"{a=" * 20_000, LIMITS, "nested too deep"),
        (b"a = 1\n" + b"a." * 100_000 + b"b = 1", LIMITS, "more than 200 points in line 2; not read"),
        (b"a = " + b"9" * 5000, LIMITS, "not TOML: "),
        (b"a = 1234567", SMALL, "larger than 10 bytes (limit toml_size)"),
    ],
)
def test_what_is_no_toml(data: bytes, limits: Limits, message: str) -> None:
    with pytest.raises(ParseError) as error:
        parse_toml(data, limits)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_toml() -> None:
    assert parse_toml(memoryview(b'\xef\xbb\xbf[[a]]\nb = "c"'), LIMITS) == {"a": [{"b": "c"}]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = \"b\" c = 'd'; e = [[f\n]] g = [=[h]]]=]", {"a": ["b"], "c": ["d"], "e": ["f\n"], "g": ["h]]"]}),
        ('a = "x\\"\\n\\\\y" -- b = "c"\n--[[ d = "e" ]] --[==[ ]] f = "g" ]==]', {"a": ['x"\n\\y']}),
        ('a = "\\120"', {}),
        ('a = "b" .. c', {}),
        ('a = ("b")', {}),
        ('a = b "c"', {}),
        ('a.b = "c"', {}),
        ('local a = "b"', {}),
        ('local a = "b" a = a .. "c"', {}),
        ('a = "b" a = "c"', {}),
        ('a = { b = "c", d = "e" .. "f", g = { h = "i" }, ["j"] = "k", l("m", "n", "o"), }', {"a.b": ["c"]}),
        ('a = { "b"; "c", d = "e", "f" .. g, { "h" } }', {"a.": ["b", "c"], "a.d": ["e"]}),
        ("} ) ]", {}),
    ],
)
def test_strings_that_lua_assigns(text: str, found: dict[str, list[str]]) -> None:
    said: list[str] = []
    assert (assigned(text, LIMITS, said.append), said) == (found, [])


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ('a = "b" if c then d = "e" end', "has other statements than assignments of plain values; not read"),
        ('a = "b', "a string without an end; not read"),
        ('"\\"' * 50_000, "a string without an end; not read"),
        ("--[[" * 100_000, "a long string or comment without an end; not read"),
        ("a = {" * 50_000, "more than 100000 words; not read (limit dependencies)"),
    ],
)
def test_lua_that_is_not_read(text: str, remark: str) -> None:
    said: list[str] = []
    assert assigned(text, LIMITS, said.append) == {}
    assert said == [remark]


@given(st.text("ab ={}[]\"'\\-.,;()\n"))
def test_any_lua_is_read_or_refused(text: str) -> None:
    said: list[Any] = []
    found = assigned(text, LIMITS, said.append)
    assert not (found and said)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("our $VERSION = '1.07';", "1.07"),
        ('$Bead::VERSION="v1.2.3" ; # why', "v1.2.3"),
        ("$VERSION = 0.5_1;", "0.5_1"),
        ("package Bead 2.0;\nour $VERSION = '1';", "2.0"),
        ("package Bead 2.0 {", "2.0"),
        ("package Other 2.0;\n  our $VERSION = '1';", "1"),
        ("$Other::VERSION = '3';\n$VERSION = '1';", "1"),
        ("$VERSION = $Other::VERSION;\n$VERSION = '1';", ""),
        ("our $VERSION = '1' . '2';", ""),
        ("our $VERSION = sprintf('%d', 1);", ""),
        ("if ($VERSION == 1) {}\n$VERSION =~ s/1/2/;", ""),
        ("=pod\n\n$VERSION = '9';\n\n=cut\n\n$VERSION = '1';", "1"),
        ("1;\n__END__\n$VERSION = '9';", ""),
        ("# $VERSION = '9';", ""),
        (" " * 100_000 + "$VERSION = '9';", ""),
    ],
)
def test_the_version_of_a_module(text: str, version: str) -> None:
    assert module_version(text, "lib/Bead.pm") == version
