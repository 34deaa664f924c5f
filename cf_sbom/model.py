"""What an SBOM says, free of any format.

Knows the standard library only: no package container, no CycloneDX, no SPDX. Every type is frozen and holds tuples,
so that a finished Sbom can be shared, compared and hashed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from operator import lt
from typing import Any, Literal, NewType, TypeAlias

Ref = NewType("Ref", str)
"""Identity inside one Sbom: a canonical purl; else `file:<path>` for a packaged file; else
`in:<path>#<kind>:<name>`."""

ROOT = Ref("root")
"""The package itself, for extractors: its purl is known only when everything has been read. assemble() replaces it."""

Algorithm: TypeAlias = Literal["md5", "sha1", "sha256", "sha512"]
Container: TypeAlias = Literal["conda", "tar.bz2", "folder", "prefix", "environment", "lock", "collection"]
"""What a document speaks of: one package, packed or extracted, or in the prefix where a builder installs what it will
pack; or several: those that are installed in one place, those that a lock file names for one platform, or those of
other documents."""
FileKind: TypeAlias = Literal["file", "softlink", "hardlink", "directory", "device"]
FileFormat: TypeAlias = Literal["", "program", "objects", "script", "archive", "bytecode", "text", "binary"]
"""What the first bytes of a file show: an image of ELF, Mach-O or PE; objects packed by ar; a script with its
interpreter; something packed; WebAssembly or LLVM bitcode; text; anything else. "" for what has no bytes."""
FileRole: TypeAlias = Literal["component", "own", "documentation", "data", "unexplained"]
"""To what a file is attributed: to a component inside the package; to the package's own code; to its documentation or
its data; or to nothing that is known."""
ComponentKind: TypeAlias = Literal["application", "data", "file", "library", "source"]
BinaryKind: TypeAlias = Literal["program", "library", "static library", "import library", "other"]
LicenseRole: TypeAlias = Literal["declared", "concluded"]
LinkKind: TypeAlias = Literal["website", "vcs", "documentation", "source", "distribution", "recipe", "license", "bom"]
Technique: TypeAlias = Literal["manifest", "binary", "filename", "recipe", "hash", "inferred"]
RelationKind: TypeAlias = Literal[
    "contains",
    "depends_on",
    "links_to",
    "static_link",
    "static_candidate",
    "built_from",
    "build_tool",
    "host",
    "upstream_of",
    "patched_by",
    "constrains",
]
Scope: TypeAlias = Literal["runtime", "build", "test", "optional"]
Aspect: TypeAlias = Literal["contents", "dependencies"]
Part: TypeAlias = Literal["build packages", "links", "licence texts"]
"""What a document may leave out as a whole, which is not to say that there is none."""
State: TypeAlias = Literal["complete", "incomplete", "unknown"]
Severity: TypeAlias = Literal["gap", "conflict", "damage"]


def file_ref(path: str) -> Ref:
    """The identity of a packaged file."""
    return Ref(f"file:{path}")


def found_ref(path: str, kind: str, name: str) -> Ref:
    """The identity of something that was found in a file and has no purl."""
    return Ref(f"in:{path}#{kind}:{name}")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Digest:
    """A hash in lowercase hexadecimal."""

    algorithm: Algorithm
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a package before its bytes are read; head is at most the first 16 of them."""

    path: str
    kind: FileKind
    size: int
    mode: int = 0o644
    link_target: str = ""
    head: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A packaged file and the digests of its bytes as packaged (a hard link has those of what it links to).

    executable: by its mode, or because its first bytes are those of a program. mode: its permissions without what a
    umask decides, 0o755 or 0o644, with setuid (0o4000) and setgid (0o2000); None where they are not known. role is what
    it is there for, as far as that is known. owner is the component that it belongs to: for the role own what the
    package is upstream, or none where that is inferred; for the role component none where several claim it.
    """

    path: str
    kind: FileKind
    size: int
    executable: bool = False
    link_target: str = ""
    digests: tuple[Digest, ...] = ()
    format: FileFormat = ""
    mode: int | None = None
    role: FileRole = "unexplained"
    owner: Ref | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Bytes that a document may need: a licence text. truncated says that a limit cut it."""

    path: str
    media_type: str
    data: bytes
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class License:
    """An SPDX licence expression, the role it plays, where its texts are, and what was written where it is a
    LicenseRef."""

    expression: str
    role: LicenseRole = "declared"
    texts: tuple[str, ...] = ()
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A patch that was applied to the source. text is None when the package does not hold it."""

    path: str
    text: Text | None = None
    resolves: tuple[str, ...] = ()

    @property
    def ref(self) -> Ref:
        return file_ref(self.path)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Evidence:
    """Which field of which file said so, by which technique, found by which plugin; confidence is 0 to 1."""

    path: str
    field: str = ""
    technique: Technique = "manifest"
    confidence: float = 1.0
    by: str = ""
    detail: str = ""

    @property
    def place(self) -> str:
        """The field with what is to be said of it, as documents write it: `dep[3] (replaced)`."""
        return f"{self.field} ({self.detail})".lstrip() if self.detail else self.field


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Occurrence:
    """Where a component was seen, and the digests of what was seen there."""

    path: str
    digests: tuple[Digest, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Party:
    """A person or an organisation that the user named; at most one of email and url is set."""

    name: str
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Link:
    """An address outside the package, free of credentials and local paths; of the kind bom also one in the package, as
    `inner_url` of identity/urls.py makes it."""

    kind: LinkKind
    url: str
    digests: tuple[Digest, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Something with an identity of its own. A digest is shown only where all occurrences agree."""

    ref: Ref
    kind: ComponentKind
    name: str
    version: str = ""
    purl: str = ""
    aliases: tuple[str, ...] = ()
    licenses: tuple[License, ...] = ()
    digests: tuple[Digest, ...] = ()
    supplier: Party | None = None
    manufacturer: Party | None = None
    description: str = ""
    links: tuple[Link, ...] = ()
    cpes: tuple[str, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()

    @property
    def manifest(self) -> str:
        """The file that says most likely what is said of it: a manifest in the payload, else the first place; ""
        where there is none."""
        seen = (
            one.path
            for one in self.occurrences
            if not one.path.startswith("info/") and any(e.technique == "manifest" for e in one.evidence)
        )
        return next(seen, self.occurrences[0].path if self.occurrences else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A directed statement; specs are the match specs of a dependency as written."""

    source: Ref
    kind: RelationKind
    target: Ref
    scope: Scope = "runtime"
    specs: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Ownership:
    """A file of the payload that belongs to a component, or where path ends in `/` all files below a folder. It says
    nothing of files that are not there. whole: the component is that file, it does not only hold it."""

    path: str
    ref: Ref
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """How much of an aspect of a component is known, and what the claim rests on."""

    ref: Ref
    aspect: Aspect
    state: State
    why: str = ""


OF_DOCUMENT = "document"
"""Who a Problem is by that tells of the document alone: another document of the same is to tell its own."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """Something that is missing (gap), contradictory (conflict) or broken (damage); path is in the package or empty."""

    path: str
    reason: str
    by: str
    severity: Severity

    def __str__(self) -> str:
        return f"{self.path}: {self.reason} [{self.by}]" if self.path else f"{self.reason} [{self.by}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a document speaks of: an artifact, or what holds several, of which subdir is the platform. built is in Unix
    seconds; digests_stated: taken from a record beside it, not computed."""

    filename: str
    container: Container
    size: int | None
    digests: tuple[Digest, ...]
    name: str
    version: str
    build: str
    subdir: str
    channel: str = ""
    built: int | None = None
    digests_stated: bool = False

    @property
    def of_many(self) -> bool:
        """Whether it is no package but what holds packages."""
        return self.container in ("environment", "lock", "collection")

    @property
    def title(self) -> str:
        """What a document of it is called after."""
        if self.of_many:
            return "-".join(part for part in (self.name, self.subdir) if part)
        return self.filename or f"{self.name}-{self.version}-{self.build}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """What one binary asks of the loader; of a file for several machines there is one for each. No document has it
    whole: enrichers make relations out of it.

    format is ELF, Mach-O or PE; soname its own name for others to ask by; needed in the order of the file, optional
    those that may be absent; rpaths the folders that are searched, as written (of ELF those that count). whole says
    that all of it could be read.
    """

    path: str
    format: str = ""
    machine: str = ""
    soname: str = ""
    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    rpaths: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """What one binary says of itself besides its linkage; of a file for several machines there is one for each.
    Documents have it where they list files.

    machine of an archive is that of its objects, several joined by a comma. build_id is that of ELF, UUID of Mach-O, or
    GUID of PE's debug data. toolchain: the texts of `.comment`. imported_versions: for each library the versions of
    symbols that are asked of it; exported_versions: those it defines. objects: how many object files an archive holds;
    imports: the libraries that an import library leads to.
    """

    path: str
    machine: str = ""
    kind: BinaryKind = "other"
    build_id: str = ""
    toolchain: tuple[str, ...] = ()
    imported_versions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exported_versions: tuple[str, ...] = ()
    objects: int = 0
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sbom:
    """Everything that is said of one package, or of what holds several. The root is one of the components. ownership:
    claims that no file has been attributed by yet. unlisted: what a document leaves out, as it says itself or as its
    format has no place for it. of_document: read from a document, which may leave out more than it says."""

    subject: Subject
    root: Ref
    components: tuple[Component, ...]
    files: tuple[File, ...] = ()
    relations: tuple[Relation, ...] = ()
    texts: tuple[Text, ...] = ()
    patches: tuple[Patch, ...] = ()
    problems: tuple[Problem, ...] = ()
    completeness: tuple[Completeness, ...] = ()
    linkages: tuple[Linkage, ...] = ()
    ownership: tuple[Ownership, ...] = ()
    binaries: tuple[Binary, ...] = ()
    unlisted: tuple[Part, ...] = ()
    of_document: bool = False

    @property
    def root_component(self) -> Component:
        return next(c for c in self.components if c.ref == self.root)

    def check(self) -> None:
        """Raise AssertionError where references dangle or repeat, or a collection is not sorted: a bug of ours."""
        refs = [c.ref for c in self.components]
        _sorted_unique(refs, "component references")
        known = {*refs, *(p.ref for p in self.patches)}
        if self.root not in refs:
            raise AssertionError("the root is not among the components")
        for relation in self.relations:
            if relation.source not in known or relation.target not in known:
                raise AssertionError(f"a relation lacks an end: {relation}")
        for claim in self.completeness:
            if claim.ref not in known:
                raise AssertionError(f"completeness of an unknown component: {claim}")
        owners = {file.owner for file in self.files} | {owned.ref for owned in self.ownership}
        if unknown := owners - {None} - known:
            raise AssertionError(f"files of an unknown component: {unknown}")
        _sorted_unique([(r.source, r.kind, r.target, r.scope) for r in self.relations], "relations")
        _sorted_unique([f.path for f in self.files], "files")
        _sorted_unique([t.path for t in self.texts], "texts")
        _sorted_unique([p.path for p in self.patches], "patches")
        _sorted_unique([(c.ref, c.aspect) for c in self.completeness], "completeness")
        _sorted_unique([(one.path, one.machine) for one in self.linkages], "linkages")
        _sorted_unique([(o.path, o.ref) for o in self.ownership], "ownership")
        _sorted_unique([(one.path, one.machine) for one in self.binaries], "binaries")
        if list(self.problems) != sorted(set(self.problems)):
            raise AssertionError("problems are not sorted or not unique")


def _sorted_unique(keys: Sequence[Any], what: str) -> None:
    if not all(map(lt, keys, islice(keys, 1, None))):
        raise AssertionError(f"{what} are not sorted or not unique")


BuildPackages: TypeAlias = Literal["all", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """All of a document that does not come from the package.

    created is RFC 3339 in UTC with seconds. build_packages None leaves the choice to the format; list_files asks for
    every packaged file.
    """

    tool: str
    tool_version: str
    created: str
    namespace: str
    authors: tuple[Party, ...] = ()
    build_packages: BuildPackages | None = None
    list_files: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A finished document; sha256 is that of data, in hexadecimal. problems: what its format could not carry."""

    format: str
    version: str
    media_type: str
    suffix: str
    data: bytes
    sha256: str
    problems: tuple[Problem, ...] = ()
