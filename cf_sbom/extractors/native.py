"""C and C++ libraries inside programs and libraries, by the texts that they carry; Rust crates by the paths in panics.

Knows what a banner is worth as evidence: that a library's text is in a file says that its code is, or that the file is
that library. The objects of a static library are searched as one. Technique `binary`, so `--native-threshold` decides
what enters the document.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import accumulate

from cf_sbom.banners import Hit
from cf_sbom.banners.crates import CONFIDENCE, find_crates
from cf_sbom.banners.finder import find_banners
from cf_sbom.binaries import archive
from cf_sbom.binaries.archive import Archive
from cf_sbom.binaries.data_sections import data_sections
from cf_sbom.binaries.go_buildinfo import is_go
from cf_sbom.binaries.images import MAGICS, opened
from cf_sbom.bundled.names import library_name
from cf_sbom.bundled.projects import projects_of
from cf_sbom.carried import Found
from cf_sbom.fields import Remark
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.urls import withheld
from cf_sbom.limits import GIB, Limits
from cf_sbom.model import ROOT, Component, Member, Ownership, Relation, RelationKind

NAME = "native"
_CRATE_LIST = ".dep-v0"
_UNVERSIONED = 0.4  # a text that only the library has, and no version: below the usual threshold


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(magics=(*MAGICS, archive.MAGIC)),
        read=read,
        join=join,
        body_limit=2 * GIB,
        doc="libraries compiled in, by version banners; Rust crates by the paths in panics",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    remarks: dict[str, None] = {}
    for image in body.shared(opened).images:  # others tell that a binary is broken
        if image.kind == "object" or is_go(image):
            continue  # Go holds translations of libraries, and says itself what it is made of
        sections = data_sections(image)
        yield from _libraries(found, find_banners(sections, lambda text: remarks.setdefault(text)))
        if image.section(_CRATE_LIST) is None:
            yield from _crates(found, sections)
    for static in archive.open_archives(body.getbuffer(), context.limits, lambda text: None):
        yield from _archived(found, static, context.limits, lambda text: remarks.setdefault(text))
    for remark in remarks:
        found.problem(remark, "gap")
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    """What an SBOM in the package calls the same library of the same version is the same."""
    stated: dict[tuple[str, str], set[str]] = {}
    for component in view.components:
        by = {e.by for o in component.occurrences for e in o.evidence}
        if component.purl.startswith("pkg:generic/") and NAME not in by:
            stated.setdefault((component.name.lower(), component.version), set()).add(component.purl)
    for note in view.notes:
        if isinstance(note.value, Component):
            others = stated.get((note.value.name, note.value.version), set())
            if len(others) == 1:
                yield replace(note.value, aliases=tuple(others - {note.value.purl}))


def _archived(found: Found, static: Archive, limits: Limits, remark: Remark) -> Iterator[Finding]:
    """What is in the objects of a static library: a text and what must stand beside it may be in two of them."""
    starts = [0, *accumulate(len(member.data) for member in static.members)]
    sections: list[tuple[int, memoryview]] = []
    for number, image in archive.open_objects(static, lambda text: None):
        if is_go(image):
            return
        sections += ((starts[number] + at, data) for at, data in data_sections(image))
        if len(sections) > limits.entries:
            remark(f"only the first {limits.entries} sections of its objects are searched (limit entries)")
            del sections[limits.entries :]
            break

    def place(offset: int) -> str:
        number = bisect_right(starts, offset) - 1
        return f"{withheld(static.members[number].name)} offset {offset - starts[number]:#x}"

    yield from _libraries(found, find_banners(sections, remark), place)
    yield from _crates(found, sections, place)


def _offset(offset: int) -> str:
    return f"offset {offset:#x}"


def _libraries(found: Found, hits: Iterable[Hit], place: Callable[[int], str] = _offset) -> Iterator[Finding]:
    """One component for each library and version; that of the file itself owns it, the others are linked into it."""
    best: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        key = (hit.library.name, hit.version)
        if key not in best or hit.banner.confidence > best[key].banner.confidence:
            best[key] = hit
    for (name, version), hit in sorted(best.items()):
        component = found.package(
            "generic",
            name,
            version,
            field=place(hit.offset),
            technique="binary",
            confidence=hit.banner.confidence if version else min(hit.banner.confidence, _UNVERSIONED),
            detail=hit.text,
        )
        cpe = hit.library.cpe_name(version)
        component = replace(component, cpes=(cpe,) if cpe else ())
        yield component
        yield Note(key=found.path, value=component)
        itself = is_called(found.path, name)
        if itself:
            yield Ownership(path=found.path, ref=component.ref, whole=True)
        (occurrence,) = component.occurrences
        kind: RelationKind = "contains" if itself else "static_link"  # both, where programs beside the library have it
        yield Relation(source=ROOT, kind=kind, target=component.ref, evidence=occurrence.evidence)


def _crates(
    found: Found, sections: Iterable[tuple[int, memoryview]], place: Callable[[int], str] = _offset
) -> Iterator[Finding]:
    for hit in find_crates(sections):
        yield found.package(
            "cargo",
            hit.name,
            hit.version,
            field=place(hit.offset),
            technique="binary",
            confidence=CONFIDENCE,
            detail="a path of its source in a panic",
        )


def is_called(path: str, library: str) -> bool:
    """Whether a file is called as the library's own files are: `jpeg` of libjpeg-turbo, and of a library that the table
    of projects lacks what begins alike, `lua5.4` of lua. A program and a module of Python are not."""
    name = library_name(path, grafted=True)
    if name is None:
        return False
    if known := projects_of(name.stem):
        return library in {project.name for project in known}
    plain = library.removeprefix("lib")
    begins_alike = (len(plain) > 2 and name.stem.startswith(plain)) or plain.startswith(f"{name.stem}-")
    return len(name.stem) > 1 and (plain == name.stem.rstrip(".0123456789") or begins_alike)
