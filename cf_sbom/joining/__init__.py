"""Several inventories under one root -> one inventory: packages that are the same joined, edges led to what is there.

Knows the model and conda's names. The order of the parts cannot matter, and joining what was joined changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from cf_sbom import properties
from cf_sbom.assemble import bounded
from cf_sbom.identity.matchspec import parse as parse_spec
from cf_sbom.joining.apart import OF_BUILD, environments_apart, of_build
from cf_sbom.joining.claims import CARRYING, NEEDING, settled
from cf_sbom.joining.needs import Led, Needs
from cf_sbom.joining.same import CONDA, called, same, same_tools
from cf_sbom.limits import Limits
from cf_sbom.merging import grouped, merge, rank
from cf_sbom.model import (
    Completeness,
    Component,
    Digest,
    Patch,
    Problem,
    Ref,
    Relation,
    RelationKind,
    Sbom,
    Scope,
    Text,
)

_BY = "merge"
_NAMING = frozenset(("ref", "kind", "name", "version", "purl", "occurrences", "properties"))
_FACTS = tuple(field.name for field in fields(Component) if field.name not in _NAMING)

T = TypeVar("T", Text, Patch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """closed: what the base lists is all that is there, so that a need for something else is no edge. build: packages
    of build environments are kept."""

    limits: Limits
    closed: bool = False
    build: bool = True


def join(base: Sbom, parts: Sequence[Sbom], rules: Rules) -> Sbom:
    """The base with all that the parts tell. Its root holds the root of each part; that of a collection goes up in
    it."""
    return _Joined(base, parts, rules).sbom()


def admitted(parts: Sequence[Sbom], count: int, limits: Limits) -> tuple[list[Sbom], list[Problem]]:
    """The parts as far as the limit of members admits all their components besides that many others, in an order that
    does not hang on theirs, and how many are left out."""
    kept = []
    for part in sorted(parts, key=lambda p: (p.root, len(p.components), len(p.relations))):
        count += len(part.components)
        if count <= limits.members:
            kept.append(part)
    if len(kept) == len(parts):
        return kept, []
    reason = f"{len(parts) - len(kept)} documents are left out, more than {limits.members} components (limit members)"
    return kept, [Problem(path="", reason=reason, by=_BY, severity="gap")]


class _Joined:
    """All parts on their way into one."""

    def __init__(self, base: Sbom, parts: Sequence[Sbom], rules: Rules) -> None:
        self._base = base
        self._rules = rules
        self._parts = environments_apart(parts)
        self._problems = [*base.problems, *(problem for part in self._parts for problem in part.problems)]
        self._known = {problem.reason for problem in self._problems if problem.severity == "conflict"}
        self._contested: defaultdict[str, list[set[str]]] = defaultdict(list)
        for of, _, told in (reason.rpartition(": ") for reason in self._known if reason.startswith("licence of ")):
            self._contested[of].append(_terms(told))
        self._other_bytes: set[Ref] = set()
        self._dissolved = {part.root: base.root for part in self._parts if part.subject.container == "collection"}
        inside = (c for part in self._parts for c in part.components if c.ref not in self._dissolved)
        listed = [*base.components, *map(self._trimmed, inside)]
        tools = same_tools(self._parts)
        self._names = {ref: tools.get(name, name) for ref, name in same(listed).items()} | self._dissolved
        self._purls = _purls(listed, self._names)
        self._told = [
            (r, self._names.get(r.source, r.source), self._names.get(r.target, r.target)) for r in self._all()
        ]
        self._asked = self._specs(listed)
        self._led = self._needs(listed)
        self._meant = {*self._led.names.values()}
        self._before = self._names
        self._names = {ref: self._led.names.get(name, name) for ref, name in self._names.items()}
        self._components = self._merged(listed)

    def _needs(self, listed: Sequence[Component]) -> Led:
        """What the needs of all lead to. What only builds had meets none of them."""
        if self._rules.closed:
            there = {self._names[c.ref] for c in self._base.components}
        else:
            there = self._purls.keys() - of_build((r, target) for r, _, target in self._told)
        digests: defaultdict[Ref, set[Digest]] = defaultdict(set)
        full = {source for _, source, _ in self._told}
        for component in listed:
            if component.purl.startswith(CONDA):
                digests[self._names[component.ref]] |= {*component.digests}
            if _is_full(component):
                full.add(self._names[component.ref])
        platform = self._base.subject.subdir if self._rules.closed else ""
        needs = Needs(self._purls, digests, there, closed=self._rules.closed, platform=platform)
        # What some package holds, other than as a package of the base.
        held = {self._names.get(r.target, r.target) for p in self._parts for r in p.relations if r.kind in CARRYING}
        pairs = (
            (source, target)
            for r, source, target in self._told
            if r.kind in NEEDING and r.scope != "build" and self._purls.get(target, "").startswith(CONDA)
        )
        return Led(needs, pairs, self._asked, self._called, full=full, held=held)

    def sbom(self) -> Sbom:
        relations = self._relations()
        kept = _reached(self._base.root, relations)
        relations = [r for r in relations if r.source in kept and r.target in kept]
        found = (self._components[ref] for ref in sorted(kept & self._components.keys()))
        components = tuple(self._with_specs(found, relations))
        shown = {path for c in components for license_ in c.licenses for path in license_.texts}
        sbom = replace(
            self._base,
            components=components,
            relations=tuple(relations),
            texts=_first(text for part in self._parts for text in part.texts if text.path in shown),
            patches=_first(p for part in self._parts for p in part.patches if p.ref in kept - self._components.keys()),
            problems=bounded(self._problems, self._rules.limits.problems),
            completeness=tuple(claim for claim in self._completeness(relations) if claim.ref in kept),
        )
        sbom.check()
        return sbom

    def _trimmed(self, component: Component) -> Component:
        """An environment repeats no text of a licence that has a name of its own: its packages hold them."""
        if not self._rules.closed or not any(license_.texts for license_ in component.licenses):
            return component
        licenses = (
            license_ if "LicenseRef-" in license_.expression else replace(license_, texts=())
            for license_ in component.licenses
        )
        return replace(component, licenses=tuple(licenses))

    def _merged(self, components: Iterable[Component]) -> dict[Ref, Component]:
        merged: dict[Ref, Component] = {}
        for ref, members in grouped(components, lambda c: self._names[c.ref]).items():
            group = self._of_one_purl(ref, members)
            if len(group) == 1:
                merged[ref] = group[0] if group[0].ref == ref else replace(group[0], ref=ref)
                continue
            made, conflicts = merge(group, ref)
            self._problems += (problem for problem in conflicts if not self._is_known(problem.reason))
            if _differ(group) or any(f"{ref}: the {d.algorithm} digests differ" in self._known for d in made.digests):
                # no fact about bytes that two documents mean differently
                self._other_bytes.add(ref)
                told = tuple(p for p in made.properties if p[0] != properties.SIZE)
                made = replace(made, digests=(), properties=told)
            if ref.startswith("pkg:"):
                made = replace(made, purl=str(ref), aliases=tuple(sorted({*made.aliases, made.purl} - {"", str(ref)})))
            merged[ref] = made
        return merged

    def _is_known(self, conflict: str) -> bool:
        """Whether a document has told this conflict before, of licences with others, of which one is named again: what
        was merged has all of them."""
        of, _, told = conflict.rpartition(": ")
        return any(_terms(told) <= known for known in self._contested[of])

    def _of_one_purl(self, ref: Ref, group: list[Component]) -> list[Component]:
        """A group in which what is known by name alone has the purl of the package that it means, and says nothing
        that this says for itself."""
        if ref not in self._meant:
            return group
        own = [c for c in group if self._before[c.ref] == ref]
        best = min(own, key=lambda c: (rank(c), repr(c)))
        by_name = (
            replace(
                c, purl=best.purl, name="", version="", kind=best.kind, description=best.description or c.description
            )
            for c in group
            if self._before[c.ref] != ref and _is_full(c)
        )
        return [*own, *by_name]

    def _relations(self) -> list[Relation]:
        by_key: defaultdict[tuple[Ref, RelationKind, Ref, Scope], list[Relation]] = defaultdict(list)
        specs = self._asked
        for relation, source, target in self._told:
            if relation.kind in OF_BUILD and not self._rules.build:
                continue
            if relation.kind == "patched_by" and target in self._components:
                continue  # what another document holds at the place of a patch is none
            source, target = self._led.names.get(source, source), self._led.names.get(target, target)
            needs = relation.kind in NEEDING and relation.scope != "build"
            for met in self._led(source, target) if needs else (target,):
                if source != met:
                    by_key[source, relation.kind, met, relation.scope].append(relation)
        return [
            Relation(
                source=source,
                kind=kind,
                target=target,
                scope=scope,
                specs=tuple(
                    sorted(
                        {spec for r in alike for spec in r.specs}
                        | (specs.get((source, self._called(target)), set()) if _has_specs(kind, scope) else set())
                    )
                ),
                evidence=tuple(sorted({e for r in alike for e in r.evidence})),
            )
            for (source, kind, target, scope), alike in sorted(by_key.items(), key=lambda item: item[0])
        ]

    def _specs(self, listed: Iterable[Component]) -> defaultdict[tuple[Ref, str], set[str]]:
        """What conda packages of a collection ask for, each by its name: CycloneDX has no place for that at an edge, so
        it stands with the package, as the records of environments have it."""
        found: defaultdict[tuple[Ref, str], set[str]] = defaultdict(set)
        if self._rules.closed:
            return found
        for component in listed:
            if component.purl.startswith(CONDA):
                for name, spec in component.properties:
                    if name == properties.DEPENDS:
                        found[self._names[component.ref], f"{CONDA}{parse_spec(spec).name}"].add(spec)
        for relation, source, target in self._told:
            if relation.specs and _has_specs(relation.kind, relation.scope) and self._is_conda(source, target):
                found[source, self._called(target)] |= {*relation.specs}
        return found

    def _is_conda(self, *refs: Ref) -> bool:
        return all(self._purls.get(ref, "").startswith(CONDA) for ref in refs)

    def _called(self, ref: Ref) -> str:
        return called(self._purls[ref], ref) if ref in self._purls else str(ref)

    def _with_specs(self, components: Iterable[Component], relations: Iterable[Relation]) -> Iterator[Component]:
        asked: defaultdict[Ref, set[tuple[str, str]]] = defaultdict(set)
        for relation in () if self._rules.closed else relations:
            if relation.specs and _has_specs(relation.kind, relation.scope) and self._is_conda(relation.source):
                asked[relation.source] |= {(properties.DEPENDS, spec) for spec in relation.specs}
        for component in components:
            more = asked.get(component.ref, set()) - {*component.properties}
            yield replace(component, properties=tuple(sorted({*component.properties, *more}))) if more else component

    def _all(self) -> Iterator[Relation]:
        yield from self._base.relations
        placed = {r.target for r in self._base.relations if r.kind in CARRYING}
        for part in self._parts:
            yield from part.relations
            if self._names[part.root] not in {self._base.root, *placed}:
                yield Relation(source=self._base.root, kind="contains", target=part.root)
            reached = _reached(part.root, part.relations)
            for component in part.components:
                if component.ref not in reached:
                    yield Relation(source=part.root, kind="contains", target=component.ref)

    def _completeness(self, relations: Iterable[Relation]) -> tuple[Completeness, ...]:
        def named(ref: Ref) -> Ref:
            return self._names.get(ref, ref)

        return settled(self._base, self._parts, relations, named, self._called, self._other_bytes)


def _purls(components: Iterable[Component], names: Mapping[Ref, Ref]) -> dict[Ref, str]:
    """The purl of each, by what it goes by, which is one where it has any."""
    found: dict[Ref, str] = {}
    for component in components:
        ref = names[component.ref]
        purl = str(ref) if ref.startswith("pkg:") else component.purl
        found[ref] = min(filter(None, (purl, found.get(ref, ""))), default="")
    return found


def _is_full(component: Component) -> bool:
    """Whether more is told of a component than what it is called, where that was seen, and what edges tell, too."""
    told = {name for name, _ in component.properties} - {properties.LINKED}
    return bool(told) or any(getattr(component, name) for name in _FACTS)


def _terms(licenses: str) -> set[str]:
    return {term for one in licenses.split(" or ") for term in one.split(" AND ")}


def _has_specs(kind: RelationKind, scope: Scope) -> bool:
    """Whether a relation is one that match specs are about."""
    return kind == "depends_on" and scope in ("runtime", "optional")


def _differ(group: Iterable[Component]) -> bool:
    """Whether two digests of one algorithm are stated of a component."""
    stated: dict[str, str] = {}
    return any(stated.setdefault(d.algorithm, d.value) != d.value for c in group for d in c.digests)


def _reached(root: Ref, relations: Iterable[Relation]) -> set[Ref]:
    """All that relations lead to from the root; what it comes from upstream leads to it."""
    leading: defaultdict[Ref, list[Ref]] = defaultdict(list)
    for relation in relations:
        ends = relation.source, relation.target
        source, target = ends[::-1] if relation.kind == "upstream_of" else ends
        leading[source].append(target)
    found = {root}
    waiting = [root]
    while waiting:
        for ref in leading.get(waiting.pop(), ()):
            if ref not in found:
                found.add(ref)
                waiting.append(ref)
    return found


def _first(items: Iterable[T]) -> tuple[T, ...]:
    """One for each path, the same in whatever order they come."""
    found: dict[str, T] = {}
    for item in items:
        known = found.setdefault(item.path, item)
        if known != item and repr(item) < repr(known):
            found[item.path] = item
    return tuple(found[path] for path in sorted(found))
