"""Statements about a package: which documents are stated, who signs them, and where they go.

Knows the order of the steps. What lies beside the package is stated as it is where it holds against the package; what
does not is made anew and said (beside.py), since nobody should sign what is not so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cf_sbom.attachers.sidecar import place_of
from cf_sbom.attachers.statement import BUNDLE, ENVELOPES, STATEMENT, write_envelopes, write_one
from cf_sbom.beside import beside, outgoing
from cf_sbom.errors import SettingsError, TargetError
from cf_sbom.hookspecs import Options
from cf_sbom.model import Problem
from cf_sbom.plugins import Registry
from cf_sbom.signing.keyless import KeylessSigner
from cf_sbom.signing.signatures import KeySigner
from cf_sbom.signing.statements import PREDICATES, write_statement
from cf_sbom.verifying.judging import Package

_USUAL = Options().outputs


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
    if not package.sha256 or subject.container not in ("conda", "tar.bz2"):
        raise TargetError("a folder has no digest that could be stated; attest the .conda or .tar.bz2 file")
    suffixes = {emitter.name: emitter.suffix for emitter in registry.emitters if emitter.name in PREDICATES}
    there = tuple((name, "") for name, suffix in suffixes.items() if beside(package, suffix))
    found = outgoing(package, options.outputs or there or _USUAL, anew=bool(options.outputs))
    documents = found.documents
    statements = [write_statement(subject.filename, package.sha256, d.format, d.data) for d in documents]
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
    return Attested(paths=paths, formats=formats, remarks=found.remarks, problems=found.problems)
