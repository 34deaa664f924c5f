"""The paths in a package that lead from it to a component, the shortest first.

Knows the model and queries. An inventory is hostile: cycles end, and what is looked at is bounded.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from cf_sbom.identity.ranges import UndecidedError
from cf_sbom.merging import grouped
from cf_sbom.model import Component, Ref, Relation, Sbom, State
from cf_sbom.placement import known_contents, place
from cf_sbom.queries import Query, demands_of

_ANY = ((),)  # of what no relation tells more
_MOST_STEPS = 200_000  # that are looked at in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From one component to the next: all relations that say so, the strongest scope first. inverse: the next one is
    upstream of this one, so the relation runs the other way."""

    source: Component
    target: Component
    relations: tuple[Relation, ...]
    inverse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A component that was looked for and the paths to it; more: there are others, or too many to look at. No path: the
    document names it without saying how the package comes to it. A path without steps: it is the package itself."""

    component: Component
    paths: tuple[tuple[Step, ...], ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Of one package. undecided: components that have the name, and why nobody can say whether they are meant. unseen:
    nobody looked at its contents, which may hold what was looked for."""

    sbom: Sbom
    query: str
    reasons: tuple[Reason, ...]
    undecided: tuple[tuple[Component, str], ...]
    unseen: bool = False


def why(sbom: Sbom, query: Query, *, max_paths: int = 10, contents: State | None = None) -> Explanation:
    """All components that are meant, each with at most so many paths. contents: how much of these is known, by default
    what the inventory tells."""
    found, undecided = [], []
    demands = demands_of(sbom)
    for component in sbom.components:
        try:
            if query.wants(component, demands.get(component.ref, _ANY)):
                found.append(component)
        except UndecidedError as error:
            undecided.append((component, str(error)))
    graph = _Graph(sbom)
    reasons = [_reason(graph, component, max_paths) for component in found]
    order = sorted(reasons, key=lambda r: (not r.paths, min(map(len, r.paths), default=0), r.component.ref))
    unseen = (contents or known_contents(sbom, place(sbom))) == "unknown"
    return Explanation(sbom=sbom, query=query.text, reasons=tuple(order), undecided=tuple(undecided), unseen=unseen)


class _Graph:
    """Steps from each component to the next, and back."""

    def __init__(self, sbom: Sbom) -> None:
        self.root = sbom.root
        self.components = {component.ref: component for component in sbom.components}
        self.steps: dict[Ref, dict[Ref, Step]] = {}
        self.back: dict[Ref, list[Ref]] = {}
        ends = grouped(
            sbom.relations, lambda r: (r.target, r.source) if r.kind == "upstream_of" else (r.source, r.target)
        )
        for (source, target), relations in sorted(ends.items()):
            if source in self.components and target in self.components and source != target:
                self.steps.setdefault(source, {})[target] = Step(
                    source=self.components[source],
                    target=self.components[target],
                    relations=tuple(relations),
                    inverse=all(relation.kind == "upstream_of" for relation in relations),
                )
                self.back.setdefault(target, []).append(source)

    def distances(self, target: Ref) -> dict[Ref, int]:
        """How many steps each component is from a target that it leads to."""
        found = {target: 0}
        waiting = deque([target])
        while waiting:
            ref = waiting.popleft()
            for before in self.back.get(ref, ()):
                if before not in found:
                    found[before] = found[ref] + 1
                    waiting.append(before)
        return found


def _reason(graph: _Graph, component: Component, max_paths: int) -> Reason:
    """Best first: a path is taken up again by how long it must become at least, so that the first to arrive is the
    shortest. No path goes through one component twice."""
    distances = graph.distances(component.ref)
    if graph.root not in distances:
        return Reason(component=component, paths=(), more=False)
    paths: list[tuple[Ref, ...]] = []
    waiting: list[tuple[int, tuple[Ref, ...]]] = [(distances[graph.root], (graph.root,))]
    steps = 0
    while waiting:
        if len(paths) == max_paths or steps > _MOST_STEPS:
            return Reason(component=component, paths=_as_steps(graph, paths), more=True)
        _, path = heapq.heappop(waiting)
        if path[-1] == component.ref:
            paths.append(path)
            continue
        for ref in graph.steps.get(path[-1], ()):
            steps += 1
            if ref in distances and ref not in path and steps <= _MOST_STEPS:
                heapq.heappush(waiting, (len(path) + distances[ref], (*path, ref)))
    return Reason(component=component, paths=_as_steps(graph, paths), more=steps > _MOST_STEPS)


def _as_steps(graph: _Graph, paths: list[tuple[Ref, ...]]) -> tuple[tuple[Step, ...], ...]:
    return tuple(tuple(graph.steps[source][target] for source, target in pairwise(path)) for path in paths)
