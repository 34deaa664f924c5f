"""SBOMs in the payload: which members are looked at, and what each kind of document adds."""

from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import FIXTURES, conda, info_members

from cf_sbom.extractors import embedded_sboms
from cf_sbom.generate import Description, describe, render
from cf_sbom.hookspecs import Body, Context, Finding, Options
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Link, Member, Occurrence, Problem, Relation, Sbom
from cf_sbom.plugins import Registry
from cf_sbom.testing import check_match
from cf_sbom.validate import validate

Describe = Callable[..., Description]
FOLDER = FIXTURES / "members" / "embedded_sboms"
SITE = "lib/python3.12/site-packages"
SBOMS = f"{SITE}/toy_image-2.0.dist-info/sboms"
SHA = {letter: letter * 64 for letter in "cd"}
(EXTRACTOR,) = embedded_sboms.cf_sbom_extractors()


def document(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def cyclonedx(*components: dict[str, Any], root: dict[str, Any] | None = None, **parts: Any) -> bytes:
    tree: dict[str, Any] = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
    tree["metadata"] = {"component": root} if root else {}
    return json.dumps(tree | {"components": [{"type": "library"} | c for c in components]} | parts).encode()


def read(data: bytes, path: str = f"{SBOMS}/x.json", **limits: int) -> list[Finding]:
    context = Context(options=Options(), limits=replace(Limits(), **limits))
    return list(EXTRACTOR.read(Member(path=path, kind="file", size=len(data)), Body(memoryview(data)), context))


def only(kind: type[Any], findings: Iterable[Any]) -> list[Any]:
    return [finding for finding in findings if isinstance(finding, kind)]


def names(sbom: Sbom) -> dict[str, str]:
    """References of what the document has no purl for are told by their end."""
    return {c.ref: c.purl or c.ref.rpartition("#sbom:")[2] for c in sbom.components} | {sbom.root: "ROOT"}


def told(sbom: Sbom) -> set[str]:
    """What embedded documents told of, by purl or the end of the reference."""
    called = names(sbom)
    return {
        called[c.ref]
        for c in sbom.components
        if any(e.by == embedded_sboms.NAME for o in c.occurrences for e in o.evidence)
    }


def edges(sbom: Sbom) -> set[tuple[str, str, str, str]]:
    called = names(sbom)
    return {
        (called[r.source], r.kind, called[r.target], r.scope)
        for r in sbom.relations
        if any(e.by == embedded_sboms.NAME for e in r.evidence) and r.kind != "contains"
    }


def by_purl(sbom: Sbom, purl: str) -> Component:
    (found,) = (c for c in sbom.components if c.purl == purl)
    return found


def reasons(found: Iterable[Problem]) -> list[str]:
    return [p.reason for p in found if p.by == embedded_sboms.NAME]


def test_which_members_are_looked_at() -> None:
    check_match(
        EXTRACTOR,
        [
            "info/index.json",
            f"{SBOMS}/auditwheel.cdx.json",
            f"{SBOMS}/sbom.json",
            f"{SBOMS}/anything",
            f"{SBOMS}/deeper/x.bin",
            "toy.dist-info/sboms/x",
            "share/sbom/demo.json",
            "share/sbom/a/b",
            "bom.json",
            "lib/node_modules/x/bom.xml",
            "opt/x/sbom.json",
            "opt/bitnami/x/.spdx-x.spdx",
            "etc/x.cdx.json",
            "etc/x.cdx.xml",
            "etc/x.cdx.json.gz",
            "etc/x.spdx.json",
            "etc/x.spdx.yaml",
            "etc/x.spdx.yml",
            "etc/x.spdx.xml",
            "etc/x.spdx.rdf",
            "etc/x.spdx.rdf.xml",
            "etc/x.spdx3.json",
            "REUSE.spdx",
        ],
        [
            "info/recipe/bom.json",
            "info/x.spdx.json",
            "share/sbom",
            "x/share/sbom/y",
            f"{SITE}/x/sboms/y.json",
            f"{SITE}/x.dist-info/METADATA",
            f"{SITE}/x.spdx.py",
            f"{SITE}/license_expression/data/licenses.json",
            "share/doc/spdx.md",
            "share/x-bom.json",
            "lib/x.cdx",
            Member(path="x/sbom.json", kind="softlink", size=0),
        ],
    )


CARGO = "pkg:cargo"
EXACT: dict[str, tuple[set[str], set[tuple[str, str, str, str]]]] = {
    "auditwheel.cdx.json": (
        {"pkg:pypi/toy-image@2.0", "pkg:rpm/almalinux/libtoy@1.2-3.el8"},
        {("pkg:pypi/toy-image@2.0", "depends_on", "pkg:rpm/almalinux/libtoy@1.2-3.el8", "runtime")},
    ),
    "maturin.cyclonedx.json": (
        {f"{CARGO}/toy-core@0.3.0", f"{CARGO}/wheelbarrow@1.4.2", f"{CARGO}/toy-build@0.1.0"},
        {
            (f"{CARGO}/toy-core@0.3.0", "depends_on", f"{CARGO}/wheelbarrow@1.4.2", "runtime"),
            (f"{CARGO}/toy-core@0.3.0", "depends_on", f"{CARGO}/toy-build@0.1.0", "build"),
            (f"{CARGO}/toy-build@0.1.0", "depends_on", f"{CARGO}/wheelbarrow@1.4.2", "runtime"),
            ("ROOT", "depends_on", f"{CARGO}/toy-build@0.1.0", "build"),
        },
    ),
    "delvewheel.cdx.json": (
        {"pkg:pypi/toy-image@2.0", "dll-0"},
        {("pkg:pypi/toy-image@2.0", "depends_on", "dll-0", "runtime")},
    ),
    "cargo.cdx.xml": (
        {f"{CARGO}/toyctl@1.0.0", f"{CARGO}/spinner@2.1.0"},
        {(f"{CARGO}/toyctl@1.0.0", "depends_on", f"{CARGO}/spinner@2.1.0", "runtime")},
    ),
    "web.spdx.json": (
        {"pkg:npm/toy-web@4.0.0", "pkg:npm/%40toy/core@7.1.0", "SPDXRef-packer", "SPDXRef-jig", "SPDXRef-host"},
        {
            ("pkg:npm/toy-web@4.0.0", "depends_on", "pkg:npm/%40toy/core@7.1.0", "runtime"),
            ("pkg:npm/toy-web@4.0.0", "depends_on", "SPDXRef-packer", "build"),
            ("pkg:npm/toy-web@4.0.0", "depends_on", "SPDXRef-jig", "test"),
            ("pkg:npm/toy-web@4.0.0", "depends_on", "SPDXRef-host", "runtime"),
            ("ROOT", "depends_on", "SPDXRef-packer", "build"),
            ("ROOT", "depends_on", "SPDXRef-jig", "test"),
            ("ROOT", "depends_on", "SPDXRef-host", "runtime"),
        },
    ),
    ".spdx-tool.spdx": ({"pkg:github/example/toy-tool@5.0.1"}, set()),
    "model.spdx3.json": (
        {"pkg:generic/toy-engine@3.2", "pkg:maven/org.toy/gear@1.0", "https://example.org/doc#oil"},
        {
            ("pkg:generic/toy-engine@3.2", "links_to", "pkg:maven/org.toy/gear@1.0", "runtime"),
            ("pkg:generic/toy-engine@3.2", "depends_on", "https://example.org/doc#oil", "build"),
            ("ROOT", "depends_on", "https://example.org/doc#oil", "build"),
        },
    ),
    "sbom.json": ({"sandbox@4.0", "1f0e"}, set()),
    "old.cdx.json": (
        {"toy-app@0.9", "pkg:npm/%40toy/blocks@1.0.0", "pkg:maven/org.toy/abacus@3.1", f"{CARGO}/crate@1.0.0"},
        {
            ("pkg:npm/%40toy/blocks@1.0.0", "depends_on", "pkg:maven/org.toy/abacus@3.1", "runtime"),
            ("pkg:maven/org.toy/abacus@3.1", "depends_on", "pkg:npm/%40toy/blocks@1.0.0", "runtime"),
        },
    ),
    "new.cdx.json": (
        {"pkg:pypi/toy-image@2.0", "pkg:pypi/old-image@1.9", "toy._paint@2.0", "png", "c", "guess"},
        {
            ("pkg:pypi/toy-image@2.0", "depends_on", "toy._paint@2.0", "runtime"),
            ("pkg:pypi/toy-image@2.0", "depends_on", "c", "runtime"),
            ("pkg:pypi/toy-image@2.0", "depends_on", "pkg:pypi/old-image@1.9", "build"),
            ("toy._paint@2.0", "depends_on", "png", "optional"),
            ("toy._paint@2.0", "depends_on", "guess", "runtime"),
            ("ROOT", "depends_on", "pkg:pypi/old-image@1.9", "build"),
            ("ROOT", "depends_on", "png", "optional"),
            ("ROOT", "depends_on", "c", "runtime"),
        },
    ),
}


@pytest.mark.parametrize("name", sorted(p.name for p in FOLDER.iterdir()))
def test_components_and_edges_of_each_document(described: Describe, name: str) -> None:
    sbom = described(payload={f"{SBOMS}/{name}": document(name)}).sbom
    assert (told(sbom), edges(sbom)) == EXACT[name]
    assert "/home/" not in repr(sbom)
    assert "someone" not in repr(sbom), "no credentials"
    assert "toys@example.org" not in repr(sbom), "no people"
    assert not any(c.supplier or c.manufacturer or c.cpes for c in sbom.components)
    assert not any(c.properties for c in sbom.components if c.ref != sbom.root)
    assert not [p for p in sbom.problems if "another document" in p.reason]


def test_a_wheel_and_what_was_grafted_into_it_appear_once(described: Describe) -> None:
    """Two documents speak of one wheel, each of several of its parts."""
    payload = {f"{SBOMS}/{name}": document(name) for name in ("auditwheel.cdx.json", "delvewheel.cdx.json")}
    payload |= {f"{SITE}/toy_image.libs/toyrun-0a1b.dll": b"MZ"}
    sbom = described(payload=payload).sbom
    assert told(sbom) == EXACT["auditwheel.cdx.json"][0] | EXACT["delvewheel.cdx.json"][0]
    wheel = by_purl(sbom, "pkg:pypi/toy-image@2.0")
    assert [o.path for o in wheel.occurrences] == sorted(payload)[:2]
    assert wheel.aliases == ("pkg:pypi/toy-image@2.0?file_name=toy_image-2.0-cp312-cp312-manylinux_2_28_x86_64.whl",)
    library = by_purl(sbom, "pkg:rpm/almalinux/libtoy@1.2-3.el8")
    (occurrence,) = library.occurrences
    assert [(e.technique, e.confidence, e.field[-3:]) for e in occurrence.evidence] == [
        ("manifest", 1.0, "aaa"),
        ("manifest", 1.0, "bbb"),
    ]


def test_of_the_places_that_a_document_names_those_in_the_package_are_kept(described: Describe) -> None:
    path = f"{SITE}/toy_image.libs/toyrun-0a1b.dll"
    sbom = described(payload={f"{SBOMS}/d.json": document("delvewheel.cdx.json"), path: b"MZ"}).sbom
    (file,) = (c for c in sbom.components if c.kind == "file")
    assert [o.path for o in file.occurrences] == [f"{SBOMS}/d.json", path]
    assert {e.path for o in file.occurrences for e in o.evidence} == {f"{SBOMS}/d.json"}
    assert [d.value for d in file.digests] == [SHA["c"]]


def test_what_is_stated_of_a_component() -> None:
    components = {c.name: c for c in only(Component, read(document("maturin.cyclonedx.json")))}
    crate = components["wheelbarrow"]
    assert (crate.kind, crate.version, crate.description) == ("library", "1.4.2", "Carries things")
    assert [d.value for d in crate.digests] == ["0123456789abcdef" * 4]
    assert [lic.expression for lic in crate.licenses] == ["MIT OR Apache-2.0"]
    assert crate.links == (Link(kind="vcs", url="https://github.com/example/wheelbarrow"),)
    assert [o.evidence[0].field for o in crate.occurrences] == ["components[0]"]
    assert components["toy-core"].occurrences[0].evidence[0].field == "metadata.component"


def test_what_spdx_states_of_a_component() -> None:
    findings = read(document("web.spdx.json"))
    components = {c.name: c for c in only(Component, findings)}
    assert {(lic.expression, lic.role) for lic in components["@toy/core"].licenses} == {
        ("LicenseRef-Toy-licence", "declared"),
        ("LicenseRef-Toy-licence OR MIT", "concluded"),
    }
    assert [d.algorithm for d in components["@toy/core"].digests] == ["sha1"]
    assert [(link.kind, link.url) for link in components["toy-web"].links] == [
        ("vcs", "git+https://example.org/toy/web.git"),
        ("website", "https://example.org/toy"),
    ]
    assert components["toy-web"].occurrences[0].evidence[0].field == "SPDXRef-web"
    assert [(r.kind, r.target) for r in only(Relation, findings) if r.kind == "contains"] == [
        ("contains", "pkg:npm/%40toy/core@7.1.0")
    ]
    assert reasons(only(Problem, findings)) == [
        "licence 'Toy licence' is no SPDX licence expression; kept as a LicenseRef",
        "a hash that is none of its kind is left out; and 1 more faults",
    ]


@pytest.mark.parametrize(
    ("component", "name", "version", "purl"),
    [
        ({"group": "@toy", "name": "core", "purl": "pkg:npm/%40toy/core@1"}, "@toy/core", "1", "pkg:npm/%40toy/core@1"),
        ({"name": "core", "purl": "pkg:npm/%40toy/core@1"}, "@toy/core", "1", "pkg:npm/%40toy/core@1"),
        ({"group": "org.toy", "name": "x", "purl": "pkg:maven/org.toy/x@1"}, "org.toy/x", "1", "pkg:maven/org.toy/x@1"),
        ({"group": "org.toy", "name": "org.toy/x"}, "org.toy/x", "", ""),
        ({"group": "org.toy", "name": "x"}, "org.toy/x", "", ""),
        ({"group": "toys", "name": "x", "purl": "pkg:cargo/x@1"}, "x", "1", "pkg:cargo/x@1"),
        (
            {"name": "lib", "purl": "pkg:rpm/fedora/lib@1-2?arch=x86_64"},
            "lib",
            "1-2",
            "pkg:rpm/fedora/lib@1-2?arch=x86_64",
        ),
        (
            {"name": "github.com/Toy/Car", "version": "v1.0.0", "purl": "pkg:golang/github.com/Toy/Car@v1.0.0"},
            "github.com/Toy/Car",
            "v1.0.0",
            "pkg:golang/github.com/toy/car@v1.0.0",
        ),
        (
            {"name": "Toy_Image", "purl": "pkg:pypi/Toy_Image@2.0.post1"},
            "Toy_Image",
            "2.0.post1",
            "pkg:pypi/toy-image@2.0.post1",
        ),
        ({"name": "x", "purl": "pkg:generic/x@1?download_url=file:///home/me/x.zip"}, "x", "1", "pkg:generic/x@1"),
        ({"name": "x", "version": "1", "purl": "no purl"}, "x", "1", ""),
        ({"name": "x", "purl": "pkg:pypi/x@1#part/y"}, "x", "", ""),
        ({"name": "/usr/lib/x.so", "purl": "pkg:deb/debian/x@1"}, "x", "1", "pkg:deb/debian/x@1"),
    ],
)
def test_names_versions_and_purls(component: dict[str, Any], name: str, version: str, purl: str) -> None:
    (found,) = only(Component, read(cyclonedx(component)))
    assert (found.name, found.version, found.purl) == (name, version, purl)
    assert found.ref == purl or found.ref.startswith(f"in:{SBOMS}/x.json#sbom:")


@pytest.mark.parametrize(
    "component", [{"name": ""}, {"name": "/home/me/x"}, {"name": "."}, {"name": "debian", "type": "operating-system"}]
)
def test_what_is_no_package_is_left_out(component: dict[str, Any]) -> None:
    assert only(Component, read(cyclonedx(component, {"name": "x"})))[0].name == "x"


@pytest.mark.parametrize(
    ("stated", "aliases"),
    [
        ("pkg:npm/x@1", ()),
        ("pkg:NPM/x@1", ()),
        ("pkg:npm/x@1?vcs_url=git%2Bhttps://example.org/x", ()),
        ("pkg:maven/o/x@1?type=jar", ()),
        ("pkg:npm/x@1?os=linux", ("pkg:npm/x@1?os=linux",)),
        ("pkg:npm/x@1?file=/home/me/x", ()),
    ],
)
def test_a_stated_purl_is_kept_beside_its_spelling_where_it_says_more(stated: str, aliases: tuple[str, ...]) -> None:
    (found,) = only(Component, read(cyclonedx({"name": "x", "purl": stated})))
    assert found.aliases == aliases


def test_a_document_is_as_sure_as_it_says_and_as_its_place_is() -> None:
    def confidence(path: str, name: str) -> float:
        found = only(Component, read(document("new.cdx.json"), path))
        return next(e.confidence for c in found if c.name == name for e in c.occurrences[0].evidence)

    assert confidence(f"{SBOMS}/new.cdx.json", "libguess") == 0.4
    assert confidence(f"{SBOMS}/new.cdx.json", "libc") == 1.0
    assert confidence("opt/x/new.cdx.json", "libc") == 0.9


NO_SBOM = b'{"parts": ["wood"]}'


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("opt/bom.json", NO_SBOM, ""),
        ("opt/bom.json", b"\x00", ""),
        ("opt/bom.xml", b"<parts/>", ""),
        ("opt/bom.json", b'{"bomFormat": "CycloneDX",', "not JSON"),
        ("opt/x.cdx.json", NO_SBOM, "neither a CycloneDX nor an SPDX document"),
        ("opt/x.cdx.json.gz", b"\x1f\x8b\x08", "it is packed"),
        ("opt/x.spdx", b"hello", "not JSON"),
        (f"{SBOMS}/x", b"\x00\x01", "not JSON"),
        (f"{SBOMS}/README.md", b"# SBOMs", "not JSON"),
        ("share/sbom/x.json", NO_SBOM, "neither a CycloneDX nor an SPDX document"),
        (f"{SBOMS}/x.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><bom>&b;</bom>", "an XML document type is not read"),
        (f"{SBOMS}/x.xml", b"<bom xmlns='http://cyclonedx.org/schema/bom/1.4'><a>", "not XML"),
        (f"{SBOMS}/x.json", b'{"bomFormat": "CycloneDX", "components": ' + b"[" * 9000, "nested deeper"),
    ],
)
def test_what_is_no_sbom_is_told_where_one_should_be(path: str, data: bytes, reason: str) -> None:
    found = read(data, path)
    assert not only(Component, found)
    problems = only(Problem, found)
    assert len(problems) == bool(reason)
    for problem in problems:
        assert (problem.path, problem.severity) == (path, "gap")
        assert problem.reason.startswith(f"not read as an SBOM: {reason}")


