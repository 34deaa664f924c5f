"""Julia packages, from the Project.toml at the root of each and the Manifest.toml of environments.

A package is there where its Project.toml states name and uuid and its code lies beside it. A manifest is a lock: it
says what an environment was resolved to, and Pkg fetches what is missing later, unless it was compiled into a system
image. So an entry whose package is in the payload gives edges only; any other is a candidate, not a fact, and how many
these are is a problem. Entries without a hash of a tree, a folder or a repository are Julia's standard library.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.urls import clean_url
from cf_sbom.model import ROOT, Component, Evidence, File, Member, Ownership, Problem, Ref, Relation
from cf_sbom.parsing import ParseError
from cf_sbom.properties import PACKAGE_SOURCE
from cf_sbom.requirements import Provider, Requirement, relations
from cf_sbom.syntaxes.toml import parse_toml

NAME = "julia"
_PROJECTS = ("Project.toml", "JuliaProject.toml")
_MANIFESTS = ("Manifest.toml", "JuliaManifest.toml")
_PACKAGE = re.compile(r"[A-Za-z_]\w{0,255}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20}){0,3}[0-9A-Za-z.+-]{0,100}")
_LISTED = 0.5
"""The confidence of what a manifest names and the payload does not show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Project:
    """A package by its own statement; needs are looked up by uuid."""

    component: Component
    provider: Provider
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An entry of a manifest. uuids are those of what it needs; component is None for the standard library."""

    path: str
    field: str
    uuid: str
    version: str
    component: Component | None
    uuids: tuple[str, ...]


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(names=(*_PROJECTS, *_MANIFESTS), globs=("**/Manifest-v*.toml",)),
        read=read,
        join=join,
        doc="Julia packages by their projects, and manifests of environments",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    folder, _, name = member.path.rpartition("/")
    try:
        tree = parse_toml(body.getbuffer(), context.limits)
    except ParseError as error:
        found.damage(str(error))
    else:
        root = Fields(tree, context.limits, found.damage)
        if name not in _PROJECTS:
            yield from (Note(key=member.path, value=entry) for entry in _entries(found, root))
        elif "name" in root and "uuid" in root and (project := _project(found, root, folder)):
            yield Note(key=member.path, value=project)
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    projects = [p for note in view.notes if isinstance(p := note.value, _Project) and _is_there(p, view.files)]
    for project in projects:
        yield project.component
        if project.folder:
            yield Ownership(path=f"{project.folder}/", ref=project.component.ref)
    yield from relations(NAME, [project.provider for project in projects])
    manifests: defaultdict[str, list[_Entry]] = defaultdict(list)
    for note in view.notes:
        if isinstance(note.value, _Entry):
            manifests[note.key].append(note.value)
    for path, entries in manifests.items():
        yield from _resolved(path, entries, projects)


def _is_there(project: _Project, files: Mapping[str, File]) -> bool:
    """Whether this is the root of a package, not an environment that bears a name: Julia loads src/<name>.jl."""
    return f"{project.folder}/src/{project.component.name}.jl".lstrip("/") in files


def _project(found: Found, root: Fields, folder: str) -> _Project | None:
    name, uuid, version = root.text("name"), root.text("uuid").lower(), root.text("version")
    if not _PACKAGE.fullmatch(name) or not _UUID.fullmatch(uuid):
        found.damage("name, uuid: not those of a Julia package")
        return None
    is_standard = folder.rpartition("/")[0].rpartition("/")[0].rpartition("/")[2] == "stdlib"
    if not _VERSION.fullmatch(version):
        if version or not is_standard:  # that of the standard library is Julia's own
            root.remark("version", "not a version" if version else "missing")
        version = ""
    component = found.package(
        "julia",
        name,
        version,
        qualifiers=(("uuid", uuid),),
        field="name, uuid, version" if version else "name, uuid",
        detail="part of Julia's standard library" if is_standard else "",
    )
    provider = Provider(ref=component.ref, path=found.path, names=(uuid,), requirements=tuple(_requirements(root)))
    return _Project(component=component, provider=provider, folder=folder)


def _requirements(root: Fields) -> Iterator[Requirement]:
    needs, bounds = root.fields("deps"), root.fields("compat")
    for name, uuid in needs.pairs():
        spec = f"{name} {bounds.text(name)}".strip()
        yield Requirement(name=uuid.lower(), spec=spec, field=needs.where(name))


def _entries(found: Found, root: Fields) -> Iterator[_Entry]:
    """The entries of a manifest: below `deps` since format 2, at the top before. Needs are given by name where that is
    clear, else by name and uuid."""
    listed = root.fields("deps") if "manifest_format" in root else root
    packages = [(name, entry) for name in listed.names() if listed.is_list(name) for entry in listed.each(name)]
    uuids = {name: entry.text("uuid").lower() for name, entry in packages}
    for name, entry in packages:
        uuid, version = entry.text("uuid").lower(), entry.text("version")
        if not _PACKAGE.fullmatch(name) or not _UUID.fullmatch(uuid):
            entry.remark("uuid", "not that of a Julia package" if uuid else "missing")
            continue
        if version and not _VERSION.fullmatch(version):
            entry.remark("version", "not a version")
            version = ""
        if entry.is_mapping("deps"):
            needs = [uuid.lower() for _, uuid in entry.fields("deps").pairs()]
        else:
            needs = [uuids[name] for name in entry.texts("deps") if name in uuids]
        yield _Entry(
            path=found.path,
            field=entry.where(),
            uuid=uuid,
            version=version,
            component=_listed(found, entry, name, uuid, version),
            uuids=tuple(needs),
        )


def _listed(found: Found, entry: Fields, name: str, uuid: str, version: str) -> Component | None:
    is_folder, repository = "path" in entry, entry.text("repo-url")
    if not (is_folder or repository or "git-tree-sha1" in entry):
        return None
    return found.package(
        "julia",
        name,
        version,
        qualifiers=(("uuid", uuid),),
        field=entry.where(),
        confidence=_LISTED,
        properties=[(PACKAGE_SOURCE, "folder" if is_folder else clean_url(repository).url)],
        registered=not is_folder,
    )


def _resolved(path: str, entries: list[_Entry], projects: Iterable[_Project]) -> Iterator[Finding]:
    """One manifest: what is only listed, and who needs whom."""
    present: defaultdict[str, dict[str, Ref]] = defaultdict(dict)
    for project in projects:
        present[project.provider.names[0]][project.component.version] = project.component.ref
    refs: dict[str, Ref] = {}
    listed: dict[Ref, Component] = {}
    for entry in entries:
        versions = present[entry.uuid]
        ref = versions.get(entry.version) or versions.get("")  # a part of the standard library may state none
        if ref is None and entry.component is not None:
            ref = entry.component.ref
            listed[ref] = entry.component
        if ref is not None:
            refs[entry.uuid] = ref
    for ref, component in listed.items():
        yield component
        seen = component.occurrences[0].evidence
        yield Relation(source=ROOT, kind="static_candidate", target=ref, evidence=seen)
    if listed:
        reason = f"{len(listed)} of {len(entries)} entries have no files here: for Pkg to fetch, or compiled in"
        yield Problem(path=path, reason=reason, by=NAME, severity="gap")
    for entry in entries:
        for uuid in entry.uuids:
            if entry.uuid in refs and uuid in refs and uuid != entry.uuid:
                stated = Evidence(path=path, field=f"{entry.field}.deps", technique="manifest", by=NAME)
                yield Relation(source=refs[entry.uuid], kind="depends_on", target=refs[uuid], evidence=(stated,))
