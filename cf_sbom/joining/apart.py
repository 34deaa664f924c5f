"""What may not become one: environments that hold different packages, and packages of different platforms.

Knows the model and conda's names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TypeAlias

from cf_sbom import properties as names
from cf_sbom.identity.purl import SUBDIR
from cf_sbom.joining.same import conda_parts
from cf_sbom.merging import grouped
from cf_sbom.model import Component, Ref, Relation, RelationKind, Sbom

ENVIRONMENT = "conda-environment:"
OF_BUILD: frozenset[RelationKind] = frozenset(("build_tool", "host"))
_HELD = "&packages="
_Packages: TypeAlias = tuple[frozenset[str], frozenset[str]]
"""conda packages, and all else that has a purl."""


def renamed(part: Sbom, refs: Mapping[Ref, Ref], change: Callable[[Component], Component] = lambda c: c) -> Sbom:
    """A part in which these go by other references; change: what else is new about them."""

    def new(ref: Ref) -> Ref:
        return refs.get(ref, ref)

    return replace(
        part,
        root=new(part.root),
        components=tuple(change(replace(c, ref=refs[c.ref])) if c.ref in refs else c for c in part.components),
        relations=tuple(
            replace(r, source=new(r.source), target=new(r.target)) if r.source in refs or r.target in refs else r
            for r in part.relations
        ),
        completeness=tuple(replace(claim, ref=new(claim.ref)) for claim in part.completeness),
    )


def environments_apart(parts: Sequence[Sbom]) -> list[Sbom]:
    """The parts, in which environments of one name and platform have references of their own where they hold different
    packages. One that knows of conda packages alone is the same as another with those of Python besides."""
    held = [_held(part) for part in parts]
    by_ref = grouped(((ref, packages) for one in held for ref, packages in one.items()), lambda item: _plain(item[0]))
    named: dict[tuple[Ref, _Packages], Ref] = {}
    for ref, found in by_ref.items():
        several = {packages for _, packages in found}
        whole = _with_others(several)
        for packages in several:
            own = f"{ref}{_HELD}{_digest(whole[packages])}" if len(set(whole.values())) > 1 else ref
            named[ref, packages] = Ref(own)
    made = []
    for part, one in zip(parts, held, strict=True):
        refs = {ref: new for ref, packages in one.items() if (new := named[_plain(ref), packages]) != ref}
        made.append(renamed(part, refs) if refs else part)
    return made


def _with_others(several: Iterable[_Packages]) -> dict[_Packages, _Packages]:
    """Each list of packages with those that are not conda's, where of the same conda packages one has these and another
    none."""
    others: defaultdict[frozenset[str], set[frozenset[str]]] = defaultdict(set)
    for conda, more in several:
        others[conda] |= {more} - {frozenset()}
    return {(conda, more): (conda, min(others[conda]) if len(others[conda]) == 1 else more) for conda, more in several}


def _held(part: Sbom) -> dict[Ref, _Packages]:
    purls = {c.ref: c.purl for c in part.components}
    found: dict[Ref, set[str]] = {ref: set() for ref in purls if ref.startswith(ENVIRONMENT)}
    if found:
        for relation in part.relations:
            if relation.kind == "contains" and relation.source in found:
                found[relation.source].add(purls.get(relation.target, ""))
    return {ref: _packages(purls) for ref, purls in found.items()}


def _packages(purls: Iterable[str]) -> _Packages:
    """A conda package is known by all but its channel, which not every document tells."""
    conda, others = set(), set()
    for purl in purls:
        if parts := conda_parts(purl):
            conda.add("/".join(parts[:4]))
        elif purl:
            others.add(purl)
    return frozenset(conda), frozenset(others)


def _plain(ref: Ref) -> Ref:
    return Ref(ref.partition(_HELD)[0])


def _digest(packages: _Packages) -> str:
    return sha256("\n".join(sorted(packages[0] | packages[1])).encode()).hexdigest()[:16]


def crossing(parts: Sequence[Sbom]) -> list[str]:
    """The platforms that the parts would link; none where all are of one, or nothing links them.

    An environment is for one platform, and so is a package for any that a document leads to one for a platform, as the
    document of an environment does. Beside these no package may be for another platform.
    """
    linked = [set(_linked(part)) for part in parts]
    if not any(linked):
        return []
    of_each = [bound | _platforms(part) for bound, part in zip(linked, parts, strict=True)]
    every = set().union(*of_each)
    return sorted(every) if len(every) > 1 and every not in of_each else []


def _linked(part: Sbom) -> Iterator[str]:
    for component in part.components:
        stated = dict(component.properties)
        platform = stated.get(names.PLATFORM, "")
        if SUBDIR.fullmatch(platform):
            yield platform
    subdirs = _subdirs(part)
    for relation in part.relations:
        if relation.kind in ("depends_on", "links_to") and subdirs.get(relation.source) == "noarch":
            platform = subdirs.get(relation.target, "")
            if platform not in ("", "noarch") and relation.scope != "build":
                yield platform


def _platforms(part: Sbom) -> set[str]:
    """Those of all packages but what only builds had, which may have run elsewhere."""
    built = of_build((relation, relation.target) for relation in part.relations)
    return {subdir for ref, subdir in _subdirs(part).items() if ref not in built} - {"noarch"}


def of_build(relations: Iterable[tuple[Relation, Ref]]) -> set[Ref]:
    """What only builds had, by relations and what they lead to."""
    leading: defaultdict[bool, set[Ref]] = defaultdict(set)
    for relation, target in relations:
        leading[relation.kind in OF_BUILD or relation.scope == "build"].add(target)
    return leading[True] - leading[False]


def _subdirs(part: Sbom) -> dict[Ref, str]:
    found = ((c.ref, conda_parts(c.purl)) for c in part.components)
    return {ref: parts.subdir for ref, parts in found if parts and parts.subdir}
