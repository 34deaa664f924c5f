"""One pass over an opened package: each member is routed, hashed and read once.

Knows sources and extractors by their records only. Everything that goes wrong with one member or one extractor is a
Problem and the pass goes on; only a package that cannot be read at all ends it.
"""

from __future__ import annotations

import hashlib
import mmap
import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from cf_sbom.embedded import open_package
from cf_sbom.errors import DamageError, TargetError
from cf_sbom.hookspecs import Artifact, Body, Context, Extractor, Finding, Note, SourceKind, View
from cf_sbom.limits import MIB
from cf_sbom.links import astray
from cf_sbom.magics import format_of
from cf_sbom.model import Component, Digest, File, Member, Problem, Text
from cf_sbom.paths import also_folders, folded, unsafe

_SPOOL_FROM = 64 * MIB
_INDEX = "info/index.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one pass gave: facts of the artifact, all payload files, and every finding in a fixed order."""

    artifact: Artifact
    files: tuple[File, ...]
    findings: tuple[Finding, ...]


def scan(path: Path, sources: Iterable[SourceKind], extractors: Iterable[Extractor], context: Context) -> Scan:
    """Read the target at path. Raises TargetError where it is no conda package or cannot be read."""
    package = open_package(path, sources, context)
    try:
        run = _Pass(tuple(extractors), context)
        for member, stream in package.members():
            run.take(member, stream)
        run.check_index()
        artifact = package.artifact()
        run.report(package.problems)
        return run.finish(artifact)
    finally:
        package.close()


