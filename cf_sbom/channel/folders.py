"""The packages below a folder, with the records of repodata.json where there is one.

Opens no package. Only what is being looked at is held, besides the names in one folder.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cf_sbom.channel.items import Entry, Item, Listed, Remark, Wanted
from cf_sbom.channel.listed import Record, join, listed
from cf_sbom.channel.repodata import FILES, base_url
from cf_sbom.errors import TargetError
from cf_sbom.identity.purl import archive_type
from cf_sbom.identity.urls import clean_url
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError
from cf_sbom.paths import member_path, unsafe

if TYPE_CHECKING:
    from os import DirEntry

_NAMED = 3


def folders(place: str, wanted: Wanted, limits: Limits) -> Iterator[Entry]:
    """Every folder below a place; links to folders are not followed."""
    top = Path(place).resolve()
    waiting = [""]
    missing = set(wanted.subdirs)
    empty = True
    while waiting:
        path = waiting.pop()
        here = top / path
        try:
            with os.scandir(here) as found:
                inside, names = _sorted(found)
        except OSError as error:
            reason = f"the folder cannot be read: {error.strerror}"
            yield Remark(path=member_path(path) or ".", reason=reason, listing=True)
            empty = False
            continue
        waiting += [f"{path}/{name}".lstrip("/") for name in reversed(inside)]
        if wanted.folder(here.name):
            missing.discard(here.name)
            empty = empty and not names
            yield from _Folder(here, path, wanted, limits).entries(names)
            yield Listed(path=member_path(path) if path else "")
    for name in sorted(missing):
        yield Remark(path=name, reason="the channel has no such folder", listing=True)
    if empty and not missing:
        yield Remark(path=".", reason="there is neither a package nor a repodata.json in it", listing=True)


def _sorted(found: Iterator[DirEntry[str]]) -> tuple[list[str], list[str]]:
    """The folders, and the names that are of interest, in order."""
    inside, names = [], []
    for entry in found:
        if archive_type(entry.name) or entry.name in FILES:
            names.append(entry.name)
        elif not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
            inside.append(entry.name)
    return sorted(inside), sorted(names)


class _Folder:
    """One folder on disk, with the records of repodata.json where it has one."""

    def __init__(self, folder: Path, path: str, wanted: Wanted, limits: Limits) -> None:
        self._folder = folder
        self._path = path
        self._wanted = wanted
        self._limits = limits
        self._elsewhere: str | None = None

    def entries(self, names: list[str]) -> Iterator[Entry]:
        file = next((name for name in FILES if name in names), None)
        unlisted = {name for name in names if name not in FILES}
        if file is not None:
            for entry in listed(self._folder / file, self._path, self._wanted, self._limits):
                if isinstance(entry, Remark):
                    yield entry
                else:
                    unlisted.discard(entry.name)
                    yield from self._file(entry.name, entry)
            more = sorted(name for name in unlisted if self._wanted.named(name))
            if more:
                yield Remark(path=join(self._path, file), reason=f"does not list {_counted(more)}", failed=False)
        for name in sorted(unlisted):
            if self._wanted.named(name):
                yield from self._file(name, None)

    def _file(self, name: str, record: Record | None) -> Iterator[Entry]:
        path = join(self._path, name)
        try:
            status = (self._folder / name).stat()
        except FileNotFoundError:
            yield Remark(path=path, reason=self._absent() if record else "a link to nothing")
            return
        except OSError as error:
            yield Remark(path=path, reason=f"cannot be read: {error.strerror}")
            return
        if reason := "not a regular file" if not stat.S_ISREG(status.st_mode) else unsafe(path):
            yield Remark(path=path, reason=reason)
        elif self._wanted.recent(record.time if record and record.time else status.st_mtime):
            yield Item(
                path=path,
                location=str(self._folder / name),
                digests=record.digests if record else (),
                stated_size=record.size if record else None,
                size=status.st_size,
                changed=status.st_mtime_ns,
            )

    def _absent(self) -> str:
        """Why a file that is listed may not be there: that the list says where its packages are is seldom."""
        if self._elsewhere is None:
            self._elsewhere = ""
            for file in FILES:
                with suppress(ParseError, TargetError):
                    self._elsewhere = self._elsewhere or base_url(self._folder / file, self._limits)
        found = clean_url(self._elsewhere).url
        more = f"; its base_url is {found}: give the channel's URL instead of a folder" if found else ""
        return f"listed in repodata.json, but the file is not there{more}"


def _counted(names: list[str]) -> str:
    """How many, and the first of them."""
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    packages = f"{len(names)} package{'s' * (len(names) > 1)} that {'are' if len(names) > 1 else 'is'} there"
    return f"{packages}: {', '.join(names[:_NAMED])}{rest}"
