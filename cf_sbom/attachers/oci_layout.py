"""Documents in an OCI image layout on disk, with the package itself: a registry's content as files, to be copied.

Knows the layout and writing.py. Blobs are written first and index.json last, each whole or not at all: no reader ever
sees a manifest without its blobs. A layout is one repository: what others put there stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from cf_sbom.errors import AttachError, DocumentError
from cf_sbom.limits import MIB, Limits
from cf_sbom.model import Document
from cf_sbom.oci import (
    INDEX,
    MANIFEST,
    MANIFEST_SIZE,
    REF_NAME,
    TITLE,
    Descriptor,
    describe,
    encode,
    fallback_tag,
    manifest_tree,
    mirror_tag,
    parse_descriptor,
)
from cf_sbom.oci.layouts import blob_path, blobs, checked, is_layout, manifests, read_file, read_index
from cf_sbom.oci.manifests import PackageLayers, Push, Pushed, listed, package_manifest, referrer
from cf_sbom.parsing import ParseError
from cf_sbom.writing import replacing, write


def extend_layout(
    folder: Path, target: Path, layers: PackageLayers, documents: Iterable[Document], limits: Limits, *, force: bool
) -> Push:
    """Lay a package and its documents into a layout, which is made where there is none.

    A manifest that is there and holds the package is referred to as it is; else one is made as conda-oci-mirror lays it
    and named by its tag. force: the tag may leave another package. Raises AttachError, DocumentError for a layout that
    is none or is damaged.
    """
    if not is_layout(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise AttachError(f"{folder} is neither an OCI image layout nor an empty folder")
        tree: dict[str, Any] = {"schemaVersion": 2, "mediaType": INDEX, "manifests": []}
    else:
        read_index(folder, limits)
        try:
            tree = manifest_tree(read_file(folder / "index.json", MANIFEST_SIZE), limits)
            encode(tree)  # what cannot be written again is refused before anything is
        except ParseError as error:
            raise DocumentError(f"{folder.name}: not an OCI image layout: {error}") from None
    layout = _Layout(folder, tree, limits)
    subject, title = layout.package(target, layers, force=force)
    made = [referrer(document, f"{title}{document.suffix}", subject) for document in documents]
    new = [not blob_path(folder, one.descriptor.digest).exists() for one in made]
    for one in made:
        for blob, data in (*one.blobs, (one.descriptor, one.data)):
            layout.blob(blob, data)
    gone = layout.add([one.descriptor for one in made], subject)
    layout.write()
    return Push(
        pushed=tuple(
            Pushed(place=f"{folder}@{d.digest}", artifact_type=d.artifact_type, new=is_new)
            for d, is_new in zip((one.descriptor for one in made), new, strict=True)
        ),
        remarks=tuple(f"{digest}, an earlier document of cf-sbom, is no longer listed" for digest in gone),
    )


class _Layout:
    """A layout that is being extended; index.json is written at the end."""

    def __init__(self, folder: Path, tree: dict[str, Any], limits: Limits) -> None:
        self._folder = folder
        self._tree = tree
        self._entries: list[dict[str, Any]] = list(tree["manifests"])
        self._limits = limits

    def package(self, target: Path, layers: PackageLayers, *, force: bool) -> tuple[Descriptor, str]:
        """The manifest that holds the package, and the package's name in it."""
        data, made = package_manifest(layers)
        if is_layout(self._folder):
            known = read_index(self._folder, self._limits).layers
            for descriptor, manifest in manifests(known, blobs(self._folder), self._limits):
                found = [layer for layer in manifest.layers if layer.digest == layers.package.digest]
                if found and manifest.subject is None:
                    return descriptor.plain, found[0].annotation(TITLE) or target.name
        tag = mirror_tag(layers.version, layers.build)
        if (other := self._named(tag)) is not None:
            if not force:
                reason = "a layout is one repository, take another folder; or --force, to move the name"
                raise AttachError(f"{self._folder} has another package under the name {tag}: {reason}")
            del other["annotations"][REF_NAME]
        subject = describe(data, MANIFEST)
        with replacing(self._place(layers.package)) as file:
            _copy(target, layers.package, file)
        for blob, content in (*made, (subject, data)):
            self.blob(blob, content)
        self._entries.append(replace(subject, annotations=((REF_NAME, tag),)).tree)
        (title,) = (layer["annotations"][TITLE] for layer in manifest_tree(data, self._limits)["layers"][:1])
        return subject, title

    def blob(self, descriptor: Descriptor, data: bytes) -> None:
        """Write a blob that is not there, or not what its name says."""
        try:
            checked(descriptor, read_file(self._place(descriptor), descriptor.size))
        except DocumentError:
            write(self._place(descriptor), data, force=True)

    def add(self, referrers: list[Descriptor], subject: Descriptor) -> tuple[str, ...]:
        """List referrers, and the index of them that registries without a list of their own have under a tag; gives the
        digests that are listed no longer."""
        tag = fallback_tag(subject.digest)
        entry = self._named(tag)
        before = blobs(self._folder)(parse_descriptor(entry)) if entry else b""
        try:
            data, gone = listed(before, referrers, self._limits)
        except ParseError as error:
            raise DocumentError(f"{self._folder.name}: {tag} is {error}") from None
        index = replace(describe(data, INDEX), annotations=((REF_NAME, tag),))
        self.blob(index, data)
        known = {one.digest for one in referrers}
        kept = [e for e in self._entries if e is not entry and e.get("digest") not in {*gone, *known}]
        self._entries = [*kept, *(one.tree for one in referrers), index.tree]
        return gone

    def write(self) -> None:
        """The two files that make the folder a layout."""
        if not is_layout(self._folder):
            write(self._folder / "oci-layout", encode({"imageLayoutVersion": "1.0.0"}), force=True)
        write(self._folder / "index.json", encode(self._tree | {"manifests": self._entries}), force=True)

    def _named(self, name: str) -> dict[str, Any] | None:
        for entry in self._entries:
            annotations = entry.get("annotations")
            if isinstance(annotations, dict) and annotations.get(REF_NAME) == name:
                return entry
        return None

    def _place(self, descriptor: Descriptor) -> Path:
        return blob_path(self._folder, descriptor.digest)


def _copy(target: Path, expected: Descriptor, file: BinaryIO) -> None:
    """Write the package's bytes, and refuse those of a package that changed since it was read."""
    found = hashlib.sha256()
    with target.open("rb") as source:
        while chunk := source.read(MIB):
            found.update(chunk)
            file.write(chunk)
    if f"sha256:{found.hexdigest()}" != expected.digest:
        raise AttachError(f"{target.name} changed while it was read; run again when nobody writes to it")
