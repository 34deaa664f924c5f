"""`.conda` and `.tar.bz2` files (CEP 35) -> members, in one streaming pass.

Knows the two containers and their damages; nothing of what members mean. The container is told by its bytes and the
component names by the archive's own entries, so a renamed file works. Nothing is unpacked to disk.
"""

from __future__ import annotations

import bz2
import json
import os
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from conda_package_streaming.package_streaming import tar_generator

from cf_sbom.errors import DamageError, LimitError, TargetError
from cf_sbom.hookspecs import Artifact, Context, SourceKind, hookimpl
from cf_sbom.model import FileKind, Member, Problem
from cf_sbom.packing.containers import BZ2, ZIP, check_directory, check_entry, open_regular, role_of, shown, stem_of
from cf_sbom.paths import member_path
from cf_sbom.streams import CHUNK, ArtifactDigests, MemberStream, Meter, ZstdStream, damage
from cf_sbom.tars import only_zeros, open_tar, tar_stream

_FORMAT_VERSIONS = ("2", "2.0")


@hookimpl
def cf_sbom_sources() -> Iterable[SourceKind]:
    yield SourceKind(
        name="archive",
        accepts=lambda path, head: head.startswith((ZIP, BZ2)),
        open=ArchivePackage,
        doc=".conda and .tar.bz2 files, told by their first bytes",
    )


