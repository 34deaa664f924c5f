"""What carried packages say they need -> relations between those that are carried.

Knows the model only. Names are compared as they are given; what is needed and not there gives nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cf_sbom.model import Evidence, Problem, Ref, Relation, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """name is looked up among the names of others; spec is what was written; field is where in the file."""

    name: str
    spec: str
    field: str
    scope: Scope = "runtime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A carried package, stated in the member at path: the names that others know it by, and what it needs.

    place: what is needed is looked for among the packages of the same place, such as one library folder.
    """

    ref: Ref
    path: str
    names: tuple[str, ...]
    requirements: tuple[Requirement, ...] = ()
    place: str = ""


def relations(by: str, providers: Sequence[Provider]) -> Iterator[Relation | Problem]:
    """An edge for each requirement that one carried package meets; where several do, it is not known which is meant,
    and that is said. by is the extractor's name."""
    known: defaultdict[tuple[str, str], set[Ref]] = defaultdict(set)
    for provider in providers:
        for name in provider.names:
            known[provider.place, name].add(provider.ref)
    for provider in providers:
        unclear = set()
        for requirement in provider.requirements:
            targets = known.get((provider.place, requirement.name), set())
            if len(targets) > 1:
                unclear.add(requirement.name)
                continue
            for target in targets - {provider.ref}:
                seen = Evidence(path=provider.path, field=requirement.field, technique="manifest", by=by)
                yield Relation(
                    source=provider.ref,
                    kind="depends_on",
                    target=target,
                    scope=requirement.scope,
                    specs=(requirement.spec,),
                    evidence=(seen,),
                )
        if unclear:
            reason = f"needs {_listed(unclear)}, carried in several versions: which of them is meant is not known"
            yield Problem(path=provider.path, reason=reason, by=by, severity="gap")


def _listed(names: set[str]) -> str:
    first, *rest = sorted(names)
    return f"{first[:80]} and {len(rest)} more" if rest else first[:80]
