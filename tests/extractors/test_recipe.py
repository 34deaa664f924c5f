"""How the package was made: sources, patches, both environments, for both builders."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from support import info_members

from cf_sbom import properties as names
from cf_sbom.generate import Description
from cf_sbom.model import Component, Sbom

Describe = Callable[..., Description]
SHA = "ab" * 32
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def meta(**sections: Any) -> dict[str, bytes]:
    """info/ with a meta.yaml; JSON is YAML."""
    tree = {"package": {"name": "demo", "version": "1.0"}} | sections
    return info_members() | {"info/recipe/meta.yaml": json.dumps(tree).encode()}


def rendered(**sections: Any) -> dict[str, bytes]:
    tree = {"recipe": {"package": {"name": "demo", "version": "1.0"}}} | sections
    return info_members() | {"info/recipe/rendered_recipe.yaml": json.dumps(tree).encode()}


def targets(sbom: Sbom, kind: str) -> list[Component]:
    refs = {r.target for r in sbom.relations if r.kind == kind and r.source == sbom.root}
    return [c for c in sbom.components if c.ref in refs]


@pytest.mark.parametrize(
    ("source", "purl", "urls"),
    [
        (
            {"url": "https://example.org/demo-1.0.tar.gz", "sha256": SHA},
            f"pkg:generic/demo@1.0?checksum=sha256:{SHA}",
            ["https://example.org/demo-1.0.tar.gz"],
        ),
        ({"url": "https://example.org/demo-1.0.tar.gz", "md5": "cd" * 16}, "", ["https://example.org/demo-1.0.tar.gz"]),
        ({"url": "https://example.org/other-7.tar.gz", "sha256": SHA}, "", ["https://example.org/other-7.tar.gz"]),
        (
            {"url": ["https://a.example/x.zip", "https://github.com/e/d/archive/v1.0.tar.gz"], "sha256": SHA},
            "pkg:github/e/d@v1.0",
            ["https://a.example/x.zip", "https://github.com/e/d/archive/v1.0.tar.gz"],
        ),
        ({"url": "https://user:pw@example.org/x.zip", "sha256": SHA}, "", ["https://example.org/x.zip"]),
        ({"url": "file:///home/me/x.zip", "sha256": SHA}, "", []),
        (
            {"git_url": "https://github.com/e/d.git", "git_rev": COMMIT},
            f"pkg:github/e/d@{COMMIT}",
            ["https://github.com/e/d.git"],
        ),
        ({"git_url": "https://github.com/e/d.git", "git_rev": "main"}, "", ["https://github.com/e/d.git"]),
        ({"git_url": "/home/me/d", "git_rev": COMMIT}, "", []),
        ({"path": "/home/me/src"}, "", []),
    ],
)
def test_sources_of_conda_build(described: Describe, source: dict[str, Any], purl: str, urls: list[str]) -> None:
    sbom = described(meta(source=source)).sbom
    (found,) = targets(sbom, "built_from")
    assert (found.purl, [link.url for link in found.links]) == (purl, urls)
    assert "/home" not in repr(sbom)


@pytest.mark.parametrize(
    ("git", "local"),
    [("/home/me/d", True), ("file:///home/me/d", True), ("../d", True), ("https://example.org/d?a=1", False)],
)
def test_a_repository_is_called_local_only_where_it_is(described: Describe, git: str, local: bool) -> None:
    (found,) = targets(described(meta(source={"git_url": git})).sbom, "built_from")
    assert ((names.SOURCE_LOCAL, "true") in found.properties) is local
    assert found.links == ()


def test_a_branch_is_resolved_by_info_git(described: Describe) -> None:
    info = meta(source={"git_url": "https://github.com/e/d.git", "git_rev": "main"})
    info["info/git"] = f"==> git log -n1 <==\ncommit {COMMIT}\nAuthor: nobody <n@example.org>\n".encode()
    sbom = described(info).sbom
    (found,) = targets(sbom, "built_from")
    assert found.purl == f"pkg:github/e/d@{COMMIT}"
    assert (names.SOURCE_REVISION, "main") in found.properties
    assert "nobody" not in repr(sbom)


def test_a_local_source_is_an_ancestor_with_name_and_version_only(described: Describe) -> None:
    (found,) = targets(described(meta(source={"path": "/home/me/src"})).sbom, "built_from")
    assert (found.name, found.version, found.purl, found.links) == ("demo", "1.0", "", ())
    assert found.properties == ((names.SOURCE_LOCAL, "true"),)


def test_only_listed_patches_were_applied(described: Describe) -> None:
    info = meta(
        source=[
            {
                "url": "https://example.org/demo-1.0.tar.gz",
                "sha256": SHA,
                "patches": ["a.patch", "p/b.diff", "gone.patch"],
            }
        ]
    )
    info |= {
        "info/recipe/a.patch": b"Subject: CVE-2020-1234 and GHSA-2345-6789-cfgh\n--- a\n+++ b\n@@ CVE-1999-0001 @@\n",
        "info/recipe/parent/p/b.diff": b"--- a\n+++ b\n",
        "info/recipe/not-applied.patch": b"--- a\n+++ b\n",
    }
    sbom = described(info).sbom
    assert {p.path: (p.resolves, p.text is not None) for p in sbom.patches} == {
        "info/recipe/a.patch": (("CVE-2020-1234", "GHSA-2345-6789-cfgh"), True),
        "info/recipe/parent/p/b.diff": ((), True),
        "info/recipe/gone.patch": ((), False),
    }
    (source,) = targets(sbom, "built_from")
    assert {r.source for r in sbom.relations if r.kind == "patched_by"} == {source.ref}
    assert ["gone.patch" in p.reason for p in sbom.problems if p.by == "recipe"] == [True]


def test_environments_of_conda_build_are_exact_by_name_version_and_build(described: Describe) -> None:
    requirements = {"build": ["cmake 3.28 h1_0", "make 4.3 h2_1"], "host": ["zlib 1.3 h3_2", "python"]}
    sbom = described(meta(requirements=requirements)).sbom
    assert {c.purl for c in targets(sbom, "build_tool")} == {
        "pkg:conda/cmake@3.28?build=h1_0",
        "pkg:conda/make@4.3?build=h2_1",
    }
    assert {c.purl for c in targets(sbom, "host")} == {"pkg:conda/zlib@1.3?build=h3_2", "pkg:conda/python"}


def test_environments_of_rattler_build_are_whole_records(described: Describe) -> None:
    record = {
        "name": "zlib",
        "version": "1.3",
        "build": "h3_2",
        "subdir": "linux-64",
        "sha256": SHA,
        "size": 5,
        "license": "Zlib",
        "fn": "zlib-1.3-h3_2.conda",
        "url": "https://conda.anaconda.org/conda-forge/linux-64/zlib-1.3-h3_2.conda",
        "channel": "https://conda.anaconda.org/conda-forge/",
        "depends": ["libzlib >=1", "__glibc >=2"],
    }
    needed = record | {
        "name": "libzlib",
        "depends": [],
        "url": "file:///home/me/c/libzlib.conda",
        "channel": "file:///home/me/c",
    }
    sbom = described(rendered(finalized_dependencies={"host": {"resolved": [record, needed]}, "build": None})).sbom
    zlib, libzlib = sorted(targets(sbom, "host"), key=lambda c: c.name, reverse=True)
    assert zlib.purl == "pkg:conda/zlib@1.3?build=h3_2&channel=conda-forge&subdir=linux-64&type=conda"
    assert [lic.expression for lic in zlib.licenses] == ["Zlib"]
    assert [d.value for d in zlib.digests] == [SHA]
    assert libzlib.links == ()
    assert [(r.source, r.target, r.specs) for r in sbom.relations if r.kind == "depends_on" and r.scope == "build"] == [
        (zlib.ref, libzlib.ref, ("libzlib >=1",))
    ]
    assert "/home" not in repr(sbom)


@pytest.mark.parametrize("platform", ["linux-64", {"platform": "linux-64", "virtual_packages": []}])
def test_older_and_newer_shapes_of_the_platform(described: Describe, platform: Any) -> None:
    sbom = described(rendered(build_configuration={"build_platform": platform})).sbom
    assert (names.BUILD_PLATFORM, "linux-64") in sbom.root_component.properties


def test_builders_are_tools_without_a_purl(described: Describe) -> None:
    sbom = described(rendered(system_tools={"rattler-build": "0.50.0", "patchelf": "0.18"})).sbom
    assert {(c.name, c.version, c.purl) for c in targets(sbom, "build_tool")} == {
        ("rattler-build", "0.50.0", ""),
        ("patchelf", "0.18", ""),
    }


def test_the_variant(described: Describe) -> None:
    info = meta() | {
        "info/recipe/conda_build_config.yaml": b"python: 3.10\nzip_keys: [[a]]\nsdk: /opt/sdk\nc: [x, y]\n"
    }
    sbom = described(info).sbom
    variant = {
        n.removeprefix(names.VARIANT): v for n, v in sbom.root_component.properties if n.startswith(names.VARIANT)
    }
    assert variant == {"python": "3.10", "c": "x,y"}


def test_a_recipe_that_is_no_yaml_is_told(described: Describe) -> None:
    sbom = described(info_members() | {"info/recipe/meta.yaml": b"a: {{ b }}: c"}).sbom
    assert any(p.path == "info/recipe/meta.yaml" and p.reason.startswith("not YAML") for p in sbom.problems)


def test_the_fixture_with_every_kind_of_source(fixture: Describe) -> None:
    sbom = fixture("sources-demo-2.1.0").sbom
    sources = {c.name: c for c in targets(sbom, "built_from")}
    assert set(sources) == {"sources-demo", "extra-data-7.tar.gz", "vendored"}
    assert len(sources["extra-data-7.tar.gz"].links) == 2
    assert len(sources["vendored"].version) == 40
    assert sources["sources-demo"].purl.startswith("pkg:generic/sources-demo@2.1.0?checksum=sha256:")
    (patch,) = sbom.patches
    assert patch.resolves == ("CVE-2099-1234", "CVE-2099-5678", "GHSA-2099-aaaa-bbbb")


@pytest.mark.parametrize("name", ["linkage-demo-0.4.0", "linkage-demo-v1-0.4.0"])
def test_the_linkage_fixtures(fixture: Describe, name: str) -> None:
    sbom = fixture(name).sbom
    assert {c.name for c in targets(sbom, "depends_on")} == {"libshout", "libspare"}
    assert {c.name for c in targets(sbom, "host")} == {"libshout", "libspare", "libquiet", "libtally"}
    assert [p.resolves for p in sbom.patches] == [("CVE-2099-0001",)]
    assert [c.name for c in targets(sbom, "constrains")] == ["pip"]


def test_the_feedstock_commit_is_known(fixture: Describe) -> None:
    root = fixture("linkage-demo-0.4.0").sbom.root_component
    assert (names.RECIPE_COMMIT, COMMIT) in root.properties
    assert (names.FLOW_RUN, "github_1") in root.properties
    assert [link.comment for link in root.links if link.kind == "recipe"] == [f"commit {COMMIT}"]
