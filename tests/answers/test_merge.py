"""Environments, lock files and documents put together: what joins, what is said, and that order cannot matter."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefixes import CARRIED, CHANNEL, dist, document, make_prefix, package, record
from sboms import sboms

from cf_sbom import properties as names
from cf_sbom.answers.environment import merge_environment
from cf_sbom.answers.merge import merge_documents, open_document
from cf_sbom.documents import read_document
from cf_sbom.environments.locks import read_lock
from cf_sbom.environments.prefix import read_prefix
from cf_sbom.errors import DocumentError
from cf_sbom.generate import Description, render
from cf_sbom.hookspecs import Options
from cf_sbom.joining.contents import Lookup, Places
from cf_sbom.joining.opened import Opened
from cf_sbom.joining.parts import of_package
from cf_sbom.limits import Limits
from cf_sbom.model import Digest, License, Ref, Sbom
from cf_sbom.plugins import load
from cf_sbom.validate import validate

FORMATS = (
    ("cyclonedx-json", "1.6"),
    ("cyclonedx-json", "1.7"),
    ("cyclonedx-xml", "1.6"),
    ("cyclonedx-xml", "1.7"),
    ("spdx-json", ""),
    ("spdx-tag-value", ""),
    ("spdx-yaml", ""),
    ("spdx-xml", ""),
    ("spdx-rdf", ""),
    ("spdx3-json", ""),
)
OPTIONS = Options(outputs=FORMATS, timestamp="2026-01-02T03:04:05Z")
APPLE, PEAR = Ref("pkg:pypi/apple@2.0"), Ref("pkg:pypi/pear@3.1")


def purl(name: str, channel: str = "conda-forge", build: str = "h0_0", subdir: str = "linux-64") -> Ref:
    told = f"channel={channel}&" if channel else ""
    return Ref(f"pkg:conda/{name}@1.0?build={build}&{told}subdir={subdir}&type=conda")


def of_prefix(prefix: Path, *more: Callable[[Places], Lookup], options: Options = OPTIONS) -> Sbom:
    places = Places(options.limits)
    lookups = [places.embedded(prefix), *(make(places) for make in more)]
    environment = read_prefix(prefix, "", options.limits)
    return merge_environment(environment, lookups, options, problems=places.problems).sbom


def edges(sbom: Sbom, kind: str) -> set[tuple[str, str]]:
    by_ref = {c.ref: c.name for c in sbom.components}
    return {(by_ref[r.source], by_ref[r.target]) for r in sbom.relations if r.kind == kind}


def reasons(sbom: Sbom) -> list[str]:
    return [str(p) for p in sbom.problems]


def embedded(tmp_path: Path, name: str, payload: dict[str, bytes] | None = None, **index: Any) -> dict[str, bytes]:
    data = document(package(name, payload, **index), f"{name}-1.0-h0_0.conda", tmp_path / "made")
    return {f"share/sbom/{name}-1.0-h0_0.cdx.json": data}


class TestPrefix:
    def test_records_edges_and_contents_are_one_graph(self, tmp_path: Path) -> None:
        bare = {"sha256": None, "md5": None}  # an embedded document knows no hash of the artifact
        records = [
            record("app", ["libz >=1.0", "libz <2", "__glibc >=2.17"], **bare),
            record("libz", **bare),
        ]
        files = embedded(tmp_path, "app", CARRIED, depends=["libz"]) | embedded(tmp_path, "libz")
        sbom = of_prefix(make_prefix(tmp_path / "env", records, files))
        assert sbom.root == "conda-environment:env?platform=linux-64"
        assert sbom.root_component.purl == ""
        assert {c.ref for c in sbom.components} >= {purl("app"), purl("libz"), APPLE, PEAR}
        assert edges(sbom, "contains") == {("env", "app"), ("env", "libz"), ("app", "apple"), ("app", "pear")}
        (edge,) = [r for r in sbom.relations if r.kind == "depends_on" and r.target == purl("libz")]
        assert (edge.source, edge.specs) == (purl("app"), ("libz", "libz <2", "libz >=1.0"))
        assert not [c for c in sbom.components if c.name.startswith("__")]
        app = next(c for c in sbom.components if c.ref == purl("app"))
        assert (names.VIRTUAL_DEPENDS, "__glibc >=2.17") in app.properties
        apple = next(c for c in sbom.components if c.ref == APPLE)
        assert [o.path.partition("/")[0] for o in apple.occurrences] == ["app-1.0-h0_0"]
        assert not [reason for reason in reasons(sbom) if "no document tells it" in reason]

    def test_what_has_no_document_is_said_once(self, tmp_path: Path) -> None:
        sbom = of_prefix(make_prefix(tmp_path / "env", [record(f"p{n:03}") for n in range(500)]))
        assert reasons(sbom) == [
            "what is in 500 of 500 packages is not known, as no document tells it (p000-1.0-h0_0, p001-1.0-h0_0, "
            "p002-1.0-h0_0, p003-1.0-h0_0, p004-1.0-h0_0 and 495 more) [document]"
        ]
        claims = {(c.ref, c.aspect): c.state for c in sbom.completeness}
        assert claims[sbom.root, "contents"] == "incomplete"
        assert claims[purl("p007"), "contents"] == "unknown"

    def test_what_is_needed_and_not_there_is_said(self, tmp_path: Path) -> None:
        records = [record("a", ["absent >=2", "maybe; if __win"]), record("b", ["a"])]
        sbom = of_prefix(make_prefix(tmp_path / "env", records))
        assert (
            "conda-meta/a-1.0-h0_0.json: depends[0]: absent >=2 is needed and not in the environment [prefix]"
            in reasons(sbom)
        )
        assert not any("maybe" in reason for reason in reasons(sbom))
        claims = {(c.ref, c.aspect): c.state for c in sbom.completeness}
        assert claims[purl("a"), "dependencies"] == "incomplete"
        assert (purl("b"), "dependencies") not in claims
        assert edges(sbom, "depends_on") == {("b", "a")}

    @pytest.mark.parametrize(
        ("spec", "met"),
        [
            ("b >=1,<2", True),
            ("b 1.*", True),
            ("b =1", True),
            ("b 1.0 h0_0", True),
            ("b==1.0=h0_0", True),
            ("b", True),
            ("b (odd", True),
            ("b >=2; if linux", True),
            ("b >=1.1", False),
            ("b <1.0|>1.0", False),
            ("b 1.0 h9_9", False),
            ("b[version='>=3']", False),
        ],
    )
    def test_a_version_that_does_not_meet_the_need_is_said(self, tmp_path: Path, spec: str, met: bool) -> None:
        sbom = of_prefix(make_prefix(tmp_path / "env", [record("a", [spec]), record("b")]))
        said = [p for p in sbom.problems if "is needed and 1.0 is there" in p.reason]
        assert [(p.path, p.severity) for p in said] == ([] if met else [("conda-meta/a-1.0-h0_0.json", "conflict")])
        assert edges(sbom, "depends_on") == {("a", "b")}

    def test_so_is_one_of_a_python_distribution(self, tmp_path: Path) -> None:
        files = dist("tofu", "1.5") | dist(
            "flask", "3.0", "Requires-Dist: tofu<1", "Requires-Dist: numpy>9", "Requires-Dist: tofu>9; os_name=='nt'"
        )
        owned = dist("numpy", "2.0", installer="conda")
        sbom = of_prefix(make_prefix(tmp_path / "env", [record("numpy", files=list(owned))], files | owned))
        assert [p.reason for p in sbom.problems if "is there" in p.reason] == [
            "Requires-Dist[0]: tofu<1 is needed and 1.5 is there"
        ]

    def test_cycles_and_packages_that_need_themselves(self, tmp_path: Path) -> None:
        records = [record("a", ["b", "a"]), record("b", ["c"]), record("c", ["a"])]
        sbom = of_prefix(make_prefix(tmp_path / "env", records))
        assert edges(sbom, "depends_on") == {("a", "b"), ("b", "c"), ("c", "a")}
        assert all(
            validate(d.data, Limits()).valid
            for d in render(Description(sbom=sbom, created="2026-01-02T03:04:05Z"), OPTIONS, load())
        )

    def test_no_edge_leads_to_one_of_two_records(self, tmp_path: Path) -> None:
        records = [record("a", ["b"]), record("b"), record("b", version="2.0")]
        sbom = of_prefix(make_prefix(tmp_path / "env", records))
        assert edges(sbom, "depends_on") == set()
        assert any("which of them is meant is not known" in reason for reason in reasons(sbom))

    def test_pip_packages_are_part_of_it(self, tmp_path: Path) -> None:
        owned = dist("numpy", "2.0", installer="conda")
        files = owned | dist(
            "flask", "3.0", "Requires-Dist: numpy>=1", "Requires-Dist: gone", "Requires-Dist: w; os_name=='nt'"
        )
        sbom = of_prefix(make_prefix(tmp_path / "env", [record("numpy-base", files=list(owned))], files))
        assert edges(sbom, "contains") == {("env", "numpy-base"), ("env", "flask")}
        assert edges(sbom, "depends_on") == {("flask", "numpy-base")}
        assert sum("is needed and not in the environment" in reason for reason in reasons(sbom)) == 1

    def test_a_document_of_another_package_is_not_used(self, tmp_path: Path) -> None:
        files = {
            "share/sbom/libz-1.0-h0_0.cdx.json": document(package("other"), "other-1.0-h0_0.conda", tmp_path / "m")
        }
        sbom = of_prefix(make_prefix(tmp_path / "env", [record("libz", sha256=None, md5=None)], files))
        assert any("speaks of another package than conda-meta/libz-1.0-h0_0.json" in reason for reason in reasons(sbom))
        assert any("no document tells it" in reason for reason in reasons(sbom))

    def test_a_document_for_other_bytes_is_not_used(self, tmp_path: Path) -> None:
        files = embedded(tmp_path, "libz")  # knows a hash, and the record another
        sbom = of_prefix(make_prefix(tmp_path / "env", [record("libz")], files))
        assert any("the sha256 differs" in reason for reason in reasons(sbom))

    @pytest.mark.parametrize("data", [b"", b"{", b'{"bomFormat": "CycloneDX"}', b"\x00" * 50])
    def test_a_broken_document_is_one_problem(self, tmp_path: Path, data: bytes) -> None:
        files = {"share/sbom/libz-1.0-h0_0.cdx.json": data}
        sbom = of_prefix(make_prefix(tmp_path / "env", [record("libz")], files))
        assert any(reason.startswith("share/sbom/libz-1.0-h0_0.cdx.json: ") for reason in reasons(sbom))

    def test_a_document_that_is_a_link_out_is_not_read(self, tmp_path: Path) -> None:
        prefix = make_prefix(tmp_path / "env", [record("libz", sha256=None, md5=None)], {"share/sbom/x": b""})
        outside = tmp_path / "outside.json"
        outside.write_bytes(embedded(tmp_path, "libz", CARRIED)["share/sbom/libz-1.0-h0_0.cdx.json"])
        (prefix / "share/sbom/libz-1.0-h0_0.cdx.json").symlink_to(outside)
        sbom = of_prefix(prefix)
        assert APPLE not in {c.ref for c in sbom.components}
        assert any("a link out of the prefix; not followed" in reason for reason in reasons(sbom))

    @pytest.mark.parametrize(
        "place",
        [
            "{f}.cdx.json",
            "linux-64/{f}.spdx.json",
            "libz-1.0-h0_0/share/sbom/libz-1.0-h0_0.cdx.json",
            "anything.spdx3.json",
        ],
    )
    def test_documents_beside_packages(self, tmp_path: Path, place: str) -> None:
        """By the name of the package's file, in an extracted package, and by what it says of itself."""
        data = package("libz", CARRIED)
        output = {"cdx": "cyclonedx-json", "spdx": "spdx-json", "spdx3": "spdx3-json"}[place.split(".")[-2]]
        made = document(data, "libz-1.0-h0_0.conda", tmp_path / "made", output)
        found = tmp_path / "packages" / place.format(f="libz-1.0-h0_0.conda")
        found.parent.mkdir(parents=True)
        found.write_bytes(made)
        prefix = make_prefix(tmp_path / "env", [record("libz", sha256=sha256(data).hexdigest(), md5=None)])
        sbom = of_prefix(prefix, lambda places: places.beside(tmp_path / "packages"))
        assert ("libz", "apple") in edges(sbom, "contains")
        assert not any("no document" in reason for reason in reasons(sbom))

    @pytest.mark.parametrize("name", ["libz", "libz-document-of-mine", "a-b-c-d", "libz-1.0"])
    def test_a_document_may_have_any_other_name(self, name: str, tmp_path: Path) -> None:
        data = document(package("libz", CARRIED), "libz-1.0-h0_0.conda", tmp_path / "m")
        (tmp_path / "pkgs").mkdir()
        (tmp_path / "pkgs" / f"{name}.cdx.json").write_bytes(data)
        (tmp_path / "pkgs" / "other-1.0-0.cdx.json").write_bytes(b"not read, as it is called after another package")
        prefix = make_prefix(tmp_path / "env", [record("libz", sha256=None, md5=None)])
        sbom = of_prefix(prefix, lambda places: places.beside(tmp_path / "pkgs"))
        assert ("libz", "apple") in edges(sbom, "contains")
        assert not any("other-1.0-0" in reason for reason in reasons(sbom))

    def test_documents_that_are_not_read_are_said(self, tmp_path: Path) -> None:
        (tmp_path / "pkgs").mkdir()
        for name in "abc":
            (tmp_path / "pkgs" / f"{name}.cdx.json").write_bytes(b"{}")
        options = replace(OPTIONS, limits=Limits(packages=2))
        prefix = make_prefix(tmp_path / "env", [record("libz")])
        sbom = of_prefix(prefix, lambda places: places.beside(tmp_path / "pkgs"), options=options)
        assert any("1 documents are not read, more than 2 (limit packages)" in reason for reason in reasons(sbom))

    def test_the_time_is_that_of_the_newest_document_too(self, tmp_path: Path) -> None:
        bare = {"timestamp": None, "sha256": None, "md5": None}
        data = document(package("libz", timestamp=1_600_000_000_000), "libz-1.0-h0_0.conda", tmp_path / "m")
        files = {"share/sbom/libz-1.0-h0_0.cdx.json": data}
        prefix = make_prefix(tmp_path / "env", [record("libz", **bare)], files)
        environment = read_prefix(prefix, "", Limits())
        places = Places(Limits())
        assert merge_environment(environment, [places.embedded(prefix)], Options()).created == "2020-09-13T12:26:40Z"
        assert merge_environment(environment, [], Options()).created == "1970-01-01T00:00:00Z"

    def test_packages_can_be_described_now(self, tmp_path: Path) -> None:
        data = package("libz", CARRIED)
        (tmp_path / "pkgs").mkdir()
        (tmp_path / "pkgs" / "libz-1.0-h0_0.conda").write_bytes(data)
        (tmp_path / "pkgs" / "odd-1.0-h0_0.conda").write_bytes(b"odd")
        digest = sha256(data).hexdigest()
        prefix = make_prefix(tmp_path / "env", [record("libz", sha256=digest, md5=None), record("odd")])
        registry = load()
        sbom = of_prefix(prefix, lambda places: places.described([tmp_path / "pkgs"], OPTIONS, registry))
        assert ("libz", "apple") in edges(sbom, "contains")
        assert any(reason.startswith("odd-1.0-h0_0.conda: ") for reason in reasons(sbom))

    def test_another_lookup_can_be_asked(self, tmp_path: Path) -> None:
        """The seam for an index: a function from an entry to a part."""
        part = of_package(
            read_document(document(package("libz", CARRIED), "libz-1.0-h0_0.conda", tmp_path / "m"), Limits()).sbom()
        )
        sbom = of_prefix(
            make_prefix(tmp_path / "env", [record("libz")]), lambda places: lambda entry: Opened(part=part)
        )
        assert ("libz", "apple") in edges(sbom, "contains")

    def test_documents_beyond_the_limit_are_none(self, tmp_path: Path) -> None:
        bare = {"sha256": None, "md5": None}
        files = embedded(tmp_path, "app", CARRIED) | embedded(tmp_path, "libz", CARRIED)
        prefix = make_prefix(tmp_path / "env", [record("app", **bare), record("libz", **bare)], files)
        sbom = of_prefix(prefix, options=replace(OPTIONS, limits=Limits(members=6)))
        assert any("1 documents are left out, more than 6 components" in reason for reason in reasons(sbom))
        assert any("what is in 1 of 2 packages is not known" in reason for reason in reasons(sbom))
        claims = {(c.ref, c.aspect): c for c in sbom.completeness}
        assert claims[sbom.root, "contents"].state == "incomplete"
        assert "1 of 2 packages have a document" in claims[sbom.root, "contents"].why

    def test_what_only_the_build_needed_is_left_out_unless_asked_for(self, tmp_path: Path) -> None:
        recipe = {
            "info/recipe/meta.yaml": b"package: {name: libz, version: '1.0'}\n"
            b"requirements: {build: [gcc 13.2 h0_0], host: [zstd 1.5 h1_1]}\n"
        }
        data = document(package("libz", recipe | {"lib/x": b"x"}), "libz-1.0-h0_0.conda", tmp_path / "m")
        prefix = make_prefix(
            tmp_path / "env", [record("libz", sha256=None, md5=None)], {"share/sbom/libz-1.0-h0_0.cdx.json": data}
        )
        without = of_prefix(prefix)
        kept = of_prefix(prefix, options=replace(OPTIONS, build_packages="all"))
        assert not {r.kind for r in without.relations} & {"build_tool", "host"}
        assert {r.kind for r in kept.relations} >= {"build_tool", "host"}


