"""Where a loader looks for the libraries that a binary asks for, as folders and paths of the prefix.

Knows the loaders of Linux (ld.so(8): DT_RPATH, DT_RUNPATH, `$ORIGIN`), macOS (dyld(1): `@rpath`, `@loader_path`,
`@executable_path`) and Windows (the search order of LoadLibrary as conda sets it up), and the placeholders that stand
for the prefix in a package. Nothing is opened: paths are names.
"""

from __future__ import annotations

import re
from functools import lru_cache

from cf_sbom.model import Linkage
from cf_sbom.paths import resolve_link

# A prefix while the package is built: conda-build and rattler-build fill it up with these words; before 2016 it was a
# fixed one.
_PLACEHOLDER = re.compile(r"(?:/[^/]+){0,64}?/[^/]*_placehold[^/]*(?=/|$)|/opt/anaconda1anaconda2anaconda3(?=/|$)")
_ORIGIN = re.compile(r"(?:\$ORIGIN|\$\{ORIGIN\}|@loader_path)(?=/|$)")
_PROGRAM = re.compile(r"@executable_path(?=/|$)")
_RPATH = "@rpath/"
_MOST = 32  # folders of one binary: linkers write a few
_WINDOWS = ("", "Library/mingw-w64/bin", "Library/usr/bin", "Library/bin", "Scripts", "bin", "DLLs")


def folder(entry: str, path: str) -> str | None:
    """The folder of the prefix that an rpath of the file at path names ("" is the prefix itself), or None where it
    leads out of it or depends on the folder that a program is started in."""
    if match := _PLACEHOLDER.match(entry):
        return _inside("", entry[match.end() :])
    if match := _ORIGIN.match(entry):
        return _inside(path.rpartition("/")[0], entry[match.end() :])
    if match := _PROGRAM.match(entry):
        start = path.rpartition("/")[0]  # of a library it is not known; programs stand in bin
        return _inside(start, entry[match.end() :])
    return None


def places(linkage: Linkage, name: str) -> tuple[str, ...]:
    """The paths of the prefix where a library is looked for under the name that the binary asks for, in order; none
    where the name is a place outside of it."""
    folders = _folders(linkage.format, linkage.path, linkage.rpaths[:_MOST])
    if linkage.format == "PE":
        return tuple(_joined(one, name) for one in folders)
    if linkage.format == "Mach-O" and name.startswith(_RPATH):
        return tuple(_joined(one, name.removeprefix(_RPATH)) for one in folders)
    if "/" in name:
        start, _, last = name.rpartition("/")
        found = folder(start, linkage.path)
        return () if found is None else (_joined(found, last),)
    return tuple(_joined(one, name) for one in folders)


@lru_cache(maxsize=64)
def _folders(format_: str, path: str, rpaths: tuple[str, ...]) -> tuple[str, ...]:
    if format_ == "PE":
        return tuple(dict.fromkeys((path.rpartition("/")[0], *_WINDOWS)))
    found = (folder(entry, path) for entry in rpaths)
    return tuple(dict.fromkeys((*(one for one in found if one is not None), "lib")))


def _inside(start: str, rest: str) -> str | None:
    """A folder from another one on; None above the prefix."""
    parts = start.split("/") if start else []
    for part in rest.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _joined(start: str, name: str) -> str:
    return resolve_link(f"{start}/x" if start else "x", name) or name
