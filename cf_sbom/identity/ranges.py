"""Conditions on versions, decided by the rules of the ecosystem that a version belongs to.

Knows purl types, and which order of versions each has: conda's own here, PEP 440 by packaging, the others by univers.
Order alone counts, as in `vers:` ranges: `2.0.0-rc.1` is below `2.0.0`, though npm or Cargo would not choose it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final
from urllib.parse import unquote

from cf_sbom.identity import version as conda_version
from cf_sbom.identity.wildcards import fits

_OPERATORS: Final = ("<=", ">=", "!=", "==", "<", ">", "=")
_CLAUSE = re.compile(r"(?P<operator><=|>=|!=|==|<|>|=)?\s*(?P<version>[^\s<>=!,|*]+)")
# Ranges of some ecosystem: `^1.2`, `~1.2`, `~> 1.2`, `~=1.2`, `1.x`, `1.2 - 1.4`, `[1.0,2.0)`. As texts they would be
# nowhere, which is no answer; and `~` means one thing to npm and another to Composer.
_FOREIGN = re.compile(r"[~^=].*|[\[(](?:[\d,].*)?|(?:\d+\.)+[xX](?:\.[xX])*|\S+\s+-\s+\S+", re.DOTALL)
# Versions of these have three numbers; what has fewer is none, but what they begin with.
_PARTIAL = {
    "cargo": re.compile(r"\d+(?:\.\d+)?"),
    "golang": re.compile(r"v\d+(?:\.\d+)?"),
    "hex": re.compile(r"\d+(?:\.\d+)?"),
    "npm": re.compile(r"\d+(?:\.\d+)?"),
}
_VERS = re.compile(r"vers:(?P<scheme>[A-Za-z0-9.-]+)/(?P<constraints>.+)", re.DOTALL)
_IN_SPEC = re.compile(r"[0-9A-Za-z_.!+-]*[0-9A-Za-z_]")
_LONGEST_VERSION, _LONGEST = 256, 4096
_SEMVER = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(-[0-9A-Za-z.-]+)?(?:\+.*)?")
# Composer writes a fourth number, and stabilities in many ways; patches and branches have no place in that order.
_COMPOSER = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.0)?(?:[-.]?(a|alpha|b|beta|rc)[-.]?(\d*))?", re.IGNORECASE)
_STABILITIES = {"a": "alpha", "b": "beta"}
_WRITTEN = "a range is written '>=1.2,<1.3', and what a version begins with '1.2.*'"
_INSTALL = "pip install 'cf_sbom[ranges]'"


class RangeError(ValueError):
    """A text is no condition on versions."""


class UndecidedError(Exception):
    """Nobody can say whether a version is within a range; the message says why."""


class NoVersionError(UndecidedError):
    """A text is no version of its ecosystem."""


@dataclass(frozen=True, slots=True)
class Clause:
    """An operator and a version; `==` is written `=`. Without an operator the version is meant as it is alone: where
    versions have three numbers, fewer of them are what a version begins with."""

    operator: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a version must be. exact: this very text, in which `*` stands for any; where versions have three numbers,
    fewer of them are what a version begins with. Else choices, one of which must hold as a whole; of a `vers:` URI
    scheme is whose order counts, and its one choice are the constraints as they stand. None of these: any version."""

    exact: str = ""
    choices: tuple[tuple[Clause, ...], ...] = ()
    scheme: str = ""

    @classmethod
    def parse(cls, text: str) -> Condition:
        """`1.2`, `1.*`, `<3`, `>=1,<2|=2.5` or `vers:npm/>=1|<2`; `,` binds before `|`. Raises RangeError."""
        text = text.strip()
        if not text or len(text) > _LONGEST:
            raise RangeError("an empty condition on versions" if not text else "a condition on versions is too long")
        if text.startswith("vers:"):
            return _parse_vers(text)
        if not text.startswith(_OPERATORS) and not set(text) & set(",|"):
            return cls(exact=_own(text))
        return cls(choices=tuple(tuple(map(_clause, choice.split(","))) for choice in text.split("|")))

    def holds(self, kind: str, version: str) -> bool:
        """Whether a version of a purl type is as wanted. Raises UndecidedError."""
        if self.exact:
            return any(fits(wanted, version) for wanted in _meant(kind, self.exact))
        if not self.choices:
            return True
        if not version:
            raise UndecidedError("no version is stated")
        order = order_of(self.scheme or kind)
        found = order(version)
        try:
            if self.scheme:
                return _within(order, found, self.choices[0])
            return any(
                all(_holds(found, clause, order) or _begins(kind, version, clause) for clause in choice)
                for choice in self.choices
            )
        except UndecidedError:
            raise
        except Exception:  # a library may take a text for a version that it cannot compare
            raise UndecidedError(f"{version[:80]!r} cannot be compared as a {self.scheme or kind} version") from None

    @property
    def beginning(self) -> str:
        """A pattern for versions that go on behind the one that is wanted, or "" where there is not just one."""
        only = self.choices[0] if len(self.choices) == 1 and not self.scheme else ()
        named = only[0].version if len(only) == 1 and only[0].operator == "=" else self.exact
        return f"{named}.*" if named and "*" not in named else ""

    def require_versions(self, kind: str) -> None:
        """Raises RangeError where a bound is no version of this purl type, as far as its versions are known here."""
        with suppress(UndecidedError):
            self._require(kind, NoVersionError)

    def require_order(self, kind: str) -> None:
        """Raises RangeError where no version of this purl type could ever be compared with what is wanted."""
        self._require(kind, UndecidedError)

    def _require(self, kind: str, wrong: type[UndecidedError]) -> None:
        try:
            for clause in (clause for choice in self.choices for clause in choice):
                order_of(self.scheme or kind)(clause.version)
        except wrong as error:
            raise RangeError(f"vers:{self.scheme}: {error}" if self.scheme else str(error)) from None

    def admitted_by(self, spec: str) -> bool:
        """Whether any version of conda's that is as wanted satisfies a version spec of conda's. Raises UndecidedError.

        What both admit has a least version, and that is a bound of either, or just above or below one.
        """
        if not spec or (not self.exact and not self.choices):
            return True
        bounds = {clause.version for choice in self.choices for clause in choice}
        bounds |= {self.exact.replace("*", part) for part in ("", "0")} | set(_IN_SPEC.findall(spec))
        points = {"0dev", *(f"{bound}{end}" for bound in bounds for end in ("", ".0.0.1", "dev"))}
        try:
            conda_version.satisfies("0", spec)
        except conda_version.VersionError:
            raise UndecidedError(f"the spec {spec[:80]!r} is not understood") from None
        return any(
            conda_version.satisfies(point, spec) and self.holds("conda", point) for point in filter(_is_conda, points)
        )