def lock_text(*platforms: str) -> str:
    head = packages = ""
    for platform in platforms:
        app, libz = (f"- conda: {CHANNEL}/{platform}/{name}-1.0-h0_0.conda\n" for name in ("app", "libz"))
        head += f"      {platform}:\n      {app}      {libz}"
        packages += f"{app}  depends: [libz, __unix]\n{libz}"
    return f"version: 6\nenvironments:\n  default:\n    packages:\n{head}packages:\n{packages}"


class TestLocks:
    def test_no_edge_crosses_platforms(self, tmp_path: Path) -> None:
        path = tmp_path / "pixi.lock"
        path.write_text(lock_text("linux-64", "osx-arm64"))
        for environment in read_lock(path, Limits()):
            sbom = merge_environment(environment, [], OPTIONS).sbom
            assert edges(sbom, "depends_on") == {("app", "libz")}
            assert {dict(c.properties).get(names.SUBDIR) for c in sbom.components} == {None, environment.platform}
            assert sbom.root == f"conda-environment:default?platform={environment.platform}"

    def test_the_time_is_the_newest_that_is_stated(self, tmp_path: Path) -> None:
        prefix = make_prefix(tmp_path / "env", [record("a"), record("b", timestamp=1_600_000_000)])
        bare = Options()
        assert merge_environment(read_prefix(prefix, "", Limits()), [], bare).created == "2023-11-14T22:13:20Z"
        path = tmp_path / "pixi.lock"
        path.write_text(lock_text("linux-64"))
        found = merge_environment(read_lock(path, Limits())[0], [], bare)
        assert found.created == "1970-01-01T00:00:00Z"
        assert any("nothing that is merged states a time" in reason for reason in reasons(found.sbom))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Sbom:
    """One with documents, pip, a licence text of its own, a source, a conflict and what is missing."""
    folder = tmp_path_factory.mktemp("env")
    bare = {"sha256": None, "md5": None}
    recipe = {
        "info/recipe/meta.yaml": b"package: {name: app, version: '1.0'}\n"
        b"source: {url: https://example.org/app-1.0.tar.gz, sha256: "
        + b"a" * 64
        + b", patches: [fix-CVE-2099-1.patch]}\n",
        "info/recipe/fix-CVE-2099-1.patch": b"--- a\n+++ b\n-x\n+y\n",
        "info/licenses/LICENSE": b"Do as you like.\n",
    }
    files = embedded(folder, "app", CARRIED | recipe, license="LicenseRef-Mine", constrains=["old <1"])
    files |= embedded(folder, "libz", {"share/x": b"x"}) | {k: v.encode() for k, v in dist("flask", "3.0").items()}
    records = [record("app", ["libz", "gone"], **bare), record("libz", **bare), record("bare")]
    return of_prefix(make_prefix(folder / "env", records, files))


