"""Files below a prefix, read so that nothing outside of it is.

Knows file systems only. A link that leads out of the prefix is never followed, and what is no plain file is not opened.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cf_sbom.errors import TargetError
from cf_sbom.paths import member_path


class Unreadable(Exception):
    """A file is not read; the message says why, without its place."""


class Prefix:
    """One folder whose files are read by their paths in it."""

    def __init__(self, folder: Path, *, follow: bool = False) -> None:
        """follow: links may lead out of it, since the user named the folder and put them there. Raises TargetError
        where it cannot be looked at."""
        self._follow = follow
        try:
            self._root = folder.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", "") or "a link to itself"
            raise TargetError(f"{folder} cannot be read: {reason}") from None

    def names(self, path: str, limit: int) -> tuple[list[str], bool]:
        """The names in a folder in order, at most limit, and whether there are more; none where it is no folder that
        lies in the prefix. A name that is not UTF-8 is passed over: nothing that is looked for has one."""
        found: list[str] = []
        try:
            with os.scandir(self._inside(path)) as entries:
                for entry in entries:
                    if len(found) > limit:
                        break
                    if member_path(entry.name) == entry.name:
                        found.append(entry.name)
        except (OSError, Unreadable):
            return [], False
        return sorted(found)[:limit], len(found) > limit

    def has(self, path: str) -> bool:
        """Whether something of this name is there, whatever it is."""
        return os.path.lexists(self._root / path)

    def is_folder(self, path: str) -> bool:
        try:
            return self._inside(path).is_dir()
        except (OSError, Unreadable):
            return False

    def read(self, path: str, limit: int, name: str) -> bytes:
        """The bytes of a file. limit is that of the limit called name. Raises Unreadable."""
        try:
            place = self._inside(path)
            status = place.stat()
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("not a file")
            if status.st_size > limit:
                raise Unreadable(f"larger than {limit} bytes (limit {name})")
            return place.read_bytes()
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror}") from None

    def _inside(self, path: str) -> Path:
        try:
            place = (self._root / path).resolve(strict=True)
        except RuntimeError:  # Python before 3.13: a link to itself
            raise Unreadable("a link to itself; not followed") from None
        if not self._follow and not place.is_relative_to(self._root):
            raise Unreadable("a link out of the prefix; not followed")
        return place