def _meant(kind: str, exact: str) -> Iterator[str]:
    """The texts, or patterns, that a version stands for in its ecosystem."""
    partial = _PARTIAL.get(kind)
    for text in (exact, f"v{exact}") if kind == "golang" else (exact,):
        yield text
        if partial and partial.fullmatch(text):
            yield f"{text}.*"


def _own(text: str) -> str:
    """A version as it is. Raises RangeError for a range in the writing of one ecosystem."""
    if _FOREIGN.fullmatch(text):
        raise RangeError(f"{text[:80]!r} is no version; {_WRITTEN}")
    return text


def _is_conda(text: str) -> bool:
    try:
        conda_version.Version.parse(text)
    except conda_version.VersionError:
        return False
    return True


def order_of(scheme: str) -> Callable[[str], Any]:
    """What makes versions of a purl type, or of a scheme of `vers:`, comparable by `<` and `==`. Raises UndecidedError
    where the type has no order that is known here; so does what it returns, for a text that is no such version."""
    make = _ORDERS.get(scheme) or _by_univers(scheme)
    return lambda text: _made(make, scheme, text)


@lru_cache(maxsize=65536)
def _made(make: Callable[[str], Any], scheme: str, text: str) -> Any:
    if len(text) > _LONGEST_VERSION:
        raise UndecidedError("the version is too long")
    try:
        found = make(text)
    except ModuleNotFoundError:
        raise UndecidedError(f"the order of {scheme} versions needs univers: {_INSTALL}") from None
    except Exception:  # a library that is given any text may raise anything
        found = None
    if found is None:
        raise NoVersionError(f"{text[:80]!r} is no {scheme} version")
    return found


def _conda(text: str) -> Any:
    return conda_version.Version.parse(text)


def _pypi(text: str) -> Any:
    from packaging.version import Version

    return Version(text)


def _semver(text: str) -> Any:
    """Semantic versions; parts that are missing are 0, and build metadata has no order (semver.org, 10)."""
    from univers.versions import SemverVersion

    match = _SEMVER.fullmatch(text)
    if match is None:
        return None
    return SemverVersion(f"{int(match[1])}.{int(match[2] or 0)}.{int(match[3] or 0)}{match[4] or ''}")


def _composer(text: str) -> Any:
    from univers.versions import SemverVersion

    match = _COMPOSER.fullmatch(text)
    if match is None:
        return None
    stability = (match[4] or "").lower()
    pre = f"-{_STABILITIES.get(stability, stability)}.{int(match[5] or 0)}" if stability else ""
    return SemverVersion(f"{int(match[1])}.{int(match[2] or 0)}.{int(match[3] or 0)}{pre}")


