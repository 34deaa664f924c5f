"""Native findings, made from bytes and names of binaries alone, against a truth: what is right, wrong or unjudged.

Pure: knows records and numbers, no packages and no tools. The truth has three parts, the first that speaks counts:
truth/judged/native.json, which people review; what the package is itself, by its file name; what the SBOM files in it
state, which the measured run does not see. What none of them speaks of is unjudged, and never counts as right.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from benchmarks.recall.score import purl_key

Verdict: TypeAlias = Literal["right", "wrong", "unjudged"]
JUDGED = Path(__file__).parent / "truth" / "judged" / "native.json"
ALL = "all"
_MANGLED = re.compile(r"-[0-9a-f]{8,40}(?=[.-])")


class Library(NamedTuple):
    """A library, by the name that it has in the table of banners, or a crate; version is "" where it is not told."""

    name: str
    version: str
    is_crate: bool = False


class Finding(NamedTuple):
    """A library that is said to be in one file of a package. technique: `binary` or `filename`. stated: sure enough
    to enter a document."""

    package: str
    file: str
    library: Library
    technique: str
    stated: bool

    @property
    def line(self) -> str:
        told = f"{self.library.name} {self.library.version}".rstrip()
        return f"{self.package}: {told} in {self.file} ({self.technique})"


class Judgement(NamedTuple):
    """What people say: patterns of package and file, a library in them, and whether it is there."""

    package: str
    file: str
    library: str
    version: str
    right: bool


@dataclass(frozen=True, slots=True)
class Judgements:
    """names: what packages and SBOMs call a library -> what the table calls it; in lower case, with the version where
    only that tells which one it is."""

    names: Mapping[str, str]
    entries: Sequence[Judgement]

    def library(self, name: str, version: str) -> Library:
        """In the spelling of the table; of a package of a distribution without its epoch and release."""
        plain = version.partition(":")[2] or version
        known = self.names.get(f"{name} {version}".lower()) or self.names.get(name.lower(), name.lower())
        return Library(known, re.sub(r"-\d[^-]*$", "", plain))

    def spoken(self, found: Finding) -> Verdict | None:
        """The first judgement of the file. One without a version is of the name alone: of each version where it says
        that the library is not there, and of none where it is."""
        for entry in self.entries:
            same = entry.library == found.library.name and fnmatchcase(found.package, entry.package)
            version = entry.version == found.library.version or (not entry.right and not entry.version)
            if same and version and fnmatchcase(_plain(found.file), entry.file):
                return "right" if entry.right else "wrong"
        return None


def judgements(path: Path = JUDGED) -> Judgements:
    """The reviewed file: `names`, and `judged` with the patterns package and file, library, version, right, why."""
    tree = json.loads(path.read_bytes())
    entries = [Judgement(e["package"], e["file"], e["library"], e["version"], e["right"]) for e in tree["judged"]]
    return Judgements(names=tree["names"], entries=entries)


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of one package: itself, and the libraries and crates that its own SBOM files state."""

    itself: Library
    stated: frozenset[Library] = frozenset()


def verdict(found: Finding, truth: Truth, judged: Judgements) -> Verdict:
    """What is stated with another version only is wrong; a name without a version is right where the library is
    stated."""
    if (spoken := judged.spoken(found)) is not None:
        return spoken
    known = {library for library in (truth.itself, *truth.stated) if _same(library, found.library)}
    if not known:
        return "unjudged"
    versions = {library.version for library in known if library.version}
    right = not found.library.version or found.library.version in versions
    return "right" if right else "wrong" if versions else "unjudged"


def _same(one: Library, other: Library) -> bool:
    return one.name == other.name and one.is_crate == other.is_crate


def finding(package: str, seen: Sequence[object], threshold: float) -> Finding | None:
    """Of a piece of evidence (evidence.Seen); None where it is none of native analysis."""
    purl, name, version, path, technique, sure, _ = seen
    key = purl_key(str(purl))
    if technique not in ("binary", "filename") or (key and key.type not in ("cargo", "generic")):
        return None
    library = Library(
        str(name).lower() if key is None else key.name, str(version), key is not None and key.type == "cargo"
    )
    return Finding(package, str(path).rpartition("/")[2], library, str(technique), float(str(sure)) >= threshold)


