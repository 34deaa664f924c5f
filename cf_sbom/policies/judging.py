"""A policy held against what is known of one package: what breaks it, and where that is seen.

Knows Sboms, assertions and judged profiles. Each demand is judged by itself, so a report can name those that hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cf_sbom import properties as names
from cf_sbom.assertions import Statement
from cf_sbom.coverage import largest_unexplained, measure
from cf_sbom.identity.licenses import normalize, satisfied
from cf_sbom.model import Component, Sbom
from cf_sbom.placement import Placement, place
from cf_sbom.policies import Forbidden, LicenseRule, Policy, Relation, matches
from cf_sbom.profiles import Judged
from cf_sbom.profiles.facts import COMPONENTS, DOCUMENT

Rule: TypeAlias = Literal["license", "required", "unexplained", "forbidden", "problem", "profile"]
RULES: dict[Rule, str] = {
    "license": "every component has a licence that the policy admits for it",
    "required": "what must be stated is stated",
    "unexplained": "no more of the payload than this is attributed to nothing",
    "forbidden": "no component is there that must not be",
    "problem": "no problem of these kinds",
    "profile": "profiles come to what is demanded",
}
_NAMED = 3
_SECTIONS: dict[str, Relation] = {"carried": "carried", "required": "dependency", "candidate": "candidate"}
_LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Something that breaks a policy. component is a purl or a name, place a path in the package; either may be
    empty."""

    rule: Rule
    message: str
    component: str = ""
    place: str = ""

    def __str__(self) -> str:
        """What it is about, and what is wrong with it."""
        return f"{self.component}: {self.message}" if self.component else self.message


def demanded(policy: Policy) -> list[Rule]:
    """The rules that a policy has demands of."""
    asked: dict[Rule, object] = {
        "license": policy.licenses,
        "required": (*policy.document, *policy.components),
        "unexplained": policy.max_unexplained is not None,
        "forbidden": policy.forbidden,
        "problem": policy.problems,
        "profile": policy.profiles,
    }
    return [rule for rule, demands in asked.items() if demands]


def breaches(policy: Policy, sbom: Sbom, statement: Statement, judged: Sequence[Judged]) -> Iterator[Breach]:
    """What breaks the policy, by rule, components in order of reference."""
    related = _related(sbom)
    yield from _licenses(policy.licenses, related)
    yield from _required(policy, statement)
    if policy.max_unexplained is not None:
        yield from _unexplained(policy.max_unexplained, sbom)
    for one in policy.forbidden:
        yield from _forbidden(one, related)
    for problem in sbom.problems:
        if matches(policy.problems, problem.severity) or f"{problem.severity}:{problem.by}" in policy.problems:
            message = f"{problem.severity}: {problem.reason} [{problem.by}]"
            yield Breach(rule="problem", message=message, place=problem.path)
    yield from _profiles(policy, judged)


def _related(sbom: Sbom) -> list[tuple[Component, Relation]]:
    """Each component with what it is to the package. What is only constrained is not there."""
    placement = place(sbom)
    found: list[tuple[Component, Relation]] = [(placement.root, "package")]
    for section, components in placement.sections.items():
        if section != "constrained":
            found += ((one, _relation(one, section, placement)) for one in components)
    return found


def _relation(component: Component, section: str, placement: Placement) -> Relation:
    kinds = {relation.kind for relation in placement.incoming.get(component.ref, ())}
    if placement.scopes.get(component.ref) == "test":
        return "test"
    if section == "carried" and "static_link" in kinds:
        return "static"
    if section == "required" and "links_to" in kinds:
        return "dynamic"
    if section == "source" or section == "build":
        return "source" if section == "source" else "build"
    return _SECTIONS[section]


def _licenses(rules: Sequence[LicenseRule], related: Iterable[tuple[Component, Relation]]) -> Iterator[Breach]:
    for component, relation in related:
        rule = next((rule for rule in rules if _fits(rule, component, relation)), None)
        if rule is None:
            continue
        concluded = [one.expression for one in component.licenses if one.role == "concluded"]
        stated = concluded or [one.expression for one in component.licenses]
        if not stated and not rule.missing:
            yield _about(component, "license", f"no licence is stated, which is not admitted ({relation})")
        for expression in stated:
            if not _admits(rule, expression):
                yield _about(component, "license", f"{expression} is not admitted ({relation})")


