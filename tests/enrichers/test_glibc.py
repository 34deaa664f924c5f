"""The glibc that binaries need, against what a package declares."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support import info_members

from cf_sbom import properties as names
from cf_sbom.generate import Description
from cf_sbom.model import Sbom
from fixtures.members.linking import NEEDED, linked_elf

INDEX = {"name": "demo", "version": "1.0", "build": "0", "build_number": 0, "subdir": "linux-64"}


def asks(*versions: str) -> bytes:
    return linked_elf((NEEDED, "libc.so.6"), imported={"libc.so.6": versions}, notes=())


def told(sbom: Sbom) -> tuple[str, list[str]]:
    stated = dict(sbom.root_component.properties)
    return stated.get(names.GLIBC, ""), [f"{p.path}: {p.reason}" for p in sbom.problems if p.by == "glibc"]


@pytest.mark.parametrize(
    ("versions", "needed"),
    [
        (("GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_2.4"), "2.17"),
        (("GLIBC_2.9", "GLIBC_2.34"), "2.34"),
        (("GLIBC_2.17", "GLIBC_ABI_DT_RELR"), "2.36"),
        (("GLIBC_PRIVATE",), ""),
        (("GCC_3.0", "GLIBC_2.x"), ""),
    ],
)
def test_the_highest_version_counts(
    described: Callable[..., Description], versions: tuple[str, ...], needed: str
) -> None:
    assert told(described(info_members(INDEX), {"bin/a": asks(*versions), "bin/b": asks()}).sbom) == (needed, [])


@pytest.mark.parametrize(
    ("depends", "constrains", "lowest"),
    [
        (["__glibc >=2.17,<3.0.a0"], [], "2.17"),
        (["__glibc >=2.17", "__glibc >=2.28"], [], "2.28"),
        ([], ["__glibc >=2.17"], "2.17"),
        (["__glibc 2.17"], [], "2.17"),
        (["__glibc >=2.17.0"], [], "2.17"),
        (["__glibc >=2.34"], [], None),
        (["__glibc >=2.35,<3"], [], None),
        (["__glibc"], [], None),
        (["__glibc <3"], [], None),
        (["__glibc >=2.17|>=2.35"], [], None),
        (["__glibcxx >=2.17"], [], None),
        ([], [], None),
    ],
)
def test_only_a_declaration_that_is_too_low_is_a_problem(
    described: Callable[..., Description], depends: list[str], constrains: list[str], lowest: str | None
) -> None:
    index = INDEX | {"depends": depends, "constrains": constrains}
    needed, problems = told(described(info_members(index), {"bin/a": asks("GLIBC_2.34")}).sbom)
    reason = f"bin/a: needs glibc 2.34, but the package declares __glibc from {lowest} on"
    assert (needed, problems) == ("2.34", [reason] if lowest else [])


def test_one_problem_names_the_file_that_needs_most(described: Callable[..., Description]) -> None:
    index = INDEX | {"depends": ["__glibc >=2.17"]}
    files = {f"lib/{n}.so": asks(f"GLIBC_2.{n}") for n in (12, 17, 18, 28, 34)}
    (problem,) = told(described(info_members(index), files).sbom)[1]
    assert problem == (
        "lib/34.so: needs glibc 2.34, but the package declares __glibc from 2.17 on (and 2 more files more than that)"
    )


def test_who_brings_a_glibc_needs_none(described: Callable[..., Description]) -> None:
    index = INDEX | {"depends": ["__glibc >=2.17"]}
    files = {"bin/a": asks("GLIBC_2.34"), "x86_64-conda-linux-gnu/sysroot/lib64/libc.so.6": asks()}
    assert told(described(info_members(index), files).sbom) == ("", [])
