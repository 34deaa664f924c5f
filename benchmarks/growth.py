"""How time grows with ten times the dependencies or files: describing, and rendering each format that is registered.

Measured inside one process, after a small package that loads modules and schemas: their time would hide growth.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import REPOSITORY, measure, packages
from benchmarks.figures import Figure, Section
from benchmarks.measure import ratio, spread
from benchmarks.stages import Stages

TARGET = 15
"""Times, for ten times as much. Linear work takes 10 to 13 times as long, as the processor's caches no longer hold it
all; a quadratic part would take 100 times as long."""


def dependencies(repetitions: int, most: bool) -> Section:
    """1,000 and 10,000 dependencies in all formats; most: and 100,000 in the default ones."""
    fewest, *counts, hundred_thousand = packages.DEPENDS
    runs = [_run(map(packages.depends, (fewest, *counts)), "--all") for _ in range(repetitions)]
    figures = list(_figures("depends", counts, runs))
    if most:
        counts = [counts[-1], hundred_thousand]
        figures += _figures("depends", counts, [_run(map(packages.depends, (fewest, *counts)))])
    return _section("6 growth with dependencies", "dependencies", figures, runs)


def files(repetitions: int) -> Section:
    """2,500 and 25,000 files, each of them listed in the documents."""
    paths = [packages.depends(packages.DEPENDS[0]), *map(packages.many, packages.MANY)]
    runs = [_run(paths, "--all", "--files") for _ in range(repetitions)]
    return _section("7 growth with files", "files, all listed", list(_figures("files", packages.MANY, runs)), runs)


def _run(paths: Sequence[Path] | Iterator[Path], *options: str) -> list[Stages]:
    """The stages of all but the first package."""
    words = (sys.executable, "-m", "benchmarks.stages", *options, *map(str, paths))
    found: list[Stages] = json.loads(measure.run(words, REPOSITORY).output)
    return found[1:]


def _figures(key: str, counts: Sequence[int], runs: Sequence[Sequence[Stages]]) -> Iterator[Figure]:
    few, many = counts
    for stage in runs[0][-1]["seconds"]:
        less, more = ([run[place]["seconds"][stage] for run in runs] for place in (0, 1))
        yield Figure(key=f"{key}.{stage}_{many}", name=f"{stage}, {many}", unit="s", spread=spread(more))
        yield Figure(
            key=f"{key}.{stage}_growth_{many}",
            name=f"  ratio to {few}",
            unit="times",
            spread=ratio(more, less),
            target=TARGET,
        )


def _section(title: str, what: str, figures: list[Figure], runs: Sequence[Sequence[Stages]]) -> Section:
    skipped = runs[0][-1]["skipped"].items()
    return Section(
        title=f"{title}: describing, and rendering with validation in each format",
        remarks=(f"{what}; all loaded", *(f"skipped: {name}: {reason}" for name, reason in skipped)),
        figures=tuple(figures),
    )
