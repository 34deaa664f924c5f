"""The file of an index: its tables, how it is opened to read, and the documents that it holds.

Knows SQLite and which tables there are; what fills them and what is asked is the business of `answers`. A finished file
is never changed, only replaced as a whole, so that it is read without any lock.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from cf_sbom.errors import IndexFileError
from cf_sbom.model import Component, Evidence, Occurrence, Ref, Relation, Sbom, Subject

DEFAULT_FILE = "cf-sbom-index.db"
APPLICATION = 0x63665362  # "cfSb": what `file` and SQLite tell the kind of a database by
SCHEMA_VERSION = 1
"""Counts up where a table changes its meaning; an index of another version is built anew."""

ColumnType: TypeAlias = Literal["TEXT", "INTEGER", "REAL", "BLOB"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A document of a channel, and what it speaks of: the artifact's path in the channel, and its sha256 or "". stamp
    tells its file apart from any later one, where that is known without reading it."""

    artifact: str
    sha256: str
    document: bytes
    format: str
    stamp: str = ""


class Column(NamedTuple):
    """A column and what it holds. Texts are never NULL: what is not known is ""."""

    name: str
    type: ColumnType
    meaning: str


class Table(NamedTuple):
    """A table: key are the columns of its primary key, whole says that a document's rows are all in it or none."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()


def _columns(*rows: tuple[str, ColumnType, str]) -> tuple[Column, ...]:
    return tuple(Column(*row) for row in rows)


_PACKAGE: tuple[str, ColumnType, str] = ("package", "INTEGER", "`packages.id`")
_COMPONENT: tuple[str, ColumnType, str] = ("component", "INTEGER", "`components.number` in that package")

TABLES: tuple[Table, ...] = (
    Table(
        "packages",
        "One row for each artifact that a document was read of.",
        _columns(
            ("id", "INTEGER", "number of the package in this file; another build may give another"),
            ("artifact", "TEXT", "path of the artifact in the channel, such as `linux-64/zlib-1.3.1-0.conda`"),
            ("sha256", "TEXT", "of the artifact, as far as it is known"),
            ("name", "TEXT", "name of the package"),
            ("version", "TEXT", "its version"),
            ("build", "TEXT", "its build string"),
            ("subdir", "TEXT", "its platform"),
            ("channel", "TEXT", "its channel, where the document says it"),
            ("purl", "TEXT", "its purl"),
            ("size", "INTEGER", "bytes of the artifact, or NULL"),
            ("format", "TEXT", "format of the document"),
            ("document_sha256", "TEXT", "of the document"),
            ("stamp", "TEXT", "tells the document's file apart from later ones without reading it"),
        ),
        ("id",),
        (("artifact",), ("name",), ("sha256",)),
    ),
    Table(
        "identities",
        "One row for each thing that components are: what several packages carry stands here once.",
        _columns(
            ("id", "INTEGER", "number of the identity in this file"),
            ("type", "TEXT", 'type of its purl, such as `npm`, or ""'),
            ("name", "TEXT", "its name as documents write it"),
            ("version", "TEXT", "its version as documents write it"),
            ("purl", "TEXT", "its purl"),
        ),
        ("id",),
        (("purl", "name", "version"),),
    ),
    Table(
        "names",
        "The names that an identity goes by, with and without namespace, in lower case.",
        _columns(("name", "TEXT", "a name, case-folded"), ("identity", "INTEGER", "`identities.id`")),
        ("name", "identity"),
        (("identity",),),
    ),
    Table(
        "purls",
        "The purls that an identity goes by, aliases included.",
        _columns(
            ("package", "TEXT", "the purl as type, namespace and name alone"),
            ("purl", "TEXT", "the purl as documents write it"),
            ("identity", "INTEGER", "`identities.id`"),
        ),
        ("package", "purl", "identity"),
        (("identity",),),
    ),
    Table(
        "components",
        "One row for each component of each package; number 0 is the package itself.",
        _columns(
            _PACKAGE,
            ("number", "INTEGER", "of the component in its package"),
            ("identity", "INTEGER", "`identities.id`"),
            ("kind", "TEXT", "application, data, file, library or source"),
            ("section", "TEXT", "root, carried, required, candidate, source, build or constrained"),
            ("scope", "TEXT", "the strongest scope that it is used in: runtime, optional, build or test"),
        ),
        ("package", "number"),
        (("identity",),),
    ),
    Table(
        "relations",
        "How components of one package are related; patches are left out.",
        _columns(
            _PACKAGE,
            ("target", "INTEGER", "`components.number` of what is contained, needed, linked ..."),
            ("source", "INTEGER", "`components.number` of what contains, needs, links ... it"),
            ("kind", "TEXT", "the kind of relation, as in the model"),
            ("scope", "TEXT", "runtime, optional, build or test"),
            ("specs", "TEXT", "the match specs of a dependency or constraint as written, one a line"),
        ),
        ("package", "target", "source", "kind", "scope"),
    ),
    Table(
        "evidence",
        "Where a component was seen, and what a relation rests on.",
        _columns(
            _PACKAGE,
            _COMPONENT,
            ("number", "INTEGER", "counts the evidence of one component"),
            ("source", "INTEGER", "of a relation its `source`, else NULL"),
            ("kind", "TEXT", 'of a relation its `kind`, else ""'),
            ("path", "TEXT", "the file in the package"),
            ("field", "TEXT", "which part of it"),
            ("technique", "TEXT", "manifest, binary, filename, recipe, hash or inferred"),
            ("confidence", "REAL", "0 to 1"),
            ("found_by", "TEXT", "the plugin"),
            ("detail", "TEXT", "what else is to be said"),
        ),
        ("package", "component", "number"),
    ),
    Table(
        "licenses",
        "The licences of components; those of number 0 are the package's.",
        _columns(
            _PACKAGE,
            _COMPONENT,
            ("expression", "TEXT", "SPDX licence expression"),
            ("role", "TEXT", "declared or concluded"),
        ),
        ("package", "component", "expression", "role"),
        (("expression",),),
    ),
    Table(
        "files",
        "Packaged files, of documents that list them (`generate --files all`).",
        _columns(
            _PACKAGE,
            ("path", "TEXT", "path in the package"),
            ("kind", "TEXT", "file, softlink, hardlink, directory or device"),
            ("size", "INTEGER", "bytes"),
            ("sha256", "TEXT", "of its bytes"),
            ("role", "TEXT", "to what it is attributed: component, own, documentation, data or unexplained"),
            ("owner", "INTEGER", "`components.number` of what it belongs to, or NULL"),
        ),
        ("package", "path"),
        (("sha256",),),
    ),
    Table(
        "problems",
        "What was missing, contradictory or broken.",
        _columns(
            _PACKAGE,
            ("path", "TEXT", "the file in the package"),
            ("reason", "TEXT", "what was found"),
            ("found_by", "TEXT", "the plugin"),
            ("severity", "TEXT", "gap, conflict or damage"),
        ),
        ("package", "path", "reason", "found_by", "severity"),
    ),
    Table(
        "documents",
        "The documents themselves, unless they were left out (`--no-documents`).",
        _columns(_PACKAGE, ("data", "BLOB", "the document, compressed by zlib")),
        ("package",),
    ),
    Table(
        "failures",
        "Artifacts of which no document could be read.",
        _columns(
            ("artifact", "TEXT", "path of the artifact in the channel"),
            ("reason", "TEXT", "why, in one line"),
            ("stamp", "TEXT", "as in `packages`"),
        ),
        ("artifact",),
    ),
)
VIEWS = {
    "inventory": (
        "Each component of each package in one row, for questions in SQL.",
        """SELECT p.artifact, p.name AS package, p.version AS package_version, p.build, p.subdir,
    i.type, i.name, i.version, i.purl, c.section, c.scope, c.package AS package_id, c.number
