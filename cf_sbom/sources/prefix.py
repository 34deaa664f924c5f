"""A prefix in which a package is being built -> its members, as those of the package that will be made of it.

Knows build prefixes: what the records of conda-meta/ list came with other packages, everything else is the package's.
It is no target by itself: which package it will be only the builder's environment says, and that is passed in.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cf_sbom.embedded import PAYLOAD_FOLDER
from cf_sbom.errors import TargetError
from cf_sbom.folders import Walk
from cf_sbom.hookspecs import Artifact, Context, SourceKind
from cf_sbom.model import Member, Problem
from cf_sbom.parsing import ParseError, parse_json
from cf_sbom.paths import member_path

NAME = "prefix"
RECORDS = "info/environment"
"""Where the records of the host and build environments are shown: info/environment/host/zlib-1.3-0.json. No package
holds such a folder, and the extractor that reads it wants a prefix."""
_META = "conda-meta"
_CACHES = "__pycache__"
# What builders and package managers leave in a prefix and do not pack.
_LEFT_OUT = frozenset((_META, "info", ".cache", ".condatmp", ".trash", "CACHEDIR.TAG"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """The package that is being built, as its builder's environment says it; what is "" or None is not known.

    host is where it is installed, tools the environment whose programs build it. documents: names in share/sbom/ that
    are not looked at, since they are written anew.
    """

    name: str
    version: str
    host: Path
    build: str = ""
    build_number: int | None = None
    subdir: str = ""
    tools: Path | None = None
    documents: frozenset[str] = frozenset()


def prefix_source(building: Building) -> SourceKind:
    """The kind of source that opens this prefix, and nothing else."""
    return SourceKind(
        name=NAME,
        accepts=lambda path, head: path == building.host,
        open=lambda path, context: PrefixPackage(building, context),
        doc="the prefix of a package that is being built",
    )


class PrefixPackage:
    """One prefix. Raises TargetError where it cannot be read."""

    def __init__(self, building: Building, context: Context) -> None:
        self.problems: list[Problem] = []
        self._building = building
        self._limits = context.limits
        self._owned: set[str] = set()
        if not (building.host / _META).is_dir():
            raise TargetError(f"{building.host.name}: no prefix of a build: it has no folder {_META}")

    def members(self) -> Iterator[tuple[Member, BinaryIO | None]]:
        yield _file("info/index.json", json.dumps(self._index()).encode())
        yield from self._records("host", self._building.host)
        if self._building.tools is not None and self._building.tools != self._building.host:
            yield from self._records("build", self._building.tools)
        walk = Walk(self._building.host, self._limits)
        others = self._owned | {f"{PAYLOAD_FOLDER}/{name}" for name in self._building.documents}
        for top in walk.names(""):
            if top in _LEFT_OUT:
                continue
            for member, stream in walk.below(top, others):
                if member.kind != "directory" and not self._is_cache(member.path):
                    yield member, stream

    def artifact(self) -> Artifact:
        return Artifact(container="prefix", filename="", size=None, digests=(), newest=self._begun())

    def close(self) -> None:
        """Nothing stays open."""

    def _begun(self) -> int | None:
        """When the build made the prefix, in Unix seconds: its history is written once, before any script runs."""
        try:
            return int((self._building.host / _META / "history").stat().st_mtime)
        except OSError:
            return None

    def _index(self) -> dict[str, Any]:
        building = self._building
        stated = {
            "name": building.name,
            "version": building.version,
            "build": building.build,
            "build_number": building.build_number,
            "subdir": building.subdir,
        }
        return {key: value for key, value in stated.items() if value not in ("", None)}

    def _records(self, role: str, prefix: Path) -> Iterator[tuple[Member, BinaryIO | None]]:
        """The records of an environment; those of the host's also say whose the files are."""
        folder = prefix / _META
        if not folder.is_dir():
            self._problem(_META, f"the {role} environment has none: its packages are not known", "gap")
            return
        walk = Walk(folder, self._limits)
        for name in walk.names(""):
            if not name.endswith(".json"):
                continue
            for member, stream in walk.below(name):
                if stream is None or member.size > self._limits.json_size:
                    self._problem(f"{_META}/{member.path}", "no plain file, or too large (limit json_size)", "damage")
                    continue
                data = stream.read(member.size)
                if role == "host":
                    self._own(member.path, data)
                yield _file(f"{RECORDS}/{role}/{member.path}", data)

    def _own(self, name: str, data: bytes) -> None:
        try:
            tree = parse_json(data, self._limits)
        except ParseError as error:
            self._problem(f"{_META}/{name}", f"{error}; what it owns counts as the package's", "damage")
            return
        files = tree.get("files") if isinstance(tree, dict) else None
        if not isinstance(files, list):
            self._problem(f"{_META}/{name}", "lists no files; what it owns counts as the package's", "gap")
            return
        self._owned.update(path.replace("\\", "/") for path in files if isinstance(path, str))

    def _is_cache(self, path: str) -> bool:
        """Whether Python compiled it from a module of another package, when that was imported."""
        folder, _, name = path.rpartition("/")
        above, _, last = folder.rpartition("/")
        module = f"{name.partition('.')[0]}.py"
        return last == _CACHES and name.endswith(".pyc") and (f"{above}/{module}" if above else module) in self._owned

    def _problem(self, path: str, reason: str, severity: Any) -> None:
        self.problems.append(Problem(path=member_path(path), reason=reason, by=NAME, severity=severity))


def _file(path: str, data: bytes) -> tuple[Member, BinaryIO | None]:
    return Member(path=path, kind="file", size=len(data), head=data[:16]), io.BytesIO(data)
