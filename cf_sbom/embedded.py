"""Documents of ours inside packages: where they lie, what tells them from those of others, and how to find them.

Knows names and bytes. Builders and `embed` put them into the payload, `share/sbom/<name>-<version>-<build>.cdx.json`
(CEP 34 has no place for them in info/); `embed --in-info` into info/sbom/. It opens packages through the kinds of
source that the registry has, and asks nothing of what a document says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cf_sbom.errors import TargetError
from cf_sbom.hookspecs import Context, Options, Package, SourceKind
from cf_sbom.limits import Limits
from cf_sbom.writing import is_ours

PAYLOAD_FOLDER = "share/sbom"
INFO_FOLDER = "info/sbom"
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
"""Of all formats that cf-sbom itself writes; plugins may write others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A document in a package: its path there and its bytes."""

    path: str
    data: bytes


def place_inside(stem: str, suffix: str, *, in_info: bool = False) -> str:
    """The path in a package of a document about it; stem is `name-version-build`."""
    return f"{INFO_FOLDER if in_info else PAYLOAD_FOLDER}/{stem}{suffix}"


def places_inside(stem: str) -> frozenset[str]:
    """All paths at which a package may hold a document of ours about itself."""
    return frozenset(place_inside(stem, suffix, in_info=in_info) for suffix in SUFFIXES for in_info in (False, True))


def may_be_inside(path: str) -> bool:
    """Whether a path is one of those for some package, in whatever format."""
    return path.rpartition("/")[0] in (PAYLOAD_FOLDER, INFO_FOLDER)


def documents_inside(target: Path, sources: Iterable[SourceKind], limits: Limits, stem: str = "") -> Iterator[Embedded]:
    """The documents in a package that cf-sbom made, in the order of the package; with a stem only those about the
    package of that `name-version-build`, since a package may carry others. sources are the registry's.

    Each is read whole, up to the limit document_size. Raises TargetError where the target cannot be read.
    """
    wanted = places_inside(stem) if stem else None
    package = open_package(target, sources, Context(options=Options(limits=limits), limits=limits))
    try:
        for member, stream in package.members():
            path = member.path
            if stream is None or not (may_be_inside(path) if wanted is None else path in wanted):
                continue
            if member.size > limits.document_size:
                raise TargetError(f"{path}: larger than {limits.document_size} bytes (limit document_size)")
            data = _whole(stream, member.size)
            if is_ours(data):
                yield Embedded(path=path, data=data)
    finally:
        package.close()


def open_package(target: Path, sources: Iterable[SourceKind], context: Context) -> Package:
    """The target, opened by the first kind of source that takes it. Raises TargetError."""
    try:
        head = b"" if target.is_dir() else _head(target)
    except OSError as error:
        raise TargetError(f"cannot be read: {error.strerror}") from error
    for source in sources:
        if source.accepts(target, head):
            return source.open(target, context)
    if not head:
        raise TargetError("not a conda package: the file is empty; fetch it again")
    raise TargetError("not a conda package: neither a .conda (zip) nor a .tar.bz2 file nor an extracted folder")


def _head(path: Path) -> bytes:
    if not path.is_file() and path.exists():
        raise TargetError("not a regular file")
    with path.open("rb") as file:
        return file.read(16)


def _whole(stream: BinaryIO, size: int) -> bytes:
    data = bytearray()
    while len(data) < size and (chunk := stream.read(size - len(data))):
        data += chunk
    return bytes(data)