class _Pass:
    """The state of one pass."""

    def __init__(self, extractors: tuple[Extractor, ...], context: Context) -> None:
        self._extractors = extractors
        self._context = context
        self._router = _router(extractors)
        self._files: dict[str, File] = {}
        self._seen: set[str] = set()
        self._indexes = 0
        self._found: dict[str, _Found] = {e.name: _Found() for e in extractors}
        self._problems: list[Problem] = []
        # By attribute, not by hashlib.new(): that looks the name up anew for each file.
        self._hashes = tuple((name, getattr(hashlib, name)) for name in context.algorithms)

    def take(self, member: Member, stream: BinaryIO | None) -> None:
        if member.path == _INDEX:
            self._indexes += 1
        if member.kind == "directory":
            return
        if reason := unsafe(member.path):
            self.report([_damage(member.path, reason)])
        if member.path in self._seen:
            self.report([_damage(member.path, "stands in the archive more than once")])
        self._seen.add(member.path)
        wanted = self._router.route(member)
        digests: tuple[Digest, ...] = ()
        if stream is not None:
            for extractor in wanted:
                if member.size > extractor.body_limit:
                    reason = f"{member.size} bytes are more than this extractor reads"
                    self.report([Problem(path=member.path, reason=reason, by=extractor.name, severity="gap")])
            digests = self._read(member, stream, [e for e in wanted if member.size <= e.body_limit])
        elif wanted:
            self._call(member, memoryview(b""), wanted)
        if not member.path.startswith("info/"):
            self._file(member, digests)
        elif member.kind != "file":
            self.report([_damage(member.path, f"a {member.kind}, which is not followed: metadata is files (CEP 34)")])

    def check_index(self) -> None:
        if self._indexes != 1:
            count = "no" if not self._indexes else str(self._indexes)
            raise TargetError(f"not a conda package: {count} {_INDEX}")

    def report(self, problems: Iterable[Problem]) -> None:
        self._problems.extend(problems)

    def finish(self, artifact: Artifact) -> Scan:
        self._link_digests()
        self._tell_lookalikes()
        components = tuple(c for f in self._found.values() for _, c in f.findings if isinstance(c, Component))
        findings: list[Finding] = []
        for extractor in self._extractors:
            found = self._found[extractor.name]
            findings += (finding for _, finding in sorted(found.findings, key=lambda item: item[0]))
            if extractor.join is None:
                continue
            notes = tuple(note for _, note in sorted(found.notes, key=lambda item: item[0]))
            view = View(notes=notes, files=self._files, components=components, artifact=artifact)
            findings += self._guarded("", extractor, extractor.join, view, self._context)
        findings += self._problems
        files = tuple(self._files[path] for path in sorted(self._files))
        return Scan(artifact=artifact, files=files, findings=tuple(findings))

    def _read(self, member: Member, stream: BinaryIO, wanted: list[Extractor]) -> tuple[Digest, ...]:
        hashes = [(name, new(usedforsecurity=False)) for name, new in self._hashes]
        spool: BinaryIO | None = None
        kept = bytearray()
        size = 0
        if wanted and member.size > _SPOOL_FROM:
            spool = tempfile.TemporaryFile(prefix="cf-sbom-")
        while size < member.size and (chunk := stream.read(min(MIB, member.size - size))):
            size += len(chunk)
            for _, digest in hashes:
                digest.update(chunk)
            if spool is not None:
                spool.write(chunk)
            elif wanted:
                kept += chunk
        if size != member.size:
            raise DamageError(f"{member.path} has {size} of {member.size} bytes")
        if spool is not None:
            with spool:
                spool.flush()
                self._call(member, memoryview(mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ)), wanted)
        elif wanted:
            self._call(member, memoryview(kept).toreadonly(), wanted)
        return tuple([Digest(algorithm=name, value=digest.hexdigest()) for name, digest in hashes])

    def _call(self, member: Member, view: memoryview, wanted: list[Extractor]) -> None:
        made: dict[Callable[[memoryview], Any], Any] = {}
        for extractor in wanted:
            found = self._found[extractor.name]
            body = Body(view, made)
            for finding in self._guarded(member.path, extractor, extractor.read, member, body, self._context):
                if not isinstance(finding, Note):
                    found.findings.append((member.path, finding))
                elif self._has_room(found, finding.value):
                    found.notes.append((member.path, finding))
                else:
                    limit = self._context.limits.texts_size
                    reason = f"left out: the texts before it have {limit} bytes (limit texts_size)"
                    self.report([Problem(path=member.path, reason=reason, by=extractor.name, severity="gap")])

    def _has_room(self, found: _Found, value: object) -> bool:
        """Texts are held until the end, and a package may have any number of them."""
        if not isinstance(value, Text):
            return True
        found.text_bytes += len(value.data)
        return found.text_bytes <= self._context.limits.texts_size

    def _guarded(
        self, path: str, extractor: Extractor, call: Callable[..., Iterable[Finding]], *arguments: object
    ) -> list[Finding]:
        """What a plugin gives; an exception becomes a Problem, and what came before it is kept."""
        given: list[Finding] = []
        try:
            given.extend(call(*arguments))
        except (TargetError, MemoryError):
            raise
        except Exception as error:
            reason = f"the extractor failed: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
            given.append(Problem(path=path, reason=reason, by=extractor.name, severity="gap"))
        return given

    def _file(self, member: Member, digests: tuple[Digest, ...]) -> None:
        if member.kind == "device":
            self.report([_damage(member.path, "a device or a pipe; not read")])
        shown = format_of(member.head)
        self._files[member.path] = File(
            path=member.path,
            kind=member.kind,
            size=member.size,
            executable=member.kind == "file" and (bool(member.mode & 0o111) or shown in ("program", "script")),
            link_target=member.link_target,
            digests=digests,
            format=shown,
            mode=_permissions(member.mode) if member.kind == "file" else None,
        )

    def _link_digests(self) -> None:
        """A hard link has the bytes of the file it names; a link that leaves the package is a Problem."""
        for path, file in self._files.items():
            if file.kind == "hardlink":
                target = self._files.get(file.link_target)
                if target is None or target.kind != "file":
                    self.report([_damage(path, "a hard link to a file that the package does not hold")])
                    continue
                self._files[path] = File(
                    path=path,
                    kind="hardlink",
                    size=target.size,
                    executable=target.executable,
                    link_target=file.link_target,
                    digests=target.digests,
                    format=target.format,
                    mode=target.mode,
                )
            elif file.kind == "softlink" and (reason := astray(file, self._files)):
                self.report([_damage(path, reason)])

    def _tell_lookalikes(self) -> None:
        """Names of which some file systems, or all, can hold only one."""
        for path in also_folders(self._files):
            self.report([_damage(path, "a file or a link, and a folder of other members")])
        first: dict[str, str] = {}
        alike = [(path, other) for path in self._files if (other := first.setdefault(folded(path), path)) != path]
        if alike:
            path, other = min(alike)
            rest = f", and {len(alike) - 1} more like it" if len(alike) > 1 else ""
            reason = f"differs from {other} only by case or Unicode normalisation{rest}: some systems hold only one"
            self.report([Problem(path=path, reason=reason, by="scan", severity="conflict")])


