"""How much of the payload is attributed to what: bytes and files by their role.

Knows the model only. Links have no bytes of their own, so only files count: their sizes are the payload.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest
from typing import get_args

from cf_sbom.model import Component, File, FileRole
from cf_sbom.properties import COVERAGE

ROLES: tuple[FileRole, ...] = get_args(FileRole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """sizes in bytes and counts of files, of each role; both have every role."""

    sizes: dict[FileRole, int]
    counts: dict[FileRole, int]

    @property
    def size(self) -> int:
        """Bytes of the payload."""
        return sum(self.sizes.values())

    def percent(self, role: FileRole) -> float:
        """The share of the payload's bytes, with one decimal; what is unexplained is rounded up, so that 0.0 is nothing
        at all."""
        if role == "unexplained":
            return -(-1000 * self.sizes[role] // self.size) / 10 if self.size else 0.0
        return percent(self.sizes[role], self.size)


def measure(files: Iterable[File]) -> Coverage:
    """The coverage of the payload that these are."""
    sizes, counts = dict.fromkeys(ROLES, 0), dict.fromkeys(ROLES, 0)
    for file in files:
        if file.kind == "file":
            sizes[file.role] += file.size
            counts[file.role] += 1
    return Coverage(sizes=sizes, counts=counts)


def stated_sizes(root: Component) -> dict[FileRole, int]:
    """Bytes of each role, as properties of the package state them; empty where none does."""
    stated = dict(root.properties)
    texts = {role: stated.get(f"{COVERAGE}{role}", "") for role in ROLES}
    sizes = {role: int(text) for role, text in texts.items() if text.isascii() and text.isdigit() and len(text) < 19}
    return {role: sizes.get(role, 0) for role in ROLES} if sizes else {}


def percent(part: int, whole: int) -> float:
    """A share with one decimal; 0 of nothing."""
    return round(100 * part / whole, 1) if whole else 0.0


def largest_unexplained(files: Iterable[File], count: int) -> list[File]:
    """The largest files that nothing explains, the largest first."""
    unexplained = (f for f in files if f.kind == "file" and f.role == "unexplained" and f.size)
    return nsmallest(count, unexplained, key=lambda f: (-f.size, f.path))
