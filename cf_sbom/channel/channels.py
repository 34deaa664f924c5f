"""What packages a channel has: a folder or a web server, with or without repodata.json -> items in a fixed order.

Knows how channels are laid out and what their records state; opens no package. Names in records come from outside:
none may lead out of the folder that it stands in. Only what is being looked at is held, besides the names in one
folder.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from cf_sbom.channel.repodata import FILES, base_url, records
from cf_sbom.errors import AbsentError, TargetError, UnreachableError
from cf_sbom.fields import Fields
from cf_sbom.identity.digests import stated_digests
from cf_sbom.identity.purl import SUBDIR, archive_type
from cf_sbom.identity.urls import clean_url
from cf_sbom.limits import Limits
from cf_sbom.model import Digest
from cf_sbom.parsing import ParseError
from cf_sbom.paths import member_path, unsafe
from cf_sbom.remote import Remote, is_url

if TYPE_CHECKING:
    from os import DirEntry

# Those that conda knows; a server cannot be asked what folders it has.
_SUBDIRS = (
    *("emscripten-wasm32", "freebsd-64", "linux-32", "linux-64", "linux-aarch64", "linux-armv6l", "linux-armv7l"),
    *("linux-ppc64le", "linux-riscv64", "linux-s390x", "noarch", "osx-64", "osx-arm64", "wasi-wasm32", "win-32"),
    *("win-64", "win-arm64"),
)
_NAME = re.compile(r"[!-.0-\[\]-~]{1,240}")  # ASCII without blanks and slashes; a sidecar's name has 255 at most
_SHOWN = 120
_NAMED = 3
_MILLISECONDS = 253_402_300_799  # a greater number of seconds is no time that exists


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


Entry: TypeAlias = Item | Remark


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


def entries(place: str, wanted: Wanted, limits: Limits, folder: Path | None = None) -> Iterator[Entry]:
    """The packages of a channel, folder by folder in order, those of a record in the order of repodata.json.

    place is a folder or an http(s) URL; folder: for what is fetched, if not that of the system. Raises SettingsError
    where a URL is given and the library to fetch is missing, TargetError where the server does not answer, AttachError
    where the folder cannot take what is fetched.
    """
    count = 0
    there = _Server(place, wanted, limits, folder).entries() if is_url(place) else _folders(place, wanted, limits)
    for entry in there:
        count += isinstance(entry, Item)
        if wanted.most is not None and count > wanted.most:
            return
        yield entry


def covers(place: str, wanted: Wanted, path: str) -> bool:
    """Whether entries() would give this package, if it were there and of a wanted name and time."""
    if is_url(place):
        name, alone = path.partition("/")[0], _Server(place, wanted, Limits()).alone
        return wanted.folder(name) and alone in ("", name)
    return wanted.folder(Path(place).resolve().joinpath(path).parent.name)


def _folders(place: str, wanted: Wanted, limits: Limits) -> Iterator[Entry]:
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
            listed = _listed(self._folder / file, self._path, self._wanted, self._limits)
            for entry in listed:
                if isinstance(entry, Remark):
                    yield entry
                else:
                    unlisted.discard(entry.name)
                    yield from self._file(entry.name, entry)
            more = sorted(name for name in unlisted if self._wanted.named(name))
            if more:
                yield Remark(path=_join(self._path, file), reason=f"does not list {_counted(more)}", failed=False)
        for name in sorted(unlisted):
            if self._wanted.named(name):
                yield from self._file(name, None)

    def _file(self, name: str, record: _Record | None) -> Iterator[Entry]:
        path = _join(self._path, name)
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


class _Server:
    """A channel, or one subdir of it, on a web server. alone: the subdir, if it is one."""

    def __init__(self, url: str, wanted: Wanted, limits: Limits, folder: Path | None = None) -> None:
        self._url = urlunsplit(urlsplit(url)._replace(fragment="", query="")).rstrip("/")
        self._wanted = wanted
        self._limits = limits
        self._folder = folder
        last = self._url.rpartition("/")[2]
        self.alone = last if SUBDIR.fullmatch(last) and last in (*_SUBDIRS, *wanted.subdirs) else ""

    def entries(self) -> Iterator[Entry]:
        base, named, subdirs = self._url, self._wanted.subdirs, self._wanted.subdirs or _SUBDIRS
        if self.alone:
            base = self._url.rpartition("/")[0]
            named = subdirs = (self.alone,) if self._wanted.folder(self.alone) else ()
        remote = Remote(self._limits, self._folder)
        found = False
        try:
            for subdir in sorted(subdirs):
                try:
                    with _fetched(remote, f"{base}/{quote(subdir)}") as path:
                        found = True
                        yield from self._items(path, f"{base}/{quote(subdir)}", subdir)
                except AbsentError:
                    if subdir in named:
                        reason = "the server has no repodata.json of this subdir"
                        yield Remark(path=subdir, reason=reason, listing=True)
                except UnreachableError as error:
                    raise TargetError(f"{urlsplit(base).hostname}: {error}; run again to go on") from None
                except TargetError as error:
                    found = True
                    yield Remark(path=f"{subdir}/repodata.json", reason=str(error), listing=True)
        finally:
            remote.close()
        if not found and not named:
            reason = "the server has no repodata.json of any subdir; is it the URL of a channel?"
            yield Remark(path=".", reason=reason, listing=True)

    def _items(self, path: Path, url: str, subdir: str) -> Iterator[Entry]:
        url = _packages_url(path, url, self._limits)
        for entry in _listed(path, subdir, self._wanted, self._limits):
            if isinstance(entry, Remark):
                yield entry
            elif entry.time is None or self._wanted.recent(entry.time):
                yield Item(
                    path=_join(subdir, entry.name),
                    location=f"{url}/{quote(entry.name)}",
                    digests=entry.digests,
                    stated_size=entry.size,
                    size=entry.size or 0,
                    changed=int((entry.time or 0) * 1_000_000_000),
                )


def _packages_url(file: Path, url: str, limits: Limits) -> str:
    """Where the packages of a subdir are, if its list is at url. Raises TargetError where nothing can be fetched."""
    try:
        found = urljoin(f"{url}/", base_url(file, limits))
    except (ParseError, ValueError):  # what is wrong with the list is said when it is read
        found = url
    if not is_url(found):
        raise TargetError("its base_url is no http(s) URL")
    return found.rstrip("/")


@contextmanager
def _fetched(remote: Remote, url: str) -> Iterator[Path]:
    """The list of a subdir as a local file, compressed if the server has it so. Raises AbsentError, TargetError."""
    with ExitStack() as stack:
        try:
            path = stack.enter_context(remote.package(f"{url}/{FILES[1]}"))
        except AbsentError:
            path = stack.enter_context(remote.package(f"{url}/{FILES[0]}"))
        yield path


@dataclass(frozen=True, slots=True)
class _Record:
    """What is used of a record; time in Unix seconds."""

    name: str
    digests: tuple[Digest, ...]
    size: int | None
    time: float | None


def _listed(file: Path, path: str, wanted: Wanted, limits: Limits) -> Iterator[_Record | Remark]:
    """The wanted records of a repodata.json, each name once; path is that of its folder in the channel."""
    seen: set[str] = set()
    try:
        for name, tree in records(file, limits):
            if reason := _refusal(name, tree) or ("listed twice" if name in seen else ""):
                yield Remark(path=_join(path, _short(name)), reason=f"{reason}; the entry is left out")
                continue
            seen.add(name)
            if wanted.named(name):
                yield _record(name, tree, limits)
    except (ParseError, TargetError) as error:
        yield Remark(path=_join(path, file.name), reason=f"cannot be read to its end: {error}", listing=True)


def _refusal(name: str, tree: Any) -> str:
    if not _NAME.fullmatch(name) or unsafe(name):
        return "listed under a name that no package file has"
    if not archive_type(name) or name.startswith("."):
        return "listed, but by its name neither a .conda nor a .tar.bz2 file"
    return "" if isinstance(tree, dict) else "its record is not a mapping"


def _record(name: str, tree: Any, limits: Limits) -> _Record:
    fields = Fields(tree, limits, lambda remark: None)
    size, time = fields.integer("size"), fields.integer("timestamp")
    if time is not None:
        time = time if abs(time) > _MILLISECONDS else time * 1000
    seconds = time / 1000 if time is not None and 0 <= time <= _MILLISECONDS * 1000 else None
    return _Record(name, stated_digests(fields), size if size is not None and size >= 0 else None, seconds)


def _join(folder: str, name: str) -> str:
    return member_path(f"{folder}/{name}" if folder else name)


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}..."


def _counted(names: list[str]) -> str:
    """How many, and the first of them."""
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    packages = f"{len(names)} package{'s' * (len(names) > 1)} that {'are' if len(names) > 1 else 'is'} there"
    return f"{packages}: {', '.join(names[:_NAMED])}{rest}"
