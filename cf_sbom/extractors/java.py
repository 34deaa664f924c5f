"""Java: what jars and their like say they are, in the package and in one another.

Coordinates come from poms alone: a manifest states no group, and none is guessed. A jar that says nothing is a file
with its hashes. What a jar carries beside its own it contains.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cf_sbom.carried import Found
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
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
    Severity,
    file_ref,
    found_ref,
)
from cf_sbom.parsing import ParseError
from cf_sbom.syntaxes.jars import MANIFEST, SUFFIXES, Jar, Told
from cf_sbom.syntaxes.maven import Dependency, Pom
from cf_sbom.syntaxes.zips import Entry, Room

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
    """An archive in an archive that waits to be read; field is its place in the outermost."""

    jar: Jar
    entry: Entry
    field: str
    depth: int
    outer: Ref


class _Outermost:
    """One file of the package and all archives in it, depth first, so that only those on the way down are held."""

    def __init__(self, path: str, context: Context) -> None:
        self._found = Found(NAME, path)
        self._limits = context.limits
        self._algorithms = context.algorithms
        self._room = Room(context.limits)
        self._waiting: list[_Inner] = []
        self._wrong: dict[tuple[str, Severity], tuple[str, int]] = {}

    def findings(self, data: memoryview) -> Iterator[Finding]:
        yield from self._archive(data, "", 0, None)
        while self._waiting:
            inner = self._waiting.pop()
            if inner.depth > self._limits.nested_depth:
                reason = f"archives nested deeper than {self._limits.nested_depth} are not read (limit nested_depth)"
                self._say(inner.field, reason, "gap")
            elif unpacked := inner.jar.unpack(inner.entry):
                yield from self._archive(unpacked, inner.field, inner.depth, inner.outer)
        for (reason, severity), (first, count) in self._wrong.items():
            more = f" (and {count - 1} more like it)" if count > 1 else ""
            self._found.problem(f"{first}: {reason}{more}" if first else reason + more, severity)
        yield from self._found.problems

    def _say(self, field: str, reason: str, severity: Severity) -> None:
        """One problem for each kind, however often it is met."""
        first, count = self._wrong.get((reason, severity), (field, 0))
        self._wrong[reason, severity] = (first, count + 1)

    def _archive(self, data: memoryview, inside: str, depth: int, outer: Ref | None) -> Iterator[Finding]:
        """An archive itself and what its poms name; what is in it waits. inside is its place in the outermost."""
        start = f"{inside}!/" if inside else ""

        def say(field: str, reason: str, severity: Severity) -> None:
            self._say(f"{start}{field}" if field else inside, reason, severity)

        file_name = (inside or self._found.path).rpartition("/")[2]
        try:
            jar = Jar(data, file_name, self._limits, self._room, say)
        except ParseError as error:
            say("", str(error), "damage")
            return
        seen = tuple(Digest(algorithm=a, value=hashlib.new(a, data).hexdigest()) for a in self._algorithms)
        itself = self._itself(jar, file_name, inside, seen)
        yield itself
        if outer is not None:
            yield from self._contains(outer, itself.ref, inside)
        elif itself.kind != "file" or jar.poms:  # one that says nothing explains nothing
            yield Ownership(path=self._found.path, ref=itself.ref)
        if jar.own:
            yield self._note(jar.own, start, itself.ref)
        for told in jar.poms:
            component = self._artifact(told, start)
            yield component
            yield self._note(told, start, component.ref)
            yield from self._contains(itself.ref, component.ref, start + withheld(told.field))
        self._waiting += (
            _Inner(jar, entry, start + withheld(entry.name), depth + 1, itself.ref) for entry in reversed(jar.inner)
        )

    def _itself(self, jar: Jar, file_name: str, inside: str, seen: tuple[Digest, ...]) -> Component:
        """The archive as its own pom has it, else as its manifest calls it, else as a file."""
        start = f"{inside}!/" if inside else ""
        if jar.own:
            suffix = file_name.rpartition(".")[2]
            qualifiers = {"classifier": jar.name.classifier if jar.name else "", "type": suffix}
            if suffix == "jar":
                del qualifiers["type"]
            return self._artifact(jar.own, start, tuple((k, v) for k, v in qualifiers.items() if v), seen)
        path = self._found.path
        name, version = jar.identity()
        evidence = Evidence(path=path, field=inside, technique="hash", by=NAME)
        if name:
            evidence = Evidence(path=path, field=start + MANIFEST, confidence=_FROM_MANIFEST, by=NAME)
        return Component(
            ref=found_ref(path, "jar", inside) if inside else file_ref(path),
            kind="library" if name else "file",
            name=name or file_name,
            version=version,
            licenses=self._licenses(jar.licenses()) if name else (),
            occurrences=(Occurrence(path=path, digests=tuple(sorted(seen)), evidence=(evidence,)),),
        )

    def _artifact(
        self,
        told: Told,
        start: str,
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
            field=start + withheld(told.field),
            licenses=self._licenses(pom.licenses),
            links=(*found.link("website", pom.url), *found.link("vcs", pom.repository)),
            seen=seen,
        )

    def _licenses(self, texts: Iterable[str]) -> tuple[License, ...]:
        return tuple(sorted({found for text in texts for found in self._found.license(text)}))

    def _note(self, told: Told, start: str, ref: Ref) -> Note:
        return Note(key="pom", value=_Seen(self._found.path, start + withheld(told.field), told.pom, ref))

    def _contains(self, outer: Ref, inner: Ref, field: str) -> Iterator[Relation]:
        if outer != inner:
            evidence = self._found.evidence(field)
            yield Relation(source=outer, kind="contains", target=inner, evidence=evidence)
