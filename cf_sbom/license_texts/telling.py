"""Which licence a text is that of, told by how alike it is to those of the SPDX list.

Knows askalono (the extra `licenses`). Some texts are those of several ids: `-only` and `-or-later` are not told by a
text, nor is Apache's from one with a section more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from cf_sbom.errors import SettingsError
from cf_sbom.model import Text

ALIKE: Final = 0.9
"""How alike a text must be to count as that of a licence, 0 to 1. Of texts of well-known licences as projects write
them 0.90 and more is usual; of what holds several licences, or none, far less."""
MOST: Final = 300
"""How many different texts and parts of them are looked at; each takes some 0.1 s."""
_SAME: Final = (
    ("Apache-2.0", "Pixar"),  # Pixar's is Apache's with one section of its own
    ("PSF-2.0", "Python-2.0", "Python-2.0.1", "CNRI-Python"),  # the text of one holds the others
)
"""Ids whose texts are not told from each other, the usual one first."""
_VARIANT = re.compile(r"(?:-(?:no-)?invariants)?(?:-only|-or-later|\+)?$")
_COPYRIGHT = re.compile(r"^.*(?:copyright|\(c\)|©).*$", re.IGNORECASE | re.MULTILINE)
# The first line of a paragraph where the text of another licence may begin.
_BEGINS = re.compile(r"(?<=\n\n)[^\n\da-z][^\n]{0,119}(?i:copyright|licen[cs]e)")
_CUTS = 12
_SURE, _PART = 0.97, 0.95  # alike: the whole is one licence and no other; a part is one
_SHORTEST = 200  # of a licence text, in characters
_LACKING = "licence texts cannot be told without askalono: pip install 'cf_sbom[licenses]' (Python 3.11 or newer)"

Tell = Callable[[str], "tuple[str, float]"]
"""A text -> the id of the licence that it is most alike, and how alike, 0 to 1."""
Likeness = tuple[str, float]
"""The id of a licence, and how alike a text is to its own."""


def askalono() -> Tell:
    """The library's judgement. Raises SettingsError where it is not installed."""
    try:
        from askalono import identify
    except ImportError:
        raise SettingsError(_LACKING) from None

    def tell(text: str) -> tuple[str, float]:
        found = identify(text)
        return str(found.name), float(found.score)

    return tell


def family(license_: str) -> str:
    """An id without what no text tells: its exception, and whether later versions are meant."""
    return _VARIANT.sub("", license_.partition(" WITH ")[0])


def agrees(license_: str, named: set[str]) -> bool:
    """Whether a text is one of those that a field names, by families. The LGPL 3 is the GPL 3 with more permissions, so
    its packages hold both."""
    if license_ in named or (license_ == "GPL-3.0" and "LGPL-3.0" in named):
        return True
    return any(license_ in same and not named.isdisjoint(same) for same in _SAME)


def usual(license_: str, named: set[str]) -> str:
    """What people call a text: of the ids with the same text the one that the field names, else the usual; without
    `-only` or `-or-later`, which no text tells."""
    same = next((same for same in _SAME if license_ in same), (family(license_),))
    return next((one for one in same if one in named), same[0])


class Texts:
    """The licences that each text is that of, looked up once for texts that differ in blanks and copyrights alone."""

    def __init__(self, texts: Iterable[Text], tell: Tell) -> None:
        self._texts = {text.path: text for text in texts}
        self._tell = tell
        self._known: dict[str, Likeness] = {}
        self._seen: dict[str, Likeness] = {}
        self._within: dict[str, tuple[Likeness, ...]] = {}

    def of(self, path: str) -> Likeness:
        """The licence that the whole is most alike; "" for a text that is no licence's, or is not at hand."""
        if path not in self._seen:
            self._seen[path] = self._look(self._written(path))
        return self._seen[path]

    def within(self, path: str) -> tuple[Likeness, ...]:
        """All that can be told of a text: of one that holds several licences at least the first and the last."""
        if path not in self._within:
            whole = self.of(path)
            self._within[path] = (whole,) if whole[1] >= _SURE else self._parts(self._written(path), whole)
        return self._within[path]

    @property
    def told(self) -> int:
        """In how many texts a licence was recognised."""
        return len(self._seen) - len(self.untold)

    @property
    def untold(self) -> tuple[str, ...]:
        """The paths of the texts in which none was, in order."""
        return tuple(
            path for path, (license_, _) in sorted(self._seen.items()) if not license_ and not self._within.get(path)
        )

    def key(self, path: str) -> str:
        """The same for texts that differ in blanks and copyrights alone."""
        return _key(self._written(path))

    def _written(self, path: str) -> str:
        text = self._texts.get(path)
        return "" if text is None or text.truncated else text.data.decode("utf-8", "replace")

    def _parts(self, written: str, whole: Likeness) -> tuple[Likeness, ...]:
        """What the parts before and after a place are, of the first place where both are surely known licences, and
        differ; otherwise the whole, and where that is none, what any part is."""
        found = dict([whole] if whole[0] else [])
        for begin in islice(_BEGINS.finditer(written), _CUTS):
            pieces = (written[: begin.start()], written[begin.start() :])
            both = [self._look(one) if len(one) >= _SHORTEST else ("", 0.0) for one in pieces]
            if min(alike for _, alike in both) >= _PART and both[0][0] != both[1][0]:
                return tuple(both)
            if not whole[0]:
                found |= {license_: alike for license_, alike in both if license_}
        return tuple(found.items())

    def _look(self, written: str) -> Likeness:
        if not written:
            return "", 0.0
        key = _key(written)
        if key not in self._known:
            if len(self._known) >= MOST:
                return "", 0.0
            license_, alike = self._tell(written)
            self._known[key] = (license_, alike) if alike >= ALIKE else ("", alike)
        return self._known[key]


def _key(written: str) -> str:
    return " ".join(_COPYRIGHT.sub("", written).lower().split()) or written
