"""Documents of millions of packages in few files, for a plain web server: shards and their indexes.

Knows records (zstd frames of JSON lines), the files they are put into, and how one is found in them. A shard and an
index are written beside and renamed: a reader sees the old or the new one, never a part. Records wait in the manifest
until the end of a run, so that each shard is written once.

    FOLDER/3f.jsonl.zst     the records of the packages of FOLDER whose file name's sha256 begins with 3f
    FOLDER/3f.names.json    file name -> [start, length] in that shard
    index/3f.sha256.json    sha256 of a package -> [shard, start, length]
    index.json              how many there are, and the shards with their sizes
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from cf_sbom.about import NAME, VERSION
from cf_sbom.channel.manifest import Manifest, written
from cf_sbom.errors import AttachError, DamageError
from cf_sbom.streams import CHUNK, damage, zstd_unpacker
from cf_sbom.writing import replacing, write

SUFFIX = ".jsonl.zst"
_DIGITS = 2


def shard_of(path: str) -> str:
    """The shard of a package, by its path in the channel."""
    folder, _, name = path.rpartition("/")
    start = sha256(name.encode()).hexdigest()[:_DIGITS]
    return f"{folder}/{start}{SUFFIX}".lstrip("/")


class Shards:
    """The shards of an output folder. Raises AttachError where they cannot be written."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._database = manifest.database
        self._sound: set[str] = set()

    def has(self, path: str) -> bool:
        """Whether the record of a package waits, or is where it should be."""
        shard = shard_of(path)
        self._check(shard)
        return self._there(path)

    def _there(self, path: str) -> bool:
        query = "SELECT 1 FROM waiting WHERE path=:path UNION SELECT 1 FROM records WHERE path=:path"
        return self._database.execute(query, {"path": path}).fetchone() is not None

    def drop(self, path: str) -> None:
        """The record of a package goes, as far as there is one; its shard is written anew at the end."""
        if not self._there(path):
            return
        shard = shard_of(path)
        self._check(shard)
        with written(self._manifest.folder):
            self._database.execute("DELETE FROM waiting WHERE path=?", (path,))
            self._database.execute("DELETE FROM records WHERE path=?", (path,))
            self._database.execute("UPDATE shards SET indexed=-1 WHERE shard=?", (shard,))

    def finish(self) -> None:
        """Put what waits into its shards, and write the indexes anew where anything changed."""
        with written(self._manifest.folder):
            query = "SELECT shard FROM waiting UNION SELECT shard FROM shards WHERE indexed<0 ORDER BY shard"
            waiting = self._column(query)
            for shard in waiting:
                self._check(shard)
                self._write(shard)
            names = self._column("SELECT shard FROM shards WHERE indexed=0 ORDER BY shard")
            for shard in names:
                self._write_names(shard)
            if waiting or self._column("SELECT shard FROM shards WHERE indexed<2 LIMIT 1"):
                self._write_digests()
                self._write_index()
                self._database.execute("UPDATE shards SET indexed=2")
            self._manifest.commit()
            if waiting:
                self._database.executescript("PRAGMA incremental_vacuum; BEGIN")  # it commits before

    def _column(self, query: str) -> list[str]:
        return [str(row[0]) for row in self._database.execute(query)]

    def _check(self, shard: str) -> None:
        """Hold the manifest against the file: a run that was killed may have replaced it and not said so, and others
        may have removed it. Once in a run for each shard."""
        if shard in self._sound:
            return
        path = self._manifest.folder / shard
        row = self._database.execute("SELECT size FROM shards WHERE shard=?", (shard,)).fetchone()
        size = path.stat().st_size if path.is_file() else None
        with written(self._manifest.folder):
            if row is None and size is None:
                pass
            elif row is None or size != row[0]:
                found = (
                    [(lines[0]["artifact"], start, length) for start, length, lines in _frames(path)] if size else []
                )
                if row is None and not found:
                    raise AttachError(f"{path} exists and was not made by cf-sbom")
                self._database.execute("DELETE FROM records WHERE shard=?", (shard,))
                rows = ((name, shard, start, length) for name, start, length in found)
                self._database.executemany("INSERT OR REPLACE INTO records VALUES(?,?,?,?)", rows)
                end = max((start + length for _, start, length in found), default=0)
                self._database.execute("INSERT OR REPLACE INTO shards VALUES(?,?,0)", (shard, end))
            elif not (self._manifest.folder / names_of(shard)).is_file():
                self._database.execute("UPDATE shards SET indexed=min(indexed,0) WHERE shard=?", (shard,))
        self._sound.add(shard)

    def _write(self, shard: str) -> None:
        """One shard with its new records, in order of path."""
        path = self._manifest.folder / shard
        held = self._database.execute(
            "SELECT path, start, length FROM records WHERE shard=:shard"
            " AND path NOT IN (SELECT path FROM waiting WHERE shard=:shard)"
            " UNION ALL SELECT path, NULL, NULL FROM waiting WHERE shard=:shard ORDER BY path",
            {"shard": shard},
        ).fetchall()
        if not held:
            self._remove(shard)
            return
        rows = []
        at = 0
        with replacing(path) as file:
            old = path.open("rb") if path.is_file() else None
            try:
                for name, start, length in held:
                    if start is None:
                        query = "SELECT frame FROM waiting WHERE path=?"
                        (frame,) = self._database.execute(query, (name,)).fetchone()
                    elif old is not None:
                        old.seek(start)
                        frame = old.read(length)
                    file.write(frame)
                    rows.append((name, shard, at, len(frame)))
                    at += len(frame)
            finally:
                if old is not None:
                    old.close()
        self._database.executemany("INSERT OR REPLACE INTO records VALUES(?,?,?,?)", rows)
        self._database.execute("DELETE FROM waiting WHERE shard=?", (shard,))
        self._database.execute("INSERT OR REPLACE INTO shards VALUES(?,?,0)", (shard, at))
        self._manifest.commit()

    def _remove(self, shard: str) -> None:
        """A shard without any record."""
        for place in (shard, names_of(shard)):
            (self._manifest.folder / place).unlink(missing_ok=True)
        self._database.execute("DELETE FROM shards WHERE shard=?", (shard,))
        self._manifest.commit()

    def _write_names(self, shard: str) -> None:
        rows = self._database.execute("SELECT path, start, length FROM records WHERE shard=? ORDER BY path", (shard,))
        names = {path.rpartition("/")[2]: (start, length) for path, start, length in rows}
        self._save(names_of(shard), {"shard": shard.rpartition("/")[2], "packages": names})
        self._database.execute("UPDATE shards SET indexed=1 WHERE shard=?", (shard,))

    def _write_digests(self) -> None:
        for first in range(16**_DIGITS):
            start = f"{first:0{_DIGITS}x}"
            rows = self._database.execute(
                "SELECT sha256, shard, start, length FROM packages JOIN records USING(path)"
                " WHERE sha256 >= ? AND sha256 < ? ORDER BY sha256, path",
                (start, f"{start}g"),
            )
            found: dict[str, list[tuple[str, int, int]]] = {}
            for digest, shard, begin, length in rows:
                found.setdefault(digest, []).append((shard, begin, length))
            place = f"index/{start}.sha256.json"
            if found:
                self._save(place, {"packages": found})
            else:
                (self._manifest.folder / place).unlink(missing_ok=True)

    def _write_index(self) -> None:
        sizes = dict(self._database.execute("SELECT shard, size FROM shards ORDER BY shard").fetchall())
        (count,) = self._database.execute("SELECT count(*) FROM records").fetchone()
        self._save("index.json", {"packages": count, "digits": _DIGITS, "shards": sizes})

    def _save(self, place: str, tree: dict[str, Any]) -> None:
        data = orjson.dumps({"tool": NAME, "version": VERSION} | tree, option=orjson.OPT_APPEND_NEWLINE)
        write(self._manifest.folder / place, data, force=False)


def names_of(shard: str) -> str:
    """The index of a shard by file names."""
    return f"{shard.removesuffix(SUFFIX)}.names.json"


def _frames(path: Path) -> Iterator[tuple[int, int, list[dict[str, Any]]]]:
    """Start, length and lines of each record, up to the end or to the first that is none."""
    at, data = 0, b""
    with path.open("rb") as file:
        while data := data or file.read(CHUNK):
            frame = zstd_unpacker()
            parts, length = [], 0
            try:
                with damage:
                    while not frame.eof and data:
                        parts.append(frame.decompress(data))
                        length += len(data)
                        data = frame.unused_data if frame.eof else file.read(CHUNK)
                    lines = [orjson.loads(line) for line in b"".join(parts).splitlines()]
            except DamageError:
                return
            length -= len(data)
            if not frame.eof or not lines or not all(isinstance(line, dict) and "artifact" in line for line in lines):
                return
            yield at, length, lines
            at += length
