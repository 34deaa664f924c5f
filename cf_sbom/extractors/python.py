"""Python distributions: installed (dist-info, egg-info), as wheels and eggs, and vendored by a list.

Knows where they lie in a package and which file speaks of which distribution. What they say is read in distributions/.
What belongs to whom is told by RECORD alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from cf_sbom import properties as names
from cf_sbom.carried import Found
from cf_sbom.distributions.archives import ARCHIVES, Archives
from cf_sbom.distributions.core_metadata import CoreMetadata, component, named_only, normal_name, read_core_metadata
from cf_sbom.distributions.direct_url import DirectUrl, read_direct_url
from cf_sbom.distributions.licensing import declared
from cf_sbom.distributions.lists import (
    Requirement,
    Row,
    read_installed_files,
    read_record,
    read_requires,
    read_vendored,
    requirements,
)
from cf_sbom.distributions.records import compare
from cf_sbom.distributions.vendored import VENDOR_LISTS, Beside, listed
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.digests import computed_digests
from cf_sbom.model import ROOT, Component, Evidence, Member, Occurrence, Ownership, Ref, Relation, Text
from cf_sbom.paths import holding
from cf_sbom.placement import in_payload
from cf_sbom.syntaxes.text import plain_text

NAME = "python"
_METADATA = (".dist-info/METADATA", ".egg-info/PKG-INFO", "/EGG-INFO/PKG-INFO")
_FILES = (".dist-info/RECORD", ".egg-info/installed-files.txt")
_REQUIRES = (".egg-info/requires.txt", "/EGG-INFO/requires.txt")
_DIRECT_URL = ".dist-info/direct_url.json"
_LISTS = (*_FILES, *_REQUIRES, *VENDOR_LISTS)
_LICENSES = ("licenses/**", "LICEN?E*", "COPYING*", "NOTICE*")


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(
            suffixes=(*_METADATA, _DIRECT_URL, *_LISTS, ".egg-info", *ARCHIVES),
            globs=tuple(f"**/*.dist-info/{name}" for name in _LICENSES),
        ),
        read=read,
        join=join,
        doc="Python distributions: dist-info, egg-info, wheels, eggs, lists of vendored code",
    )


class _Read(NamedTuple):
    """What core metadata at a path said."""

    path: str
    metadata: CoreMetadata


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found, limits, path = Found(NAME, member.path), context.limits, member.path
    data = body.getbuffer()
    if path.endswith(ARCHIVES):
        archives = Archives(found, limits)
        yield from archives.read(data, computed_digests(data, context.algorithms))
        if archives.own:
            yield Ownership(path=path, ref=archives.own)
        yield from (Note(key=text.path, value=text) for text in archives.texts)
        yield from (Note(key=path, value=candidate) for candidate in archives.candidates)
    elif path.endswith((*_METADATA, ".egg-info")):
        metadata = read_core_metadata(data, limits, found, _named(path))
        if metadata.name:
            yield component(found, metadata)
            yield Note(key=_folder(path), value=_Read(path, metadata))
    elif path.endswith(_DIRECT_URL):
        origin = read_direct_url(data, limits, found)
        if origin is not None:
            yield Note(key=_folder(path), value=origin)
    elif path.endswith(_LISTS):
        yield Note(key=path, value=plain_text(data, limits, found.damage))
    else:
        text = found.text(data, limits)
        if text.truncated:
            found.problem(f"{len(data)} bytes; only {limits.text_size} are read (limit text_size)", "gap")
        yield Note(key=path, value=text)
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    joined = _Joined(view, context)
    yield from joined.installed()
    yield from joined.requirements()
    yield from joined.vendored()
    yield from joined.files()
    yield from joined.ownership()
    yield from joined.texts()
    for found in joined.found.values():
        yield from found.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class _Installed:
    """A distribution at a place: the folder (or file) of its metadata, and where its modules lie."""

    path: str
    folder: str
    ref: Ref
    metadata: CoreMetadata

    @property
    def site(self) -> str:
        return _site(self.folder)


class _Joined:
    """All notes of one package."""

    def __init__(self, view: View, context: Context) -> None:
        self.found: dict[str, Found] = {}
        self._view = view
        self._limits = context.limits
        self._origins = {note.key: note.value for note in view.notes if isinstance(note.value, DirectUrl)}
        self._texts = {note.key: note.value for note in view.notes if isinstance(note.value, Text)}
        self._lists = {note.key: note.value for note in view.notes if isinstance(note.value, str)}
        self._candidates = [note.value for note in view.notes if isinstance(note.value, Component)]
        self._kept: list[Text] = []
        self._installed = {}
        for note in view.notes:
            if isinstance(note.value, _Read):
                path, metadata = note.value
                ref = component(Found(NAME, path), metadata).ref
                self._installed[note.key] = _Installed(path=path, folder=note.key, ref=ref, metadata=metadata)
        # Which components are known by which member: what a list of files owns, its distribution contains.
        self._known: defaultdict[str, dict[Ref, None]] = defaultdict(dict)
        # Who lists a file, and how deep the folder lies that its paths start at.
        self._listed: defaultdict[str, dict[Ref, int]] = defaultdict(dict)
        self._nearest: dict[str, tuple[Ref, int] | None] = {}  # of folders, what in them or above is among the modules
        self._modules: dict[str, tuple[Ref, int]] = {}  # files and folders of vendored modules and of metadata, alike
        for one in view.components:
            if one.purl.startswith("pkg:pypi/"):
                for occurrence in one.occurrences:
                    self._known[occurrence.path][one.ref] = None

    def installed(self) -> Iterator[Finding]:
        """Licences with their texts and origins; distributions whose metadata is missing."""
        texts: defaultdict[str, list[str]] = defaultdict(list)
        for path in self._texts:
            folder, inside, _ = path.partition(".dist-info/")
            if inside:
                texts[f"{folder}.dist-info"].append(path)
        for path in self._lists:
            folder = _folder(path)
            if path.endswith(_FILES) and folder not in self._installed:
                yield from self._without_metadata(path, folder)
        for one in self._installed.values():
            found = self._at(one.path)
            paths = tuple(sorted(texts.get(one.folder, ())))
            licenses, text = declared(found, one.metadata, self._limits, f"{one.path}#License", paths)
            if licenses:
                self._kept += [*((text,) if text else ()), *(self._texts[path] for path in paths)]
            else:
                found.problem("no licence is stated", "gap")
            made = replace(component(found, one.metadata), licenses=licenses)
            origin = self._origins.get(one.folder)
            yield _with_origin(made, origin, f"{one.folder}/direct_url.json") if origin else made

    def _without_metadata(self, path: str, folder: str) -> Iterator[Component]:
        metadata = named_only(folder.rpartition("/")[2])
        found = self._at(path)
        found.problem("the METADATA or PKG-INFO beside it is missing; taken from the name of the folder", "gap")
        if metadata.name:
            made = component(found, metadata)
            self._installed[folder] = _Installed(path=path, folder=folder, ref=made.ref, metadata=metadata)
            self._known[path][made.ref] = None
            yield made

    def requirements(self) -> Iterator[Relation]:
        """From one distribution to another in the same folder."""
        sites = self._sites()
        for site, here in sites.items():
            for name, refs in here.items():
                if len(refs) > 1:
                    reason = f"{len(refs)} versions of {name} are installed in one folder"
                    self._at(site).problem(reason, "conflict")
        for one in self._installed.values():
            for path, requirement in self._required(one):
                targets = sites[one.site].get(normal_name(requirement.name), {})
                for target in targets if len(targets) == 1 else ():
                    if target != one.ref:
                        yield Relation(
                            source=one.ref,
                            kind="depends_on",
                            target=target,
                            scope=requirement.scope,
                            specs=(requirement.spec,),
                            evidence=self._at(path).evidence(requirement.place),
                        )

    def _required(self, one: _Installed) -> Iterator[tuple[str, Requirement]]:
        for stated in requirements(one.metadata.requires, self._at(one.path).damage):
            yield one.path, stated
        path = f"{one.folder}/requires.txt"
        if path in self._lists:
            for stated in read_requires(self._lists[path], self._limits, self._at(path).damage):
                yield path, stated

    def _sites(self) -> Mapping[str, Beside]:
        """What is installed in each folder."""
        sites: defaultdict[str, defaultdict[str, dict[Ref, str]]] = defaultdict(lambda: defaultdict(dict))
        for one in self._installed.values():
            sites[one.site][normal_name(one.metadata.name)][one.ref] = one.metadata.version
        return sites

    def vendored(self) -> Iterator[Finding]:
        """What lists of vendored code pin: where it shows nowhere in the package, a candidate."""
        lists = [path for path in self._lists if path.endswith(VENDOR_LISTS)]
        holds, sites = holding(self._view.files if lists else ()), self._sites()
        seen = {one.ref for one in self._installed.values()}
        for path in lists:
            found, folder = self._at(path), path.rpartition("/")[0]
            pins = read_vendored(self._lists[path], folder, holds, self._limits, found.damage)
            for made, modules, is_there in listed(found, pins, sites.get(folder, {}), found.problem):
                if is_there:
                    self._known[path][made.ref] = None
                    self._modules |= dict.fromkeys(modules, (made.ref, len(folder)))
                    seen.add(made.ref)
                    yield made
                else:
                    self._candidates.append(made)
        for one in self._view.components if self._candidates else ():
            if any(in_payload(occurrence.path) for occurrence in one.occurrences):
                seen.update((one.ref, *map(Ref, one.aliases)))
        for made in self._candidates:
            yield made
            if made.ref not in seen:
                seen_by = made.occurrences[0].evidence
                yield Relation(source=ROOT, kind="static_candidate", target=made.ref, evidence=seen_by)

    def files(self) -> Iterator[Relation]:
        """What lists of files say against the files that are there, and which distributions lie in another's files."""
        owners: defaultdict[str, dict[Ref, str]] = defaultdict(dict)
        for path in self._lists:
            one = self._installed.get(_folder(path)) if path.endswith(_FILES) else None
            if one is not None:
                rows = list(self._rows(path, one))
                compare(rows, path, self._view.files, self._view.artifact.whole, self._at(path))
                for row in rows:
                    if row.path in self._view.files:
                        self._listed[row.path][one.ref] = len(one.site)
                    if row.path in self._known and one.ref not in self._known[row.path]:
                        owners[row.path].setdefault(one.ref, path)
        for path, by_owner in owners.items():
            if len(by_owner) == 1:  # a file that two distributions list is neither's for certain
                ((owner, by),) = by_owner.items()
                for ref in self._known[path]:
                    yield Relation(source=owner, kind="contains", target=ref, evidence=self._at(by).evidence(path))

    def ownership(self) -> Iterator[Ownership]:
        """The files that each distribution lists, its metadata, and vendored modules. Of several that list a file the
        innermost owns it. Byte code that no list names is that of its module."""
        for one in self._installed.values():
            place = one.folder.removesuffix("/EGG-INFO") if one.folder.endswith(".egg/EGG-INFO") else one.folder
            place = place if place in self._view.files else f"{place}/"
            self._modules[place] = (one.ref, len(one.site))
        for place, (ref, _) in self._modules.items():
            yield Ownership(path=place, ref=ref)
        for path in self._view.files if self._listed else ():
            listed = path if path in self._listed or not path.endswith((".pyc", ".pyo")) else _module(path)
            if listed in self._listed:
                owners = self._listed[listed]
                if inner := self._module_of(listed):
                    owners = owners | dict((inner,))
                innermost = max(owners.values())
                yield from [Ownership(path=path, ref=ref) for ref, depth in owners.items() if depth == innermost]

    def _module_of(self, path: str) -> tuple[Ref, int] | None:
        """Whose module or metadata a file is, or lies in, and how deep the folder of these lies."""
        if path in self._modules:
            return self._modules[path]
        folder = path.rpartition("/")[0]
        if folder not in self._nearest:
            above, found = folder, None
            while above and found is None:
                found = self._modules.get(f"{above}/")
                above = above.rpartition("/")[0]
            self._nearest[folder] = found
        return self._nearest[folder]

    def _rows(self, path: str, one: _Installed) -> Iterator[Row]:
        text, remark = self._lists[path], self._at(path).damage
        if path.endswith("/RECORD"):
            return read_record(text, one.site, self._limits, remark)
        return read_installed_files(text, one.folder, self._limits, remark)

    def texts(self) -> Iterator[Text]:
        kept = {text.path: text for text in self._kept + [t for p, t in self._texts.items() if "!/" in p]}
        yield from list(kept.values())[: self._limits.texts]
        if len(kept) > self._limits.texts:
            reason = f"{len(kept)} licence texts; only {self._limits.texts} are kept (limit texts)"
            self._at("").problem(reason, "gap")

    def _at(self, path: str) -> Found:
        return self.found.setdefault(path, Found(NAME, path))


