"""Files of folders on disk as members: in sorted order, within the limits, links never followed, devices never opened.

Knows folders only; what they are is a matter of sources/.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Container, Iterator
from pathlib import Path
from typing import BinaryIO

from cf_sbom.errors import LimitError, TargetError
from cf_sbom.limits import Limits
from cf_sbom.model import Member
from cf_sbom.paths import member_path


class Walk:
    """One walk over a folder; its limits hold for all that it gives."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._count = 0
        self._total = 0

    def names(self, relative: str) -> list[str]:
        """The entries of a folder, as paths."""
        try:
            names = sorted(os.listdir(self._path / relative))
        except OSError as error:
            raise TargetError(f"cannot be read: {member_path(relative) or '.'}: {error.strerror}") from error
        return [f"{relative}/{name}" if relative else name for name in names]

    def below(self, top: str, without: Container[str] = ()) -> Iterator[tuple[Member, BinaryIO | None]]:
        """What lies at and below a path, but nothing of those left out. A stream is valid until the next member."""
        stack = [top]
        while stack:
            relative = stack.pop()
            if relative in without:
                continue
            mode = mode_of(self._path / relative)
            self._count += 1
            if self._count > self._limits.members:
                raise LimitError(f"more than {self._limits.members} members", "members")
            if len(relative) > self._limits.path_length:
                raise LimitError(f"a name is longer than {self._limits.path_length} characters", "path_length")
            path = member_path(relative)
            if stat.S_ISDIR(mode):
                yield Member(path=path, kind="directory", size=0, mode=mode), None
                stack.extend(reversed(self.names(relative)))
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


def mode_of(path: Path) -> int:
    """What lies there, as os.lstat() says it; 0 for nothing."""
    try:
        return path.lstat().st_mode
    except OSError:
        return 0
