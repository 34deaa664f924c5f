"""The exact packages that a build ran with, out of conda-meta/ of its host and build environments (CEP 32).

Knows installed records, and that only a prefix has them: by the time a package is packed, conda-build has forgotten
their addresses and hashes. `embed --prefix` runs while they are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cf_sbom import properties as names
from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.matchspec import parse as parse_spec
from cf_sbom.installed import installed_package
from cf_sbom.model import ROOT, Component, Member, Ref, Relation, RelationKind
from cf_sbom.parsing import ParseError, parse_json

NAME = "build_packages"
_RECORD = re.compile(r"info/environment/(host|build)/([^/]+\.json)")
_KINDS: dict[str, RelationKind] = {"host": "host", "build": "build_tool"}


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(globs=("info/environment/*/*.json",)),
        read=read,
        join=join,
        doc="the packages of the environments that a build runs with, while it runs",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    match = _RECORD.fullmatch(member.path)
    if match is None:
        return
    found = Found(NAME, f"conda-meta/{match[2]}")
    try:
        yield Note(key=member.path, value=parse_json(body.getbuffer(), context.limits))
    except ParseError as error:
        found.damage(str(error))
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    if view.artifact.container != "prefix":
        return
    for role, kind in _KINDS.items():
        records = []
        for note in view.notes:
            match = _RECORD.fullmatch(note.key)
            if match is not None and match[1] == role:
                found = Found(NAME, f"conda-meta/{match[2]}")
                records.append((found, Fields(note.value, context.limits, found.damage)))
        yield from _environment(records, kind, context)


def _environment(records: list[tuple[Found, Fields]], kind: RelationKind, context: Context) -> Iterator[Finding]:
    """One environment. It holds one package a name, so a requirement between two of them is certain."""
    refs: dict[str, Ref] = {}
    named = []
    for found, fields in records:
        if not fields.text("name"):
            found.problem("has no name; left out", "damage")
            yield from found.problems
            continue
        component = _package(found, fields, context)
        refs[component.name] = component.ref
        named.append((found, fields, component))
        yield component
        yield Relation(
            source=ROOT, kind=kind, target=component.ref, scope="build", evidence=component.occurrences[0].evidence
        )
    for found, fields, component in named:
        for spec in fields.texts("depends"):
            target = refs.get(parse_spec(spec).name)
            if target is not None and target != component.ref:
                evidence = component.occurrences[0].evidence
                yield Relation(
                    source=component.ref,
                    kind="depends_on",
                    target=target,
                    scope="build",
                    specs=(spec,),
                    evidence=evidence,
                )
        yield from found.problems


def _package(found: Found, fields: Fields, context: Context) -> Component:
    component = installed_package(fields, found.path, by=NAME, style=context.options.purl_style)
    size = fields.integer("size")
    stated = () if size is None else ((names.SIZE, str(size)),)
    return replace(component, properties=tuple(sorted((*component.properties, *stated))))
