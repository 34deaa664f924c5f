"""The tables of an index.

Knows SQLite and what each column means; docs/reference/index.md is made of it. What fills them is the business of
rows.py.
"""

from __future__ import annotations

import sqlite3
from typing import Literal, NamedTuple, TypeAlias

APPLICATION = 0x63665362  # "cfSb": what `file` and SQLite tell the kind of a database by
SCHEMA_VERSION = 2
"""Counts up where a table changes its meaning; an index of another version is built anew."""

ColumnType: TypeAlias = Literal["TEXT", "INTEGER", "REAL", "BLOB"]


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
            (
                "contents",
                "TEXT",
                "how much of what is in the package the document tells: complete, incomplete, or unknown where nobody "
                "looked, as with `--metadata-only`",
            ),
        ),
        ("id",),
        (("artifact",), ("name",), ("sha256",), ("stamp",)),
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


OF_PACKAGES = tuple(table.name for table in TABLES if table.columns[0].meaning == _PACKAGE[2])
"""The tables whose rows belong to one package each."""
_BY_NAME = {table.name: table for table in TABLES}


def insert(table: str) -> str:
    """The statement that puts a row into a table."""
    return " ".join(("INSERT INTO", table, "VALUES", f"({','.join('?' * len(_BY_NAME[table].columns))})"))


def delete(table: str, condition: str) -> str:
    """The statement that takes rows out of a table."""
    return " ".join(("DELETE FROM", table, "WHERE", condition))


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
