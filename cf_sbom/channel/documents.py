"""Where the documents of a channel lie: beside packages, inside them, and in the shards of a run.

Knows folders, the suffixes of documents and what a shard looks like; of a document nothing but its bytes.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from cf_sbom.channel.shards import SUFFIX as SHARD_SUFFIX
from cf_sbom.embedded import SUFFIXES
from cf_sbom.errors import DocumentError, TargetError
from cf_sbom.identity.purl import archive_type
from cf_sbom.index import Entry
from cf_sbom.index.rows import storable
from cf_sbom.limits import Limits
from cf_sbom.streams import ZstdStream

_FORMATS = (
    "cyclonedx-json",
    "cyclonedx-xml",
    "spdx3-json",
    "spdx-json",
    "spdx-tag-value",
    "spdx-yaml",
    "spdx-xml",
    "spdx-rdf",
)
"""Of the documents of one artifact the one in the first of these formats counts: CycloneDX says most."""
_BY_SUFFIX = {
    ".cdx.json": "cyclonedx-json",
    ".cdx.xml": "cyclonedx-xml",
    ".spdx": "spdx-tag-value",
    ".spdx.json": "spdx-json",
    ".spdx.rdf": "spdx-rdf",
    ".spdx.xml": "spdx-xml",
    ".spdx.yaml": "spdx-yaml",
    ".spdx3.json": "spdx3-json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What lies in a folder of one artifact: documents by format, the best first, and the package, if it is there; or a
    shard of many."""

    artifact: str
    documents: tuple[tuple[str, Path], ...] = ()
    package: Path | None = None
    shard: Path | None = None

    @property
    def stamp(self) -> str:
        """Of all files that may be read: sizes and times."""
        paths = [path for _, path in self.documents] or [path for path in (self.package, self.shard) if path]
        told = []
        for path in paths:
            with contextlib.suppress(OSError):
                status = path.stat()
                told.append(f"{path.name}:{status.st_size}:{status.st_mtime_ns}")
        return storable(f"{self.artifact} {' '.join(told)}")


def walk(folder: Path) -> Iterator[Found]:
    """All artifacts below a folder in order; links to folders are not followed."""
    waiting = [""]
    while waiting:
        place = waiting.pop()
        documents: dict[str, list[tuple[str, Path]]] = {}
        packages, shards, below = {}, [], []
        try:
            entries = sorted(os.scandir(folder / place), key=lambda e: e.name)
        except OSError as error:
            raise TargetError(f"{place or folder.name}: cannot be read: {error.strerror}") from error
        for entry in entries:
            path = f"{place}/{entry.name}" if place else entry.name
            if entry.is_dir(follow_symlinks=False):
                below.append(path)
            elif suffix := max(
                (s for s in SUFFIXES if entry.name.endswith(s) and entry.name != s), key=len, default=""
            ):
                documents.setdefault(path.removesuffix(suffix), []).append((_BY_SUFFIX[suffix], folder / path))
            elif archive_type(entry.name):
                packages[path] = folder / path
            elif entry.name.endswith(SHARD_SUFFIX):
                shards.append(Found(artifact=path, shard=folder / path))
        for artifact in sorted({*documents, *packages}):
            ranked = tuple(sorted(documents.get(artifact, ()), key=lambda d: (rank(d[0]), d[1])))
            yield Found(artifact=artifact, documents=ranked, package=packages.get(artifact))
        yield from shards
        waiting += reversed(below)


def in_shard(found: Found, limits: Limits) -> Iterator[Entry]:
    """The documents of a shard: zstd frames of lines of JSON. Raises DocumentError where that ends."""
    stamp = found.stamp
    for line in filter(None, _lines(found.shard, limits)) if found.shard else ():
        try:
            tree = orjson.loads(line)
            told = {name: tree[name] for name in ("artifact", "document", "format")}
            digest = tree.get("sha256", "")
        except (ValueError, TypeError, KeyError) as error:
            raise DocumentError(f"a line of the shard is no record of documents: {error}") from None
        if not all(isinstance(text, str) for text in (*told.values(), digest)):
            raise DocumentError("a line of the shard is no record of documents")
        yield Entry(
            artifact=told["artifact"],
            sha256=digest,
            document=told["document"].encode("utf-8", "surrogatepass"),
            format=told["format"],
            stamp=stamp,
        )


def _lines(path: Path, limits: Limits) -> Iterator[bytes]:
    parts: list[bytes] = []
    size = 0
    try:
        with path.open("rb") as file:
            stream = ZstdStream(file)
            while chunk := stream.read(1 << 20):
                first, *others = chunk.split(b"\n")
                parts.append(first)
                size += len(first)
                if size > 2 * limits.document_size:
                    raise DocumentError("a line of the shard is larger than the limit document_size allows")
                if others:
                    yield b"".join(parts)
                    yield from others[:-1]
                    parts, size = [others[-1]], len(others[-1])
    except DocumentError:
        raise
    except OSError as error:
        raise DocumentError(f"cannot be read: {error.strerror}") from error
    except Exception as error:  # of the library for zstd
        raise DocumentError(f"damaged or truncated shard: {error}; make it again") from error
    if size:
        yield b"".join(parts)


def format_of(path: str) -> str:
    """Of a document by its name, or ""."""
    suffix = max((s for s in SUFFIXES if path.endswith(s)), key=len, default="")
    return _BY_SUFFIX.get(suffix, "")


def rank(form: str) -> int:
    """The lower, the sooner a document of this format counts."""
    return _FORMATS.index(form) if form in _FORMATS else len(_FORMATS)
