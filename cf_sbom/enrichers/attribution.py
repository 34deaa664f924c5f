"""Each file of the payload -> the component it belongs to, or what it is there for; and how much that explains.

Knows claims, relations and kinds of files (`filetypes.py`); reads nothing. A claim goes before a guess. That
code is the package's own is guessed only where the recipe states its sources and no sign says that it came from
elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cf_sbom import properties as names
from cf_sbom.coverage import Coverage, measure
from cf_sbom.filetypes import Sort, sort_of
from cf_sbom.hookspecs import Context, Enricher, hookimpl
from cf_sbom.model import Binary, Completeness, Component, File, FileRole, Ref, Sbom, State
from cf_sbom.placement import in_payload

NAME = "attribution"
# Folders of a prefix that all packages share, so that no component owns all that is in them.
_SHARED = re.compile(
    r"[^/]*|(?:Library|lib|share|Lib)/(?:bin|doc|etc|include|lib|man|share|R|python[0-9.]+)"
    r"|(?:.*/)?(?:dist-packages|node_modules|site-packages)|lib/R/library",
    re.DOTALL,
)
_ROLES: dict[Sort, FileRole] = {
    "code": "unexplained",
    "documentation": "documentation",
    "data": "data",
    "foreign": "unexplained",
    "unknown": "unexplained",
}
_STATES: tuple[State, ...] = ("incomplete", "unknown", "complete")  # the weakest claim wins
# What holds more than its bytes show here: other things may have been linked, packed or compiled into it.
_OPAQUE = frozenset(("archive", "bytecode", "objects", "program"))


@hookimpl
def cf_sbom_enrichers() -> Iterable[Enricher]:
    yield Enricher(
        name=NAME, order=50, enrich=enrich, doc="what each file of the payload belongs to, and how much that explains"
    )


def enrich(sbom: Sbom, context: Context) -> Sbom:
    """The Sbom with a role for every file, the sums as properties of the root, and whether the contents are complete.
    The claims of ownership are settled by that. Of a payload that was not read nothing is said."""
    if context.options.metadata_only:
        return replace(sbom, ownership=())
    files = _linked(_led(tuple(_attributed(sbom)), sbom.binaries))
    coverage = measure(files)
    return replace(
        sbom,
        files=files,
        ownership=(),
        components=tuple(_told(c, coverage) if c.ref == sbom.root else c for c in sbom.components),
        completeness=tuple(_completeness(sbom, files, coverage)),
    )


def _attributed(sbom: Sbom) -> Iterator[File]:
    owners = _Owners(sbom)
    own = {sbom.root} | {r.source for r in sbom.relations if r.kind == "upstream_of" and r.target == sbom.root}
    has_sources = any(r.kind == "built_from" and r.source == sbom.root for r in sbom.relations)
    for file in sbom.files:
        if file.kind != "file":
            yield file
            continue
        claimants, folder = owners.of(file.path)
        others = [ref for ref in claimants if ref not in own]
        if not claimants:
            yield _with(file, _inferred(file, has_sources), None)
        elif others:
            yield _with(file, "component", others[0] if len(others) == 1 else None)
        elif file.size and sort_of(file, folder) == "foreign" and not owners.is_seen(claimants[0], file.path):
            yield _with(file, "unexplained", None)  # that the package lists it does not say what it is
        else:
            yield _with(file, "own", claimants[0])


def _inferred(file: File, has_sources: bool) -> FileRole:
    """The role of a file that no component owns. An empty one has nothing to explain."""
    sort = sort_of(file)
    role: FileRole = "own" if sort == "code" and has_sources else _ROLES[sort]
    return role if file.size or role != "unexplained" else "data"


def _with(file: File, role: FileRole, owner: Ref | None) -> File:
    """The file with these; replace() would take several times as long, and there may be any number of files."""
    return File(
        path=file.path,
        kind=file.kind,
        size=file.size,
        executable=file.executable,
        link_target=file.link_target,
        digests=file.digests,
        format=file.format,
        mode=file.mode,
        role=role,
        owner=owner,
    )


def _led(files: tuple[File, ...], binaries: Iterable[Binary]) -> tuple[File, ...]:
    """An import library is of whom the libraries are that it leads to, if nobody claims it and they are all here."""
    imports = {binary.path: binary.imports for binary in binaries if binary.kind == "import library"}
    if not imports:
        return files
    wanted = {name.lower() for names_ in imports.values() for name in names_}
    owners: dict[str, set[tuple[FileRole, Ref | None]]] = {}
    for file in files:
        if (name := file.path.rpartition("/")[2].lower()) in wanted and file.kind == "file":
            owners.setdefault(name, set()).add((file.role, file.owner))
    found = []
    for file in files:
        led = [owners.get(name.lower(), set()) for name in imports.get(file.path, ())] if file.owner is None else []
        united = set().union(*led)
        if led and all(led) and len(united) == 1 and file.role != "component":
            ((role, owner),) = united
            found.append(_with(file, role, owner))
        else:
            found.append(file)
    return tuple(found)


def _linked(files: tuple[File, ...]) -> tuple[File, ...]:
    """A hard link is what it links to."""
    wanted = {file.link_target for file in files if file.kind == "hardlink"}
    if not wanted:
        return files
    targets = {file.path: file for file in files if file.path in wanted and file.kind == "file"}
    return tuple(
        _with(file, target.role, target.owner)
        if file.kind == "hardlink" and (target := targets.get(file.link_target))
        else file
        for file in files
    )


class _Owners:
    """Who claims what: the file itself, else the nearest folder. Of several claims to a file those of components that
    were seen in it count, since others only list it."""

    def __init__(self, sbom: Sbom) -> None:
        self._claims: dict[str, list[Ref]] = {}
        for claim in sbom.ownership:
            self._claims.setdefault(claim.path, []).append(claim.ref)
        self._seen = {(c.ref, o.path) for c in sbom.components for o in c.occurrences} if self._claims else set()
        self._nearest: dict[str, str] = {"": ""}  # folders, and that among them and those above that is claimed

    def of(self, path: str) -> tuple[list[Ref], str]:
        """Who claims a file, and the folder that they claim, or ""."""
        if not self._claims:
            return [], ""
        if claimants := self._claims.get(path):
            return [ref for ref in claimants if self.is_seen(ref, path)] or claimants, ""
        folder = self._claimed(path.rpartition("/")[0])
        return self._claims.get(folder, []), folder

    def is_seen(self, ref: Ref, path: str) -> bool:
        """Whether a component was seen in the very file."""
        return (ref, path) in self._seen

    def _claimed(self, folder: str) -> str:
        walked = []
        while folder not in self._nearest:
            walked.append(folder)
            if f"{folder}/" in self._claims and not _SHARED.fullmatch(folder):
                self._nearest[folder] = f"{folder}/"
            else:
                folder = folder.rpartition("/")[0]
        self._nearest |= dict.fromkeys(walked, self._nearest[folder])
        return self._nearest[folder]


def _told(root: Component, coverage: Coverage) -> Component:
    sums = [(f"{names.COVERAGE}{role}", str(size)) for role, size in coverage.sizes.items()]
    share = (names.UNEXPLAINED, f"{coverage.percent('unexplained')}")
    return replace(root, properties=tuple(sorted({*root.properties, *sums, share})))


def _completeness(sbom: Sbom, files: tuple[File, ...], coverage: Coverage) -> Iterator[Completeness]:
    """Contents are complete where claims alone attribute every byte, and nothing is in there that none can see. What
    was claimed of them before and is weaker stays."""
    doubts = tuple(_doubts(sbom, files, coverage))
    why = "; ".join(doubts) or ("every byte of the payload is attributed" if files else "the payload is empty")
    state: State = "incomplete" if doubts else "complete"
    ours = Completeness(ref=sbom.root, aspect="contents", state=state, why=why)
    claims = {(c.ref, c.aspect): c for c in sbom.completeness}
    stated = claims.get((sbom.root, "contents"), ours)
    if _STATES.index(ours.state) <= _STATES.index(stated.state):
        claims[sbom.root, "contents"] = ours
    yield from (claims[key] for key in sorted(claims))


def _doubts(sbom: Sbom, files: Iterable[File], coverage: Coverage) -> Iterator[str]:
    explained = [f for f in files if f.kind == "file" and f.role in ("component", "own")]
    inferred = sum(f.role == "own" and f.owner is None for f in explained)
    leading = {binary.path for binary in sbom.binaries if binary.kind == "import library"}  # these hold no code
    opaque = sum(f.format in _OPAQUE and f.path not in leading for f in explained)
    if coverage.sizes["unexplained"]:
        yield f"{coverage.percent('unexplained')} % of the payload's bytes are unexplained"
    if inferred:
        yield f"{_counted(inferred, 'file is', 'files are')} taken for the package's own by inference"
    if opaque:
        yield f"{_counted(opaque, 'compiled or packed file', 'compiled or packed files')} may hold more than is known"
    if any(p.severity == "damage" and p.path and in_payload(p.path) for p in sbom.problems):
        yield "parts of the payload are damaged"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
