"""Rust crates compiled into programs and libraries, from the list that cargo-auditable writes.

Knows what an entry means for identity and scope: a build crate made code or ran during the build and is not in the
program. Knows nothing of where in a file the list stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cf_sbom.binaries import Image
from cf_sbom.binaries.cargo_auditable import Crate, is_rust, read_crates
from cf_sbom.binaries.images import MAGICS, opened
from cf_sbom.carried import Found
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.limits import GIB
from cf_sbom.model import ROOT, Component, Member, Ownership, Problem, Relation
from cf_sbom.properties import PACKAGE_SOURCE

NAME = "rust"
_CRATE = re.compile(r"[A-Za-z0-9_-]{1,256}")
_VERSION = re.compile(r"[A-Za-z0-9.+-]{1,256}")
_SOURCES = {"crates.io": "", "local": "folder"}  # the registry is what a crate comes from unless something else is said
_SOURCE_LENGTH = 1024
_SHOWN = 80


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(magics=MAGICS),
        read=read,
        join=join,
        body_limit=2 * GIB,
        doc="Rust crates out of the lists of cargo-auditable",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    images = body.shared(opened).images  # what is broken in the file itself is told by the extractor `linkage`
    for image in images:
        lists = read_crates(image, context.limits, found.damage)
        if lists is None:
            if is_rust(image):
                yield Note(key=member.path, value=None)
            continue
        # Of a file for several machines each part has its own list.
        prefix = f"{image.machine} " if len(images) > 1 else ""
        for crates in lists:
            yield from _Graph(found, prefix, image, crates).findings()
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    """Programs without a list. Where SBOMs of wheels name crates, no one can tell whether of these programs."""
    paths = dict.fromkeys(note.key for note in view.notes)
    reason = "holds code of Rust without a list of its crates; "
    if paths and any(map(_is_by_wheel, view.components)):
        reason += "only SBOMs in the package name crates, nothing is read from the program itself"
    else:
        reason += "build it with cargo-auditable to have one"
    yield from (Problem(path=path, reason=reason, by=NAME, severity="gap") for path in paths)


def _is_by_wheel(component: Component) -> bool:
    """Whether a crate is named by an SBOM of a wheel (PEP 770)."""
    paths = (e.path for o in component.occurrences for e in o.evidence)
    return component.purl.startswith("pkg:cargo/") and any(".dist-info/sboms/" in path for path in paths)


class _Graph:
    """One list of crates and what was found of it."""

    def __init__(self, found: Found, prefix: str, image: Image, crates: Mapping[int, Crate]) -> None:
        self._found = found
        self._prefix = prefix
        self._is_program = image.kind == "program"
        self._crates = crates

    def findings(self) -> Iterable[Finding]:
        roots = [crate for crate in self._crates.values() if crate.root]
        if len(roots) != 1 and self._crates:
            self._found.problem(f"{len(roots)} crates are called the root of the program, not one", "conflict")
        parts: dict[int, Component] = {}
        sources: dict[tuple[str, str], dict[str, None]] = {}
        for number, crate in self._crates.items():
            is_root = len(roots) == 1 and crate.root
            component = self._component(crate, is_root=is_root)
            if component is None:
                continue
            if is_root and self._is_program:  # a library may be but the part in Rust of what it belongs to
                yield Ownership(path=self._found.path, ref=component.ref)
            parts[number] = component
            same = sources.setdefault((crate.name, component.version), {})
            if crate.source in same:
                self._found.damage(f"{crate.place}: {crate.name} {component.version} stands twice in the list")
            same[crate.source] = None
            yield component
            yield Relation(
                source=ROOT,
                kind="depends_on" if crate.build else "contains",
                target=component.ref,
                scope="build" if crate.build else "runtime",
                evidence=self._found.evidence(self._prefix + crate.place),
            )
        for (name, version), same in sources.items():
            if len(same) > 1:
                stated = ", ".join(source[:_SHOWN] or "an unstated one" for source in sorted(same)[:3])
                reason = f"{name} {version} is listed from {len(same)} sources and told as one crate: {stated}"
                self._found.problem(reason, "conflict")
        yield from self._edges(parts)

    def _component(self, crate: Crate, is_root: bool) -> Component | None:
        if not _CRATE.fullmatch(crate.name):
            self._found.damage(f"{crate.place}: not the name of a crate")
            return None
        version = crate.version
        if not _VERSION.fullmatch(version):
            self._found.damage(f"{crate.place}: not a version")
            version = ""
        source = _SOURCES.get(crate.source, crate.source[:_SOURCE_LENGTH])
        return self._found.package(
            "cargo",
            crate.name,
            version,
            field=self._prefix + crate.place,
            properties=[(PACKAGE_SOURCE, source)],
            type_="application" if is_root and self._is_program else "library",
        )

    def _edges(self, parts: Mapping[int, Component]) -> Iterable[Relation]:
        """What a crate depends on, where both are known. A list of a real build has no cycles: those are left out."""
        edges = {number: {n for n in self._crates[number].dependencies if n in parts} for number in parts}
        missing = sum(len(self._crates[number].dependencies) - len(targets) for number, targets in edges.items())
        if missing:
            self._found.damage(f"{missing} dependencies name entries that could not be read")
        cyclic = _cyclic(edges)
        if cyclic:
            first = parts[min(cyclic)].name
            self._found.damage(f"{len(cyclic)} crates depend on each other in a circle, such as {first}; left out")
        for number, targets in edges.items():
            crate = self._crates[number]
            for target in sorted(targets):
                if {number, target} <= cyclic or parts[number].ref == parts[target].ref:
                    continue
                yield Relation(
                    source=parts[number].ref,
                    kind="depends_on",
                    target=parts[target].ref,
                    scope="build" if crate.build or self._crates[target].build else "runtime",
                    evidence=self._found.evidence(f"{self._prefix}{crate.place}.dependencies"),
                )


def _cyclic(edges: Mapping[int, set[int]]) -> set[int]:
    """The nodes that are on cycles or between two of them: what stays when ends and beginnings are taken off."""
    backwards: dict[int, set[int]] = {number: set() for number in edges}
    for number, targets in edges.items():
        for target in targets:
            backwards[target].add(number)
    left = set(edges)
    for ahead, behind in ((edges, backwards), (backwards, edges)):
        count = {number: len(ahead[number] & left) for number in left}
        free = [number for number in left if not count[number]]
        while free:
            number = free.pop()
            left.remove(number)
            for other in behind[number] & left:
                count[other] -= 1
                if not count[other]:
                    free.append(other)
    return left
