"""What an output folder holds so far: of each package by which bytes, tool and options its documents were made.

Knows SQLite and one folder. Every change is part of a transaction: a process killed at any moment leaves what was done
until the last one. One process at a time has the folder, as long as it lives; nothing of its claim outlives it.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from cf_sbom.errors import AttachError, SettingsError
from cf_sbom.writing import sweep

FOLDER = ".cf-sbom"
FAILURES = "failures.jsonl"
_VERSION = 1
_UNDER_WAY = "under-way"
_TABLES = """
CREATE TABLE IF NOT EXISTS packages(
  path TEXT PRIMARY KEY, size INTEGER, changed INTEGER, stated TEXT, sha256 TEXT, key TEXT, problems INTEGER,
  outputs TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS packages_sha256 ON packages(sha256);
CREATE TABLE IF NOT EXISTS failures(path TEXT PRIMARY KEY, reason TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records(path TEXT PRIMARY KEY, shard TEXT, start INTEGER, length INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS records_shard ON records(shard);
CREATE TABLE IF NOT EXISTS waiting(path TEXT PRIMARY KEY, shard TEXT, frame BLOB);
CREATE INDEX IF NOT EXISTS waiting_shard ON waiting(shard);
CREATE TABLE IF NOT EXISTS shards(shard TEXT PRIMARY KEY, size INTEGER, indexed INTEGER) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A package whose documents were made. stated: what its record said, in one text; key: tool and options; outputs:
    the files below the output folder, with their sizes and formats."""

    path: str
    size: int
    changed: int
    stated: str
    sha256: str
    key: str
    problems: int
    outputs: tuple[tuple[str, int, str], ...]


class Manifest:
    """The state of one output folder, and the claim to it. Raises SettingsError where another run has it, AttachError
    where it cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scratch = scratch_of(folder)
        self._lock: BinaryIO | None = None
        place = folder / FOLDER
        with written(folder):
            place.mkdir(parents=True, exist_ok=True)
            self._lock = _claim(place / "lock")
        try:
            with written(folder):
                self._sweep()
                self.database = sqlite3.connect(place / "runs.sqlite", isolation_level=None, cached_statements=64)
                self._begin()
        except BaseException:
            self._lock.close()
            raise

    def _begin(self) -> None:
        for pragma in ("auto_vacuum=INCREMENTAL", "locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL"):
            self.database.execute(f"PRAGMA {pragma}")
        (version,) = self.database.execute("PRAGMA user_version").fetchone()
        if version not in (0, _VERSION):
            raise SettingsError(f"{self.folder} was written by another version of cf-sbom; choose another folder")
        self.database.executescript(_TABLES)
        self.database.execute(f"PRAGMA user_version={_VERSION}")
        self.database.execute("PRAGMA temp_store=FILE")
        self.database.execute("CREATE TEMP TABLE seen(path TEXT PRIMARY KEY) WITHOUT ROWID")
        self.database.execute("BEGIN")

    def _sweep(self) -> None:
        """Remove what a run that was killed left behind: each has a file that says that it is under way."""
        under_way = self.folder / FOLDER / _UNDER_WAY
        shutil.rmtree(self.scratch, ignore_errors=True)
        if under_way.exists():
            sweep(self.folder)
        under_way.touch()
        self.scratch.mkdir(exist_ok=True)

    def commit(self) -> None:
        with written(self.folder):
            self.database.execute("COMMIT")
            self.database.execute("BEGIN")

    def close(self) -> None:
        """Keep what was done, give the folder free."""
        try:
            with written(self.folder):
                if self.database.in_transaction:
                    self.database.execute("COMMIT")
                self.database.close()
                shutil.rmtree(self.scratch, ignore_errors=True)
                (self.folder / FOLDER / _UNDER_WAY).unlink(missing_ok=True)
        finally:
            if self._lock is not None:
                self._lock.close()

    def find(self, path: str) -> Done | None:
        row = self.database.execute("SELECT * FROM packages WHERE path=?", (path,)).fetchone()
        return None if row is None else _done(row)

    def done(self, done: Done, shard: str = "", frame: bytes = b"") -> None:
        """A package is done; frame: its record, which waits to be put into that shard."""
        outputs = orjson.dumps(done.outputs).decode()
        row = (done.path, done.size, done.changed, done.stated, done.sha256, done.key, done.problems, outputs)
        with written(self.folder):
            self.database.execute("INSERT OR REPLACE INTO packages VALUES(?,?,?,?,?,?,?,?)", row)
            self.database.execute("DELETE FROM failures WHERE path=?", (done.path,))
            if frame:
                self.database.execute("INSERT OR REPLACE INTO waiting VALUES(?,?,?)", (done.path, shard, frame))

    def see(self, path: str) -> None:
        """A package is in the channel now."""
        self.database.execute("INSERT OR IGNORE INTO seen VALUES(?)", (path,))

    def unseen(self) -> Iterator[Done]:
        """The packages that were done and have not been seen in this run."""
        last = ""
        query = "SELECT * FROM packages WHERE path > ? AND path NOT IN (SELECT path FROM seen) ORDER BY path LIMIT 1000"
        while found := [_done(row) for row in self.database.execute(query, (last,))]:
            yield from found
            last = found[-1].path

    def unseen_failures(self) -> list[str]:
        """The paths of failures of earlier runs that have not been seen in this one."""
        rows = self.database.execute("SELECT path FROM failures WHERE path NOT IN (SELECT path FROM seen)")
        return [str(row[0]) for row in rows]

    def forget(self, path: str) -> None:
        with written(self.folder):
            self.database.execute("DELETE FROM packages WHERE path=?", (path,))
            self.database.execute("DELETE FROM failures WHERE path=?", (path,))

    def failed(self, path: str, reason: str) -> None:
        with written(self.folder):
            self.database.execute("INSERT OR REPLACE INTO failures VALUES(?,?)", (path, reason))

    def forget_failures(self) -> None:
        with written(self.folder):
            self.database.execute("DELETE FROM failures")

    def failures(self) -> Iterator[tuple[str, str]]:
        """Paths and reasons, in order of path."""
        yield from self.database.execute("SELECT path, reason FROM failures ORDER BY path")


def scratch_of(folder: Path) -> Path:
    """Where a run into an output folder puts what it fetches, so that a later one finds what was left of it."""
    return folder / FOLDER / "tmp"


@contextmanager
def written(folder: Path) -> Iterator[None]:
    """Errors of the file system and of SQLite as one. Raises AttachError."""
    try:
        yield
    except OSError as error:
        raise AttachError(f"{folder} cannot be written: {error.strerror or error}") from error
    except sqlite3.Error as error:
        raise AttachError(f"{folder / FOLDER} cannot be written: {error}") from error


def _done(row: Iterable[object]) -> Done:
    path, size, changed, stated, sha256, key, problems, outputs = row
    return Done(
        path=str(path),
        size=int(str(size)),
        changed=int(str(changed)),
        stated=str(stated),
        sha256=str(sha256),
        key=str(key),
        problems=int(str(problems)),
        outputs=tuple((place, length, kind) for place, length, kind in orjson.loads(str(outputs))),
    )


def _claim(path: Path) -> BinaryIO:
    """The lock file, locked; the system unlocks it when this process ends, however it does."""
    file = path.open("a+b")
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        reason = f"another run writes to {path.parent.parent}; wait for its end, or choose another folder"
        raise SettingsError(reason) from None
    return file
