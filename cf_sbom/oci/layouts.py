"""Documents attached to packages in OCI image layouts: folders with oci-layout, index.json and blobs/sha256/.

Knows files and the words of OCI; opens no connection. Every byte that is believed was checked against the digest that
names it, so nothing in a layout can point to anything outside it; what an index lists is followed once and bounded.
Registries give the same manifests: referrers() takes whatever fetches a blob.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cf_sbom.errors import DocumentError
from cf_sbom.limits import KIB, Limits
from cf_sbom.oci import (
    DOCKER_MANIFEST,
    DOCUMENTS,
    INDEX,
    MANIFEST,
    MANIFEST_SIZE,
    TITLE,
    Descriptor,
    Manifest,
    digest_of,
    parse_manifest,
)
from cf_sbom.parsing import ParseError, parse_json

Fetch: TypeAlias = Callable[[Descriptor], bytes]
"""The bytes that a descriptor names, at most as many as it says; they need not be checked yet. Raises DocumentError."""

_MOST = 10_000  # manifests of one layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A document as it is attached: its bytes, their media type, the artifact type and the name it goes by.

    subject is the manifest it speaks of; package the sha256 of the conda package in that manifest, in hexadecimal, or
    "" where the subject is something else than a conda package. manifest is the digest of the referrer itself.
    """

    data: bytes
    media_type: str
    artifact_type: str
    title: str
    subject: Descriptor
    package: str
    manifest: str


def is_layout(folder: Path) -> bool:
    """Whether a folder says that it is an OCI image layout."""
    return (folder / "oci-layout").is_file() and (folder / "index.json").is_file()


def read_layout(folder: Path, limits: Limits) -> tuple[Attached, ...]:
    """All documents and statements of a layout, in the order of its index. Raises DocumentError where the folder is no
    layout, or anything it needs is missing, too large or not what its digest says."""
    return tuple(referrers(read_index(folder, limits).layers, blobs(folder), limits))


def read_index(folder: Path, limits: Limits) -> Manifest:
    """index.json of a layout. Raises DocumentError."""
    try:
        version = parse_json(read_file(folder / "oci-layout", KIB), limits)
        if not isinstance(version, dict) or not str(version.get("imageLayoutVersion", "")).startswith("1."):
            raise DocumentError(f"{folder.name}: not an OCI image layout of version 1")
        return parse_manifest(read_file(folder / "index.json", MANIFEST_SIZE), limits, INDEX)
    except ParseError as error:
        raise DocumentError(f"{folder.name}: not an OCI image layout: {error}") from None


def blobs(folder: Path) -> Fetch:
    """What fetches the blobs of a layout."""

    def fetch(wanted: Descriptor) -> bytes:
        return read_file(blob_path(folder, wanted.digest), wanted.size)

    return fetch


def blob_path(folder: Path, digest: str) -> Path:
    """Where a layout has the blob of a digest; descriptors have no digest that could be another path."""
    return folder / "blobs" / "sha256" / digest.removeprefix("sha256:")


def referrers(listed: Iterable[Descriptor], fetch: Fetch, limits: Limits) -> Iterator[Attached]:
    """The documents among manifests and indexes, in their order. Raises DocumentError."""
    for descriptor, manifest in manifests(listed, fetch, limits):
        if manifest.subject is None or manifest.artifact_type not in DOCUMENTS:
            continue
        package = read_manifest(manifest.subject, fetch, limits).package
        for layer in manifest.layers:
            if layer.size > limits.document_size:
                raise DocumentError(f"a document of more than {limits.document_size} bytes (limit document_size)")
            yield Attached(
                data=checked(layer, fetch(layer)),
                media_type=layer.media_type,
                artifact_type=manifest.artifact_type,
                title=layer.annotation(TITLE),
                subject=manifest.subject,
                package=package.digest.removeprefix("sha256:") if package else "",
                manifest=descriptor.digest,
            )


def manifests(listed: Iterable[Descriptor], fetch: Fetch, limits: Limits) -> Iterator[tuple[Descriptor, Manifest]]:
    """Every image manifest that is listed, also by an index that is listed, each once. Raises DocumentError."""
    waiting, seen = deque(listed), set[str]()
    while waiting:
        descriptor = waiting.popleft()
        if descriptor.digest in seen or descriptor.media_type not in (MANIFEST, DOCKER_MANIFEST, INDEX):
            continue
        seen.add(descriptor.digest)
        if len(seen) > _MOST:
            raise DocumentError(f"more than {_MOST} manifests in one layout")
        manifest = read_manifest(descriptor, fetch, limits)
        if manifest.media_type == INDEX:
            waiting.extend(manifest.layers)
        else:
            yield descriptor, manifest


def read_manifest(descriptor: Descriptor, fetch: Fetch, limits: Limits) -> Manifest:
    """The manifest that a descriptor names. Raises DocumentError."""
    if descriptor.size > MANIFEST_SIZE:
        raise DocumentError(f"manifest {descriptor.digest}: larger than {MANIFEST_SIZE} bytes")
    try:
        return parse_manifest(checked(descriptor, fetch(descriptor)), limits, descriptor.media_type)
    except ParseError as error:
        raise DocumentError(f"manifest {descriptor.digest}: {error}") from None


def checked(descriptor: Descriptor, data: bytes) -> bytes:
    """The bytes, when they are those that the descriptor names. Raises DocumentError."""
    if len(data) != descriptor.size or digest_of(data) != descriptor.digest:
        raise DocumentError(f"{descriptor.digest}: the bytes under this digest are others")
    return data


def read_file(path: Path, limit: int) -> bytes:
    """A regular file, neither a link nor a pipe. Raises DocumentError, also above the limit."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise DocumentError(f"{path.name}: not a regular file")
            data = file.read(min(limit, status.st_size) + 1)
    except OSError as error:
        raise DocumentError(f"{path.name}: cannot be read: {error.strerror}") from None
    if len(data) > limit:
        raise DocumentError(f"{path.name}: larger than {limit} bytes, which is all that was announced")
    return data
