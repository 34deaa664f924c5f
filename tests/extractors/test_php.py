"""PHP packages: both forms of Composer's list, licences that are a choice, and what is listed and not there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from seeing import Seen, seen
from support import fixture_members

from cf_sbom import properties
from cf_sbom.extractors import php
from cf_sbom.testing import check_match

LIST = "vendor/composer/installed.json"


def test_which_members() -> None:
    (extractor,) = php.cf_sbom_extractors()
    wanted = [LIST, "composer/installed.json", "share/app/vendor/composer/installed.json"]
    check_match(extractor, wanted, ["vendor/installed.json", "share/composer/composer.json", f"info/{LIST}"])


def test_both_forms() -> None:
    found = seen(php, fixture_members("php"))
    told = {
        name: ([lic.expression for lic in c.licenses], c.occurrences[0].evidence[0].confidence)
        for name, c in found.components.items()
    }
    assert told == {
        "composer/acme/beads@1.2.3": (["MIT OR GPL-2.0-or-later"], 1.0),
        "composer/acme/thread@2.0.1": (["LGPL-2.1-only OR MPL-2.0"], 1.0),
        "acme/local": (["LicenseRef-proprietary"], 1.0),
        "composer/acme/checker@3.0.0": (["MIT"], 0.5),
        "composer/acme/old@0.9.0": (["MIT"], 1.0),
    }
    specs = ("acme/thread ^2.0", "psr/box-implementation 1.0")
    assert found.edges == {("composer/acme/beads@1.2.3", "composer/acme/thread@2.0.1", "runtime", specs)}
    assert found.problems == [
        (
            "installed.json",
            "gap",
            "1 of 4 packages listed as installed have no files here: they may have been taken out",
        ),
        ("installed.json", "gap", "licence 'proprietary' is no SPDX licence expression; kept as a LicenseRef"),
    ]
    sources = {name: dict(c.properties).get(properties.PACKAGE_SOURCE) for name, c in found.components.items()}
    assert sources["composer/acme/beads@1.2.3"] is None
    assert sources["composer/acme/thread@2.0.1"] == "https://example.org/thread-2.0.1.zip"
    assert sources["acme/local"] == "folder"
    kinds = {
        (r.kind, r.target.removeprefix("pkg:composer/")) for r in found.sbom.relations if r.source == found.sbom.root
    }
    assert ("static_candidate", "acme/checker@3.0.0") in kinds
    assert ("contains", "acme/beads@1.2.3") in kinds
    beads = found.components["composer/acme/beads@1.2.3"]
    assert [(k.kind, k.url) for k in beads.links] == [
        ("vcs", "https://example.org/acme/beads.git"),
        ("website", "https://example.org/beads"),
    ]
    assert beads.occurrences[0].evidence[0].field == "packages[0]"


def listed(*packages: Any) -> Seen:
    return seen(php, {LIST: json.dumps({"packages": packages}).encode(), "vendor/a/b/x.php": b"<?php"})


@pytest.mark.parametrize(
    ("package", "names", "reasons"),
    [
        ({"name": "a/b", "version": "v1.0"}, ["composer/a/b@1.0"], []),
        ({"name": "a/b", "version": "dev-main"}, ["composer/a/b@dev-main"], []),
        (
            {"name": "a/b", "version": "1.0", "install-path": "../../../../etc"},
            ["composer/a/b@1.0"],
            ["1 of 1 packages"],
        ),
        ({"name": "a/b", "version": "1.0", "type": "metapackage"}, [], []),
        ({"name": "a/b"}, ["composer/a/b"], ["packages[0].version: missing"]),
        ({"name": "a/b", "version": " "}, ["composer/a/b"], ["packages[0].version: not a version; left out"]),
        ({"name": "a/b", "version": "1.x-dev"}, ["composer/a/b@1.x-dev"], []),
        ({"name": "a/b", "version": "dev-/home/alice"}, ["composer/a/b"], ["packages[0].version: not a version"]),
        ({"name": "a/b", "version": "dev-x:/home/alice"}, ["composer/a/b"], ["packages[0].version: not a version"]),
        ({"name": "a/b", "version": "dev-C:/alice"}, ["composer/a/b"], ["packages[0].version: not a version"]),
        ({"name": "a/b", "version": []}, ["composer/a/b"], ["packages[0].version: not a string"]),
        ({"name": "b", "version": "1.0"}, [], ["packages[0].name: not the name of a Composer package"]),
        ({"name": ["a/b"]}, [], ["packages[0].name: not a string"]),
        ("a/b", [], ["packages[0]: not a mapping"]),
        (
            {"name": "a/b", "version": "1", "require": ["c/d"]},
            ["composer/a/b@1"],
            ["packages[0].require: not a mapping"],
        ),
    ],
)
def test_entries(package: Any, names: list[str], reasons: list[str]) -> None:
    found = listed(package)
    assert list(found.components) == names
    told = [reason for _, _, reason in found.problems]
    assert len(told) >= len(reasons)
    assert all(any(t.startswith(reason) for t in told) for reason in reasons), told
    assert "alice" not in repr(found.sbom)


def test_a_branch_with_a_slash_is_a_version() -> None:
    found = listed({"name": "a/b", "version": "dev-feature/x"})
    assert [c.version for c in found.components.values()] == ["dev-feature/x"]
    assert found.problems == []


def test_one_broken_entry_leaves_the_others() -> None:
    assert list(listed({"name": 5}, {"name": "a/b", "version": "1"}).components) == ["composer/a/b@1"]


@pytest.mark.parametrize(
    ("data", "severity"),
    [(b"", "damage"), (b"{", "damage"), (b'"x"', "damage"), (b"[" * 5000, "gap"), (b"\xff", "damage")],
)
def test_what_is_no_list_is_said(data: bytes, severity: str) -> None:
    found = seen(php, {LIST: data})
    assert found.components == {}
    assert [said for _, said, _ in found.problems] == [severity]
