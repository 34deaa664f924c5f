"""A difference as tables: on a terminal, and in Markdown for the comment of a pull request.

Knows rich and what a difference is. Text of packages is escaped in both; what is left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cf_sbom.answers.diff import Action, Change, ChangeKind, Difference
from cf_sbom.comparable import Side
from cf_sbom.faces import markdown
from cf_sbom.faces.cli.terminal import console, safe, size

_DIM, _STRONG = "dim", "bold"
_SIGNS: dict[Action, tuple[str, str]] = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
TITLES: dict[ChangeKind, str] = {
    "package": "Package",
    "license": "Licences",
    "component": "Carried components",
    "bundled": "Bundled libraries",
    "static": "Libraries linked in",
    "candidate": "May carry",
    "dependency": "Dependencies",
    "constraint": "Constraints",
    "run_exports": "Exports to dependents",
    "linkage": "Linked libraries",
    "binary": "Binaries",
    "source": "Sources",
    "patch": "Patches",
    "script": "Scripts that run by themselves",
    "program": "Programs",
    "file": "Files",
    "build": "Build and host packages",
    "problem": "Problems",
}
_CALLED_OUT: tuple[ChangeKind, ...] = ("script", "program")
_SUMMED: tuple[ChangeKind, ...] = ("build", "file")  # many, and seldom read one by one
_NARROW, _AROUND = 60, 9  # columns, and those of them that sign and padding take
_MOST = 40  # rows of a table unless all are asked for


def render(found: Difference, output: TextIO, *, called: tuple[str, str], color: str, verbose: bool) -> None:
    """Write a difference to a terminal, or to a pipe, where lines end without blanks. called: what the two are called
    where they have one name, version and build."""
    screen = console(output, color)
    if screen.is_terminal:
        _render(found, screen, called, verbose)
        return
    with screen.capture() as told:
        _render(found, screen, called, verbose)
    output.write("\n".join(line.rstrip(" ") for line in told.get().split("\n")))


def _render(found: Difference, screen: Console, called: tuple[str, str], verbose: bool) -> None:
    old, new = _names(found, called)
    screen.print(Text.assemble((old, _STRONG), "  →  ", (new, _STRONG), overflow="fold"))
    if not found.changes:
        screen.print("no change in what was compared")
    for kind, changes in found.by_kind().items():
        shown = changes if verbose else [] if kind in _SUMMED else changes[:_MOST]
        screen.print()
        title = [(TITLES[kind], _STRONG), (f"  {_counts(changes)}", _DIM)]
        if kind in _CALLED_OUT:
            title[0] = (TITLES[kind], "bold magenta")
        screen.print(Text.assemble(*title))
        if shown:
            screen.print(_table(shown, screen.width))
        if len(shown) < len(changes):
            screen.print(Text(f"  {len(changes) - len(shown)} more; -v lists them", style=_DIM))
    if sizes := list(_sizes(found)):
        screen.print()
        screen.print(Text("Payload", style=_STRONG))
        grid = Table.grid(padding=(0, 2))
        for role, before, after in sizes:
            grid.add_row(Text(f"  {role}"), Text(before, justify="right"), "→", Text(after))
        screen.print(grid)
    if found.skipped:
        screen.print()
    for reason in found.skipped:
        screen.print(Text(f"not compared: {safe(str(reason))}", style=_DIM, overflow="fold"))


def _table(changes: list[Change], width: int) -> Table:
    """What is said of each stands beside its name, or below it where the screen is too narrow for both."""
    longest = (max(map(len, texts)) for texts in zip(*((c.name, _said(c)) for c in changes), strict=True))
    is_narrow = width < _NARROW and sum(longest) + _AROUND > width
    table = Table.grid(padding=(0, 2))
    table.add_column(width=3, justify="right")
    for ratio in (1,) if is_narrow else (2, 3):
        table.add_column(overflow="fold", ratio=ratio)
    for change in changes:
        sign, style = _SIGNS[change.action]
        said = Text(safe(_said(change)), overflow="fold")
        if change.note:
            said.append(f"  {safe(change.note)}", style=_DIM)
        row = (Text(sign, style=style), Text(safe(change.name), overflow="fold"))
        if is_narrow:
            table.add_row(*row)
            table.add_row("", Padding(said, (0, 0, 0, 2)))
        else:
            table.add_row(*row, said)
    return table


def markdown_text(found: Difference, *, called: tuple[str, str], verbose: bool) -> str:
    """The difference as Markdown, short enough for a comment; unless verbose, files and build packages are counted.
    called: as for render()."""
    parts = ["### {} → {}\n".format(*map(markdown.code, _names(found, called)))]
    if not found.changes:
        parts.append("\nNo change in what was compared.\n")
    else:
        rows = ([TITLES[kind], _counts(changes)] for kind, changes in found.by_kind().items())
        parts.append("\n" + markdown.table(("What", "Changes"), rows))
    left = markdown.COMMENT - sum(map(len, parts))
    for kind, changes in found.by_kind().items():
        if kind in _SUMMED and not verbose:
            continue
        part, left = _part(kind, changes, left)
        parts.append(part)
    if sizes := list(_sizes(found)):
        parts.append("\n" + markdown.details("Payload", markdown.table(("Attributed to", "Before", "After"), sizes)))
    parts += (f"\nNot compared: {markdown.cell(str(reason))}\n" for reason in found.skipped)
    return "".join(parts)


def _part(kind: ChangeKind, changes: list[Change], left: int) -> tuple[str, int]:
    """A table of what fits, and how many characters are left then."""
    rows, used = [], 0
    for change in changes:
        row = [
            _SIGNS[change.action][0].replace("-", "−"),
            markdown.code(change.name),
            markdown.cell(_said(change)),
            markdown.cell(change.note),
        ]
        used += sum(map(len, row)) + 13
        if used > left - 500:
            break
        rows.append(row)
    content = markdown.table(("", "Name", "Change", "Where"), rows) if rows else ""
    if len(rows) < len(changes):
        content += f"\n{len(changes) - len(rows)} more do not fit here.\n"
    title = f"{TITLES[kind]} ({_counts(changes)})"
    if kind in _CALLED_OUT:
        return f"\n**{title}**\n\n{content}", left - used
    return "\n" + markdown.details(title, content), left - used


def _said(change: Change) -> str:
    return f"{change.before} → {change.after}" if change.action == "changed" else change.before or change.after


def _counts(changes: Iterable[Change]) -> str:
    """`2 added, 1 changed`."""
    actions = [change.action for change in changes]
    return ", ".join(f"{actions.count(action)} {action}" for action in _SIGNS if action in actions)


def _sizes(found: Difference) -> Iterator[tuple[str, str, str]]:
    """What has another size, as people read it."""
    told = ((role, size(before), size(after)) for role, (before, after) in found.sizes.items())
    yield from (one for one in told if one[1] != one[2])


def _names(found: Difference, called: tuple[str, str]) -> tuple[str, str]:
    """Both by name, version and build; by what they are called, too, where these are the same."""
    old, new = _name(found.old), _name(found.new)
    return (f"{old} ({safe(called[0])})", f"{new} ({safe(called[1])})") if old == new else (old, new)


def _name(one: Side) -> str:
    return safe(" ".join(filter(None, (one.name, one.version, one.build, one.subdir))))
