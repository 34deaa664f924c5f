"""Which packages of an index have something to do with a component, and what.

Knows the tables and queries. Versions are judged by identity/ranges.py; where that cannot tell, the answer says so:
what is not known is no "no".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from cf_sbom.identity.ranges import UndecidedError
from cf_sbom.identity.wildcards import fits
from cf_sbom.index.hits import MEANING, Answer, Artifact, Found, Hit, How, Link, Undecided
from cf_sbom.index.reading import evidence as as_evidence
from cf_sbom.index.reading import reading
from cf_sbom.queries import Query, purl_type, version_of

_ORDER: Final = tuple(MEANING)
_KINDS: Final[dict[str, int]] = {
    kind: _ORDER.index(how)
    for kind, how in (
        ("contains", "carries"),
        ("static_link", "static"),
        ("static_candidate", "may-carry"),
        ("links_to", "links"),
        ("depends_on", "depends"),
        ("built_from", "made-from"),
        ("upstream_of", "made-from"),
        ("build_tool", "built-with"),
        ("host", "built-with"),
    )
}
# What a component without relations is to the package.
_SECTIONS: Final[dict[str, int]] = {
    section: _ORDER.index(how)
    for section, how in (
        ("carried", "carries"),
        ("required", "depends"),
        ("candidate", "may-carry"),
        ("source", "made-from"),
        ("build", "built-with"),
    )
}
_HELD: Final = frozenset((_ORDER.index("carries"), _ORDER.index("static")))
_IN_CONTENTS: Final = frozenset(map(_ORDER.index, ("carries", "static", "may-carry", "links")))
_PRESENT = 20


class _Identity(NamedTuple):
    number: int
    kind: str
    name: str
    version: str
    purl: str

    @property
    def found(self) -> Found:
        return Found(self.name, self.version, self.purl)


class _Way(NamedTuple):
    """A link before its component is looked up; source is the number of that, or 0."""

    how: int
    scope: str
    specs: str
    source: int


_Place: TypeAlias = tuple[int, int]  # a package and the number of a component in it


def where(file: Path, query: Query, *, hows: Collection[How] = (), limit: int | None = None) -> Answer:
    """Ask an index. hows: only these, all by default; limit: of so many hits more than their number is told, of all by
    default. Raises IndexFileError."""
    with reading(file) as connection:
        return _Asking(connection, query, frozenset(hows or MEANING)).answer(limit)


class _Asking:
    """One question to one index. An answer may be all of it, so most is done with numbers, and only the hits that are
    told are looked up."""

    def __init__(self, connection: sqlite3.Connection, query: Query, hows: frozenset[How]) -> None:
        self._connection = connection
        self._query = query
        self._hows = frozenset(map(_ORDER.index, hows))
        self._specs: dict[str, bool | str] = {}
        self._undecided: dict[tuple[_Identity, str], set[int]] = {}

    def answer(self, limit: int | None) -> Answer:
        wanted: dict[int, _Identity] = {}
        others = []
        for identity, versions in self._named().items():
            verdict = self._is_wanted(identity, versions)
            if verdict:
                wanted[identity.number] = identity
            elif verdict is False:
                others.append(identity)
        components, ways = self._ways(wanted)
        found: dict[int, set[int]] = {}
        for (package, _), known in ways.items():
            for way in known:
                found.setdefault(way.how, set()).add(package)
        packages = set().union(*found.values())
        ranks = self._ranks(packages)
        others_last = {number: not i.purl.startswith("pkg:conda/") for number, i in wanted.items()}
        order = sorted(
            (min(known)[0], others_last[components[place]], ranks[place[0]], place[1], place)
            for place, known in ways.items()
        )
        return Answer(
            query=self._query.text,
            hits=tuple(self._hit(place, wanted[components[place]], ways[place]) for *_, place in order[:limit]),
            rows=len(order),
            counts={_ORDER[how]: len(found[how]) for how in sorted(found)},
            packages=len(packages),
            undecided=tuple(
                sorted(Undecided(i.found, reason, len(in_)) for (i, reason), in_ in self._undecided.items() if in_)
            ),
            present=() if order else tuple(sorted({i.found for i in others if i.version}))[:_PRESENT],
            indexed=self._connection.execute("SELECT count(*) FROM packages").fetchone()[0],
            unread=self._connection.execute("SELECT count(*) FROM failures").fetchone()[0],
            unseen=self._unseen(packages),
            wider="" if order else self._wider(others),
        )

    def _unseen(self, packages: set[int]) -> int:
        """How many packages may hold it without anybody knowing: contents that were not looked at."""
        if not self._hows & _IN_CONTENTS:
            return 0
        unknown = self._connection.execute("SELECT id FROM packages WHERE contents = 'unknown'")
        return sum(number not in packages for (number,) in unknown)

    def _wider(self, others: list[_Identity]) -> str:
        pattern = self._query.condition.beginning
        return pattern if pattern and any(fits(pattern, identity.version) for identity in others) else ""

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
                if self._query.holds(purl_type(purl), version, purl):
                    return True
            except UndecidedError as error:
                reasons.append(str(error))
        if not reasons:
            return False
        query = "SELECT DISTINCT package FROM components WHERE identity = ? AND section <> 'constrained'"
        packages = {row[0] for row in self._connection.execute(query, (identity.number,))}
        self._undecided[identity, reasons[0]] = packages
        return None

    def _ways(self, wanted: dict[int, _Identity]) -> tuple[dict[_Place, int], dict[_Place, list[_Way]]]:
        """The identity at each place, and all ways in which its package has to do with it."""
        components: dict[_Place, int] = {}
        found: dict[_Place, list[_Way]] = {}
        by_specs = {n for n, i in wanted.items() if i.kind == "conda" and not i.version and self._query.is_choosy}
        for package, number, identity, section, component_scope, kind, scope, specs, source in self._related(wanted):
            if number == 0:
                how, source, specs, scope = 0, 0, "", "runtime"
            elif kind is None:
                how, source, specs, scope = _SECTIONS.get(section, -1), 0, "", component_scope
            else:
                how = _KINDS.get(kind, -1)
                if identity in by_specs and kind == "depends_on" and not self._admits(wanted[identity], specs, package):
                    continue
                source = 0 if source == number else source
            if how in self._hows:
                place = (package, number)
                components[place] = identity
                found.setdefault(place, []).append(_Way(how, scope, specs, source))
        return components, {place: _deciding(ways) if len(ways) > 1 else ways for place, ways in found.items()}

    def _related(self, wanted: dict[int, _Identity]) -> Iterator[tuple[Any, ...]]:
        """The components of some identities, each with every relation to it, and with that to the package that it is
        upstream."""
        upstream = [number for number, identity in wanted.items() if identity.kind != "conda"]
        return chain(
            self._connection.execute(
                "SELECT c.package, c.number, c.identity, c.section, c.scope, r.kind, r.scope, r.specs, r.source "
                "FROM json_each(?) j JOIN components c ON c.identity = j.value "
                "LEFT JOIN relations r ON r.package = c.package AND r.target = c.number AND c.number > 0",
                (str(list(wanted)),),
            ),
            self._connection.execute(
                "SELECT c.package, c.number, c.identity, c.section, c.scope, r.kind, r.scope, r.specs, r.source "
                "FROM json_each(?) j JOIN components c ON c.identity = j.value JOIN relations r "
                "ON r.package = c.package AND r.target = 0 AND r.source = c.number AND r.kind = 'upstream_of'",
                (str(upstream),),
            ),
        )

    def _ranks(self, packages: set[int]) -> dict[int, int]:
        """The place of each in the order of names."""
        rows = self._connection.execute(
            "SELECT p.id FROM json_each(?) j JOIN packages p ON p.id = j.value ORDER BY p.name, p.artifact",
            (str(sorted(packages)),),
        )
        return {package: rank for rank, (package,) in enumerate(rows)}

    def _hit(self, place: _Place, identity: _Identity, ways: list[_Way]) -> Hit:
        package, _ = place
        row = self._connection.execute(
            "SELECT artifact, name, version, build, subdir, sha256 FROM packages WHERE id = ?", (package,)
        ).fetchone()
        seen = self._connection.execute(
            "SELECT path, field, technique, confidence, found_by, detail FROM evidence "
            "WHERE package = ? AND component = ? AND component > 0 ORDER BY confidence DESC, number",
            place,
        )
        return Hit(
            package=Artifact(*row),
            component=identity.found,
            links=tuple(
                Link(
                    how=_ORDER[way.how],
                    scope=way.scope,
                    specs=tuple(filter(None, way.specs.split("\n"))),
                    through=self._name(package, way.source) if way.source else "",
                )
                for way in sorted(set(ways))
            ),
            evidence=tuple(dict.fromkeys(as_evidence(*told) for told in seen)),
        )

    def _admits(self, identity: _Identity, specs: str, package: int) -> bool:
        """Whether specs admit a version that is looked for; where that cannot be told, the package is undecided."""
        verdict = self._specs.get(specs)
        if verdict is None:
            verdict = self._specs[specs] = self._admitted_by(specs)
        if isinstance(verdict, str):
            self._undecided.setdefault((identity, verdict), set()).add(package)
        return verdict is True

    def _admitted_by(self, specs: str) -> bool | str:
        """A text says why that cannot be told."""
        try:
            return self._query.admitted_by(filter(None, specs.split("\n")))
        except UndecidedError as error:
            return str(error)

    def _name(self, package: int, number: int) -> str:
        row = self._connection.execute(
            "SELECT i.name, i.version FROM components c JOIN identities i ON i.id = c.identity "
            "WHERE c.package = ? AND c.number = ?",
            (package, number),
        ).fetchone()
        return " ".join(filter(None, row)) if row else ""


def _deciding(ways: list[_Way]) -> list[_Way]:
    """What the package itself is to the component; if it is nothing to it, what others in it are."""
    return [way for way in ways if not way.source or way.how in _HELD] or ways
