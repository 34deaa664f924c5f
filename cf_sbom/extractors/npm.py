"""npm packages in the payload: package.json under node_modules and at package roots, and the lock files beside them.

Knows what these mean for a conda package; how they are written is known by cf_sbom.node. A folder of node_modules may
have any name: the package is what its package.json says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from cf_sbom.carried import Found
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.urls import withheld
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Link, Member, Ownership, Ref, Relation, found_ref
from cf_sbom.node.locks import FILES, Locked, read_lock
from cf_sbom.node.manifests import Manifest, is_package, read_manifest
from cf_sbom.node.modules import Modules, bundled, is_inside, is_installed
from cf_sbom.parsing import ParseError, parse_json

NAME = "npm"
MANIFEST = "package.json"


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(names=(MANIFEST, *FILES)),
        read=read,
        join=join,
        doc="npm packages: package.json under node_modules and at package roots, lock files",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Package:
    """A package and the package.json that told of it."""

    path: str
    ref: Ref
    manifest: Manifest


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    folder, _, file_name = member.path.rpartition("/")
    found = Found(NAME, member.path)
    try:
        if "bower_components" in folder.split("/"):
            return
        if file_name != MANIFEST:
            yield Note(key=member.path, value=read_lock(file_name, body.getbuffer(), context.limits, found.damage))
        elif is_installed(folder) or not is_inside(folder):
            yield from _package(found, folder, parse_json(body.getbuffer(), context.limits), context.limits)
    except ParseError as error:
        found.damage(str(error))
    yield from found.problems


def _package(found: Found, folder: str, tree: object, limits: Limits) -> Iterator[Finding]:
    """In node_modules each package.json is one of a package; elsewhere a project, a template or a setting may have
    such a file, so only one with a name and a version counts."""
    if not is_installed(folder) and not is_package(tree):
        return
    manifest = read_manifest(tree, limits, found.damage)
    if manifest is None:
        if not found.problems:
            found.problem("no name and version that npm would take: the package is not listed", "gap")
        return
    component = found.package(
        "npm",
        manifest.name,
        manifest.version,
        namespace=manifest.scope,
        field="name, version",
        licenses=found.license_choice(manifest.licenses),
        digests=manifest.digests,
        description=manifest.description,
        links=_links(found, manifest),
    )
    if not manifest.published and not is_installed(folder):
        ref = found_ref(found.path, "npm", withheld(f"{component.name}@{component.version}"))
        component = replace(component, ref=ref, purl="")
    yield component
    yield Note(key=folder, value=_Package(path=found.path, ref=component.ref, manifest=manifest))


def _links(found: Found, manifest: Manifest) -> Iterator[Link]:
    yield from found.link("website", manifest.homepage)
    yield from found.link("vcs", manifest.repository)
    yield from found.link("vcs" if manifest.resolved.startswith("git") else "distribution", manifest.resolved)


def join(view: View, context: Context) -> Iterable[Finding]:
    packages = {note.key: note.value for note in view.notes if isinstance(note.value, _Package)}
    modules = Modules(packages, view.files)
    edges: dict[str, tuple[str, ...]] = {}
    for folder, package in packages.items():
        yield Ownership(path=f"{folder}/" if folder else package.path, ref=package.ref)
        found = Found(NAME, package.path)
        targets = []
        for name, requirement in package.manifest.requires.items():
            target = modules.resolve(folder, name)
            if not target or packages[target].ref == package.ref:
                continue
            targets.append(target)
            yield Relation(
                source=package.ref,
                kind="depends_on",
                target=packages[target].ref,
                scope=requirement.scope,
                specs=(requirement.spec,) if requirement.spec else (),
                evidence=found.evidence(f"{requirement.field}.{name}"),
            )
        edges[folder] = tuple(targets)
    for bundler, place in bundled({folder: p.manifest.bundles for folder, p in packages.items()}, edges):
        source, target_ref = packages[bundler].ref, packages[place].ref
        if source != target_ref:
            evidence = Found(NAME, packages[bundler].path).evidence("bundleDependencies")
            yield Relation(source=source, kind="contains", target=target_ref, evidence=evidence)
    releases = {_release(package.manifest): package for package in packages.values()}
    for note in view.notes:
        if isinstance(note.value, tuple):
            yield from _lock(note.key, note.value, packages, releases)


def _release(manifest: Manifest) -> tuple[str, str]:
    return (f"{manifest.scope}/{manifest.name}" if manifest.scope else manifest.name, manifest.version)


def _lock(
    path: str,
    locked: Iterable[Locked],
    packages: Mapping[str, _Package],
    releases: Mapping[tuple[str, str], _Package],
) -> Iterator[Finding]:
    """What a lock file adds to the packages that are there: digests of their tarballs, and why npm took them. What is
    not there is counted only."""
    found = Found(NAME, path)
    base = path.rpartition("/")[0]
    if path.endswith("node_modules/.package-lock.json"):
        base = base[: -len("node_modules")].rstrip("/")
    missing = differing = 0
    for entry in locked:
        wanted = (entry.name, entry.version)
        there = packages.get(f"{base}/{entry.place}" if base else entry.place) if entry.has_folder else None
        same = there if there is not None and _release(there.manifest) == wanted else releases.get(wanted)
        if same is not None:
            yield from _stated(found, same, entry)
        elif there is not None:
            differing += 1
        else:
            missing += 1
    if missing:
        found.problem(f"{missing} packages named by the lock file are not in the package", "gap")
    if differing:
        found.problem(f"{differing} packages have another name or version than the lock file says", "conflict")
    yield from found.problems


def _stated(found: Found, package: _Package, entry: Locked) -> Iterator[Component]:
    """A lock file is a witness; where the package was seen is its own folder."""
    if not entry.digests and not entry.flags:
        return
    manifest = package.manifest
    component = found.package(
        "npm",
        manifest.name,
        manifest.version,
        namespace=manifest.scope,
        field=entry.place,
        detail=", ".join(entry.flags),
        digests=entry.digests,
    )
    if component.ref == package.ref:  # not one that the registry cannot have
        yield replace(component, occurrences=(replace(component.occurrences[0], path=package.path),))
