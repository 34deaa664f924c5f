"""What a channel has, and what of it is wanted, as plain data.

Knows names and times only; how channels are laid out is known to folders.py and servers.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeAlias

from cf_sbom.model import Digest
from cf_sbom.remote import is_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A package of a channel, as plain data. path: in the channel, such as `linux-64/x-1.0-0.conda`; location: a path
    or URL, as who reads it sees it; digests and stated_size: what its record states; size and changed (nanoseconds
    since 1970): of the file, or of its record on a web server: what tells whether it is still the same."""

    path: str
    location: str
    digests: tuple[Digest, ...] = ()
    stated_size: int | None = None
    size: int = 0
    changed: int = 0

    @property
    def remote(self) -> bool:
        return is_url(self.location)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is wrong with a channel in one line; failed: a package or folder of it cannot be read; listing: it is not
    one package, but a folder or a list, so that it is not known which packages there are."""

    path: str
    reason: str
    failed: bool = True
    listing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A folder of a channel of which all is told: what was not among its packages is not there. path as in Item; ""
    for the channel itself."""

    path: str


Entry: TypeAlias = Item | Remark | Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which packages are wanted. since: Unix seconds, held against the time in the record, else that of the file;
    matches: globs, held against file name and package name; most: how many at most."""

    since: float | None = None
    subdirs: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    most: int | None = None

    @property
    def everything(self) -> bool:
        return self == Wanted()

    def named(self, name: str) -> bool:
        package = name.rsplit("-", 2)[0]
        return not self.matches or any(fnmatchcase(name, m) or fnmatchcase(package, m) for m in self.matches)

    def folder(self, name: str) -> bool:
        return not self.subdirs or name in self.subdirs

    def recent(self, seconds: float) -> bool:
        return self.since is None or seconds >= self.since
