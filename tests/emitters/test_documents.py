"""What documents say, format by format, beyond what goldens show."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from support import INDEX, info_members

from cf_sbom.emitters import cyclonedx, spdx2
from cf_sbom.generate import Description, render
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import License, Party
from cf_sbom.plugins import Registry
from cf_sbom.validate import validate

Describe = Callable[..., Description]
CDX16, CDX17, SPDX = ("cyclonedx-json", "1.6"), ("cyclonedx-json", "1.7"), ("spdx-json", "2.3")


@pytest.fixture
def emit(registry: Registry) -> Callable[..., Any]:
    """One document of a description, parsed; it is valid or rendering fails."""

    def run(description: Description, output: tuple[str, str], **options: Any) -> Any:
        (document,) = render(description, Options(outputs=(output,), **options), registry)
        return json.loads(document.data)

    return run


def prop(component: Any, name: str) -> list[str]:
    return [p["value"] for p in component.get("properties", ()) if p["name"] == name]


def lines(package: Any) -> list[str]:
    return [line for a in package.get("annotations", ()) for line in a["comment"].splitlines()]


@pytest.mark.parametrize(
    ("licence", "texts", "licenses", "evidence"),
    [
        ("MIT", 0, [{"license": {"id": "MIT", "acknowledgement": "declared"}}], 0),
        (
            "MIT",
            1,
            [
                {
                    "license": {
                        "id": "MIT",
                        "acknowledgement": "declared",
                        "text": {"contentType": "text/plain", "content": "text 0"},
                    }
                }
            ],
            0,
        ),
        ("MIT", 2, [{"license": {"id": "MIT", "acknowledgement": "declared"}}], 2),
        ("MIT OR Zlib", 1, [{"expression": "MIT OR Zlib", "acknowledgement": "declared"}], 1),
        ("BSD", 0, [{"license": {"name": "BSD", "acknowledgement": "declared"}}], 0),
        (
            "GPL-3.0-only WITH GCC-exception-3.1",
            0,
            [{"expression": "GPL-3.0-only WITH GCC-exception-3.1", "acknowledgement": "declared"}],
            0,
        ),
        (None, 1, None, 0),
    ],
)
@pytest.mark.parametrize("output", [CDX16, CDX17])
def test_licences_in_cyclonedx(
    described: Describe, emit: Any, licence: str | None, texts: int, licenses: Any, evidence: int, output: Any
) -> None:
    info = info_members(INDEX | {"license": licence})
    info |= {f"info/licenses/L{n}": f"text {n}".encode() for n in range(texts)}
    root = emit(described(info), output)["metadata"]["component"]
    assert root.get("licenses") == licenses
    assert len(root["evidence"].get("licenses", ())) == evidence


def test_an_id_that_the_enum_lacks_goes_out_as_an_expression(described: Describe, emit: Any) -> None:
    info = info_members(INDEX | {"license": "LicenseRef-scancode-public-domain"})
    (entry,) = emit(described(info), CDX16)["metadata"]["component"]["licenses"]
    assert entry == {"license": {"name": "LicenseRef-scancode-public-domain", "acknowledgement": "declared"}}
    assert "not-an-id" not in cyclonedx.license_ids()


def test_several_licences_of_one_component_are_valid_in_both_versions() -> None:
    from cf_sbom.model import Component, Ref

    found = (License(expression="MIT OR Zlib"), License(expression="ISC"), License(expression="MIT", role="concluded"))
    component = Component(ref=Ref("pkg:a/b"), kind="library", name="b", licenses=found)
    assert spdx2._license(component, "declared") == "ISC AND (MIT OR Zlib)"
    assert spdx2._license(component, "concluded") == "MIT"


def test_licence_refs_have_their_text_in_spdx(described: Describe, emit: Any) -> None:
    document = emit(described(info_members(INDEX | {"license": "BSD"})), SPDX)
    (info,) = document["hasExtractedLicensingInfos"]
    assert (info["licenseId"], info["extractedText"]) == ("LicenseRef-BSD", "BSD")
    assert document["packages"][0]["licenseDeclared"] == "LicenseRef-BSD"


def test_bytes_that_are_no_text_are_kept(described: Describe, emit: Any) -> None:
    info = info_members() | {"info/licenses/L": b"\xff\x00"}
    text = emit(described(info), CDX16)["metadata"]["component"]["licenses"][0]["license"]["text"]
    assert text == {"contentType": "text/plain", "encoding": "base64", "content": "/wA="}


def test_parties_are_those_the_user_names_and_nobody_else(described: Describe, emit: Any) -> None:
    description = described()
    plain = emit(description, CDX16)
    assert not {"supplier", "manufacturer", "authors"} & {*plain["metadata"], *plain["metadata"]["component"]}
    description = described(
        supplier=Party(name="Supply", url="https://s.example"), manufacturer=Party(name="Make", email="m@e.example")
    )
    authors = (Party(name="Person", email="p@e.example"), Party(name="Org", url="https://o.example"))
    metadata = emit(description, CDX16, authors=authors)["metadata"]
    assert metadata["supplier"] == metadata["component"]["supplier"] == {"name": "Supply", "url": ["https://s.example"]}
    assert metadata["component"]["manufacturer"] == {"name": "Make", "contact": [{"email": "m@e.example"}]}
    assert metadata["authors"] == [{"name": "Person", "email": "p@e.example"}]
    assert metadata["manufacturer"] == {"name": "Org", "url": ["https://o.example"]}
    spdx = emit(description, SPDX, authors=authors)
    assert spdx["creationInfo"]["creators"][1:] == ["Person: Person (p@e.example)", "Organization: Org"]
    assert spdx["packages"][0]["supplier"] == "Organization: Supply"
    assert spdx["packages"][0]["originator"] == "Organization: Make (m@e.example)"


def test_build_packages_stand_where_consumers_do_not_count_them(fixture: Describe, emit: Any) -> None:
    description = fixture("linkage-demo-v1")
    assert len(emit(description, CDX16)["formulation"][0]["components"]) == 3
    assert "components" not in emit(description, CDX16, build_packages="none")["formulation"][0]
    quiet, full = emit(description, SPDX), emit(description, SPDX, build_packages="all")
    # Two of the host packages are more than that: one is linked to, one is a candidate.
    assert [p["name"] for p in quiet["packages"] if p["name"] in ("libquiet", "libtally")] == ["libquiet", "libtally"]
    assert not [p for p in quiet["packages"] if p["name"] == "libspare" and "versionInfo" in p]
    assert any("3 build and host packages are not listed" in line for line in lines(quiet["packages"][0]))
    kinds = [r["relationshipType"] for r in full["relationships"]]
    assert (kinds.count("BUILD_DEPENDENCY_OF"), kinds.count("BUILD_TOOL_OF")) == (4, 1)


def test_packaged_files_are_listed_when_asked_for(fixture: Describe, emit: Any) -> None:
    description = fixture("linkage-demo-v1", list_files=True)
    root = emit(description, CDX16, list_files=True)["metadata"]["component"]
    files = {c["name"]: c for c in root["components"]}
    assert set(files) == {"bin/linkage-demo", "lib/greet.pc", "lib/libgreet.so", "lib/libgreet.so.0"}
    assert prop(files["lib/libgreet.so"], "cf_sbom:file:link-target") == ["libgreet.so.0"]
    assert {h["alg"] for h in files["lib/greet.pc"]["hashes"]} == {"SHA-1", "SHA-256"}
    spdx = emit(description, SPDX, list_files=True)
    listed = [f for f in spdx["files"] if not f["fileName"].endswith(".patch")]
    assert {f["fileName"] for f in listed} == {"./bin/linkage-demo", "./lib/greet.pc", "./lib/libgreet.so.0"}
    assert spdx["packages"][0]["filesAnalyzed"] is True
    assert len(spdx["packages"][0]["packageVerificationCode"]["packageVerificationCodeValue"]) == 40


def test_virtual_packages_never_have_a_purl(described: Describe, emit: Any) -> None:
    description = described(info_members(INDEX | {"depends": ["__glibc >=2.17"], "constrains": ["__osx >=11"]}))
    for output in (CDX16, SPDX):
        assert "pkg:conda/__" not in json.dumps(emit(description, output))
    root = emit(description, CDX16)["metadata"]["component"]
    assert prop(root, "conda:package:virtual-depends") == ["__glibc >=2.17"]


def test_constraints_are_no_dependencies(described: Describe, emit: Any) -> None:
    description = described(info_members(INDEX | {"depends": [], "constrains": ["pip >=20"]}))
    cdx, spdx = emit(description, CDX16), emit(description, SPDX)
    assert "components" not in cdx
    assert prop(cdx["metadata"]["component"], "conda:package:constrains") == ["pip >=20"]
    assert [p["name"] for p in spdx["packages"]] == ["demo"]
    assert "conda:package:constrains: pip >=20" in lines(spdx["packages"][0])


def test_proven_absence_of_dependencies_is_none_and_not_noassertion(described: Describe, emit: Any) -> None:
    def ends(description: Description) -> set[tuple[str, str]]:
        found = emit(description, SPDX)["relationships"]
        return {
            (r["relationshipType"], r["relatedSpdxElement"]) for r in found if "SPDXRef" not in r["relatedSpdxElement"]
        }

    empty = described(info_members(INDEX | {"depends": []}))
    assert ends(empty) == {("DEPENDS_ON", "NONE"), ("CONTAINS", "NONE")}
    code = described(info_members(INDEX | {"depends": []}), {"lib/x.so": b"x"})
    assert ends(code) == {("DEPENDS_ON", "NOASSERTION"), ("CONTAINS", "NOASSERTION")}


def test_the_canonical_name_is_in_the_document_and_problems_are_told(described: Describe, emit: Any) -> None:
    description = described(info_members(INDEX | {"depends": [[]]}))
    cdx, spdx = emit(description, CDX16), emit(description, SPDX)
    assert prop(cdx["metadata"]["component"], "bsi:component:filename") == ["demo-1.0-0.conda"]
    problem = "info/index.json: depends[0]: not a string [dependencies]"
    assert problem in prop(cdx["metadata"], "cf_sbom:problem:damage")
    assert f"cf_sbom:problem:damage: {problem}" in lines(spdx)


def test_every_listed_component_is_a_node_of_the_graph(fixture: Describe, emit: Any) -> None:
    document = emit(fixture("sources-demo-2.1.0"), CDX16)
    nodes = {d["ref"]: d["dependsOn"] for d in document["dependencies"]}
    assert set(nodes) == {document["metadata"]["component"]["bom-ref"], *(c["bom-ref"] for c in document["components"])}
    assert all(nodes[c["bom-ref"]] == [] for c in document["components"])


def test_run_dependencies_are_external_in_1_7(fixture: Describe, emit: Any) -> None:
    assert {c.get("isExternal") for c in emit(fixture("sources-demo-2.1.0"), CDX17)["components"]} == {True}
    assert {c.get("isExternal") for c in emit(fixture("sources-demo-2.1.0"), CDX16)["components"]} == {None}


def test_spdx_ids_do_not_collide() -> None:
    refs = ["pkg:conda/a_b", "pkg:conda/a-b", "pkg:conda/a.b", "pkg:conda/a%2Bb"]
    assert len({spdx2.spdx_id("Package", ref, "a-b") for ref in refs}) == len(refs)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t.update(specVersion="9"), "no official schema"),
        (lambda t: t.update(version="x"), "schema"),
        (lambda t: t["components"].append(t["components"][0]), "schema"),
        (lambda t: t["dependencies"].append({"ref": "gone", "dependsOn": []}), "reference"),
        (lambda t: t["compositions"][0]["dependencies"].append("gone"), "reference"),
        (
            lambda t: t["formulation"][0]["components"][0].update({"bom-ref": t["components"][0]["bom-ref"]}),
            "reference",
        ),
        (lambda t: t["metadata"]["component"].update(properties=[]), "conda profile"),
        (lambda t: t["components"][0].pop("evidence"), "conda profile"),
        (lambda t: t["components"][0].update(purl="pkg:conda/__glibc"), "conda profile"),
    ],
)
def test_validate_tells_what_is_wrong(fixture: Describe, emit: Any, change: Any, reason: str) -> None:
    from cf_sbom.errors import DocumentError

    tree = emit(fixture("linkage-demo-v1"), CDX16)
    change(tree)
    try:
        reasons = validate(json.dumps(tree).encode(), Limits()).reasons
    except DocumentError as error:
        reasons = (str(error),)
    assert reasons
    assert reasons[0].startswith(reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t["packages"][0].pop("name"), "schema"),
        (lambda t: t["packages"].append(t["packages"][0]), "reference"),
        (lambda t: t["relationships"][0].update(relatedSpdxElement="SPDXRef-gone"), "reference"),
        (lambda t: t["packages"][0].update(licenseDeclared="LicenseRef-gone"), "reference"),
    ],
)
def test_validate_tells_what_is_wrong_with_spdx(fixture: Describe, emit: Any, change: Any, reason: str) -> None:
    tree = emit(fixture("linkage-demo-v1"), SPDX)
    change(tree)
    assert validate(json.dumps(tree).encode(), Limits()).reasons[0].startswith(reason)


def test_a_requirement_that_was_in_the_host_environment_says_so(described: Describe, emit: Any) -> None:
    info = info_members(INDEX | {"depends": ["python"]})
    info["info/recipe/meta.yaml"] = json.dumps({"requirements": {"host": ["python"]}}).encode()
    description = described(info)
    (component,) = emit(description, CDX16)["components"]
    assert prop(component, "conda:build:role") == ["host"]
    kinds = {r["relationshipType"] for r in emit(description, SPDX, build_packages="all")["relationships"]}
    assert {"DEPENDS_ON", "BUILD_DEPENDENCY_OF"} <= kinds


def test_a_confidence_below_one_is_shown(described: Describe, registry: Registry) -> None:
    from dataclasses import replace

    from cf_sbom.model import Component, Evidence, Occurrence, Ref, Relation

    sbom = described().sbom
    seen = Evidence(path="lib/x", technique="binary", confidence=0.6, by="x")
    where = (Occurrence(path="lib/x", evidence=(seen,)),)
    found = Component(ref=Ref("pkg:x/y"), kind="library", name="y", occurrences=where)
    carried = Relation(source=sbom.root, kind="contains", target=found.ref)
    sbom = replace(
        sbom,
        components=tuple(sorted((*sbom.components, found), key=lambda c: c.ref)),
        relations=tuple(sorted((*sbom.relations, carried), key=lambda r: (r.source, r.kind, r.target, r.scope))),
    )
    description = Description(sbom=sbom, created="2026-01-01T00:00:00Z")
    (document,) = render(description, Options(outputs=(CDX16,)), registry)
    (component,) = json.loads(document.data)["metadata"]["component"]["components"]
    assert prop(component, "cf_sbom:confidence") == ["0.6"]


def test_the_profile_says_what_is_missing(described: Describe, registry: Registry) -> None:
    index = {key: value for key, value in INDEX.items() if key not in ("subdir", "build")}
    (document,) = render(described(info_members(index)), Options(outputs=(CDX16,)), registry)
    place = "conda profile: metadata/component/properties"
    assert validate(document.data, Limits()).reasons == (
        f"{place}: none has the name 'conda:package:build'",
        f"{place}: none has the name 'conda:package:subdir'",
    )
