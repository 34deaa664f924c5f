"""The benchmarks and their targets: what runs against what. Each gives a Section.

A whole process is what a user waits for: start, reading, both default documents, their validation and writing them.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import REPOSITORY, measure, packages
from benchmarks.figures import Figure, Section
from benchmarks.measure import CommandError, Pairs, Spread, ratio, spread

_MB = 1_000_000
_TOOL = str(Path(sys.executable).with_name("cf-sbom"))
_IMPORT_CLICK = (sys.executable, "-c", "import click")
_REAL = "mock-2.0.0-py37_1000.conda"
_FIXTURE = "fixtures/packages/noarch/sources-demo-*.conda"


@dataclass(frozen=True, slots=True)
class Repetitions:
    """Pairs of runs for each kind of benchmark."""

    short: int
    long: int


FULL, QUICK = Repetitions(short=15, long=7), Repetitions(short=5, long=3)


def sections(repetitions: Repetitions) -> Iterator[Section]:
    """Each benchmark in its turn; one whose command fails gives a section that says so."""
    cases: tuple[tuple[str, Callable[[Repetitions, Path], Section]], ...] = (
        ("1 start", _start),
        ("2 a small real package", _real),
        ("3 a large package", _large),
        ("4 many small files", _many),
        ("5 many dependencies", _linear),
    )
    for title, case in cases:
        with tempfile.TemporaryDirectory(prefix="cf-sbom-bench-") as folder:
            try:
                yield case(repetitions, Path(folder))
            except CommandError as error:
                yield Section(title=title, remarks=(f"MISSED: the command failed: {error}",))


def _start(repetitions: Repetitions, folder: Path) -> Section:
    """Wall seconds of `cf-sbom --version` against importing click."""
    found = measure.pairs((_TOOL, "--version"), _IMPORT_CLICK, repetitions.short, folder)
    return Section(
        title='1 start: cf-sbom --version against python -c "import click"',
        figures=(_wall_ratio("start", found, 1.5), *_walls("start", found, 'python -c "import click"')),
    )


def _real(repetitions: Repetitions, folder: Path) -> Section:
    """Wall seconds of `cf-sbom generate`, whole process, on a small package of a public channel."""
    package = _real_package()
    remarks: tuple[str, ...] = ()
    if package is None:
        remarks = (f"skipped: {_REAL} is not there (CF_SBOM_REAL_PACKAGES names its folder); a fixture stands in",)
        package = next(iter(sorted(REPOSITORY.glob(_FIXTURE))), None)
    if package is None:
        return Section(title="2 a small real package", remarks=(f"skipped: neither {_REAL} nor {_FIXTURE} is there",))
    found = measure.pairs(_generate(package, folder), _IMPORT_CLICK, repetitions.short, folder)
    return Section(
        title=f"2 a small real package: cf-sbom generate, {package.name}, {package.stat().st_size / 1000:.0f} kB",
        remarks=remarks,
        figures=(
            _wall("real", found, 0.35),
            Figure(key="real.cpu", name="processor time", unit="s", spread=spread([r.cpu for r in found.command])),
            _wall_ratio("real", found, None, 'python -c "import click"'),
            _peak("real", found),
        ),
    )


def _large(repetitions: Repetitions, folder: Path) -> Section:
    """Ratio of wall seconds to bare decompressing and hashing, and peak memory, of a large package."""
    return _against_reference("3 a large package", "large", packages.large(), repetitions.long, folder, 1.3, 150)


def _many(repetitions: Repetitions, folder: Path) -> Section:
    """Ratio of wall seconds to bare decompressing and hashing of a package of many small files."""
    title = f"4 {packages.MANY} small files"
    return _against_reference(title, "many", packages.many(), repetitions.long, folder, 1.5)


def _against_reference(
    title: str, key: str, package: Path, repetitions: int, folder: Path, target: float, memory: float | None = None
) -> Section:
    reference = (sys.executable, str(REPOSITORY / "benchmarks" / "reference.py"), str(package))
    found = measure.pairs(_generate(package, folder), reference, repetitions, folder)
    packed, unpacked = package.stat().st_size / _MB, packages.unpacked_size(package) / _MB
    window = packages.window_size(package) / _MB
    made = f"{packed:.0f} MB packed, {unpacked:.0f} MB unpacked, zstd level {packages.LEVEL}, window {window:.1f} MB"
    return Section(
        title=f"{title}: cf-sbom generate against bare decompressing and hashing",
        remarks=(f"{package.name}: {made}",),
        figures=(
            _wall_ratio(key, found, target),
            Figure(key=f"{key}.cpu_ratio", name="ratio, processor time", unit="times", spread=found.cpu_ratio()),
            *_walls(key, found, "reference"),
            _peak(key, found, memory),
            Figure(key=f"{key}.reference_peak", name="peak memory, reference", unit="MB", spread=_peaks(found, True)),
        ),
    )


def _linear(repetitions: Repetitions, folder: Path) -> Section:
    """Seconds of describing and rendering in a fresh process, and how they grow with ten times the dependencies.

    The target in seconds includes loading modules and schemas; the ratio leaves it out, since it would hide growth.
    """
    fewest, few, many = packages.DEPENDS
    first = [_stages(packages.depends(many)) for _ in range(repetitions.long)]
    pairs = [
        tuple(_stages(packages.depends(fewest), packages.depends(count)) for count in (few, many))
        for _ in range(repetitions.long)
    ]
    figures = [
        _seconds(f"depends.render_{many}", f"rendering both, {many}, first in process", first, _FORMATS, 1),
        *(_seconds(f"depends.first_{stage}", f"  {stage}", first, (stage,)) for stage in ("describe", *_FORMATS)),
    ]
    for place, count in enumerate((few, many)):
        figures += (
            _seconds(f"depends.{stage}_{count}", f"{stage}, {count}, all loaded", [p[place] for p in pairs], (stage,))
            for stage in ("describe", *_FORMATS)
        )
    for key, name, stages, target in (
        ("all", "describing and rendering", ("describe", *_FORMATS), 12),
        ("render", "rendering", _FORMATS, 12),
    ):
        sums = [[sum(run[stage] for stage in stages) for run in runs] for runs in zip(*pairs, strict=True)]
        growth = ratio(sums[1], sums[0])
        name = f"ratio {many} to {few}, {name}"
        figures.append(Figure(key=f"depends.{key}_ratio", name=name, unit="times", spread=growth, target=target))
    return Section(
        title=f"5 many dependencies: describing and rendering in process, {few} and {many} depends",
        remarks=("rendering includes validation; describe is reading, routing and assembling",),
        figures=tuple(figures),
    )


_FORMATS = ("cyclonedx-json", "spdx-json")


def _stages(*chosen: Path) -> dict[str, float]:
    words = (sys.executable, "-m", "benchmarks.stages", *map(str, chosen))
    found: dict[str, float] = json.loads(measure.run(words, REPOSITORY).output)
    return found


def _seconds(
    key: str, name: str, runs: list[dict[str, float]], stages: tuple[str, ...], target: float | None = None
) -> Figure:
    values = [sum(run[stage] for stage in stages) for run in runs]
    return Figure(key=key, name=name, unit="s", spread=spread(values), target=target)


def _real_package() -> Path | None:
    named = os.environ.get("CF_SBOM_REAL_PACKAGES")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "packages"
    return next(iter(sorted(folder.rglob(_REAL))), None)


def _generate(package: Path, folder: Path) -> tuple[str, ...]:
    return (_TOOL, "generate", "--output-dir", str(folder), str(package))


def _wall_ratio(key: str, found: Pairs, target: float | None, against: str = "") -> Figure:
    name = f"ratio to {against}" if against else "ratio, wall time"
    return Figure(key=f"{key}.ratio", name=name, unit="times", spread=found.wall_ratio(), target=target)


def _wall(key: str, found: Pairs, target: float | None = None) -> Figure:
    values = [r.wall for r in found.command]
    return Figure(key=f"{key}.wall", name="wall time, cf-sbom", unit="s", spread=spread(values), target=target)


def _walls(key: str, found: Pairs, reference: str) -> tuple[Figure, Figure]:
    values = [r.wall for r in found.reference]
    name = f"wall time, {reference}"
    return _wall(key, found), Figure(key=f"{key}.reference_wall", name=name, unit="s", spread=spread(values))


def _peak(key: str, found: Pairs, target: float | None = None) -> Figure:
    name = "peak memory, cf-sbom"
    return Figure(key=f"{key}.peak", name=name, unit="MB", spread=_peaks(found), target=target)


def _peaks(found: Pairs, reference: bool = False) -> Spread:
    return spread([r.peak / _MB for r in (found.reference if reference else found.command)])
