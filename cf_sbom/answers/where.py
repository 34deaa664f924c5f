"""Which packages of an index have something to do with a component, and what.

Knows the tables and queries. Versions are judged by identity/ranges.py; where that cannot tell, the answer says so:
what is not known is no "no".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from cf_sbom.identity.matchspec import version_spec
from cf_sbom.identity.ranges import UndecidedError
from cf_sbom.index.reading import evidence as as_evidence
from cf_sbom.index.reading import reading
from cf_sbom.model import Evidence
from cf_sbom.queries import Query, version_of

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
_KINDS: Final[dict[str, How]] = {
    "contains": "carries",
    "static_link": "static",
    "static_candidate": "may-carry",
    "links_to": "links",
    "depends_on": "depends",
    "built_from": "made-from",
    "upstream_of": "made-from",
    "build_tool": "built-with",
    "host": "built-with",
}
_ORDER: Final = tuple(MEANING)
_AT_ONCE = 500  # values bound in one statement
_PRESENT = 20


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


@dataclass(slots=True, kw_only=True)
class Hit:
    """A package and a component that was looked for. links: the strongest first; evidence of the component in that
    package, the surest first, where the answer was asked for it."""

    package: Artifact
    component: Found
    links: tuple[Link, ...]
    evidence: tuple[Evidence, ...] = ()
    place: tuple[int, int] = field(default=(0, 0), repr=False)

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
    """hits: the strongest first, then packages of conda, then by name. counts: packages by how. present: what has the
    name but another version, where there is no hit. indexed packages are in the index, of unread ones no document."""

    query: str
    hits: tuple[Hit, ...]
    counts: dict[How, int]
    packages: int
    undecided: tuple[Undecided, ...]
    present: tuple[Found, ...]
    indexed: int
    unread: int

    @property
    def is_empty(self) -> bool:
        """Nothing was found, and nothing is undecided."""
        return not self.hits and not self.undecided


class _Identity(NamedTuple):
    number: int
    kind: str
    name: str
    version: str
    purl: str

    @property
    def found(self) -> Found:
        return Found(self.name, self.version, self.purl)


def where(file: Path, query: Query, *, hows: Collection[How] = (), detailed: int | None = None) -> Answer:
    """Ask an index. hows: only these, all by default; detailed: how many of the hits get their evidence, all by
    default. Raises IndexFileError."""
    with reading(file) as connection:
        return _Asking(connection, query, frozenset(hows or MEANING)).answer(detailed)


class _Asking:
    """One question to one index."""

    def __init__(self, connection: sqlite3.Connection, query: Query, hows: frozenset[How]) -> None:
        self._connection = connection
        self._query = query
        self._hows = hows
        self._specs: dict[str, bool | str] = {}
        self._undecided: dict[tuple[_Identity, str], set[int]] = {}

    def answer(self, detailed: int | None) -> Answer:
        wanted, others = [], []
        for identity, versions in self._named().items():
            verdict = self._is_wanted(identity, versions)
            if verdict:
                wanted.append(identity)
            elif verdict is False:
                others.append(identity)
        hits = sorted(self._hits(wanted), key=_rank)
        self._add_evidence(hits[:detailed])
        counts: dict[How, set[str]] = {}
        for hit in hits:
            for link in hit.links:
                counts.setdefault(link.how, set()).add(hit.package.artifact)
        return Answer(
            query=self._query.text,
            hits=tuple(hits),
            counts={how: len(counts[how]) for how in _ORDER if how in counts},
            packages=len({hit.package.artifact for hit in hits}),
            undecided=tuple(
                sorted(
                    Undecided(i.found, reason, len(found)) for (i, reason), found in self._undecided.items() if found
                )
            ),
            present=() if hits else tuple(sorted({i.found for i in others if i.version}))[:_PRESENT],
            indexed=self._connection.execute("SELECT count(*) FROM packages").fetchone()[0],
            unread=self._connection.execute("SELECT count(*) FROM failures").fetchone()[0],
        )

    def _named(self) -> dict[_Identity, list[tuple[str, str]]]:
        """Identities that go by the name or purl, with the versions and purls that they have under it."""
        found: dict[_Identity, list[tuple[str, str]]] = {}
        for key, purl, *rest in self._rows_named():
            if self._query.admits(key):
                identity = _Identity(*rest)
                version = version_of(purl) if purl != identity.purl else ""
                found.setdefault(identity, []).append((version or identity.version, purl))
        return found

    def _rows_named(self) -> Iterator[tuple[Any, ...]]:
        query = self._query
        table = (
            "SELECT p.package, p.purl, i.* FROM purls p JOIN identities i ON i.id = p.identity WHERE p.package"
            if query.package
            else "SELECT n.name, i.purl, i.* FROM names n JOIN identities i ON i.id = n.identity WHERE n.name"
        )
        if query.prefix == query.key:
            yield from self._connection.execute(f"{table} = ?", (query.key,))
        else:  # a `*` stands behind the prefix
            yield from self._connection.execute(f"{table} BETWEEN ? AND ?", (query.prefix, f"{query.prefix}\U0010ffff"))

    def _is_wanted(self, identity: _Identity, versions: list[tuple[str, str]]) -> bool | None:
        """None where it cannot be told. What conda packages require has no version but specs, which are looked at with
        the relations."""
        if identity.kind == "conda" and not identity.version:
            return True
        reasons = []
        for version, purl in versions:
            try:
                if self._query.holds(identity.kind, version, purl):
                    return True
            except UndecidedError as error:
                reasons.append(str(error))
        if not reasons:
            return False
        query = "SELECT DISTINCT package FROM components WHERE identity = ? AND section <> 'constrained'"
        packages = {row[0] for row in self._connection.execute(query, (identity.number,))}
        self._undecided[identity, reasons[0]] = packages
        return None

    def _hits(self, wanted: list[_Identity]) -> Iterator[Hit]:
        by_number = {identity.number: identity for identity in wanted}
        links: dict[tuple[int, int, int], list[Link]] = {}
        packages: dict[int, Artifact] = {}
        for row in self._related(by_number):
            package, number, identity, section, scope, kind, relation_scope, specs, source, *artifact = row
            place = (package, number, identity)
            found = links.setdefault(place, [])
            packages.setdefault(package, Artifact(*artifact))
            if number == 0:
                found.append(Link("is"))
            elif kind is None:
                found += [Link(how, scope) for how in _SECTIONS.get(section, ())]
            elif kind in _KINDS and not (kind == "upstream_of" and source != number):
                stated = tuple(filter(None, specs.split("\n")))
                if self._admits(by_number[identity], kind, stated, package):
                    through = "" if source in (0, number) else self._name(package, source)
                    found.append(Link(_KINDS[kind], relation_scope, stated, through))
        for (package, number, identity), found in links.items():
            kept = _deciding([link for link in dict.fromkeys(found) if link.how in self._hows])
            if kept:
                yield Hit(
                    package=packages[package],
                    component=by_number[identity].found,
                    links=tuple(sorted(kept, key=lambda link: (_ORDER.index(link.how), link))),
                    place=(package, number),
                )

    def _related(self, identities: Iterable[int]) -> Iterator[tuple[Any, ...]]:
        """The components of some identities, each with every relation to it, and with that to the package that it is
        upstream."""
        columns = "c.package, c.number, c.identity, c.section, c.scope, r.kind, r.scope, r.specs, r.source"
        artifact = "p.artifact, p.name, p.version, p.build, p.subdir, p.sha256"
        joined = "FROM components c JOIN packages p ON p.id = c.package"
        for marks, values in _chunks(identities):
            for join in (
                "LEFT JOIN relations r ON r.package = c.package AND r.target = c.number",
                "JOIN relations r ON r.package = c.package AND r.target = 0 AND r.source = c.number "
                "AND r.kind = 'upstream_of'",
            ):
                words = ("SELECT", columns, ",", artifact, joined, join, "WHERE c.identity IN", marks)
                yield from self._connection.execute(" ".join(words), values)

    def _admits(self, identity: _Identity, kind: str, specs: tuple[str, ...], package: int) -> bool:
        if identity.version or identity.kind != "conda" or kind != "depends_on":
            return True
        for spec in specs:
            verdict = self._specs.get(spec)
            if verdict is None:
                verdict = self._specs[spec] = self._admitted_by(spec)
            if verdict is not True:
                if verdict:
                    self._undecided.setdefault((identity, verdict), set()).add(package)
                return False
        return True

    def _admitted_by(self, spec: str) -> bool | str:
        """A text says why that cannot be told."""
        try:
            return self._query.condition.admitted_by(version_spec(spec))
        except UndecidedError as error:
            return str(error)

    def _name(self, package: int, number: int) -> str:
        row = self._connection.execute(
            "SELECT i.name, i.version FROM components c JOIN identities i ON i.id = c.identity "
            "WHERE c.package = ? AND c.number = ?",
            (package, number),
        ).fetchone()
        return " ".join(filter(None, row)) if row else ""

    def _add_evidence(self, hits: list[Hit]) -> None:
        for hit in hits:
            if hit.place[1]:
                rows = self._connection.execute(
                    "SELECT path, field, technique, confidence, found_by, detail FROM evidence "
                    "WHERE package = ? AND component = ? ORDER BY confidence DESC, number",
                    hit.place,
                )
                hit.evidence = tuple(dict.fromkeys(as_evidence(*row) for row in rows))


# What a component without relations is to the package.
_SECTIONS: dict[str, tuple[How, ...]] = {
    "carried": ("carries",),
    "required": ("depends",),
    "candidate": ("may-carry",),
    "source": ("made-from",),
    "build": ("built-with",),
}


def _deciding(links: list[Link]) -> list[Link]:
    """What the package itself is to the component; if it is nothing to it, what others in it are."""
    own = [link for link in links if not link.through or link.how in ("carries", "static")]
    return own or links


def _rank(hit: Hit) -> tuple[Any, ...]:
    return (
        _ORDER.index(hit.links[0].how),
        not hit.component.purl.startswith("pkg:conda/"),
        hit.package.name,
        hit.package.artifact,
        hit.component,
        hit.place,
    )


def _chunks(values: Iterable[int]) -> Iterator[tuple[str, list[int]]]:
    found = sorted(values)
    for start in range(0, len(found), _AT_ONCE):
        part = found[start : start + _AT_ONCE]
        yield f"({','.join('?' * len(part))})", part
