"""One document of each family that says everything a profile asks for, and how to take one fact out of it."""

from __future__ import annotations

import copy
from typing import Any

Json = dict[str, Any]

PURL = "pkg:conda/demo@1.0?build=0&channel=c&subdir=noarch&type=conda"
FILENAME = "demo-1.0-0.conda"
SHA256, SHA512 = "a" * 64, "b" * 128
_PARTY = {"name": "ACME", "contact": [{"email": "a@example.org"}]}
_HASHES = [{"alg": "SHA-256", "content": SHA256}, {"alg": "SHA-512", "content": SHA512}]
_FACTS = [
    ("conda:package:build", "0"),
    ("conda:package:subdir", "noarch"),
    ("conda:package:channel", "c"),
    ("cf_sbom:coverage:unexplained-percent", "0.0"),
]


def cyclonedx() -> Json:
    """A package with one part and one dependency."""
    bsi = [
        ("filename", FILENAME),
        ("executable", "non-executable"),
        ("archive", "archive"),
        ("structured", "structured"),
    ]

    def component(ref: str, name: str) -> Json:
        return {
            "type": "library",
            "bom-ref": ref,
            "supplier": _PARTY,
            "manufacturer": _PARTY,
            "name": name,
            "version": "1.0",
            "hashes": _HASHES,
            "licenses": [
                {"license": {"id": "MIT", "acknowledgement": "declared"}},
                {"license": {"id": "MIT", "acknowledgement": "concluded"}},
            ],
            "copyright": "Copyright ACME",
            "purl": ref,
            "externalReferences": [
                {"type": "source-distribution", "url": "https://example.org/s.tgz", "hashes": _HASHES},
                {"type": "distribution", "url": f"https://example.org/{name}", "hashes": _HASHES},
                {"type": "rfc-9116", "url": "https://example.org/security.txt"},
            ],
            "evidence": {"occurrences": [{"location": "info/index.json"}]},
            "properties": [],
        }

    root = component(PURL, "demo")
    root["properties"] = [{"name": n, "value": v} for n, v in _FACTS]
    root["properties"] += [{"name": f"bsi:component:{n}", "value": v} for n, v in bsi]
    root["components"] = [component("pkg:npm/part@1.0", "part")]
    refs = [PURL, "pkg:npm/part@1.0", "pkg:conda/needed@1.0"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "signature": {"algorithm": "Ed25519", "value": "x"},
        "metadata": {
            "timestamp": "2026-01-01T00:00:00Z",
            "lifecycles": [{"phase": "post-build"}],
            "tools": {"components": [{"type": "application", "name": "tool", "version": "1"}]},
            "authors": [{"name": "A", "email": "a@example.org"}],
            "manufacturer": _PARTY,
            "component": root,
        },
        "components": [component("pkg:conda/needed@1.0", "needed")],
        "dependencies": [{"ref": ref, "dependsOn": []} for ref in refs],
        "compositions": [
            {"aggregate": "unknown", "dependencies": refs},
            {"aggregate": "incomplete", "assemblies": [PURL]},
        ],
    }


