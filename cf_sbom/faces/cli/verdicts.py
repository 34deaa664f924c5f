"""What `check` found as tables: on a terminal, and in Markdown for the comment of a pull request.

Knows rich and what an answer is. Text of documents is escaped in both; what is left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cf_sbom.answers.check import Answer, Unread
from cf_sbom.faces import markdown
from cf_sbom.faces.cli.checked import (
    DOCUMENT,
    LICENSES,
    NO_TEXTS,
    POLICY,
    UNCOMPARED,
    listed,
    named,
    summary,
    verdict,
)
from cf_sbom.faces.cli.terminal import console, safe
from cf_sbom.license_texts import Comparison
from cf_sbom.profiles import Judged, State, Verdict

_DIM, _STRONG = "dim", "bold"
_STYLES: dict[State, str] = {"met": "green", "not met": "red", "cannot be met": "red", "does not apply": "dim"}
_NOT_ASKED = "yellow"  # what is not met of what decides nothing
_BAD = ("not met", "cannot be met")
_UNRECOGNISED = "no licence recognised in the text"
_NAMED, _ALL = 3, 1 << 30
_MOST = 20  # breaches of each rule, and differences, unless all are asked for


def render(
    answers: Sequence[Answer],
    output: TextIO,
    *,
    color: str,
    verbose: bool,
    unread: Sequence[Unread] = (),
    others: Sequence[str] = (),
) -> None:
    """Write the answers to a terminal, the verdict of each last. unread is counted: it was told already. others:
    profiles that nobody asked for."""
    screen = console(output, color)
    for number, answer in enumerate(answers):
        if number:
            screen.print()
        title = Text(safe(answer.target.name or str(answer.target)), style=_STRONG, overflow="fold")
        screen.print(title.append(f"  {safe(answer.format)} {safe(answer.version)}", style=_DIM))
        for remark in listed(answer, DOCUMENT, None):
            screen.print(Text(safe(remark[0][0].message), style=_NOT_ASKED, overflow="fold"))
        for judged in answer.judged:
            _profile(screen, judged, judged.profile.name in answer.deciding, verbose)
        if answer.rules:
            screen.print(_heading("policy", _policy(answer), not answer.breaches))
            _list(screen, answer, POLICY, verbose)
        if answer.licenses is not None:
            screen.print(_heading("licences", _licenses(answer.licenses), not answer.licenses.differences))
            _list(screen, answer, LICENSES, verbose)
            for path in answer.licenses.unrecognised if verbose else ():
                screen.print(_indented(Text(f"{_UNRECOGNISED}: {safe(path)}", overflow="fold"), 2))
        screen.print(Text(verdict(answer), style="bold green" if answer.holds else "bold red", overflow="fold"))
    if len(answers) + len(unread) > 1:
        screen.print(Text(f"\n{summary(answers, unread)}", overflow="fold"))
    if answers and others:
        screen.print(Text(f"\nFor other measures: --profile {', '.join(others)}", style=_DIM, overflow="fold"))


def _profile(screen: Console, judged: Judged, decides: bool, verbose: bool) -> None:
    screen.print(_heading(judged.profile.name, _score(judged, decides), judged.holds))
    asked = [v for v in judged.verdicts if verbose or (v.state in _BAD and v.element.level == "required")]
    for verdicts in _alike(asked):
        _element(screen, verdicts, verbose)
    aside = [v.element.name for v in judged.verdicts if v.state in _BAD and v.element.level != "required"]
    if aside and not verbose:
        note = f"not required, and not met: {', '.join(aside)} (-v tells more)"
        screen.print(_indented(Text(note, style=_DIM, overflow="fold"), 2))


def _alike(verdicts: Iterable[Verdict]) -> Iterable[list[Verdict]]:
    """Together what is so of the same components, for the same reason and with the same thing to do."""
    found: dict[tuple[object, ...], list[Verdict]] = {}
    for one in verdicts:
        told = (one.state, one.element.level, one.why, tuple(c.ref for c in one.lacking), one.fixes)
        key = told if one.why or one.lacking else (one.element.name,)
        found.setdefault(key, []).append(one)
    return found.values()


def _element(screen: Console, verdicts: list[Verdict], verbose: bool) -> None:
    first = verdicts[0]
    level = first.element.level
    names = ", ".join(one.element.name for one in verdicts)
    style = _STYLES[first.state] if level == "required" or first.state == "met" else _NOT_ASKED
    title = first.element.fact.title
    notes: list[str] = [level] if level != "required" else []
    if len(verdicts) == 1 and title.replace("licence", "license") != names:
        notes.insert(0, title)
    shown = f" ({'; '.join(notes)})" if notes else ""
    head = Text(f"{names}{shown}: ", overflow="fold")
    screen.print(_indented(head.append(f"{first.state}{_share(first)}", style=style), 2))
    if first.lacking and not first.is_of_package:
        components = safe(named(first, _ALL if verbose else _NAMED, short=True))
        screen.print(_indented(Text(components, style=_DIM, overflow="fold"), 6))
    for line in (first.why, *(f"→ {fix}" for fix in first.fixes)):
        if line:
            screen.print(_indented(Text(safe(line), overflow="fold"), 6))


def _indented(text: Text, by: int) -> Padding:
    return Padding(text, (0, 0, 0, by), expand=False)


def _heading(name: str, note: str, good: bool) -> Text:
    return Text.assemble((name, _STRONG), ("  ", ""), (safe(note), "green" if good else "red"), overflow="fold")


def _list(screen: Console, answer: Answer, part: str, verbose: bool) -> None:
    for shown, more in listed(answer, part, None if verbose else _MOST):
        if shown[0].name == UNCOMPARED and not verbose:
            continue  # counted in the heading
        for one in shown:
            about = "the package" if one.component == answer.package else one.component
            said = Text(f"{one.name or 'differs'}: ", overflow="fold")
            said.append(safe(f"{about}: {one.message}" if about else one.message))
            screen.print(_indented(said, 2))
            if one.place:
                screen.print(_indented(Text(safe(one.place), style=_DIM, overflow="fold"), 6))
        if more:
            screen.print(_indented(Text(f"{more} more; -v lists them", style=_DIM), 6))


def _score(judged: Judged, decides: bool) -> str:
    note = "" if decides else ", does not decide"
    if judged.score is None:
        return f"does not apply: {judged.profile.otherwise or 'nothing is asked of this document'}{note}"
    return f"{judged.score:g} % of what is required is met{note}"


def _share(verdict: Verdict) -> str:
    return f" ({verdict.met} of {verdict.total} have it)" if verdict.lacking and not verdict.is_of_package else ""


def _policy(answer: Answer) -> str:
    """Also what the policy demands: what it is silent about was not looked at."""
    count = len(answer.breaches)
    verdict = f"{count} breach{'' if count == 1 else 'es'}" if count else "holds"
    return f"{verdict}; demanded: {', '.join(answer.rules)}"


def _licenses(found: Comparison) -> str:
    count, aside = len(found.differences), len(found.uncompared)
    told = f"a licence was recognised in {found.told} of {found.texts} texts" if found.texts else NO_TEXTS
    rest = f"; {aside} could not be compared" if aside else ""
    return f"{count} difference{'' if count == 1 else 's'}; {told}{rest}"


def markdown_text(answers: Iterable[Answer], *, verbose: bool, unread: Sequence[Unread] = ()) -> str:
    """The answers as Markdown, short enough for a comment; what could not be read first."""
    parts: list[str] = []
    left = markdown.COMMENT
    if unread:
        rows = ((markdown.code(str(one.target)), markdown.cell(one.reason)) for one in unread[:_MOST])
        more = f"\n{len(unread) - _MOST} more could not be read.\n" if len(unread) > _MOST else ""
        parts.append(f"### {len(unread)} could not be read\n\n{markdown.table(('Target', 'Reason'), rows)}{more}")
        left -= len(parts[0])
    answers = list(answers)
    for number, answer in enumerate(answers):
        part = "".join(_parts(answer, verbose))
        if len(part) > left - 200:
            rest = len(answers) - number
            parts.append(f"\n{rest} more documents do not fit here.\n" if rest > 1 or parts else _short(answer))
            break
        parts.append(part)
        left -= len(part)
    return "\n".join(parts)


def _parts(answer: Answer, verbose: bool) -> Iterator[str]:
    word, _, what = verdict(answer).partition(": ")
    name = markdown.code(answer.target.name or str(answer.target))
    yield f"### {name}: {word if answer.holds else f'**{word}**'}\n\n{markdown.cell(what)}\n"
    for shown, _ in listed(answer, DOCUMENT, None):
        yield f"\n{markdown.cell(shown[0].message)}\n"
    rows = [
        (markdown.cell(j.profile.name), markdown.cell(_score(j, j.profile.name in answer.deciding)))
        for j in answer.judged
    ]
    if answer.rules:
        rows.append(("policy", _policy(answer)))
    if answer.licenses is not None:
        rows.append(("licences", _licenses(answer.licenses)))
    yield "\n" + markdown.table(("Asked", "Answer"), rows)
    for judged in answer.judged:
        lacking = [v for v in judged.verdicts if verbose or v.state in ("not met", "cannot be met")]
        if lacking:
            lines = (_row(verdict, _ALL if verbose else _NAMED) for verdict in lacking)
            heads = ("Element", "State", "Components", "What to do")
            yield "\n" + markdown.details(markdown.cell(judged.profile.name), markdown.table(heads, lines))
    wrong = [row for part in (POLICY, LICENSES) for row in _wrong(answer, part, None if verbose else _MOST)]
    if answer.licenses is not None and verbose:
        wrong += (("licences", "", _UNRECOGNISED, markdown.code(path)) for path in answer.licenses.unrecognised)
    if wrong:
        yield "\n" + markdown.table(("Rule", "Component", "What is wrong", "Where"), wrong)


def _wrong(answer: Answer, part: str, most: int | None) -> Iterator[tuple[str, str, str, str]]:
    for shown, more in listed(answer, part, most):
        if shown[0].name == UNCOMPARED and most is not None:
            continue
        for one in shown:
            place = markdown.code(one.place)
            yield one.name or "licences", markdown.code(one.component), markdown.cell(one.message), place
        if more:
            yield shown[0].name or "licences", "", f"{more} more", ""


def _row(verdict: Verdict, most: int) -> tuple[str, str, str, str]:
    level = "" if verdict.element.level == "required" else f" ({verdict.element.level})"
    return (
        markdown.cell(f"{verdict.element.name}{level}"),
        markdown.cell(f"{verdict.state}{_share(verdict)}"),
        "the package" if verdict.is_of_package else markdown.cell(named(verdict, most)) if verdict.lacking else "",
        markdown.cell("; ".join(filter(None, (verdict.why, *verdict.fixes)))),
    )


def _short(answer: Answer) -> str:
    word = "yes" if answer.holds else "**no**"
    return f"### {markdown.code(answer.target.name)}: {word}\n\nThe details do not fit here.\n"
