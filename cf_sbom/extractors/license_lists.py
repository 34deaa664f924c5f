"""Licence lists: what they name is joined to the components that others found, with its licences and texts.

Knows what a list is worth. A list says what somebody's tool saw when it was written: a name that nobody else found in
the payload is a candidate, never a fact. How lists are written is known by cf_sbom.listings; the folders of go-licenses
(`library_licenses/<module path>/LICENSE`) are known here. No licence is guessed from a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from cf_sbom.carried import Found
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.packages import module_purl
from cf_sbom.limits import Limits
from cf_sbom.listings import NAMES, Listed, read_list
from cf_sbom.model import ROOT, Component, License, Member, Occurrence, Problem, Relation, Text
from cf_sbom.parsing import ParseError

NAME = "license_lists"
CONFIDENCE = 0.6
"""How sure it is that what a licence list names is there."""

_LIBRARY = re.compile(r"(?:.*/)?library_licenses/(?P<module>[^/]+\.[^/]+(?:/[^/]+)*)/(?P<file>[^/]+)", re.DOTALL)
_LICENSE_FILE = re.compile(r"(?:UN)?LICEN[SC]E.*|COPYING.*", re.IGNORECASE | re.DOTALL)


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    in_info = tuple(f"info/licenses/**/{name}" for name in NAMES)
    yield Extractor(
        name=NAME,
        match=Match(names=NAMES, globs=(*in_info, "info/licenses/**/library_licenses/**", "**/library_licenses/**")),
        read=read,
        join=join,
        doc="licence lists of cargo, webpack, npm, pip, Maven and Go tools",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """An entry of a list; texts are those of its notes."""

    entry: Listed
    texts: tuple[_Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """Where a text is, how long it is, and the LicenseRef of a licence of which no more is known: the same text has
    the same. elsewhere: another extractor keeps it."""

    path: str
    size: int
    ref: str
    elsewhere: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Library:
    """A licence text of go-licenses: the folder is that of a module or of a package in one."""

    module: str
    text: _Text


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    limits = context.limits
    file_name = member.path.rpartition("/")[2]
    found = Found(NAME, member.path)
    if library := _LIBRARY.fullmatch(member.path):
        if _LICENSE_FILE.fullmatch(file_name):
            text = found.text(body.getbuffer(), limits)
            in_info = member.path.startswith("info/")  # where the extractor license_files keeps all texts
            known = _known(text, elsewhere=in_info)
            yield Note(key=member.path, value=_Library(module=library["module"], text=known))
            if not in_info:
                yield Note(key=member.path, value=text)
    elif file_name in NAMES:
        try:
            yield from _noted(found, read_list(file_name, body.getbuffer(), limits, found.damage), limits)
        except ParseError as error:
            found.damage(str(error))
    yield from found.problems


def _noted(found: Found, entries: Iterable[Listed], limits: Limits) -> Iterator[Note]:
    """The entries, and each text once. A text's path is the list's with the JSON pointer of the place in it."""
    noted: list[_Listed] = []
    known: dict[str, _Text] = {}
    for entry in entries:
        texts = []
        for place, written in entry.texts:
            text = found.text(written.encode(), limits, place=f"{found.path}#{place}")
            one = _known(text)
            if one.ref not in known:
                known[one.ref] = one
                yield Note(key=text.path, value=text)
            texts.append(known[one.ref])
        noted.append(_Listed(entry=replace(entry, texts=()), texts=tuple(texts)))
    if noted:
        yield Note(key=found.path, value=tuple(noted))


def _known(text: Text, *, elsewhere: bool = False) -> _Text:
    ref = f"LicenseRef-text-{sha256(text.data).hexdigest()[:16]}"
    return _Text(path=text.path, size=len(text.data), ref=ref, elsewhere=elsewhere)


def join(view: View, context: Context) -> Iterable[Finding]:
    others = [c for c in view.components if any(not o.path.startswith("info/") for o in c.occurrences)]
    seen = frozenset(purl for c in others for purl in (c.purl, *c.aliases) if purl)
    modules: dict[str, list[Component]] = {}
    for component in others:
        if component.purl.startswith("pkg:golang/"):
            modules.setdefault(component.purl.partition("@")[0], []).append(component)
    texts = _Texts(view, context.limits)
    for note in view.notes:
        found = Found(NAME, note.key)
        if isinstance(note.value, tuple):
            for listed in note.value:
                yield from _listed(found, listed, seen, texts)
        elif isinstance(note.value, _Library):
            yield from _library(found, note.value, modules, texts)
        yield from found.problems
    yield from texts.findings()


def _listed(found: Found, listed: _Listed, seen: frozenset[str], texts: _Texts) -> Iterator[Finding]:
    entry = listed.entry
    component = found.package(
        entry.kind,
        entry.name,
        entry.version,
        namespace=entry.namespace,
        field=entry.place,
        confidence=CONFIDENCE,
        licenses=_licenses(found, entry.licenses, texts.take(listed.texts)),
        links=found.link("vcs", entry.repository),
    )
    if "@" not in component.purl:
        found.problem(f"{entry.place}: no name and version of a package; left out", "gap")
        return
    yield component
    if component.purl not in seen:
        yield _candidate(found, component, entry.place)


def _licenses(found: Found, stated: tuple[str, ...], texts: tuple[_Text, ...]) -> tuple[License, ...]:
    """One licence, to choose from what is stated; where nothing is, as many as there are texts."""
    paths = tuple(dict.fromkeys(text.path for text in texts))
    licenses = found.license_choice(stated, paths)
    if licenses:
        return licenses
    return tuple(License(expression=ref, texts=(path,)) for ref, path in sorted({(t.ref, t.path) for t in texts}))


def _library(
    found: Found, library: _Library, modules: Mapping[str, list[Component]], texts: _Texts
) -> Iterator[Finding]:
    """The text of a module that is there, by the longest module path that begins the folder's; else of a candidate of
    untold version."""
    licenses = _licenses(found, (), texts.take((library.text,)))
    path = library.module
    while path:
        for module in modules.get(module_purl(path), ()):
            evidence = found.evidence(confidence=CONFIDENCE)
            yield Component(
                ref=module.ref,
                kind=module.kind,
                name=module.name,
                version=module.version,
                purl=module.purl,
                licenses=licenses,
                occurrences=(Occurrence(path=found.path, evidence=evidence),),
            )
        if module_purl(path) in modules:
            return
        path = path.rpartition("/")[0]
    namespace, _, name = library.module.rpartition("/")
    component = found.package("golang", name, namespace=namespace, confidence=CONFIDENCE, licenses=licenses)
    yield component
    yield _candidate(found, component, "")


def _candidate(found: Found, component: Component, field: str) -> Relation:
    evidence = found.evidence(field, confidence=CONFIDENCE)
    return Relation(source=ROOT, kind="static_candidate", target=component.ref, evidence=evidence)


class _Texts:
    """The texts that documents get. A document may repeat a text for each component that has it, so each time counts
    against the limits."""

    def __init__(self, view: View, limits: Limits) -> None:
        self._noted = {note.key: note.value for note in view.notes if isinstance(note.value, Text)}
        self._limits = limits
        self._taken: dict[str, Text] = {}
        self._count = self._size = self._left = 0

    def take(self, texts: Iterable[_Text]) -> tuple[_Text, ...]:
        """Those of the texts for which there is room."""
        kept = []
        for text in texts:
            noted = self._noted.get(text.path)
            has_room = self._count < self._limits.texts and self._size + text.size <= self._limits.texts_size
            if not has_room or (noted is None and not text.elsewhere):
                self._left += 1
                continue
            self._count += 1
            self._size += text.size
            kept.append(text)
            if noted is not None:
                self._taken[text.path] = noted
        return tuple(kept)

    def findings(self) -> Iterator[Finding]:
        yield from self._taken.values()
        if self._left:
            reason = f"{self._left} licence texts of lists are left out (limits texts and texts_size)"
            yield Problem(path="", reason=reason, by=NAME, severity="gap")
