"""Julia packages: projects whose code is there, and manifests of both formats."""

from __future__ import annotations

import pytest
from seeing import seen
from support import fixture_members

from cf_sbom import properties
from cf_sbom.extractors import julia
from cf_sbom.testing import check_match

UUID = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"
BEADS = f"julia/Beads@1.2.0?uuid={UUID}"
STRANDS = "julia/Strands@0.4.2?uuid=1c2d3e4f-5061-4728-93a4-b5c6d7e8f90a"
DATES = "julia/Dates?uuid=ade2ca70-3891-5945-98fb-dc099432e06a"
YARN = "julia/Yarn@3.0.0%2B1?uuid=2d3e4f50-6172-4839-84b5-c6d7e8f90a1b"


def test_which_members() -> None:
    (extractor,) = julia.cf_sbom_extractors()
    wanted = [
        "Project.toml",
        "share/Manifest.toml",
        "JuliaProject.toml",
        "a/JuliaManifest.toml",
        "a/Manifest-v1.11.toml",
    ]
    check_match(extractor, wanted, ["pyproject.toml", "a/project.toml", "info/Project.toml", "Manifest-v1.toml/a"])


def test_a_depot_and_its_environments() -> None:
    found = seen(julia, fixture_members("julia"))
    told = {name: c.occurrences[0].evidence[0].confidence for name, c in found.components.items()}
    assert told == {
        BEADS: 1.0,
        STRANDS: 1.0,
        DATES: 1.0,
        YARN: 0.5,
        f"julia/Beads@1.1.0?uuid={UUID}": 0.5,
        "Local": 0.5,
    }
    assert found.edges == {
        (BEADS, DATES, "runtime", ("Dates",)),
        (BEADS, STRANDS, "runtime", ("Strands 0.3, 0.4",)),
        (BEADS, YARN, "runtime", ()),
        ("Local", YARN, "runtime", ()),
    }
    assert found.problems == [
        ("Manifest.toml", "gap", "2 of 5 entries have no files here: for Pkg to fetch, or compiled in"),
        ("Manifest.toml", "gap", "1 of 1 entries have no files here: for Pkg to fetch, or compiled in"),
    ]
    kinds = {(r.kind, r.target) for r in found.sbom.relations if r.source == found.sbom.root}
    assert {kind for kind, target in kinds if target == f"pkg:{BEADS}"} == {"contains"}
    assert {kind for kind, target in kinds if target == f"pkg:{YARN}"} == {"static_candidate"}
    assert dict(found.components["Local"].properties) == {properties.PACKAGE_SOURCE: "folder"}
    assert found.components[DATES].occurrences[0].evidence[0].detail == "part of Julia's standard library"
    (edge,) = (r for r in found.sbom.relations if r.source == f"pkg:{BEADS}" and r.target == f"pkg:{STRANDS}")
    assert sorted(e.field for e in edge.evidence) == ["deps.Beads[0].deps", "deps.Strands"]


@pytest.mark.parametrize(
    ("text", "names", "reasons"),
    [
        (f'name = "Beads"\nuuid = "{UUID.upper()}"\nversion = "1.2.0"', [BEADS], []),
        (f'name = "Beads"\nuuid = "{UUID}"', [f"julia/Beads?uuid={UUID}"], ["version: missing"]),
        (f'name = "Beads"\nuuid = "{UUID}"\nversion = 1', [f"julia/Beads@1?uuid={UUID}"], []),
        (f'name = "Beads"\nuuid = "{UUID}"\nversion = []', [f"julia/Beads?uuid={UUID}"], ["version: not a string"]),
        ('name = "Beads"\nversion = "1.2.0"', [], []),
        ('[deps]\nBeads = "x"', [], []),
        ('name = "Beads"\nuuid = "x"', [], ["name, uuid: not those of a Julia package"]),
        (f'name = "Other"\nuuid = "{UUID}"\nversion = "1"', [], []),
        ("name = ", [], ["not TOML: Invalid value (at end of document)"]),
    ],
)
def test_projects(text: str, names: list[str], reasons: list[str]) -> None:
    found = seen(julia, {"a/Project.toml": text.encode(), "a/src/Beads.jl": b""})
    assert list(found.components) == names
    assert {reason for _, _, reason in found.problems} >= set(reasons)
    assert bool(found.problems) == bool(reasons)


@pytest.mark.parametrize(
    ("text", "names", "severities"),
    [
        (f'[[Beads]]\nuuid = "{UUID}"\nversion = "1.2.0"\ngit-tree-sha1 = "ab"', [BEADS], ["gap"]),
        (f'[[Beads]]\nuuid = "{UUID}"\nversion = "1.2.0"\nrepo-url = "https://example.org/b.git"', [BEADS], ["gap"]),
        (f'[[Beads]]\nuuid = "{UUID}"', [], []),
        ('[[Beads]]\ngit-tree-sha1 = "ab"', [], ["damage"]),
        ("[[Beads]]\nuuid = 5\ndeps = 7\n[Odd]\nx = 1", [], ["damage"]),
        ("Beads = [1, [2]]", [], ["damage", "damage"]),
        (f'manifest_format = "2.0"\ndeps = 5\n[[Beads]]\nuuid = "{UUID}"', [], ["damage"]),
        ("a = " + "[" * 50_000, [], ["damage"]),
    ],
)
def test_manifests(text: str, names: list[str], severities: list[str]) -> None:
    found = seen(julia, {"a/Manifest.toml": text.encode()})
    assert list(found.components) == names
    assert [severity for _, severity, _ in found.problems] == severities
