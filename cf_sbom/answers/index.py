"""Documents -> an index of them, built anew or from the one that was there.

Knows which documents must be read. Where they lie is the business of channel/documents.py, and what an index looks like
that of cf_sbom.index. It is built beside the old one and takes its place at the end, so
readers never wait, and a build that is killed leaves what was there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cf_sbom.about import VERSION
from cf_sbom.channel.documents import Found, format_of, in_shard, rank, walk
from cf_sbom.documents import document_bytes, read_document
from cf_sbom.embedded import documents_about_itself
from cf_sbom.errors import DocumentError, IndexFileError, SbomError, SettingsError, TargetError
from cf_sbom.hookspecs import SourceKind
from cf_sbom.index import Entry as Entry
from cf_sbom.index.reading import check_is_index, reading
from cf_sbom.index.rows import Filling, rows_of, storable
from cf_sbom.index.tables import make_tables
from cf_sbom.limits import Limits
from cf_sbom.writing import building

_NONE = "no document beside it or inside; `cf-sbom generate` makes one"
_TOOL, _FOLDER = "tool", "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a build did. read: packages whose document is new or another; unchanged: as they were; removed: no longer
    there; lacking: packages without any document. failures: a document, and why it could not be read."""

    packages: int = 0
    read: int = 0
    unchanged: int = 0
    removed: int = 0
    lacking: int = 0
    failures: tuple[tuple[str, str], ...] = ()


Report = Callable[[str], None]


def build(entries: Iterable[Entry], file: Path, limits: Limits, *, whole: bool = True, store: bool = True) -> Figures:
    """Make or refresh an index. Documents that it has by their sha256 are not read again. whole: what is not among the
    entries goes; else they are added to what is there. store: the documents themselves go in, too.

    Of several entries of one artifact one counts, whatever their order. Raises IndexFileError where the file is there
    and no index, AttachError where it cannot be written.
    """
    with _building(file, limits, whole, store) as builder:
        for entry in entries:
            builder.take(entry)
    return builder.figures()


def build_folder(
    folder: Path,
    file: Path,
    limits: Limits,
    sources: Iterable[SourceKind],
    *,
    store: bool = True,
    force: bool = False,
    report: Report = lambda artifact: None,
) -> Figures:
    """Make or refresh an index of all documents below a folder: sidecars, shards, and those inside packages that have
    none beside them. Files of the same size and time as when they were read are not opened again.

    sources are the registry's; report is told each artifact; force: the index may have been that of another folder.
    Raises as build() does, TargetError for no folder, and SettingsError for the index of another one.
    """
    if not folder.is_dir():
        raise TargetError(f"{folder}: no folder")
    if not force:
        check_is_of(file, folder)
    kinds = tuple(sources)
    with _building(file, limits, True, store, _place(folder, file)) as builder:
        for found in walk(folder):
            report(found.artifact)
            if found.shard:
                if not builder.keep_all(found.stamp):
                    builder.take_all(in_shard(found, limits), found)
                continue
            builder.take_best(found, kinds)
    return builder.figures()


def check_is_of(file: Path, folder: Path) -> None:
    """Raises SettingsError where an index is that of another folder, IndexFileError where a file is none."""
    if not file.exists():
        return
    check_is_index(file)
    with contextlib.suppress(IndexFileError):  # of another version, or damaged: it is made anew
        found = _stated(file).get(_FOLDER, "")
        if found not in ("", _place(folder, file)):
            of = os.path.normpath(file.parent / found)
            raise SettingsError(
                f"{file} is the index of {of}, whose packages would go: give {folder} one of its own with --index, "
                "or replace it with --force"
            )


def _place(folder: Path, file: Path) -> str:
    """A folder as its index names it: seen from there, so that both may be moved together."""
    try:
        return Path(os.path.relpath(folder.resolve(), file.resolve().parent)).as_posix()
    except ValueError:  # on another drive of Windows
        return folder.resolve().as_posix()


def _stated(file: Path) -> dict[str, str]:
    with reading(file) as connection:
        return dict(connection.execute("SELECT name, value FROM about").fetchall())


@contextlib.contextmanager
def _building(file: Path, limits: Limits, whole: bool, store: bool, place: str = "") -> Iterator[_Builder]:
    about = _about(store) | ({_FOLDER: storable(place)} if place else {})
    if file.exists():
        check_is_index(file)
    with building(file) as temporary:
        old = _copied(file, temporary, whole, about)
        connection = sqlite3.connect(temporary, isolation_level=None)
        try:
            for pragma in (
                "journal_mode = OFF",
                "synchronous = OFF",
                "cache_size = -65536",
                "locking_mode = EXCLUSIVE",
            ):
                connection.execute(f"PRAGMA {pragma}")
            builder = _Builder(connection, limits, whole, store, {} if old else about)
            yield builder
            changed = builder.finish()
        except sqlite3.Error as error:
            raise IndexFileError(f"{file.name}: cannot be built: {error}") from error
        finally:
            connection.close()
        if old and not changed:
            temporary.unlink()


