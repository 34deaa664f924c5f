"""Shared libraries that came into the package from elsewhere: under mangled names, in folders of their own, as copies.

Knows what each clue to a name or a version is worth. What lies where packages have their libraries is the package's own
code and is not named here; a plain copy elsewhere is named only where what it exports shows whose it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from cf_sbom.banners.libraries import LIBRARIES
from cf_sbom.binaries import Image, Linkage
from cf_sbom.binaries.images import MAGICS, opened
from cf_sbom.binaries.linkage import read_linkage
from cf_sbom.binaries.pe_version import file_version
from cf_sbom.binaries.symbols import find_symbols, returned, text_at
from cf_sbom.bundled import Project, plain, version_in
from cf_sbom.bundled.copies import Clue, Copy, with_siblings
from cf_sbom.bundled.documents import Documents
from cf_sbom.bundled.names import LibraryName, library_name
from cf_sbom.bundled.places import Place, place_of
from cf_sbom.bundled.projects import project_called, projects_of
from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.libraries import packages_by_name
from cf_sbom.limits import GIB
from cf_sbom.model import ROOT, Component, Evidence, Member, Occurrence, Ownership, Relation
from cf_sbom.parsing import ParseError, parse_json
from cf_sbom.releases import agree

NAME = "bundled"
INDEX = "info/index.json"
EXPORTED, RESOURCE, NUMBER = 0.95, 0.8, 0.8
"""How sure: whose it is by what it exports; the version in its resources, and that in its file's name."""
STEM, UNKNOWN = 0.7, 0.5
"""How sure it is that a file is what it is called: where the table has the name, and where it has not."""
_CPES = {library.name: library for library in LIBRARIES}


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(names=(INDEX,), magics=MAGICS),
        read=read,
        join=join,
        body_limit=2 * GIB,
        doc="bundled shared libraries: mangled names, private copies; versions by what they export and are called",
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    copy: Copy
    place: Place
    base: str
    mangled: bool


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    path = member.path
    if path == INDEX:
        with suppress(ParseError):  # the extractor of this file says what is wrong with it
            tree = parse_json(body.getbuffer(), context.limits)
            if isinstance(tree, dict):  # no more of it is kept: it may hold a million dependencies
                yield Note(key=INDEX, value={"name": tree.get("name")})
        return
    place = place_of(path)
    name = library_name(path, grafted=place == "grafted")
    if name is None or not (place or name.mangled):
        return
    copies = []
    for image in body.shared(opened).images:  # others tell that a binary is broken
        linkage = read_linkage(image, context.limits, lambda text: None)
        if image.kind == "library" or (image.kind == "program" and linkage.name):  # some libraries can be started, too
            copies.append(_copy(path, name, image, linkage))
    for copy in sorted(copies, key=lambda one: one.project is None)[:1]:
        yield Note(key=path, value=_Seen(copy, place, name.base, name.mangled))


def _copy(path: str, name: LibraryName, image: Image, linkage: Linkage) -> Copy:
    """What one image says of itself, before others are asked."""
    soname = library_name(linkage.name, grafted=True) if linkage.name else None
    rivals = dict.fromkeys(projects_of(name.stem))
    others = dict.fromkeys(projects_of(soname.stem) if soname is not None else ())
    exported = find_symbols(image, (symbol for one in (*rivals, *others) for symbol in one.symbols))
    if exported is not None:
        exported |= dict.fromkeys(set(linkage.exported_versions) - exported.keys(), 0)
    project, mark = _whose((*rivals, *others), exported)
    if project is None and not others.keys() - rivals.keys():
        # Where what it exports cannot be seen, or the table names nothing of it, the name alone may do.
        open_ = [one for one in rivals if exported is None or not one.symbols]
        project = open_[0] if len(open_) == 1 else None
    clues: list[Clue] = []
    if project is not None:
        clues = [*_returned(image, project, exported or {}), *_others(image, project, name)]
        says = (name.number, *(clue.detail for clue in clues))
        if project.fork and any(project.fork in text for text in says):
            project, clues = project_called(project.fork), []
    return Copy(
        path=path,
        title=name.title,
        project=project,
        name=(*_name(project, name, linkage), *((_export(mark),) if mark else ())),
        clues=tuple(clue for clue in clues if clue.version),
        soname=linkage.name.rpartition("/")[2],
        needed=tuple(needed.name for needed in linkage.needed),
    )


def _whose(projects: Iterable[Project], exported: dict[str, int] | None) -> tuple[Project | None, str]:
    """The first of the projects of which something is exported, and that."""
    for project in projects:
        for symbol in project.symbols:
            if exported and symbol in exported:
                return project, symbol
    return None, ""


def _export(symbol: str) -> Clue:
    return Clue(technique="binary", confidence=EXPORTED, field=f"export {symbol}")


def _name(project: Project | None, name: LibraryName, linkage: Linkage) -> Iterator[Clue]:
    """By file name; and by what it says its name is, where the file has another."""
    known = project is not None and project in projects_of(name.stem)
    yield Clue(technique="filename", confidence=STEM if known else UNKNOWN, detail=name.base)
    own = linkage.name.rpartition("/")[2]
    version = f" {linkage.version}" if linkage.version else ""  # of Mach-O, that of an interface
    if own and (version or own != name.base):
        yield Clue(technique="binary", confidence=STEM, field="own name", detail=f"{own}{version}")


