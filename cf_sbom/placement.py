"""Where each component stands in a document, told from its relations: what the package is made of, carries and needs.

Knows the model only. Every emitter and every view lays its document out by this, so that all formats agree.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cf_sbom.model import Component, Ref, Relation, RelationKind, Sbom, Scope, State
from cf_sbom.properties import UNEXPLAINED

Section: TypeAlias = Literal["carried", "required", "candidate", "source", "build", "constrained"]

SECTIONS: dict[RelationKind, Section | None] = {
    "contains": "carried",
    "static_link": "carried",
    "depends_on": "required",
    "links_to": "required",
    "static_candidate": "candidate",
    "built_from": "source",
    "upstream_of": "source",
    "build_tool": "build",
    "host": "build",
    "constrains": "constrained",
    "patched_by": None,  # its target is a patch, not a component
}
_ORDER: tuple[Section, ...] = ("carried", "required", "candidate", "source", "build", "constrained")
_OUTSIDE: tuple[Section, ...] = ("required", "candidate")
_DEPTH = 24  # readers of documents bound what is nested
_SCOPES: tuple[Scope, ...] = ("runtime", "optional", "build", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The components of an Sbom by section, each in order of reference; a component stands in one section only.

    scopes holds the strongest scope of those relations that place a component, incoming all relations to it, outgoing
    those that it is the source of. of_many: the root is no package but holds packages.
    """

    root: Component
    sections: dict[Section, tuple[Component, ...]]
    scopes: dict[Ref, Scope]
    incoming: dict[Ref, tuple[Relation, ...]]
    outgoing: dict[Ref, tuple[Relation, ...]]
    of_many: bool = False

    @property
    def inventory(self) -> tuple[Component, ...]:
        """What is carried, required, and what may be carried: all that a document speaks of besides its making."""
        return (*self.sections["carried"], *self.sections["required"], *self.sections["candidate"])


def place(sbom: Sbom) -> Placement:
    """Lay an Sbom out. Linear in components and relations."""
    incoming: defaultdict[Ref, list[Relation]] = defaultdict(list)
    outgoing: defaultdict[Ref, list[Relation]] = defaultdict(list)
    upstream: set[Ref] = set()
    for relation in sbom.relations:
        incoming[relation.target].append(relation)
        outgoing[relation.source].append(relation)
        if relation.kind == "upstream_of":
            upstream.add(relation.source)
    by_section: dict[Section, list[Component]] = {section: [] for section in _ORDER}
    scopes: dict[Ref, Scope] = {}
    main = None if sbom.subject.of_many else sbom.root
    for component in sbom.components:
        if component.ref == sbom.root:
            continue
        deciding = _deciding(incoming[component.ref], main)
        by_section[_section(component, deciding, component.ref in upstream, sbom.subject.of_many)].append(component)
        if deciding:
            stated = {relation.scope for relation in deciding}
            scopes[component.ref] = next(scope for scope in _SCOPES if scope in stated)
    return Placement(
        root=sbom.root_component,
        sections={section: tuple(found) for section, found in by_section.items()},
        scopes=scopes,
        incoming={ref: tuple(found) for ref, found in incoming.items()},
        outgoing={ref: tuple(found) for ref, found in outgoing.items()},
        of_many=sbom.subject.of_many,
    )


def known_contents(sbom: Sbom, placement: Placement) -> State:
    """How much a document tells of what is in the package; unknown where nobody looked. Of contents that were not
    looked at documents claim no more than that they are incomplete; but then they tell nothing at all of them, not even
    how much is unexplained."""
    if any(c.ref == sbom.root and c.aspect == "contents" and c.state == "complete" for c in sbom.completeness):
        return "complete"
    told = placement.sections["carried"] or placement.sections["candidate"] or sbom.files
    measured = any(name == UNEXPLAINED for name, _ in placement.root.properties)
    return "incomplete" if told or measured else "unknown"


def holders(placement: Placement) -> dict[Ref, Ref]:
    """For each carried component what it lies in: the root, or another component. Of several the one nearest to the
    root, then the first by reference; what only something required holds lies in that. None is more than _DEPTH deep;
    the root holds what nothing leads to."""
    carried = {component.ref for component in placement.sections["carried"]}
    found: dict[Ref, Ref] = {}
    outside = [component.ref for name in _OUTSIDE for component in placement.sections[name]]
    for level in ([placement.root.ref], sorted(outside)):
        for _ in range(_DEPTH):
            following = []
            for holder in level:
                for relation in placement.outgoing.get(holder, ()):
                    ref = relation.target
                    if SECTIONS[relation.kind] == "carried" and ref in carried and ref not in found:
                        found[ref] = holder
                        following.append(ref)
            level = sorted(following)
            if not level:
                break
    return {ref: found.get(ref, placement.root.ref) for ref in sorted(carried)}


def _deciding(incoming: list[Relation], root: Ref | None) -> list[Relation]:
    """The relations that place a component: what the package itself is to it goes before what other components are,
    but what any of them contains is carried. root is None where it is no package: nothing is more than others there."""
    if len(incoming) < 2:
        return incoming
    own = [relation for relation in incoming if relation.source == root or SECTIONS[relation.kind] == "carried"]
    return own or incoming


def in_payload(path: str) -> bool:
    """Whether a path is one of the payload, not of the package's metadata or of a place outside."""
    return not path.startswith(("info/", "conda-meta/"))


def _section(component: Component, incoming: list[Relation], is_upstream: bool, of_many: bool) -> Section:
    """What the payload itself names as used for building it, such as the build crates of a program, is listed with what
    is needed, at scope build; packages of the build environments stand apart."""
    sections: set[Section] = set()
    for relation in incoming:
        section = SECTIONS[relation.kind]
        if section == "required" and relation.scope == "build" and not _is_seen(component, of_many):
            section = "build"
        if section is not None:
            sections.add(section)
    if is_upstream:
        sections.add("source")
    return next((section for section in _ORDER if section in sections), "carried")


def _is_seen(component: Component, of_many: bool) -> bool:
    """Whether it was seen in a payload; in an inventory of several packages each path begins with its package."""
    paths = (o.path.partition("/")[2] if of_many else o.path for o in component.occurrences)
    return any(map(in_payload, paths))
