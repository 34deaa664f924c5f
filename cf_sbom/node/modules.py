"""Folders of node_modules: which package a name means, and what a package has in a folder of its own.

Knows how node looks for a package (nodejs.org, modules, loading from node_modules folders); nothing of manifests.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from cf_sbom.model import File
from cf_sbom.paths import resolve_link

_CLIMB = 256  # folders above a package in which its dependencies are looked for
_PACKAGE = re.compile(r"(?:.*/)?node_modules/(?:@[^/]+/)?[^/@.][^/]*", re.DOTALL)


def is_installed(folder: str) -> bool:
    """Whether a folder is that of a package in node_modules; `.bin` and the like are none, nor is what lies deeper."""
    return _PACKAGE.fullmatch(folder) is not None


def is_inside(folder: str) -> bool:
    """Whether a folder is node_modules or lies in one."""
    return "node_modules" in folder.split("/")


class Modules:
    """The packages of a payload by their folders. A link leads to where the package lies, as pnpm lays it."""

    def __init__(self, packages: Collection[str], files: Mapping[str, File]) -> None:
        self._packages = packages
        self._links = {
            path: target
            for path, file in files.items()
            if file.kind == "softlink" and (target := resolve_link(path, file.link_target)) in packages
        }
        # Which node_modules hold a package of a name: a name that none holds is looked for nowhere.
        self._holders: dict[str, set[str]] = {}
        for place in (*packages, *self._links):
            if is_installed(place):
                at = place.rindex("node_modules/") + len("node_modules")
                self._holders.setdefault(place[at + 1 :], set()).add(place[:at])
        self._folders = {folder for folders in self._holders.values() for folder in folders}
        self._last: tuple[str, tuple[str, ...]] | None = None

    def resolve(self, folder: str, name: str) -> str:
        """The folder of the package that a name means to the package in `folder`, or ""."""
        holders = self._holders.get(name, ())
        nearest = next((modules for modules in self._above(folder) if modules in holders), "") if holders else ""
        place = f"{nearest}/{name}" if nearest else ""
        return self._links.get(place, place)

    def _above(self, folder: str) -> tuple[str, ...]:
        """The node_modules that count for a folder, the nearest first."""
        if self._last is not None and self._last[0] == folder:
            return self._last[1]
        found, place = [], folder
        for _ in range(_CLIMB):
            modules = f"{place}/node_modules" if place else "node_modules"
            if modules in self._folders:
                found.append(modules)
            if not place:
                break
            place = place.rpartition("/")[0]
        self._last = (folder, tuple(found))
        return self._last[1]


def bundled(bundles: Mapping[str, tuple[str, ...]], edges: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """(bundler, what it brings along), both as folders: what it names and what that needs, as far as it lies in the
    bundler's own node_modules. bundles are names by folder, edges the folders that the package in a folder needs.

    What lies in the node_modules of another bundler is brought by that one: each package is visited once.
    """
    for folder, names in bundles.items():
        inside = f"{folder}/node_modules/" if folder else "node_modules/"
        waiting = [inside + name for name in names]
        seen: set[str] = set()
        while waiting:
            place = waiting.pop()
            if place in seen or place not in edges:
                continue
            seen.add(place)
            yield folder, place
            own = f"{place}/" if bundles.get(place) else "\0"
            waiting += [target for target in edges[place] if target.startswith(inside) and not target.startswith(own)]
