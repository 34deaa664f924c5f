"""Java: what jars and their like say they are, in the package and in one another.

Coordinates come from poms alone: a manifest states no group, and none is guessed. A jar that says nothing is a file
with its hashes. What a jar carries beside its own it contains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cf_sbom.carried import Found
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.digests import computed_digests
from cf_sbom.identity.urls import withheld
from cf_sbom.limits import GIB
from cf_sbom.model import (
    Component,
    Digest,
    Evidence,
    License,
    Member,
    Occurrence,
    Ownership,
    Ref,
    Relation,
    Scope,
    file_ref,
    found_ref,
)
from cf_sbom.syntaxes.jars import MANIFEST, SUFFIXES, Jar, Told, is_wanted
from cf_sbom.syntaxes.maven import Dependency, Pom
from cf_sbom.syntaxes.zips import Entry, Room, Zip, open_zip

NAME = "java"
_FROM_MANIFEST = 0.8  # a name without a group, which others may bear too
# What a dependency means where it is there: of the other scopes (provided, system, test) another had to take care.
_SCOPES: dict[str, Scope] = {"": "runtime", "compile": "runtime", "runtime": "runtime"}


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(suffixes=SUFFIXES),
        read=read,
        join=join,
        body_limit=4 * GIB,  # only the directory and a few entries are looked at
        doc="Maven artifacts and other jars, in one another, too",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    if len(body):
        yield from _Outermost(member.path, context).findings(body.getbuffer())


class _Seen(NamedTuple):
    """A pom for the join: where it was, and which component it became."""

    path: str
    field: str
    pom: Pom
    ref: Ref


def join(view: View, context: Context) -> Iterable[Finding]:
    """Dependencies on what is there: in the same file of the package, else anywhere in it; of several versions the one
    that is asked for."""
    seen = [note.value for note in view.notes if isinstance(note.value, _Seen)]
    near: dict[tuple[str, str, str], dict[str, Ref]] = {}
    anywhere: dict[tuple[str, str], dict[str, Ref]] = {}
    for one in seen:
        if "?" not in one.ref:  # a part of an artifact, such as its sources, satisfies nobody
            near.setdefault((one.path, one.pom.group, one.pom.artifact), {})[one.pom.version] = one.ref
            anywhere.setdefault((one.pom.group, one.pom.artifact), {})[one.pom.version] = one.ref
    for one in seen:
        for wanted in one.pom.dependencies:
            key = (wanted.group, wanted.artifact)
            versions = near.get((one.path, *key)) or anywhere.get(key, {})
            target = next(iter(versions.values())) if len(versions) == 1 else versions.get(wanted.version)
            if target and target != one.ref and wanted.scope in _SCOPES:
                yield _needs(one, target, wanted)


def _needs(one: _Seen, target: Ref, wanted: Dependency) -> Relation:
    return Relation(
        source=one.ref,
        kind="depends_on",
        target=target,
        scope="optional" if wanted.optional else _SCOPES[wanted.scope],
        specs=(wanted.version,) if wanted.version else (),
        evidence=Found(NAME, one.path).evidence(one.field),
    )


class _Inner(NamedTuple):
    """An archive that waits to be read, in one that contains it."""

    archive: Zip
    entry: Entry
    outer: Ref


class _Outermost:
    """One file of the package and all archives in it, depth first, so that only those on the way down are held."""

    def __init__(self, path: str, context: Context) -> None:
        self._found = Found(NAME, path)
        self._limits = context.limits
        self._algorithms = context.algorithms
        self._waiting: list[_Inner] = []

    def findings(self, data: memoryview) -> Iterator[Finding]:
        room = Room(self._limits)
        opened = open_zip(data, room, is_wanted)
        if opened is not None:
            yield from self._archive(opened, None)
        while self._waiting:
            inner = self._waiting.pop()
            opened = inner.archive.open(inner.entry, inner.archive.path(withheld(inner.entry.name)))
            if opened is not None:
                yield from self._archive(opened, inner.outer)
        for reason, severity in room.problems():
            self._found.problem(reason, severity)
        yield from self._found.problems

    def _archive(self, archive: Zip, outer: Ref | None) -> Iterator[Finding]:
        """An archive itself and what its poms name; what is in it waits."""
        file_name = (archive.place or self._found.path).rpartition("/")[2]
        jar = Jar(archive, file_name, self._limits)
        itself = self._itself(jar, file_name, archive)
        yield itself
        if outer is None and (itself.kind != "file" or jar.poms):  # one that says nothing explains nothing
            yield Ownership(path=self._found.path, ref=itself.ref)
        yield from self._found.contains(outer, itself.ref, archive.place)
        if jar.own:
            yield self._note(jar.own, archive, itself.ref)
        for told in jar.poms:
            component = self._artifact(told, archive)
            yield component
            yield self._note(told, archive, component.ref)
            yield from self._found.contains(itself.ref, component.ref, _field(told, archive))
        self._waiting += (_Inner(archive, entry, itself.ref) for entry in reversed(jar.inner))

    def _itself(self, jar: Jar, file_name: str, archive: Zip) -> Component:
        """The archive as its own pom has it, else as its manifest calls it, else as a file."""
        seen = computed_digests(archive.data, self._algorithms)
        if jar.own:
            suffix = file_name.rpartition(".")[2]
            qualifiers = {"classifier": jar.name.classifier if jar.name else "", "type": suffix}
            if suffix == "jar":
                del qualifiers["type"]
            return self._artifact(jar.own, archive, tuple((k, v) for k, v in qualifiers.items() if v), seen)
        path, inside = self._found.path, archive.place
        name, version = jar.identity()
        evidence = Evidence(path=path, field=inside, technique="hash", by=NAME)
        if name:
            evidence = Evidence(path=path, field=archive.path(MANIFEST), confidence=_FROM_MANIFEST, by=NAME)
        return Component(
            ref=found_ref(path, "jar", inside) if inside else file_ref(path),
            kind="library" if name else "file",
            name=name or file_name,
            version=version,
            licenses=self._licenses(jar.licenses()) if name else (),
            occurrences=(Occurrence(path=path, digests=seen, evidence=(evidence,)),),
        )

    def _artifact(
        self,
        told: Told,
        archive: Zip,
        qualifiers: tuple[tuple[str, str], ...] = (),
        seen: tuple[Digest, ...] = (),
    ) -> Component:
        found, pom = self._found, told.pom
        return found.package(
            "maven",
            pom.artifact,
            pom.version,
            namespace=pom.group,
            qualifiers=qualifiers,
            field=_field(told, archive),
            licenses=self._licenses(pom.licenses),
            links=(*found.link("website", pom.url), *found.link("vcs", pom.repository)),
            seen=seen,
        )

    def _licenses(self, texts: Iterable[str]) -> tuple[License, ...]:
        return tuple(sorted({found for text in texts for found in self._found.license(text)}))

    def _note(self, told: Told, archive: Zip, ref: Ref) -> Note:
        return Note(key="pom", value=_Seen(self._found.path, _field(told, archive), told.pom, ref))


def _field(told: Told, archive: Zip) -> str:
    """Where it was told, as it may be shown."""
    return archive.path(withheld(told.field))
