"""`python -m benchmarks.recall [--tools cf-sbom,syft] [--only go,rust] [-v] [--check]`: measures and prints the tables.

--check: exit status 1 where cf-sbom is below the bar: recall 100 %, precision 99 %, no duplicates, nothing invented,
each native finding judged.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import REAL_PACKAGES
from benchmarks.measure import CommandError
from benchmarks.recall import (
    HOME,
    alone,
    bundled,
    corpus,
    environment,
    evidence,
    natives,
    negative,
    packages,
    score,
    techniques,
)
from benchmarks.recall.score import Listed, Outcome, Stated
from benchmarks.recall.tools import TOOLS, Made, Tool

NATIVE = "native"
NEGATIVE = "negative"
OURS = "cf-sbom"


def main() -> int:
    settings = _settings()
    start = time.monotonic()
    tools = list(_tools(settings.tools))
    try:
        binaries = environment.readers()
    except CommandError as error:
        print(f"the readers cannot be had: {error}")
        return int(settings.check)
    made, truths = _corpus(settings.only, binaries)
    runs = {tool.name: _run(tool, made) for tool in tools}
    rows = [
        score.outcome(name, tool.name, truths, runs[tool.name])
        for name in score.ECOSYSTEMS
        if name in settings.only
        for tool in tools
    ]
    verdicts = list(_negative(tools, binaries)) if NEGATIVE in settings.only else []
    own = _own(made, truths, NATIVE in settings.only) if any(tool.name == OURS for tool in tools) else _Own()
    print("\n" + "\n".join(score.table(rows)))
    for lines in own.tables:
        print("\n" + "\n".join(lines))
    if verdicts:
        print("\n" + "\n".join(negative.table(verdicts)))
    if settings.verbose:
        print("\n" + "\n".join((*(line for row in rows for line in score.details(row)), *own.details)))
    print(f"\n{len(made)} packages, {time.monotonic() - start:.0f} s; {HOME / 'recall.json'}")
    report = {
        "rows": [_figures(row) for row in rows],
        "negative": [asdict(v) for v in verdicts],
        "tables": own.tables,
        "details": own.details,
    }
    (HOME / "recall.json").write_text(json.dumps(report, indent=1) + "\n")
    poor = [line for row in rows if row.tool == OURS for line in score.below(row)]
    poor += own.poor
    poor += [f"negative: {v.case}" for v in verdicts if v.tool == OURS and not v.good]
    print("\n".join(f"below the bar: {line}" for line in poor) if poor else "cf-sbom is above the bar")
    return int(settings.check and bool(poor))


def _settings() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recall")
    rows = (*score.ECOSYSTEMS, NATIVE, NEGATIVE)
    parser.add_argument("--tools", type=_names(TOOLS), default=list(TOOLS), help=f"of {','.join(TOOLS)}")
    parser.add_argument("--only", type=_names(rows), default=list(rows), help=f"of {','.join(rows)}")
    parser.add_argument("-v", "--verbose", action="store_true", help="the first of what was missed, and what is false")
    parser.add_argument("--check", action="store_true", help="exit with 1 where cf-sbom is below the bar")
    settings = parser.parse_args()
    if "rust" in settings.only and score.RUNTIME not in settings.only:
        settings.only.append(score.RUNTIME)
    return settings


def _names(choices: Iterable[str]) -> Callable[[str], list[str]]:
    known = frozenset(choices)

    def names(text: str) -> list[str]:
        found = text.split(",")
        if unknown := [name for name in found if name not in known]:
            raise argparse.ArgumentTypeError(f"unknown: {unknown[0]}")
        return found

    return names


def _tools(names: Sequence[str]) -> list[Tool]:
    found = []
    for name in names:
        try:
            print(f"{name} {TOOLS[name].prepare()}", flush=True)
            found.append(TOOLS[name])
        except CommandError as error:
            print(f"{name} cannot be had: {error}", flush=True)
    return found


def _corpus(only: Sequence[str], binaries: Path) -> tuple[dict[str, Made], dict[str, Sequence[Stated]]]:
    made: dict[str, Made] = {}
    truths: dict[str, Sequence[Stated]] = {}
    for artefact in corpus.chosen(frozenset(only)):
        label = artefact.label
        try:
            file = corpus.fetch(artefact, binaries)
            package = packages.made(file, label, artefact.name, artefact.version, artefact.subdir, binaries)
            truths[label] = packages.truth_of(package, binaries)
        except CommandError as error:
            print(f"left out: {label}: {error}", flush=True)
            continue
        made[label] = package
    return made, truths


def _run(tool: Tool, made: dict[str, Made]) -> dict[str, tuple[Sequence[Listed], float]]:
    """What the tool lists of each package that it could read."""
    found: dict[str, tuple[Sequence[Listed], float]] = {}
    for label, package in made.items():
        try:
            tree, seconds = _document(tool, package, label)
        except (CommandError, OSError, ValueError) as error:
            print(f"{tool.name}: {label}: {error}", flush=True)
            continue
        found[label] = (list(score.listed(tree)), seconds)
    return found


@dataclass(frozen=True, slots=True)
class _Own:
    """What is measured of cf-sbom alone: tables, what is wrong, unjudged and missed in them, what is below the bar."""

    tables: Sequence[Sequence[str]] = ()
    details: Sequence[str] = ()
    poor: Sequence[str] = ()


def _own(made: dict[str, Made], stated: dict[str, Sequence[Stated]], native: bool) -> _Own:
    """Recall and precision by technique; with native, of native analysis from the binaries alone too."""
    judged = natives.judgements()
    known = alone.truths(made, stated, judged)
    try:
        seen = evidence.evidence([package.package for package in made.values()])
        found = alone.measured(made, known, judged) if native else None
    except CommandError as error:
        print(f"cf-sbom: {error}", flush=True)
        return _Own(poor=[f"native: {error}"])
    by_label = {label: seen[package.package] for label, package in made.items() if package.package in seen}
    tables = [list(techniques.table(techniques.rows(by_label, stated, known, judged), stated))]
    if found is None:
        return _Own(tables=tables)
    real = len(alone.real_packages()) or f"none ({REAL_PACKAGES} names their folder)"
    native_lines = [*natives.table(found), f"with the files of the corpus; real packages: {real}"]
    bundled_lines = list(bundled.table(bundled.corpus()))
    return _Own([*tables, native_lines, bundled_lines], list(natives.details(found)), list(natives.below(found)))


def _document(tool: Tool, package: Made, label: str) -> tuple[dict[str, object], float]:
    document = HOME / "documents" / tool.name / f"{label}.cdx.json"
    document.parent.mkdir(parents=True, exist_ok=True)
    document.unlink(missing_ok=True)
    seconds = tool.run(package, document)
    return json.loads(document.read_bytes()), seconds


def _negative(tools: Sequence[Tool], binaries: Path) -> list[negative.Verdict]:
    verdicts = []
    for number, case in enumerate(negative.CASES):
        folder = HOME / "negative" / str(number) / "payload"
        shutil.rmtree(folder.parent, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            true = case.make(folder, binaries)
            package = packages.made(
                folder, f"negative-{number}", "negative", str(number), "linux-64", binaries, new=True
            )
            for tool in tools:
                tree, _ = _document(tool, package, f"negative-{number}")
                verdicts.append(negative.judge(case, true, tool.name, list(score.listed(tree)), tree))
        except (CommandError, OSError, ValueError) as error:
            print(f"left out: {case.name}: {error}", flush=True)
    return verdicts


def _figures(row: Outcome) -> dict[str, object]:
    return {**asdict(row), "recall": round(row.recall, 2), "precision": round(row.precision, 2)}


if __name__ == "__main__":
    sys.exit(main())