@pytest.mark.parametrize(("name", "version"), FORMATS)
def test_every_format_is_valid_and_reads_back(environment: Sbom, name: str, version: str) -> None:
    options = replace(OPTIONS, outputs=((name, version),))
    (made,) = render(Description(sbom=environment, created="2026-01-02T03:04:05Z"), options, load())
    verdict = validate(made.data, Limits())
    assert (verdict.reasons, verdict.profile) == ((), None)  # the conda profile is for documents of one package
    found = read_document(made.data, Limits()).sbom()
    assert (found.subject.container, found.subject.subdir) == ("environment", "linux-64")
    contains = {("env", "app"), ("env", "bare"), ("env", "flask"), ("env", "libz"), ("app", "apple"), ("app", "pear")}
    assert edges(found, "contains") == contains
    assert ("app", "libz") in edges(found, "depends_on")
    assert {r.source for r in found.relations if r.kind == "built_from"} == {purl("app")}
    assert [p.path for p in found.patches] == ["app-1.0-h0_0/info/recipe/fix-CVE-2099-1.patch"]
    assert found.problems == environment.problems
    refs = {c.ref for c in found.components if c.purl}
    assert refs >= {purl("app"), purl("libz"), purl("bare"), APPLE, PEAR}
    again = (render(Description(sbom=environment, created="2026-01-02T03:04:05Z"), options, load()))[0]
    assert again.data == made.data