@pytest.mark.parametrize(("limits", "reason"), [({"json_size": 100}, "larger than 100 bytes (limit json_size)")])
def test_a_document_over_a_limit_is_one_problem(limits: dict[str, int], reason: str) -> None:
    (problem,) = only(Problem, read(document("maturin.cyclonedx.json"), **limits))
    assert problem.reason == f"not read as an SBOM: {reason}"


def test_a_member_that_is_too_large_is_not_read_and_the_rest_is(described: Describe) -> None:
    large = cyclonedx({"name": "x"}) + b" " * EXTRACTOR.body_limit
    payload = {f"{SBOMS}/large.json": large, f"{SBOMS}/auditwheel.cdx.json": document("auditwheel.cdx.json")}
    sbom = described(payload=payload).sbom
    assert told(sbom) == EXACT["auditwheel.cdx.json"][0]
    (problem,) = (p for p in sbom.problems if p.by == embedded_sboms.NAME)
    assert problem.path == f"{SBOMS}/large.json"


def test_of_a_long_document_the_start_is_read() -> None:
    components = [{"name": f"x{n}", "bom-ref": str(n)} for n in range(5)]
    dependencies = [{"ref": "0", "dependsOn": ["1", "2"]}, {"ref": "1", "dependsOn": ["2", "0"]}]
    found = read(cyclonedx(*components, dependencies=dependencies), dependencies=3)
    assert [c.name for c in only(Component, found)] == ["x0", "x1", "x2"]
    assert len(only(Relation, found)) == 3
    assert reasons(only(Problem, found)) == [
        "components: 5 entries; only 3 are read (limit dependencies); and 1 more faults"
    ]


