"""Several inventories under one root -> one inventory: packages that are the same joined, edges led to what is there.

Knows the model and conda's names. The order of the parts cannot matter, and joining what was joined changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from cf_sbom import properties
from cf_sbom.assemble import bounded
from cf_sbom.identity.matchspec import parse as parse_spec
from cf_sbom.joining.apart import OF_BUILD, environments_apart
from cf_sbom.joining.claims import CARRYING, NEEDING, settled
from cf_sbom.joining.needs import Needs
from cf_sbom.joining.same import CONDA, called, same, same_tools
from cf_sbom.limits import Limits
from cf_sbom.merging import grouped, merge
from cf_sbom.model import Completeness, Component, Patch, Problem, Ref, Relation, RelationKind, Sbom, Scope, Text

_BY = "merge"

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
        self._other_bytes: set[Ref] = set()
        self._dissolved = {part.root: base.root for part in self._parts if part.subject.container == "collection"}
        told = (c for part in self._parts for c in part.components if c.ref not in self._dissolved)
        listed = [*base.components, *map(self._trimmed, told)]
        tools = same_tools(self._parts)
        self._names = {ref: tools.get(name, name) for ref, name in same(listed).items()} | self._dissolved
        self._components = self._merged(listed)
        there = {self._names[c.ref] for c in base.components} if rules.closed else self._components
        platform = base.subject.subdir if rules.closed else ""
        self._needs = Needs(self._components, there, closed=rules.closed, platform=platform)

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
        for ref, group in grouped(components, lambda c: self._names[c.ref]).items():
            if len(group) == 1:
                merged[ref] = group[0] if group[0].ref == ref else replace(group[0], ref=ref)
                continue
            made, conflicts = merge(group, ref)
            self._problems += conflicts
            if _differ(group):  # no fact about bytes that two documents mean differently
                self._other_bytes.add(ref)
                told = tuple(p for p in made.properties if p[0] != properties.SIZE)
                made = replace(made, digests=(), properties=told)
            if ref.startswith("pkg:"):
                made = replace(made, purl=str(ref), aliases=tuple(sorted({*made.aliases, made.purl} - {"", str(ref)})))
            merged[ref] = made
        return merged

    def _relations(self) -> list[Relation]:
        by_key: defaultdict[tuple[Ref, RelationKind, Ref, Scope], list[Relation]] = defaultdict(list)
        carried = self._carried()
        relations = [
            (r, self._names.get(r.source, r.source), self._names.get(r.target, r.target))
            for r in self._all()
            if (self._rules.build or r.kind not in OF_BUILD)
            # What another document holds at the place of a patch is none.
            and not (r.kind == "patched_by" and r.target in self._components)
        ]
        specs = self._specs(relations)
        for relation, source, target in relations:
            if relation.kind in NEEDING and relation.scope != "build" and target not in carried:
                target = self._needs.met(source, target, specs.get((source, self._called(target)), ()))
            if target and source != target:
                by_key[source, relation.kind, target, relation.scope].append(relation)
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

    def _specs(self, relations: Iterable[tuple[Relation, Ref, Ref]]) -> dict[tuple[Ref, str], set[str]]:
        """What conda packages of a collection ask for, each by its name: CycloneDX has no place for that at an edge, so
        it stands with the package, as the records of environments have it."""
        found: defaultdict[tuple[Ref, str], set[str]] = defaultdict(set)
        if self._rules.closed:
            return found
        for ref, component in self._components.items():
            if component.purl.startswith(CONDA):
                for name, spec in component.properties:
                    if name == properties.DEPENDS:
                        found[ref, f"{CONDA}{parse_spec(spec).name}"].add(spec)
        for relation, source, target in relations:
            if relation.specs and _has_specs(relation.kind, relation.scope) and self._is_conda(source, target):
                found[source, self._called(target)] |= {*relation.specs}
        return found

    def _is_conda(self, *refs: Ref) -> bool:
        return all(ref in self._components and self._components[ref].purl.startswith(CONDA) for ref in refs)

    def _called(self, ref: Ref) -> str:
        return called(self._components[ref].purl, ref) if ref in self._components else str(ref)

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

    def _carried(self) -> set[Ref]:
        """What some package holds, other than as a package of the base."""
        return {self._names.get(r.target, r.target) for p in self._parts for r in p.relations if r.kind in CARRYING}

    def _completeness(self, relations: Iterable[Relation]) -> tuple[Completeness, ...]:
        def named(ref: Ref) -> Ref:
            return self._names.get(ref, ref)

        return settled(self._base, self._parts, relations, named, self._called, self._other_bytes)


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