def test_what_is_in_a_package_stands_in_it(environment: Sbom) -> None:
    options = replace(OPTIONS, outputs=(("cyclonedx-json", ""),))
    (made,) = render(Description(sbom=environment, created="2026-01-02T03:04:05Z"), options, load())
    tree = json.loads(made.data)
    by_name = {c["name"]: c for c in tree["components"]}
    assert [c["name"] for c in by_name["app"]["components"]] == ["apple", "pear"]
    assert [p["diff"]["url"] for p in by_name["app"]["pedigree"]["patches"]] == [
        "app-1.0-h0_0/info/recipe/fix-CVE-2099-1.patch"
    ]
    assert {p["name"] for p in by_name["app"]["properties"]} >= {names.DEPENDS, names.CONSTRAINS}
    assert tree["metadata"]["lifecycles"] == [{"phase": "operations"}]
    root = tree["metadata"]["component"]
    assert (root["type"], root["name"], "purl" in root, "components" in root) == ("application", "env", False, False)
    assert not any(p["name"].startswith("bsi:") for p in root["properties"])


# What conda-sboms 0.3.0 writes of the same environment, by its documentation and code.
def conda_sboms(*found: str, depends: dict[str, list[str]] | None = None) -> bytes:
    components = [
        {
            "bom-ref": purl(name),
            "purl": purl(name),
            "type": "library",
            "name": name,
            "version": "1.0",
            "hashes": [{"alg": "SHA-256", "content": record(name)["sha256"]}],
            "licenses": [{"license": {"name": "MIT"}}],
            "externalReferences": [{"type": "distribution", "url": record(name)["url"]}],
            "properties": [
                {"name": "conda:package:build", "value": "h0_0"},
                {"name": "conda:package:build-number", "value": "0"},
                {"name": "conda:package:channel", "value": "conda-forge"},
                {"name": "conda:package:filename", "value": f"{name}-1.0-h0_0.conda"},
                {"name": "conda:package:size", "value": "1234"},
                {"name": "conda:package:subdir", "value": "linux-64"},
            ],
        }
        for name in found
    ]
    root = "conda-environment:env?platform=linux-64"
    needs = depends or {}
    tree = {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "version": 1,
        "metadata": {
            "component": {
                "bom-ref": root,
                "type": "application",
                "name": "env",
                "properties": [
                    {"name": "conda:environment:platform", "value": "linux-64"},
                    {"name": "conda:environment:root-dependency-source", "value": "inferred-graph-roots"},
                    {"name": "conda:environment:scope", "value": "resolved-conda-packages"},
                ],
            },
            "properties": [{"name": "cdx:reproducible", "value": "true"}],
        },
        "components": components,
        "dependencies": [
            {"ref": root, "dependsOn": [purl(found[0])]},
            *({"ref": purl(n), "dependsOn": [purl(o) for o in needs.get(n, [])]} for n in found),
        ],
        "compositions": [{"aggregate": "unknown", "assemblies": [root], "dependencies": [root]}],
    }
    return json.dumps(tree, indent=2, sort_keys=True).encode()


