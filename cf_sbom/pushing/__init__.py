"""A package's documents -> referrers, in a registry or in a layout on disk.

Knows which documents go along: those beside the package that are ours and speak of this very file, else new ones; and
statements about it. How they are laid down is the attachers' question.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from cf_sbom.attachers.oci import digest_of_file, push_documents
from cf_sbom.attachers.oci_layout import extend_layout
from cf_sbom.attachers.sidecar import place_of
from cf_sbom.documents import read_document
from cf_sbom.errors import AttachError, DocumentError
from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Emitter, Options
from cf_sbom.limits import Limits
from cf_sbom.model import Document
from cf_sbom.oci import IN_TOTO
from cf_sbom.oci.layouts import read_file
from cf_sbom.oci.manifests import Push
from cf_sbom.parsing import ParseError, parse_json
from cf_sbom.plugins import Registry
from cf_sbom.pushing.layers import package_layers
from cf_sbom.validate import validate
from cf_sbom.writing import ours_or_absent

STATEMENT = ".intoto.jsonl"


def push(target: Path, options: Options, registry: Registry, *, anew: bool = False) -> Push:
    """Attach the documents of a package to its manifest in a registry, options.image.

    anew: those beside the package are left aside. Raises TargetError for what is no package, AttachError for a registry
    that does not take them, DocumentError, SettingsError.
    """
    documents, remarks = _documents(target, options, registry, anew=anew)
    done = push_documents(target, documents, options)
    return replace(done, remarks=(*remarks, *done.remarks))


def push_to_layout(target: Path, folder: Path, options: Options, registry: Registry, *, anew: bool = False) -> Push:
    """Lay a package and its documents into an OCI image layout; raises as push() does."""
    layers = package_layers(target, registry.sources, options.limits)
    documents, remarks = _documents(target, options, registry, anew=anew)
    done = extend_layout(folder, target, layers, documents, options.limits, force=options.force)
    return replace(done, remarks=(*remarks, *done.remarks))


def _documents(
    target: Path, options: Options, registry: Registry, *, anew: bool
) -> tuple[tuple[Document, ...], tuple[str, ...]]:
    """The documents of all outputs and the statements, and why a file beside the package was not taken."""
    package = digest_of_file(target).removeprefix("sha256:")
    found: dict[tuple[str, str], Document] = {}
    remarks = []
    for output in options.outputs:
        emitter = registry.emitter(output[0])
        place = place_of(target, emitter.suffix, options)
        if anew or not place.exists():
            continue
        try:
            found[output] = _beside(place, emitter, output[1], package, options.limits)
        except DocumentError as error:
            remarks.append(f"{place.name}: {error}; a new document was made")
    missing = tuple(output for output in options.outputs if output not in found)
    if missing:
        made = render(describe(target, options, registry), replace(options, outputs=missing), registry)
        found |= dict(zip(missing, made, strict=True))
    statement = place_of(target, STATEMENT, options)
    statements = (_statement(statement, package, options.limits),) if statement.exists() else ()
    return (*(found[output] for output in options.outputs), *statements), tuple(remarks)


def _beside(path: Path, emitter: Emitter, version: str, package: str, limits: Limits) -> Document:
    """A sidecar that may go along. Raises DocumentError with the reason why not."""
    if not ours_or_absent(path):
        raise DocumentError("not made by cf-sbom")
    data = read_file(path, limits.document_size)
    verdict = validate(data, limits)
    if not verdict.valid or verdict.format != emitter.name:
        raise DocumentError(f"not a valid {emitter.name} document")
    if version and verdict.version != version:
        raise DocumentError(f"of version {verdict.version}")
    stated = {d.value for d in read_document(data, limits).sbom().subject.digests if d.algorithm == "sha256"}
    if stated != {package}:
        raise DocumentError("speaks of another package")
    return Document(
        format=emitter.name,
        version=verdict.version,
        media_type=emitter.media_type,
        suffix=emitter.suffix,
        data=data,
        sha256=sha256(data).hexdigest(),
    )


def _statement(path: Path, package: str, limits: Limits) -> Document:
    """The in-toto statements beside the package, each in a DSSE envelope on a line. Signatures are verify's question.
    Raises AttachError where none of them speaks of the package."""
    data = read_file(path, limits.document_size)
    if not any(package in _subjects(line, limits) for line in data.splitlines()):
        raise AttachError(f"{path.name} has no statement about this package; attest it again, or move the file away")
    return Document(
        format="in-toto",
        version="1",
        media_type=IN_TOTO,
        suffix=STATEMENT,
        data=data,
        sha256=sha256(data).hexdigest(),
    )


def _subjects(line: bytes, limits: Limits) -> set[str]:
    """The sha256 of what an envelope's statement is about; none where it is no envelope."""
    try:
        statement = parse_json(b64decode(parse_json(line, limits)["payload"], validate=True), limits)
        return {subject["digest"]["sha256"] for subject in statement["subject"]}
    except (ParseError, ValueError, TypeError, KeyError, LookupError):
        return set()