WRONG: tuple[Any, ...] = (None, 7, "x", [], ["x", None], {}, {"a": 1}, True)


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("key", ["metadata", "components", "dependencies", "compositions", "formulation", "properties"])
def test_wrong_types_cost_what_they_stand_for(key: str, wrong: Any) -> None:
    tree = json.loads(document("maturin.cyclonedx.json"))
    tree[key] = wrong
    found = read(json.dumps(tree).encode())
    assert len([p for p in only(Problem, found) if p.severity == "damage"]) <= 1
    assert "wheelbarrow" in {c.name for c in only(Component, found)} or key == "components"


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize(
    "key",
    ["type", "bom-ref", "name", "version", "purl", "hashes", "licenses", "scope", "evidence", "externalReferences"],
)
def test_wrong_types_in_a_component_do_not_hide_the_others(key: str, wrong: Any) -> None:
    found = read(cyclonedx({"name": "x", "purl": "pkg:npm/x@1", key: wrong}, {"name": "y", "purl": "pkg:npm/y@1"}))
    assert "pkg:npm/y@1" in {c.purl for c in only(Component, found)}
    assert len([p for p in only(Problem, found) if p.severity == "damage"]) <= 1


def test_cycles_and_references_to_nothing(described: Describe) -> None:
    components = [{"name": name, "bom-ref": name, "purl": f"pkg:npm/{name}@1"} for name in "abc"]
    dependencies = [
        {"ref": "a", "dependsOn": ["b", "a", "nothing"]},
        {"ref": "b", "dependsOn": ["c"]},
        {"ref": "c", "dependsOn": ["a"]},
        {"ref": "nobody", "dependsOn": ["a"]},
    ]
    sbom = described(payload={"share/sbom/x.json": cyclonedx(*components, dependencies=dependencies)}).sbom
    assert edges(sbom) == {(f"pkg:npm/{a}@1", "depends_on", f"pkg:npm/{b}@1", "runtime") for a, b in ("ab", "bc", "ca")}
    assert reasons(sbom.problems) == ["2 references name nothing in the document"]