def opened(tmp_path: Path, *documents: bytes) -> list[Opened]:
    found = []
    for number, data in enumerate(documents):
        path = tmp_path / f"{number}.json"
        path.write_bytes(data)
        found.append(open_document(path, OPTIONS))
    return found


def merged(tmp_path: Path, *documents: bytes, options: Options = OPTIONS) -> Sbom:
    return merge_documents(opened(tmp_path, *documents), "all", options).sbom


class TestDocuments:
    def test_a_document_of_conda_sboms_joins_ours_of_the_environment(self, tmp_path: Path, environment: Sbom) -> None:
        options = replace(OPTIONS, outputs=(("cyclonedx-json", ""),))
        prefix = make_prefix(tmp_path / "env", [record("app", ["libz"]), record("libz")])
        (ours,) = render(Description(sbom=of_prefix(prefix), created="2026-01-02T03:04:05Z"), options, load())
        theirs = conda_sboms("app", "libz", depends={"app": ["libz"]})
        found = merged(tmp_path, ours.data, theirs)
        assert {c.ref for c in found.components} == {
            "collection:all",
            "conda-environment:env?platform=linux-64",
            purl("app"),
            purl("libz"),
        }
        assert not [p for p in found.problems if p.severity == "conflict"]
        app = next(c for c in found.components if c.ref == purl("app"))
        assert [value for name, value in app.properties if name == names.BUILD] == ["h0_0"]
        assert [lic.expression for lic in app.licenses] == ["MIT"]
        assert edges(found, "contains") == {("all", "env"), ("env", "app"), ("env", "libz")}

    def test_a_package_without_a_channel_joins_the_one_with(self, tmp_path: Path) -> None:
        ours = document(package("libz", CARRIED), "libz-1.0-h0_0.conda", tmp_path / "m")
        theirs = conda_sboms("libz").replace(record("libz")["sha256"].encode(), b"")
        theirs = theirs.replace(b'"content": ""', b'"content": "' + b"0" * 64 + b'"')
        found = merged(tmp_path, ours, theirs)
        refs = {c.ref for c in found.components}
        assert purl("libz") in refs
        assert purl("libz", channel="") not in refs
        assert ("libz", "apple") in edges(found, "contains")
        assert any("the sha256 digests differ" in reason for reason in reasons(found))

    def test_conflicts_are_problems(self, tmp_path: Path) -> None:
        one, other = (
            document(package("libz", license=text), "libz-1.0-h0_0.conda", tmp_path / text) for text in ("MIT", "Zlib")
        )
        found = merged(tmp_path, one, other)
        said = [p.reason for p in found.problems if p.severity == "conflict"]
        assert any(reason.startswith("licence of pkg:conda/libz@1.0") for reason in said)
        assert any("the sha256 digests differ" in reason for reason in said)

    def test_two_licences_are_what_one_expression_says(self, tmp_path: Path) -> None:
        """SPDX has two licences of a component in one expression."""
        data = document(package("libz", license="MIT AND Zlib"), "libz-1.0-h0_0.conda", tmp_path / "m")
        (one,) = opened(tmp_path, data)
        two = tuple(License(expression=text) for text in ("MIT", "Zlib"))
        parts = [replace(c, licenses=two) if c.ref == one.part.root else c for c in one.part.components]
        other = Opened(part=replace(one.part, components=tuple(parts)))
        found = merge_documents([one, other], "all", OPTIONS).sbom
        assert not [p for p in found.problems if p.severity == "conflict"]

    def test_needs_are_led_to_what_is_there_on_the_same_platform(self, tmp_path: Path) -> None:
        app = document(
            package("app", depends=["libz >=1", "gone"]), "app-1.0-h0_0.conda", tmp_path / "a", channel="conda-forge"
        )
        here, there = (
            document(package("libz", subdir=s), "libz-1.0-h0_0.conda", tmp_path / s, channel="conda-forge")
            for s in ("linux-64", "osx-arm64")
        )
        found = merged(tmp_path, app, here, there)
        needs = {(r.source, r.target) for r in found.relations if r.kind == "depends_on"}
        assert needs == {(purl("app"), purl("libz")), (purl("app"), "pkg:conda/gone")}
        assert ("all", "libz") in edges(found, "contains")

    def test_what_holds_of_one_document_alone_is_not_kept(self, tmp_path: Path) -> None:
        """That a document is dated 1970 and what it knew nothing of: the whole has its own time, and knows more."""
        options = replace(OPTIONS, outputs=(("cyclonedx-json", ""),), timestamp="")
        records = [record(name, timestamp=None, sha256=None, md5=None) for name in ("libz", "bare")]
        prefix = make_prefix(tmp_path / "env", records)
        environment = read_prefix(prefix, "", options.limits)
        (alone,) = render(merge_environment(environment, [], options), options, load())
        assert b"dated 1970-01-01" in alone.data
        libz = document(package("libz", CARRIED), "libz-1.0-h0_0.conda", tmp_path / "m", channel="conda-forge")
        dated = document(package("app", CARRIED), "app-1.0-h0_0.conda", tmp_path / "d")
        found = merged(tmp_path, alone.data, libz, dated, options=options)
        assert not [reason for reason in reasons(found) if "1970" in reason]
        assert [p.reason for p in found.problems if p.by == "document"] == [
            "what is in 1 of 3 packages is not known, as no document tells it (bare-1.0-h0_0)"
        ]
        claims = {(c.ref, c.aspect): c.state for c in found.completeness}
        assert claims[purl("libz"), "contents"] == "complete"
        assert claims[purl("bare"), "contents"] == "unknown"
        (again,) = render(Description(sbom=found, created="2026-01-02T03:04:05Z"), options, load())
        assert merged(tmp_path, again.data, options=options).problems == found.problems

    def test_virtual_packages_of_others_are_no_components(self, tmp_path: Path) -> None:
        theirs = json.loads(conda_sboms("app", "libz", depends={"app": ["libz"]}))
        glibc = {"type": "library", "bom-ref": "g", "name": "__glibc", "purl": "pkg:conda/__glibc@2.39?channel=x"}
        theirs["components"].append(glibc)
        theirs["dependencies"][0]["dependsOn"].append("g")
        theirs["dependencies"][1]["dependsOn"].append("g")
        found = merged(tmp_path, json.dumps(theirs).encode())
        assert not [c for c in found.components if "__glibc" in c.name or "__glibc" in c.ref]
        stated = {(c.name, value) for c in found.components for name, value in c.properties if "virtual" in name}
        assert stated == {("app", "__glibc")}

    @pytest.mark.parametrize(
        ("form", "one"),
        [
            ("channel=https:%2F%2Fconda.anaconda.org%2Fconda-forge", True),
            ("channel=https://conda.anaconda.org/conda-forge/", True),
            ("channel=conda-forge&repository_url=https://conda.anaconda.org", True),
            ("channel=conda-forge&repository_url=conda.anaconda.org", True),
            ("channel=https://example.org/conda-forge", False),
            ("channel=bioconda", False),
        ],
    )
    def test_a_channel_is_one_by_name_or_address(self, tmp_path: Path, form: str, one: bool) -> None:
        ours = document(package("libz", CARRIED), "libz-1.0-h0_0.conda", tmp_path / "m", channel="conda-forge")
        theirs = conda_sboms("libz").replace(b"channel=conda-forge", form.encode())
        theirs = theirs.replace(record("libz")["sha256"].encode(), b"0" * 64)
        found = [c.ref for c in merged(tmp_path, ours, theirs).components if c.name == "libz"]
        assert (found == [purl("libz")]) if one else (len(found) == 2), found

    def test_documents_of_other_tools_keep_their_components(self, tmp_path: Path) -> None:
        tree = {
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": {"component": {"type": "application", "name": "shop", "bom-ref": "shop"}},
            "components": [
                {"type": "library", "bom-ref": "1", "name": "apple", "version": "2.0", "purl": "pkg:pypi/Apple@2.0"},
                {"type": "library", "bom-ref": "2", "name": "nameless", "hashes": [{"alg": "MD5", "content": "no"}]},
                {
                    "type": "library",
                    "bom-ref": "3",
                    "name": "private",
                    "version": "/home/somebody/x",
                    "externalReferences": [
                        {"type": "vcs", "url": "https://u:secret@example.org/x"},
                        {"type": "website", "url": "file:///home/somebody"},
                    ],
                    "cpe": "cpe:odd",
                    "licenses": [{"expression": "odd AND ("}],
                    "evidence": {"occurrences": [{"location": "/home/somebody/lib/x"}]},
                },
            ],
            "dependencies": [{"ref": "shop", "dependsOn": ["1"]}],
        }
        ours = document(package("libz", CARRIED), "libz-1.0-h0_0.conda", tmp_path / "m")
        description = merge_documents(opened(tmp_path, json.dumps(tree).encode(), ours), "all", OPTIONS)
        for made in render(description, OPTIONS, load()):
            assert validate(made.data, Limits()).valid
            assert b"somebody" not in made.data
            assert b"secret" not in made.data
        by_name = {c.name: c for c in description.sbom.components}
        assert by_name["apple"].ref == APPLE
        assert edges(description.sbom, "contains") >= {("all", "shop"), ("shop", "nameless"), ("shop", "private")}

    def test_hostile_text_stays_valid(self, tmp_path: Path) -> None:
        odd = 'x"<b>&\x1b[31m\u202e\n</text>'
        tree = {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {"type": "application", "name": odd, "bom-ref": odd, "version": odd}},
            "components": [
                {
                    "type": "library",
                    "bom-ref": f"{odd}{n}",
                    "name": odd,
                    "version": odd * 400,
                    "description": odd,
                    "supplier": {"name": odd, "url": [odd], "contact": [{"email": odd}]},
                    "licenses": [{"license": {"name": odd}}],
                    "properties": [{"name": odd, "value": odd}],
                    "purl": f"pkg:generic/{n}@1" if n else "not a purl",
                }
                for n in range(2)
            ],
        }
        description = merge_documents(opened(tmp_path, json.dumps(tree).encode()), odd, OPTIONS)
        for made in render(description, OPTIONS, load()):
            assert validate(made.data, Limits()).valid

    def test_too_many_components_are_said(self, tmp_path: Path) -> None:
        parts = [
            Opened(
                part=of_package(
                    read_document(document(package(n, CARRIED), f"{n}-1.0-h0_0.conda", tmp_path / n), Limits()).sbom()
                )
            )
            for n in ("a", "b")
        ]
        found = merge_documents(parts, "all", replace(OPTIONS, limits=Limits(members=6))).sbom
        assert any("1 documents are left out" in reason for reason in reasons(found))

    def test_what_is_no_file_is_called_as_it_was_given(self) -> None:
        with pytest.raises(DocumentError, match=r"^\.: "):
            open_document(Path(), OPTIONS)

    def test_a_repository_is_that_of_git_once(self, tmp_path: Path) -> None:
        link = {"externalReferences": [{"type": "vcs", "url": "git+https://example.org/a.git"}]}
        component = {"type": "library", "name": "a", "version": "1", "bom-ref": "a", **link}
        tree = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [component]}
        options = replace(OPTIONS, outputs=(("spdx-json", ""),))
        (made,) = render(merge_documents(opened(tmp_path, json.dumps(tree).encode()), "all", options), options, load())
        assert b'"git+https://example.org/a.git"' in made.data
        assert b"git+git" not in made.data


