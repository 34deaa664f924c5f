"""SPDX 2.3 in all its syntaxes, as one mapping from the model to plain dicts.

Source: SPDX specification 2.3. What the format has no field for stands in annotations, one fact a line, named as the
properties of the other formats are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from cf_sbom import properties as names
from cf_sbom.facts import (
    CANDIDATE,
    FOR_TESTS,
    MADE_IN_BUILD,
    NO_LINKS,
    NO_TEXT,
    NOT_LISTED,
    OF_PAYLOAD,
    SPECS,
    binaries_by_path,
    facts,
    file_facts,
    joined,
)
from cf_sbom.hookspecs import Emitter, hookimpl
from cf_sbom.identity.licenses import license_refs
from cf_sbom.identity.spdx_ids import document_slug, local_id
from cf_sbom.model import (
    Algorithm,
    Binary,
    Component,
    ComponentKind,
    Container,
    Digest,
    File,
    LicenseRole,
    LinkKind,
    Party,
    Patch,
    Problem,
    Ref,
    Relation,
    RelationKind,
    Sbom,
    Scope,
    Stamp,
    Text,
)
from cf_sbom.placement import Placement, place
from cf_sbom.syntaxes import json, spdx2_tools, spdx2_tree, xml
from cf_sbom.syntaxes.trees import lost

Json = dict[str, Any]

PURPOSES: dict[ComponentKind, str] = {
    "application": "APPLICATION",
    "data": "OTHER",
    "file": "FILE",
    "library": "LIBRARY",
    "source": "SOURCE",
}
ALGORITHMS: dict[Algorithm, str] = {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "sha512": "SHA512"}
REFERENCES: dict[LinkKind, str] = {
    "website": "website",
    "vcs": "vcs",
    "documentation": "documentation",
    "source": "source-distribution",
    "distribution": "distribution",
    "recipe": "build-meta",
    "license": "license",
    "bom": "bom",
}


class Word(NamedTuple):
    """How a relation is written: the relationship type, and whether source and target change places."""

    type: str
    turned: bool = False


RELATIONSHIPS: dict[RelationKind, Word | None] = {
    "contains": Word("CONTAINS"),
    "depends_on": Word("DEPENDS_ON"),
    "links_to": Word("DYNAMIC_LINK"),
    "static_link": Word("STATIC_LINK"),
    "static_candidate": Word("OTHER"),
    "built_from": Word("GENERATED_FROM"),
    "build_tool": Word("BUILD_TOOL_OF", turned=True),
    "host": Word("BUILD_DEPENDENCY_OF", turned=True),
    "upstream_of": Word("ANCESTOR_OF"),
    "patched_by": Word("PATCH_APPLIED", turned=True),
    "constrains": None,  # may mean a conflict: an annotation
}
_OF_PACKAGE = ("Analyzed", "Made from a finished conda package and the build metadata it holds.")
# The types of SBOM that CISA tells apart (Types of Software Bill of Materials Documents, 2023), and how it was made.
MADE_FROM: dict[Container, tuple[str, str]] = {
    "conda": _OF_PACKAGE,
    "tar.bz2": _OF_PACKAGE,
    "folder": _OF_PACKAGE,
    "prefix": ("Build", MADE_IN_BUILD),
    "environment": ("Deployed, Analyzed", "Made from the records of an environment and the documents of its packages."),
    "lock": ("Source, Analyzed", "Made from a lock file and the documents of the packages that it names."),
    "collection": ("Analyzed", "Made from other documents."),
}
_DEPENDENCY_SCOPES: dict[Scope, Word] = {
    "runtime": Word("DEPENDS_ON"),
    "build": Word("DEPENDS_ON"),
    "optional": Word("OPTIONAL_DEPENDENCY_OF", turned=True),
    "test": Word("TEST_DEPENDENCY_OF", turned=True),
}
_NONE, _UNKNOWN = "NONE", "NOASSERTION"


@hookimpl
def cf_sbom_emitters() -> Iterable[Emitter]:
    for syntax in SYNTAXES:
        yield Emitter(
            name=f"spdx-{syntax.name}",
            versions=("2.3",),
            media_type=syntax.media_type,
            suffix=syntax.suffix,
            emit=partial(_emit, syntax),
            losses=partial(_losses, syntax) if syntax.unwritable else None,
            doc=f"SPDX {syntax.name if '-' in syntax.name else syntax.name.upper()}",
        )


class Syntax(NamedTuple):
    """One way of writing the document down; unwritable: what no text in it can hold."""

    name: str
    media_type: str
    suffix: str
    write: Callable[[Json], bytes]
    unwritable: re.Pattern[str] | None = None


SYNTAXES = (
    Syntax("json", "application/spdx+json", ".spdx.json", json.write),
    Syntax("rdf", "application/rdf+xml", ".spdx.rdf", spdx2_tools.write_rdf, xml.UNWRITABLE),
    Syntax("tag-value", "text/spdx", ".spdx", spdx2_tools.write_tag_value, spdx2_tools.UNWRITABLE),
    Syntax("xml", "application/spdx+xml", ".spdx.xml", spdx2_tree.write_xml, xml.UNWRITABLE),
    Syntax("yaml", "application/spdx+yaml", ".spdx.yaml", spdx2_tree.write_yaml),
)


def _emit(syntax: Syntax, sbom: Sbom, stamp: Stamp, version: str) -> bytes:
    return syntax.write(document(sbom, stamp, "" if syntax.name == "json" else syntax.name))


def _losses(syntax: Syntax, sbom: Sbom, stamp: Stamp, version: str) -> Iterable[Problem]:
    return lost(document(sbom, stamp), syntax.unwritable, f"spdx-{syntax.name}") if syntax.unwritable else ()


def document(sbom: Sbom, stamp: Stamp, syntax: str = "") -> Json:
    """The whole document. The namespace ends in a UUIDv5 of everything else in it, and of a syntax that is not
    JSON."""
    writer = _Writer(sbom, stamp)
    packages = writer.packages()
    files = writer.files()
    name = sbom.subject.title
    body: Json = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": "",
        "creationInfo": writer.creation(),
        "packages": packages,
        "files": files,
        "relationships": writer.relationships(),
        "hasExtractedLicensingInfos": writer.extracted_licenses(),
        "annotations": writer.remarks(),
    }
    body = {key: value for key, value in body.items() if value != []}
    own = uuid5(NAMESPACE_URL, syntax + json.write(body).decode())
    body["documentNamespace"] = f"{stamp.namespace}/{document_slug(name)}-{own}"
    return body


def spdx_id(kind: str, ref: str, name: str) -> str:
    return f"SPDXRef-{local_id(kind, ref, name)}"


class _Writer:
    """One document in the making."""

    def __init__(self, sbom: Sbom, stamp: Stamp) -> None:
        self._sbom = sbom
        self._stamp = stamp
        self._placement: Placement = place(sbom)
        self._texts = {text.path: text for text in sbom.texts}
        self._annotator = f"Tool: {stamp.tool}-{stamp.tool_version}"
        sections = self._placement.sections
        listed = [*self._placement.inventory, *sections["source"]]
        if stamp.build_packages == "all":
            listed += sections["build"]
        self._listed = [self._placement.root, *sorted(listed, key=lambda c: c.ref)]
        # Without its bytes a patch has no SHA-1, and SPDX 2.3 has no file without one.
        self._patches = [p for p in sbom.patches if p.text is not None and not p.text.truncated]
        self._textless = {p.ref: p for p in sbom.patches if p.text is None or p.text.truncated}
        self._ids: dict[Ref, str] = {c.ref: spdx_id("Package", c.ref, f"{c.name}-{c.version}") for c in self._listed}
        self._ids |= {p.ref: spdx_id("File", p.ref, p.path) for p in self._patches}
        self._packed = [f for f in sbom.files if f.digests] if stamp.list_files else []

    def creation(self) -> Json:
        built = any(e.technique == "recipe" for c in self._sbom.components for o in c.occurrences for e in o.evidence)
        type_, made_from = MADE_FROM[self._sbom.subject.container]
        context = f"Build, {type_}" if built and MADE_FROM[self._sbom.subject.container] == _OF_PACKAGE else type_
        return {
            "created": self._stamp.created,
            "creators": [self._annotator, *(_author(author) for author in self._stamp.authors)],
            "comment": f"SBOM type: {context}. {made_from}",
        }

    def packages(self) -> list[Json]:
        return [self._package(component) for component in self._listed]

    def files(self) -> list[Json]:
        patches = [self._patch_file(patch) for patch in self._patches]
        binaries = binaries_by_path(self._sbom) if self._packed else {}
        packed = [_packed_file(file, binaries.get(file.path, ())) for file in self._packed]
        return sorted(patches + packed, key=lambda f: f["SPDXID"])

    def relationships(self) -> list[Json]:
        root = self._ids[self._sbom.root]
        found = {("SPDXRef-DOCUMENT", "DESCRIBES", root, "")}
        environments = {c.ref for c in self._placement.sections["build"]}
        for relation in self._sbom.relations:
            source, target = self._ids.get(relation.source), self._ids.get(relation.target)
            word = RELATIONSHIPS[relation.kind]
            if relation.kind == "depends_on":
                word = _DEPENDENCY_SCOPES[relation.scope]
                if relation.scope == "build" and relation.target not in environments:
                    word = RELATIONSHIPS["host"]
            if source and target and word:
                ends = (target, source) if word.turned else (source, target)
                found.add((ends[0], word.type, ends[1], self._comment(relation)))
        found |= {(root, "CONTAINS", _file_id(f), "") for f in self._packed}
        found |= set(self._completeness())
        return [
            {"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b} | ({"comment": c} if c else {})
            for a, kind, b, c in sorted(found)
        ]

    def _comment(self, relation: Relation) -> str:
        if relation.kind == "static_candidate":
            return CANDIDATE
        if relation.kind in ("contains", "static_link") and relation.scope == "test":
            return FOR_TESTS
        of_whom = self._sbom.subject.of_many or relation.source == self._sbom.root
        if relation.kind == "depends_on" and relation.scope == "build" and of_whom:
            return OF_PAYLOAD
        return SPECS.join(relation.specs)

    def extracted_licenses(self) -> list[Json]:
        found: dict[str, Json] = {}
        for component in self._listed:
            for license_ in component.licenses:
                for ref in license_refs(license_.expression):
                    texts = [self._texts[path] for path in license_.texts if path in self._texts]
                    body = _body(texts, ref)
                    found.setdefault(
                        ref,
                        {
                            "licenseId": ref,
                            "name": license_.found or ref,
                            "extractedText": body or license_.found or f"{ref}: {NO_TEXT}",
                        },
                    )
        return [found[ref] for ref in sorted(found)]

    def remarks(self) -> list[Json]:
        lines = [f"{names.COMPLETENESS}{c.aspect}: {c.why}" for c in self._sbom.completeness if c.why]
        lines += (f"{names.PROBLEM}{p.severity}: {p}" for p in self._sbom.problems)
        return self._annotations(lines)

    def _annotations(self, lines: Iterable[str]) -> list[Json]:
        comment = joined(lines)
        return [self._annotation(comment)] if comment else []

    def _annotation(self, comment: str) -> Json:
        return {
            "annotationDate": self._stamp.created,
            "annotationType": "OTHER",
            "annotator": self._annotator,
            "comment": comment,
        }

    def _package(self, component: Component) -> Json:
        is_root = component.ref == self._sbom.root
        addresses = [link.url for link in component.links if link.kind in ("distribution", "source")]
        repositories = [link.url.removeprefix("git+") for link in component.links if link.kind == "vcs" and not is_root]
        websites = [link.url for link in component.links if link.kind == "website"]
        found: Json = {
            "name": component.name,
            "SPDXID": self._ids[component.ref],
            "versionInfo": component.version,
            "packageFileName": self._sbom.subject.filename if is_root else "",
            "supplier": _organization(component.supplier),
            "originator": _organization(component.manufacturer),
            "downloadLocation": next(iter(addresses or [f"git+{url}" for url in repositories]), _UNKNOWN),
            "filesAnalyzed": bool(is_root and self._packed),
            "packageVerificationCode": self._verification_code() if is_root else None,
            "checksums": _checksums(component.digests),
            "homepage": next(iter(websites), ""),
            "sourceInfo": self._source_info() if is_root else "",
            "licenseConcluded": _license(component, "concluded"),
            "licenseDeclared": _license(component, "declared"),
            "licenseInfoFromFiles": [_UNKNOWN] if is_root and self._packed else [],
            "copyrightText": _UNKNOWN,
            "summary": component.description.partition("\n\n")[0],
            "description": component.description.partition("\n\n")[2],
            "externalRefs": _external_refs(component),
            "primaryPackagePurpose": PURPOSES[component.kind],
            "annotations": self._annotations(self._facts(component)),
        }
        return {key: value for key, value in found.items() if value not in (None, "", [])}

    def _facts(self, component: Component) -> Iterable[str]:
        """Everything about a component that SPDX 2.3 has no field for, one fact a line."""
        yield from facts(component, self._placement)
        for relation in self._placement.outgoing.get(component.ref, ()):
            if patch := self._textless.get(relation.target):
                yield f"patch applied, its text is not here: {patch.path} {' '.join(patch.resolves)}".rstrip()
        if component.ref == self._sbom.root:
            yield from self._left_out()

    def _left_out(self) -> Iterable[str]:
        build = self._placement.sections["build"]
        if build and self._stamp.build_packages != "all":
            yield (
                f"{len(build)} {NOT_LISTED}, since SPDX 2.3 readers would count them as "
                "contents; they stand in the formulation of the CycloneDX document, and here with --build-packages all"
            )
        links = sum(1 for f in self._sbom.files if not f.digests) if self._packed else 0
        if links:
            yield f"{links} {NO_LINKS}, since they have no bytes of their own"

    def _source_info(self) -> str:
        sources = () if self._sbom.subject.of_many else self._placement.sections["source"]
        urls = sorted({link.url for c in sources for link in c.links})
        return f"built from {', '.join(urls)}" if urls else ""

    def _verification_code(self) -> Json | None:
        """SPDX 2.3, 7.9: SHA-1 over the sorted SHA-1 of all files."""
        if not self._packed:
            return None
        sums = sorted(d.value for f in self._packed for d in f.digests if d.algorithm == "sha1")
        digest = hashlib.sha1("".join(sums).encode(), usedforsecurity=False)
        return {"packageVerificationCodeValue": digest.hexdigest()}

    def _completeness(self) -> Iterable[tuple[str, str, str, str]]:
        """Unknown and incomplete are NOASSERTION, proven absence is NONE; leaves are unknown."""
        stated = {(c.ref, c.aspect): c.state for c in self._sbom.completeness}
        root = self._sbom.root
        outgoing = self._placement.outgoing.get(root, ())
        needs = any(r.kind in ("depends_on", "links_to") for r in outgoing)
        if stated.get((root, "dependencies"), "unknown") != "complete":
            yield self._ids[root], "DEPENDS_ON", _UNKNOWN, ""
        elif not needs:
            yield self._ids[root], "DEPENDS_ON", _NONE, ""
        if stated.get((root, "contents"), "unknown") != "complete":
            yield self._ids[root], "CONTAINS", _UNKNOWN, ""
        elif not self._sbom.files and not self._holds(root):
            yield self._ids[root], "CONTAINS", _NONE, ""
        for component in self._placement.inventory:
            if stated.get((component.ref, "dependencies"), "unknown") != "complete":
                yield self._ids[component.ref], "DEPENDS_ON", _UNKNOWN, ""
            contents = stated.get((component.ref, "contents"))
            if contents in ("unknown", "incomplete"):
                yield self._ids[component.ref], "CONTAINS", _UNKNOWN, ""
            elif contents == "complete" and not self._holds(component.ref):
                yield self._ids[component.ref], "CONTAINS", _NONE, ""

    def _holds(self, ref: Ref) -> bool:
        """Whether a relation says what is in a component."""
        return any(r.kind in ("contains", "static_link") for r in self._placement.outgoing.get(ref, ()))

    def _patch_file(self, patch: Patch) -> Json:
        text = patch.text or Text(path=patch.path, media_type="", data=b"")
        found: Json = {
            "fileName": f"./{patch.path}",
            "SPDXID": self._ids[patch.ref],
            "fileTypes": ["TEXT"],
            "checksums": [
                {"algorithm": "SHA1", "checksumValue": hashlib.sha1(text.data, usedforsecurity=False).hexdigest()},
                {"algorithm": "SHA256", "checksumValue": hashlib.sha256(text.data).hexdigest()},
            ],
            "licenseConcluded": _UNKNOWN,
            "copyrightText": _UNKNOWN,
            "comment": f"resolves {', '.join(patch.resolves)}" if patch.resolves else "",
            "annotations": [self._annotation(_decoded(text))],
        }
        return {key: value for key, value in found.items() if value != ""}


def _file_id(file: File) -> str:
    return spdx_id("File", f"file:{file.path}", file.path)


def _packed_file(file: File, binaries: Sequence[Binary]) -> Json:
    return {
        "fileName": f"./{file.path}",
        "SPDXID": _file_id(file),
        "checksums": _checksums(file.digests),
        "licenseConcluded": _UNKNOWN,
        "licenseInfoInFiles": [_UNKNOWN],
        "copyrightText": _UNKNOWN,
        "comment": joined(f"{name}: {value}" for name, value in file_facts(file, binaries)),
    }


def _checksums(digests: Iterable[Digest]) -> list[Json]:
    ranked = sorted(digests, key=lambda d: (len(d.value), d.algorithm))
    return [{"algorithm": ALGORITHMS[d.algorithm], "checksumValue": d.value} for d in ranked]


def _license(component: Component, role: LicenseRole) -> str:
    """Several licences of one role all apply as far as is known."""
    expressions = sorted({lic.expression for lic in component.licenses if lic.role == role})
    if len(expressions) > 1:
        expressions = [f"({e})" if " OR " in e else e for e in expressions]
    return " AND ".join(expressions) or _UNKNOWN


def _external_refs(component: Component) -> list[Json]:
    found = [("PACKAGE-MANAGER", "purl", component.purl)] if component.purl else []
    found += (("SECURITY", "cpe23Type", cpe) for cpe in component.cpes)
    found += (("OTHER", REFERENCES[link.kind], link.url) for link in component.links)
    return [
        {"referenceCategory": category, "referenceType": kind, "referenceLocator": locator}
        for category, kind, locator in dict.fromkeys(found)
    ]


def _organization(party: Party | None) -> str:
    if party is None:
        return _UNKNOWN
    return f"Organization: {party.name} ({party.email})" if party.email else f"Organization: {party.name}"


def _author(party: Party) -> str:
    """An e-mail address names a person, a web address or none an organisation."""
    return f"Person: {party.name} ({party.email})" if party.email else f"Organization: {party.name}"


def _body(texts: Sequence[Text], ref: str) -> str:
    """The texts, each under its path; what is known to be that of the LicenseRef stands alone."""
    for text in texts:
        if text.path.rpartition("/")[2] == ref:
            return _decoded(text)
    return "\n\n".join(f"{text.path}:\n{_decoded(text)}" for text in texts)


def _decoded(text: Text) -> str:
    return text.data.decode("utf-8", "backslashreplace")
