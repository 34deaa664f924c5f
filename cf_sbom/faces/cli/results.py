"""What a run made, for machines: the result that `--summary` writes (schemas/result.schema.json)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from cf_sbom.about import NAME, VERSION
from cf_sbom.coverage import ROLES, measure
from cf_sbom.generate import Result
from cf_sbom.model import Component, Sbom
from cf_sbom.placement import place


def summary(results: list[dict[str, Any]]) -> bytes:
    """The whole result out of one entry for each target."""
    data = {"tool": NAME, "version": VERSION, "results": results}
    return orjson.dumps(encodable(data), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def entry(result: Result) -> dict[str, Any]:
    """What was made of one target."""
    sbom = result.description.sbom
    subject, placement = sbom.subject, place(sbom)
    package: dict[str, Any] = {
        "name": subject.name,
        "version": subject.version,
        "build": subject.build,
        "subdir": subject.subdir,
        "filename": subject.filename,
        "container": subject.container,
        "purl": sbom.root_component.purl,
        "digests": {d.algorithm: d.value for d in subject.digests},
    }
    if subject.size is not None:
        package["size"] = subject.size
    documents = []
    for document, path in zip(result.documents, result.paths, strict=True):
        written = {
            "format": document.format,
            "version": document.version,
            "sha256": document.sha256,
            "size": len(document.data),
        }
        documents.append(written if str(path) == "-" else written | {"path": str(path)})
    return {
        "target": str(result.target),
        "status": "done",
        "package": package,
        "counts": {section: len(found) for section, found in placement.sections.items()} | {"files": len(sbom.files)},
        "coverage": _coverage(sbom),
        "licenses": {
            "package": _licenses([sbom.root_component]),
            "carried": _licenses(placement.sections["carried"]),
        },
        "documents": documents,
        "problems": [{"path": p.path, "reason": p.reason, "by": p.by, "severity": p.severity} for p in result.problems],
    }


def _licenses(components: Iterable[Component]) -> list[str]:
    return sorted({license.expression for c in components for license in c.licenses})


def _coverage(sbom: Sbom) -> dict[str, Any]:
    coverage = measure(sbom.files)
    found: dict[str, Any] = {"bytes": coverage.size, "unexplained_percent": coverage.percent("unexplained")}
    for role in ROLES:
        found[role] = {"bytes": coverage.sizes[role], "files": coverage.counts[role]}
    return found


def encodable(value: Any) -> Any:
    """Paths may hold bytes that are not UTF-8; they are shown as \\xNN."""
    if isinstance(value, dict):
        return {key: encodable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [encodable(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return value
