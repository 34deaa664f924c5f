"""A document against the official schema of its own version, its references, and our conda profile.

Knows document formats from outside only. References are checked in linear time, where libraries take quadratic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from cf_sbom.documents import Opened, open_document
from cf_sbom.errors import DocumentError
from cf_sbom.limits import Limits
from cf_sbom.parsing import parse_strict_json
from cf_sbom.schemas import own, own_schema, schema_errors, versions, xsd_errors

_MAX_REASONS = 20
_OWN = Limits(document_size=1 << 62)
_LICENSE_REF = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was checked and what was wrong; valid when no reason is given. profile: None where it does not apply."""

    format: str
    version: str
    reasons: tuple[str, ...]
    profile: bool | None

    @property
    def valid(self) -> bool:
        return not self.reasons


def validate(data: bytes, limits: Limits) -> Verdict:
    """The verdict on one document. Raises DocumentError where it is no document or has no official schema here."""
    opened = open_document(data, limits, parse_strict_json)
    try:
        return _verdict(opened, data)
    except (ValueError, RecursionError):  # text that is no Unicode, or nesting that no document has
        raise DocumentError("holds text that is no Unicode, or is nested too deeply") from None


def validate_own(document_format: str, data: bytes) -> None:
    """Refuse a document of ours that is not valid. Formats without an official schema pass.

    The conda profile is left aside: of a broken package a valid document may have to say less than it wants.
    """
    if not versions(document_format):
        return
    reasons = _reasons(open_document(data, _OWN, lambda own, limits: orjson.loads(own)), data)
    if reasons:
        raise DocumentError(f"a bug in cf-sbom: the {document_format} document is not valid: {reasons[0]}")


def _verdict(opened: Opened, data: bytes) -> Verdict:
    reasons = _reasons(opened, data)
    profile: bool | None = None
    if not reasons and opened.format == "cyclonedx-json" and _speaks_of_conda(opened.tree):
        errors = islice(own("conda-profile").iter_errors(opened.tree), _MAX_REASONS)
        reasons = [f"conda profile: {_profile_reason(error)}" for error in errors]
        profile = not reasons
    return Verdict(format=opened.format, version=opened.version, reasons=tuple(reasons), profile=profile)


def _reasons(opened: Opened, data: bytes) -> list[str]:
    """What the schema refuses; else, as references rely on the shape that it has proven, what they lack.

    The other syntaxes of SPDX 2 have no schema of their own: what was read of them must satisfy that of JSON.
    """
    if opened.format == "cyclonedx-xml":
        errors = xsd_errors(opened.version, data)
    else:
        name = "spdx-json" if opened.format.startswith("spdx-") else opened.format
        errors = (_reason(error) for error in schema_errors(name, opened.version, opened.tree))
    reasons = [f"schema: {error}" for error in islice(errors, _MAX_REASONS)]
    if not reasons:
        check = next(check for start, check in _REFERENCES if opened.format.startswith(start))
        reasons = [f"reference: {reason}" for reason in islice(check(opened.tree), _MAX_REASONS)]
    return reasons


def _profile_reason(error: Any) -> str:
    """As _reason(), but of what an array lacks its name instead of all that it holds."""
    path = list(error.schema_path)
    if "contains" not in path:
        return _reason(error)
    node = own_schema("conda-profile")
    for part in path:
        node = node[part]
    ((key, wanted),) = node["properties"].items()
    return f"{'/'.join(str(part) for part in error.instance_path)}: none has the {key} {wanted['const']!r}"


def _reason(error: Any) -> str:
    place = "/".join(str(part) for part in error.instance_path)
    message = " ".join(str(error.message).split())
    return f"{place or 'document'}: {message if len(message) <= 200 else message[:197] + '...'}"


def _speaks_of_conda(tree: Any) -> bool:
    purl = tree.get("metadata", {}).get("component", {}).get("purl", "")
    return isinstance(purl, str) and purl.startswith("pkg:conda/")


def _cyclonedx_references(tree: Any) -> Iterator[str]:
    refs = Counter(_bom_refs(tree))
    yield from (f"bom-ref {ref!r} is given {count} times" for ref, count in refs.items() if count > 1)
    entries: Counter[str] = Counter()
    for entry in tree.get("dependencies", ()):
        entries[entry["ref"]] += 1
        for ref in (entry["ref"], *entry.get("dependsOn", ()), *entry.get("provides", ())):
            if ref not in refs:
                yield f"dependencies name {ref!r}, which no component bears"
    yield from (f"dependencies list {ref!r} {count} times" for ref, count in entries.items() if count > 1)
    for composition in tree.get("compositions", ()):
        for ref in (*composition.get("assemblies", ()), *composition.get("dependencies", ())):
            if ref not in refs and not ref.startswith("urn:cdx:"):
                yield f"compositions name {ref!r}, which no component bears"


def _bom_refs(tree: Any) -> Iterator[str]:
    """Every bom-ref in the document, wherever it stands."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if isinstance(node.get("bom-ref"), str):
                yield node["bom-ref"]
            stack.extend(value for key, value in node.items() if key != "signature")
        elif isinstance(node, list):
            stack.extend(node)


def _spdx_references(tree: Any) -> Iterator[str]:
    elements = [e for key in ("packages", "files", "snippets") for e in tree.get(key, ())]
    refs = Counter([tree["SPDXID"], *(e["SPDXID"] for e in elements)])
    yield from (f"SPDXID {ref!r} is given {count} times" for ref, count in refs.items() if count > 1)
    for relationship in tree.get("relationships", ()):
        for ref in (relationship["spdxElementId"], relationship["relatedSpdxElement"]):
            if ref not in refs and ref not in ("NONE", "NOASSERTION") and not ref.startswith("DocumentRef-"):
                yield f"relationships name {ref!r}, which no element bears"
    defined = {info["licenseId"] for info in tree.get("hasExtractedLicensingInfos", ())}
    yield from (f"{ref} has no extracted licensing info" for ref in sorted(_license_refs(elements) - defined))


def _license_refs(elements: Iterable[Any]) -> set[str]:
    found: set[str] = set()
    for element in elements:
        for key in ("licenseDeclared", "licenseConcluded"):
            expression = element.get(key, "")
            if "DocumentRef-" not in expression:
                found.update(_LICENSE_REF.findall(expression))
    return found


def _spdx3_references(tree: Any) -> Iterator[str]:
    elements = tree.get("@graph", [tree])
    ids = Counter(name for e in elements if (name := e.get("spdxId") or e.get("@id")))
    yield from (f"spdxId {name!r} is given {count} times" for name, count in ids.items() if count > 1)
    elsewhere = {entry["externalSpdxId"] for e in elements for entry in e.get("import", ()) if isinstance(entry, dict)}
    for element in elements:
        for key in _SPDX3_REFERENCES & element.keys():
            value = element[key]
            for name in value if isinstance(value, list) else [value]:
                if isinstance(name, str) and name not in ids and name not in elsewhere and not _SPDX_OWN.match(name):
                    yield f"{key} names {name!r}, which no element bears"


_SPDX3_REFERENCES = frozenset(
    ("creationInfo", "createdBy", "createdUsing", "element", "from", "originatedBy", "rootElement", "subject")
) | frozenset(("suppliedBy", "to"))
_SPDX_OWN = re.compile(r"https?://spdx\.org/(?:rdf/|licenses/)")
_REFERENCES: tuple[tuple[str, Callable[[Any], Iterator[str]]], ...] = (
    ("cyclonedx", _cyclonedx_references),
    ("spdx3", _spdx3_references),
    ("spdx", _spdx_references),
)
