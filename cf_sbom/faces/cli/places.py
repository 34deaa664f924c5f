"""Where something is, as a table on a terminal, and the paths that lead to it as trees.

Knows rich and the answers. Everything from documents is escaped first; nothing is cut, long values wrap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TextIO

from rich.table import Table
from rich.text import Text

from cf_sbom.faces.cli.terminal import console, safe
from cf_sbom.identity.matchspec import demand
from cf_sbom.index.hits import MEANING, Answer, Found, Hit, How, Link, Undecided
from cf_sbom.merging import grouped
from cf_sbom.model import Evidence

_DIM, _STRONG, _WARN = "dim", "bold", "yellow"
_NARROW = 70  # columns; below that what is one row becomes two lines
_MOST = 10  # of what is undecided or present


def render(answer: Answer, output: TextIO, *, color: str) -> None:
    """Write an answer to a terminal: a table for each way in which packages have to do with it."""
    screen = console(output, color)
    if answer.hits:
        title = f"  in {count(answer.packages, 'package')} of {answer.indexed:,}"
        screen.print(Text.assemble((safe(answer.query), _STRONG), (title, _DIM), overflow="fold"))
    for how, hits in grouped(answer.hits, lambda hit: hit.links[0].how).items():
        screen.print()
        screen.print(Text.assemble((_title(how), _STRONG), (f"  {answer.counts[how]:,}  {MEANING[how]}", _DIM)))
        screen.print(_lines(hits) if screen.width < _NARROW else _table(hits))
    if (left := answer.rows - len(answer.hits)) > 0:
        more = ", ".join(f"{number:,} {_title(how)}" for how, number in answer.counts.items())
        screen.print(Text(f"\n{left:,} more rows; --max-rows 0 shows all. In all: {more}", style=_DIM))
    if not answer.hits:
        screen.print(Text(f"{safe(answer.query)}: in no package of {answer.indexed:,}", overflow="fold"))
    if answer.present:
        screen.print(Text(f"  there are: {_versions(answer.present)}", style=_DIM, overflow="fold"))
    if answer.wider:
        screen.print(Text(f"  @{safe(answer.wider)} finds versions that begin so", style=_DIM, overflow="fold"))
    if answer.undecided:
        _undecided(answer.undecided, screen.print)
    if answer.unread:
        note = f"\n{count(answer.unread, 'package')} could not be asked: no document of them could be read"
        screen.print(Text(note, style=_WARN, overflow="fold"))
    if answer.unseen:
        note = f"\nthe contents of {count(answer.unseen, 'package')} were not looked at, and may hold it"
        screen.print(Text(note, style=_WARN, overflow="fold"))


def _table(hits: Iterable[Hit]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=0)
    for ratio in (5, 4, 5):
        table.add_column(overflow="fold", ratio=ratio)
    for hit in hits:
        table.add_row("", _package(hit), _what(hit), _evidence(hit))
    return table


def _lines(hits: Iterable[Hit]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(overflow="fold")
    for hit in hits:
        table.add_row("", _package(hit))
        for text in (_what(hit), _evidence(hit)):
            if text.plain:
                table.add_row("", Text("  ") + text)
    return table


def _package(hit: Hit) -> Text:
    package = hit.package
    name = safe(f"{package.name} {package.version}".strip() or package.artifact)
    return Text.assemble(name, (safe(f" {package.build} {package.subdir}".rstrip()), _DIM), overflow="fold")


def _what(hit: Hit) -> Text:
    """The component, unless it is the package itself, and how else the package has to do with it."""
    text = Text(overflow="fold")
    if hit.links[0].how != "is":
        found = hit.component
        kind = found.purl.partition("/")[0].removeprefix("pkg:")
        text.append(safe(f"{found.name} {found.version}".strip()))
        text.append(f" ({safe(kind)})" if kind else "", style=_DIM)
    said = filter(None, (_said(link, first=not number) for number, link in enumerate(hit.links)))
    for part in dict.fromkeys(said):
        text.append(f" {safe(part)}", style=_DIM)
    return text


def _said(link: Link, *, first: bool) -> str:
    """What is to be said of a link beside its heading."""
    words = [] if first else [f"+ {_title(link.how)}"]
    if link.specs:
        words.append(" and ".join(map(_asked, link.specs)))
    if link.scope != "runtime" and link.how not in ("built-with", "made-from"):
        words.append(f"({link.scope})")
    if link.through:
        words.append(f"through {link.through}")
    return " ".join(words)


def _asked(spec: str) -> str:
    """What a match spec says behind the name, as it is written where a blank parts them."""
    return spec.partition(" ")[2] or " ".join(filter(None, demand(spec))) or "any"


def _evidence(hit: Hit) -> Text:
    """The surest, and how many more there are."""
    if not hit.evidence:
        return Text()
    more = f" and {len(hit.evidence) - 1} more" if len(hit.evidence) > 1 else ""
    return Text(safe(told(hit.evidence[0]) + more), style=_DIM, overflow="fold")


def told(found: Evidence) -> str:
    """Evidence in one line: `lib/libx.so (binary, 0.9)`."""
    place = f"{found.path}: {found.place}" if found.place else found.path
    sure = "" if found.confidence == 1 else f", {found.confidence:g}"
    return f"{place} ({found.technique}{sure})"


def _undecided(undecided: tuple[Undecided, ...], show: Callable[[Text], None]) -> None:
    show(Text("\nmay be meant, but that cannot be decided", style=_WARN))
    for one in undecided[:_MOST]:
        name = safe(f"{one.component.name} {one.component.version}".strip())
        kind = one.component.purl.partition("/")[0].removeprefix("pkg:")
        where = f" in {count(one.packages, 'package')}: "
        show(Text.assemble("  ", name, (f" ({safe(kind)})" if kind else "", _DIM), where, (safe(one.reason), _DIM)))
    if len(undecided) > _MOST:
        show(Text(f"  and {len(undecided) - _MOST} more; --json has all", style=_DIM))


def _versions(present: tuple[Found, ...]) -> str:
    names = list(dict.fromkeys(safe(f"{found.name} {found.version}") for found in present))
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def _title(how: How) -> str:
    return how.replace("-", " ")


def count(number: int, what: str) -> str:
    """`1 package`, `1,234 packages`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