def _returned(image: Image, project: Project, exported: dict[str, int]) -> Iterator[Clue]:
    """The versions that functions return, or exported texts are. A text without a version may still name a fork."""
    for told in project.told:
        address = exported.get(told.symbol)
        value = address if told.data or address is None else returned(image, address)
        if value is None:
            continue
        text = text_at(image, value) if told.decode is None else b""
        version = told.decode(value) if told.decode is not None else version_in(text)
        detail = text.decode("latin-1") if told.decode is None else str(value)
        shown = "".join(c if " " <= c <= "~" else " " for c in detail).strip()[:80]
        field = f"export {told.symbol}"
        yield Clue(version=version, technique="binary", confidence=told.confidence, field=field, detail=shown)


def _others(image: Image, project: Project, name: LibraryName) -> Iterator[Clue]:
    if project.resource and (version := file_version(image)):
        yield Clue(version=version, technique="binary", confidence=RESOURCE, field="file version")
    if project.number is not None and (version := project.number(name.number)):
        yield Clue(version=version, technique="filename", confidence=NUMBER, field="number", detail=name.base)


def join(view: View, context: Context) -> Iterable[Finding]:
    index = Fields(view.note(INDEX), context.limits, lambda text: None)
    seen = [n.value for n in view.notes if isinstance(n.value, _Seen) and not _is_own(n.value, index.text("name"))]
    if not seen:
        return
    banners = _banners(view)
    copies = with_siblings([_with_banners(one.copy, banners) for one in seen])
    documents = Documents(view.components, view.files, copies, "embedded_sboms")
    copies = with_siblings([documents.completed(copy) for copy in copies])
    for copy in copies:
        found = Found(NAME, copy.path)
        component = _component(found, copy)
        yield component
        yield Ownership(path=copy.path, ref=component.ref, whole=True)
        # Also where a document calls it optional, or needed to build: it is there.
        (occurrence,) = component.occurrences
        yield Relation(source=ROOT, kind="contains", target=component.ref, evidence=occurrence.evidence)
        for clue in copy.contradictions():
            best = copy.clues[0]
            found.problem(
                f"{_shown(best)} says that it is {best.version}, and {_shown(clue)} {clue.version}", "conflict"
            )
        yield from found.problems
    yield from documents.findings(copies, NAME)


def _is_own(seen: _Seen, package: str) -> bool:
    """Whether a library is of what the package is made of, or a plain copy is not certain to be one. A tool that makes
    wheels changes the names, but for macOS."""
    project, path = seen.copy.project, seen.copy.path
    if project is None:
        folder = path.rpartition("/")[0]
        wheel = folder.rpartition("/")[2].removesuffix(".libs")
        is_moved = seen.mangled or folder.endswith("/.dylibs")
        return not is_moved or _bare(seen.copy.title) in (_bare(package), _bare(wheel))
    if seen.mangled or seen.place == "grafted":
        return False
    if not any(clue.confidence >= EXPORTED for clue in seen.copy.name):
        return True
    return _bare(package) in {_bare(name) for name in (*packages_by_name(seen.base), project.name)}


def _bare(name: str) -> str:
    return plain(name).removeprefix("lib")


def _banners(view: View) -> dict[tuple[str, str], tuple[Clue, ...]]:
    """The versions that texts in the files tell, by path and library."""
    found: dict[tuple[str, str], tuple[Clue, ...]] = {}
    for component in view.components:
        for occurrence in component.occurrences:
            for evidence in occurrence.evidence:
                if evidence.by == "native" and component.version and component.purl.startswith("pkg:generic/"):
                    clue = Clue(
                        version=component.version,
                        technique="binary",
                        confidence=evidence.confidence,
                        field=evidence.field,
                        detail=evidence.detail,
                    )
                    key = (occurrence.path, component.name)
                    found[key] = (*found.get(key, ()), clue)
    return found


def _with_banners(copy: Copy, banners: dict[tuple[str, str], tuple[Clue, ...]]) -> Copy:
    """The same with what texts tell of it; of a library that has texts of several versions, none."""
    clues = banners.get((copy.path, copy.project.name), ()) if copy.project is not None else ()
    return copy.with_clues(clues if len({clue.version for clue in clues}) == 1 else ())


def _component(found: Found, copy: Copy) -> Component:
    name = copy.project.name if copy.project is not None else copy.title
    registered = copy.project is not None and bool(copy.version)
    component = found.package("generic", name, copy.version, place=copy.first, registered=registered)
    clues = (*copy.name, *(clue for clue in copy.clues if agree(clue.version, copy.version)))
    evidence = {
        Evidence(
            path=clue.path or copy.path,
            field=clue.field,
            technique=clue.technique,
            confidence=clue.confidence,
            by=NAME,
            detail=clue.detail,
        )
        for clue in clues
    }
    cpe = _CPES[name].cpe_name(copy.version) if registered and name in _CPES else ""
    occurrence = Occurrence(path=copy.path, evidence=tuple(sorted(evidence)))
    return replace(component, occurrences=(occurrence,), cpes=(cpe,) if cpe else ())


def _shown(clue: Clue) -> str:
    return clue.field or clue.detail