def _with_origin(made: Component, origin: DirectUrl, path: str) -> Component:
    said = Evidence(path=path, by=NAME)
    seen = (*made.occurrences, Occurrence(path=made.occurrences[0].path, evidence=(said,)))
    stated = tuple(sorted((*made.properties, (names.PACKAGE_SOURCE, origin.source))))
    return replace(made, links=tuple(sorted({*made.links, *origin.links})), properties=stated, occurrences=seen)


def _module(path: str) -> str:
    """The module of byte code: `a/__pycache__/b.cpython-312.pyc` is made of `a/b.py`, and so was `a/b.pyc`."""
    folder, _, name = path.rpartition("/")
    folder = folder.removesuffix("__pycache__").rstrip("/")
    return f"{folder}/{name.partition('.')[0]}.py" if folder else f"{name.partition('.')[0]}.py"


def _folder(path: str) -> str:
    """The folder of metadata, or the single file that stands for it."""
    return path if path.endswith(".egg-info") else path.rpartition("/")[0]


def _named(path: str) -> str:
    """The part of the path that names the distribution."""
    folder = _folder(path)
    return folder.removesuffix("/EGG-INFO").rpartition("/")[2]


def _site(folder: str) -> str:
    return folder.removesuffix("/EGG-INFO").rpartition("/")[0]
