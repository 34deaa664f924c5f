"""What profiles ask of a document: sets of elements, each a fact that is told or not.

Knows the records and how an element is judged. The facts are in `facts`, the profiles in `tables`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from cf_sbom.assertions import ROLES, Family, Role, Stated, Statement
from cf_sbom.profiles.places import place

Level: TypeAlias = Literal["required", "additional", "optional"]
"""required: it decides and counts; additional: asked for where it exists; optional: allowed."""
State: TypeAlias = Literal["met", "not met", "cannot be met", "does not apply"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFact:
    """Something that a document says of itself, and how to have it said by cf-sbom."""

    name: str
    title: str
    holds: Callable[[Statement], bool]
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentFact:
    """Something that a document says of a component, and how to have it said by cf-sbom, by what the component is to
    the document."""

    name: str
    title: str
    holds: Callable[[Stated], bool]
    fix: Mapping[Role, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element of a profile: which fact, of which components, how binding. unfit: why a family of formats cannot
    say it; aside: why a document that does not say it is not judged by it."""

    name: str
    fact: DocumentFact | ComponentFact
    level: Level = "required"
    roles: tuple[Role, ...] = ROLES
    unfit: Mapping[Family, str] = field(default_factory=dict)
    aside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named set of elements. source: the text that asks for them. applies: which documents it is for, and why not
    the others."""

    name: str
    title: str
    source: str
    elements: tuple[Element, ...]
    applies: Callable[[Statement], bool] = lambda statement: True
    otherwise: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one element. met and total count components; of the document itself total is 1. lacking: the
    components that do not say it, in the order of the document; fixes: how to have it said."""

    element: Element
    state: State
    met: int = 0
    total: int = 0
    lacking: tuple[Stated, ...] = ()
    fixes: tuple[str, ...] = ()
    why: str = ""

    @property
    def is_of_package(self) -> bool:
        """Whether it is the package alone that does not say it, and that alone was asked."""
        return self.total == 1 and [one.role for one in self.lacking] == ["package"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of a profile."""

    profile: Profile
    verdicts: tuple[Verdict, ...]

    @property
    def score(self) -> float | None:
        """The share that is met, in percent, rounded down to one decimal: the mean over the required elements that
        apply, of components by how many say it. None where nothing applies. It promises no conformity."""
        counted = [v for v in self.verdicts if v.element.level == "required" and v.state != "does not apply"]
        if not counted:
            return None
        if all(v.state == "met" for v in counted):
            return 100.0
        share = sum(v.met / v.total for v in counted if v.total) / len(counted)
        return min(int(1000 * share) / 10, 99.9)

    @property
    def holds(self) -> bool:
        """Whether the profile applies and every required element that applies is met."""
        bad = ("not met", "cannot be met")
        return self.applies and not any(v.element.level == "required" and v.state in bad for v in self.verdicts)

    @property
    def applies(self) -> bool:
        """Whether anything was asked of the document: what was not looked at is no yes."""
        return self.score is not None


def judge(profile: Profile, statement: Statement) -> Judged:
    """What a document makes of a profile. Linear in elements and components."""
    if not profile.applies(statement):
        aside = (Verdict(element=e, state="does not apply", why=profile.otherwise) for e in profile.elements)
        return Judged(profile=profile, verdicts=tuple(aside))
    return Judged(profile=profile, verdicts=tuple(_verdict(element, statement) for element in profile.elements))


def remedy(fact: DocumentFact | ComponentFact, statement: Statement, role: Role = "package") -> str:
    """How to have a fact said: in a document of ours by an option or a field of the recipe, in any other by a field of
    its format."""
    if not statement.is_ours:
        return place(fact.name, statement.family)
    return fact.fix if isinstance(fact, DocumentFact) else fact.fix[role]


def _verdict(element: Element, statement: Statement) -> Verdict:
    fact = element.fact
    reason = element.unfit.get(statement.family, "")
    if isinstance(fact, DocumentFact):
        if fact.holds(statement) and not reason:
            return Verdict(element=element, state="met", met=1, total=1)
        if reason:
            return Verdict(element=element, state="cannot be met", total=1, why=reason)
        if element.aside:
            return Verdict(element=element, state="does not apply", why=element.aside)
        return Verdict(element=element, state="not met", total=1, fixes=(remedy(fact, statement),))
    asked = [one for one in statement.components if one.role in element.roles]
    if not asked and "package" in element.roles:  # a document is of something: where it names nothing, nothing is said
        why = (
            "the document does not say what it is about" if statement.components else "the document lists no component"
        )
        return Verdict(element=element, state="cannot be met" if reason else "not met", total=1, why=reason or why)
    if not asked:
        return Verdict(element=element, state="does not apply", why="the document lists no such component")
    if reason:
        return Verdict(element=element, state="cannot be met", total=len(asked), lacking=tuple(asked), why=reason)
    lacking = tuple(one for one in asked if not fact.holds(one))
    roles = {one.role for one in lacking}
    return Verdict(
        element=element,
        state="not met" if lacking else "met",
        met=len(asked) - len(lacking),
        total=len(asked),
        lacking=lacking,
        fixes=tuple(dict.fromkeys(remedy(fact, statement, role) for role in ROLES if role in roles)),
    )
