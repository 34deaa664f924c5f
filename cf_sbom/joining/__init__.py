"""Several inventories under one root -> one inventory: packages that are the same joined, edges led to what is there.

Knows the model and conda's names. The order of the parts cannot matter, and joining what was joined changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, TypeVar

from packageurl import PackageURL

from cf_sbom.assemble import bounded
from cf_sbom.identity.purl import channel_name
from cf_sbom.limits import Limits
from cf_sbom.merging import grouped, identities, merge
from cf_sbom.model import (
    Completeness,
    Component,
    Patch,
    Problem,
    Ref,
    Relation,
    RelationKind,
    Sbom,
    Scope,
    State,
    Text,
)

_BY = "merge"
_STATES: tuple[State, ...] = ("incomplete", "complete", "unknown")  # the weakest claim of those who know wins
_OF_BUILD: frozenset[RelationKind] = frozenset(("build_tool", "host"))
_CARRYING: frozenset[RelationKind] = frozenset(("contains", "static_link"))
_NEEDING: frozenset[RelationKind] = frozenset(("depends_on", "links_to"))
_CONDA = "pkg:conda/"

T = TypeVar("T", Text, Patch)


class Conda(NamedTuple):
    """A conda purl in parts, however its style writes the channel."""

    name: str
    version: str
    build: str
    subdir: str
    channel: str
    archive: str


@lru_cache(maxsize=65536)
def conda_parts(purl: str) -> Conda | None:
    """The parts of a conda purl; None for any other."""
    if not purl.startswith(_CONDA):
        return None
    try:
        parsed = PackageURL.from_string(purl)
    except ValueError:
        return None
    told = parsed.qualifiers
    host, place = told.get("repository_url", ""), parsed.namespace or told.get("channel", "")
    host = f"https://{host}" if host and "://" not in host else host
    channel = "/".join(part.strip("/") for part in (host, place) if part)
    return Conda(
        name=parsed.name,
        version=parsed.version or "",
        build=told.get("build", ""),
        subdir=told.get("subdir", ""),
        channel=channel_name(channel),
        archive=told.get("type", ""),
    )


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


class _Joined:
    """All parts on their way into one."""

    def __init__(self, base: Sbom, parts: Sequence[Sbom], rules: Rules) -> None:
        self._base = base
        self._rules = rules
        self._problems = list(base.problems)
        self._parts = list(self._within(parts))
        self._dissolved = {part.root: base.root for part in self._parts if part.subject.container == "collection"}
        told = (c for part in self._parts for c in part.components if c.ref not in self._dissolved)
        listed = [*base.components, *map(self._trimmed, told)]
        self._names = self._identities(listed)
        self._components = self._merged(listed)
        self._exact = self._by_name()

    def sbom(self) -> Sbom:
        relations = self._relations()
        kept = _reached(self._base.root, relations)
        relations = [r for r in relations if r.source in kept and r.target in kept]
        components = tuple(self._components[ref] for ref in sorted(kept & self._components.keys()))
        shown = {path for c in components for license_ in c.licenses for path in license_.texts}
        sbom = replace(
            self._base,
            components=components,
            relations=tuple(relations),
            texts=_first(text for part in self._parts for text in part.texts if text.path in shown),
            patches=_first(patch for part in self._parts for patch in part.patches if patch.ref in kept),
            problems=bounded(self._problems, self._rules.limits.problems),
            completeness=self._completeness(kept),
        )
        sbom.check()
        return sbom

    def _within(self, parts: Sequence[Sbom]) -> Iterator[Sbom]:
        """The parts as far as the limit of members admits all their components."""
        count, left = len(self._base.components), 0
        for part in sorted(parts, key=lambda p: (p.root, len(p.components), len(p.relations))):
            count += len(part.components)
            if count > self._rules.limits.members:
                left += 1
            else:
                self._problems += part.problems
                yield part
        if left:
            reason = f"{left} documents are left out, more than {self._rules.limits.members} components (limit members)"
            self._problems.append(Problem(path="", reason=reason, by=_BY, severity="gap"))

    def _trimmed(self, component: Component) -> Component:
        """An environment repeats no text of a licence that has a name of its own: its packages hold them."""
        if not self._rules.closed or not any(license_.texts for license_ in component.licenses):
            return component
        licenses = (
            license_ if "LicenseRef-" in license_.expression else replace(license_, texts=())
            for license_ in component.licenses
        )
        return replace(component, licenses=tuple(licenses))

    def _identities(self, components: Sequence[Component]) -> dict[Ref, Ref]:
        """What each component goes by. A conda package does not join what it repackages: an alias of its own names
        that, and so it tells only other things apart."""
        conda = _same_packages(components)
        called = {
            (conda.get(c.ref, c.ref), *(("", ()) if c.purl.startswith(_CONDA) else (c.purl, c.aliases)))
            for c in components
        }
        plain = (Component(ref=ref, kind="library", name="", purl=purl, aliases=more) for ref, purl, more in called)
        names = identities(list(plain))
        return {c.ref: names[conda.get(c.ref, c.ref)] for c in components} | self._dissolved

    def _merged(self, components: Iterable[Component]) -> dict[Ref, Component]:
        merged: dict[Ref, Component] = {}
        for ref, group in grouped(components, lambda c: self._names[c.ref]).items():
            if len(group) == 1:
                merged[ref] = group[0] if group[0].ref == ref else replace(group[0], ref=ref)
                continue
            made, conflicts = merge(group, ref)
            self._problems += conflicts
            if ref.startswith("pkg:"):
                made = replace(made, purl=str(ref), aliases=tuple(sorted({*made.aliases, made.purl} - {"", str(ref)})))
            merged[ref] = made
        return merged

    def _by_name(self) -> Mapping[str, list[tuple[Ref, Conda]]]:
        """The packages that a need may be met by: those of the base where it is closed, else all that are exact."""
        refs = {self._names[c.ref] for c in self._base.components} if self._rules.closed else set(self._components)
        found: defaultdict[str, list[tuple[Ref, Conda]]] = defaultdict(list)
        for ref in sorted(refs):
            parts = conda_parts(self._components[ref].purl)
            if parts is not None and (parts.subdir or self._rules.closed) and self._is_here(parts):
                found[parts.name].append((ref, parts))
        return found

    def _is_here(self, parts: Conda) -> bool:
        """Whether a package is of the platform of an environment; no edge leads to or from others."""
        platform = self._base.subject.subdir if self._rules.closed else ""
        return not platform or parts.subdir in ("", "noarch", platform)

    def _relations(self) -> list[Relation]:
        by_key: defaultdict[tuple[Ref, RelationKind, Ref, Scope], list[Relation]] = defaultdict(list)
        carried = self._carried()
        for relation in self._all():
            if relation.kind in _OF_BUILD and not self._rules.build:
                continue
            source, target = (
                self._names.get(relation.source, relation.source),
                self._names.get(relation.target, relation.target),
            )
            if relation.kind in _NEEDING and relation.scope != "build" and target not in carried:
                target = self._met(source, target)
            if target and source != target:
                by_key[source, relation.kind, target, relation.scope].append(relation)
        return [
            Relation(
                source=source,
                kind=kind,
                target=target,
                scope=scope,
                specs=tuple(sorted({spec for r in same for spec in r.specs})),
                evidence=tuple(sorted({e for r in same for e in r.evidence})),
            )
            for (source, kind, target, scope), same in sorted(by_key.items(), key=lambda item: item[0])
        ]

    def _all(self) -> Iterator[Relation]:
        yield from self._base.relations
        placed = {r.target for r in self._base.relations if r.kind in _CARRYING}
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
        return {self._names.get(r.target, r.target) for p in self._parts for r in p.relations if r.kind in _CARRYING}

    def _met(self, source: Ref, target: Ref) -> Ref:
        """What meets a need: the one package of that name that is there for the platform; "" where an environment has
        none, and what was needed itself where that is not known."""
        needed = conda_parts(self._components[target].purl) if target in self._components else None
        if needed is None:
            return target
        own = conda_parts(self._components[source].purl) if source in self._components else None
        if own is not None and not self._is_here(own):
            return Ref("")
        found = self._exact.get(needed.name, [])
        if any(ref == target for ref, _ in found):
            return target
        if not self._rules.closed:
            platform = own.subdir if own and own.subdir != "noarch" else ""
            found = [
                (ref, parts)
                for ref, parts in found
                if (not platform or parts.subdir in (platform, "noarch"))
                and needed.version in ("", parts.version)
                and needed.build in ("", parts.build)
                and needed.subdir == ""
            ]
        if len(found) == 1:
            return found[0][0]
        return Ref("") if self._rules.closed else target

    def _completeness(self, kept: set[Ref]) -> tuple[Completeness, ...]:
        own = {(c.ref, c.aspect): c for c in self._base.completeness if c.ref == self._base.root}
        claims = [*self._base.completeness, *(claim for part in self._parts for claim in part.completeness)]
        named = [replace(claim, ref=self._names.get(claim.ref, claim.ref)) for claim in claims]
        by_key = grouped((c for c in named if c.ref in kept), lambda c: (c.ref, c.aspect))
        weakest = {key: min(same, key=lambda c: (_STATES.index(c.state), c.why)) for key, same in by_key.items()}
        weakest |= own
        return tuple(weakest[key] for key in sorted(weakest))


def _same_packages(components: Iterable[Component]) -> dict[Ref, Ref]:
    """Conda packages that several documents name in different ways: one with a channel, another without. Those of one
    name, version, build and platform are one, unless two channels or two forms of archive are told apart; then those of
    one SHA-256 are."""
    groups: defaultdict[tuple[str, ...], dict[Ref, Conda]] = defaultdict(dict)
    hashes: defaultdict[Ref, set[str]] = defaultdict(set)
    for component in components:
        parts = conda_parts(component.purl)
        if parts is not None and parts.build and parts.subdir:
            groups[parts[:4]][component.ref] = parts
            hashes[component.ref] |= {d.value for d in component.digests if d.algorithm == "sha256"}
    names: dict[Ref, Ref] = {}
    for group in groups.values():
        if len(group) == 1:
            continue
        channels, archives = ({p[place] for p in group.values()} - {""} for place in (4, 5))
        if len(channels) < 2 and len(archives) < 2:
            together = [list(group)]
        else:
            by_hash: defaultdict[str, list[Ref]] = defaultdict(list)
            for ref in group:
                if len(hashes[ref]) == 1:
                    by_hash[next(iter(hashes[ref]))].append(ref)
            together = list(by_hash.values())
        for same in together:
            fullest = min(same, key=lambda ref: (not group[ref].channel, not group[ref].archive, len(ref), ref))
            names |= dict.fromkeys(same, fullest)
    return names


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
