"""What `check` found as plain data: JSON (schemas/check.schema.json), and the findings that every other form lists.

Knows answers. A finding is one thing that is wrong, with what it is about and what can be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from cf_sbom.about import NAME, VERSION
from cf_sbom.answers.check import Answer, Unread
from cf_sbom.license_texts import Difference
from cf_sbom.policies.judging import RULES
from cf_sbom.profiles import Judged, Verdict

DOCUMENT, POLICY, LICENSES = "document", "policy", "licenses"
UNCOMPARED = "uncompared"
AGREE = "licence fields and texts agree"
NO_TEXTS = "no licence text to compare"
COMPARED = "all that says a licence can be compared"
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """part is the name of a profile, DOCUMENT, POLICY or LICENSES, name the element or the demand. decides: whether it
    makes the answer no. component and place are what it is about, lacking the components that do not say an element."""

    part: str
    name: str = ""
    title: str
    message: str
    decides: bool = True
    component: str = ""
    place: str = ""
    lacking: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """`<profile>/<element>`, `policy/<demand>` or `licenses`."""
        return f"{self.part}/{self.name}" if self.name else self.part

    @property
    def text(self) -> str:
        """What it is about, and what is wrong with it."""
        return f"{self.component}: {self.message}" if self.component else self.message


def findings(answer: Answer) -> Iterator[Finding]:
    """All that is not as asked, in the order of the answer."""
    if answer.unreached:
        few = answer.unreached == 1
        yield Finding(
            part=DOCUMENT,
            name="unreached",
            title="relations lead to every package",
            message=f"{answer.unreached} package{' is' if few else 's are'} reached from nothing;"
            f" {'it counts as a dependency' if few else 'they count as dependencies'}",
            decides=False,
        )
    for judged in answer.judged:
        yield from _of_profile(judged, judged.profile.name in answer.deciding)
    for one in answer.breaches:
        yield Finding(
            part=POLICY,
            name=one.rule,
            title=RULES[one.rule],
            message=one.message,
            component=one.component,
            place=one.place,
        )
    for differs in answer.licenses.differences if answer.licenses else ():
        yield Finding(
            part=LICENSES, title=AGREE, message=differs.message, component=differs.component, place=differs.place
        )
    for aside in answer.licenses.uncompared if answer.licenses else ():
        yield Finding(
            part=LICENSES,
            name=UNCOMPARED,
            title=COMPARED,
            message=aside.message,
            decides=False,
            component=aside.component,
            place=aside.place,
        )


def verdict(answer: Answer) -> str:
    """`yes` or `no`, and what says so."""
    good: list[str] = []
    bad: list[str] = []
    for judged in answer.judged:
        name = judged.profile.name
        if name in answer.deciding:
            word = "is met" if judged.holds else "is not met" if judged.applies else "does not apply"
            (good if judged.holds else bad).append(f"{name} {word}")
    if answer.rules:
        (bad if answer.breaches else good).append(f"the policy {'does not hold' if answer.breaches else 'holds'}")
    if answer.licenses is not None:
        differs = answer.licenses.differences
        agree = "no licences differ" if answer.licenses.texts else NO_TEXTS
        (bad if differs else good).append("licences differ" if differs else agree)
    return f"{'yes' if answer.holds else 'no'}: {', '.join(good if answer.holds else bad)}"


def summary(answers: Sequence[Answer], unread: Sequence[Unread]) -> str:
    """How many of which."""
    yes = sum(answer.holds for answer in answers)
    rest = f", {len(unread)} could not be read" if unread else ""
    return f"{len(answers) + len(unread)} targets: {yes} yes, {len(answers) - yes} no{rest}"


def _of_profile(judged: Judged, decides: bool) -> Iterator[Finding]:
    name = judged.profile.name
    if not judged.applies:
        message = f"does not apply: {judged.profile.otherwise}"
        yield Finding(part=name, title="the profile applies to the document", message=message, decides=decides)
    for verdict in judged.verdicts:
        if verdict.state in ("not met", "cannot be met"):
            element = verdict.element
            yield Finding(
                part=name,
                name=element.name,
                title=element.fact.title,
                message=f"{element.fact.title}: {told(verdict)}",
                decides=decides and element.level == "required",
                lacking=tuple(one.title for one in verdict.lacking),
            )


def listed(answer: Answer, part: str, most: int | None) -> Iterator[tuple[list[Finding], int]]:
    """The findings of a part by what demands them, so that many of one hide none of another: at most so many of each,
    and how many are left out."""
    by_name: dict[str, list[Finding]] = {}
    for one in findings(answer):
        if one.part == part:
            by_name.setdefault(one.name, []).append(one)
    for found in by_name.values():
        yield found[:most], len(found[most:]) if most is not None else 0


def told(verdict: Verdict, most: int = _NAMED) -> str:
    """What is to be said of an element that is not met, in one line, with at most so many components."""
    parts: list[str] = [verdict.state]
    if verdict.is_of_package:
        parts = [f"{verdict.state} by the package"]
    elif verdict.lacking:
        parts = [f"{verdict.state} by {len(verdict.lacking)} of {verdict.total} components ({named(verdict, most)})"]
    return "; ".join([*parts, *(filter(None, (verdict.why,))), *verdict.fixes])


def named(verdict: Verdict, most: int, *, short: bool = False) -> str:
    """The components that do not say it, at most so many. short: the package without its name."""
    shown = ["the package" if short and one.role == "package" else one.title for one in verdict.lacking[:most]]
    rest = len(verdict.lacking) - len(shown)
    return ", ".join([*shown, *([f"{rest} more"] if rest else [])])


def to_json(answers: Iterable[Answer], unread: Iterable[Unread] = ()) -> bytes:
    """All answers for machines."""
    data = {
        "tool": NAME,
        "version": VERSION,
        "results": [_result(answer) for answer in answers],
        "unreadable": [{"target": str(one.target), "reason": one.reason} for one in unread],
    }
    return orjson.dumps(encodable(data), option=orjson.OPT_INDENT_2)


def _result(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {
        "target": str(answer.target),
        "format": answer.format,
        "version": answer.version,
        "package": answer.package,
        "holds": answer.holds,
        "unreached": answer.unreached,
        "profiles": [_profile(judged, answer) for judged in answer.judged],
        "policy": {
            "rules": list(answer.rules),
            "breaches": [
                {"rule": b.rule, "message": b.message}
                | ({"component": b.component} if b.component else {})
                | ({"place": b.place} if b.place else {})
                for b in answer.breaches
            ],
        },
    }
    if answer.licenses is not None:
        found["licenses"] = {
            "told": answer.licenses.told,
            "untold": answer.licenses.untold,
            "differences": [_difference(one) for one in answer.licenses.differences],
            "uncompared": [_difference(one) for one in answer.licenses.uncompared],
            "unrecognised": list(answer.licenses.unrecognised),
        }
    return found


def _difference(one: Difference) -> dict[str, str]:
    return {"component": one.component, "message": one.message} | ({"place": one.place} if one.place else {})


def _profile(judged: Judged, answer: Answer) -> dict[str, Any]:
    return {
        "name": judged.profile.name,
        "title": judged.profile.title,
        "score": judged.score,
        "holds": judged.holds,
        "decides": judged.profile.name in answer.deciding,
        "elements": [_element(verdict) for verdict in judged.verdicts],
    }


def _element(verdict: Verdict) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": verdict.element.name,
        "title": verdict.element.fact.title,
        "level": verdict.element.level,
        "state": verdict.state,
        "met": verdict.met,
        "total": verdict.total,
        "lacking": [{"ref": one.ref, "title": one.title, "role": one.role} for one in verdict.lacking],
        "fixes": list(verdict.fixes),
    }
    return found | ({"why": verdict.why} if verdict.why else {})


def encodable(value: Any) -> Any:
    """Text that is no Unicode, such as a path of other bytes, is shown as \\xNN."""
    if isinstance(value, dict):
        return {key: encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encodable(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return value
