"""Several findings of one identity -> one component.

Knows the model only. The whole group merges at once: the order of findings cannot matter, and merging again changes
nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import fields, replace
from operator import lt
from typing import Any, TypeVar

from cf_sbom.model import ROOT, Component, Digest, Evidence, License, LicenseRole, Occurrence, Problem, Ref, Technique
from cf_sbom.properties import GO_SUM, NUGET_CONTENT_HASH
from cf_sbom.releases import agree, release

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

_TECHNIQUES: tuple[Technique, ...] = ("manifest", "hash", "recipe", "binary", "filename", "inferred")
_BY = "assemble"


def merge(group: Sequence[Component], ref: Ref) -> tuple[Component, list[Problem]]:
    """One component for one identity, and the conflicts that this settles.

    Sets are united. For a scalar the best technique, then confidence, then name of the extractor wins, and the losers
    become problems. A purl says name and version, so two spellings of these under one purl are no conflict; other purls
    stay as aliases, whose names are others and whose versions may be those of a distribution. A digest is kept where
    all that is known of its algorithm agrees.
    """
    if len(group) == 1 and _is_merged(group[0]):
        return (group[0] if group[0].ref == ref else replace(group[0], ref=ref)), []
    ranked = sorted(group, key=lambda c: (rank(c), repr(c))) if len(group) > 1 else list(group)
    best = ranked[0]
    problems: list[Problem] = []
    chosen: dict[str, Any] = {}
    stated = [c for c in ranked if c.occurrences] or ranked  # without evidence a component only adds to the sets
    purls = {c.purl for c in ranked}
    unsure = _CONTESTABLE - (_OF_PURL if len(purls) == 1 and best.purl else _NAME if purls != {""} else frozenset())
    named = sorted(stated, key=lambda c: not c.purl)  # what a purl says of itself goes before what others call it
    for name in _SCALARS:
        values = [v for c in (named if name in _OF_PURL else stated) if (v := getattr(c, name))]
        chosen[name] = values[0] if values else getattr(best, name)
        if len(values) > 1 and name in unsure:
            for other in sorted({repr(v) for v in values} - {repr(chosen[name])}):
                if name != "version" or not _agree(stated, chosen[name], other):
                    problems.append(_conflict(best, f"{name} of {ref}: {chosen[name]!r} or {other}"))
    if len(others := _other_licenses(ranked)) > 1:
        problems.append(_conflict(best, f"licence of {ref}: {' or '.join(others)}"))
    for name in _ONE_VALUE:
        values = sorted({value for c in ranked for key, value in c.properties if key == name})
        if len(values) > 1:
            problems.append(_conflict(best, f"{name} of {ref}: {' or '.join(values)}"))
    digests, contested = _agreed_digests(ranked)
    problems += (_conflict(best, f"{ref}: the {algorithm} digests differ") for algorithm in contested)
    occurrences = grouped((o for c in ranked for o in c.occurrences), lambda o: (o.path, o.digests))
    component = Component(
        ref=ref,
        **chosen,
        digests=digests,
        aliases=tuple(
            sorted(({a for c in ranked for a in c.aliases} | {c.purl for c in ranked}) - {"", chosen["purl"]})
        ),
        licenses=_licenses(ranked),
        links=_united(ranked, lambda c: c.links),
        cpes=_united(ranked, lambda c: c.cpes),
        properties=_united(ranked, lambda c: c.properties),
        occurrences=tuple(
            Occurrence(path=path, digests=digests, evidence=tuple(sorted({e for o in same for e in o.evidence})))
            for (path, digests), same in sorted(occurrences.items())
        ),
    )
    return component, problems


_SETS = frozenset(("ref", "aliases", "licenses", "digests", "links", "cpes", "properties", "occurrences"))
_SCALARS = tuple(f.name for f in fields(Component) if f.name not in _SETS)
_CONTESTABLE = frozenset(("name", "version", "supplier", "manufacturer"))
_ONE_VALUE = (GO_SUM, NUGET_CONTENT_HASH)  # properties that are hashes of the one content
_OF_PURL = frozenset(("name", "version"))
_NAME = frozenset(("name",))


def _is_merged(component: Component) -> bool:
    """Whether a component alone is plainly what merge() would make of it, as nearly all are: nothing in it could be
    united, sorted, or contradict itself."""
    licenses, seen, properties = component.licenses, component.occurrences, component.properties
    return (
        not component.aliases
        and len(component.digests) < 2
        and (not licenses or (len(licenses) == 1 and len(licenses[0].texts) < 2))
        and (not seen or (len(seen) == 1 and not seen[0].digests and len(seen[0].evidence) < 2))
        and _is_set(component.links)
        and _is_set(component.cpes)
        and _is_set(properties)
        and len(dict(properties)) == len(properties)
    )


def _is_set(values: tuple[Any, ...]) -> bool:
    """Whether they are in order, each once."""
    return len(values) < 2 or all(map(lt, values, values[1:]))


def evidence_of(component: Component) -> tuple[Evidence, ...]:
    """All evidence of a component, of all its occurrences."""
    return tuple(e for o in component.occurrences for e in o.evidence)


def _agree(group: Iterable[Component], chosen: str, other: str) -> bool:
    """Whether a version that is shown as `other` can be the chosen one as another names it."""
    releases = {release(c.version, c.purl) for c in group if c.version == chosen}
    return all(
        agree(release(c.version, c.purl), one)
        for c in group
        for one in releases
        if c.version and repr(c.version) == other
    )


def _other_licenses(group: Sequence[Component]) -> list[str]:
    """The licences that the members of a group declare, where they differ. One that is known as a text only differs
    from none, and so does a member that has all of the others', as what was merged before."""
    stated = {
        frozenset(term for lic in component.licenses if lic.role == "declared" for term in _terms(lic.expression))
        for component in group
        if not any("LicenseRef-" in lic.expression for lic in component.licenses)
    } - {frozenset()}
    every: frozenset[str] = frozenset().union(*stated)
    single = {licenses for licenses in stated if licenses != every}
    stated = single if frozenset().union(*single) == every else stated
    return sorted(" AND ".join(sorted(licenses)) for licenses in stated)


