"""NuGet packages and frameworks of .NET programs, out of *.deps.json and *.runtimeconfig.json.

Knows both files as the .NET host reads them. A deps.json lists what a program was built with, whether or not it is in
the package: a library is carried where one of its files lies beside. A framework that has to be installed is required.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from cf_sbom import properties as names
from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.model import ROOT, Component, Member, Ownership, Problem, Ref, Relation, Scope, found_ref

NAME = "dotnet"
DEPS, CONFIG = ".deps.json", ".runtimeconfig.json"
_ASSETS = ("runtime", "native", "resources", "runtimeTargets")
_PACK = "runtimepack."
_NOT_SEEN = 0.7  # a list says so, and nothing of it is there
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_VERSION = re.compile(r"[A-Za-z0-9.+-]{1,128}")
_NO_FILE = "_._"  # what NuGet puts where a package has nothing for a framework


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(suffixes=(DEPS, CONFIG)),
        read=read,
        join=join,
        doc="NuGet packages and frameworks of .NET programs",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    tree = found.json(body.getbuffer(), context.limits)
    if tree is not None:
        values = _libraries(found, tree, context) if member.path.endswith(DEPS) else _frameworks(found, tree)
        yield from (Note(key=member.path, value=value) for value in values)
    yield from found.problems


class _Library(NamedTuple):
    """One entry of `libraries`. assets are its files as the target names them, None where no target is known; needs are
    pairs of a name and a version."""

    component: Component
    kind: str
    assets: tuple[str, ...] | None
    needs: tuple[tuple[str, str], ...]


class _Framework(NamedTuple):
    """A framework that a runtimeconfig.json names: included in the program, or to be installed."""

    name: str
    version: str
    included: bool
    field: str


def _libraries(found: Found, tree: Fields, context: Context) -> Iterator[_Library]:
    targets, libraries = tree.fields("targets"), tree.fields("libraries")
    key = _target(tree, targets)
    if not key and libraries.names():
        found.problem(
            "runtimeTarget: names none of the targets; which files and dependencies are used is unsaid", "gap"
        )
    target = targets.fields(key)
    titles = libraries.names()
    limit = context.limits.dependencies
    if len(titles) > limit:
        found.problem(f"{len(titles)} libraries; only {limit} are read (limit dependencies)", "gap")
    for title in titles[:limit]:
        name, _, version = title.partition("/")
        stated, used = libraries.fields(title), target.fields(title)
        if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
            found.damage("libraries: a key that is no name and version of a package is left out")
            continue
        needs = used.fields("dependencies")
        assets = tuple(asset for part in _ASSETS for asset in used.fields(part).names())
        yield _Library(
            component=_component(found, name, version, stated),
            kind=stated.text("type"),
            assets=tuple(a for a in assets if not a.endswith(_NO_FILE)) if key else None,
            needs=tuple((other, needs.text(other)) for other in needs.names()[:limit]),
        )


def _target(tree: Fields, targets: Fields) -> str:
    """The key of the target that the program runs as, such as `.NETCoreApp,Version=v8.0/linux-x64`; where none is
    named, the only one that says anything."""
    stated = (
        tree.fields("runtimeTarget").text("name") if tree.is_mapping("runtimeTarget") else tree.text("runtimeTarget")
    )
    if stated in targets:
        return stated
    filled = [key for key in targets.names() if targets.fields(key).names()]
    return filled[0] if len(filled) == 1 else ""


def _component(found: Found, name: str, version: str, stated: Fields) -> Component:
    """A NuGet package where it is one; a project and a plain reference have no identity outside the program."""
    kind = stated.text("type")
    name = name.removeprefix(_PACK) if kind == "runtimepack" else name
    component = found.package(
        "nuget",
        name,
        version,
        field=stated.where(),
        type_="application" if kind == "project" else "library",
        properties=((names.NUGET_CONTENT_HASH, stated.text("sha512").removeprefix("sha512-")),),
    )
    if kind in ("package", "runtimepack"):
        return component
    ref = found_ref(found.path, kind if kind.isalnum() else "library", f"{name}@{version}")
    properties = ((names.PACKAGE_SOURCE, kind),) if kind else ()
    return replace(component, ref=ref, purl="", properties=properties)


def _frameworks(found: Found, tree: Fields) -> Iterator[_Framework]:
    options = tree.fields("runtimeOptions")
    for key in ("framework", "frameworks", "includedFrameworks"):
        for stated in options.each(key):
            name, version = stated.text("name"), stated.text("version")
            if _NAME.fullmatch(name) and (not version or _VERSION.fullmatch(version)):
                yield _Framework(name, version, key == "includedFrameworks", stated.where())
            else:
                found.damage(f"{stated.where()}: no name and version of a framework")


def join(view: View, context: Context) -> Iterable[Finding]:
    programs: dict[str, list[_Library]] = {}
    frameworks: list[tuple[str, _Framework]] = []
    for note in view.notes:
        if isinstance(note.value, _Library):
            programs.setdefault(note.key, []).append(note.value)
        elif isinstance(note.value, _Framework):
            frameworks.append((note.key, note.value))
    absent: dict[Ref, list[Relation]] = {}
    carried: set[Ref] = set()
    for path, libraries in programs.items():
        for library in libraries:
            there = _files(library, path, view)
            component, scope = _placed(library, bool(there))
            yield component
            yield from (Ownership(path=file, ref=component.ref) for file in there)
            if scope is None:
                carried.add(component.ref)
            else:
                absent.setdefault(component.ref, []).append(_required(component, scope))
        yield from _edges(path, libraries)
        if all(library.kind == "project" for library in libraries):
            reason = "names the project alone; whether packages were compiled into it is not known"
            yield Problem(path=path, reason=reason, by=NAME, severity="gap")
    for ref, relations in absent.items():
        if ref not in carried:
            yield from relations
    packs = [library.component for found in programs.values() for library in found if library.kind == "runtimepack"]
    yield from _told(frameworks, packs)


def _placed(library: _Library, is_there: bool) -> tuple[Component, Scope | None]:
    """A library, surely carried where one of its files is in the package; else the scope in which it is only needed.

    What lists no file at all adds nothing when the program runs: it brought others along, or helped the build.
    """
    if is_there:
        return library.component, None
    scope: Scope = "runtime"
    if library.assets is None:
        detail = "which of its files are used is not stated"
    elif library.assets:
        detail = "none of the files that are listed for it is in the package"
    else:
        detail, scope = "no file is listed for it", "build"
    (occurrence,) = library.component.occurrences
    evidence = tuple(replace(e, confidence=_NOT_SEEN, detail=detail) for e in occurrence.evidence)
    return replace(library.component, occurrences=(replace(occurrence, evidence=evidence),)), scope


def _files(library: _Library, path: str, view: View) -> list[str]:
    """Those of the files of a library that are there. They lie where the program's host looks for them: beside it, in a
    language's folder, or by a platform's path."""
    folder = path.rpartition("/")[0]
    start = f"{folder}/" if folder else ""
    found: dict[str, None] = {}
    for asset in library.assets or ():
        parts = asset.split("/")
        places = (start + "/".join(parts[-count:]) for count in (1, 2, len(parts)))
        found |= dict.fromkeys(place for place in places if place in view.files)
    return list(found)


def _required(component: Component, scope: Scope) -> Relation:
    return Relation(
        source=ROOT,
        kind="depends_on",
        target=component.ref,
        scope=scope,
        evidence=component.occurrences[0].evidence,
    )


def _edges(path: str, libraries: list[_Library]) -> Iterator[Relation]:
    """Dependencies inside one program, which holds one version of each; NuGet does not tell the case of names apart."""
    refs = {library.component.name.lower(): library.component.ref for library in libraries}
    for library in libraries:
        source = library.component.ref
        for name, version in library.needs:
            target = refs.get(name.lower())
            if target not in (None, source):
                evidence = Found(NAME, path).evidence(f"targets.{library.component.name}.dependencies")
                specs = (version,) if version else ()
                yield Relation(source=source, kind="depends_on", target=target, specs=specs, evidence=evidence)


def _told(frameworks: list[tuple[str, _Framework]], packs: list[Component]) -> Iterator[Finding]:
    """Frameworks: one that has to be installed is required and not in the package; one that is included has its
    version, unless a runtime pack is the same already."""
    first: dict[tuple[str, str], str] = {}
    for path, framework in frameworks:
        included = framework.included
        if included and any(
            pack.name.startswith(f"{framework.name}.Runtime.") and pack.version == framework.version for pack in packs
        ):
            continue
        version = framework.version if included else ""
        key = f"{framework.name}@{version}" if version else framework.name
        component = replace(
            Found(NAME, path).package("nuget", framework.name, version, field=framework.field),
            ref=found_ref(first.setdefault((framework.name, version), path), "framework", key),
            purl="",
        )
        yield component
        if not included:
            specs = (f">= {framework.version}",) if framework.version else ()
            yield replace(_required(component, "runtime"), specs=specs)