def _named(name: str) -> Callable[[str], Any]:
    """A class of univers, imported when the first version is made."""

    def make(text: str) -> Any:
        from univers import versions

        return getattr(versions, name)(text)

    return make


_ORDERS: dict[str, Callable[[str], Any]] = {
    "conda": _conda,
    "pypi": _pypi,
    "alpm": _named("ArchLinuxVersion"),
    "apk": _named("AlpineLinuxVersion"),
    "cargo": _semver,
    "composer": _composer,
    "conan": _named("ConanVersion"),
    "deb": _named("DebianVersion"),
    "gem": _named("RubygemsVersion"),
    "golang": _semver,
    "hex": _semver,
    "maven": _named("MavenVersion"),
    "npm": _semver,
    "nuget": _named("NugetVersion"),
    "rpm": _named("RpmVersion"),
}
ORDERED: Final = tuple(sorted(_ORDERS))
"""The purl types whose versions have an order here; those of all others are only compared as texts."""
_SCHEMES = {"intdot": "IntdotVersion", "openssl": "OpensslVersion", "semver": ""}


def _by_univers(scheme: str) -> Callable[[str], Any]:
    """Schemes of `vers:` that are no purl types."""
    if scheme not in _SCHEMES:
        kind = scheme or "no known kind"
        raise UndecidedError(f"versions of {kind} have no order that is known here; vers:SCHEME/ names one")
    return _named(_SCHEMES[scheme]) if _SCHEMES[scheme] else _semver


def _clause(text: str) -> Clause:
    text = text.strip()
    match = _CLAUSE.fullmatch(text)
    if match is None or len(match["version"]) > _LONGEST_VERSION:
        raise RangeError(f"{text[:80]!r} is no condition on versions; {_WRITTEN}")
    operator = match["operator"] or ""
    return Clause("=" if operator == "==" else operator, _own(match["version"]))


def _parse_vers(text: str) -> Condition:
    match = _VERS.fullmatch("".join(text.split()))
    if match is None:
        raise RangeError(f"{text[:80]!r} is no vers: URI, such as vers:npm/>=1.2|<2")
    scheme = match["scheme"].lower()
    if scheme not in _ORDERS and scheme not in _SCHEMES:
        raise RangeError(f"vers:{scheme}: not known here; there are: {', '.join(sorted((*_ORDERS, *_SCHEMES)))}")
    if match["constraints"] == "*":
        return Condition()
    clauses = tuple(
        Clause(clause.operator or "=", unquote(clause.version))
        for clause in map(_clause, match["constraints"].strip("|").split("|"))
    )
    condition = Condition(choices=(clauses,), scheme=scheme)
    condition.require_versions(scheme)
    return condition


def _holds(found: Any, clause: Clause, order: Callable[[str], Any]) -> bool:
    wanted = order(clause.version)
    below, equal = bool(found < wanted), bool(found == wanted)
    return {
        "<": below,
        "<=": below or equal,
        ">": not below and not equal,
        ">=": not below,
        "=": equal,
        "": equal,
        "!=": not equal,
    }[clause.operator]


def _begins(kind: str, version: str, clause: Clause) -> bool:
    return not clause.operator and any(fits(wanted, version) for wanted in _meant(kind, clause.version))


def _within(order: Callable[[str], Any], found: Any, clauses: tuple[Clause, ...]) -> bool:
    """The rule of `vers:`: what is named counts first; then the bounds in the order of their versions make intervals,
    of which one must hold the version."""
    for clause in clauses:
        if bool(found == order(clause.version)):
            return clause.operator in ("=", "<=", ">=")
    bounds = sorted((c for c in clauses if c.operator not in ("=", "!=")), key=lambda c: _Sorted(order(c.version)))
    if not bounds:
        return all(clause.operator == "!=" for clause in clauses)
    if bounds[0].operator in ("<", "<=") and _holds(found, bounds[0], order):
        return True
    if bounds[-1].operator in (">", ">=") and _holds(found, bounds[-1], order):
        return True
    return any(
        low.operator in (">", ">=")
        and high.operator in ("<", "<=")
        and _holds(found, low, order)
        and _holds(found, high, order)
        for low, high in pairwise(bounds)
    )


class _Sorted:
    """A version as a key: libraries do not all define every comparison that sorting may ask for."""

    __slots__ = ("_version",)

    def __init__(self, version: Any) -> None:
        self._version = version

    def __lt__(self, other: _Sorted) -> bool:
        return bool(self._version < other._version)
