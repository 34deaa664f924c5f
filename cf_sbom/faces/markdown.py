"""Text of packages in Markdown, and tables of it, for comments and job summaries.

Knows what Markdown takes for syntax. Each character that could be syntax goes out as a character reference: no text can
end a cell, start a link, an image, HTML or a formula, or call a user by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cf_sbom.faces.cli.terminal import safe

COMMENT = 60_000
"""Characters of a comment; GitHub takes 65,536."""
_SYNTAX = re.compile(r"[!#$&*+<>@\[\\\]^_`{|}~]|:(?! )|(?<=www)\.|(?<=\bGH)-", re.IGNORECASE)
_CALLS = "@#-"


def cell(text: str) -> str:
    """Text on one line that a reader of Markdown shows as it is, and takes nothing in it for syntax.

    GitHub finds addresses of e-mail, `@user`, `#1` and `GH-1` after references are resolved, unless a tag stands in
    them.
    """
    return _SYNTAX.sub(_reference, safe(text))


def code(text: str) -> str:
    """The same, shown as code."""
    return f"<code>{cell(text)}</code>" if text else ""


def _reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};{'<wbr>' if found[0] in _CALLS else ''}"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are Markdown already."""
    names = list(heads)
    lines = [names, ["---"] * len(names), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def details(summary: str, content: str) -> str:
    """A part that is folded away; both are Markdown already."""
    return f"<details><summary>{summary}</summary>\n\n{content}\n</details>\n"
