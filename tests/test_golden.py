"""Golden documents of every fixture, and what independent libraries read in them.

`make goldens` rewrites them; a change of a golden is a change of what users get, and is reviewed as one.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component as CdxComponent
from ply import yacc
from spdx_python_model import v3_0_1 as spdx3
from spdx_tools.spdx.model import RelationshipType
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.parser.tagvalue.parser import Parser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
from support import EXPECTED, fixture_packages

from cf_sbom.generate import Description, describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.placement import place
from cf_sbom.plugins import Registry
from cf_sbom.validate import validate

JSON = (("cyclonedx-json", "1.6"), ("cyclonedx-json", "1.7"), ("spdx-json", "2.3"))
OTHERS = (
    ("cyclonedx-xml", "1.6"),
    ("cyclonedx-xml", "1.7"),
    ("spdx-rdf", "2.3"),
    ("spdx-tag-value", "2.3"),
    ("spdx-xml", "2.3"),
    ("spdx-yaml", "2.3"),
    ("spdx3-json", "3.0.1"),
)
PACKAGES = fixture_packages()
SUFFIXES = {"xml": ".xml", "rdf": ".spdx.rdf", "value": ".spdx", "yaml": ".yaml", "json": ".json"}


def outputs(package: Path) -> tuple[tuple[str, str], ...]:
    """Every format has a golden of the packages that have most to say; the default formats have one of all."""
    return JSON + OTHERS if package.name.startswith(("linkage-demo-v1", "pear", "sources-demo")) else JSON


def golden(package: Path, name: str, version: str) -> Path:
    return EXPECTED / package.name / f"{name}-{version}{SUFFIXES[name.rpartition('-')[2]]}"


@pytest.fixture(scope="module", params=PACKAGES, ids=lambda p: p.name)
def package(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def description(package: Path, registry: Registry) -> Description:
    return describe(package, Options(), registry)


def test_documents_are_as_expected(
    package: Path, description: Description, registry: Registry, request: pytest.FixtureRequest
) -> None:
    rewrite = request.config.getoption("--rewrite-goldens")
    for document in render(description, Options(outputs=outputs(package)), registry):
        path = golden(package, document.format, document.version)
        if rewrite:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(document.data)
        assert path.read_bytes() == document.data, f"{path.name} of {package.name} differs; see `make goldens`"


def test_nothing_expected_is_left_over() -> None:
    wanted = {golden(p, name, version) for p in PACKAGES for name, version in outputs(p)}
    assert {p for p in EXPECTED.rglob("*") if p.is_file()} == wanted


def test_documents_are_valid(package: Path) -> None:
    for name, version in outputs(package):
        verdict = validate(golden(package, name, version).read_bytes(), Limits())
        assert verdict.reasons == ()
        assert (verdict.format, verdict.version) == (name, version)
        assert verdict.profile is (True if name == "cyclonedx-json" else None)


def operands(expressions: Iterable[str]) -> set[str]:
    """The words of licence expressions: RDF keeps no order of them, and several of one component are joined."""
    return {word for expression in expressions for word in expression.split()} - {"AND"}


def _digests(component: CdxComponent) -> set[tuple[str, str]]:
    return {(h.alg.value.lower().replace("-", ""), h.content) for h in component.hashes}


@pytest.mark.parametrize("version", ["1.6", "1.7"])
@pytest.mark.parametrize("syntax", ["json", "xml"])
def test_cyclonedx_library_reads_what_the_model_says(
    package: Path, description: Description, syntax: str, version: str, registry: Registry
) -> None:
    (document,) = render(description, Options(outputs=((f"cyclonedx-{syntax}", version),)), registry)
    cdx: Any = Bom
    bom = (
        cdx.from_json(json.loads(document.data))
        if syntax == "json"
        else cdx.from_xml(io.StringIO(document.data.decode()))
    )
    sbom, placement = description.sbom, place(description.sbom)
    root = bom.metadata.component
    assert (root.name, root.version, str(root.purl)) == (
        placement.root.name,
        placement.root.version,
        placement.root.purl,
    )
    assert _digests(root) == {(d.algorithm, d.value) for d in placement.root.digests}
    assert {str(c.bom_ref.value) for c in bom.components} == {
        c.ref for section in ("required", "candidate") for c in placement.sections[section]
    }
    assert (
        {c.name for c in root.pedigree.ancestors}
        if root.pedigree
        else set() == {c.name for c in placement.sections["source"]}
    )
    edges = {(d.ref.value, t.ref.value) for d in bom.dependencies for t in d.dependencies}
    listed = {sbom.root, *(c.ref for c in placement.inventory)}
    assert edges == {
        (r.source, r.target)
        for r in sbom.relations
        if r.kind in ("depends_on", "contains", "links_to") and r.source in listed and r.target in listed
    }
    patches = root.pedigree.patches if root.pedigree else []
    assert {i.id for p in patches for i in p.resolves} == {name for p in sbom.patches for name in p.resolves}


@pytest.mark.parametrize("suffix", ["json", "rdf", "tag-value", "xml", "yaml"])
def test_spdx_tools_reads_what_the_model_says(
    package: Path, description: Description, suffix: str, registry: Registry, tmp_path: Path
) -> None:
    (written,) = render(description, Options(outputs=((f"spdx-{suffix}", "2.3"),)), registry)
    path = tmp_path / f"document{written.suffix if written.suffix != '.spdx.rdf' else '.rdf.xml'}"
    path.write_bytes(written.data)
    if suffix == "tag-value":  # parse_file() would write the tables of its grammar into the installed package
        parser: Any = Parser(write_tables=False, debug=False, errorlog=yacc.NullLogger())
        document = parser.parse(written.data.decode())
    else:
        document = parse_file(str(path))
    messages = [m.validation_message for m in validate_full_spdx_document(document)]
    # Its pattern of a URL wants a host with a top-level domain; the sources of one fixture lie on loopback.
    assert [m for m in messages if "http://127.0.0.1:" not in m] == []
    placement = place(description.sbom)
    listed = [
        placement.root,
        *(c for s in ("carried", "required", "candidate", "source") for c in placement.sections[s]),
    ]
    read = {
        (p.name, p.version or "", frozenset((c.algorithm.name.lower(), c.value) for c in p.checksums))
        for p in document.packages
    }
    assert read == {(c.name, c.version, frozenset((d.algorithm, d.value) for d in c.digests)) for c in listed}
    purls = {e.locator for p in document.packages for e in p.external_references if e.reference_type == "purl"}
    assert purls == {c.purl for c in listed if c.purl}
    declared = {str(p.license_declared) for p in document.packages if p.license_declared is not None} - {"NOASSERTION"}
    assert operands(declared) == operands(lic.expression for c in listed for lic in c.licenses)
    kinds = [r.relationship_type for r in document.relationships]
    assert kinds.count(RelationshipType.GENERATED_FROM) == len(placement.sections["source"])
    assert kinds.count(RelationshipType.PATCH_APPLIED) == len(description.sbom.patches)


def test_spdx_python_model_reads_what_the_model_says(
    package: Path, description: Description, registry: Registry
) -> None:
    (written,) = render(description, Options(outputs=(("spdx3-json", "3.0.1"),)), registry)
    objects: Any = spdx3.SHACLObjectSet()  # type: ignore[attr-defined]
    spdx3.JSONLDDeserializer().read(io.BytesIO(written.data), objects)  # type: ignore[attr-defined]
    sbom, placement = description.sbom, place(description.sbom)
    listed = [
        placement.root,
        *(c for s in ("carried", "required", "candidate", "source", "build") for c in placement.sections[s]),
    ]
    packages = list(objects.foreach_type("software_Package", match_subclass=False))
    read = [
        (
            str(p.name),
            str(p.software_packageVersion or ""),
            str(p.software_packageUrl or ""),
            frozenset((h.algorithm.rpartition("/")[2], h.hashValue) for h in p.verifiedUsing),
        )
        for p in packages
    ]
    ours = [(c.name, c.version, c.purl, frozenset((d.algorithm, d.value) for d in c.digests)) for c in listed]
    assert sorted(read, key=repr) == sorted(ours, key=repr)
    kinds = Counter(
        relation.relationshipType.rpartition("/")[2]
        for relation in objects.foreach_type("Relationship", match_subclass=True)
        for _ in relation.to
    )
    assert kinds["hasInput"] == len(placement.sections["source"])
    assert kinds["patchedBy"] == len(sbom.patches)
    (build,) = objects.foreach_type("build_Build")
    variants = [v for n, v in placement.root.properties if n.startswith("conda:build:variant:")]
    assert sorted(p.value for p in build.build_parameter) == sorted(variants)
