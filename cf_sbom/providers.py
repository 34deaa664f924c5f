"""Which conda package holds which library, out of an environment (`--prefix`) and folders of packages (`--packages`).

Knows conda-meta, channels, package caches and plain folders of packages, by the metadata alone: of an archive no more
is read than its info/. It opens packages through the kinds of source that the registry has. Nothing is written; a
folder is looked into once for all targets of a process, as long as its files stay the same.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, BinaryIO, TypeAlias

from cf_sbom.errors import SbomError
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Context, Options, Provider, SourceKind
from cf_sbom.identity import matchspec
from cf_sbom.identity.purl import SUBDIR, channel_name
from cf_sbom.identity.urls import clean_url, withheld
from cf_sbom.limits import Limits
from cf_sbom.model import Problem
from cf_sbom.parsing import ParseError, parse_json

NAME = "providers"
INDEX, PATHS, FILES, EXPORTS = "info/index.json", "info/paths.json", "info/files", "info/run_exports.json"
_ENDS = (".conda", ".tar.bz2")
_LIBRARY = re.compile(r"(?:.*\.so(?:\.[0-9][^/]*)?|.*\.dylib|.*\.dll|.*\.framework/(?:.*/)?[^/.]+)", re.IGNORECASE)
_ARCHIVE = (".a", ".lib")
_HEADERS = ("include/", "Library/include/")
_PROGRAMS = ("bin/", "Library/bin/", "Scripts/")
_NO_PROGRAM = (*_ARCHIVE, ".dll", ".dylib", ".so", ".json", ".pdb", ".cmake")
_EXPORTING = ("weak", "strong", "noarch")

State: TypeAlias = tuple[tuple[str, int, int], ...]
"""Of each package of a folder: its path in it, size and time of change, in order."""


def providers(options: Options, sources: Iterable[SourceKind], limits: Limits) -> Known | None:
    """What the options name to look into, or None where they name nothing."""
    if options.prefix is None and not options.packages:
        return None
    known = Known()
    if options.prefix is not None:
        known.add(_environment(options.prefix, _records(options.prefix), limits))
    for folder in options.packages:
        state = _packages(folder, limits)
        if len(state) >= limits.packages:
            known.report(f"{limits.packages} packages of a folder are looked into and no more (limit packages)")
        elif not state:
            known.report("a folder of --packages holds no package")
        known.add(_folder(folder, state, _Sources(kinds=tuple(sources)), limits))
    return known


class Known:
    """The answers of several places, the environment's first."""

    def __init__(self) -> None:
        self._own: list[Problem] = []
        self._places: list[_Place] = []

    @property
    def problems(self) -> list[Problem]:
        """What could not be read so far; of a folder that another target looked into before, too."""
        return [*self._own, *(problem for place in self._places for problem in place.problems)]

    def report(self, reason: str) -> None:
        self._own.append(Problem(path="", reason=reason, by=NAME, severity="gap"))

    def add(self, place: _Place) -> None:
        self._places.append(place)

    def named(self, name: str) -> tuple[Provider, ...]:
        return tuple(found for place in self._places for found in place.named(name))

    def holding(self, path: str, *, folded: bool = False) -> tuple[Provider, ...]:
        return tuple(found for place in self._places for found in place.holding(path, folded))


class _Place:
    """One folder. Packages are read by name as they are asked for, all of them once a path is."""

    def __init__(self, names: dict[str, list[str]], read: Callable[[str], Provider | Problem]) -> None:
        self.problems: list[Problem] = []
        self._waiting = names
        self._read = read
        self._named: dict[str, tuple[Provider, ...]] = {}
        self._holding: dict[str, list[Provider]] | None = None
        self._lock = RLock()

    def named(self, name: str) -> tuple[Provider, ...]:
        with self._lock:
            for place in self._waiting.pop(name, ()):
                found = self._read(place)
                if isinstance(found, Problem):
                    self.problems.append(found)
                else:  # its own word counts, and not the file's name
                    self._named[found.name] = (*self._named.get(found.name, ()), found)
                    self._holding = None
            return self._named.get(name, ())

    def holding(self, path: str, folded: bool) -> tuple[Provider, ...]:
        with self._lock:
            for name in sorted(self._waiting):
                self.named(name)
            if self._holding is None:
                self._holding = {}
                for provider in sorted((p for same in self._named.values() for p in same), key=lambda p: p.place):
                    for library in provider.libraries:
                        self._holding.setdefault(library.lower(), []).append(provider)
            found = dict.fromkeys(self._holding.get(path.lower(), ()))
            return tuple(p for p in found if folded or path in p.libraries)