def spdx2() -> Json:
    """The same in SPDX 2.3."""
    ids = {"root": PURL, "part": "pkg:npm/part@1.0", "needed": "pkg:conda/needed@1.0"}

    def package(key: str, name: str) -> Json:
        return {
            "SPDXID": f"SPDXRef-{key}",
            "name": name,
            "versionInfo": "1.0",
            "packageFileName": FILENAME,
            "supplier": "Organization: ACME (a@example.org)",
            "originator": "Organization: ACME (a@example.org)",
            "downloadLocation": f"https://example.org/{name}",
            "checksums": [
                {"algorithm": "SHA256", "checksumValue": SHA256},
                {"algorithm": "SHA512", "checksumValue": SHA512},
            ],
            "licenseDeclared": "MIT",
            "licenseConcluded": "MIT",
            "copyrightText": "Copyright ACME",
            "externalRefs": [
                {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": ids[key]}
            ],
            "annotations": [{"comment": "\n".join([*(f"{n}: {v}" for n, v in _FACTS), "evidence: x (manifest)"])}],
        }

    source = package("root", "source") | {"SPDXID": "SPDXRef-source", "externalRefs": []}
    relations = [
        ("DOCUMENT", "DESCRIBES", "root"),
        ("root", "CONTAINS", "part"),
        ("root", "DEPENDS_ON", "needed"),
        *((key, "GENERATED_FROM", "source") for key in ids),
    ]
    unknown = [(f"SPDXRef-{key}", kind, "NOASSERTION") for key in ids for kind in ("DEPENDS_ON", "CONTAINS")]
    ends = [(f"SPDXRef-{a}", kind, f"SPDXRef-{b}") for a, kind, b in relations] + unknown
    return {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "documentNamespace": "https://example.org/d",
        "name": "demo",
        "dataLicense": "CC0-1.0",
        "creationInfo": {
            "created": "2026-01-01T00:00:00Z",
            "creators": ["Tool: tool-1", "Person: A (a@example.org)"],
            "comment": "SBOM type: Analyzed.",
        },
        "packages": [package("root", "demo"), package("part", "part"), package("needed", "needed"), source],
        "relationships": [
            {"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b} for a, kind, b in ends
        ],
    }


def spdx3() -> Json:
    """The same in SPDX 3.0.1."""
    ids = {"root": PURL, "part": "pkg:npm/part@1.0", "needed": "pkg:conda/needed@1.0"}
    hashes = [
        {"type": "Hash", "algorithm": "sha256", "hashValue": SHA256},
        {"type": "Hash", "algorithm": "sha512", "hashValue": SHA512},
    ]
    unknown = "https://spdx.org/rdf/3.0.1/terms/Core/NoAssertionElement"

    def link(kind: str, url: str) -> Json:
        return {"type": "ExternalRef", "externalRefType": kind, "locator": [url]}

    elements: list[Json] = [
        {
            "type": "CreationInfo",
            "@id": "_:c",
            "specVersion": "3.0.1",
            "created": "2026-01-01T00:00:00Z",
            "createdBy": ["acme"],
            "createdUsing": ["tool"],
        },
        {"type": "SpdxDocument", "spdxId": "doc", "creationInfo": "_:c", "rootElement": ["sbom"]},
        {"type": "software_Sbom", "spdxId": "sbom", "rootElement": ["root"], "software_sbomType": ["analyzed"]},
        {
            "type": "Organization",
            "spdxId": "acme",
            "name": "ACME",
            "externalIdentifier": [{"externalIdentifierType": "email", "identifier": "a@example.org"}],
        },
        {"type": "Tool", "spdxId": "tool", "name": "tool-1"},
        {
            "type": "simplelicensing_LicenseExpression",
            "spdxId": "mit",
            "simplelicensing_licenseExpression": "MIT",
        },
        {
            "type": "software_Package",
            "spdxId": "source",
            "name": "source",
            "software_downloadLocation": "https://example.org/s.tgz",
            "verifiedUsing": hashes,
        },
    ]
    lines = "\n".join([*(f"{n}: {v}" for n, v in _FACTS), "evidence: x (manifest)"])
    for key, purl in ids.items():
        elements.append(
            {
                "type": "software_Package",
                "spdxId": key,
                "name": key,
                "software_packageVersion": "1.0",
                "software_packageUrl": purl,
                "software_copyrightText": "Copyright ACME",
                "suppliedBy": "acme",
                "originatedBy": ["acme"],
                "verifiedUsing": hashes,
                "externalRef": [link("securityOther", "https://example.org/security.txt")],
            }
        )
        elements.append({"type": "Annotation", "subject": key, "statement": lines})
        elements.append(
            {
                "type": "software_File",
                "spdxId": f"{key}-file",
                "name": FILENAME,
                "software_primaryPurpose": "archive",
                "software_additionalPurpose": ["container"],
                "verifiedUsing": hashes,
                "externalRef": [link("binaryArtifact", f"https://example.org/{key}")],
            }
        )
    relations = [
        ("root", "contains", "part", ""),
        ("root", "dependsOn", "needed", "noAssertion"),
        ("root", "contains", unknown, "incomplete"),
        *((key, "dependsOn", unknown, "noAssertion") for key in ids),
        *((key, "hasDistributionArtifact", f"{key}-file", "") for key in ids),
        *((key, kind, "mit", "") for key in ids for kind in ("hasDeclaredLicense", "hasConcludedLicense")),
        *(("source", "generates", key, "") for key in ids),
    ]
    for source, kind, target, state in relations:
        relation = {"type": "Relationship", "from": source, "relationshipType": kind, "to": [target]}
        elements.append(relation | ({"completeness": state} if state else {}))
    return {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": elements}


FULL = {
    "cyclonedx": ("cyclonedx-json", "1.6", cyclonedx()),
    "spdx2": ("spdx-json", "2.3", spdx2()),
    "spdx3": ("spdx3-json", "3.0.1", spdx3()),
}
"""By family: format, version and tree."""


def without(tree: Json, *gone: str) -> Json:
    """The tree with keys and values taken out wherever they stand.

    `key` takes a key out; `key=value` every mapping in a list whose key has this value; `key~text` puts nothing in the
    place of that text in the values of the key.
    """
    found = copy.deepcopy(tree)
    for one in gone:
        if "~" in one:
            key, _, text = one.partition("~")
            _each(found, lambda node, key=key, text=text: _blank(node, key, text))
        elif "=" in one:
            key, _, value = one.partition("=")
            _each(found, lambda node, key=key, value=value: _drop(node, key, value))
        else:
            _each(found, lambda node, key=one: node.pop(key, None))
    return found


def _each(node: Any, act: Any) -> None:
    if isinstance(node, dict):
        act(node)
        for value in node.values():
            _each(value, act)
    elif isinstance(node, list):
        for value in node:
            _each(value, act)


def _drop(node: Json, key: str, value: str) -> None:
    for name, inner in node.items():
        if isinstance(inner, list):
            node[name] = [one for one in inner if not (isinstance(one, dict) and str(one.get(key)) == value)]


def _blank(node: Json, key: str, text: str) -> None:
    value = node.get(key)
    if isinstance(value, str):
        node[key] = value.replace(text, "")
    elif isinstance(value, list):
        node[key] = [one for one in value if not (isinstance(one, str) and text in one)]
