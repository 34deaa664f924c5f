"""How much is known of each component, by what several documents claim: the weakest of those who know wins.

Knows the model. A claim to know all is void where another document knows more, or speaks of other bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from cf_sbom.model import Aspect, Completeness, Ref, Relation, RelationKind, Sbom, State

CARRYING: frozenset[RelationKind] = frozenset(("contains", "static_link"))
NEEDING: frozenset[RelationKind] = frozenset(("depends_on", "links_to"))
_STATES: tuple[State, ...] = ("incomplete", "complete", "unknown")

_Key: TypeAlias = tuple[Ref, Aspect]


def settled(
    base: Sbom,
    parts: Sequence[Sbom],
    relations: Iterable[Relation],
    named: Callable[[Ref], Ref],
    called: Callable[[Ref], str],
    other_bytes: Collection[Ref],
) -> tuple[Completeness, ...]:
    """The claims about the whole. relations are those that it has; named gives what a component goes by in it, called
    what that is whatever its version; other_bytes: those of which documents know different digests."""
    known = _told(relations, called)
    claims = [replace(claim, ref=named(claim.ref)) for claim in base.completeness]
    claims += (Completeness(ref=ref, aspect="contents", state="incomplete") for ref in other_bytes)
    for part in parts:
        whole = {claim.ref for claim in part.completeness if claim.state == "complete"}
        own = _told(
            (replace(r, source=named(r.source), target=named(r.target)) for r in part.relations if r.source in whole),
            called,
        )
        for claim in part.completeness:
            ref = named(claim.ref)
            state = claim.state
            if state == "complete" and not known[ref, claim.aspect] <= own[ref, claim.aspect]:
                state = "incomplete"
            claims.append(replace(claim, ref=ref, state=state))
    weakest: dict[_Key, Completeness] = {}
    for claim in sorted(claims, key=lambda c: (_STATES.index(c.state), c.why)):
        weakest.setdefault((claim.ref, claim.aspect), claim)
    weakest |= {(c.ref, c.aspect): c for c in base.completeness if c.ref == base.root}
    return tuple(weakest[key] for key in sorted(weakest))


def _told(relations: Iterable[Relation], called: Callable[[Ref], str]) -> defaultdict[_Key, set[str]]:
    """What each component is said to hold and to need."""
    found: defaultdict[_Key, set[str]] = defaultdict(set)
    for relation in relations:
        if relation.kind in CARRYING:
            found[relation.source, "contents"].add(called(relation.target))
        elif relation.kind in NEEDING and relation.scope not in ("build", "test"):
            found[relation.source, "dependencies"].add(called(relation.target))
    return found