def _records(prefix: Path) -> State:
    """The records of an environment."""
    return tuple(_stamped(prefix / "conda-meta", lambda name: name.endswith(".json")))


def _packages(folder: Path, limits: Limits) -> State:
    """The packages in a folder, and in its folders of a channel; extracted ones by their index."""
    found = [*_stamped(folder, _is_package), *_extracted(folder)]
    for name in _names(folder):
        if SUBDIR.fullmatch(name):
            inner = [*_stamped(folder / name, _is_package), *_extracted(folder / name)]
            found += ((f"{name}/{path}", size, time) for path, size, time in inner)
    packed = {path.removesuffix(end) for path, _, _ in found for end in _ENDS if path.endswith(end)}
    # A package cache has most packages twice, as they were fetched and extracted.
    return tuple(sorted(one for one in found if _is_package(one[0]) or one[0] not in packed)[: limits.packages])


def _is_package(name: str) -> bool:
    return name.endswith(_ENDS)


def _extracted(folder: Path) -> Iterator[tuple[str, int, int]]:
    for name in _names(folder):
        if name.count("-") > 1 and not _is_package(name):
            for _, size, time in _stamped(folder / name / "info", lambda inner: inner == "index.json"):
                yield name, size, time


def _stamped(folder: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, int, int]]:
    for name in _names(folder):
        if wanted(name):
            try:
                status = (folder / name).stat()
            except OSError:
                continue  # a link to nothing
            if stat.S_ISREG(status.st_mode):
                yield name, status.st_size, status.st_mtime_ns


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sources:
    """Kinds of source, equal where they come from the same code: every load of plugins makes its records anew."""

    kinds: tuple[SourceKind, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sources) and self._origins() == other._origins()

    def __hash__(self) -> int:
        return hash(self._origins())

    def _origins(self) -> tuple[tuple[str, Hashable], ...]:
        return tuple((kind.name, _code(kind.open)) for kind in self.kinds)


def _code(function: Callable[..., Any]) -> Hashable:
    place = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    return place if all(place) and "<" not in place[1] else function


@lru_cache(maxsize=16)
def _environment(prefix: Path, state: State, limits: Limits) -> _Place:
    def read(place: str) -> Provider | Problem:
        return _installed(prefix, place, limits)

    return _Place(_by_name((path, path.removesuffix(".json")) for path, _, _ in state), read)


@lru_cache(maxsize=16)
def _folder(folder: Path, state: State, sources: _Sources, limits: Limits) -> _Place:
    def read(place: str) -> Provider | Problem:
        return _opened(folder, place, sources.kinds, limits)

    stems = ((path, re.sub(r"\.(?:conda|tar\.bz2)$", "", path.rpartition("/")[2])) for path, _, _ in state)
    return _Place(_by_name(stems), read)


