"""Patterns of names and versions in which `*` stands for any text; nothing else in them means anything."""

from __future__ import annotations


def fits(pattern: str, text: str) -> bool:
    """Whether the parts between stars stand in the text in their order, the first at its start, the last at its end.
    Linear in the text for each part."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    *middle, last = rest
    if not text.startswith(first) or not text[len(first) :].endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
