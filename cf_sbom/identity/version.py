"""Conda's order of versions and its version specs (CEP 33 for the literals, CEP 29 for the specs).

Knows texts only. `1.0` and `1` are equal, `1.0rc1` is before `1.0`, `1.0.post1` behind it; an epoch goes before all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache, total_ordering
from itertools import zip_longest
from typing import TypeAlias

_VERSION = re.compile(r"[*.+!_0-9a-z]+")
_ATOMS = re.compile(r"[0-9]+|[*]+|[^0-9*]+")
_CLAUSE = re.compile(r"(?P<operator>==|~=|!=|<=|>=|<|>|=)?(?P<version>.+)", re.DOTALL)
_LONGEST = 256

# An atom orders as conda orders numbers and texts: (0, 0, text) before (1, number, ""); `post` is behind all numbers.
_Atom: TypeAlias = tuple[int, float, str]
_Part: TypeAlias = tuple[_Atom, ...]
_ZERO: _Atom = (1, 0, "")


class VersionError(ValueError):
    """A text is no version or no version spec of conda."""


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A version as its components, each of atoms; local is what stands behind `+`."""

    text: str
    epoch: int
    parts: tuple[_Part, ...]
    local: tuple[_Part, ...]

    @classmethod
    def parse(cls, text: str) -> Version:
        """Raises VersionError."""
        return _parse(text.strip())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._compare(other) == 0

    def __lt__(self, other: Version) -> bool:
        return self._compare(other) < 0

    def __hash__(self) -> int:
        return hash((self.epoch, _trimmed(self.parts), _trimmed(self.local)))

    def begins_with(self, other: Version) -> bool:
        """Whether this is the other or one of it: `1.8.2` and `1.8rc1` begin with `1.8`, `1.80` does not."""
        if self.epoch != other.epoch:
            return False
        if other.local:
            return _compare(self.parts, other.parts) == 0 and _begins(self.local, other.local)
        return _begins(self.parts, other.parts)

    def _compare(self, other: Version) -> int:
        if self.epoch != other.epoch:
            return -1 if self.epoch < other.epoch else 1
        return _compare(self.parts, other.parts) or _compare(self.local, other.local)


def _begins(own: tuple[_Part, ...], wanted: tuple[_Part, ...]) -> bool:
    """All components but the last are alike; the last may go on with another atom, and its text with more letters."""
    padded = [*own, *([(_ZERO,)] * (len(wanted) - len(own)))]
    for mine, theirs in zip(padded, wanted[:-1], strict=False):
        if _compare((mine,), (theirs,)):
            return False
    mine, theirs = padded[len(wanted) - 1], wanted[-1]
    return len(mine) >= len(theirs) and all(
        a == b or (a[0] == b[0] == 0 and a[2].startswith(b[2])) for a, b in zip(mine, theirs, strict=False)
    )


def _compare(one: tuple[_Part, ...], other: tuple[_Part, ...]) -> int:
    """Components and atoms that one side lacks are 0."""
    for mine, theirs in zip_longest(one, other, fillvalue=()):
        for a, b in zip_longest(mine, theirs, fillvalue=_ZERO):
            if a != b:
                return -1 if a < b else 1
    return 0


def _trimmed(parts: tuple[_Part, ...]) -> tuple[_Part, ...]:
    """Without the zeros that make no difference."""
    found = [list(part) for part in parts]
    for part in found:
        while part and part[-1] == _ZERO:
            part.pop()
    while found and not found[-1]:
        found.pop()
    return tuple(map(tuple, found))


@lru_cache(maxsize=65536)
def _parse(text: str) -> Version:
    lowered = text.lower()
    if "-" in lowered and "_" not in lowered:
        lowered = lowered.replace("-", "_")
    if len(text) > _LONGEST or not _VERSION.fullmatch(lowered):
        raise VersionError(f"{text[:80]!r} is no version")
    epoch, separator, rest = lowered.rpartition("!")
    public, plus, local = rest.partition("+")
    if (separator and not epoch.isdigit()) or (plus and not local) or "+" in local:
        raise VersionError(f"{text[:80]!r} is no version")
    components = public.removesuffix("_").replace("_", ".").split(".")
    if public.endswith("_"):  # it belongs to its component: 1.0.1_ is before 1.0.1a, as OpenSSL counts
        components[-1] += "_"
    return Version(
        text=text,
        epoch=int(epoch or 0),
        parts=tuple(_part(component, text) for component in components),
        local=tuple(_part(component, text) for component in local.replace("_", ".").split(".")) if plus else (),
    )


def _part(component: str, text: str) -> _Part:
    """A component that begins with a text has a 0 before it, so that numbers and texts stay in step."""
    found = _ATOMS.findall(component)
    if not found:
        raise VersionError(f"{text[:80]!r} is no version: a component is empty")
    atoms = tuple(map(_atom, found))
    return atoms if found[0].isdigit() else (_ZERO, *atoms)


def _atom(text: str) -> _Atom:
    if text.isdigit():
        return (1, int(text), "")
    if text == "post":
        return (1, float("inf"), "")
    return (0, 0, "DEV" if text == "dev" else text)  # capitals sort before `_`, and that before small letters


def satisfies(version: str, spec: str) -> bool:
    """Whether a version is within a version spec: `>=1.2,<2`, `1.2.*`, `=1.2`, `==1.2|>=3`. `,` binds before `|`.

    Raises VersionError for what is no version or no spec; parentheses and regular expressions are not read.
    """
    found = Version.parse(version)
    within = [[_within(found, clause) for clause in choice.split(",")] for choice in spec.split("|")]
    return any(map(all, within))


def _within(version: Version, clause: str) -> bool:
    text = clause.strip()
    if text == "*":
        return True
    match = _CLAUSE.fullmatch(text)
    if match is None:
        raise VersionError(f"{clause[:80]!r} is no version spec")
    operator, wanted = match["operator"], match["version"].strip()
    bare = wanted.removesuffix("*").removesuffix(".")
    if "*" in bare:
        raise VersionError(f"{clause[:80]!r} is no version spec that is read here: a star in it")
    other = Version.parse(bare)
    if operator in ("<", ">", "<=", ">="):
        return {"<": version < other, ">": version > other, "<=": version <= other, ">=": version >= other}[operator]
    if operator == "~=":
        prefix, separator, _ = bare.rpartition(".")
        if not separator:
            raise VersionError(f"{clause[:80]!r} is no version spec: ~= needs two components")
        return version >= other and version.begins_with(Version.parse(prefix))
    alike = version.begins_with(other) if bare != wanted or operator == "=" else version == other
    return not alike if operator == "!=" else alike
