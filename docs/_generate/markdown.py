"""Markdown for the generated pages. Knows no subject."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SPECIAL = re.compile(r"[<*\[]")
_WORDS = re.compile(r"(?<![\w-])(--[a-z][a-z-]*[a-z]|[A-Z]+_[A-Z_]*[A-Z])(?!\w)")


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; cells are Markdown already."""
    titles = list(titles)
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(text: str) -> str:
    """Text as code, on one line."""
    return f"`{' '.join(text.split())}`"


def prose(text: str) -> str:
    """Plain text as Markdown: what could be syntax is shown as it is, and words of the command line are code."""
    parts = " ".join(text.split()).split("`")  # what stands between two backquotes is code already
    parts[::2] = [_SPECIAL.sub(r"\\\g<0>", part) for part in parts[::2]]
    parts[::2] = [_WORDS.sub(r"`\1`", part) for part in parts[::2]]
    return "`".join(parts)
