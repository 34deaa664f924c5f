"""What is laid into an OCI registry: the manifest of a document that refers to a package, and that of a package.

Knows the words of OCI; no file and no network. A manifest is made of nothing but what is given: the same document of
the same package is the same manifest, digest and all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from cf_sbom.limits import Limits
from cf_sbom.model import Document
from cf_sbom.oci import (
    EMPTY,
    EMPTY_DATA,
    FORMAT,
    IN_TOTO,
    IN_TOTO_BUNDLE,
    INDEX,
    INFO_ARCHIVE,
    INFO_INDEX,
    MANIFEST,
    MD5,
    PACKAGES,
    TITLE,
    UNKNOWN_CONFIG,
    Descriptor,
    describe,
    encode,
    manifest_tree,
)
from cf_sbom.parsing import ParseError


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer:
    """A manifest that attaches a document to a subject, with the blobs it needs; descriptor is how lists name it."""

    descriptor: Descriptor
    data: bytes
    blobs: tuple[tuple[Descriptor, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLayers:
    """What conda-oci-mirror lays into a registry of one package; package describes the file itself."""

    name: str
    version: str
    build: str
    package: Descriptor
    md5: str
    info_archive: bytes
    index: bytes

    @property
    def stem(self) -> str:
        return f"{self.name}-{self.version}-{self.build}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A referrer; place is `REGISTRY/REPOSITORY@sha256:...` or `FOLDER@sha256:...`; new: it was not there before."""

    place: str
    artifact_type: str
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What became of documents, in their order, and what the user should know of it."""

    pushed: tuple[Pushed, ...]
    remarks: tuple[str, ...] = ()


def referrer(document: Document, title: str, subject: Descriptor) -> Referrer:
    """The manifest that attaches a document to a subject; title is the name of the document's file."""
    is_statement = document.media_type == IN_TOTO
    layer = describe(document.data, IN_TOTO_BUNDLE if is_statement else document.media_type)
    config = describe(EMPTY_DATA, EMPTY)
    annotations = ((FORMAT, document.format), (TITLE, title))
    data = encode(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": document.media_type,
            "config": config.tree,
            "layers": [replace(layer, annotations=((TITLE, title),)).tree],
            "subject": subject.plain.tree,
            "annotations": dict(annotations),
        }
    )
    descriptor = replace(describe(data, MANIFEST), artifact_type=document.media_type, annotations=annotations)
    return Referrer(descriptor=descriptor, data=data, blobs=((config, EMPTY_DATA), (layer, document.data)))


def package_manifest(layers: PackageLayers) -> tuple[bytes, tuple[tuple[Descriptor, bytes], ...]]:
    """The manifest of a package as conda-oci-mirror lays it, without the time it notes, and its blobs save for the
    package itself."""
    config = describe(EMPTY_DATA, UNKNOWN_CONFIG)
    archive, index = describe(layers.info_archive, INFO_ARCHIVE), describe(layers.index, INFO_INDEX)
    extension = next(name for name, kind in PACKAGES.items() if kind == layers.package.media_type)
    titled = (
        replace(layers.package, annotations=((MD5, layers.md5), (TITLE, f"{layers.stem}.{extension}"))),
        replace(archive, annotations=((TITLE, f"{layers.stem}/info.tar.gz"),)),
        replace(index, annotations=((TITLE, f"{layers.stem}/info/index.json"),)),
    )
    data = encode(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.tree,
            "layers": [layer.tree for layer in titled],
        }
    )
    return data, ((config, EMPTY_DATA), (archive, layers.info_archive), (index, layers.index))


def listed(data: bytes, added: Iterable[Descriptor], limits: Limits) -> tuple[bytes, tuple[str, ...]]:
    """An index with descriptors added, and the digests of those that went: documents of ours of the same kind, of which
    only the last is listed. All else stays as it stands, order and unknown fields too; what is there already is not
    doubled. data: the index as it is, b"" for none. Raises ParseError where it is none."""
    tree = manifest_tree(data, limits) if data else {"schemaVersion": 2, "mediaType": INDEX, "manifests": []}
    before = tree.get("manifests")
    if tree.get("mediaType", INDEX) != INDEX or not isinstance(before, list):
        raise ParseError("not an index")
    entries, gone = list(before), list[str]()
    if not all(isinstance(entry, dict) for entry in entries):
        raise ParseError("an index lists what is no descriptor")
    for new in added:
        older = [entry for entry in entries if supersedes(new, entry)]
        gone += (str(entry.get("digest")) for entry in older)
        entries = [entry for entry in entries if not supersedes(new, entry)]
        if all(entry.get("digest") != new.digest for entry in entries):
            entries.append(new.tree)
    return data if data and entries == before else encode(tree | {"manifests": entries}), tuple(gone)


def supersedes(new: Descriptor, old: dict[str, Any]) -> bool:
    """Whether one document of ours takes the place of another in a list: same format, other bytes."""
    annotations = old.get("annotations")
    ours = new.annotation(FORMAT)
    return (
        bool(ours)
        and isinstance(annotations, dict)
        and annotations.get(FORMAT) == ours
        and old.get("artifactType") == new.artifact_type
        and old.get("digest") != new.digest
    )
