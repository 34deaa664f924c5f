"""Texts and lists out of the tables of a binary, within limits.

Knows that tables of a hostile file lie upon each other: a text may begin inside another and a list may come back to
itself, so that a small file could tell of any amount.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from cf_sbom.fields import Remark
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError

T = TypeVar("T")
_MOSTLY = 256  # bytes in which a text ends, but for lists of paths


class Texts:
    """Texts of one file that end with a zero; each within the limit field_length, all together embedded_size."""

    __slots__ = ("_limits", "_room")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._room = limits.embedded_size

    def at(self, table: memoryview, offset: int, what: str) -> str:
        """The text at an offset of a table; what is its name in messages. Raises ParseError where it has no end or is
        too long."""
        longest = self._limits.field_length
        text, end, _ = bytes(table[offset : offset + min(longest + 1, _MOSTLY)]).partition(b"\0")
        if not end:
            text, end, _ = bytes(table[offset : offset + longest + 1]).partition(b"\0")
        if not end:
            told = f"is longer than {longest} bytes (limit field_length)" if len(text) > longest else "has no end"
            raise ParseError(f"{what} {told}")
        return self.decoded(text, what)

    def decoded(self, text: bytes, what: str) -> str:
        self._room -= len(text)
        if self._room < 0:
            raise ParseError(
                f"{what} and what is before it have more than {self._limits.embedded_size} bytes (limit embedded_size)"
            )
        return text.decode("utf-8", "backslashreplace")


def collected(items: Iterable[T], what: str, limits: Limits, remark: Remark) -> tuple[T, ...]:
    """The items up to the first that cannot be read, which is a remark, as is what goes beyond the limit
    dependencies."""
    found: list[T] = []
    try:
        for item in islice(items, limits.dependencies + 1):
            found.append(item)  # one by one, to keep those before an error
    except ParseError as error:
        remark(str(error))
    if len(found) > limits.dependencies:
        remark(f"{what}: only {limits.dependencies} are read (limit dependencies)")
    return tuple(found[: limits.dependencies])