def test_two_components_of_one_reference_are_the_first(described: Describe) -> None:
    found = read(cyclonedx({"name": "x", "bom-ref": "a"}, {"name": "y", "bom-ref": "a"}))
    assert [c.name for c in only(Component, found)] == ["x"]


def test_what_another_document_or_extractor_has_seen_is_not_outside(described: Describe) -> None:
    optional = cyclonedx({"name": "x", "purl": "pkg:npm/x@1", "scope": "optional"})
    inside = cyclonedx({"name": "x", "purl": "pkg:npm/x@1"})
    alone = described(payload={"share/sbom/a.json": optional}).sbom
    assert edges(alone) == {("ROOT", "depends_on", "pkg:npm/x@1", "optional")}
    assert edges(described(payload={"share/sbom/a.json": optional, "share/sbom/b.json": inside}).sbom) == set()


def test_each_document_is_linked_with_its_hash(described: Describe) -> None:
    payload = {
        f"{SBOMS}/a b.json": document("auditwheel.cdx.json"),
        f"{SBOMS}/odd": b"\x00",
        "opt/bom.json": NO_SBOM,
        "opt/sbom.json": document("sbom.json"),
    }
    sbom = described(payload=payload).sbom
    links = [link for link in sbom.root_component.links if link.kind == "bom"]
    files = {f.path: f.digests for f in sbom.files}
    assert [(link.url, link.digests) for link in links] == [
        (f"{SBOMS}/a%20b.json", files[f"{SBOMS}/a b.json"]),
        (f"{SBOMS}/odd", files[f"{SBOMS}/odd"]),
        ("opt/sbom.json", files["opt/sbom.json"]),
    ]
    assert all(link.digests for link in links)


