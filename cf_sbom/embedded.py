"""Documents inside packages about the package itself: where they lie, and how to find them.

Knows names and bytes. Builders and `embed` put them into the payload, `share/sbom/<name>-<version>-<build>.cdx.json`
(CEP 34 has no place for them in info/); `embed --in-info` into info/sbom/. It opens packages through the kinds of
source that the registry has, and asks nothing of what a document says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cf_sbom.errors import TargetError
from cf_sbom.hookspecs import Context, Options, Package, SourceKind
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError, parse_json
from cf_sbom.streams import read_whole

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
_INDEX = "info/index.json"


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


def documents_about_itself(target: Path, sources: Iterable[SourceKind], limits: Limits) -> tuple[Embedded, ...]:
    """What lies in a package where documents about it belong. A package may hold others' documents in the same folder:
    the file's name tells. Raises TargetError where the target cannot be read."""
    package = open_package(target, sources, Context(options=Options(limits=limits), limits=limits))
    found, stem = [], ""
    try:
        for member, stream in package.members():
            if stream is None:
                continue
            if member.path == _INDEX and member.size <= limits.json_size:
                stem = _stem(read_whole(stream, member.size), limits)
            elif may_be_inside(member.path):
                if member.size > limits.document_size:
                    raise TargetError(f"{member.path}: larger than {limits.document_size} bytes (limit document_size)")
                found.append(Embedded(path=member.path, data=read_whole(stream, member.size)))
    finally:
        package.close()
    # Where the build string was not known yet when a document was made, its name has none.
    places = places_inside(stem) | places_inside(stem.rpartition("-")[0])
    return tuple(one for one in found if one.path in places)


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


def _stem(data: bytes, limits: Limits) -> str:
    try:
        tree = parse_json(data, limits)
    except ParseError:
        return ""
    parts = [tree.get(key) for key in ("name", "version", "build")] if isinstance(tree, dict) else []
    return "-".join(str(part) for part in parts)
