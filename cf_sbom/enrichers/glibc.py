"""The glibc that the package's binaries need, by the versions of symbols they ask for, against what it declares.

Knows how glibc names its versions, and how conda packages ask for it (`__glibc`). Only a declaration that is too low is
a problem: whoever declares nothing may rely on the oldest system that the channel supports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from cf_sbom import properties as names
from cf_sbom.hookspecs import Context, Enricher, hookimpl
from cf_sbom.model import Problem, Sbom

NAME = "glibc"
_VERSION = re.compile(r"GLIBC_(\d{1,4})\.(\d{1,4})(?:\.\d{1,4})?", re.ASCII)
_MARKS = {"GLIBC_ABI_DT_RELR": (2, 36)}  # linkers ask for it, and it came with this version
_LOADED = "libc.so.6"
_SPEC = re.compile(r"__glibc(?![\w.-])([^|]*)")
_BOUND = re.compile(r"(>=?|==?|~=)? *(\d{1,4})\.(\d{1,4})[\d.*a-z]*", re.ASCII)
_Version = tuple[int, int]


@hookimpl
def cf_sbom_enrichers() -> Iterator[Enricher]:
    yield Enricher(
        name=NAME, order=17, enrich=enrich, doc="the glibc that binaries need, against the `__glibc` that is declared"
    )


def enrich(sbom: Sbom, context: Context) -> Sbom:
    """The Sbom with the glibc it needs as a property of the root, and a Problem where less is declared."""
    if any(file.path.rpartition("/")[2] == _LOADED for file in sbom.files):
        return sbom  # it brings its own
    asked: dict[_Version, list[str]] = {}
    for binary in sbom.binaries:
        versions = [v for _, which in binary.imported_versions for v in map(_version, which) if v]
        if versions:
            asked.setdefault(max(versions), []).append(binary.path)
    if not asked:
        return sbom
    highest = max(asked)
    told = (names.GLIBC, _written(highest))
    components = tuple(
        replace(c, properties=tuple(sorted({*c.properties, told}))) if c.ref == sbom.root else c
        for c in sbom.components
    )
    problems = set(sbom.problems)
    declared = max(_declared(sbom), default=None)
    if declared is not None and declared < highest:
        more = sum(len(paths) for version, paths in asked.items() if version > declared) - 1
        others = f" (and {more} more file{'s' if more > 1 else ''} more than that)" if more else ""
        reason = (
            f"needs glibc {_written(highest)}, but the package declares __glibc from {_written(declared)} on{others}"
        )
        problems.add(Problem(path=asked[highest][0], reason=reason, by=NAME, severity="conflict"))
    return replace(sbom, components=components, problems=tuple(sorted(problems)))


def _version(name: str) -> _Version | None:
    match = _VERSION.fullmatch(name)
    return (int(match[1]), int(match[2])) if match else _MARKS.get(name)


def _declared(sbom: Sbom) -> Iterator[_Version]:
    """The lowest version that each spec of `__glibc` admits; none of one with alternatives."""
    for name, spec in sbom.root_component.properties:
        wanted = _SPEC.fullmatch(spec)
        if name not in (names.VIRTUAL_DEPENDS, names.VIRTUAL_CONSTRAINS) or wanted is None:
            continue
        for part in wanted[1].split(","):
            if match := _BOUND.fullmatch(part.strip()):
                yield int(match[2]), int(match[3])


def _written(version: _Version) -> str:
    return f"{version[0]}.{version[1]}"
