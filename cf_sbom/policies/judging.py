"""A policy held against what is known of one package: what breaks it, and where that is seen.

Knows Sboms, assertions and judged profiles. Each demand is judged by itself, so a report can name those that hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from cf_sbom import properties as names
from cf_sbom.assertions import Role, Statement
from cf_sbom.coverage import largest_unexplained, measure
from cf_sbom.identity.licenses import normalize, satisfied
from cf_sbom.identity.ranges import UndecidedError
from cf_sbom.model import Component, Sbom
from cf_sbom.placement import Placement, place
from cf_sbom.policies import Forbidden, LicenseRule, Policy, Relation, matches
from cf_sbom.profiles import Judged, remedy
from cf_sbom.profiles.facts import COMPONENTS, DOCUMENT
from cf_sbom.queries import Query, demands_of

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
_ROLES: dict[Relation, Role] = {"package": "package", "dependency": "dependency", "dynamic": "dependency"}
_LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Something that breaks a policy. component is a purl or a name, place a path in the package; either may be
    empty."""

    rule: Rule
    message: str
    component: str = ""
    place: str = ""


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
    placed = _placed(sbom)
    yield from _unlisted(policy, statement)
    yield from _licenses(policy.licenses, placed, statement)
    yield from _required(policy, statement)
    if policy.max_unexplained is not None:
        yield from _unexplained(policy.max_unexplained, sbom)
    for one in policy.forbidden:
        yield from _forbidden(one, placed)
    for problem in sbom.problems:
        if matches(policy.problems, problem.severity) or f"{problem.severity}:{problem.by}" in policy.problems:
            message = f"{problem.severity}: {problem.reason} [{problem.by}]"
            yield Breach(rule="problem", message=message, place=problem.path)
    yield from _profiles(policy, judged)


def _unlisted(policy: Policy, statement: Statement) -> Iterator[Breach]:
    """What is demanded of build packages cannot be decided by a document that says that it leaves them out."""
    demands: dict[Rule, Sequence[LicenseRule | Forbidden]] = {"license": policy.licenses, "forbidden": policy.forbidden}
    for rule, rules in demands.items():
        if statement.unlisted and any("build" in one.relations for one in rules):
            yield Breach(rule=rule, message=f"cannot be decided of build packages: {statement.unlisted}")


class _Placed(NamedTuple):
    """A component, what it is to the package, and the match specs of conda's of each relation that asks for it; what
    states none may be as it is for lack of words in the document's format."""

    component: Component
    relation: Relation
    demands: tuple[tuple[str, ...], ...] = ()

    @property
    def specs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(spec for specs in self.demands for spec in specs))


def _placed(sbom: Sbom) -> list[_Placed]:
    """All that is there: what is only constrained is not."""
    placement, demands = place(sbom), demands_of(sbom)
    found = [_Placed(placement.root, "package")]
    for section, components in placement.sections.items():
        if section != "constrained":
            for one in components:
                stated = tuple(filter(None, demands.get(one.ref, ())))
                found.append(_Placed(one, _relation(one, section, placement), stated))
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


def _licenses(rules: Sequence[LicenseRule], placed: Iterable[_Placed], statement: Statement) -> Iterator[Breach]:
    """By the first rule that fits; also by one of which nobody can say whether it does."""
    for one in placed:
        for rule in rules:
            if one.relation not in rule.relations or (rule.kinds and one.component.kind not in rule.kinds):
                continue
            fits, doubt = _is_any(rule.purls, one) if rule.purls else (True, "")
            if fits or doubt:
                yield from _license(rule, one, doubt, statement)
            if fits:
                break


def _license(rule: LicenseRule, placed: _Placed, doubt: str, statement: Statement) -> Iterator[Breach]:
    component = placed.component
    concluded = [one.expression for one in component.licenses if one.role == "concluded"]
    stated = concluded or [one.expression for one in component.licenses]
    note = f"({placed.relation}{f'; if it is one of the rule: {doubt}' if doubt else ''})"
    if not stated and not rule.missing:
        fix = remedy(COMPONENTS["license"], statement, _ROLES.get(placed.relation, "part"))
        yield _about(component, "license", f"no licence is stated, which is not admitted {note}; {fix}")
    for expression in stated:
        if not _admits(rule, expression):
            yield _about(component, "license", f"{expression} is not admitted {note}")


def _is_any(queries: Iterable[Query], placed: _Placed) -> tuple[bool, str]:
    """Whether a component is meant by one of them; else why that cannot be told, or ""."""
    doubt = ""
    for query in queries:
        try:
            if query.wants(placed.component, placed.demands or None):
                return True, ""
        except UndecidedError as error:
            doubt = doubt or f"{query.text}: {error}"
    return False, doubt


def _admits(rule: LicenseRule, expression: str) -> bool:
    told = normalize(expression) if len(expression) <= _LONGEST else None
    canonical = told.expression if told and not told.found and told.expression else expression
    try:
        return satisfied(canonical, rule.accepts)
    except ValueError:
        return rule.accepts(canonical)


def _forbidden(forbidden: Forbidden, placed: Iterable[_Placed]) -> Iterator[Breach]:
    """What must not be there, and what may be that: who forbids something must be told where nobody can say."""
    reason = f": {forbidden.reason}" if forbidden.reason else ""
    for one in placed:
        if one.relation not in forbidden.relations:
            continue
        fits, doubt = _is_any((forbidden.purl,), one)
        if fits and one.specs and not one.component.version and forbidden.purl.is_choosy:
            admitted = f"{', '.join(one.specs[:_NAMED])} admits {forbidden.purl.text}"
            yield _about(one.component, "forbidden", f"{admitted}, which must not be there ({one.relation}){reason}")
        elif fits:
            rule = reason or f": {forbidden.purl.text}"
            yield _about(one.component, "forbidden", f"must not be there ({one.relation}){rule}")
        elif doubt:
            message = f"may be what must not be there ({one.relation}), which cannot be decided: {doubt}{reason}"
            yield _about(one.component, "forbidden", message)


def _about(component: Component, rule: Rule, message: str) -> Breach:
    first = component.occurrences[0].path if component.occurrences else ""
    place_ = component.manifest if rule == "license" else first
    title = component.purl or f"{component.name} {component.version}".strip()
    return Breach(rule=rule, message=message, component=title, place=place_)


def _required(policy: Policy, statement: Statement) -> Iterator[Breach]:
    for name in policy.document:
        document_fact = DOCUMENT[name]
        if not document_fact.holds(statement):
            fix = remedy(document_fact, statement)
            yield Breach(rule="required", message=f"not stated: {document_fact.title} ({name}); {fix}")
    for role, wanted in policy.components:
        asked = [one for one in statement.components if one.role == role]
        if role == "package" and not asked:
            yield Breach(rule="required", message=f"not stated: what the document is about ({', '.join(wanted)})")
        for name in wanted:
            fact = COMPONENTS[name]
            for one in asked:
                if not fact.holds(one):
                    message = f"not stated: {fact.title} ({name}); {remedy(fact, statement, role)}"
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
