"""Declared dependencies and constraints of index.json: depends, extra_depends (CEP 44), constrains.

Knows match specs; resolves nothing. A virtual package is no component: conda.py keeps it as a property of the root.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity import matchspec
from cf_sbom.identity.purl import conda_purl
from cf_sbom.identity.urls import withheld
from cf_sbom.model import (
    ROOT,
    Completeness,
    Component,
    Evidence,
    Member,
    Occurrence,
    Ref,
    Relation,
    RelationKind,
    Scope,
    found_ref,
)
from cf_sbom.parsing import ParseError, parse_json

NAME = "dependencies"
INDEX = "info/index.json"


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(names=(INDEX,)),
        read=read,
        join=join,
        doc="depends, extra_depends and constrains of info/index.json",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    try:
        tree = parse_json(body.getbuffer(), context.limits)
    except ParseError:
        return  # the extractor `conda` refuses the package
    if isinstance(tree, dict):  # else it does so, too
        yield Note(key=INDEX, value={key: tree.get(key) for key in ("depends", "extra_depends", "constrains")})


def join(view: View, context: Context) -> Iterable[Finding]:
    tree = view.note(INDEX)
    declared = _Declared(tree, context)
    yield from declared.findings("depends", "depends_on")
    if declared.found.problems or not isinstance(tree, dict) or not isinstance(tree["depends"], list):
        why = "depends could not be read whole"
        yield Completeness(ref=ROOT, aspect="dependencies", state="unknown", why=why)
    yield from declared.extras()
    yield from declared.findings("constrains", "constrains")
    yield from declared.found.problems


class _Spec:
    """One spec as written, where it stands, and what it says."""

    def __init__(self, where: str, text: str) -> None:
        self.where = where
        self.text = text
        self.parsed = matchspec.parse(text)


class _Declared:
    def __init__(self, tree: object, context: Context) -> None:
        self.found = Found(NAME, INDEX)
        self._style = context.options.purl_style
        self._index = Fields(tree, context.limits, self.found.damage)

    def findings(self, key: str, kind: RelationKind) -> Iterator[Finding]:
        if key in self._index and not self._index.is_list(key):
            self.found.damage(f"{key}: not a list")
        yield from self._grouped(self._index.numbered_texts(key), kind, "runtime")

    def extras(self) -> Iterator[Finding]:
        extras = self._index.fields("extra_depends")
        specs = [spec for extra in extras.names() for spec in extras.numbered_texts(extra)]
        yield from self._grouped(specs, "depends_on", "optional")

    def _grouped(self, specs: Iterable[tuple[str, str]], kind: RelationKind, scope: Scope) -> Iterator[Finding]:
        """One component a name, however many specs it has."""
        grouped: dict[str, list[_Spec]] = {}
        for where, text in specs:
            spec = _Spec(where, text)
            if not spec.parsed.virtual:
                grouped.setdefault(spec.parsed.name or withheld(text), []).append(spec)
        for name, same in grouped.items():
            yield from self._requirement(name, same, kind, scope)

    def _requirement(self, name: str, specs: list[_Spec], kind: RelationKind, scope: Scope) -> Iterator[Finding]:
        version, build = self._pinned(name, specs) if kind == "depends_on" else ("", "")
        purl = conda_purl(specs[0].parsed.name, version, build, style=self._style)
        if not purl:
            self.found.damage(f"{specs[0].where}: {name[:80]!r} names no conda package")
        evidence = tuple(Evidence(path=INDEX, field=spec.where, by=NAME) for spec in specs)
        ref = Ref(purl) if purl else found_ref(INDEX, "spec", name)
        yield Component(
            ref=ref,
            kind="library",
            name=name,
            version=version,
            purl=purl,
            occurrences=(Occurrence(path=INDEX, evidence=evidence),),
        )
        yield Relation(
            source=ROOT,
            kind=kind,
            target=ref,
            scope="optional" if all(spec.parsed.conditional for spec in specs) else scope,
            specs=tuple(sorted({spec.text for spec in specs})),
            evidence=evidence,
        )

    def _pinned(self, name: str, specs: list[_Spec]) -> tuple[str, str]:
        """The version, and build if any, that the specs leave as the only choice; a condition leaves it open."""
        exact = {(s.parsed.version, s.parsed.build) for s in specs if s.parsed.version and not s.parsed.conditional}
        versions, builds = {version for version, _ in exact}, {build for _, build in exact} - {""}
        if len(versions) > 1 or len(builds) > 1:
            self.found.problem(
                f"{specs[0].where}: the specs of {name[:80]} pin different versions or builds", "conflict"
            )
            return "", ""
        return "".join(versions), "".join(builds)
