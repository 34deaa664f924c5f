"""An Sbom as plain data for the page: lists and mappings of text and numbers, without what is empty.

Knows the model and what the page needs of it. Every text is escaped here, once and all of them: the page shows nothing
of a package that could turn a line around or hide, whatever it forgets. Components go by their place in one list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from math import isfinite
from typing import Any, TypeAlias

from cf_sbom.coverage import measure, stated_sizes
from cf_sbom.escaping import safe, safe_lines
from cf_sbom.model import (
    Binary,
    Component,
    Evidence,
    File,
    FileRole,
    Link,
    Occurrence,
    Party,
    Ref,
    Relation,
    Sbom,
    Text,
)
from cf_sbom.placement import Placement, place

Plain: TypeAlias = Any
"""None, bool, int, float, str, and lists and mappings of them."""


def view(sbom: Sbom, name: str) -> dict[str, Plain]:
    """What the page shows of one inventory; name is that of the target. Linear in what the Sbom holds."""
    placement = place(sbom)
    number = {component.ref: index for index, component in enumerate(sbom.components)}
    texts = {text.path: index for index, text in enumerate(sbom.texts)}
    sections = {c.ref: section for section, found in placement.sections.items() for c in found}
    patches = {patch.ref: index for index, patch in enumerate(sbom.patches)}
    subject = sbom.subject
    told = {
        "target": name,
        "root": number[sbom.root],
        "filename": subject.filename,
        "container": subject.container,
        "size": subject.size,
        "build": subject.build,
        "subdir": subject.subdir,
        "channel": subject.channel,
        "built": subject.built,
        "digests_stated": subject.digests_stated,
        "components": [
            _component(component, sections.get(component.ref, "package"), placement, texts, patches)
            for component in sbom.components
        ],
        "relations": [_relation(r, number) for r in sbom.relations if r.target in number and r.source in number],
        "patches": [
            {"path": patch.path, "held": patch.text is not None, "resolves": patch.resolves} for patch in sbom.patches
        ],
        "files": [_file(file, number) for file in sbom.files if file.kind != "directory"],
        "binaries": [_binary(binary) for binary in sbom.binaries],
        "problems": [[p.severity, p.path, p.reason, p.by] for p in sbom.problems],
        "completeness": [[number[c.ref], c.aspect, c.state, c.why] for c in sbom.completeness if c.ref in number],
        "coverage": _coverage(sbom),
    }
    return _full(_escaped(told)) | {"texts": [_text(text) for text in sbom.texts]}


def _component(
    component: Component, section: str, placement: Placement, texts: Mapping[str, int], patches: Mapping[Ref, int]
) -> dict[str, Plain]:
    applied = (patches.get(relation.target) for relation in placement.outgoing.get(component.ref, ()))
    return _full(
        {
            "name": component.name,
            "version": component.version,
            "purl": component.purl,
            "kind": component.kind,
            "type": component.purl.partition("/")[0].removeprefix("pkg:") or component.kind,
            "section": section,
            "scope": placement.scopes.get(component.ref, ""),
            "aliases": component.aliases,
            "licenses": [
                _full(
                    {
                        "expression": lic.expression,
                        "role": lic.role,
                        "found": lic.found,
                        "texts": [texts[path] for path in lic.texts if path in texts],
                    }
                )
                for lic in component.licenses
            ],
            "digests": [[digest.algorithm, digest.value] for digest in component.digests],
            "supplier": _party(component.supplier),
            "manufacturer": _party(component.manufacturer),
            "description": component.description,
            "links": [_link(link) for link in component.links],
            "cpes": component.cpes,
            "occurrences": [_occurrence(occurrence) for occurrence in component.occurrences],
            "properties": component.properties,
            "patches": [index for index in applied if index is not None],
        }
    )


def _occurrence(occurrence: Occurrence) -> list[Plain]:
    digests = [[digest.algorithm, digest.value] for digest in occurrence.digests]
    return [occurrence.path, [_evidence(evidence) for evidence in occurrence.evidence], digests]


def _evidence(evidence: Evidence) -> list[Plain]:
    return [evidence.path, evidence.place, evidence.technique, evidence.confidence, evidence.by]


def _relation(relation: Relation, number: Mapping[Ref, int]) -> list[Plain]:
    return [
        number[relation.source],
        relation.kind,
        number[relation.target],
        relation.scope,
        relation.specs,
        [_evidence(evidence) for evidence in relation.evidence],
    ]


def _file(file: File, number: Mapping[Ref, int]) -> list[Plain]:
    owner = number.get(file.owner, -1) if file.owner is not None else -1
    return [file.path, file.size, file.role, owner, file.kind, file.format, file.executable, file.link_target]


def _binary(binary: Binary) -> dict[str, Plain]:
    return _full(
        {
            "path": binary.path,
            "machine": binary.machine,
            "kind": binary.kind,
            "build_id": binary.build_id,
            "toolchain": binary.toolchain,
            "asks": [f"{library} {' '.join(versions)}" for library, versions in binary.imported_versions],
            "defines": binary.exported_versions,
            "objects": binary.objects,
            "imports": binary.imports,
        }
    )


def _link(link: Link) -> list[Plain]:
    return [link.kind, link.url, link.comment]


def _party(party: Party | None) -> str:
    return " ".join(filter(None, (party.name, party.email or party.url))) if party else ""


def _text(text: Text) -> dict[str, Plain]:
    told = {"path": safe(text.path), "size": len(text.data), "truncated": text.truncated}
    shown = safe_lines(text.data.decode("utf-8", "replace"))
    return _full(told | {"sha256": sha256(text.data).hexdigest(), "text": shown})


def _coverage(sbom: Sbom) -> dict[FileRole, int]:
    """Bytes of each role: of the files, or as a document that lists none states them."""
    listed = {role: size for role, size in measure(sbom.files).sizes.items() if size}
    return listed or {role: size for role, size in stated_sizes(sbom.root_component).items() if size}


def _full(told: Mapping[str, Plain]) -> dict[str, Plain]:
    """Without what is empty; 0 is not."""
    return {name: value for name, value in told.items() if value or (value == 0 and value is not False)}


def _escaped(told: Plain) -> Plain:
    """All texts as people are shown them. No deeper than the lists above."""
    if isinstance(told, str):
        return safe(told)
    if isinstance(told, float) and not isfinite(told):
        return str(told)  # JSON has no such number
    if isinstance(told, Mapping):
        lines = told.get("description")  # of a component: the only text here that has paragraphs
        shown = {name: _escaped(value) for name, value in told.items()}
        return shown | {"description": safe_lines(lines)} if isinstance(lines, str) else shown
    return [_escaped(value) for value in told] if isinstance(told, Iterable) else told
