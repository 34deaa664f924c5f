"""What is known of one bundled library, and what follows for it and for others beside it. Pure: no files, no SBOMs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cf_sbom.bundled import Project
from cf_sbom.model import Technique
from cf_sbom.releases import agree


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """Something that tells name or version; version is "" where it tells the name alone. path: of another file than the
    library, where that tells it."""

    version: str = ""
    technique: Technique
    confidence: float
    field: str = ""
    detail: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A bundled library: its path, whose it is (None where that is not known, and then title alone names it), what
    others ask for it by, what it asks for, and what tells all that; the clues of a version, the best first, may
    contradict. first: the first path of those libraries of the project that are linked with each other, of which this
    is one."""

    path: str
    title: str
    project: Project | None
    name: tuple[Clue, ...]
    clues: tuple[Clue, ...] = ()
    soname: str = ""
    needed: tuple[str, ...] = ()
    first: str = ""

    @property
    def version(self) -> str:
        return next((clue.version for clue in self.clues), "")

    def contradictions(self) -> tuple[Clue, ...]:
        return tuple(clue for clue in self.clues if not agree(clue.version, self.version))

    def with_clues(self, clues: Iterable[Clue]) -> Copy:
        """The same, and what else tells its version; the surest goes first, and of equals that which was there."""
        found = [*self.clues, *clues]
        return replace(self, clues=tuple(sorted(found, key=lambda clue: -clue.confidence)))


LINKED = 0.7
"""How sure it is that two libraries of one project that are linked with each other have one version."""


def with_siblings(copies: Sequence[Copy]) -> list[Copy]:
    """The copies with what follows from the libraries of the same project beside them that they are linked with: those
    without a version have that of the others, where these have one."""
    places = {
        (_folder(c), name): number for number, c in enumerate(copies) for name in (c.soname, _base(c.path)) if name
    }
    joined = list(range(len(copies)))

    def find(number: int) -> int:
        while joined[number] != number:
            joined[number] = number = joined[joined[number]]
        return number

    for number, one in enumerate(copies):
        for needed in one.needed:
            other = places.get((_folder(one), _base(needed)))
            if other is not None and one.project is not None and copies[other].project is one.project:
                joined[find(number)] = find(other)
    groups: defaultdict[int, list[Copy]] = defaultdict(list)
    for number, one in enumerate(copies):
        groups[find(number)].append(one)
    found = []
    for group in groups.values():
        told = sorted((c.version, c.path) for c in group if c.version)
        first = min(c.path for c in group)
        clues: tuple[Clue, ...] = ()
        if len({version for version, _ in told}) == 1:
            detail = f"linked with {_base(told[0][1])} of the same project"
            clues = (Clue(version=told[0][0], technique="inferred", confidence=LINKED, detail=detail),)
        for one in group:
            found.append(replace(one if one.version else one.with_clues(clues), first=first))
    return sorted(found, key=lambda copy: copy.path)


def _folder(copy: Copy) -> str:
    return copy.path.rpartition("/")[0]


def _base(path: str) -> str:
    return path.rpartition("/")[2]
