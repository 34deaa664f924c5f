"""Markdown for the generated pages. Knows no subject."""

from __future__ import annotations

import re
from collections.abc import Iterable


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; cells are Markdown already."""
    titles = list(titles)
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(text: str) -> str:
    """Text as code, on one line."""
    return f"`{' '.join(text.split())}`"


def prose(text: str) -> str:
    """Plain text as Markdown: what could be HTML is shown, and words of the command line are code."""
    text = " ".join(text.split()).replace("<", "&lt;")
    return re.sub(r"(?<![\w`-])(--[a-z][a-z-]*[a-z]|[A-Z]+_[A-Z_]*[A-Z])(?![\w`])", r"`\1`", text)
