"""Tables in Markdown, for comments and job summaries. Text of packages is escaped, so that none of it is markup.

Knows GitHub's dialect, which GitLab and Azure read, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cf_sbom.faces.cli.terminal import safe

_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#!|~&@:$]")


def cell(text: str) -> str:
    """Text that stands for itself wherever it is put: no markup, no mention, no link, on one line."""
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", safe(text))


def code(text: str) -> str:
    """The same, shown as code."""
    return f"<code>{cell(text)}</code>" if text else ""


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are Markdown already."""
    names = list(heads)
    lines = [names, ["---"] * len(names), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def details(summary: str, content: str) -> str:
    """A part that is folded away; both are Markdown already."""
    return f"<details><summary>{summary}</summary>\n\n{content}\n</details>\n"
