"""Text from packages on a terminal: escaped, so that nothing of a package can steer it; and standard error.

Knows terminals only.
"""

from __future__ import annotations

import sys
import unicodedata


def safe(text: str) -> str:
    """Text with control, format (bidirectional), surrogate and line characters shown as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return character.encode("unicode_escape").decode()
    return character


def say(line: str) -> None:
    """One line on standard error."""
    try:
        print(safe(line), file=sys.stderr)
    except UnicodeEncodeError:
        print(safe(line).encode("ascii", "backslashreplace").decode(), file=sys.stderr)
