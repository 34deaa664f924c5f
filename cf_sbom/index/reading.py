"""A finished index, opened to read: the documents that it holds, and what its tables say of one package.

Knows SQLite and the tables. Whether a file is an index is told by its first bytes.
"""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from cf_sbom.errors import IndexFileError, QueryError, TargetError
from cf_sbom.index import Entry
from cf_sbom.index.tables import APPLICATION, SCHEMA_VERSION
from cf_sbom.model import Completeness, Component, Evidence, Occurrence, Ref, Relation, Sbom, Subject

_NAMED = 5  # of several packages


@contextlib.contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection]:
    """A finished index, for questions alone. Raises IndexFileError, also where a question finds it damaged."""
    check_is_index(file)
    connection = None
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA mmap_size = 268435456")
        if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
            raise IndexFileError(f"{file}: made by another version of cf-sbom; `cf-sbom index FOLDER` makes it anew")
        yield connection
    except sqlite3.Error as error:
        raise IndexFileError(f"{file}: damaged: {error}; `cf-sbom index FOLDER` makes it anew") from error
    finally:
        if connection is not None:
            connection.close()


def check_is_index(file: Path) -> None:
    """Raises IndexFileError where a file is not there, cannot be read, or is no index."""
    try:
        with file.open("rb") as stream:
            head = stream.read(100)
    except FileNotFoundError:
        raise IndexFileError(f"there is no index {file}; `cf-sbom index FOLDER` makes one, --index names it") from None
    except OSError as error:
        raise IndexFileError(f"{file}: cannot be read: {error.strerror}") from error
    if not head.startswith(b"SQLite format 3\0") or int.from_bytes(head[68:72], "big") != APPLICATION:
        raise IndexFileError(f"{file}: no index of cf-sbom")


def documents(file: Path, artifacts: Iterable[str]) -> Iterator[Entry]:
    """The documents of some artifacts, each named by its path in the channel or by its sha256; those that the index
    does not hold are passed over. Raises IndexFileError."""
    with reading(file) as connection:
        for wanted in artifacts:
            row = connection.execute(
                "SELECT p.artifact, p.sha256, d.data, p.format, p.stamp "
                "FROM packages p JOIN documents d ON d.package = p.id "
                "WHERE p.artifact = ?1 OR (p.sha256 = ?1 AND p.sha256 <> '') ORDER BY p.artifact LIMIT 1",
                (wanted,),
            ).fetchone()
            if row is not None:
                yield Entry(
                    artifact=row[0], sha256=row[1], document=zlib.decompress(row[2]), format=row[3], stamp=row[4]
                )


def inventory_of(file: Path, package: str) -> Sbom:
    """What the tables hold of a package that goes by the path of its artifact in the channel, by its file name, or by
    its name, with or without `@VERSION`. Raises TargetError where there is none, QueryError where there are several."""
    with reading(file) as connection:
        for condition, values in _ways(package):
            words = ("SELECT id, artifact FROM packages WHERE", condition, "ORDER BY artifact LIMIT", str(_NAMED + 1))
            found = connection.execute(" ".join(words), values).fetchall()
            if len(found) == 1:
                return inventory(connection, found[0][0])
            if found:
                named = ", ".join(artifact for _, artifact in found[:_NAMED])
                more = " and more" if len(found) > _NAMED else ""
                raise QueryError(f"{package}: several packages of the index: {named}{more}; name one of them")
    raise TargetError(f"{package}: neither a file nor a package of the index {file}")


def _ways(package: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "artifact = ?", (package,)
    name, at, version = package.partition("@")
    yield ("name = ? AND version = ?", (name, version)) if at else ("name = ?", (name,))
    yield "substr(artifact, -length(?1)) = ?1", (f"/{package}",)


def inventory(connection: sqlite3.Connection, package: int) -> Sbom:
    """What the tables hold of a package as an Sbom: its components with their evidence, their relations, and how much
    of the contents is known. Licences, files and problems are left out."""
    row = connection.execute(
        "SELECT artifact, name, version, build, subdir, channel, size, contents FROM packages WHERE id = ?", (package,)
    ).fetchone()
    own: dict[int, list[Evidence]] = {}
    of_relations: dict[tuple[int, int, str], list[Evidence]] = {}
    for number, source, kind, *rest in connection.execute(
        "SELECT component, source, kind, path, field, technique, confidence, found_by, detail "
        "FROM evidence WHERE package = ? ORDER BY component, number",
        (package,),
    ):
        place = own.setdefault(number, []) if source is None else of_relations.setdefault((source, number, kind), [])
        place.append(evidence(*rest))
    purls: dict[int, list[str]] = {}
    for number, purl in connection.execute(
        "SELECT c.number, p.purl FROM components c JOIN purls p ON p.identity = c.identity WHERE c.package = ?",
        (package,),
    ):
        purls.setdefault(number, []).append(purl)
    components = {}
    for number, kind, name, version, purl in connection.execute(
        "SELECT c.number, c.kind, i.name, i.version, i.purl FROM components c JOIN identities i ON i.id = c.identity "
        "WHERE c.package = ?",
        (package,),
    ):
        seen: dict[str, list[Evidence]] = {}
        for found in own.get(number, ()):
            seen.setdefault(found.path, []).append(found)
        components[number] = Component(
            ref=_numbered(number),
            kind=kind,
            name=name,
            version=version,
            purl=purl,
            aliases=tuple(sorted({*purls.get(number, ())} - {purl})),
            occurrences=tuple(Occurrence(path=path, evidence=tuple(same)) for path, same in seen.items()),
        )
    relations = [
        Relation(
            source=_numbered(source),
            kind=kind,
            target=_numbered(target),
            scope=scope,
            specs=tuple(filter(None, specs.split("\n"))),
            evidence=tuple(of_relations.get((source, target, kind), ())),
        )
        for target, source, kind, scope, specs in connection.execute(
            "SELECT target, source, kind, scope, specs FROM relations WHERE package = ?", (package,)
        )
    ]
    subject = Subject(
        filename=row[0].rpartition("/")[2],
        container="conda",
        size=row[6],
        digests=(),
        name=row[1],
        version=row[2],
        build=row[3],
        subdir=row[4],
        channel=row[5],
    )
    return Sbom(
        subject=subject,
        root=_numbered(0),
        components=tuple(components[number] for number in sorted(components)),
        relations=tuple(sorted(relations, key=lambda r: (r.source, r.kind, r.target, r.scope))),
        completeness=(Completeness(ref=_numbered(0), aspect="contents", state=row[7]),),
    )


def evidence(path: str, field: str, technique: str, confidence: float, found_by: str, detail: str) -> Evidence:
    """A row of the table as evidence."""
    return Evidence(
        path=path,
        field=field,
        technique=technique,  # type: ignore[arg-type]
        confidence=confidence,
        by=found_by,
        detail=detail,
    )


def _numbered(number: int) -> Ref:
    return Ref(f"{number:012}")
