"""Statements about a package as files beside it: `x-1.0-0.conda` gets `x-1.0-0.conda.intoto.jsonl`.

Knows where they belong and which lines of such a file are ours; who signs is not known here. A bundle of attestations
(in-toto, `.intoto.jsonl`) may hold those of others about the same package.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cf_sbom.documents import document_bytes
from cf_sbom.errors import AttachError, DocumentError
from cf_sbom.hookspecs import Options
from cf_sbom.signing.statements import Envelope, read_envelopes, read_statement
from cf_sbom.writing import is_ours, write

ENVELOPES, BUNDLE, STATEMENT = ".intoto.jsonl", ".sigstore.json", ".intoto.json"
"""What the names of files end with: envelopes one a line, a sigstore bundle, a bare statement."""


def write_envelopes(place: Path, envelopes: Iterable[bytes], options: Options, *, append: bool) -> Path:
    """Write envelopes, one a line, in the place of earlier ones of ours; append: the lines of others stay, first.
    Raises AttachError where that fails, or others' lines would be lost."""
    kept = _of_others(place, options) if place.exists() else []
    if kept and not append and not options.force:
        raise AttachError(
            f"{place} has statements that are not of cf-sbom; --append keeps them, --force overwrites the file"
        )
    lines = [*(kept if append else ()), *envelopes]
    return write(place, b"".join(line + b"\n" for line in lines), force=True)


def write_one(place: Path, data: bytes, options: Options) -> Path:
    """Write a statement or a bundle of one document: `x-1.0-0.conda.cdx.intoto.json`. Raises AttachError where that
    fails, or the file of another would be overwritten."""
    if place.exists() and not options.force and _of_others(place, options):
        raise AttachError(f"{place} exists and was not made by cf-sbom; --force overwrites it")
    return write(place, data, force=True)


def _of_others(place: Path, options: Options) -> list[bytes]:
    """The lines of a file that are no SBOM of ours. Raises AttachError where it has no such lines at all."""
    try:
        if not place.is_file():
            raise AttachError(f"{place} exists and is no file")
        data = document_bytes(place, options.limits)
        envelopes = read_envelopes(data, options.limits)
    except DocumentError:
        if options.force:
            return []
        raise AttachError(f"{place} exists and holds no statements; --force overwrites it") from None
    lines = [data] if len(envelopes) == 1 else [line for line in data.split(b"\n") if line.strip()]
    return [line.strip() for line, one in zip(lines, envelopes, strict=True) if not _is_ours(one, options)]


def _is_ours(envelope: Envelope, options: Options) -> bool:
    try:
        statement = read_statement(envelope.payload, options.limits)
    except DocumentError:
        return False
    return statement.about_sbom and is_ours(envelope.payload)
