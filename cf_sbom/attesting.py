"""Statements about a package: which documents are stated, who signs them, and where they go.

Knows the order of the steps. What lies beside the package is stated as it is where it holds against the package; what
does not is made anew and said, since nobody should sign what is not so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from cf_sbom.attachers.sidecar import place_of
from cf_sbom.attachers.statement import BUNDLE, ENVELOPES, STATEMENT, write_envelopes, write_one
from cf_sbom.errors import SettingsError, TargetError
from cf_sbom.generate import render
from cf_sbom.hookspecs import Options
from cf_sbom.model import Document, Problem
from cf_sbom.plugins import Registry
from cf_sbom.signing.keyless import KeylessSigner
from cf_sbom.signing.signatures import KeySigner
from cf_sbom.signing.statements import PREDICATES, write_statement
from cf_sbom.verifying.judging import Package, judge

_DEFAULT = ("cyclonedx-json", "spdx-json")


Signer: TypeAlias = KeySigner | KeylessSigner


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """Where the statements went, the formats of the documents in them, in order, and what the user should know."""

    paths: tuple[Path, ...]
    formats: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def attest(
    target: Path, options: Options, registry: Registry, signer: Signer | None, *, append: bool = False
) -> Attested:
    """State documents of a package and sign that; without a signer the bare statements are written. With outputs in the
    options these are made, without, the documents beside the package are taken, else the usual ones are made.

    Raises TargetError, DocumentError, AttachError and SettingsError; then nothing was written.
    """
    for name, _ in options.outputs:
        if name not in PREDICATES:
            raise SettingsError(f"in-toto has no predicate of {name}; there are those of {', '.join(PREDICATES)}")
    package = Package(target, options, registry)
    subject = package.subject
    sha256 = next((d.value for d in subject.digests if d.algorithm == "sha256" and not subject.digests_stated), "")
    if not sha256 or subject.container not in ("conda", "tar.bz2"):
        raise TargetError("a folder has no digest that could be stated; attest the .conda or .tar.bz2 file")
    remarks: list[str] = []
    if options.outputs:
        documents, problems = _made(package, options)
    else:
        documents = tuple(_beside(package, remarks))
        problems = ()
        found = {document.format for document in documents}
        names = tuple(name for name in _DEFAULT if name not in found) if remarks or not documents else ()
        if names:
            made, problems = _made(package, replace(options, outputs=tuple((name, "") for name in names)))
            documents += made
    statements = [write_statement(subject.filename, sha256, d.format, d.data) for d in documents]
    if isinstance(signer, KeySigner):
        envelopes = [signer.sign(statement) for statement in statements]
        place = place_of(target, ENVELOPES, options)
        paths: tuple[Path, ...] = (write_envelopes(place, envelopes, options, append=append),)
    else:
        suffix = STATEMENT if signer is None else BUNDLE
        files = statements if signer is None else [signer.sign(statement) for statement in statements]
        paths = tuple(
            write_one(place_of(target, f"{document.suffix.removesuffix('.json')}{suffix}", options), data, options)
            for document, data in zip(documents, files, strict=True)
        )
    formats = tuple(document.format for document in documents)
    return Attested(paths=paths, formats=formats, remarks=tuple(remarks), problems=problems)


def _made(package: Package, options: Options) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    description = package.description(options, before=False)
    documents = render(description, options, package.registry)
    lost = (problem for document in documents for problem in document.problems)
    return documents, tuple(sorted({*description.sbom.problems, *lost}))


def _beside(package: Package, remarks: list[str]) -> Iterator[Document]:
    """The sidecars that hold against the package, in the formats that can be stated."""
    beside = replace(package.options, output_dir=None)
    for name in PREDICATES:
        emitter = next((e for e in package.registry.emitters if e.name == name), None)
        place = place_of(package.target, emitter.suffix, beside) if emitter else None
        if emitter is None or place is None or not place.is_file():
            continue
        if place.stat().st_size > package.options.limits.document_size:
            remarks.append(f"{place.name} is too large and not stated (limit document_size)")
            continue
        data = place.read_bytes()
        found = judge(data, package)
        if found.refusals or found.format != name:
            reason = found.refusals[0] if found.refusals else f"it is {found.format}"
            remarks.append(f"{place.name} is not stated: {reason}; a new document is")
            continue
        yield Document(
            format=name,
            version=found.version,
            media_type=emitter.media_type,
            suffix=emitter.suffix,
            data=data,
            sha256=hashlib.sha256(data).hexdigest(),
        )
