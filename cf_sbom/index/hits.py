"""What an index answers: packages, what they have to do with a component, and by which evidence.

Knows nothing of how it is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from cf_sbom.model import Evidence

How: TypeAlias = Literal["is", "carries", "static", "may-carry", "links", "depends", "made-from", "built-with"]

MEANING: Final[dict[How, str]] = {
    "is": "the package itself",
    "carries": "its files hold it",
    "static": "linked into its binaries",
    "may-carry": "not proven, but likely linked in or listed",
    "links": "its binaries ask the loader for it",
    "depends": "required as declared",
    "made-from": "its source or its upstream",
    "built-with": "in its build or host environment",
}


class Link(NamedTuple):
    """One way in which a package has to do with a component; through is what of the package has, where that is not the
    package itself."""

    how: How
    scope: str = "runtime"
    specs: tuple[str, ...] = ()
    through: str = ""


class Artifact(NamedTuple):
    """A package of the index."""

    artifact: str
    name: str
    version: str
    build: str
    subdir: str
    sha256: str


class Found(NamedTuple):
    """A component as documents name it."""

    name: str
    version: str
    purl: str


class Hit(NamedTuple):
    """A package and a component that was looked for. links: the strongest first; evidence of the component in that
    package, the surest first."""

    package: Artifact
    component: Found
    links: tuple[Link, ...]
    evidence: tuple[Evidence, ...]

    @property
    def confidence(self) -> float:
        """Of the surest evidence; 1 where none is stated."""
        return max((e.confidence for e in self.evidence), default=1.0)


class Undecided(NamedTuple):
    """A component that has the name, and in so many packages; reason is why nobody can say whether it is meant."""

    component: Found
    reason: str
    packages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """hits: the strongest first, then packages of conda, then by name; of all rows the first that were asked for.
    counts: packages by how, in that order. present: what has the name but another version, where there is no hit.
    wider: a condition that would find some of these. indexed packages are in the index, of unread ones no document;
    unseen: of so many the contents were not looked at, where these could hold what is looked for."""

    query: str
    hits: tuple[Hit, ...]
    rows: int
    counts: dict[How, int]
    packages: int
    undecided: tuple[Undecided, ...]
    present: tuple[Found, ...]
    indexed: int
    unread: int
    unseen: int = 0
    wider: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing was found, and nothing is undecided."""
        return not self.rows and not self.undecided