class ArchivePackage:
    """One opened archive. Raises TargetError, from any method and any stream, for what cannot be read."""

    def __init__(self, path: Path, context: Context) -> None:
        self.problems: list[Problem] = []
        self._path = path
        self._limits = context.limits
        self._file = open_regular(path)
        self._status = os.fstat(self._file.fileno())
        self._container: Literal["conda", "tar.bz2"] = "conda" if self._file.read(4) == ZIP else "tar.bz2"
        self._file.seek(0)
        self._meter = Meter(context.limits, self._status.st_size)
        self._hashing = ArtifactDigests(open_regular(path), self._status)
        self._newest: int | None = None
        self._info_only = context.options.metadata_only
        self._stated = context.stated
        self._whole = not self._info_only
        self._stem = ""

    def members(self) -> Iterator[tuple[Member, BinaryIO | None]]:
        if not self._info_only:
            self._hashing.start()
        if self._container == "tar.bz2":
            yield from self._tar(bz2.open(self._file), "")
            return
        with damage:
            check_directory(self._file, self._status.st_size)
            archive = zipfile.ZipFile(self._file)
        with archive:
            parts = self._parts(archive)
            for part in ("info",) if self._info_only else ("info", "pkg"):
                if part in parts:
                    with damage:
                        stream = ZstdStream(archive.open(parts[part]))
                    yield from self._tar(stream, part)

    def artifact(self) -> Artifact:
        digests = self._stated if self._info_only else self._hashing.result()
        now = os.fstat(self._file.fileno())
        if (now.st_size, now.st_mtime_ns) != (self._status.st_size, self._status.st_mtime_ns):
            raise TargetError("the file changed while it was read; run again when nobody writes to it")
        return Artifact(
            container=self._container,
            filename=self._path.name,
            size=now.st_size,
            digests=digests,
            newest=self._newest,
            whole=self._whole,
            stated=self._info_only,
            stem=self._stem,
        )

    def close(self) -> None:
        self._hashing.stop()
        self._file.close()

    def _parts(self, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
        """The entries info-*, pkg-* and metadata.json by role. Raises TargetError where the archive is ambiguous."""
        found: dict[str, zipfile.ZipInfo] = {}
        names = set()
        for entry in archive.infolist():
            if entry.filename in names:
                raise DamageError(f"two entries are called {shown(entry.filename)}")
            names.add(entry.filename)
            role = role_of(entry)
            if not role:
                continue
            if role in found:
                raise TargetError(f"not a conda package: two {role} parts")
            found[role] = entry
        if "info" not in found:
            raise TargetError("not a conda package: the zip file has no info-*.tar.zst part; is it a .conda file?")
        self._stem = stem_of(found["info"])
        if "pkg" not in found:
            self._whole = False
            self._problem("", "the archive has no pkg-*.tar.zst part", "damage")
        elif stem_of(found["pkg"]) != self._stem:
            self._problem("", "the names of the info and pkg parts differ", "conflict")
        if any("/" in entry.filename for entry in found.values()):
            self._problem("", "the parts of the archive lie in a folder; they belong at its root (CEP 35)", "damage")
        for entry in found.values():
            check_entry(entry, self._status.st_size)
        self._check_format(archive, found.pop("metadata", None))
        return found

    def _check_format(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo | None) -> None:
        version: Any = None
        if entry is not None and entry.file_size <= CHUNK:
            with damage:
                data = archive.read(entry)
            try:
                tree = json.loads(data)
                version = tree.get("conda_pkg_format_version") if isinstance(tree, dict) else None
            except (ValueError, RecursionError):
                version = None
        if version is not None and str(version) not in _FORMAT_VERSIONS:
            raise TargetError(f"unknown version {shown(str(version))} of the .conda format; this cf-sbom knows 2 only")
        if version is None:
            self._problem("metadata.json", "missing, or without conda_pkg_format_version", "damage")

    def _tar(self, stream: Any, part: str) -> Iterator[tuple[Member, BinaryIO | None]]:
        unpacked = tar_stream(stream, self._meter)
        tars = tar_generator(unpacked, open_tar, encoding="utf-8")
        self._meter.before_header()
        tar: Any = None
        started = False
        while True:
            with damage:
                item = next(tars, None)
            if item is None:
                break
            tar, info = item
            tar.members.clear()
            path = self._path_of(info)
            wanted = bool(part) or not self._info_only or path.startswith("info/")
            started = started or path == "info/index.json"
            if started and not wanted:
                return  # builders put info/ first; to look for more of it would be to read the whole
            self._meter.before_body(info.size if info.isreg() else 0)
            body = _body(tar, info) if info.isreg() else None
            if wanted and self._belongs(path, info, part):
                yield _member(path, info, body), cast("BinaryIO | None", body)
            if body is not None:
                body.skip()  # what nobody read would count as the next one's header
            self._meter.before_header()
        if tar is not None and not getattr(tar, "saw_end", False):
            self._problem("", "the tar archive ends without its end marker", "damage")
        if not only_zeros(unpacked):
            self._whole = False
            self._problem("", "there are bytes behind the end of the tar archive; they were not read", "damage")

    def _path_of(self, info: tarfile.TarInfo) -> str:
        if info.size < 0:
            raise DamageError("a member of negative size")
        if len(info.name) > self._limits.path_length or len(info.linkname) > self._limits.path_length:
            raise LimitError(f"a member's name is longer than {self._limits.path_length} characters", "path_length")
        return member_path(info.name)

    def _belongs(self, path: str, info: tarfile.TarInfo, part: str) -> bool:
        """Whether a member is read from this part. Metadata in the payload part would be a second truth; licence texts,
        which conda-build has long put there, are none."""
        inside = path.startswith("info/")
        if part == "pkg" and inside and not path.startswith("info/licenses/"):
            self._whole = False
            self._problem(path, "lies in the payload part and is not read as metadata", "damage")
            return False
        if part == "info" and not inside and not info.isdir():
            self._problem(path, "lies in the info part but not under info/", "damage")
        if inside and info.isreg() and isfinite(info.mtime):
            self._newest = max(self._newest or 0, int(info.mtime))
        return True

    def _problem(self, path: str, reason: str, severity: Literal["conflict", "damage"]) -> None:
        self.problems.append(Problem(path=path, reason=reason, by="archive", severity=severity))


def _body(tar: Any, info: tarfile.TarInfo) -> MemberStream:
    """The bytes behind a header, straight from the archive; those of a sparse file have holes to be filled."""
    return MemberStream(tar.extractfile(info) if info.issparse() else tar.fileobj, info.size)


def _member(path: str, info: tarfile.TarInfo, body: MemberStream | None) -> Member:
    return Member(
        path=path,
        kind=_kind(info),
        size=info.size if body is not None else 0,
        mode=info.mode,
        link_target=member_path(info.linkname) if info.islnk() or info.issym() else "",
        head=body.head(16) if body is not None else b"",
    )


def _kind(info: tarfile.TarInfo) -> FileKind:
    if info.isreg():
        return "file"
    if info.issym():
        return "softlink"
    if info.islnk():
        return "hardlink"
    return "directory" if info.isdir() else "device"