def test_links_stand_in_every_format_and_come_back(
    package: Callable[..., Any], registry: Registry, tmp_path: Any
) -> None:
    from cf_sbom.documents import read_document

    outputs = tuple((e.name, version) for e in registry.emitters for version in e.versions)
    options = Options(outputs=outputs)
    payload = {f"{SBOMS}/{name}": document(name) for name in ("auditwheel.cdx.json", "web.spdx.json")}
    description = describe(package(payload=payload), options, registry)
    boms = {link for link in description.sbom.root_component.links if link.kind == "bom"}
    assert len(boms) == 2
    for made in render(description, options, registry):
        assert validate(made.data, Limits()).reasons == (), made.format
        again = read_document(made.data, Limits()).sbom().root_component
        assert {link for link in again.links if link.kind == "bom"} == boms, made.format


def own_document(registry: Registry, package: Callable[..., Any], output: str) -> bytes:
    """The document that this tool makes of a package with a wheel's SBOM and a requirement."""
    index = {"name": "demo", "version": "1.0", "build": "0", "build_number": 0, "depends": ["python >=3.10"]}
    payload = {f"{SBOMS}/x.cdx.json": document("auditwheel.cdx.json")}
    options = Options(outputs=((output, ""),))
    (made,) = render(describe(package(info_members(index), payload), options, registry), options, registry)
    return made.data