class TestContainment:
    """CycloneDX has one place for a component: what else holds it is told by name, and read back."""

    @pytest.mark.parametrize("name", ["cyclonedx-json", "cyclonedx-xml", "spdx-json", "spdx3-json"])
    def test_all_holders_are_read_back(self, tmp_path: Path, name: str) -> None:
        options = replace(OPTIONS, outputs=((name, ""),))
        prefix = make_prefix(tmp_path / "env", [record("app", sha256=None, md5=None), record("libz")])
        (alone,) = render(
            Description(sbom=of_prefix(prefix), created=""), replace(OPTIONS, outputs=(("cyclonedx-json", ""),)), load()
        )
        packages = [
            document(package(n, CARRIED), f"{n}-1.0-h0_0.conda", tmp_path / n, channel="conda-forge")
            for n in ("app", "web")
        ]
        once = merged(tmp_path, alone.data, *packages)
        wanted = {
            *(("all", "env"), ("all", "app"), ("all", "web"), ("env", "app"), ("env", "libz")),
            *((holder, name) for holder in ("app", "web") for name in ("apple", "pear")),
        }
        assert edges(once, "contains") == wanted
        (made,) = render(Description(sbom=once, created="2026-01-02T03:04:05Z"), options, load())
        again = merged(tmp_path, made.data)
        assert edges(again, "contains") == wanted
        assert edges(again, "depends_on") == edges(once, "depends_on")

    def test_what_is_only_needed_holds_what_is_in_it(self, tmp_path: Path) -> None:
        inner = {"type": "library", "bom-ref": "c", "name": "child", "purl": "pkg:npm/child@1"}
        inner["components"] = [{"type": "library", "bom-ref": "g", "name": "grand", "purl": "pkg:npm/grand@1"}]
        tree = {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {"type": "application", "name": "shop", "bom-ref": "shop"}},
            "components": [{"type": "library", "bom-ref": "p", "name": "parent", "components": [inner]}],
            "dependencies": [{"ref": "shop", "dependsOn": ["p"]}],
        }
        options = replace(OPTIONS, outputs=(("cyclonedx-json", ""),))
        once = merged(tmp_path, json.dumps(tree).encode())
        assert edges(once, "contains") == {("all", "shop"), ("parent", "child"), ("child", "grand")}
        (made,) = render(Description(sbom=once, created="2026-01-02T03:04:05Z"), options, load())
        again = merged(tmp_path, made.data)
        assert (again.components, again.relations) == (once.components, once.relations)

    def test_what_is_needed_and_was_of_the_build_stays_needed(self, tmp_path: Path) -> None:
        recipe = {
            "info/recipe/meta.yaml": b"package: {name: app, version: '1.0'}\nrequirements: {host: [libz 1.0 h0_0]}\n"
        }
        app = document(package("app", recipe, ["libz 1.0 h0_0"]), "app-1.0-h0_0.conda", tmp_path / "a")
        options = replace(OPTIONS, outputs=(("cyclonedx-json", ""),))
        (once,) = render(merge_documents(opened(tmp_path, app), "all", options), options, load())
        (again,) = render(merge_documents(opened(tmp_path, once.data), "all", options), options, load())
        assert once.data == again.data
        assert ("app", "libz") in edges(merged(tmp_path, again.data), "depends_on")


