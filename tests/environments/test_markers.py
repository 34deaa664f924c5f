"""Markers of Python requirements: what a platform decides of them, and what stays open."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.environments.markers import holds, known

LINUX = known("linux-64", "3.12.4")


@pytest.mark.parametrize(
    ("platform", "python", "expected"),
    [
        ("linux-64", "3.12.4", ("linux", "Linux", "posix", "x86_64", "3.12", "3.12.4")),
        ("osx-arm64", "3.10", ("darwin", "Darwin", "posix", "arm64", "3.10", None)),
        ("win-64", "", ("win32", "Windows", "nt", "AMD64", None, None)),
        ("linux-32", "3.13.0rc1", ("linux", "Linux", "posix", None, "3.13", None)),
        ("emscripten-wasm32", "3", (None,) * 6),
        ("noarch", "", (None,) * 6),
        ("", "", (None,) * 6),
    ],
)
def test_what_a_platform_tells(platform: str, python: str, expected: tuple[str | None, ...]) -> None:
    variables = ("sys_platform", "platform_system", "os_name", "platform_machine", "python_version")
    found = known(platform, python)
    assert tuple(map(found.get, (*variables, "python_full_version"))) == expected


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("sys_platform == 'win32'", False),
        (' sys_platform=="linux"', True),
        ("'linux' == sys_platform", True),
        ("sys_platform != 'win32'", True),
        ("platform_system == 'Windows'", False),
        ("os_name == 'nt'", False),
        ("platform_machine in 'x86_64 AMD64'", True),
        ("platform_machine not in 'x86_64 AMD64'", False),
        ("'linux' in sys_platform", True),
        ("python_version < '3.8'", False),
        ("python_version >= '3.9'", True),
        ("python_version == '3.*'", True),
        ("python_version ~= '3.8'", True),
        ("python_full_version < '3.12.4'", False),
        ("python_version in '2.7 3.12'", True),
        ("python_version < 'x'", None),
        ("'3.8' <= python_version", None),
        ("sys_platform < 'win32'", None),
        ("implementation_name == 'cpython'", None),
        ("extra == 'x'", None),
        ("extra == 'x' and sys_platform == 'win32'", False),
        ("extra == 'x' or sys_platform == 'linux'", True),
        ("extra == 'x' and sys_platform == 'linux'", None),
        ("os_name == 'nt' and os_name == 'posix' or os_name == 'posix'", True),
        ("os_name == 'posix' or os_name == 'posix' and os_name == 'nt'", True),
        ("(os_name == 'posix' or os_name == 'posix') and os_name == 'nt'", False),
        ("(" * 40 + "os_name == 'nt'" + ")" * 40, False),
        ("(" * 60 + "os_name == 'nt'" + ")" * 60, None),
        ("(" * 100_000, None),
        ("os_name == 'nt' and " * 200 + "os_name == 'nt'", None),  # too long
        ("os_name == 'nt' and " * 50 + "os_name == 'nt'", False),
        ("(os_name == 'nt'", None),
        ("os_name == 'nt')", None),
        ("os_name == 'nt' os_name == 'nt'", None),
        ("os_name == 'nt' or", None),
        ("os_name == sys_platform", None),
        ("'nt' == 'nt'", None),
        ("os_name and 'nt'", None),
        ("os_name == 'nt", None),
        ("()", None),
        ("and", None),
        ("", None),
    ],
)
def test_what_is_decided(marker: str, expected: bool | None) -> None:
    assert holds(marker, LINUX) is expected


TERMS = ("sys_platform == 'linux'", "sys_platform == 'win32'", "os_name != 'nt'", "python_version < '3.8'")
markers = st.recursive(
    st.sampled_from(TERMS),
    lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner, st.booleans()).map(
        lambda t: f"({t[0]} {t[1]} {t[2]})" if t[3] else f"{t[0]} {t[1]} {t[2]}"
    ),
    max_leaves=12,
)


@given(markers)
def test_it_is_as_packaging_has_it(marker: str) -> None:
    from packaging.markers import Marker

    assert holds(marker, LINUX) in (Marker(marker).evaluate(dict(LINUX)), *([None] if len(marker) > 2000 else []))


@given(st.lists(st.sampled_from([*TERMS, "(", ")", "and", "or", "'", "extra == 'x'", "in", "not"]), max_size=9))
def test_any_text_is_decided_or_not(words: list[str]) -> None:
    assert holds(" ".join(words), LINUX) in (True, False, None)


def test_what_is_not_known_decides_nothing() -> None:
    """A marker that holds, or does not, whatever an extra is, is decided; no other."""
    from packaging.markers import Marker

    for one, other, word in itertools.product((*TERMS, "extra == 'x'"), (*TERMS, "extra == 'x'"), ("and", "or")):
        marker = f"{one} {word} {other}"
        told = {Marker(marker).evaluate({**LINUX, "extra": extra}) for extra in ("x", "y")}
        assert holds(marker, LINUX) is (told.pop() if len(told) == 1 else None)