@pytest.mark.parametrize("output", ["cyclonedx-json", "cyclonedx-xml", "spdx-json", "spdx3-json"])
def test_a_document_of_the_package_itself_adds_what_it_contains(
    output: str, registry: Registry, package: Callable[..., Any], described: Describe
) -> None:
    data = own_document(registry, package, output)
    sbom = described(payload={"share/sbom/demo.json": data}).sbom
    assert "pkg:pypi/toy-image@2.0" in told(sbom)
    assert not any("python" in name for name in told(sbom)), "what it needs is no content"
    assert not [r for r in edges(sbom) if r[0] == "ROOT"]
    assert [link.url for link in sbom.root_component.links] == ["share/sbom/demo.json"]
    assert not reasons(sbom.problems)


def test_what_a_document_of_the_package_itself_saw_stands_where_it_was_seen(
    registry: Registry, package: Callable[..., Any], described: Describe
) -> None:
    data = own_document(registry, package, "cyclonedx-json")
    payload = {f"{SBOMS}/x.cdx.json": document("auditwheel.cdx.json"), "share/sbom/demo.json": data}
    sbom = described(payload=payload).sbom
    assert told(sbom) == EXACT["auditwheel.cdx.json"][0]
    assert {o.path for o in by_purl(sbom, "pkg:pypi/toy-image@2.0").occurrences} == {f"{SBOMS}/x.cdx.json"}


