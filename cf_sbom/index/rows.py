"""A document -> its rows in the tables of an index.

Knows the model and the tables. Text is made storable; nothing of a document becomes a part of a statement.
"""

from __future__ import annotations

import math
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cf_sbom.index import Entry
from cf_sbom.index.tables import OF_PACKAGES, delete, insert
from cf_sbom.model import Component, Evidence, Ref, Sbom
from cf_sbom.placement import Placement, known_contents, place
from cf_sbom.queries import names_of, package_key, purl_type, purls_of

_LEVEL = 6  # of zlib
_REMEMBERED = 500_000  # identities, some 500 bytes each


class Identity(NamedTuple):
    """What several packages may carry: a row of `identities` with its names and purls."""

    type: str
    name: str
    version: str
    purl: str
    names: tuple[str, ...]
    purls: tuple[tuple[str, str], ...]


class Rows(NamedTuple):
    """All rows of one document but their numbers: of tables whose first column is the package, without it. identities
    are those of the components, in their order."""

    package: tuple[Any, ...]
    identities: list[Identity]
    tables: dict[str, list[tuple[Any, ...]]]


def rows_of(sbom: Sbom, entry: Entry, document_sha256: str, *, store: bool) -> Rows:
    """The rows of one document. Linear in what it holds, but for sorting."""
    placement = place(sbom)
    root, subject = placement.root, sbom.subject
    ordered = [root, *(component for component in sbom.components if component.ref != sbom.root)]
    numbers = {component.ref: number for number, component in enumerate(ordered)}
    stated = next((d.value for d in root.digests if d.algorithm == "sha256"), "")
    package = (
        *map(storable, (entry.artifact, entry.sha256 or stated, subject.name, subject.version, subject.build)),
        *map(storable, (subject.subdir, subject.channel, root.purl)),
        subject.size,
        storable(entry.format),
        document_sha256,
        storable(entry.stamp),
        known_contents(sbom, placement),
    )
    tables: dict[str, list[tuple[Any, ...]]] = {
        "components": list(_components(ordered, placement)),
        "relations": list(_relations(sbom, numbers)),
        "evidence": list(_evidence(ordered, sbom, numbers)),
        "licenses": sorted({row for c in ordered for row in _licenses(c, numbers[c.ref])}),
        "files": list(_files(sbom, numbers)),
        "problems": sorted({tuple(map(storable, (p.path, p.reason, p.by, p.severity))) for p in sbom.problems}),
        "documents": [(zlib.compress(entry.document, _LEVEL),)] if store else [],
    }
    return Rows(package, [_identity(component) for component in ordered], tables)


def _identity(component: Component) -> Identity:
    purls = {(package_key(purl), purl) for purl in purls_of(component)}
    return Identity(
        type=storable(purl_type(component.purl)),
        name=storable(component.name),
        version=storable(component.version),
        purl=storable(component.purl),
        names=tuple(sorted(map(storable, names_of(component)))),
        purls=tuple(sorted((storable(package), storable(purl)) for package, purl in purls if package)),
    )


def _components(ordered: list[Component], placement: Placement) -> Iterator[tuple[Any, ...]]:
    sections = {c.ref: section for section, found in placement.sections.items() for c in found}
    for number, component in enumerate(ordered):
        scope = placement.scopes.get(component.ref, "runtime")
        yield number, component.kind, sections.get(component.ref, "root"), scope


def _relations(sbom: Sbom, numbers: dict[Ref, int]) -> Iterator[tuple[Any, ...]]:
    for r in sbom.relations:
        source, target = numbers.get(r.source), numbers.get(r.target)
        if source is not None and target is not None:
            yield target, source, r.kind, r.scope, storable("\n".join(r.specs))


