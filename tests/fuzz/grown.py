"""Small ideas repeated until they hurt: inputs that once took quadratic or exponential time, or memory without bound.

A fuzzer keeps its inputs short and does not meet them. Each took minutes, or did not end.
"""

from __future__ import annotations

import json
from typing import Any

_MANY = 20_000
XSD = "http://www.w3.org/2001/XMLSchema#"


def cyclonedx(**sections: Any) -> bytes:
    root = {"component": {"type": "library", "name": "x", "bom-ref": "r"}}
    head = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": root}
    return json.dumps(head | sections).encode()


def spdx2(comment: str) -> bytes:
    package = {"SPDXID": "SPDXRef-a", "name": "x", "annotations": [{"comment": comment}]}
    return json.dumps({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": [package]}).encode()


def spdx3(*elements: dict[str, Any]) -> bytes:
    return json.dumps({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": elements}).encode()


def rdf(levels: int, supplier: str = "NOASSERTION", more: str = "") -> bytes:
    """Two licence sets on each level, each with both of the next level as its members."""
    sets = "".join(
        f'<ConjunctiveLicenseSet rdf:nodeID="{name}{level}"><member rdf:nodeID="A{level + 1}"/>'
        f'<member rdf:nodeID="B{level + 1}"/></ConjunctiveLicenseSet>'
        for level in range(levels)
        for name in "AB"
    )
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://spdx.org/rdf/terms#">'
        '<SpdxDocument rdf:about="https://example.org/d#SPDXRef-DOCUMENT"><specVersion>SPDX-2.3</specVersion>'
        '<name>d</name><dataLicense rdf:resource="http://spdx.org/licenses/CC0-1.0"/><creationInfo><CreationInfo>'
        "<created>2024-01-01T00:00:00Z</created><creator>Tool: x-1</creator></CreationInfo></creationInfo>"
        "</SpdxDocument>"
        '<Package rdf:about="https://example.org/d#SPDXRef-p"><licenseDeclared rdf:nodeID="A0"/>'
        f"<supplier>{supplier}</supplier></Package>"
        f"{sets}{more}</rdf:RDF>"
    ).encode()


def tag_value(line: str) -> bytes:
    return f"SPDXVersion: SPDX-2.3\nPackageName: a\n{line}\n".encode()


PACKAGE = {"type": "software_Package", "spdxId": "p"}
CASES = {
    "comments before a tag": b"# " * 2000,
    "evidence that does not end": spdx2("evidence: x" + " (a, confidence 1) [" * _MANY),
    "properties of many formulas": cyclonedx(
        formulation=[{"properties": [{"name": f"a{n}", "value": "b"}]} for n in range(_MANY)]
    ),
    "parameters of many builds": spdx3(
        PACKAGE, *({"type": "build_Build", "build_parameter": [{"key": f"a{n}", "value": "x"}]} for n in range(_MANY))
    ),
    "notes on one name of many": spdx3(
        *[PACKAGE] * 4000, *[{"type": "Annotation", "subject": "p", "statement": "x"}] * 4000
    ),
    "elements that are all wrong": spdx3(*({"type": "Relationship", "spdxId": f"b{n}"} for n in range(_MANY))),
    "components that are all wrong": cyclonedx(components=[{"licenses": [{"license": {"id": "q"}}]}] * _MANY),
    "one bom-ref of many": b'<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components>'
    + b'<component type="library" bom-ref="a"><name>x</name></component>' * _MANY
    + b"</components></bom>",
    "tag-value supplier": tag_value("PackageSupplier: Organization: " + "a (" * _MANY),
    "tag-value creator": tag_value("Creator: Person: " + "(" * _MANY),
    "tag-value reference": tag_value(f"ExternalDocumentRef: DocumentRef-a https://x{' ' * 5 * _MANY}SHA1: x"),
    "tag-value verification code": tag_value(f"PackageVerificationCode: {'a' * 40} (excludes:{' ' * 5 * _MANY}x"),
    "tag-value text": tag_value("PackageComment: <text>" + "a\n" * 100 * _MANY + "</text>"),
    "rdf supplier": rdf(1, "Organization: " + "a (" * _MANY),
    "rdf prefixes": rdf(1, more="".join(f'<a:x xmlns:a="https://example.org/{n}#"/>' for n in range(_MANY))),
    "rdf decimal": rdf(1, more=f'<Package><name rdf:datatype="{XSD}decimal">1E999999999</name></Package>'),
    "licence sets in each other": rdf(40),
    "licence sets without an end": rdf(400),
}
