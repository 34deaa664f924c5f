"""The five hooks and the records they return: all that a plugin sees of this project besides the model.

A hook takes no argument and only registers: it returns records, each a name and a few callables. Records are sorted by
name, never by load order. `hookimpl` marks an implementation in a module named by an entry point of the group
`cf_sbom`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias, TypeVar

import pluggy

from cf_sbom.identity.purl import Style
from cf_sbom.limits import MIB, Limits
from cf_sbom.model import (
    ROOT,
    Algorithm,
    Binary,
    BuildPackages,
    Completeness,
    Component,
    Container,
    Digest,
    Document,
    File,
    FileKind,
    Linkage,
    Member,
    Ownership,
    Party,
    Patch,
    Problem,
    Relation,
    Sbom,
    Stamp,
    Subject,
    Text,
)

T = TypeVar("T")

GROUP = "cf_sbom"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)

INTERFACE = 1
"""The version of what plugins build on: this module, model.py, and the public names of parsing.py, fields.py and
identity/. It rises when a hook, a record field, a type of the model or one of those names is renamed, removed or
changes its meaning; what is added with a default does not count. A plugin states the version it was written for as
`CF_SBOM_INTERFACE = 1` in its module; one that states none was written for the first."""

__all__ = [
    "GROUP",
    "INTERFACE",
    "ROOT",
    "Attacher",
    "Body",
    "Context",
    "Emitter",
    "Enricher",
    "Extractor",
    "Finding",
    "Match",
    "Note",
    "Options",
    "Package",
    "Provider",
    "Providers",
    "SourceKind",
    "View",
    "hookimpl",
    "hookspec",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user may ask of generate(); the command line's options carry the same names."""

    outputs: tuple[tuple[str, str], ...] = (("cyclonedx-json", ""), ("spdx-json", ""))
    output_dir: Path | None = None
    channel: str = ""
    purl_style: Style = "spec"
    supplier: Party | None = None
    manufacturer: Party | None = None
    authors: tuple[Party, ...] = ()
    list_files: bool = False
    timestamp: str = ""
    prefix: Path | None = None
    packages: tuple[Path, ...] = ()
    upstream_map: Path | None = None
    build_packages: BuildPackages | None = None
    native_threshold: float = 0.5
    network: bool = False
    metadata_only: bool = False
    force: bool = False
    image: str = ""
    plain_http: bool | None = None
    disabled: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A conda package that may hold a library, as an environment or a folder of packages has it.

    place is its file or record without the folders around it, such as `linux-64/libz-1.3-0.conda`. libraries: the paths
    of shared libraries and of links to them; archives and headers: whether it has static libraries, or headers;
    programs: whether it has any; exports: whether it has run_exports that add a dependency; None where that is not
    recorded. depends are the names of what it requires.
    """

    name: str
    version: str
    build: str
    subdir: str
    place: str
    channel: str = ""
    file_name: str = ""
    depends: tuple[str, ...] = ()
    libraries: frozenset[str] = frozenset()
    archives: bool = False
    headers: bool = False
    programs: bool = False
    exports: bool | None = None


class Providers(Protocol):
    """Which packages hold which library, out of --prefix and --packages; each answer is in order of place."""

    @property
    def problems(self) -> list[Problem]:
        """What could not be read so far."""

    def named(self, name: str) -> tuple[Provider, ...]:
        """The packages of a name."""

    def holding(self, path: str, *, folded: bool = False) -> tuple[Provider, ...]:
        """The packages with a library at a path; folded: whatever its case. All packages are looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What every plugin may know of a run; providers where the user names places to look for them. stated: digests of
    the artifact that a record beside it states, for where the artifact is not read as a whole."""

    options: Options
    limits: Limits
    algorithms: tuple[Algorithm, ...] = ("sha256",)
    providers: Providers | None = None
    stated: tuple[Digest, ...] = ()


class Body(io.RawIOBase):
    """The bytes of a member: read-only, seekable, with a length. One buffer serves all extractors that match it and is
    valid only during their read; getbuffer() is a view without a copy, shared() what several of them make of it."""

    def __init__(self, buffer: memoryview, made: dict[Callable[[memoryview], Any], Any] | None = None) -> None:
        """made: what shared() keeps, one for all bodies of a member."""
        self._buffer = buffer
        self._position = 0
        self._made = {} if made is None else made

    def __len__(self) -> int:
        return len(self._buffer)

    def getbuffer(self) -> memoryview:
        return self._buffer

    def shared(self, make: Callable[[memoryview], T]) -> T:
        """What a function makes of all bytes: the first extractor that asks calls it, the next ones have the same. It
        must give something that nobody changes, which lasts as long as the buffer; an error is raised to each."""
        if make not in self._made:
            self._made[make] = make(self._buffer)
        found: T = self._made[make]
        return found

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: len(self._buffer)}[whence]
        if base + offset < 0:
            raise ValueError("seek before the start")
        self._position = base + offset
        return self._position

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]
        chunk = self._buffer[self._position : self._position + len(target)]
        target[: len(chunk)] = chunk
        self._position += len(chunk)
        return len(chunk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which members an extractor wants: plain data, compiled into one router.

    names: base names (`METADATA`), or whole paths where they hold a slash (`info/index.json`). suffixes: ends of the
    path. globs: whole paths; `*` stays in one folder, `**` crosses them. magics: first bytes, at most 16. kinds: which
    kinds of member. Members under `info/` are offered only to names and globs that begin with `info/`.
    """

    names: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    globs: tuple[str, ...] = ()
    magics: tuple[bytes, ...] = ()
    kinds: tuple[FileKind, ...] = ("file",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something an extractor keeps for its own join."""

    key: str
    value: object


Finding: TypeAlias = (
    Subject | Component | Relation | Text | Patch | Completeness | Ownership | Linkage | Binary | Problem | Note
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a join sees after the pass: its own notes in order of path, all files, the components of all reads.

    artifact tells of the container what the source knew when the pass was over.
    """

    notes: tuple[Note, ...]
    files: Mapping[str, File]
    components: tuple[Component, ...]
    artifact: Artifact

    def note(self, key: str) -> object | None:
        """The value of the first note with this key."""
        return next((note.value for note in self.notes if note.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """What a source knows of the artifact: newest is the newest time in info/, in Unix seconds; whole says that all of
    the payload was there to be read; stated that the digests are those of a record beside it, not computed; stem is the
    `name-version-build` that the container calls its parts by, or ""."""

    container: Container
    filename: str
    size: int | None
    digests: tuple[Digest, ...]
    newest: int | None = None
    whole: bool = True
    stated: bool = False
    stem: str = ""


class Package(Protocol):
    """An opened target. members() may be used once; the stream of a member is valid until the next one is asked for.

    problems and artifact are complete when members() is exhausted.
    """

    problems: list[Problem]

    def members(self) -> Iterator[tuple[Member, BinaryIO | None]]: ...

    def artifact(self) -> Artifact: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKind:
    """A kind of target. accepts(path, head) tells it by its bytes: head is the first 16, empty for a folder."""

    name: str
    accepts: Callable[[Path, bytes], bool]
    open: Callable[[Path, Context], Package]
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extractor:
    """Reads members. read(member, body, context) runs for each member that matches, join(view, context) once after the
    pass. A member over body_limit bytes is not given; a Problem names it."""

    name: str
    match: Match
    read: Callable[[Member, Body, Context], Iterable[Finding]]
    join: Callable[[View, Context], Iterable[Finding]] | None = None
    body_limit: int = 64 * MIB
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enricher:
    """Adds to a finished Sbom. Lower order runs first, then by name; one with network runs only when that is
    allowed."""

    name: str
    order: int
    enrich: Callable[[Sbom, Context], Sbom]
    network: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitter:
    """Writes one format. emit(sbom, stamp, version) gives the bytes; the first version is the default.

    losses(sbom, stamp, version) says what the syntax cannot carry of this one Sbom; the document then says it, too.
    """

    name: str
    versions: tuple[str, ...]
    media_type: str
    suffix: str
    emit: Callable[[Sbom, Stamp, str], bytes]
    losses: Callable[[Sbom, Stamp, str], Iterable[Problem]] | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacher:
    """Puts a document where it belongs. attach(target, document, options) returns where it went."""

    name: str
    attach: Callable[[Path, Document, Options], Path]
    network: bool = False
    doc: str = ""


@hookspec
def cf_sbom_sources() -> Iterable[SourceKind]:  # type: ignore[empty-body]
    """Kinds of target."""


@hookspec
def cf_sbom_extractors() -> Iterable[Extractor]:  # type: ignore[empty-body]
    """Readers of members."""


@hookspec
def cf_sbom_enrichers() -> Iterable[Enricher]:  # type: ignore[empty-body]
    """Additions to a finished Sbom."""


@hookspec
def cf_sbom_emitters() -> Iterable[Emitter]:  # type: ignore[empty-body]
    """Formats."""


@hookspec
def cf_sbom_attachers() -> Iterable[Attacher]:  # type: ignore[empty-body]
    """Places for documents."""
