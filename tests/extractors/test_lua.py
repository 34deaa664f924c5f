"""Lua rocks: literals of rockspecs, and the name of the file as a second source."""

from __future__ import annotations

import pytest
from seeing import seen
from support import fixture_members

from cf_sbom.extractors import lua
from cf_sbom.testing import check_match

BEADS, STRAND = "luarocks/beads@1.2-1", "luarocks/strand@0.3.1-2"
UNSTATED = "states no package and version as plain strings; only the name of the file does"


def test_which_members() -> None:
    (extractor,) = lua.cf_sbom_extractors()
    wanted = ["lib/luarocks/rocks-5.4/a/1-1/a-1-1.rockspec", "Library/rocks/a/1-1/a-1-1.rockspec"]
    template = "lib/python3.12/site-packages/hooks/resources/empty_template_a-dev-1.rockspec"
    unwanted = ["rocks-5.4/a/1-1/a.rock", "rocks-5.4/a-1-1.rockspec", "a-1-1.rockspec", f"info/{wanted[0]}", template]
    check_match(extractor, wanted, unwanted)


def test_a_tree_of_rocks() -> None:
    found = seen(lua, fixture_members("lua"))
    told = {
        name: (c.name, [lic.expression for lic in c.licenses], c.occurrences[0].evidence[0].technique)
        for name, c in found.components.items()
    }
    assert told == {
        BEADS: ("Beads", ["MIT"], "manifest"),
        STRAND: ("strand", ["LicenseRef-MIT-X11-91b778bc"], "filename"),
    }
    assert found.edges == {(BEADS, STRAND, "runtime", ("acme/strand ~> 0.3",))}
    assert found.problems == [
        ("strand-0.3.1-2.rockspec", "gap", "licence 'MIT/X11' is no SPDX licence expression; kept as a LicenseRef"),
        ("strand-0.3.1-2.rockspec", "gap", UNSTATED),
    ]
    beads = found.components[BEADS]
    assert (beads.description, [k.url for k in beads.links]) == ('Beads for "tables"', ["https://example.org/beads"])


@pytest.mark.parametrize(
    ("file", "text", "names", "reasons"),
    [
        ("a-1.0-1", 'package = "a"\nversion = "1.0-1"', ["luarocks/a@1.0-1"], []),
        (
            "a-1.1-1",
            'package = "a"\nversion = "1.0-1"',
            ["luarocks/a@1.0-1"],
            ["states a 1.0-1, and the file is called otherwise"],
        ),
        ("a-1.0-1", 'package = "a"\nversion = v', ["luarocks/a@1.0-1"], [UNSTATED]),
        ("a-b-scm-1", "", ["luarocks/a-b@scm-1"], [UNSTATED]),
        (
            "a-1.0-1",
            "if x then package = 'b' end",
            ["luarocks/a@1.0-1"],
            [UNSTATED, "has other statements than assignments of plain values; not read"],
        ),
        ("a", "", [], [UNSTATED]),
        ("a-1.0-1", 'package = "a/../b"\nversion = "1.0-1"', ["luarocks/a@1.0-1"], [UNSTATED]),
        (
            "a-1.0-1",
            "{" * 300_000,
            ["luarocks/a@1.0-1"],
            [UNSTATED, "more than 100000 words; not read (limit dependencies)"],
        ),
        ("a-1.0-1", '"' * 1_000_001, ["luarocks/a@1.0-1"], [UNSTATED]),
    ],
)
def test_two_sources(file: str, text: str, names: list[str], reasons: list[str]) -> None:
    found = seen(lua, {f"lib/luarocks/rocks-5.4/a/1.0-1/{file}.rockspec": text.encode()})
    assert list(found.components) == names
    assert {reason for _, _, reason in found.problems} >= set(reasons)
    assert bool(found.problems) == bool(reasons)
