"""The words of OCI registries: names, descriptors, manifests, and which of them a conda package and its documents use.

Knows the image specification 1.1 and conda-oci-mirror's media types as plain data; no file and no network. A manifest
is made of nothing but what is given, so the same document of the same package is the same manifest, digest and all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from cf_sbom.errors import DocumentError, SettingsError
from cf_sbom.limits import MIB, Limits
from cf_sbom.model import Document
from cf_sbom.parsing import ParseError, parse_json

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
UNKNOWN_CONFIG = "application/vnd.unknown.config.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
PACKAGES = {"tar.bz2": "application/vnd.conda.package.v1", "conda": "application/vnd.conda.package.v2"}
INFO_ARCHIVE = "application/vnd.conda.info.v1.tar+gzip"
INFO_INDEX = "application/vnd.conda.info.index.v1+json"
IN_TOTO, IN_TOTO_BUNDLE = "application/vnd.in-toto+json", "application/vnd.in-toto.bundle"
DOCUMENTS = frozenset(
    (
        "application/vnd.cyclonedx+json",
        "application/vnd.cyclonedx+xml",
        "application/spdx+json",
        "application/spdx+xml",
        "application/spdx+yaml",
        "application/rdf+xml",
        "text/spdx",
        IN_TOTO,
    )
)
"""The artifact types of documents and statements; each is also the media type of the one layer, save that a file of
statements is an in-toto bundle."""

TITLE = "org.opencontainers.image.title"
REF_NAME = "org.opencontainers.image.ref.name"
FORMAT = "cf_sbom.format"
"""The annotation by which a document of ours is known again: its format, such as `spdx3-json`."""
MD5 = "org.conda.md5"  # as conda-oci-mirror annotates the layer of a package

MANIFEST_SIZE = 4 * MIB  # what every registry must take (distribution specification, "Pushing Manifests")
EMPTY_DATA = b"{}"

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    r"(?P<registry>localhost|(?=[^/]*[.:])(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?)"
    rf"/(?P<repository>{_PART}(?:/{_PART})*)"
    rf"(?::(?P<tag>{_TAG.pattern})|@(?P<digest>{_DIGEST.pattern}))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A manifest in a registry; reference is its tag or its digest."""

    registry: str
    repository: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What points to bytes: their kind, digest (`sha256:<hex>`) and size."""

    media_type: str
    digest: str
    size: int
    artifact_type: str = ""
    annotations: tuple[tuple[str, str], ...] = ()

    @property
    def tree(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        found: dict[str, Any] = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        if self.artifact_type:
            found["artifactType"] = self.artifact_type
        if self.annotations:
            found["annotations"] = dict(self.annotations)
        return found

    @property
    def plain(self) -> Descriptor:
        """The three facts alone."""
        return Descriptor(media_type=self.media_type, digest=self.digest, size=self.size)

    def annotation(self, name: str) -> str:
        return dict(self.annotations).get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """An image manifest, or an index: layers are then the manifests it lists."""

    media_type: str
    layers: tuple[Descriptor, ...]
    config: Descriptor | None = None
    subject: Descriptor | None = None
    artifact_type: str = ""
    annotations: tuple[tuple[str, str], ...] = ()

    @property
    def package(self) -> Descriptor | None:
        """The layer that is a conda package, where exactly one is."""
        found = [layer for layer in self.layers if layer.media_type in PACKAGES.values()]
        return found[0] if len(found) == 1 else None


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


def parse_image(text: str) -> Image:
    """`REGISTRY/REPOSITORY:TAG` or `...@sha256:...`. Raises SettingsError, which never repeats the text: it may hold a
    password."""
    found = _IMAGE.fullmatch(text) if len(text) < 1024 else None
    if found is None:
        hint = "; without https:// and without a name or password" if "@" in text or "://" in text else ""
        raise SettingsError(f"IMAGE is REGISTRY/REPOSITORY:TAG, such as localhost:5000/linux-64/zlib:1.3-0{hint}")
    return Image(registry=found["registry"], repository=found["repository"], reference=found["tag"] or found["digest"])


def mirror_tag(version: str, build: str) -> str:
    """The tag of a package as conda-oci-mirror writes it. Raises DocumentError where no tag can say it."""
    tag = f"{version}-{build}".replace("+", "__p__").replace("!", "__e__").replace("=", "__eq__")
    if not _TAG.fullmatch(tag):
        raise DocumentError(f"the version and build {version[:60]!r}, {build[:60]!r} make no tag of a registry")
    return tag


def fallback_tag(digest: str) -> str:
    """The tag whose index lists what refers to a manifest, where the registry does not keep that list itself."""
    return digest.replace(":", "-", 1)


def is_digest(text: str) -> bool:
    """Whether a reference is a digest and no tag."""
    return bool(_DIGEST.fullmatch(text))


def digest_of(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


def describe(data: bytes, media_type: str) -> Descriptor:
    """The descriptor of bytes."""
    return Descriptor(media_type=media_type, digest=digest_of(data), size=len(data))


def encode(tree: dict[str, Any]) -> bytes:
    """The one way a manifest of ours is written: names sorted, no spaces."""
    return json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


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


def parse_manifest(data: bytes, limits: Limits, media_type: str = "") -> Manifest:
    """A manifest or an index out of bytes; media_type: what the bytes were announced as. Raises ParseError."""
    tree = _tree(data, limits)
    stated = tree.get("mediaType", media_type or MANIFEST)
    if stated not in (MANIFEST, DOCKER_MANIFEST, INDEX) or (media_type and stated != media_type):
        raise ParseError("neither an image manifest nor an index, or of another kind than announced")
    entries = tree.get("manifests" if stated == INDEX else "layers")
    if not isinstance(entries, list):
        raise ParseError("neither an image manifest nor an index: it lists nothing")
    if stated != INDEX and "manifests" in tree:
        raise ParseError("a manifest and an index in one")
    config, subject = tree.get("config"), tree.get("subject")
    artifact_type = _text(tree.get("artifactType"))
    parsed = parse_descriptor(config) if stated != INDEX else None
    return Manifest(
        media_type=stated,
        layers=tuple(parse_descriptor(entry) for entry in entries),
        config=parsed,
        subject=parse_descriptor(subject) if subject is not None else None,
        artifact_type=artifact_type or (parsed.media_type if parsed and parsed.media_type != EMPTY else ""),
        annotations=_annotations(tree.get("annotations")),
    )


def parse_descriptor(tree: Any) -> Descriptor:
    """Raises ParseError for what is no descriptor, or has a digest that is not sha256."""
    if not isinstance(tree, dict):
        raise ParseError("a descriptor is not an object")
    digest, size = tree.get("digest"), tree.get("size")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ParseError("a descriptor without a sha256 digest")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ParseError("a descriptor without a size")
    return Descriptor(
        media_type=_text(tree.get("mediaType")),
        digest=digest,
        size=size,
        artifact_type=_text(tree.get("artifactType")),
        annotations=_annotations(tree.get("annotations")),
    )


def listed(data: bytes, added: Iterable[Descriptor], limits: Limits) -> tuple[bytes, tuple[str, ...]]:
    """An index with descriptors added, and the digests of those that went: documents of ours of the same kind, of which
    only the last is listed. All else stays as it stands, order and unknown fields too; what is there already is not
    doubled. data: the index as it is, b"" for none. Raises ParseError where it is none."""
    tree = _tree(data, limits) if data else {"schemaVersion": 2, "mediaType": INDEX, "manifests": []}
    before = tree.get("manifests")
    if tree.get("mediaType", INDEX) != INDEX or not isinstance(before, list):
        raise ParseError("not an index")
    entries, gone = list(before), list[str]()
    if not all(isinstance(entry, dict) for entry in entries):
        raise ParseError("an index lists what is no descriptor")
    for new in added:
        older = [entry for entry in entries if supersedes(new, entry)]
        gone += (_text(entry.get("digest")) for entry in older)
        entries = [entry for entry in entries if entry not in older]
        if new.digest not in {entry.get("digest") for entry in entries}:
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


def _tree(data: bytes, limits: Limits) -> dict[str, Any]:
    if len(data) > MANIFEST_SIZE:
        raise ParseError(f"larger than {MANIFEST_SIZE} bytes")
    tree = parse_json(data, limits)
    if not isinstance(tree, dict):
        raise ParseError("not a manifest")
    return tree


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _annotations(tree: Any) -> tuple[tuple[str, str], ...]:
    pairs = tree.items() if isinstance(tree, dict) else ()
    return tuple(sorted((name, value) for name, value in pairs if isinstance(value, str)))
