"""A package's documents -> referrers, in a registry or in a layout on disk.

Knows which documents go along: those of beside.py, and statements about the package. How they are laid down is the
attachers' question.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from cf_sbom.attachers.oci import push_documents
from cf_sbom.attachers.oci_layout import extend_layout
from cf_sbom.attachers.statement import ENVELOPES
from cf_sbom.beside import beside, outgoing
from cf_sbom.documents import document_bytes
from cf_sbom.errors import AttachError, DocumentError
from cf_sbom.hookspecs import Options
from cf_sbom.model import Document
from cf_sbom.oci import IN_TOTO
from cf_sbom.oci.manifests import Push
from cf_sbom.plugins import Registry
from cf_sbom.pushing.layers import package_layers
from cf_sbom.signing.statements import read_envelopes, read_statement
from cf_sbom.verifying.judging import Package


def push(target: Path, options: Options, registry: Registry, *, anew: bool = False) -> Push:
    """Attach the documents of a package to its manifest in a registry, options.image.

    anew: those beside the package are left aside. Raises TargetError for what is no package, AttachError for a registry
    that does not take them, DocumentError, SettingsError.
    """
    documents, remarks = _documents(Package(target, options, registry), anew=anew)
    done = push_documents(target, documents, options)
    return replace(done, remarks=(*remarks, *done.remarks))


def push_to_layout(target: Path, folder: Path, options: Options, registry: Registry, *, anew: bool = False) -> Push:
    """Lay a package and its documents into an OCI image layout; raises as push() does."""
    layers = package_layers(target, registry.sources, options.limits)
    documents, remarks = _documents(Package(target, options, registry), anew=anew)
    done = extend_layout(folder, target, layers, documents, options.limits, force=options.force)
    return replace(done, remarks=(*remarks, *done.remarks))


def _documents(package: Package, *, anew: bool) -> tuple[tuple[Document, ...], tuple[str, ...]]:
    """The documents of all outputs and the statements, and why a file beside the package was not taken."""
    found = outgoing(package, package.options.outputs, anew=anew)
    place = beside(package, ENVELOPES)
    statements = (_statements(place, package),) if place else ()
    return (*found.documents, *statements), found.remarks


def _statements(place: Path, package: Package) -> Document:
    """The in-toto statements beside the package, each in an envelope on a line. Signatures are verify's question.
    Raises AttachError where none of them speaks of the package, or a line is no statement."""
    limits = package.options.limits
    try:
        data = document_bytes(place, limits)
        stated = [read_statement(envelope.payload, limits).subjects for envelope in read_envelopes(data, limits)]
    except DocumentError as error:
        raise AttachError(f"{place.name}: {error}; attest the package again, or move the file away") from error
    if not any(digest == package.sha256 for subjects in stated for _, digest in subjects):
        raise AttachError(f"{place.name} has no statement about this package; attest it again, or move the file away")
    return Document(
        format="in-toto", version="1", media_type=IN_TOTO, suffix=ENVELOPES, data=data, sha256=sha256(data).hexdigest()
    )