@dataclass(slots=True)
class _Found:
    findings: list[tuple[str, Finding]] = field(default_factory=list)
    notes: list[tuple[str, Note]] = field(default_factory=list)
    text_bytes: int = 0


def _damage(path: str, reason: str) -> Problem:
    return Problem(path=path, reason=reason, by="scan", severity="damage")


class Router:
    """All Match tables compiled into one: which extractors want a member. A member that nobody wants costs two
    dictionary look-ups, a look at its end and its head, and a look for one piece of text for each glob."""

    def __init__(self, extractors: Iterable[Extractor]) -> None:
        self._names: dict[str, list[Extractor]] = {}
        self._suffixes: list[tuple[str, Extractor]] = []
        self._magics: list[tuple[bytes, Extractor]] = []
        self._globs: dict[bool, list[tuple[str, re.Pattern[str], Extractor]]] = {False: [], True: []}
        for extractor in extractors:
            match = extractor.match
            for name in match.names:
                self._names.setdefault(name, []).append(extractor)
            self._suffixes += ((suffix, extractor) for suffix in match.suffixes)
            self._magics += ((magic, extractor) for magic in match.magics)
            for glob in match.globs:
                entry = (_longest_piece(glob), glob_pattern(glob), extractor)
                self._globs[glob.startswith("info/")].append(entry)
        self._any_suffix = tuple(suffix for suffix, _ in self._suffixes)
        self._any_magic = tuple(magic for magic, _ in self._magics)

    def route(self, member: Member) -> list[Extractor]:
        """The extractors that want this member, each once, in their order."""
        path, head = member.path, member.head
        in_info = path.startswith("info/")
        wanted = [*self._names.get(path, ())]
        if not in_info:
            wanted += self._names.get(path.rpartition("/")[2], ())
            if path.endswith(self._any_suffix):
                wanted += (extractor for suffix, extractor in self._suffixes if path.endswith(suffix))
            if head.startswith(self._any_magic):
                wanted += (extractor for magic, extractor in self._magics if head.startswith(magic))
        for piece, pattern, extractor in self._globs[in_info]:
            if piece in path and pattern.fullmatch(path):
                wanted.append(extractor)
        if not wanted:
            return wanted
        unique = {extractor.name: extractor for extractor in wanted if member.kind in extractor.match.kinds}
        return [unique[name] for name in sorted(unique)]


@lru_cache(maxsize=8)
def _router(extractors: tuple[Extractor, ...]) -> Router:
    """One for all packages of a process: to compile it takes as long as to read a small package."""
    return Router(extractors)


def _longest_piece(glob: str) -> str:
    """A text that stands in every path that a glob matches; a `**/` may match nothing, so its slash is no part."""
    return max(re.split(r"\*\*/|[*?]+", glob), key=len)


def glob_pattern(glob: str) -> re.Pattern[str]:
    """`*` and `?` stay in one folder, `**` crosses folders, `**/` may be empty."""
    pattern = ""
    for part in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", glob):
        pattern += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    return re.compile(pattern, re.DOTALL)


def _permissions(mode: int) -> int:
    """Permissions without what the umask decides of who packed or unpacked: others may read, and the owner write."""
    return (0o755 if mode & 0o111 else 0o644) | mode & 0o6000
