"""Who provides the libraries that binaries ask for: the package itself, the system, another package, or nobody known.

Knows one Sbom and what is known of other packages; makes no statement of its own. What a loader would do comes first,
names come last, and what rests on a name alone is not called certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cf_sbom import properties as names
from cf_sbom.hookspecs import Provider, Providers
from cf_sbom.identity.libraries import base_name, is_system, may_be_packaged, packages_by_name, stem_and_version
from cf_sbom.links import follow
from cf_sbom.model import Component, File, Linkage, Sbom
from cf_sbom.rpaths import places

Where: TypeAlias = Literal["inside", "system", "package", "unresolved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Where a library is; of another package its name, and whether that is known of files (exact) or of names.

    providers are the packages at hand that hold it; through is a declared package without libraries of its own that
    requires this one.
    """

    where: Where
    package: str = ""
    exact: bool = False
    providers: tuple[Provider, ...] = ()
    through: str = ""


class Resolver:
    """Answers for one Sbom. declared and host are the conda packages that it requires, and that were in its host
    environment, by name."""

    def __init__(self, sbom: Sbom, providers: Providers | None, most: int) -> None:
        """most: how many libraries, each looked for from one place, are resolved; what is beyond is unresolved."""
        self._providers = providers
        self._most = most
        self._own = sbom.subject.name
        self._subdirs = (sbom.subject.subdir, "noarch")
        conda = {c.ref: c for c in sbom.components if c.purl.startswith("pkg:conda/")}
        own = [r for r in sbom.relations if r.source == sbom.root and r.target in conda]
        self.declared = {
            conda[r.target].name: conda[r.target] for r in own if r.kind == "depends_on" and r.scope != "build"
        }
        self.host = {conda[r.target].name: conda[r.target] for r in own if r.kind == "host"}
        self._files = {file.path: file for file in sbom.files}
        self._folded = {file.path.lower(): file for file in sbom.files}
        self._names = {base_name(path).lower() for path in self._files}
        self._names |= {base_name(linkage.soname).lower() for linkage in sbom.linkages if linkage.soname}
        self._known: dict[tuple[str, str, str, tuple[str, ...]], Answer] = {}

    def resolve(self, linkage: Linkage, name: str) -> Answer:
        """Where the library is that a binary asks for by this name."""
        key = (name, linkage.format, linkage.path.rpartition("/")[0], linkage.rpaths)
        if key not in self._known:
            if len(self._known) >= self._most:
                return Answer(where="unresolved")
            self._known[key] = self._resolved(linkage.format, name, places(linkage, name))
        return self._known[key]

    def at_hand(self, package: str) -> tuple[Provider, ...]:
        """The packages of a name that fit the platform; of several those of the host environment."""
        if self._providers is None:
            return ()
        found = tuple(p for p in self._providers.named(package) if p.subdir in self._subdirs)
        host = self.host.get(package)
        return tuple(p for p in found if host and is_same(p, host)) or found

    def _resolved(self, format_: str, name: str, paths: tuple[str, ...]) -> Answer:
        if any(self._file(path, format_) for path in paths):
            return Answer(where="inside")
        packaged = may_be_packaged(name, format_)
        if is_system(name, format_) and not packaged:
            return Answer(where="system")
        base = base_name(name)
        if base.lower() in self._names:
            return Answer(where="inside")
        return (
            self._exact(paths, folded=format_ == "PE")
            or self._inferred(name, self.declared)
            or (Answer(where="system") if packaged else None)
            or self._inferred(name, self.host)
            or Answer(where="unresolved")
        )

    def _file(self, path: str, format_: str) -> File | None:
        file = self._folded.get(path.lower()) if format_ == "PE" else self._files.get(path)
        return follow(file, self._files) if file is not None else None

    def _exact(self, paths: Iterable[str], *, folded: bool) -> Answer | None:
        if self._providers is None:
            return None
        likely = (*self.declared, *self.host)
        for path in paths:
            # Packages that had to do with this one are looked into first: a folder may hold thousands.
            near = (p for name in likely for p in self.at_hand(name))
            found = [p for p in near if _holds(p, path, folded)]
            found = found or [p for p in self._providers.holding(path, folded=folded) if p.subdir in self._subdirs]
            found = [p for p in found if p.name != self._own]  # another build of this one
            if found:
                return self._chosen(found, path)
        return None

    def _chosen(self, found: list[Provider], path: str) -> Answer:
        by_name: dict[str, list[Provider]] = {}
        for provider in found:
            by_name.setdefault(provider.name, []).append(provider)
        order = (*self.declared, *self.host, *packages_by_name(path), *sorted(by_name))
        name = next(one for one in order if one in by_name)
        sure = len(by_name) == 1 or name in self.declared or name in self.host
        through = "" if name in self.declared else next(self._through(name), "")
        return Answer(where="package", package=name, exact=sure, providers=tuple(by_name[name]), through=through)

    def _through(self, name: str) -> Iterator[str]:
        """Declared packages that have no libraries and require the one that has, such as libgcc-ng for libgcc."""
        for declared in self.declared:
            seen: set[str] = set()
            waiting = [declared]
            while waiting:
                one = waiting.pop()
                bare = [p for p in self.at_hand(one) if not p.libraries]
                if any(name in p.depends for p in bare):
                    yield declared
                    break
                new = {depend for p in bare for depend in p.depends} - seen
                seen |= new
                waiting += new

    def _inferred(self, name: str, packages: dict[str, Component]) -> Answer | None:
        for package in packages_by_name(name):
            if package in packages and not self._is_refuted(package, name):
                return Answer(where="package", package=package)
        return None

    def _is_refuted(self, package: str, name: str) -> bool:
        """Whether the packages of this name that are at hand hold libraries, and none like it."""
        libraries = [path for provider in self.at_hand(package) for path in provider.libraries]
        stem = stem_and_version(name)[0]
        return bool(libraries) and all(stem_and_version(path)[0] != stem for path in libraries)


def is_same(provider: Provider, component: Component) -> bool:
    """Whether a package at hand is the one that a component stands for, as far as that says."""
    build = dict(component.properties).get(names.BUILD, "")
    return (provider.name, provider.version) == (component.name, component.version) and build in ("", provider.build)


def _holds(provider: Provider, path: str, folded: bool) -> bool:
    if folded:
        return any(library.lower() == path.lower() for library in provider.libraries)
    return path in provider.libraries