def test_spdx_2_does_not_forget_what_is_known_to_hold_nothing(tmp_path: Path) -> None:
    """It has no word for what is complete: NONE is one where nothing is in a package."""
    options = replace(OPTIONS, outputs=(("spdx-json", ""),))
    made = [
        document(package(n, {"share/x": b"x"}), f"{n}-1.0-h0_0.conda", tmp_path / n, f)
        for n, f in (("a", "spdx-json"), ("b", "cyclonedx-json"))
    ]
    once = merged(tmp_path, *made)
    (again,) = render(Description(sbom=once, created="2026-01-02T03:04:05Z"), options, load())
    for found in (once, merged(tmp_path, again.data)):
        assert not [reason for reason in reasons(found) if "is not known, as no document tells it" in reason]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[Opened]:
    """Documents of packages, in two formats, one of the environment by another tool, two of one package."""
    folder = tmp_path_factory.mktemp("documents")
    made = [
        document(package("app", CARRIED, ["libz >=1"]), "app-1.0-h0_0.conda", folder / "1"),
        document(package("libz", license="Zlib"), "libz-1.0-h0_0.conda", folder / "2", "spdx-json"),
        document(package("libz", CARRIED), "libz-1.0-h0_0.conda", folder / "3", "spdx3-json"),
        document(package("other", CARRIED), "other-1.0-h0_0.conda", folder / "4", "cyclonedx-xml"),
        conda_sboms("app", "libz", depends={"app": ["libz"]}),
    ]
    return opened(folder, *made)


