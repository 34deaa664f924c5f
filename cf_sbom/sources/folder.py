"""An extracted package folder -> members, in sorted order, info/ first.

Knows folders only. Symbolic links are never followed and devices never opened. Nothing is known of the artifact the
folder came from but what info/repodata_record.json states, and that is the conda extractor's to say.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cf_sbom.errors import LimitError, TargetError
from cf_sbom.hookspecs import Artifact, Context, SourceKind, hookimpl
from cf_sbom.model import Member, Problem
from cf_sbom.paths import member_path


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
        self._limits = context.limits
        self._count = 0
        self._total = 0
        if not stat.S_ISDIR(_lstat(path / "info")):
            raise TargetError(
                "not an extracted conda package: it has no folder info/, as those of a package cache have"
            )

    def members(self) -> Iterator[tuple[Member, BinaryIO | None]]:
        yield from self._walk("info")
        for name in self._names(""):
            if name != "info":
                yield from self._walk(name)

    def artifact(self) -> Artifact:
        return Artifact(container="folder", filename=self._path.resolve().name, size=None, digests=())

    def close(self) -> None:
        """Nothing stays open."""

    def _names(self, relative: str) -> list[str]:
        try:
            names = sorted(os.listdir(self._path / relative))
        except OSError as error:
            raise TargetError(f"cannot be read: {member_path(relative) or '.'}: {error.strerror}") from error
        return [f"{relative}/{name}" if relative else name for name in names]

    def _walk(self, top: str) -> Iterator[tuple[Member, BinaryIO | None]]:
        stack = [top]
        while stack:
            relative = stack.pop()
            mode = _lstat(self._path / relative)
            self._count += 1
            if self._count > self._limits.members:
                raise LimitError(f"more than {self._limits.members} members", "members")
            if len(relative) > self._limits.path_length:
                raise LimitError(f"a name is longer than {self._limits.path_length} characters", "path_length")
            path = member_path(relative)
            if stat.S_ISDIR(mode):
                yield Member(path=path, kind="directory", size=0, mode=mode), None
                stack.extend(reversed(self._names(relative)))
            elif stat.S_ISLNK(mode):
                target = member_path(os.readlink(self._path / relative))
                yield Member(path=path, kind="softlink", size=0, mode=mode, link_target=target), None
            elif stat.S_ISREG(mode):
                yield from self._file(relative, path)
            else:
                yield Member(path=path, kind="device", size=0, mode=mode), None

    def _file(self, relative: str, path: str) -> Iterator[tuple[Member, BinaryIO | None]]:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            file = os.fdopen(os.open(self._path / relative, flags), "rb")
        except OSError as error:
            raise TargetError(f"cannot be read: {path}: {error.strerror}") from error
        with file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise TargetError(f"{path} changed while it was read; run again when nobody writes to it")
            self._total += status.st_size
            if status.st_size > self._limits.member_size:
                raise LimitError(f"{path} has {status.st_size} bytes", "member_size")
            if self._total > self._limits.total_size:
                raise LimitError(f"the files have more than {self._limits.total_size} bytes", "total_size")
            head = file.read(16)
            file.seek(0)
            yield Member(path=path, kind="file", size=status.st_size, mode=status.st_mode, head=head), file
            now = os.fstat(file.fileno())
            if (now.st_size, now.st_mtime_ns) != (status.st_size, status.st_mtime_ns):
                raise TargetError(f"{path} changed while it was read; run again when nobody writes to it")


def _lstat(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0
