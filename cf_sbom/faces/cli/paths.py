"""The paths that lead to a component, on a terminal.

Knows rich and the answer. Everything from documents is escaped first; nothing is cut, long values wrap.
"""

from __future__ import annotations

from typing import TextIO

from rich.table import Table
from rich.text import Text

from cf_sbom.answers.why import Explanation, Reason, Step
from cf_sbom.faces.cli.places import told
from cf_sbom.faces.cli.terminal import console, safe
from cf_sbom.merging import evidence_of
from cf_sbom.model import Component, RelationKind

_DIM, _STRONG, _WARN = "dim", "bold", "yellow"
_EVIDENCE = 3  # pieces of one component
WORDS: dict[RelationKind, str] = {
    "contains": "contains",
    "depends_on": "depends on",
    "links_to": "links to",
    "static_link": "has linked in",
    "static_candidate": "may contain",
    "built_from": "was built from",
    "build_tool": "was built by",
    "host": "was built against",
    "upstream_of": "is, upstream,",
    "patched_by": "was patched by",
    "constrains": "restricts",
}


def render(found: Explanation, output: TextIO, *, color: str) -> None:
    """Write the paths to a terminal."""
    screen = console(output, color)
    subject, root = found.sbom.subject, found.sbom.root_component
    build = safe(f"  {subject.build}  {subject.subdir}").rstrip()
    screen.print(Text.assemble((_name(root), _STRONG), (build, _DIM), overflow="fold"))
    if not found.reasons:
        screen.print(Text(f"  has no {safe(found.query)}", overflow="fold"))
    for reason in found.reasons:
        screen.print()
        screen.print(
            Text.assemble((_name(reason.component), _STRONG), (_kind(reason.component), _DIM), overflow="fold")
        )
        screen.print(_table(found, reason))
    if found.unseen:
        screen.print(Text("\nits contents were not looked at, and may hold it", style=_WARN, overflow="fold"))
    for component, why in found.undecided:
        text = f"\n{_name(component)}{_kind(component)}: may be meant, but that cannot be decided: {safe(why)}"
        screen.print(Text(text, style=_WARN, overflow="fold"))


def _table(found: Explanation, reason: Reason) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", min_width=3)
    table.add_column(overflow="fold")
    if not reason.paths:
        table.add_row("", Text("is named in the document, which does not say how the package comes to it", style=_WARN))
    for number, path in enumerate(reason.paths, 1):
        if not path:
            table.add_row("", "is the package itself")
        for place, step in enumerate(path):
            table.add_row(Text(f"{number}." if not place else "", style=_DIM), _step(step, place))
            for evidence in [e for relation in step.relations for e in relation.evidence][:_EVIDENCE]:
                table.add_row("", Text(f"{'  ' * (place + 1)}{safe(told(evidence))}", style=_DIM, overflow="fold"))
    if reason.more:
        table.add_row("", Text("there are more paths; --max-paths shows more", style=_DIM))
    if reason.component.ref != found.sbom.root:
        seen = sorted(evidence_of(reason.component), key=lambda e: (-e.confidence, e))
        for evidence in seen[:_EVIDENCE]:
            table.add_row("", Text(f"seen in {safe(told(evidence))}", style=_DIM, overflow="fold"))
        if len(seen) > _EVIDENCE:
            table.add_row("", Text(f"and in {len(seen) - _EVIDENCE} more places; --json has all", style=_DIM))
    return table


def _step(step: Step, place: int) -> Text:
    """`contains left-pad 1.3.0 (npm)`, with specs and scope."""
    words = dict.fromkeys(
        WORDS[r.kind] + (f" ({r.scope})" if r.scope not in ("runtime", "build") else "") for r in step.relations
    )
    text = Text("  " * place + " and ".join(words) + " ", overflow="fold")
    text.append(_name(step.target))
    text.append(_kind(step.target), style=_DIM)
    for spec in dict.fromkeys(spec for relation in step.relations for spec in relation.specs):
        text.append(f"  {safe(spec)}", style=_DIM)
    return text


def _name(component: Component) -> str:
    return safe(f"{component.name} {component.version}".strip())


def _kind(component: Component) -> str:
    kind = component.purl.partition("/")[0].removeprefix("pkg:")
    return f" ({safe(kind)})" if kind else ""
