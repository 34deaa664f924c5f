"""Comparing what a tool lists with what is there: keys of packages, recall, precision, duplicates, one table.

Pure: knows purls and numbers, no files and no tools.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from packageurl import PackageURL
from packaging.version import InvalidVersion, Version

ANY = "*"
"""A version that no independent reader can tell: every version of that name is right."""
RUNTIME = "rust, runtime"
OTHERS = "sboms"


class Key(NamedTuple):
    """A package: purl type, name with its namespace, version; each in the spelling that all tools are brought to."""

    type: str
    name: str
    version: str


class Stated(NamedTuple):
    """One entry of the truth: the ecosystem whose reader found it, the package, and whether it runs or only built."""

    ecosystem: str
    key: Key
    scope: str = "runtime"


class Listed(NamedTuple):
    """One component of a document. required: it is not marked as excluded."""

    key: Key
    required: bool = True


ECOSYSTEMS: Mapping[str, frozenset[str]] = {
    "go": frozenset({"golang"}),
    "rust": frozenset({"cargo"}),
    RUNTIME: frozenset({"cargo"}),
    "java": frozenset({"maven"}),
    "python": frozenset({"pypi"}),
    "npm": frozenset({"npm"}),
    "dotnet": frozenset({"nuget"}),
    "r": frozenset({"cran", "bioconductor"}),
    "ruby": frozenset({"gem"}),
    OTHERS: frozenset(),
}
"""The rows, with the purl types whose components each row judges. The last, of PEP 770 and other SBOM files inside the
packages, is asked for all that those files state, and judges the types that no row above has, but not `generic`: no
registry says what such a name is."""
_NOT_OTHERS = frozenset({"generic"}).union(*ECOSYSTEMS.values())
_PASSED_OVER = frozenset({"conda", "file"})  # the package itself and its needs; what names a file and no package


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One row: how one tool did in one ecosystem. missed and false are `package: type/name@version`, sorted; seconds
    are those of all packages that hold something of the ecosystem. failed: packages of which there is no document."""

    ecosystem: str
    tool: str
    truth: int = 0
    found: int = 0
    right: int = 0
    listed: int = 0
    duplicates: int = 0
    seconds: float = 0.0
    failed: int = 0
    missed: tuple[str, ...] = ()
    false: tuple[str, ...] = ()

    @property
    def recall(self) -> float:
        """Percent of the truth that is listed."""
        return 100 * self.found / self.truth if self.truth else 100.0

    @property
    def precision(self) -> float:
        """Percent of what is listed that is there."""
        return 100 * self.right / self.listed if self.listed else 100.0


def key(type_: str, name: str, version: str) -> Key:
    """The key of a package; name with its namespace, separated by `/`."""
    if type_ == "pypi":
        name = re.sub(r"[-_.]+", "-", name).lower()
        version = _pep440(version)
    elif type_ in ("golang", "nuget", "composer", "npm"):
        name = name.lower()
    return Key(type_, name, version)


def purl_key(purl: str) -> Key | None:
    """The key of a purl; None where it is none. Qualifiers say nothing of which package it is, nor does a subpath,
    except where a tool has the end of a Go module's path there."""
    try:
        found = PackageURL.from_string(purl)
    except ValueError:
        return None
    parts = (found.namespace, found.name, found.subpath if found.type == "golang" else None)
    return key(found.type, "/".join(part for part in parts if part), found.version or "")


def listed(document: object) -> Iterator[Listed]:
    """The packages of a CycloneDX document, nested ones and those of its formulation too; not its subject."""
    tree = document if isinstance(document, dict) else {}
    subject = (tree.get("metadata") or {}).get("component") or {}
    yield from _components((*(subject.get("components") or ()), *(tree.get("components") or ())), True)
    for formula in tree.get("formulation") or ():
        yield from _components(formula.get("components") or (), False)


Runs = Mapping[str, tuple[Sequence[Listed], float]]
"""By package: what a tool lists, and its seconds."""