def _copied(file: Path, temporary: Path, whole: bool, about: dict[str, str]) -> bool:
    """Whether there is an index of this very version and folder to begin with; it is copied then."""
    try:
        stated = _stated(file)
    except IndexFileError:
        stated = {}
    if stated != (about if whole else about | {name: stated[name] for name in stated if name == _FOLDER}):
        if file.exists() and not whole:
            reason = "made by another version of cf-sbom or otherwise"
            raise IndexFileError(f"{file.name}: {reason}; `cf-sbom index FOLDER` makes it anew")
        return False
    shutil.copyfile(file, temporary)
    return True


def _about(store: bool) -> dict[str, str]:
    """What an index was made by. One made otherwise is no beginning: its rows could be others."""
    return {_TOOL: VERSION, "documents": "stored" if store else "left out"}


class _Builder:
    """One build: each artifact is taken or kept once, and at the end the rest goes. about: what a new one states."""

    def __init__(
        self, connection: sqlite3.Connection, limits: Limits, whole: bool, store: bool, about: dict[str, str]
    ) -> None:
        self._connection = connection
        self._filling = Filling(connection)
        self._limits = limits
        self._whole = whole
        self._store = store
        self._restamped = False
        self._failed: list[tuple[str, str]] = []
        self._figures = Figures()
        connection.execute("BEGIN")
        if about:
            make_tables(connection)
            connection.executemany("INSERT INTO about VALUES (?,?)", sorted(about.items()))
        connection.execute("CREATE TEMP TABLE seen (artifact TEXT PRIMARY KEY, fresh INTEGER) WITHOUT ROWID")
        self._failures = self._all_failures()

    def figures(self) -> Figures:
        """What was done, once the build is finished."""
        return self._figures

    def take(self, entry: Entry) -> bool:
        """Have a document in the index; whether its artifact is there now."""
        artifact = storable(entry.artifact)
        row = self._row("SELECT format, document_sha256, stamp FROM packages WHERE artifact = ?", artifact)
        seen = self._row("SELECT fresh FROM seen WHERE artifact = ?", artifact)
        digest = sha256(entry.document).hexdigest()
        if seen and row and (rank(row[0]), row[1]) <= (rank(entry.format), digest):
            return True
        if row and row[1] == digest:
            if not seen:
                self._see(artifact, fresh=False)
            if row[2] != storable(entry.stamp):
                self._restamped = True
                self._execute("UPDATE packages SET stamp = ? WHERE artifact = ?", storable(entry.stamp), artifact)
            return True
        try:
            sbom = read_document(entry.document, self._limits).sbom()
            self._filling.put(rows_of(sbom, entry, digest, store=self._store))
        except SbomError as error:
            return self._fail(artifact, entry, str(error)) or bool(seen and row)
        except sqlite3.Error:
            raise
        except Exception as error:  # one document must not end the others
            reason = f"a bug in reading it: {type(error).__name__}: {error}"
            return self._fail(artifact, entry, reason) or bool(seen and row)
        self._see(artifact, fresh=True)
        self._execute("DELETE FROM failures WHERE artifact = ?", artifact)
        return True

    def take_best(self, found: Found, sources: tuple[SourceKind, ...]) -> None:
        """The first document of an artifact that can be read, unless the index has what its files hold."""
        stamp, artifact = found.stamp, storable(found.artifact)
        if self._row("SELECT 1 FROM packages WHERE artifact = ? AND stamp = ?", artifact, stamp):
            self._see(artifact, fresh=False)
            return
        if failed := self._row("SELECT reason FROM failures WHERE artifact = ? AND stamp = ?", artifact, stamp):
            self._failed += [(artifact, failed[0])] if failed[0] != _NONE else []
            self._see_failure(artifact, failed[0], stamp)
            return
        for form, path in found.documents:
            try:
                data = document_bytes(path, self._limits)
            except DocumentError as error:
                self._fail(
                    artifact, Entry(artifact=artifact, sha256="", document=b"", format=form, stamp=stamp), str(error)
                )
                continue
            if self.take(Entry(artifact=artifact, sha256="", document=data, format=form, stamp=stamp)):
                return
        if found.package is not None and not found.documents:
            self._take_inside(found.package, artifact, stamp, sources)

    def _take_inside(self, package: Path, artifact: str, stamp: str, sources: tuple[SourceKind, ...]) -> None:
        empty = Entry(artifact=artifact, sha256="", document=b"", format="", stamp=stamp)
        try:
            inside = documents_about_itself(package, sources, self._limits)
        except SbomError as error:
            self._fail(artifact, empty, str(error))
            return
        for embedded in sorted(inside, key=lambda e: rank(format_of(e.path))):
            form = format_of(embedded.path)
            if self.take(Entry(artifact=artifact, sha256="", document=embedded.data, format=form, stamp=stamp)):
                return
        if not inside:
            self._see_failure(artifact, _NONE, stamp)

    def keep_all(self, stamp: str) -> bool:
        """Keep what a shard held when it had this stamp; whether there was any."""
        found = self._connection.execute("SELECT artifact FROM packages WHERE stamp = ?", (stamp,)).fetchall()
        for (artifact,) in found:
            self._see(artifact, fresh=False)
        for artifact, reason in self._connection.execute(
            "SELECT artifact, reason FROM failures WHERE stamp = ?", (stamp,)
        ).fetchall():
            self._failed.append((artifact, reason))
            self._see_failure(artifact, reason, stamp)
        return bool(found)

    def take_all(self, entries: Iterator[Entry], shard: Found) -> None:
        """The documents of a shard, up to where it is damaged."""
        try:
            for entry in entries:
                self.take(entry)
        except DocumentError as error:
            empty = Entry(artifact=shard.artifact, sha256="", document=b"", format="")
            self._fail(storable(shard.artifact), empty, str(error))

    def finish(self) -> bool:
        """Let go what was not seen; whether anything is other than before."""
        gone: list[str] = []
        if self._whole:
            query = "SELECT artifact FROM packages WHERE artifact NOT IN (SELECT artifact FROM seen)"
            gone = [row[0] for row in self._connection.execute(query)]
            self._execute("DELETE FROM failures WHERE artifact NOT IN (SELECT artifact FROM seen)")
        for artifact in gone:
            self._filling.remove(artifact)
        self._execute("DELETE FROM failures WHERE artifact IN (SELECT artifact FROM packages)")
        count = self._row("SELECT count(*) FROM packages")
        fresh = self._row("SELECT count(*), coalesce(sum(fresh), 0) FROM seen JOIN packages USING (artifact)")
        lacking = self._row("SELECT count(*) FROM failures WHERE reason = ?", _NONE)
        self._figures = Figures(
            packages=count[0],
            read=fresh[1],
            unchanged=fresh[0] - fresh[1],
            removed=len(gone),
            lacking=lacking[0],
            failures=tuple(sorted(set(self._failed))),
        )
        changed = bool(self._figures.read or gone or self._restamped) or self._all_failures() != self._failures
        if changed:
            self._filling.sweep()
        self._execute("COMMIT")
        if changed:
            self._execute("DROP TABLE temp.seen")
            pages, free = self._row("PRAGMA page_count"), self._row("PRAGMA freelist_count")
            if free[0] * 4 > pages[0]:
                self._execute("VACUUM")
        return changed

    def _fail(self, artifact: str, entry: Entry, reason: str) -> bool:
        """Say why a document could not be read; what the index had of an earlier one goes. Always False."""
        self._failed.append((f"{artifact} ({entry.format})" if entry.format else artifact, reason))
        if not self._row("SELECT 1 FROM seen JOIN packages USING (artifact) WHERE artifact = ?", artifact):
            self._see_failure(artifact, reason, storable(entry.stamp))
        return False

    def _see_failure(self, artifact: str, reason: str, stamp: str) -> None:
        self._filling.remove(artifact)
        self._see(artifact, fresh=False)
        reason = storable(" ".join(reason.split()))
        self._execute("INSERT OR REPLACE INTO failures VALUES (?,?,?)", artifact, reason, stamp)

    def _see(self, artifact: str, *, fresh: bool) -> None:
        self._execute("INSERT OR REPLACE INTO seen VALUES (?,?)", artifact, int(fresh))

    def _all_failures(self) -> list[tuple[str, str, str]]:
        return self._connection.execute("SELECT * FROM failures ORDER BY artifact").fetchall()

    def _row(self, query: str, *values: object) -> tuple:  # type: ignore[type-arg]
        return self._connection.execute(query, values).fetchone() or ()

    def _execute(self, statement: str, *values: object) -> None:
        self._connection.execute(statement, values)