def _fits(rule: LicenseRule, component: Component, relation: Relation) -> bool:
    return (
        relation in rule.relations
        and (not rule.kinds or component.kind in rule.kinds)
        and (not rule.purls or any(_is(purl, rule.purls) for purl in (component.purl, *component.aliases)))
    )


def _admits(rule: LicenseRule, expression: str) -> bool:
    told = normalize(expression) if len(expression) <= _LONGEST else None
    canonical = told.expression if told and not told.found and told.expression else expression
    try:
        return satisfied(canonical, rule.accepts)
    except ValueError:
        return rule.accepts(canonical)


def _is(purl: str, patterns: tuple[str, ...]) -> bool:
    """Whether a purl without qualifiers fits, with its version or without."""
    bare = purl.partition("?")[0].partition("#")[0]
    return matches(patterns, bare) or matches(patterns, bare.rpartition("@")[0] or bare)


def _forbidden(forbidden: Forbidden, related: Iterable[tuple[Component, Relation]]) -> Iterator[Breach]:
    reason = f": {forbidden.reason}" if forbidden.reason else ""
    for component, relation in related:
        if relation not in forbidden.relations:
            continue
        fits = any(_is(purl, (forbidden.purl,)) for purl in (component.purl, *component.aliases) if purl)
        if fits and (not forbidden.versions or matches(forbidden.versions, component.version)):
            yield _about(component, "forbidden", f"must not be there ({relation}){reason}")


def _about(component: Component, rule: Rule, message: str) -> Breach:
    place_ = component.occurrences[0].path if component.occurrences else ""
    title = component.purl or f"{component.name} {component.version}".strip()
    return Breach(rule=rule, message=message, component=title, place=place_)


def _required(policy: Policy, statement: Statement) -> Iterator[Breach]:
    for name in policy.document:
        document_fact = DOCUMENT[name]
        if not document_fact.holds(statement):
            yield Breach(rule="required", message=f"not stated: {document_fact.title} ({name}); {document_fact.fix}")
    for role, wanted in policy.components:
        asked = [one for one in statement.components if one.role == role]
        for name in wanted:
            fact = COMPONENTS[name]
            for one in asked:
                if not fact.holds(one):
                    message = f"not stated: {fact.title} ({name}); {fact.fix[role]}"
                    yield Breach(rule="required", component=one.title, message=message)


def _unexplained(most: float, sbom: Sbom) -> Iterator[Breach]:
    """By the files where they are listed, else by what the package's properties say."""
    largest = ""
    if sbom.files:
        share = measure(sbom.files).percent("unexplained")
        files = largest_unexplained(sbom.files, _NAMED)
        largest = f": {', '.join(file.path for file in files)}" if files else ""
    else:
        stated = dict(sbom.root_component.properties).get(names.UNEXPLAINED, "")
        try:
            share = float(stated)
        except ValueError:
            yield Breach(rule="unexplained", message="how much of the payload is attributed to nothing is not stated")
            return
    if not share <= most:
        message = f"{share} % of the payload is attributed to nothing, more than {most:g} %{largest}"
        yield Breach(rule="unexplained", message=message)


def _profiles(policy: Policy, judged: Sequence[Judged]) -> Iterator[Breach]:
    by_name = {one.profile.name: one for one in judged}
    for name, demand in policy.profiles:
        found = by_name[name]
        if found.score is None:
            yield Breach(rule="profile", message=f"{name} does not apply: {found.profile.otherwise}")
            continue
        if demand.score is not None and found.score < demand.score:
            yield Breach(rule="profile", message=f"{name}: {found.score} % met, less than {demand.score:g} %")
        for verdict in found.verdicts:
            if verdict.element.name in demand.elements and verdict.state in ("not met", "cannot be met"):
                yield Breach(rule="profile", message=f"{name}: {verdict.element.name}: {verdict.state}")
