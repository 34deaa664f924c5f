"""Documents of a package that are to go out: those of ours beside it where they hold, else new ones.

Knows which file may be stated or pushed, so that nobody signs or publishes what `verify` would refuse. What a document
is worth against its package is judging.py's question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from cf_sbom.attachers.sidecar import place_of
from cf_sbom.documents import document_bytes
from cf_sbom.errors import DocumentError
from cf_sbom.generate import render
from cf_sbom.hookspecs import Emitter
from cf_sbom.model import Document, Problem
from cf_sbom.verifying.judging import Package, judge
from cf_sbom.writing import is_ours

Output: TypeAlias = tuple[str, str]
"""A format and its version, or "" for any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Documents in the order in which they were wanted. remarks: why a file beside the package is none of them;
    problems: those of what was made."""

    documents: tuple[Document, ...]
    remarks: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def outgoing(package: Package, wanted: Iterable[Output], *, anew: bool = False) -> Outgoing:
    """A document for each wanted output; anew: those beside the package are left aside.

    Raises TargetError for the package, DocumentError and SettingsError where one cannot be made.
    """
    wanted = tuple(dict.fromkeys(wanted))
    found: dict[Output, Document] = {}
    remarks = []
    for output in () if anew else wanted:
        emitter = package.registry.emitter(output[0])
        place = beside(package, emitter.suffix)
        if place is None:
            continue
        try:
            found[output] = _fitting(place, package, emitter, output[1])
        except DocumentError as error:
            remarks.append(f"{place.name}: {error}; a new document was made")
    problems: set[Problem] = set()
    if missing := tuple(output for output in wanted if output not in found):
        description = package.description(package.options, before=False)
        made = render(description, replace(package.options, outputs=missing), package.registry)
        problems.update(description.sbom.problems, *(document.problems for document in made))
        found |= dict(zip(missing, made, strict=True))
    return Outgoing(
        documents=tuple(found[output] for output in wanted), remarks=tuple(remarks), problems=tuple(sorted(problems))
    )


def beside(package: Package, suffix: str) -> Path | None:
    """What bears the name of a sidecar: in the folder of documents if one is named, else beside the package."""
    options = package.options
    places = (place_of(package.target, suffix, o) for o in (options, replace(options, output_dir=None)))
    return next((place for place in places if place.exists()), None)


def _fitting(place: Path, package: Package, emitter: Emitter, version: str) -> Document:
    """A sidecar that may go out as it is. Raises DocumentError with the reason why not."""
    data = document_bytes(place, package.options.limits)
    if not is_ours(data):
        raise DocumentError("not made by cf-sbom")
    found = judge(data, package)
    if found.refusals:
        raise DocumentError(found.refusals[0])
    if found.format != emitter.name:
        raise DocumentError(f"it is {found.format}")
    if version and found.version != version:
        raise DocumentError(f"of version {found.version}")
    return Document(
        format=emitter.name,
        version=found.version,
        media_type=emitter.media_type,
        suffix=emitter.suffix,
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
    )
