"""An extracted package folder -> members, in sorted order, info/ first.

Knows folders only. Symbolic links are never followed and devices never opened. Nothing is known of the artifact the
folder came from but what info/repodata_record.json states, and that is the conda extractor's to say.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cf_sbom.errors import TargetError
from cf_sbom.folders import Walk, mode_of
from cf_sbom.hookspecs import Artifact, Context, SourceKind, hookimpl
from cf_sbom.model import Member, Problem


@hookimpl
def cf_sbom_sources() -> Iterable[SourceKind]:
    yield SourceKind(
        name="folder",
        accepts=lambda path, head: path.is_dir(),
        open=FolderPackage,
        doc="folders that hold info/, as an installer extracts a package",
    )


class FolderPackage:
    """One extracted package. Raises TargetError where the folder holds no info/ or cannot be read."""

    def __init__(self, path: Path, context: Context) -> None:
        self.problems: list[Problem] = []
        self._path = path
        self._info_only = context.options.metadata_only
        self._walk = Walk(path, context.limits)
        if not stat.S_ISDIR(mode_of(path / "info")):
            raise TargetError(
                "not an extracted conda package: it has no folder info/, as those of a package cache have"
            )

    def members(self) -> Iterator[tuple[Member, BinaryIO | None]]:
        yield from self._walk.below("info")
        for name in self._walk.names("") if not self._info_only else ():
            if name != "info":
                yield from self._walk.below(name)

    def artifact(self) -> Artifact:
        name = self._path.resolve().name
        return Artifact(container="folder", filename=name, size=None, digests=(), whole=not self._info_only)

    def close(self) -> None:
        """Nothing stays open."""
