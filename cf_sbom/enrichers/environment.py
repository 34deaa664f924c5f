"""Dependencies resolved to exact packages by an environment (`--prefix`): its conda-meta/*.json (CEP 32).

Knows installed records only. A dependency keeps its specs; what the environment holds under its name is stated with the
record as evidence. A name that the environment lacks is a Problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from cf_sbom.errors import TargetError
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Context, Enricher, hookimpl
from cf_sbom.installed import installed_package
from cf_sbom.model import Component, Problem, Ref, Relation, Sbom
from cf_sbom.parsing import ParseError, parse_json

NAME = "environment"


@hookimpl
def cf_sbom_enrichers() -> Iterable[Enricher]:
    yield Enricher(name=NAME, order=10, enrich=enrich, doc="exact dependencies out of the environment of --prefix")


def enrich(sbom: Sbom, context: Context) -> Sbom:
    """The Sbom with its declared dependencies resolved; unchanged without --prefix."""
    prefix = context.options.prefix
    if prefix is None:
        return sbom
    declared = {r.target for r in sbom.relations if r.source == sbom.root and r.kind == "depends_on"}
    problems: list[Problem] = []
    installed = {fields.text("name"): (path, fields) for path, fields in _records(prefix, context, problems)}
    renamed: dict[Ref, Ref] = {}
    components: dict[Ref, Component] = {}
    for component in sbom.components:
        found = component
        if component.ref in declared and component.purl.startswith("pkg:conda/"):
            if component.name in installed:
                found = _resolved(component, *installed[component.name], context)
                if component.version and found.version != component.version:
                    reason = f"{component.name} {found.version} is installed where {component.version} is required"
                    problems.append(Problem(path="conda-meta", reason=reason, by=NAME, severity="conflict"))
            else:
                reason = f"{component.name} is not installed in the environment of --prefix"
                problems.append(Problem(path="conda-meta", reason=reason, by=NAME, severity="gap"))
        renamed[component.ref] = found.ref
        components[found.ref] = found
    relations = {
        (r.source, r.kind, r.target, r.scope): r for r in (_renamed(relation, renamed) for relation in sbom.relations)
    }
    return replace(
        sbom,
        components=tuple(components[ref] for ref in sorted(components)),
        relations=tuple(relations[key] for key in sorted(relations)),
        completeness=tuple(replace(c, ref=renamed.get(c.ref, c.ref)) for c in sbom.completeness),
        problems=tuple(sorted({*sbom.problems, *problems})),
    )


def _records(prefix: Path, context: Context, problems: list[Problem]) -> Iterator[tuple[str, Fields]]:
    folder = prefix / "conda-meta"
    if not folder.is_dir():
        raise TargetError(f"--prefix {prefix} is no conda environment: it has no folder conda-meta")
    for path in sorted(folder.glob("*.json")):
        place = f"conda-meta/{path.name}"

        def remark(text: str, place: str = place) -> None:
            problems.append(Problem(path=place, reason=text, by=NAME, severity="damage"))

        try:
            if not path.is_file() or path.stat().st_size > context.limits.json_size:
                raise ParseError("not a file, or too large")
            tree = parse_json(path.read_bytes(), context.limits)
        except (ParseError, OSError) as error:
            remark(str(error))
            continue
        yield place, Fields(tree, context.limits, remark)


def _resolved(component: Component, place: str, fields: Fields, context: Context) -> Component:
    found = installed_package(fields, place, by=NAME, style=context.options.purl_style)
    return replace(
        component,
        ref=found.ref if found.purl else component.ref,
        purl=found.purl or component.purl,
        version=found.version,
        digests=found.digests,
        licenses=found.licenses,
        links=found.links,
        properties=found.properties,
        occurrences=tuple(sorted((*component.occurrences, *found.occurrences))),
    )


def _renamed(relation: Relation, renamed: dict[Ref, Ref]) -> Relation:
    return replace(
        relation,
        source=renamed.get(relation.source, relation.source),
        target=renamed.get(relation.target, relation.target),
    )
