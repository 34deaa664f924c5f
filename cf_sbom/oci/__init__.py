"""The words of OCI registries: names, descriptors and manifests, and which of them conda packages and documents use.

Knows the image specification 1.1 and conda-oci-mirror's media types as plain data; no file and no network.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cf_sbom.errors import DocumentError, SettingsError
from cf_sbom.limits import MIB, Limits
from cf_sbom.parsing import ParseError, parse_strict_json

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
    """The one way a manifest of ours is written: names sorted, no spaces, ASCII. Raises ParseError for what cannot be
    written, though it was read."""
    try:
        return json.dumps(tree, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    except ValueError:
        raise ParseError("a number that JSON cannot hold") from None


def parse_manifest(data: bytes, limits: Limits, media_type: str = "") -> Manifest:
    """A manifest or an index out of bytes; media_type: what the bytes were announced as. Raises ParseError."""
    tree = manifest_tree(data, limits)
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


def manifest_tree(data: bytes, limits: Limits) -> dict[str, Any]:
    """The JSON object of a manifest. Raises ParseError."""
    if len(data) > MANIFEST_SIZE:
        raise ParseError(f"larger than {MANIFEST_SIZE} bytes")
    tree = parse_strict_json(data, limits)
    if not isinstance(tree, dict):
        raise ParseError("not a manifest")
    return tree


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _annotations(tree: Any) -> tuple[tuple[str, str], ...]:
    pairs = tree.items() if isinstance(tree, dict) else ()
    return tuple(sorted((name, value) for name, value in pairs if isinstance(value, str)))
