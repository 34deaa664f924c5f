"""Environment markers of Python requirements (PEP 508), as far as a platform decides them.

Knows the grammar, and what Python calls each platform of conda's. Parentheses nest and a marker is hostile, so it is
read from left to right with a stack, never by recursion.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_LONGEST, _DEEPEST = 2000, 50
_TOKEN = re.compile(
    r"\s*(?:(?P<mark>[()])|(?P<text>'[^']*'|\"[^\"]*\")|(?P<operator>===|[<>=!~]=|[<>]|not\s+in\b|in\b)"
    r"|(?P<word>[A-Za-z_.]+))"
)
_VERSIONS: Final = frozenset(("python_version", "python_full_version"))
_FAMILIES: Final = {
    "linux": ("linux", "Linux", "posix"),
    "osx": ("darwin", "Darwin", "posix"),
    "win": ("win32", "Windows", "nt"),
}
# Of 32 bits a system of 64 may be beneath, which platform.machine() tells instead.
_MACHINES: Final = {
    "linux-64": "x86_64",
    "linux-aarch64": "aarch64",
    "linux-ppc64le": "ppc64le",
    "linux-riscv64": "riscv64",
    "linux-s390x": "s390x",
    "osx-64": "x86_64",
    "osx-arm64": "arm64",
    "win-64": "AMD64",
    "win-arm64": "ARM64",
}


def known(platform: str, python: str = "") -> dict[str, str]:
    """What the variables of markers are on a platform of conda's, with a version of Python; others are not known."""
    found: dict[str, str] = {}
    if family := _FAMILIES.get(platform.partition("-")[0]):
        found |= zip(("sys_platform", "platform_system", "os_name"), family, strict=True)
    if machine := _MACHINES.get(platform):
        found["platform_machine"] = machine
    if match := re.match(r"(\d+\.\d+)(?:\.\d+)?(?![\d.])", python):
        found |= {"python_version": match[1]}
        if match[0] == python and python.count(".") == 2:
            found["python_full_version"] = python
    return found


def holds(marker: str, variables: Mapping[str, str]) -> bool | None:
    """Whether a marker holds where these variables are known; None where that, or the marker, cannot be told."""
    if len(marker) > _LONGEST:
        return None
    try:
        return _Reading(variables).result(marker)
    except _OddError:
        return None


class _OddError(Exception):
    """A text is no marker, or one that is not read here."""


class _Reading:
    """One marker. Three values (Kleene): what is not known decides nothing, but what it is joined with may."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._values: list[bool | None] = []
        self._operators: list[str] = []  # `(`, `and` and `or` that wait for their right side

    def result(self, marker: str) -> bool | None:
        place, operand = 0, True  # whether an operand comes next
        terms: list[str] = []
        text = marker.strip()
        while place < len(text):
            token = _TOKEN.match(text, place)
            if token is None:
                raise _OddError
            place, found = token.end(), token[token.lastgroup or 0]
            if not operand and not terms and found in ("and", "or"):
                self._reduce(("and", found))
                self._operators.append(found)
                operand = True
            elif operand and not terms and found == "(" and self._operators.count("(") < _DEEPEST:
                self._operators.append(found)
            elif not operand and not terms and found == ")":
                self._close()
            elif operand and token["mark"] is None:
                terms.append(found)
                if len(terms) == 3:
                    self._values.append(self._compared(*terms))
                    terms, operand = [], False
            else:
                raise _OddError
        if operand or terms:
            raise _OddError
        self._reduce(("and", "or"))
        if self._operators:
            raise _OddError
        return self._values[0]

    def _close(self) -> None:
        self._reduce(("and", "or"))
        if not self._operators:
            raise _OddError
        self._operators.pop()

    def _reduce(self, operators: tuple[str, ...]) -> None:
        """Join values by those operators that are on top of the stack."""
        while self._operators and self._operators[-1] in operators:
            decisive = self._operators.pop() == "or"  # True decides `or`, False decides `and`
            right, left = self._values.pop(), self._values.pop()
            if decisive in (left, right):
                self._values.append(decisive)
            else:
                self._values.append(None if None in (left, right) else not decisive)

    def _compared(self, left: str, operator: str, right: str) -> bool | None:
        operator = " ".join(operator.split())
        name = right if left[0] in "'\"" else left
        if (left[0] in "'\"") == (right[0] in "'\"") or operator[0] not in "<>=!~in":
            raise _OddError
        value = self._variables.get(name)
        if value is None:
            return None
        one, other = (value if word == name else word[1:-1] for word in (left, right))
        if operator in ("in", "not in"):
            return (one in other) is (operator == "in")
        if name in _VERSIONS:
            return _satisfied(one, operator, other) if name == left else None
        return {"==": one == other, "===": one == other, "!=": one != other}.get(operator)


def _satisfied(version: str, operator: str, wanted: str) -> bool | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(f"{operator}{wanted}").contains(version, prereleases=True)
    except InvalidSpecifier:
        return None
