"""One pass over the read-only data of a binary: which banners of the table are in it.

Knows how the table is searched: all anchors at once with an Aho-Corasick automaton, chunk by chunk so that the places
found at one time are bounded, and the pattern of a banner only around its anchor.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

from cf_sbom.banners import WORD, Banner, Hit, Library
from cf_sbom.banners.libraries import LIBRARIES
from cf_sbom.fields import Remark
from cf_sbom.limits import MIB

CHUNK = MIB
MOST_PLACES = 1_000_000
"""Places of all anchors in one binary; a large one has some thousands."""
MOST_TRIED = 4096
"""Places of one anchor where its pattern is tried."""
MOST_VERSIONS = 16
"""Versions of one banner that are told; a sound binary has one or two."""
_LONGEST_TEXT = 160
_BEFORE = re.compile(rb"[" + WORD + rb"]")
_Section = tuple[int, memoryview]


def find_banners(sections: Iterable[tuple[int, memoryview]], remark: Remark) -> tuple[Hit, ...]:
    """The libraries that the texts of one binary name, in the order of the table, each version of a banner once with
    its first place.

    sections are those that hold data, neither code nor tables of symbols, each with its offset in the file: constants,
    and what is initialised (some versions are variables). Several versions of a library are several hits; so are
    several banners that tell the same one. A binary of which not all is searched is a remark.
    """
    return _finder().find(sections, remark)


@lru_cache(maxsize=1)
def _finder() -> Finder:
    return Finder(LIBRARIES)


class Finder:
    """The table, ready to be searched for."""

    def __init__(self, libraries: Sequence[Library]) -> None:
        self._rows = [(library, banner) for library in libraries for banner in library.banners]
        self._patterns: dict[int, re.Pattern[bytes]] = {}  # compiled when first tried: most packages need a few
        anchors: dict[bytes, list[int]] = {}
        for number, (_, banner) in enumerate(self._rows):
            anchors.setdefault(banner.anchor, []).append(number)
            if banner.needs:
                anchors.setdefault(banner.needs, [])
        self._anchors = tuple(anchors)
        self._users = tuple(anchors.values())

    @cached_property
    def _search(self) -> _Search:
        return _Search(self._anchors)

    def find(self, sections: Iterable[tuple[int, memoryview]], remark: Remark) -> tuple[Hit, ...]:
        """As find_banners."""
        kept = tuple(sections)
        present: set[bytes] = set()
        tried: Counter[int] = Counter()
        found: dict[int, dict[str, Hit]] = defaultdict(dict)
        for start, data, anchor, place in self._search.places(kept, remark):
            present.add(self._anchors[anchor])
            for row in self._users[anchor]:
                tried[row] += 1
                if tried[row] <= MOST_TRIED and len(found[row]) < MOST_VERSIONS:
                    hit = self._tried(row, start, data, place)
                    if hit is not None:
                        found[row].setdefault(hit.version, hit)
        hits = [hit for row in sorted(found) for hit in found[row].values()]
        names = {hit.library.name for hit in hits}
        apart = _Apart(kept)
        sound = [apart.resolved(hit) for hit in hits if _fits(hit.banner, present, names)]
        told = {hit.library.name for hit in sound if hit.version}
        return tuple(hit for hit in sound if hit.version or hit.library.name not in told)

    def _tried(self, row: int, start: int, data: memoryview, place: int) -> Hit | None:
        library, banner = self._rows[row]
        pattern = self._patterns.get(row)
        if pattern is None:
            pattern = self._patterns[row] = re.compile(banner.expression, re.DOTALL)
        match = _nearest(pattern, data, place, banner)
        if match is None:
            return None
        group = "version" if "version" in match.re.groupindex else 0
        return Hit(
            library=library,
            banner=banner,
            version=_told(banner, match["version"]) if group else "",
            offset=start + match.start(group),
            text=_printable(match[0]),
        )


class _Search:
    """The automaton over all anchors."""

    def __init__(self, anchors: Sequence[bytes]) -> None:
        import ahocorasick_rs  # of compiled code, so only where a binary is really searched

        self._automaton = ahocorasick_rs.BytesAhoCorasick(anchors, implementation=ahocorasick_rs.Implementation.DFA)
        self._overlap = max(map(len, anchors)) - 1

    def places(self, sections: Iterable[_Section], remark: Remark) -> Iterator[tuple[int, memoryview, int, int]]:
        """Each anchor at each place where it begins: the section, the number of the anchor, and the place in it."""
        room = MOST_PLACES
        for start, data in sections:
            for anchor, place in self._inside(data):
                if not room:
                    remark(f"more than {MOST_PLACES} texts look like those of libraries; the rest is not searched")
                    return
                room -= 1
                yield start, data, anchor, place

    def _inside(self, data: memoryview) -> Iterator[tuple[int, int]]:
        for start in range(0, len(data), CHUNK):
            chunk = data[start : start + CHUNK + self._overlap]
            for anchor, place, _ in self._automaton.find_matches_as_indexes(chunk, overlapping=True):
                if place < CHUNK:  # one that begins in the overlap is found again in the next chunk
                    yield anchor, start + place


def _nearest(pattern: re.Pattern[bytes], data: memoryview, place: int, banner: Banner) -> re.Match[bytes] | None:
    """The match of the pattern that is nearest to the anchor; of bare versions the only one. What the end of the bytes
    that are looked at may have cut off is none."""
    end = place + len(banner.anchor)
    first, last = max(0, place - banner.reach), min(len(data), end + banner.reach)
    matches = [m for m in pattern.finditer(data, first, last) if m.end() < last or last == len(data)]
    if banner.kind == "beside" and len({match["version"] for match in matches}) > 1:
        return None
    return min(matches, key=lambda match: max(place - match.end(), match.start() - end, 0), default=None)


def _fits(banner: Banner, present: set[bytes], names: set[str]) -> bool:
    return (not banner.needs or banner.needs in present) and banner.unless not in names


class _Apart:
    """Bare versions anywhere in the binary; looked for only where a hit asks for them."""

    def __init__(self, sections: Sequence[_Section]) -> None:
        self._sections = sections

    def resolved(self, hit: Hit) -> Hit:
        """The hit with the only version that looks like the library's, or as it is where there is none or several."""
        if not hit.banner.elsewhere:
            return hit
        found: dict[bytes, int] = {}
        for start, data in self._sections:
            for match in re.finditer(hit.banner.elsewhere, data):
                if _BEFORE.match(data, max(0, match.start() - 1), match.start()):
                    continue
                found.setdefault(match["version"], start + match.start("version"))
                if len(found) > 1:
                    return hit
        for version, offset in found.items():
            return replace(hit, version=_told(hit.banner, version), offset=offset)
        return hit


def _told(banner: Banner, version: bytes) -> str:
    """20914 is 2.9.14 where the banner is packed."""
    if not banner.packed:
        return version.decode("ascii", "replace")
    number = int(version)
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


def _printable(data: bytes) -> str:
    text = data.decode("latin-1")[:_LONGEST_TEXT]
    return "".join(c if " " <= c <= "~" else " " for c in text).strip()