FROM components c JOIN packages p ON p.id = c.package JOIN identities i ON i.id = c.identity""",
    )
}


def make_tables(connection: sqlite3.Connection) -> None:
    """Make all tables in an empty file; their indexes come when they are filled."""
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
    for table in TABLES:
        columns = ", ".join(
            f"{column.name} {column.type}{'' if column.meaning.endswith('NULL') else ' NOT NULL'}"
            for column in table.columns
        )
        if table.key == ("id",):
            connection.execute(f"CREATE TABLE {table.name} ({columns.replace(' NOT NULL', ' PRIMARY KEY', 1)})")
        else:
            rowid = "" if table.name == "documents" else " WITHOUT ROWID"
            connection.execute(f"CREATE TABLE {table.name} ({columns}, PRIMARY KEY ({', '.join(table.key)})){rowid}")
        for index in table.indexes:
            unique = "UNIQUE " if index == ("artifact",) or len(index) > 1 else ""
            name = f"{table.name}_{'_'.join(index)}"
            connection.execute(f"CREATE {unique}INDEX {name} ON {table.name} ({', '.join(index)})")
    for name, (_, select) in VIEWS.items():
        connection.execute(f"CREATE VIEW {name} AS {select}")


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
            raise IndexFileError(f"{file.name}: made by another version of cf-sbom; `cf-sbom index FOLDER` makes it anew")
        yield connection
    except sqlite3.Error as error:
        raise IndexFileError(f"{file.name}: damaged: {error}; `cf-sbom index FOLDER` makes it anew") from error
    finally:
        if connection is not None:
            connection.close()


def check_is_index(file: Path) -> None:
    """Raises IndexFileError where a file is not there, cannot be read, or is no index."""
    try:
        with file.open("rb") as stream:
            head = stream.read(100)
    except FileNotFoundError:
        raise IndexFileError(f"there is no index {file.name}; `cf-sbom index FOLDER` makes one, --index names it") from None
    except OSError as error:
        raise IndexFileError(f"{file.name}: cannot be read: {error.strerror}") from error
    if not head.startswith(b"SQLite format 3\0") or int.from_bytes(head[68:72], "big") != APPLICATION:
        raise IndexFileError(f"{file.name}: no index of cf-sbom")


def documents(file: Path, artifacts: Iterable[str]) -> Iterator[Entry]:
    """The documents of some artifacts, each named by its path in the channel or by its sha256; those that the index
    does not hold are passed over. Raises IndexFileError."""
    with reading(file) as connection:
        for wanted in artifacts:
            row = connection.execute(
                "SELECT p.artifact, p.sha256, d.data, p.format, p.stamp FROM packages p JOIN documents d ON d.package = p.id "
                "WHERE p.artifact = ?1 OR (p.sha256 = ?1 AND p.sha256 <> '') ORDER BY p.artifact LIMIT 1",
                (storable(wanted),),
            ).fetchone()
            if row is not None:
                yield Entry(artifact=row[0], sha256=row[1], document=zlib.decompress(row[2]), format=row[3], stamp=row[4])


def inventory(connection: sqlite3.Connection, package: int) -> Sbom:
    """What the tables hold of a package as an Sbom: its components with their evidence, and their relations. Licences,
    files and problems are left out."""
    row = connection.execute(
        "SELECT artifact, name, version, build, subdir, channel, size FROM packages WHERE id = ?", (package,)
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


def storable(text: str) -> str:
    """Text as it stands in the tables: what is no UTF-8 becomes `\\xNN` or `\\uNNNN`."""
    if text.isascii():
        return text
    return os.fsencode(text).decode("utf-8", "backslashreplace") if _has_bytes(text) else text


def _has_bytes(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _numbered(number: int) -> Ref:
    return Ref(f"{number:012}")
