"""What SPDX has no field for: one fact a line, in annotations; written here and read back here.

Knows the model and the names of properties. SPDX 2.3 and 3 carry the same lines, so both read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, get_args

from cf_sbom import properties as names
from cf_sbom.model import (
    Algorithm,
    Binary,
    BinaryKind,
    Component,
    Digest,
    Evidence,
    File,
    FileKind,
    FileRole,
    LinkKind,
    Occurrence,
    Ref,
    Sbom,
    Technique,
)
from cf_sbom.placement import Placement

SPECS: Final = " | "
"""Between the specs of one relation: they hold commas themselves."""
CANDIDATE: Final = "a candidate: inferred or listed, not proven"
"""Comment of a relation to what the package may hold."""
FOR_TESTS: Final = "for tests only"
"""Comment of a relation that contains what lies among tests, or links it in."""
OF_PAYLOAD: Final = "stated by the payload"
"""Comment of a dependency of the build that is no package of a build environment."""
NOT_LISTED: Final = "build and host packages are not listed here"
"""How a line begins, after their number, that says what a document leaves out."""
NO_LINKS: Final = "symbolic links are not listed as files"
"""The same of links."""
NO_TEXT: Final = "the package holds no text of it"
"""What stands for the text of a LicenseRef that has none."""
_NO_MACHINE: Final = "unknown"
_MACHINES: Final = 64  # of one file; a fat file has some

MADE_IN_BUILD: Final = (
    "Made while the conda package was built, from what was installed for it and the environments it was built with; "
    "what it will require at run time was not known yet."
)
"""How a document came about that the build itself wrote."""

_EVIDENCE = re.compile(
    r"evidence: (?P<path>\S+)(?: (?P<field>\S.*))? \((?P<technique>\w+), confidence (?P<sure>[\d.]+)\)"
)
_MODE = re.compile("[0-7]{4}")
_STARTS = tuple(name if name.endswith(":") else f"{name}: " for name in names.MEANING)
_LINK_COMMENT = re.compile(r"(?P<kind>[a-z-]+): (?P<url>\S+): (?P<comment>.*)")
_BOM_DIGEST = re.compile(r"bom: (?P<url>\S+): (?P<algorithm>md5|sha1|sha256|sha512):(?P<value>[0-9a-f]+)")


def facts(component: Component, placement: Placement) -> Iterator[str]:
    """The lines of one component, in one order."""
    yield from (f"{name}: {value}" for name, value in component.properties)
    if placement.of_many and not component.purl:
        yield f"{names.REF}: {component.ref}"
    yield from (f"{names.ALIAS}: {alias}" for alias in component.aliases)
    yield from (f"{names.LICENSE_FOUND}: {lic.found}" for lic in component.licenses if lic.found)
    yield from (f"{ln.kind}: {ln.url}: {ln.comment}" for ln in component.links if ln.comment)
    boms = [link for link in component.links if link.kind == "bom"]
    yield from (f"bom: {link.url}: {d.algorithm}:{d.value}" for link in boms for d in link.digests)
    for relation in placement.incoming.get(component.ref, ()):
        if relation.source == placement.root.ref and relation.kind == "depends_on":
            yield from (f"{names.SPEC}: {spec}" for spec in relation.specs)
    for relation in placement.outgoing.get(component.ref, ()):
        if relation.kind == "constrains":
            yield from (f"{names.CONSTRAINS}: {spec}" for spec in relation.specs)
    for e in sorted({e for o in component.occurrences for e in o.evidence}):
        place = f"{e.path} {e.place}".strip()
        yield f"evidence: {place} ({e.technique}, confidence {e.confidence:g}) [{e.by}]"


def binaries_by_path(sbom: Sbom) -> dict[str, list[Binary]]:
    """What is known of the files that are binaries; of a file for several machines there are several."""
    found: dict[str, list[Binary]] = {}
    for binary in sbom.binaries:
        found.setdefault(binary.path, []).append(binary)
    return found


def file_facts(file: File, binaries: Sequence[Binary] = ()) -> Iterator[tuple[str, str]]:
    """Names and values of what no format has a field for in a packaged file. A link has no bytes to attribute."""
    if file.link_target:
        yield names.FILE_LINK, file.link_target
    if file.kind in ("file", "hardlink"):
        yield names.FILE_SIZE, str(file.size)
        if file.mode is not None:
            yield names.FILE_MODE, f"{file.mode:04o}"
        yield names.FILE_ROLE, file.role
        if file.owner:
            yield names.FILE_OWNER, file.owner
    for binary in binaries:
        yield names.FILE_MACHINE, binary.machine or _NO_MACHINE
        start = f"{binary.machine or _NO_MACHINE}: " if len(binaries) > 1 else ""
        yield from ((name, f"{start}{value}") for name, value in binary_facts(binary))


def binary_facts(binary: Binary) -> Iterator[tuple[str, str]]:
    """Names and values of what one binary says of itself, but for its machine."""
    yield names.FILE_KIND, binary.kind
    if binary.build_id:
        yield names.FILE_BUILD_ID, binary.build_id
    yield from ((names.FILE_TOOLCHAIN, text) for text in binary.toolchain)
    for library, versions in binary.imported_versions:
        yield names.FILE_NEEDS_VERSIONS, f"{library} {' '.join(versions)}"
    if binary.exported_versions:
        yield names.FILE_HAS_VERSIONS, " ".join(binary.exported_versions)
    if binary.objects:
        yield names.FILE_OBJECTS, str(binary.objects)
    yield from ((names.FILE_IMPORTS, library) for library in binary.imports)


def listed_binaries(path: str, stated: Iterable[tuple[str, str]]) -> Iterator[Binary]:
    """The binaries that a document tells of a packaged file, out of such names and values."""
    pairs_ = tuple(stated)
    machines = list(dict.fromkeys(value for name, value in pairs_ if name == names.FILE_MACHINE))[:_MACHINES]
    for machine in machines:
        start = f"{machine}: " if len(machines) > 1 else ""
        told: dict[str, list[str]] = {}
        for name, value in pairs_:
            if value.startswith(start):
                told.setdefault(name, []).append(value[len(start) :])
        kind, count = (told.get(name, [""])[0] for name in (names.FILE_KIND, names.FILE_OBJECTS))
        needed = (value.split(" ") for value in told.get(names.FILE_NEEDS_VERSIONS, ()))
        yield Binary(
            path=path,
            machine="" if machine == _NO_MACHINE else machine,
            kind=next((one for one in get_args(BinaryKind) if one == kind), "other"),
            build_id=told.get(names.FILE_BUILD_ID, [""])[0],
            toolchain=tuple(told.get(names.FILE_TOOLCHAIN, ())),
            imported_versions=tuple((library, tuple(versions)) for library, *versions in needed),
            exported_versions=tuple(" ".join(told.get(names.FILE_HAS_VERSIONS, ())).split()),
            objects=int(count) if count.isascii() and count.isdigit() and len(count) < 10 else 0,
            imports=tuple(told.get(names.FILE_IMPORTS, ())),
        )


def listed_file(path: str, digests: tuple[Digest, ...], stated: Iterable[tuple[str, str]]) -> File:
    """A packaged file as a document lists it, with such names and values."""
    told = dict(stated)
    target, size, owner = (told.get(name, "") for name in (names.FILE_LINK, names.FILE_SIZE, names.FILE_OWNER))
    mode = int(text, 8) if _MODE.fullmatch(text := told.get(names.FILE_MODE, "")) else None
    kind: FileKind = "softlink" if target and not digests else "hardlink" if target else "file"
    return File(
        path=path,
        kind=kind,
        size=int(size) if size.isascii() and size.isdigit() and len(size) < 19 else 0,
        executable=bool((mode or 0) & 0o111),
        mode=mode,
        link_target=target,
        digests=digests,
        role=next((role for role in get_args(FileRole) if role == told.get(names.FILE_ROLE)), "unexplained"),
        owner=Ref(owner) if owner else None,
    )


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """The names and values of lines that joined() made one text."""
    for line in text.split("\n"):
        name, _, value = line.partition(": ")
        yield name, value


def joined(lines: Iterable[str]) -> str:
    """The lines as one text: a line end inside a fact is escaped."""
    return "\n".join(line.replace("\n", "\\n") for line in lines)


class Facts:
    """Lines read back: properties, aliases, constraints, evidence and the comments of links."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.properties: list[tuple[str, str]] = []
        self.aliases: list[str] = []
        self.constrains: list[str] = []
        self.specs: list[str] = []
        self.found = ""
        self.comments: dict[tuple[str, str], str] = {}
        self._bom_digests: dict[str, list[Digest]] = {}
        self._evidence: list[Evidence] = []
        for line in lines:
            self._take(line)

    def occurrences(self) -> tuple[Occurrence, ...]:
        """The evidence by the file that it names."""
        found: dict[str, list[Evidence]] = {}
        for evidence in sorted(set(self._evidence)):
            found.setdefault(evidence.path, []).append(evidence)
        return tuple(Occurrence(path=path, evidence=tuple(same)) for path, same in sorted(found.items()))

    def link_digests(self, kind: LinkKind, url: str, artifact: tuple[Digest, ...]) -> tuple[Digest, ...]:
        """The digests behind an address. A package has one set of its own in SPDX: those of the artifact belong to the
        addresses it was had from."""
        if kind == "bom":
            return tuple(sorted(self._bom_digests.get(url, ())))
        return artifact if kind in ("distribution", "source") else ()

    def _take(self, line: str) -> None:
        stated, _, by = line.removesuffix("]").rpartition(" [")  # a pattern for the whole would take quadratic time
        if match := _EVIDENCE.fullmatch(stated):
            technique: Technique = next((t for t in get_args(Technique) if t == match["technique"]), "inferred")
            sure = min(1.0, float(match["sure"])) if match["sure"].count(".") < 2 and match["sure"] != "." else 0.0
            field = match["field"] or ""
            self._evidence.append(
                Evidence(path=match["path"], field=field, technique=technique, confidence=sure, by=by)
            )
            return
        if not line.startswith(_STARTS):
            if match := _BOM_DIGEST.fullmatch(line):
                algorithm: Algorithm = next(a for a in get_args(Algorithm) if a == match["algorithm"])
                digest = Digest(algorithm=algorithm, value=match["value"])
                self._bom_digests.setdefault(match["url"], []).append(digest)
            elif match := _LINK_COMMENT.fullmatch(line):
                self.comments[match["kind"], match["url"]] = match["comment"]
            return
        whole, _, value = line.partition(": ")
        if whole == names.ALIAS:
            self.aliases.append(value)
        elif whole == names.CONSTRAINS:
            self.constrains.append(value)
        elif whole == names.SPEC:
            self.specs.append(value)
        elif whole == names.LICENSE_FOUND:
            self.found = value
        else:
            self.properties.append((whole, value))
