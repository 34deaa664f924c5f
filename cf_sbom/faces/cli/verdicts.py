"""What `check` found as tables: on a terminal, and in Markdown for the comment of a pull request.

Knows rich and what an answer is. Text of documents is escaped in both; what is left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cf_sbom.answers.check import Answer
from cf_sbom.faces import markdown
from cf_sbom.faces.cli.checked import LICENSES, POLICY, listed, named
from cf_sbom.faces.cli.terminal import console, safe
from cf_sbom.license_texts import Comparison
from cf_sbom.profiles import Judged, State, Verdict

_DIM, _STRONG = "dim", "bold"
_STYLES: dict[State, str] = {"met": "green", "not met": "red", "cannot be met": "red", "does not apply": "dim"}
_NOT_ASKED = "yellow"  # what is not met of what decides nothing
_NAMED, _ALL = 3, 1 << 30
_MOST = 20  # breaches of each rule, and differences, unless all are asked for


def render(answers: Sequence[Answer], output: TextIO, *, color: str, verbose: bool, others: Sequence[str] = ()) -> None:
    """Write the answers to a terminal, the verdict of each last. others: profiles that nobody asked for."""
    screen = console(output, color)
    for number, answer in enumerate(answers):
        if number:
            screen.print()
        title = Text(safe(answer.target.name or str(answer.target)), style=_STRONG, overflow="fold")
        screen.print(title.append(f"  {safe(answer.format)} {safe(answer.version)}", style=_DIM))
        for judged in answer.judged:
            _profile(screen, judged, judged.profile.name in answer.deciding, verbose)
        if answer.rules:
            screen.print(_heading("policy", _policy(answer), not answer.breaches))
            _list(screen, answer, POLICY, verbose)
        if answer.licenses is not None:
            screen.print(_heading("licences", _licenses(answer.licenses), not answer.licenses.differences))
            _list(screen, answer, LICENSES, verbose)
        screen.print(Text("yes" if answer.holds else "no", style="bold green" if answer.holds else "bold red"))
    if answers and others:
        screen.print(Text(f"\nFor other measures: --profile {', '.join(others)}", style=_DIM, overflow="fold"))


def _profile(screen: Console, judged: Judged, decides: bool, verbose: bool) -> None:
    screen.print(_heading(judged.profile.name, _score(judged, decides), judged.holds))
    shown = [v for v in judged.verdicts if verbose or v.state in ("not met", "cannot be met")]
    if not shown:
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold", ratio=2)
    table.add_column(overflow="fold", ratio=2)
    table.add_column(overflow="fold", ratio=6)
    for verdict in shown:
        level = "" if verdict.element.level == "required" else f" ({verdict.element.level})"
        style = _STYLES[verdict.state] if not level or verdict.state == "met" else _NOT_ASKED
        state = Text(f"{verdict.state}{_share(verdict)}", style=style, overflow="fold")
        said = Text(verdict.element.fact.title, overflow="fold")
        if verdict.lacking and not verdict.is_of_package:  # which stands above the table
            said.append(f"\n{safe(named(verdict, _ALL if verbose else _NAMED))}", style=_DIM)
        for line in (verdict.why, *(f"→ {fix}" for fix in verdict.fixes)):
            if line:
                said.append(f"\n{safe(line)}")
        table.add_row(Text(f"  {verdict.element.name}{level}", overflow="fold"), state, said)
    screen.print(table)


def _heading(name: str, note: str, good: bool) -> Text:
    return Text.assemble((name, _STRONG), ("  ", ""), (safe(note), "green" if good else "red"), overflow="fold")


def _list(screen: Console, answer: Answer, part: str, verbose: bool) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold", ratio=1)
    table.add_column(overflow="fold", ratio=8)
    for shown, more in listed(answer, part, None if verbose else _MOST):
        for one in shown:
            said = Text(safe(one.text), overflow="fold")
            if one.place:
                said.append(f"  {safe(one.place)}", style=_DIM)
            table.add_row(Text(f"  {one.name or 'differs'}", overflow="fold"), said)
        if more:
            table.add_row("", Text(f"{more} more; -v lists them", style=_DIM))
    if table.rows:
        screen.print(table)


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
    count, texts = len(found.differences), found.told + found.untold
    return f"{count} difference{'' if count == 1 else 's'}; a licence was recognised in {found.told} of {texts} texts"


def markdown_text(answers: Iterable[Answer], *, verbose: bool) -> str:
    """The answers as Markdown, short enough for a comment."""
    parts: list[str] = []
    left = markdown.COMMENT
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
    verdict = "yes" if answer.holds else "**no**"
    yield f"### {markdown.code(answer.target.name or str(answer.target))}: {verdict}\n"
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
    if wrong:
        yield "\n" + markdown.table(("Rule", "Component", "What is wrong", "Where"), wrong)


def _wrong(answer: Answer, part: str, most: int | None) -> Iterator[tuple[str, str, str, str]]:
    for shown, more in listed(answer, part, most):
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
    verdict = "yes" if answer.holds else "**no**"
    return f"### {markdown.code(answer.target.name)}: {verdict}\n\nThe details do not fit here.\n"
