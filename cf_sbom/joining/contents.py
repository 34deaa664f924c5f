"""Where the document of an installed package is: in the environment itself, beside the package, or made anew.

Knows file names, places and indexes; a document counts by what it says of itself. Each place is a function from an
entry to its document, so that all are asked in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from cf_sbom import properties as names
from cf_sbom.documents import read_document
from cf_sbom.environments import Entry
from cf_sbom.environments.prefixes import Prefix, Unreadable
from cf_sbom.errors import DocumentError, SbomError
from cf_sbom.generate import describe
from cf_sbom.hookspecs import Options
from cf_sbom.identity.purl import SUBDIR, archive_type
from cf_sbom.identity.urls import withheld
from cf_sbom.index.reading import documents
from cf_sbom.joining.opened import Opened, of_reading, stated_time
from cf_sbom.joining.parts import of_package
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Problem, Severity
from cf_sbom.plugins import Registry

Lookup: TypeAlias = Callable[[Entry], Opened | None]

SUFFIXES = (".cdx.json", ".spdx3.json", ".spdx.json", ".cdx.xml", ".spdx.yaml", ".spdx.xml", ".spdx.rdf", ".spdx")
"""Ends of the names of documents, the ones that tell most first: of several about one package one is read."""

_EMBEDDED = "share/sbom"
_AS_PACKAGE = re.compile(r".+-\d[^-]*-[^-]+")  # NAME-VERSION-BUILD
_BY = "merge"


class Places:
    """Looks for documents; problems collects what was wrong with those that were found."""

    def __init__(self, limits: Limits) -> None:
        self.problems: list[Problem] = []
        self._limits = limits

    def embedded(self, prefix: Path) -> Lookup:
        """Documents in share/sbom of an environment. A link out of it is not followed."""
        folder = _Folder(Prefix(prefix), _EMBEDDED, self, self._limits)
        return lambda entry: folder.find(entry, (f"{entry.stem}{suffix}" for suffix in SUFFIXES))

    def beside(self, packages: Path) -> Lookup:
        """Sidecars in a folder of packages, in its platform folders, and documents in extracted packages there."""
        root = Prefix(packages, follow=True)
        folders = [_Folder(root, "", self, self._limits)]
        folders += [
            _Folder(root, name, self, self._limits)
            for name in root.names("", self._limits.members)[0]
            if SUBDIR.fullmatch(name)
        ]

        def find(entry: Entry) -> Opened | None:
            wanted = [f"{name}{suffix}" for name in _files(entry) for suffix in SUFFIXES]
            wanted += (f"{entry.stem}/{_EMBEDDED}/{entry.stem}{suffix}" for suffix in SUFFIXES)
            return next((found for folder in folders if (found := folder.find(entry, wanted))), None)

        return find

    def indexed(self, index: Path) -> Lookup:
        """Documents that an index holds, by the sha256 of their artifact or by its path in a channel. Raises
        IndexFileError when it is asked."""

        def find(entry: Entry) -> Opened | None:
            hashes = [d.value for d in entry.component.digests if d.algorithm == "sha256"]
            for found in documents(index, [*hashes, *(f"{entry.subdir}/{name}" for name in _files(entry))]):
                try:
                    document = of_reading(read_document(found.document, self._limits))
                except DocumentError as error:
                    self.say(found.artifact, str(error), "damage")
                    continue
                if self.is_of(_root(document), entry, found.artifact):
                    return document
            return None

        return find

    def described(self, folders: Sequence[Path], options: Options, registry: Registry) -> Lookup:
        """Packages in folders, described now."""
        plain = replace(options, prefix=None, packages=(), channel="")

        def find(entry: Entry) -> Opened | None:
            for path in self._packages(folders, entry):
                try:
                    made = describe(path, plain, registry)
                except SbomError as error:
                    self.say(path.name, str(error), "damage")
                    continue
                if self.is_of(made.sbom.root_component, entry, path.name):
                    return Opened(part=of_package(made.sbom), created=stated_time(made.created))
            return None

        return find

    def _packages(self, folders: Sequence[Path], entry: Entry) -> Iterator[Path]:
        files = _files(entry)
        for folder in folders:
            for inner in dict.fromkeys((folder, folder / entry.subdir)):
                for name in files:
                    if (inner / name).is_file():
                        yield inner / name
                if (inner / entry.stem / "info" / "index.json").is_file():
                    yield inner / entry.stem

    def say(self, path: str, reason: str, severity: Severity) -> None:
        self.problems.append(Problem(path=withheld(path), reason=reason, by=_BY, severity=severity))

    def is_of(self, root: Component, entry: Entry, place: str) -> bool:
        """Whether a root is the package of an entry, by hashes where both know one; it is said where it is not."""
        known = entry.component
        for algorithm in ("sha256", "md5"):
            ours, theirs = ({d.value for d in c.digests if d.algorithm == algorithm} for c in (known, root))
            if ours and theirs:
                if ours != theirs:
                    self.say(
                        place, f"speaks of another artifact than {entry.place}: the {algorithm} differs", "conflict"
                    )
                return ours == theirs
        if _identity(known) != _identity(root):
            self.say(place, f"speaks of another package than {entry.place}", "conflict")
            return False
        return True

    def read(self, folder: Prefix, path: str) -> Opened | None:
        """A document, or None, which is said."""
        try:
            data = folder.read(path, self._limits.document_size, "document_size")
            return of_reading(read_document(data, self._limits))
        except Unreadable as error:
            self.say(path, str(error), "gap")
        except DocumentError as error:
            self.say(path, str(error), "damage")
        return None


def _files(entry: Entry) -> list[str]:
    """What the artifact may be called."""
    return [entry.file_name] if entry.file_name else [f"{entry.stem}.conda", f"{entry.stem}.tar.bz2"]


class _Folder:
    """Documents in one folder: by the name of their package, else by what they say where they have another name."""

    def __init__(self, root: Prefix, path: str, places: Places, limits: Limits) -> None:
        self._root = root
        self._path = path
        self._places = places
        self._limits = limits
        listed, _ = root.names(path, limits.members)
        self._listed = set(listed)
        self._others: dict[tuple[str, ...], Opened] | None = None

    def find(self, entry: Entry, wanted: Iterable[str]) -> Opened | None:
        for name in wanted:
            top = name.partition("/")[0]
            if top in self._listed and self._root.has(self._at(name)):
                found = self._places.read(self._root, self._at(name))
                if found is not None and self._places.is_of(_root(found), entry, self._at(name)):
                    return found
        return self._by_content(entry)

    def _at(self, name: str) -> str:
        return f"{self._path}/{name}" if self._path else name

    def _by_content(self, entry: Entry) -> Opened | None:
        if self._others is None:
            self._others = {}
            others = [name for name in sorted(self._listed) if _is_of_other_name(name)]
            most = self._limits.packages
            if len(others) > most:
                reason = f"{len(others) - most} documents are not read, more than {most} (limit packages)"
                self._places.say(self._path, reason, "gap")
            for name in others[:most]:
                found = self._places.read(self._root, self._at(name))
                if found is not None:
                    for key in _keys(_root(found)):
                        self._others.setdefault(key, found)
        return next((self._others[key] for key in _keys(entry.component) if key in self._others), None)


def _is_of_other_name(name: str) -> bool:
    """Whether a document is not called after a package: one that is, is looked for by that name."""
    end = next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")
    stem = name.removesuffix(end)
    return bool(end) and not archive_type(stem) and not _AS_PACKAGE.fullmatch(stem)


def _root(opened: Opened) -> Component:
    return opened.part.root_component


def _identity(component: Component) -> tuple[str, ...]:
    stated = dict(component.properties)
    return component.name, component.version, stated.get(names.BUILD, ""), stated.get(names.SUBDIR, "")


def _keys(component: Component) -> Iterator[tuple[str, ...]]:
    yield from (("sha256", d.value) for d in component.digests if d.algorithm == "sha256")
    if all(identity := _identity(component)):
        yield identity