@pytest.mark.parametrize(
    "root", [{"name": "other", "purl": "pkg:conda/other@1.0"}, {"name": "demo", "purl": "pkg:conda/demo@9"}]
)
def test_a_document_of_another_conda_package_is_like_any(root: dict[str, Any], described: Describe) -> None:
    data = cyclonedx({"name": "x", "purl": "pkg:npm/x@1"}, root={"type": "library"} | root)
    assert told(described(payload={"share/sbom/x.json": data}).sbom) == {root["purl"], "pkg:npm/x@1"}


def test_what_another_conda_package_needs_is_not_here(
    registry: Registry, package: Callable[..., Any], described: Describe
) -> None:
    data = own_document(registry, package, "cyclonedx-json")
    index = {"name": "bundle", "version": "2", "build": "0", "build_number": 0}
    sbom = described(info_members(index), {"opt/demo.cdx.json": data}).sbom
    assert not any("python" in name for name in told(sbom))
    assert {name.partition("?")[0] for name in told(sbom)} == {
        "pkg:conda/demo@1.0",
        "pkg:pypi/toy-image@2.0",
        "pkg:rpm/almalinux/libtoy@1.2-3.el8",
    }


def test_without_spdx_tools_the_gap_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without(module: str, *args: Any, **kwargs: Any) -> Any:
        if module.partition(".")[0] in ("spdx_tools", "rdflib", "ply"):
            raise ImportError(module)
        return original(module, *args, **kwargs)

    for module in [m for m in sys.modules if m.partition(".")[0] in ("spdx_tools", "rdflib", "ply")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", without)
    (problem,) = only(Problem, read(document(".spdx-tool.spdx")))
    assert problem.severity == "gap"
    assert "pip install 'cf_sbom[spdx]'" in problem.reason


@given(
    data=st.binary(max_size=200), name=st.sampled_from(sorted(p.name for p in FOLDER.iterdir())), place=st.integers()
)
def test_any_bytes_are_read_or_refused(data: bytes, name: str, place: int) -> None:
    whole = document(name)
    start = place % len(whole)
    for damaged in (data, whole[:start] + data + whole[start + len(data) :]):
        for finding in read(damaged):
            assert not isinstance(finding, Component) or finding.occurrences == (
                Occurrence(path=f"{SBOMS}/x.json", evidence=finding.occurrences[0].evidence),
            )


def test_the_package_is_called_as_its_index_says(tmp_path: Any, registry: Registry) -> None:
    """The metadata may stand behind the payload in an archive."""
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(conda(info_members(), {"share/sbom/x.json": document("sbom.json")}))
    assert describe(path, Options(), registry).sbom.root_component.name == "demo"


DIST = "lib/python3.12/site-packages/pear-1.2.dist-info"


def of_wheel(described: Callable[..., Description], **root: str) -> Description:
    """A wheel's distribution and an SBOM in it whose root has these fields."""
    component = {"type": "library", "name": "Pear", "bom-ref": "r"} | root
    tree = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": component}}
    return described(
        payload={
            f"{DIST}/METADATA": b"Metadata-Version: 2.1\nName: pear\nVersion: 1.2\nLicense-Expression: MIT\n",
            f"{DIST}/sboms/x.json": json.dumps(tree).encode(),
        }
    )


@pytest.mark.parametrize("root", [{}, {"version": "1.2"}, {"version": "1.2", "purl": "pkg:pypi/pear@1.2"}])
def test_an_sbom_of_a_wheel_is_about_its_distribution(
    described: Callable[..., Description], root: dict[str, str]
) -> None:
    sbom = of_wheel(described, **root).sbom
    (pear,) = (c for c in sbom.components if c.name.lower() == "pear")
    assert (pear.ref, pear.version, pear.aliases) == ("pkg:pypi/pear@1.2", "1.2", ())
    assert {o.path.rpartition("/")[2] for o in pear.occurrences} == {"METADATA", "x.json"}


@pytest.mark.parametrize("root", [{"version": "2"}, {"version": "2", "purl": "pkg:pypi/pear@2"}])
def test_an_sbom_of_another_version_of_its_distribution_is_a_conflict(
    described: Callable[..., Description], root: dict[str, str]
) -> None:
    problems = of_wheel(described, **root).sbom.problems
    assert "is about Pear 2, and lies in the metadata of 1.2" in [
        p.reason for p in problems if p.severity == "conflict"
    ]
