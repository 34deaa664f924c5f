"""Whether the package's own licence field covers the licences of what it carries.

Knows the finished Sbom and SPDX expressions. What is not covered is a gap with the names; a licence that is known as a
text only cannot be compared, and that is said, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cf_sbom.hookspecs import Context, Enricher, hookimpl
from cf_sbom.identity.licenses import covers, license_refs, symbols
from cf_sbom.model import Component, Problem, Sbom
from cf_sbom.placement import place

NAME = "licenses"
_NAMES = 200


@hookimpl
def cf_sbom_enrichers() -> Iterable[Enricher]:
    yield Enricher(
        name=NAME, order=40, enrich=enrich, doc="licences of carried components that the licence field does not cover"
    )


def enrich(sbom: Sbom, context: Context) -> Sbom:
    """The Sbom with a Problem for each licence of a carried component that the declared one does not cover."""
    problems = tuple(_gaps(sbom))
    return replace(sbom, problems=tuple(sorted({*sbom.problems, *problems}))) if problems else sbom


def _gaps(sbom: Sbom) -> Iterator[Problem]:
    declared = _declared(sbom.root_component)
    field = declared[0] if len(declared) == 1 else " AND ".join(f"({e})" for e in declared)
    declaring: dict[str, set[str]] = {}
    placement = place(sbom)
    for component in placement.sections["carried"]:
        if placement.scopes[component.ref] == "test":  # what tests read is nobody's to use
            continue
        for expression in _declared(component):
            declaring.setdefault(expression, set()).add(_title(component))
    uncovered: dict[str, set[str]] = {}
    unknown: set[str] = set()
    for expression, titles in declaring.items():
        if set(license_refs(expression)) - symbols(field):
            unknown |= titles
        elif not covers(field, expression):
            uncovered[expression] = titles
    if not field:
        start = "the package declares no licence, and carries"
    elif license_refs(field):
        start = f"the licence field ({field}) is not known to cover"
    else:
        start = f"the licence field ({field}) does not cover"
    for expression, names in sorted(uncovered.items()):
        yield Problem(path="", reason=f"{start} {expression} of {_listed(names)}", by=NAME, severity="gap")
    if unknown:
        reason = f"whether the licence field covers what is no SPDX expression is not known, of {_listed(unknown)}"
        yield Problem(path="", reason=reason, by=NAME, severity="gap")


def _declared(component: Component) -> tuple[str, ...]:
    return tuple(lic.expression for lic in component.licenses if lic.role == "declared")


def _title(component: Component) -> str:
    return f"{component.name} {component.version}".strip()


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(names)
    rest = f" and {len(ordered) - _NAMES} more" if len(ordered) > _NAMES else ""
    return f"{', '.join(ordered[:_NAMES])}{rest}"