def _by_name(stems: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Places by the name of the package: what stands before the last two hyphens."""
    found: dict[str, list[str]] = {}
    for place, stem in stems:
        found.setdefault(stem.rsplit("-", 2)[0], []).append(place)
    return found


def _installed(prefix: Path, place: str, limits: Limits) -> Provider | Problem:
    path = prefix / "conda-meta" / place
    try:
        if path.stat().st_size > limits.json_size:
            raise ParseError(f"larger than {limits.json_size} bytes (limit json_size)")
        tree = parse_json(path.read_bytes(), limits)
    except (OSError, ParseError):
        return _broken(f"conda-meta/{place}")  # the enricher `environment` says why
    fields = Fields(tree, limits, lambda text: None)
    channel = fields.text("channel")
    channel = (clean_url(channel).url if "://" in channel else channel).rstrip("/")
    return _made(
        fields,
        f"conda-meta/{place}",
        fields.texts("files"),
        exports=None,
        channel=channel_name(channel.removesuffix(f"/{fields.text('subdir')}")),
        file_name=fields.text("fn"),
    )


def _opened(folder: Path, place: str, sources: tuple[SourceKind, ...], limits: Limits) -> Provider | Problem:
    """The metadata of one package of a folder."""
    path = folder / place
    context = Context(options=Options(), limits=limits)
    try:
        head = b"" if path.is_dir() else _head(path)
        source = next((kind for kind in sources if kind.accepts(path, head)), None)
        if source is None:
            return _broken(place)
        package = source.open(path, context)
        try:
            trees, members = _metadata(package.members(), limits)
        finally:
            package.close()
    except (OSError, SbomError, ParseError):
        return _broken(place)
    fields = Fields(trees.get(INDEX), limits, lambda text: None)
    entries = Fields(trees.get(PATHS), limits, lambda text: None).each("paths", limits.members)
    listed = [entry.text("_path") for entry in entries] or str(trees.get(FILES, "")).splitlines() or members
    exports = _adds(trees.get(EXPORTS))
    name = place.rpartition("/")[2]
    return _made(fields, place, listed, exports=exports, file_name=name if _is_package(name) else "")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _metadata(members: Iterator[tuple[Any, BinaryIO | None]], limits: Limits) -> tuple[dict[str, Any], list[str]]:
    """The trees and texts of info/ that are wanted, and the payload's paths as far as they were passed. Reading ends
    behind info/ where that stands first, and where it does not, with the package."""
    trees: dict[str, Any] = {}
    passed: list[str] = []
    for member, stream in members:
        path = member.path
        if not path.startswith("info/"):
            if INDEX in trees and (PATHS in trees or FILES in trees) and not passed:
                return trees, passed
            passed.append(path)
        elif path in (INDEX, PATHS, FILES, EXPORTS) and stream is not None and path not in trees:
            if member.size > limits.json_size:
                raise ParseError(f"larger than {limits.json_size} bytes (limit json_size)")
            data = bytearray()
            while len(data) < member.size and (chunk := stream.read(member.size - len(data))):
                data += chunk
            trees[path] = str(data, "utf-8", "replace") if path == FILES else parse_json(bytes(data), limits)
    return trees, passed


def _adds(tree: object) -> bool:
    """Whether run_exports add a dependency; a plain list means weak ones (CEP 34)."""
    if isinstance(tree, dict):
        return any(tree.get(strength) for strength in _EXPORTING)
    return bool(tree)


def _made(
    fields: Fields,
    place: str,
    files: Iterable[str],
    *,
    exports: bool | None,
    channel: str = "",
    file_name: str = "",
) -> Provider | Problem:
    name = fields.text("name")
    if not name:
        return _broken(place)
    paths = [path.replace("\\", "/") for path in files]
    return Provider(
        name=name,
        version=fields.text("version"),
        build=fields.text("build"),
        subdir=fields.text("subdir"),
        place=withheld(place),
        channel=channel if withheld(channel) == channel else "",
        file_name=file_name,
        depends=tuple(dict.fromkeys(matchspec.parse(spec).name for spec in fields.texts("depends"))),
        libraries=frozenset(path for path in paths if _LIBRARY.fullmatch(path)),
        archives=any(path.lower().endswith(_ARCHIVE) for path in paths),
        headers=any(path.startswith(_HEADERS) for path in paths),
        programs=any(path.startswith(_PROGRAMS) and not path.lower().endswith(_NO_PROGRAM) for path in paths),
        exports=exports,
    )


def _broken(place: str) -> Problem:
    reason = "cannot be read as a conda package; who provides what is in it is not known"
    return Problem(path=withheld(place), reason=reason, by=NAME, severity="gap")
