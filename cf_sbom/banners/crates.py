"""Crates of Rust by the paths of their sources, which panics name, in programs that hold no list of their crates.

Knows how cargo lays out what it takes from crates.io: `registry/src/<index>-<hash>/<name>-<version>/`. Crates whose
code cannot panic, whose paths were cut off by the build, or that come from elsewhere (git, vendored folders, other
registries) are not seen; a crate that is seen is compiled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

CONFIDENCE = 0.8
MOST_CRATES = 16384
_PATH = re.compile(
    # The index of crates.io, by the names that it has had; what follows is a hash of its address.
    rb"registry[/\\]src[/\\](?:index\.crates\.io|github\.com)-[0-9a-f]{16}[/\\]"
    # A name has no dot, so the first number of three parts is the version.
    rb"(?P<name>[A-Za-z][A-Za-z0-9_-]{0,63}?)"
    rb"-(?P<version>\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z.-]{1,64})?(?:\+[0-9A-Za-z.-]{1,64})?)[/\\]"
)


@dataclass(frozen=True, slots=True, order=True)
class CrateHit:
    """offset is where the path begins that names it first, counted as the caller counts the sections."""

    name: str
    version: str
    offset: int


def find_crates(sections: Iterable[tuple[int, memoryview]]) -> tuple[CrateHit, ...]:
    """Each crate and version once, sorted; at most MOST_CRATES. sections are those of constants, each with its offset
    in the file."""
    found: dict[tuple[str, str], CrateHit] = {}
    for start, data in sections:
        for match in _PATH.finditer(data):
            name, version = match["name"].decode(), match["version"].decode()
            found.setdefault((name, version), CrateHit(name, version, start + match.start()))
            if len(found) == MOST_CRATES:
                return tuple(sorted(found.values()))
    return tuple(sorted(found.values()))
