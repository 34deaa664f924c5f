"""What the package says of itself: identity, links, licence, dependencies, lists of files, licence texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support import INDEX, info_members, link

from cf_sbom import properties as names
from cf_sbom.generate import Description
from cf_sbom.limits import Limits
from cf_sbom.model import Sbom

Describe = Callable[..., Description]


def index(**changes: Any) -> dict[str, Any]:
    return {k: v for k, v in (INDEX | changes).items() if v is not ...}


def sbom_of(described: Describe, **changes: Any) -> Sbom:
    return described(info_members(index(**changes))).sbom


def properties(sbom: Sbom, name: str) -> list[str]:
    return [value for n, value in sbom.root_component.properties if n == name]


def reasons(sbom: Sbom, by: str) -> list[str]:
    return [f"{p.path}: {p.reason}" for p in sbom.problems if p.by == by]


@pytest.mark.parametrize(
    ("changes", "subdir"),
    [
        ({"subdir": "osx-arm64"}, "osx-arm64"),
        ({"subdir": ..., "platform": "linux", "arch": "x86_64"}, "linux-64"),
        ({"subdir": ..., "platform": "win", "arch": "x86"}, "win-32"),
        ({"subdir": ..., "platform": "linux", "arch": "aarch64"}, "linux-aarch64"),
        ({"subdir": ..., "noarch": "python"}, "noarch"),
        ({"subdir": ..., "platform": None, "arch": None}, ""),
    ],
)
def test_subdir_of_old_and_new_packages(described: Describe, changes: dict[str, Any], subdir: str) -> None:
    assert sbom_of(described, **changes).subject.subdir == subdir


@pytest.mark.parametrize(
    ("noarch", "stated"),
    [("python", ["python"]), ("generic", ["generic"]), (True, ["generic"]), (False, []), (..., [])],
)
def test_noarch(described: Describe, noarch: Any, stated: list[str]) -> None:
    assert properties(sbom_of(described, noarch=noarch), names.NOARCH) == stated


@pytest.mark.parametrize(
    ("timestamp", "created"),
    [
        (1_700_000_000_000, "2023-11-14T22:13:20Z"),
        (1_400_000_000, "2014-05-13T16:53:20Z"),  # seconds, as it was before 2017
        (..., "2020-09-13T12:26:40Z"),  # the newest time in info/
        (-5, "2020-09-13T12:26:40Z"),
        (10**17, "2020-09-13T12:26:40Z"),
        ("soon", "2020-09-13T12:26:40Z"),
    ],
)
def test_document_time(described: Describe, timestamp: Any, created: str) -> None:
    assert described(info_members(index(timestamp=timestamp))).created == created


def test_licence_of_index_goes_before_that_of_about(described: Describe) -> None:
    sbom = described(info_members(about={"license": "Zlib"})).sbom
    assert [lic.expression for lic in sbom.root_component.licenses] == ["MIT"]
    assert reasons(sbom, "conda") == ["info/about.json: license: Zlib differs from MIT of info/index.json"]
    only_about = described(info_members(index(license=...), about={"license": "Zlib"})).sbom
    assert [lic.expression for lic in only_about.root_component.licenses] == ["Zlib"]


def test_a_licence_that_is_no_expression_is_kept_and_told(described: Describe) -> None:
    sbom = sbom_of(described, license="contract in blood")
    (license_,) = sbom.root_component.licenses
    assert (license_.expression, license_.found) == ("LicenseRef-contract-in-blood", "contract in blood")
    assert len(reasons(sbom, "conda")) == 1


def test_links_are_clean(described: Describe) -> None:
    about = {
        "home": ["https://user:secret@example.org/x", "https://example.org/y?token=abc"],
        "dev_url": "git@github.com:example/demo.git",
        "doc_url": "file:///home/builder/docs",
        "source_url": "https://example.org/get?file=1",
        "extra": {"sha": "0123456789abcdef", "remote_url": "https://github.com/example/demo-feedstock"},
    }
    sbom = described(info_members(about=about)).sbom
    assert {(link.kind, link.url, link.comment) for link in sbom.root_component.links} == {
        ("website", "https://example.org/x", ""),
        ("website", "https://example.org/y", ""),
        ("vcs", "ssh://github.com/example/demo.git", ""),
        ("recipe", "https://github.com/example/demo-feedstock", "commit 0123456789abcdef"),
    }
    assert reasons(sbom, "conda") == [
        "info/about.json: doc_url: a local path is left out",
        "info/about.json: home[0]: a credential stands in the address; withheld",
        "info/about.json: home[1]: a credential stands in the address; withheld",
        "info/about.json: source_url: an address with a query is left out",
    ]


def test_nothing_of_the_builder_gets_through(described: Describe) -> None:
    about = {
        "root_pkgs": ["secret-tool 1.0 0"],
        "channels": ["file:///home/builder/channel", "https://conda.anaconda.org/t/tk-123/private"],
        "env_vars": {"TOKEN": "hidden"},
        "extra": {"parent_recipe": {"name": "p", "path": "/home/builder/recipe", "version": "2"}},
    }
    sbom = described(info_members(about=about, hash_input={"sysroot": "/opt/sdk", "python": "3.12"})).sbom
    said = repr(sbom)
    assert not [word for word in ("secret-tool", "/home", "tk-123", "hidden", "/opt/sdk") if word in said]
    assert properties(sbom, names.BUILD_CHANNEL) == ["https://conda.anaconda.org/private"]
    assert properties(sbom, names.VARIANT + "python") == ["3.12"]
    assert properties(sbom, names.RECIPE_PARENT) == ["p 2"]


@pytest.mark.parametrize(
    ("run_exports", "stated"),
    [
        (["a >=1"], {"weak": ["a >=1"]}),
        ({"weak": ["a"], "strong": ["b", "c"]}, {"weak": ["a"], "strong": ["b", "c"]}),
        ({"noarch": ["n"], "weak_constrains": ["w"]}, {"noarch": ["n"], "weak_constrains": ["w"]}),
    ],
)
def test_run_exports(described: Describe, run_exports: Any, stated: dict[str, list[str]]) -> None:
    sbom = described(info_members(run_exports=run_exports)).sbom
    prefix = names.RUN_EXPORTS
    found = {
        n.removeprefix(prefix): properties(sbom, n) for n, _ in sbom.root_component.properties if n.startswith(prefix)
    }
    assert found == stated


def test_channel_makes_purl_and_address(package: Callable[..., Any], registry: Any) -> None:
    from cf_sbom.generate import describe
    from cf_sbom.hookspecs import Options

    by_name = describe(package(), Options(channel="conda-forge"), registry).sbom.root_component
    assert by_name.purl == "pkg:conda/demo@1.0?build=0&channel=conda-forge&subdir=linux-64&type=conda"
    assert by_name.links == ()
    url = "https://conda.anaconda.org/conda-forge"
    by_url = describe(package(), Options(channel=url, purl_style="cep159"), registry).sbom.root_component
    assert by_url.purl == "pkg:conda/conda-forge/demo@1.0?build=0&subdir=linux-64&type=conda"
    assert [link.url for link in by_url.links] == [f"{url}/linux-64/demo-1.0-0.conda"]


def test_dependencies(described: Describe) -> None:
    depends = [
        "python >=3.10",
        "numpy >=1.20",
        "numpy <3",
        "_libgcc_mutex 0.1 conda_forge",
        "__glibc >=2.17",
        "tomli >=2; if python <3.11",
        "!!bad!!",
        7,
        None,
    ]
    sbom = sbom_of(described, depends=depends, constrains=["scipy !=1.0", "__osx >=11"])
    found = {r.target: (r.kind, r.scope, r.specs) for r in sbom.relations}
    assert found == {
        "pkg:conda/python": ("depends_on", "runtime", ("python >=3.10",)),
        "pkg:conda/numpy": ("depends_on", "runtime", ("numpy <3", "numpy >=1.20")),
        "pkg:conda/_libgcc_mutex@0.1?build=conda_forge": (
            "depends_on",
            "runtime",
            ("_libgcc_mutex 0.1 conda_forge",),
        ),
        "pkg:conda/tomli": ("depends_on", "optional", ("tomli >=2; if python <3.11",)),
        "in:info/index.json#spec:!!bad!!": ("depends_on", "runtime", ("!!bad!!",)),
        "pkg:conda/scipy": ("constrains", "runtime", ("scipy !=1.0",)),
    }
    assert properties(sbom, names.VIRTUAL_DEPENDS) == ["__glibc >=2.17"]
    assert properties(sbom, names.VIRTUAL_CONSTRAINS) == ["__osx >=11"]
    assert {"info/index.json: depends[7]: not a string", "info/index.json: depends[8]: not a string"} < set(
        reasons(sbom, "dependencies")
    )


def test_dependencies_that_are_no_list_or_empty_are_told(described: Describe) -> None:
    assert reasons(sbom_of(described, depends="python"), "dependencies") == ["info/index.json: depends: not a list"]
    sbom = sbom_of(described, depends=[" "])
    assert reasons(sbom, "dependencies") == ["info/index.json: depends[0]: empty"]
    assert [c.name for c in sbom.components] == ["demo"]


def test_a_name_that_can_have_no_purl_is_told(described: Describe) -> None:
    sbom = sbom_of(described, name="Upper")
    assert sbom.root_component.purl == ""
    assert any("CEP 26" in reason for reason in reasons(sbom, "conda"))


def test_summary_and_description_are_kept_and_free_of_private_places(described: Describe) -> None:
    about = {
        "summary": "Reads a/b and /etc.",
        "description": "Built in /home/joe/src, see https://u:SECRET@h.example/x",
    }
    sbom = described(info_members(about=about)).sbom
    assert sbom.root_component.description == "Reads a/b and /etc.\n\nBuilt in [withheld], see https://h.example/x"
    assert any("description" in reason for reason in reasons(sbom, "assemble"))


def test_what_seems_to_be_a_credential_is_left_out(described: Describe) -> None:
    sbom = described(info_members(hash_input={"GITHUB_TOKEN": "hidden", "python": "3.12"})).sbom
    assert "hidden" not in repr(sbom)
    assert properties(sbom, names.VARIANT + "python") == ["3.12"]


def test_every_component_has_evidence(described: Describe) -> None:
    for component in described().sbom.components:
        assert all(o.evidence for o in component.occurrences)
        assert component.occurrences


@pytest.mark.parametrize(
    ("payload", "dependencies", "contents"),
    [
        ({}, "complete", "complete"),
        ({"share/a.txt": b"x"}, "complete", "incomplete"),
        ({"lib/a.so": b"\x7fELF"}, "unknown", "incomplete"),
        ({"site-packages/a.py": b""}, "unknown", "incomplete"),
    ],
)
def test_completeness_claims_only_what_is_proven(
    described: Describe, payload: dict[str, bytes], dependencies: str, contents: str
) -> None:
    stated = {c.aspect: c.state for c in described(info_members(), payload).sbom.completeness}
    assert stated == {"dependencies": dependencies, "contents": contents}


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ({"bin/tool": b"x", "share/man/tool.1": b"x"}, "application"),
        ({"Library/bin/tool.exe": b"x"}, "application"),
        ({"Library/bin/a.dll": b"x"}, "library"),
        ({"bin/tool": b"x", "lib/liba.so": b"x"}, "library"),
        ({}, "library"),
    ],
)
def test_kind_of_package(described: Describe, payload: dict[str, bytes], kind: str) -> None:
    assert described(info_members(), payload).sbom.root_component.kind == kind


def entry(path: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "_path": path,
        "path_type": "hardlink",
        "size_in_bytes": 1,
        "sha256": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",  # of b"a"
    }
    return plain | changes


@pytest.mark.parametrize(
    ("entries", "payload", "told"),
    [
        ([entry("a")], {"a": b"a"}, []),
        ([entry("a", sha256="00" * 32)], {"a": b"a"}, ["a: sha256 differs from the one in info/paths.json"]),
        ([entry("a", size_in_bytes=2)], {"a": b"a"}, ["a: 1 bytes in the package but 2 in info/paths.json"]),
        ([], {"a": b"a"}, ["a: in the package but not listed in info/paths.json"]),
        ([entry("a")], {}, ["a: listed in info/paths.json but not in the package"]),
        ([entry("a"), entry("a")], {"a": b"a"}, ["a: listed twice in info/paths.json"]),
        ([entry("d", path_type="directory")], {}, []),
        # what the three generations of builders state of a symbolic link
        ([entry("a"), entry("l", path_type="softlink")], {"a": b"a", "l": link("l", "a")}, []),
        ([entry("a"), entry("l", path_type="softlink", size_in_bytes=1)], {"a": b"a", "l": link("l", "a")}, []),
        (
            [entry("a"), entry("l", path_type="softlink", sha256="", size_in_bytes=0)],
            {"a": b"a", "l": link("l", "a")},
            [],
        ),
        (
            [entry("a"), entry("l", path_type="softlink", sha256="00" * 32)],
            {"a": b"a", "l": link("l", "a")},
            ["l: sha256 of the link's target differs from the one in info/paths.json"],
        ),
        ([entry("l", path_type="softlink")], {"l": link("l", "/usr/lib/x")}, []),
        ([entry("a", path_type="softlink")], {"a": b"a"}, ["a: file in the package but softlink in info/paths.json"]),
        ([entry("l")], {"l": link("l", "l")}, ["l: softlink in the package but hardlink in info/paths.json"]),
    ],
)
def test_payload_against_paths_json(
    described: Describe, entries: list[dict[str, Any]], payload: dict[str, Any], told: list[str]
) -> None:
    sbom = described(info_members(paths={"paths": entries, "paths_version": 1}), payload).sbom
    assert reasons(sbom, "paths") == told


def test_payload_against_the_lists_of_old_builders(described: Describe) -> None:
    info = info_members(paths=None) | {"info/files": b"a\ngone\n", "info/has_prefix": b'/opt/x text "b"\nc\n'}
    assert reasons(described(info, {"a": b"a", "b": b"b"}).sbom, "paths") == [
        "b: in the package but not listed in info/files",
        "c: listed in info/has_prefix but not in the package",
        "gone: listed in info/files but not in the package",
    ]


def test_without_any_list_that_is_told(described: Describe) -> None:
    assert reasons(described(info_members(paths=None)).sbom, "paths") == [
        "info/paths.json: missing, and so is info/files: the payload cannot be compared with a list"
    ]


def test_licence_texts_of_new_and_old_packages(described: Describe) -> None:
    info = info_members() | {"info/licenses/a/LICENSE": b"one", "info/LICENSE.txt": b"\xff\xfe", "info/x": b"no"}
    sbom = described(info).sbom
    assert {t.path: t.data for t in sbom.texts} == {"info/licenses/a/LICENSE": b"one", "info/LICENSE.txt": b"\xff\xfe"}
    assert sbom.root_component.licenses[0].texts == ("info/LICENSE.txt", "info/licenses/a/LICENSE")


@pytest.mark.parametrize("key", [k for k in INDEX if k not in ("name",)])
@pytest.mark.parametrize("value", [None, 5, True, [], [1], {}, {"a": [1]}, "", "\ud800\x00\u202e", "x" * 100_000])
def test_odd_types_are_carried_on_with(described: Describe, registry: Any, key: str, value: Any) -> None:
    from cf_sbom.generate import render
    from cf_sbom.hookspecs import Options

    description = described(info_members(index(**{key: value})))
    assert len(render(description, Options(), registry)) == 2


@pytest.mark.parametrize(
    "depends",
    [{"a": 1}, None, ["a", 3], ["a", ""], "a", ["a", "b", "c"]],
    ids=["mapping", "none", "3", "empty", "text", "cut"],
)
def test_dependencies_are_not_complete_where_depends_was_not_read_whole(described: Describe, depends: Any) -> None:
    index = {key: value for key, value in (INDEX | {"depends": depends}).items() if value is not None}
    sbom = described(info_members(index), limits=Limits(dependencies=2)).sbom
    (claim,) = (c for c in sbom.completeness if c.aspect == "dependencies")
    assert (claim.state, claim.why) == ("unknown", "depends could not be read whole")


@pytest.mark.parametrize("head", [b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"#!/bin/sh\n"], ids=ascii)
def test_a_program_by_any_name_is_code(described: Describe, head: bytes) -> None:
    sbom = described(info_members(), {"share/a.txt": head + b"\0" * 20}).sbom
    assert [c.state for c in sbom.completeness if c.aspect == "dependencies"] == ["unknown"]
