"""Inventories as one HTML page for people: every package with its documents, and what changed from one to the next.

Knows the order of the steps; what the page shows of an inventory is told in report/view.py, how it becomes a file in
report/html.py. What changed is another question: who asks it hands the answer over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from cf_sbom.documents import open_document
from cf_sbom.errors import DocumentError, TargetError
from cf_sbom.escaping import safe
from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.inventories import document_inventory, is_document
from cf_sbom.model import Sbom
from cf_sbom.plugins import Registry
from cf_sbom.report.html import page
from cf_sbom.report.view import view

_NAMED = 4  # packages in the title of a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A document that the page hands out as it is."""

    filename: str
    format: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One target: its file name, its inventory and its documents."""

    name: str
    sbom: Sbom
    downloads: tuple[Download, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Changes of one kind; each is what happened (added, removed, changed), a name, before, after and a note."""

    title: str
    changes: tuple[tuple[str, str, str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changed from one target to another, by their places; sizes: role, bytes before and after; skipped: what was
    not compared, and why."""

    old: int
    new: int
    groups: tuple[Group, ...]
    sizes: tuple[tuple[str, int, int], ...]
    skipped: tuple[str, ...]


def reported(path: Path, options: Options, registry: Registry) -> Reported:
    """A package with the documents that the options name, or a document with itself.

    Raises TargetError or DocumentError, which name it, and SettingsError for options that make no sense.
    """
    if is_document(path, registry):
        return _document(path, options)
    try:
        description = describe(path, options, registry)
        documents = render(description, options, registry)
    except TargetError as error:
        raise TargetError(f"{path.name or path}: {error}") from error
    except DocumentError as error:
        raise DocumentError(f"{path.name or path}: {error}") from error
    name = path.resolve().name
    downloads = [
        Download(filename=f"{name}{d.suffix}", format=f"{d.format} {d.version}", data=d.data) for d in documents
    ]
    lost = {problem for document in documents for problem in document.problems}
    sbom = replace(description.sbom, problems=tuple(sorted({*description.sbom.problems, *lost})))
    return Reported(name=name, sbom=sbom, downloads=tuple(downloads))


def report(found: Sequence[Reported], comparisons: Sequence[Comparison], title: str = "") -> bytes:
    """The page. The same input makes the same bytes."""
    packages: list[dict[str, Any]] = []
    documents: list[bytes] = []
    for one in found:
        told = view(one.sbom, one.name)
        told["documents"] = []
        for download in one.downloads:
            told["documents"].append(
                {
                    "filename": safe(download.filename),
                    "format": safe(download.format),
                    "size": len(download.data),
                    "sha256": sha256(download.data).hexdigest(),
                    "number": len(documents),
                }
            )
            documents.append(download.data)
        packages.append(told)
    return page(
        title or _title([_name(one.sbom) for one in found]),
        {"packages": packages, "comparisons": [_compared(one) for one in comparisons]},
        documents,
    )


def _title(packages: list[str]) -> str:
    more = f" and {len(packages) - _NAMED} more" if len(packages) > _NAMED else ""
    return f"SBOM report: {', '.join(packages[:_NAMED])}{more}"


def _document(path: Path, options: Options) -> Reported:
    sbom = document_inventory(path, options.limits)
    data = path.read_bytes()
    opened = open_document(data, options.limits)
    download = Download(filename=path.name, format=f"{opened.format} {opened.version}", data=data)
    return Reported(name=path.name, sbom=sbom, downloads=(download,))


def _name(sbom: Sbom) -> str:
    root = sbom.root_component
    return " ".join(filter(None, (root.name, root.version, sbom.subject.build)))


def _compared(one: Comparison) -> dict[str, object]:
    return {
        "old": one.old,
        "new": one.new,
        "groups": [
            {"title": group.title, "changes": [[safe(text) for text in change] for change in group.changes]}
            for group in one.groups
        ],
        "sizes": one.sizes,
        "skipped": [safe(reason) for reason in one.skipped],
    }
