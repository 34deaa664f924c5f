"""A package as it was before documents about it were put into it, for those who hold the documents against it.

Knows where such documents lie, and how lists of files in info/ name them. It wraps a kind of source: everything else
reads such a package as any other. CEP 34 leaves no place for documents in info/, so they lie in the payload.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from cf_sbom.errors import TargetError
from cf_sbom.hookspecs import Artifact, Context, Options, Package, SourceKind
from cf_sbom.limits import Limits
from cf_sbom.model import Member, Problem
from cf_sbom.parsing import ParseError, parse_strict_json

FOLDERS = ("share/sbom", "info/sbom")
SUFFIXES = (
    ".cdx.json",
    ".cdx.xml",
    ".spdx",
    ".spdx.json",
    ".spdx.rdf",
    ".spdx.xml",
    ".spdx.yaml",
    ".spdx3.json",
)
_PATHS, _FILES = "info/paths.json", "info/files"
_INDEX = "info/index.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """A document in a package about that package, whoever made it: its path there and its bytes."""

    path: str
    data: bytes


def places_inside(stem: str) -> frozenset[str]:
    """The paths at which a package holds documents about itself; stem is `name-version-build`."""
    return frozenset(f"{folder}/{stem}{suffix}" for folder in FOLDERS for suffix in SUFFIXES)


def documents_about_itself(target: Path, sources: Iterable[SourceKind], limits: Limits) -> tuple[Inside, ...]:
    """What lies at those paths in a package. Raises TargetError where the target cannot be read."""
    package = _open(target, sources, Context(options=Options(limits=limits), limits=limits))
    found, stem = [], ""
    try:
        for member, stream in package.members():
            if stream is None:
                continue
            if member.path == _INDEX:
                stem = _stem(_whole(stream, min(member.size, limits.json_size)), limits)
            elif member.path.startswith(FOLDERS) and member.path.endswith(SUFFIXES):
                if member.size > limits.document_size:
                    raise TargetError(f"{member.path}: larger than {limits.document_size} bytes (limit document_size)")
                found.append(Inside(path=member.path, data=_whole(stream, member.size)))
    finally:
        package.close()
    places = places_inside(stem)
    return tuple(one for one in found if one.path in places)


def without(sources: Iterable[SourceKind], paths: frozenset[str]) -> tuple[SourceKind, ...]:
    """These kinds of source, but without members at these paths, and without their entries in lists of files."""

    def wrapped(source: SourceKind) -> SourceKind:
        return replace(source, open=lambda path, context: _Without(source.open(path, context), paths, context.limits))

    return tuple(wrapped(source) for source in sources)


class _Without:
    """A package without some of its members."""

    def __init__(self, package: Package, paths: frozenset[str], limits: Limits) -> None:
        self.problems: list[Problem] = package.problems
        self._package = package
        self._paths = paths
        self._limits = limits

    def members(self) -> Iterator[tuple[Member, BinaryIO | None]]:
        for member, stream in self._package.members():
            if member.path in self._paths:
                continue
            if stream is not None and member.path in (_PATHS, _FILES) and member.size <= self._limits.json_size:
                data = self._unlisted(member.path, _whole(stream, member.size))
                yield replace(member, size=len(data), head=data[:16]), io.BytesIO(data)
            else:
                yield member, stream

    def artifact(self) -> Artifact:
        return self._package.artifact()

    def close(self) -> None:
        self._package.close()

    def _unlisted(self, name: str, data: bytes) -> bytes:
        if name == _FILES:
            gone = {path.encode() for path in self._paths}
            return b"".join(line for line in data.splitlines(keepends=True) if line.strip() not in gone)
        try:
            tree = parse_strict_json(data, self._limits)
        except ParseError:
            return data
        entries = tree.get("paths") if isinstance(tree, dict) else None
        if not isinstance(entries, list):
            return data
        kept = [e for e in entries if not (isinstance(e, dict) and e.get("_path") in self._paths)]
        return data if len(kept) == len(entries) else json.dumps(tree | {"paths": kept}).encode()


def _open(target: Path, sources: Iterable[SourceKind], context: Context) -> Package:
    try:
        head = b""
        if not target.is_dir():
            if not target.is_file():
                raise TargetError("not a regular file" if target.exists() else "no such file or folder")
            with target.open("rb") as file:
                head = file.read(16)
    except OSError as error:
        raise TargetError(f"cannot be read: {error.strerror}") from error
    for source in sources:
        if source.accepts(target, head):
            return source.open(target, context)
    raise TargetError("not a conda package: neither a .conda (zip) nor a .tar.bz2 file nor an extracted folder")


def _stem(data: bytes, limits: Limits) -> str:
    try:
        tree = parse_strict_json(data, limits)
    except ParseError:
        return ""
    parts = [tree.get(key) for key in ("name", "version", "build")] if isinstance(tree, dict) else []
    return "-".join(str(part) for part in parts)


def _whole(stream: BinaryIO, size: int) -> bytes:
    data = bytearray()
    while len(data) < size and (chunk := stream.read(size - len(data))):
        data += chunk
    return bytes(data)