def outcome(ecosystem: str, tool: str, truths: Mapping[str, Sequence[Stated]], runs: Runs) -> Outcome:
    """A row, added up over packages. truths by package."""
    truth = hit = judged = twice = failed = 0
    seconds = 0.0
    missed: list[str] = []
    false: list[str] = []
    for package, stated in sorted(truths.items()):
        wanted = {s.key for s in stated if _belongs(s, ecosystem)}
        if not wanted:
            continue
        entries, took = runs.get(package, ((), 0.0))
        present = {e.key for e in entries if ecosystem != RUNTIME or e.required}
        shown = {k for k in present if _judges(ecosystem, k)}
        there = {s.key for s in stated if ecosystem != RUNTIME or s.scope != "build"}
        lost, wrong = without(wanted, present), without(shown, there)
        truth += len(wanted)
        hit += len(wanted) - len(lost)
        judged += len(shown)
        twice += _twice(e.key for e in entries if _judges(ecosystem, e.key)) if ecosystem != RUNTIME else 0
        seconds += took
        failed += package not in runs
        missed += [_line(package, k) for k in sorted(lost)]
        false += [_line(package, k) for k in sorted(wrong)]
    return Outcome(
        ecosystem=ecosystem,
        tool=tool,
        truth=truth,
        found=hit,
        right=judged - len(false),
        listed=judged,
        duplicates=twice,
        seconds=round(seconds, 3),
        failed=failed,
        missed=tuple(missed),
        false=tuple(false),
    )


def below(row: Outcome) -> list[str]:
    """What of a row is below the bar: recall 100 %, precision 99 %, no duplicates, a document of each package."""
    wanted = (
        (row.found < row.truth, f"recall {row.recall:.2f} %"),
        (row.precision < 99, f"precision {row.precision:.2f} %"),
        (row.duplicates > 0, f"{row.duplicates} duplicates"),
        (row.failed > 0, f"no document of {row.failed} packages"),
    )
    return [f"{row.ecosystem}: {words}" for missed, words in wanted if missed]


_ROW = "{:<14} {:<10} {:>6} {:>6} {:>9} {:>11} {:>6} {:>8}  {}"


def table(rows: Iterable[Outcome]) -> Iterator[str]:
    """The rows as text, a heading first."""
    yield _ROW.format("ecosystem", "tool", "truth", "found", "recall %", "precision %", "twice", "seconds", "").rstrip()
    for row in rows:
        precision = f"{row.precision:.2f}" if row.listed else "-"
        remark = f"no document of {row.failed} packages" if row.failed else ""
        yield _ROW.format(
            row.ecosystem,
            row.tool,
            row.truth,
            row.found,
            f"{row.recall:.2f}",
            precision,
            row.duplicates,
            f"{row.seconds:.1f}",
            remark,
        ).rstrip()


def details(row: Outcome, most: int = 10) -> Iterator[str]:
    """The first of what a row missed and of what it lists wrongly."""
    for word, entries in (("missed", row.missed), ("false", row.false)):
        yield from (f"  {row.ecosystem}, {row.tool}: {word} {entry}" for entry in entries[:most])
        if len(entries) > most:
            yield f"  {row.ecosystem}, {row.tool}: {word} {len(entries) - most} more"


def _belongs(stated: Stated, ecosystem: str) -> bool:
    if ecosystem == RUNTIME:
        return stated.ecosystem == "rust" and stated.scope != "build"
    return stated.ecosystem == ecosystem


def _judges(ecosystem: str, found: Key) -> bool:
    return found.type in ECOSYSTEMS[ecosystem] or (ecosystem == OTHERS and found.type not in _NOT_OTHERS)


def _components(found: Iterable[Mapping[str, object]], outer: bool) -> Iterator[Listed]:
    waiting = [(component, outer) for component in found]
    while waiting:
        component, required = waiting.pop()
        required = required and component.get("scope") != "excluded"
        purl = purl_key(str(component.get("purl") or ""))
        if purl is not None and purl.type not in _PASSED_OVER:
            yield Listed(purl, required)
        inner = component.get("components")
        waiting += [(c, required) for c in inner] if isinstance(inner, list) else []


def without(found: set[Key], others: set[Key]) -> set[Key]:
    """Those that are not among the others; a version that cannot be told is any."""
    names = {(k.type, k.name) for k in others}
    loose = {(k.type, k.name) for k in others if k.version == ANY}
    return {k for k in found - others if (k.type, k.name) not in (names if k.version == ANY else loose)}


def _twice(keys: Iterable[Key]) -> int:
    """How many of the keys were there before."""
    return sum(count - 1 for count in Counter(keys).values())


def _line(package: str, found: Key) -> str:
    return f"{package}: {found.type}/{found.name}@{found.version}"


def _pep440(version: str) -> str:
    try:
        return str(Version(version))
    except InvalidVersion:
        return version