@dataclass(slots=True)
class Row:
    """named and versioned: entries of the truth with a finding of their name, and with one of their version."""

    truth: int = 0
    named: int = 0
    versioned: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)

    def count(self, library: Library, alike: Sequence[Finding]) -> None:
        """An entry of the truth, and the findings of its name."""
        self.truth += 1
        self.named += bool(alike)
        self.versioned += any(entry.library.version == library.version for entry in alike)

    @property
    def precision(self) -> float | None:
        """Percent of what is judged that is right; None where nothing is judged."""
        judged = self.verdicts["right"] + self.verdicts["wrong"]
        return 100 * self.verdicts["right"] / judged if judged else None


@dataclass(frozen=True, slots=True)
class Report:
    """rows: by package and in all by technique; each is of what enters a document but the last. lines: all that is
    wrong or unjudged, and what of the truth is missed."""

    rows: Mapping[str, Row]
    wrong: tuple[str, ...]
    unjudged: tuple[str, ...]
    missed: tuple[str, ...]


def report(findings: Iterable[Finding], truths: Mapping[str, Truth], judged: Judgements) -> Report:
    """truths by package."""
    rows: dict[str, Row] = {package: Row() for package, truth in sorted(truths.items()) if truth.stated}
    all_, below_ = Row(), Row()
    total = {"libraries, binary": Row(), "libraries, filename": Row(), "crates, binary": Row()}
    lines: dict[Verdict, list[str]] = {"right": [], "wrong": [], "unjudged": []}
    found = sorted(set(findings))
    for entry in found:
        said = verdict(entry, truths[entry.package], judged)
        if not entry.stated:
            below_.verdicts[said] += 1
            continue
        lines[said].append(entry.line)
        own = rows.get(entry.package) if not entry.library.is_crate else None
        for row in (total[_group(entry)], all_, *([own] if own else [])):
            row.verdicts[said] += 1
    missed = []
    stated = [entry for entry in found if entry.stated]
    for package, truth in sorted(truths.items()):
        for library in sorted(truth.stated):
            alike = [entry for entry in stated if entry.package == package and _same(entry.library, library)]
            groups = [name for name in total if name.startswith("crates") == library.is_crate]
            for name in groups:
                total[name].count(library, [entry for entry in alike if _group(entry) == name])
            all_.count(library, alike)
            if not library.is_crate:
                rows[package].count(library, alike)
            if library.version not in {entry.library.version for entry in alike}:
                others = ", ".join(sorted({entry.library.version or "without version" for entry in alike}))
                missed.append(f"{package}: {library.name} {library.version}; found: {others or 'nothing'}")
    rows = {name: row for name, row in rows.items() if row.truth or row.verdicts}
    rows |= total | {ALL: all_, "all, too unsure to be stated": below_}
    return Report(rows, tuple(lines["wrong"]), tuple(lines["unjudged"]), tuple(missed))


def _group(found: Finding) -> str:
    return "crates, binary" if found.library.is_crate else f"libraries, {found.technique}"


_ROW = "{:<44} {:>6} {:>6} {:>8} {:>9} {:>6} {:>6} {:>9} {:>12}"


def table(found: Report) -> Iterator[str]:
    """The rows as text, a heading first. Recall is of names with the right version."""
    yield _ROW.format(
        "native, from binaries alone",
        "truth",
        "named",
        "version",
        "recall %",
        "right",
        "wrong",
        "unjudged",
        "precision %",
    )
    for name, row in found.rows.items():
        truth = (
            (row.truth, row.named, row.versioned, f"{100 * row.versioned / row.truth:.1f}") if row.truth else ("-",) * 4
        )
        precision = "-" if row.precision is None else f"{row.precision:.1f}"
        counts = (row.verdicts[word] for word in ("right", "wrong", "unjudged"))
        yield _ROW.format(name, *truth, *counts, precision)


def details(found: Report, most: int = 400) -> Iterator[str]:
    """Each finding that is wrong or that nobody judged, and the first of what is missed."""
    yield from (f"  native: wrong: {line}" for line in found.wrong)
    yield from (f"  native: unjudged: {line}" for line in found.unjudged)
    yield from (f"  native: missed: {line}" for line in found.missed[:most])
    if len(found.missed) > most:
        yield f"  native: missed {len(found.missed) - most} more"


def below(found: Report) -> list[str]:
    """What is below the bar: precision 99 %, and a judgement of each finding that enters a document."""
    row = found.rows[ALL]
    wanted = (
        (row.precision is not None and row.precision < 99, f"precision {row.precision or 0:.2f} %"),
        (bool(found.unjudged), f"{len(found.unjudged)} findings that nobody judged"),
    )
    return [f"native: {words}" for missed, words in wanted if missed]


def _plain(file: str) -> str:
    """The name of a file without what auditwheel and the like put into it: it changes with each build."""
    return _MANGLED.sub("", file)
