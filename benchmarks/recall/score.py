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
packages, is asked for all that those files state, and judges the types that no row above has."""
_JUDGED = frozenset[str]().union(*ECOSYSTEMS.values())
_PASSED_OVER = frozenset({"", "conda"})


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
    """The key of a purl; None where it is none. Qualifiers and subpath say nothing of which package it is."""
    try:
        found = PackageURL.from_string(purl)
    except ValueError:
        return None
    return key(found.type, f"{found.namespace}/{found.name}" if found.namespace else found.name, found.version or "")


def listed(document: object) -> Iterator[Listed]:
    """The packages of a CycloneDX document, nested ones and those of its formulation too; not its subject."""
    tree = document if isinstance(document, dict) else {}
    subject = (tree.get("metadata") or {}).get("component") or {}
    yield from _components((*(subject.get("components") or ()), *(tree.get("components") or ())), True)
    for formula in tree.get("formulation") or ():
        yield from _components(formula.get("components") or (), False)


def outcome(
    ecosystem: str, tool: str, truths: Mapping[str, Sequence[Stated]], runs: Mapping[str, tuple[Sequence[Listed], float]]
) -> Outcome:
    """A row, added up over packages. truths by package; runs by package: what the tool lists, and its seconds."""
    total = Outcome(ecosystem=ecosystem, tool=tool)
    missed: list[str] = []
    false: list[str] = []
    truth = found = right = judged = duplicates = failed = 0
    seconds = 0.0
    for package, stated in sorted(truths.items()):
        wanted = {s.key for s in stated if _belongs(s, ecosystem)}
        if not wanted:
            continue
        truth += len(wanted)
        if package not in runs:
            failed += 1
            missed += [_line(package, k) for k in sorted(wanted)]
            continue
        entries, took = runs[package]
        seconds += took
        names = {k.name for k in (e.key for e in entries)}
        present = {e.key for e in entries if ecosystem != RUNTIME or e.required}
        hit = {k for k in wanted if k in present or (k.version == ANY and k.name in names)}
        found += len(hit)
        missed += [_line(package, k) for k in sorted(wanted - hit)]
        shown = {k for k in present if _judges(ecosystem, k)}
        there = {s.key for s in stated if ecosystem != RUNTIME or s.scope != "build"}
        loose = {(k.type, k.name) for k in there if k.version == ANY}
        wrong = {k for k in shown if k not in there and (k.type, k.name) not in loose}
        judged += len(shown)
        right += len(shown) - len(wrong)
        false += [_line(package, k) for k in sorted(wrong)]
        if ecosystem != RUNTIME:
            counts = Counter(e.key for e in entries if _judges(ecosystem, e.key))
            duplicates += sum(count - 1 for count in counts.values())
    return Outcome(
        ecosystem=total.ecosystem,
        tool=total.tool,
        truth=truth,
        found=found,
        right=right,
        listed=judged,
        duplicates=duplicates,
        seconds=seconds,
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
    return found.type in ECOSYSTEMS[ecosystem] or (ecosystem == OTHERS and found.type not in _JUDGED)


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


def _line(package: str, found: Key) -> str:
    return f"{package}: {found.type}/{found.name}@{found.version}"


def _pep440(version: str) -> str:
    try:
        return str(Version(version))
    except InvalidVersion:
        return version