def _terms(expression: str) -> list[str]:
    """What all applies: SPDX has two licences of one component in one expression."""
    is_plain = "(" not in expression and not (" OR " in expression and " AND " in expression)
    return [_ordered(term) for term in (expression.split(" AND ") if is_plain else [expression])]


def _ordered(expression: str) -> str:
    """A choice of two in one order, so that `MIT OR Zlib` is `Zlib OR MIT`."""
    return " OR ".join(sorted(expression.split(" OR "))) if "(" not in expression else expression


def rank(component: Component) -> tuple[int, float, str]:
    """How good the evidence of a component is; the least is the best."""
    ranks = [(_TECHNIQUES.index(e.technique), -e.confidence, e.by) for e in evidence_of(component)]
    return min(ranks, default=(len(_TECHNIQUES), 0.0, ""))


def _agreed_digests(group: Sequence[Component]) -> tuple[tuple[Digest, ...], list[str]]:
    """The digests to show, and the contested algorithms.

    What is stated of the component itself goes before what was seen of it in files; but where two occurrences differ,
    none can be shown.
    """
    agreed: list[Digest] = []
    contested: list[str] = []
    stated = grouped((d for c in group for d in c.digests), lambda d: d.algorithm)
    seen = grouped((d for c in group for o in c.occurrences for d in o.digests), lambda d: d.algorithm)
    for algorithm in sorted({*stated, *seen}):
        said, found = set(stated.get(algorithm, ())), set(seen.get(algorithm, ()))
        if len(said) > 1 or len(found) > 1:
            contested.append(algorithm)
        if len(found) <= 1:
            agreed += said if len(said) == 1 else found
    return tuple(sorted(agreed)), contested


def identities(components: Iterable[Component]) -> dict[Ref, Ref]:
    """For each reference the one its group goes by: components that share a reference, a purl or an alias are one."""
    parent: dict[str, str] = {}

    def find(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for component in components:
        # What the package repackages (its purls) has an identity of its own: it must not swallow a source.
        for name in (component.purl, *component.aliases) if component.ref != ROOT else ():
            if name:
                first, second = sorted((find(component.ref), find(name)))
                parent[second] = first
    refs = {c.ref for c in components}
    groups: defaultdict[str, list[Ref]] = defaultdict(list)
    for ref in refs:
        groups[find(ref)].append(ref)
    return {ref: min(group, key=lambda r: (not r.startswith("pkg:"), r)) for group in groups.values() for ref in group}


def _conflict(best: Component, reason: str) -> Problem:
    path = best.occurrences[0].path if best.occurrences else ""
    return Problem(path=path, reason=reason, by=_BY, severity="conflict")


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """The items by their keys, both in the order of first appearance."""
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _licenses(group: Iterable[Component]) -> tuple[License, ...]:
    """The same licence stated twice is one with the texts of both."""
    found: dict[tuple[str, LicenseRole, str], set[str]] = {}
    for component in group:
        for lic in component.licenses:
            found.setdefault((lic.expression, lic.role, lic.found), set()).update(lic.texts)
    return tuple(
        License(expression=expression, role=role, found=written, texts=tuple(sorted(texts)))
        for (expression, role, written), texts in sorted(found.items())
    )


def _united(group: Iterable[Component], get: Callable[[Component], tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(sorted({value for component in group for value in get(component)}))  # type: ignore[type-var]