def _evidence(ordered: list[Component], sbom: Sbom, numbers: dict[Ref, int]) -> Iterator[tuple[Any, ...]]:
    found: list[list[tuple[Any, ...]]] = [
        [(None, "", *_told(e)) for e in sorted({e for o in component.occurrences for e in o.evidence}, key=_order)]
        for component in ordered
    ]
    for r in sbom.relations:
        source, target = numbers.get(r.source), numbers.get(r.target)
        if source is not None and target is not None:
            found[target] += ((source, r.kind, *_told(e)) for e in r.evidence)
    for component, rows in enumerate(found):
        yield from ((component, number, *row) for number, row in enumerate(rows))


def _told(e: Evidence) -> tuple[Any, ...]:
    sure = e.confidence if math.isfinite(e.confidence) else 0.0
    return storable(e.path), storable(e.field), e.technique, sure, storable(e.by), storable(e.detail)


def _order(e: Evidence) -> tuple[Any, ...]:
    """The surest first."""
    return -e.confidence, e.path, e.field, e.technique, e.by, e.detail


def _licenses(component: Component, number: int) -> Iterable[tuple[Any, ...]]:
    return ((number, storable(lic.expression), lic.role) for lic in component.licenses)


def _files(sbom: Sbom, numbers: dict[Ref, int]) -> Iterator[tuple[Any, ...]]:
    found = {storable(f.path): f for f in sbom.files}
    for path, f in found.items():
        digest = next((d.value for d in f.digests if d.algorithm == "sha256"), "")
        yield path, f.kind, f.size, storable(digest), f.role, numbers.get(f.owner) if f.owner else None


def storable(text: str) -> str:
    """Text as the tables hold it: what is no UTF-8 becomes `\\xNN`, and lone surrogates `\\uNNNN`."""
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()


class Filling:
    """An index that is being filled: rows go in and out by whole packages."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._identities: dict[Identity, int] = {}

    def put(self, rows: Rows) -> None:
        """A package in place of the one with its artifact. Where it raises, neither is there."""
        execute, executemany = self._connection.execute, self._connection.executemany
        self.remove(rows.package[0])
        try:
            number = execute(insert("packages"), (None, *rows.package)).lastrowid
            found = [self._identity(identity) for identity in rows.identities]
            for table, content in rows.tables.items():
                if table == "components":
                    content = [(n, i, *rest) for (n, *rest), i in zip(content, found, strict=True)]
                executemany(insert(table), ((number, *row) for row in content))
        except BaseException:
            self.remove(rows.package[0])  # there is no journal to roll back
            raise

    def remove(self, artifact: str) -> bool:
        """Take a package out; whether it was there."""
        row = self._connection.execute("SELECT id FROM packages WHERE artifact = ?", (artifact,)).fetchone()
        if row is None:
            return False
        for table in OF_PACKAGES:
            self._connection.execute(delete(table, "package = ?"), row)
        self._connection.execute("DELETE FROM packages WHERE id = ?", row)
        return True

    def sweep(self) -> None:
        """Take out identities that no component has any more."""
        execute = self._connection.execute
        execute("DELETE FROM identities WHERE NOT EXISTS (SELECT 1 FROM components WHERE identity = identities.id)")
        for table in ("names", "purls"):
            execute(delete(table, "identity NOT IN (SELECT id FROM identities)"))
        self._identities.clear()

    def _identity(self, identity: Identity) -> int:
        """Its number, a new one where it is new; names and purls that are new are added to an old one."""
        number = self._identities.get(identity)
        if number is not None:
            return number
        row = self._connection.execute(
            "SELECT id FROM identities WHERE type = ? AND name = ? AND version = ? AND purl = ?", identity[:4]
        ).fetchone()
        if row is None:
            row = (self._connection.execute(insert("identities"), (None, *identity[:4])).lastrowid,)
        number = int(row[0])
        executemany = self._connection.executemany
        executemany("INSERT OR IGNORE INTO names VALUES (?,?)", ((name, number) for name in identity.names))
        executemany("INSERT OR IGNORE INTO purls VALUES (?,?,?)", ((*purl, number) for purl in identity.purls))
        if len(self._identities) > _REMEMBERED:
            self._identities.clear()
        self._identities[identity] = number
        return number