@given(st.data())
def test_the_order_of_documents_cannot_matter(documents: list[Opened], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(documents))
    assert merge_documents(shuffled, "all", OPTIONS) == merge_documents(documents, "all", OPTIONS)


def test_merging_what_was_merged_changes_nothing(documents: list[Opened]) -> None:
    once = merge_documents(documents, "all", OPTIONS).sbom
    part = Opened(part=of_package(once))
    assert merge_documents([part], "all", OPTIONS).sbom == once
    assert merge_documents([part, part], "all", OPTIONS).sbom == once


@pytest.mark.parametrize(("name", "version"), [f for f in FORMATS if f[0].startswith("cyclonedx")])
def test_it_changes_nothing_in_bytes_either(documents: list[Opened], tmp_path: Path, name: str, version: str) -> None:
    options = replace(OPTIONS, outputs=((name, version),))
    (once,) = render(merge_documents(documents, "all", options), options, load())
    parts = opened(tmp_path, once.data)
    for more in ([], documents):
        (again,) = render(merge_documents([*parts, *more], "all", options), options, load())
        assert again.data == once.data


@given(st.lists(sboms(), min_size=1, max_size=3), st.randoms())
def test_any_inventories_merge(found: Sequence[Sbom], random: Any) -> None:
    """Inventories of all shapes: valid in CycloneDX and SPDX, in any order the same, and merged again the same."""
    roots = [replace(s, subject=replace(s.subject, name=f"demo{n}")) for n, s in enumerate(found)]
    parts = [Opened(part=of_package(one)) for one in roots]
    once = merge_documents(parts, "all", OPTIONS)
    random.shuffle(parts)
    assert merge_documents(parts, "all", OPTIONS) == once
    assert merge_documents([Opened(part=of_package(once.sbom))], "all", OPTIONS).sbom == once.sbom
    render(once, replace(OPTIONS, outputs=(("cyclonedx-json", ""), ("spdx-json", ""), ("spdx3-json", ""))), load())


def test_a_digest_that_packages_do_not_share_is_not_shown(tmp_path: Path) -> None:
    """The same npm package, patched in one of two places, is a conflict and not two hashes."""
    part = of_package(read_document(document(package("a", CARRIED), "a-1.0-h0_0.conda", tmp_path), Limits()).sbom())

    def with_digest(value: str, name: str) -> Opened:
        digest = (Digest(algorithm="sha256", value=value * 64),)
        components = tuple(
            replace(c, digests=digest, licenses=(License(expression="MIT"),)) if c.ref == APPLE else c
            for c in part.components
        )
        return Opened(part=replace(part, components=components))

    found = merge_documents([with_digest("a", "x"), with_digest("b", "y")], "all", OPTIONS).sbom
    assert next(c for c in found.components if c.ref == APPLE).digests == ()
    assert any(f"{APPLE}: the sha256 digests differ" in reason for reason in reasons(found))
