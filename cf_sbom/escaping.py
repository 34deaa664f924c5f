"""Text from packages as people are shown it: nothing in it can steer a terminal, turn a line around or hide.

Knows Unicode only.
"""

from __future__ import annotations

import unicodedata

_LINES = frozenset("\n\t")


def safe(text: str) -> str:
    """Text with control, format (bidirectional), surrogate and line characters shown as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def safe_lines(text: str) -> str:
    """The same, but line feeds and tabs stay: for texts of several lines."""
    text = text.replace("\r\n", "\n")
    return "".join(character if character in _LINES else _shown(character) for character in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return character.encode("unicode_escape").decode()
    return character
