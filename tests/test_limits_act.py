"""Every limit acts: a small package that is within the default and beyond a setting, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from support import INDEX, conda, info_members

from cf_sbom.errors import LimitError, TargetError
from cf_sbom.generate import describe
from cf_sbom.hookspecs import Options
from cf_sbom.limits import GIB, Limits
from cf_sbom.plugins import Registry
from fixtures.hostile.bombs import GOOD
from fixtures.hostile.making import container, with_zeros
from fixtures.members import images, jars

RECIPE = {"info/recipe/meta.yaml": b"source: {url: [https://example.org/a-1.tar.gz, b]}"}
TEXTS = {f"info/licenses/{n}": b"x" * 60 for n in range(3)}
REFUSED: dict[str, tuple[int, Callable[[], bytes]]] = {
    "members": (2, lambda: conda(info_members())),
    "member_size": (50, lambda: conda(info_members())),
    "total_size": (2000, lambda: conda(info_members())),
    "compression_ratio": (10, lambda: container(info=GOOD, pkg=with_zeros([], "x", GIB))),
    "header_size": (100, lambda: conda(info_members())),
    "path_length": (8, lambda: conda(info_members())),
    "json_size": (60, lambda: conda(info_members())),
    "json_values": (5, lambda: conda(info_members())),
    "json_depth": (1, lambda: conda(info_members())),
}
SAID: dict[str, tuple[int, Callable[[], bytes]]] = {
    "yaml_size": (20, lambda: conda(info_members() | RECIPE)),
    "yaml_nodes": (3, lambda: conda(info_members() | RECIPE)),
    "yaml_depth": (2, lambda: conda(info_members() | RECIPE)),
    "toml_size": (10, lambda: conda(info_members(), {"Project.toml": b'name = "Beads"'})),
    "field_length": (3, lambda: conda(info_members(INDEX | {"license": "Zlib"}))),
    "dependencies": (1, lambda: conda(info_members(INDEX | {"depends": ["a", "b"]}))),
    "text_size": (10, lambda: conda(info_members() | TEXTS)),
    "texts": (2, lambda: conda(info_members() | TEXTS)),
    "texts_size": (130, lambda: conda(info_members() | TEXTS)),
    "embedded_size": (10, lambda: conda(info_members(), {"bin/a": images.SAMPLES["bin/rust"]})),
    "entries": (1, lambda: conda(info_members(), jars.SAMPLES)),
    "nested_depth": (0, lambda: conda(info_members(), jars.SAMPLES)),
    "nested_size": (200, lambda: conda(info_members(), jars.SAMPLES)),
    "problems": (1, lambda: conda(info_members(), {"a": b"", "b": b""})),
}
# Of documents that are read: tests/faces; of folders of packages: tests/test_providers.py; of lock files:
# tests/environments/test_locks.py.
ELSEWHERE = {"document_size", "lock_nodes", "lock_size", "packages"}
WORDS = {"dependencies": "2 entries; only 1 are read"}


@pytest.fixture
def read(tmp_path: Path, registry: Registry) -> Callable[[bytes, Limits], list[str]]:
    """The reasons of all problems of a package of these bytes."""

    def run(data: bytes, limits: Limits) -> list[str]:
        path = tmp_path / "demo-1.0-0.conda"
        path.write_bytes(data)
        return [p.reason for p in describe(path, Options(limits=limits), registry).sbom.problems]

    return run


def test_every_limit_has_a_case() -> None:
    assert REFUSED.keys() | SAID.keys() | ELSEWHERE == {f.name for f in fields(Limits)}


@pytest.mark.parametrize("name", REFUSED)
def test_beyond_this_limit_a_package_is_refused(read: Callable[..., list[str]], name: str) -> None:
    value, data = REFUSED[name]
    with pytest.raises((LimitError, TargetError), match=f"limit {name}"):
        read(data(), Limits(**{name: value}))


@pytest.mark.parametrize("name", [name for name in REFUSED if name != "compression_ratio"])
def test_within_the_default_it_is_not(read: Callable[..., list[str]], name: str) -> None:
    assert not any("limit" in reason for reason in read(REFUSED[name][1](), Limits()))


@pytest.mark.parametrize("name", SAID)
def test_beyond_this_limit_something_is_left_out_and_said(read: Callable[..., list[str]], name: str) -> None:
    value, data = SAID[name]
    word = WORDS.get(name, f"limit {name}")
    assert any(word in reason for reason in read(data(), Limits(**{name: value})))
    assert not any(word in reason for reason in read(data(), Limits()))


@pytest.mark.parametrize(("depth", "fits"), [(2, True), (3, False)])
def test_nesting_is_counted_from_one(read: Callable[..., list[str]], depth: int, fits: bool) -> None:
    about = json.loads("[" * (depth - 1) + "]" * (depth - 1))
    reasons = read(conda(info_members(about={"a": about} if depth > 1 else {})), Limits(json_depth=2))
    assert any("limit json_depth" in reason for reason in reasons) is not fits
