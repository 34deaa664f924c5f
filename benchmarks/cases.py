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

from benchmarks import REAL_PACKAGES, REPOSITORY, environments, growth, measure, packages, programs, recall, syft
from benchmarks.figures import Figure, Section
from benchmarks.measure import CommandError, Pairs, Spread, ratio, spread

_MB = 1_000_000
_TOOL = str(Path(sys.executable).with_name("cf-sbom"))
_IMPORT_CLICK = (sys.executable, "-c", "import click")
_REAL = "mock-2.0.0-py37_1000.conda"
_WITHOUT_NATIVE = tuple(
    word for name in ("archives", "bundled", "linkage", "native", "static") for word in ("--disable", name)
)
_FIXTURE = "fixtures/packages/noarch/sources-demo-*.conda"


@dataclass(frozen=True, slots=True)
class Repetitions:
    """Runs, or pairs of runs, for each kind of benchmark; most: with what takes longest."""

    short: int
    long: int
    growth: int
    most: bool


FULL = Repetitions(short=15, long=7, growth=3, most=True)
QUICK = Repetitions(short=5, long=3, growth=1, most=False)


def sections(repetitions: Repetitions) -> Iterator[Section]:
    """Each benchmark in its turn; one whose command fails gives a section that says so."""
    cases: tuple[tuple[str, Callable[[Repetitions, Path], Section]], ...] = (
        ("1 start", _start),
        ("2 a small real package", _real),
        ("3 a large package", _large),
        ("4 many small files", _many),
        ("5 many dependencies", _components),
        ("6 growth with dependencies", lambda runs, _: growth.dependencies(runs.growth, runs.most)),
        ("7 growth with files", lambda runs, _: growth.files(runs.growth)),
        ("8 syft", _syft),
        ("9 programs", _programs),
        ("10 native analysis", _native),
        ("11 recall", _recall),
        ("12 an environment", _environment),
        ("13 a comparison", _comparison),
    )
    for title, case in cases:
        with tempfile.TemporaryDirectory(prefix="cf-sbom-bench-") as folder:
            try:
                yield case(repetitions, Path(folder))
            except CommandError as error:
                yield Section(title=title, remarks=(f"not met: the command failed: {error}",), failed=True)


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
    if package.name != _REAL:
        remarks = (f"skipped: {_REAL} is not there ({REAL_PACKAGES} names its folder); a fixture stands in",)
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


def _environment(repetitions: Repetitions, folder: Path) -> Section:
    """Wall seconds and peak memory of `cf-sbom merge` for an environment whose packages all have documents, and for a
    lock file without any."""
    prefix, lock = environments.prefix(), environments.lock(environments.PACKAGES)
    words = (_TOOL, "merge", "--quiet", "--output-dir", str(folder))
    found = measure.pairs((*words, "--prefix", str(prefix)), _IMPORT_CLICK, repetitions.long, folder)
    locked = measure.pairs((*words, "--lock", str(lock)), _IMPORT_CLICK, repetitions.long, folder)
    count = f"{environments.PACKAGES} packages with documents of {environments.COMPONENTS} components"
    return Section(
        title=f"12 an environment: cf-sbom merge, {count}, both default formats",
        figures=(
            _wall("environment", found, 5),
            Figure(
                key="environment.cpu", name="processor time", unit="s", spread=spread([r.cpu for r in found.command])
            ),
            _peak("environment", found),
            _wall("environment.lock", locked),
        ),
    )


def _comparison(repetitions: Repetitions, folder: Path) -> Section:
    """Wall seconds and peak memory of `cf-sbom diff` for two packages that carry many components."""
    words = (_TOOL, "diff", *(str(packages.carrying(version)) for version in (1, 2)))
    found = measure.pairs(words, _IMPORT_CLICK, repetitions.long, folder)
    return Section(
        title=f"13 a comparison: cf-sbom diff, two packages that carry {packages.CARRIED} npm packages each",
        figures=(
            _wall("comparison", found, 2),
            Figure(
                key="comparison.cpu", name="processor time", unit="s", spread=spread([r.cpu for r in found.command])
            ),
            _peak("comparison", found),
        ),
    )


def _large(repetitions: Repetitions, folder: Path) -> Section:
    """Ratio of wall seconds to bare decompressing and hashing, and peak memory, of a large package."""
    return _against_reference("3 a large package", "large", packages.large(), repetitions.long, folder, 1.3, 150)


def _many(repetitions: Repetitions, folder: Path) -> Section:
    """Ratio of wall seconds to bare decompressing and hashing of a package of many small files."""
    most = packages.MANY[-1]
    return _against_reference(f"4 {most} small files", "many", packages.many(most), repetitions.long, folder, 1.5)


def _against_reference(
    title: str, key: str, package: Path, repetitions: int, folder: Path, target: float, memory: float | None = None
) -> Section:
    found = measure.pairs(_generate(package, folder), _reference(package), repetitions, folder)
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


def _components(repetitions: Repetitions, folder: Path) -> Section:
    """Processor seconds of rendering 10,000 components in a fresh process, both default formats, each validated; and
    what the whole command takes."""
    count = packages.DEPENDS[-2]
    package = packages.depends(count)
    words = (sys.executable, "-m", "benchmarks.stages", str(package))
    stages = [json.loads(measure.run(words, REPOSITORY).output)[0]["seconds"] for _ in range(repetitions.long)]
    formats = [name for name in stages[0] if name != "describe"]
    rendering = [sum(run[name] for name in formats) for run in stages]
    whole = measure.pairs(_generate(package, folder), _IMPORT_CLICK, repetitions.long, folder)
    return Section(
        title=f"5 many dependencies: {count} components into both default formats, validated",
        remarks=("loading schemas on first use included; describe is reading, routing and assembling",),
        figures=(
            Figure(key="components.render", name="rendering both", unit="s", spread=spread(rendering), target=1),
            *(
                Figure(key=f"components.{name}", name=f"  {name}", unit="s", spread=spread([r[name] for r in stages]))
                for name in (*formats, "describe")
            ),
            _wall("components", whole),
            _peak("components", whole),
        ),
    )


def _syft(repetitions: Repetitions, folder: Path) -> Section:
    """Wall seconds and peak memory of one CycloneDX document against syft's, which is given the unpacked package."""
    try:
        version = syft.install()
    except CommandError as error:
        return Section(title="8 syft", remarks=(f"skipped: it cannot be had: {error}",))
    remarks: list[str] = []
    figures: list[Figure] = []
    sizes = (("real", _real_package()), ("large", packages.large()), ("many", packages.many(packages.MANY[-1])))
    for key, package in sizes:
        unpacked, ours, theirs = folder / key, folder / f"{key}.cdx.json", folder / f"{key}.syft.json"
        syft.unpack(package, unpacked)
        command = (_TOOL, "generate", "--output", f"cyclonedx-json={ours}", str(package))
        found = measure.pairs(command, syft.command(unpacked, theirs), repetitions.long, folder)
        counts = f"components: cf-sbom {syft.components(ours)}, syft {syft.components(theirs)}"
        remarks.append(f"{key}: {package.name}; {counts}")
        memory = ratio([r.peak for r in found.command], [r.peak for r in found.reference])
        figures += (
            _wall_ratio(f"syft.{key}", found, None, f"syft, {key}, wall time"),
            Figure(key=f"syft.{key}.cpu_ratio", name="  processor time", unit="times", spread=found.cpu_ratio()),
            Figure(key=f"syft.{key}.memory_ratio", name="  peak memory", unit="times", spread=memory),
        )
    title = f"8 syft {version}: cf-sbom on the package against syft on the same package unpacked"
    return Section(title=title, remarks=tuple(remarks), figures=tuple(figures))


def _programs(repetitions: Repetitions, folder: Path) -> Section:
    """Ratio of wall seconds to bare decompressing and hashing, and peak memory, of a package of two large programs that
    say what they are made of; and the same against syft."""
    try:
        package = programs.PROGRAMS.package()
        version = syft.install()
    except CommandError as error:
        return Section(title="9 programs", remarks=(f"skipped: they cannot be had: {error}",))
    unpacked, ours, theirs = folder / "unpacked", folder / "ours.cdx.json", folder / "theirs.json"
    bare = measure.pairs(_generate(package, folder), _reference(package), repetitions.long, folder)
    syft.unpack(package, unpacked)
    command = (_TOOL, "generate", "--output", f"cyclonedx-json={ours}", str(package))
    peer = measure.pairs(command, syft.command(unpacked, theirs), repetitions.long, folder)
    memory = ratio([r.peak for r in peer.command], [r.peak for r in peer.reference])
    counts = f"components: cf-sbom {syft.components(ours)}, syft {version} {syft.components(theirs)}"
    size = f"{programs.PROGRAMS.size() / _MB:.0f} MB"
    return Section(
        title=f"9 programs: a Go and a Rust program of {size} against bare reading, and syft",
        remarks=(f"{package.name}; {counts}",),
        figures=(
            _wall_ratio("programs", bare, 2.5),
            Figure(key="programs.cpu_ratio", name="ratio, processor time", unit="times", spread=bare.cpu_ratio()),
            *_walls("programs", bare, "reference"),
            _peak("programs", bare, 250),
            _wall_ratio("programs.syft", peer, None, "syft, wall time"),
            Figure(key="programs.syft.memory_ratio", name="  peak memory", unit="times", spread=memory),
        ),
    )


def _native(repetitions: Repetitions, folder: Path) -> Section:
    """Ratio of wall seconds with native analysis to those without it: the large package, whose files are no binaries,
    one of large libraries, and two large programs."""
    remarks = [f"without: cf-sbom generate {' '.join(_WITHOUT_NATIVE)}"]
    figures: list[Figure] = []
    made: tuple[tuple[str, Callable[[], Path]], ...] = (
        ("large", packages.large),
        (programs.LIBRARIES.name, programs.LIBRARIES.package),
        (programs.PROGRAMS.name, programs.PROGRAMS.package),
    )
    for key, prepared in made:
        try:
            package = prepared()
        except CommandError as error:
            remarks.append(f"skipped: {key}: {error}")
            continue
        command = _generate(package, folder)
        found = measure.pairs(command, (*command, *_WITHOUT_NATIVE), repetitions.long, folder)
        remarks.append(f"{key}: {package.name}, {package.stat().st_size / _MB:.0f} MB packed")
        figures += (
            _wall_ratio(f"native.{key}", found, 1.3, f"without, {key}"),
            Figure(
                key=f"native.{key}.cpu_ratio",
                name="  processor time",
                unit="times",
                spread=found.cpu_ratio(),
                target=1.3,
            ),
            _peak(f"native.{key}", found, 150),
        )
    title = "10 native analysis: cf-sbom generate against the same without native analysis"
    return Section(title=title, remarks=tuple(remarks), figures=tuple(figures))


def _recall(repetitions: Repetitions, folder: Path) -> Section:
    """What `make recall` says of cf-sbom alone, by technique and of native analysis; not in quick runs."""
    title = "11 recall: what is found in the recall corpus against what is there (make recall)"
    if not repetitions.most:
        return Section(title=title, remarks=("skipped: it takes downloads and a minute; run without --quick",))
    named = (f"{name}={value}" for name, value in os.environ.items() if name == REAL_PACKAGES)
    words = (sys.executable, "-m", "benchmarks.recall", "--tools", "cf-sbom")
    try:
        measure.run(("env", *named, *words), REPOSITORY)
    except CommandError as error:
        return Section(title=title, remarks=(f"skipped: {error}",))
    tables = json.loads((recall.HOME / "recall.json").read_bytes())["tables"]
    return Section(title=title, remarks=tuple(line for table in tables for line in table))


def _reference(package: Path) -> tuple[str, ...]:
    return (sys.executable, str(REPOSITORY / "benchmarks" / "reference.py"), str(package))


def _real_package() -> Path:
    """A small package of a public channel, or else a fixture."""
    named = os.environ.get(REAL_PACKAGES)
    found = sorted(Path(named).rglob(_REAL)) if named else []
    return (found or sorted(REPOSITORY.glob(_FIXTURE)))[0]


def _generate(package: Path, folder: Path) -> tuple[str, ...]:
    return (_TOOL, "generate", "--output-dir", str(folder), str(package))


def _wall_ratio(key: str, found: Pairs, target: float | None, against: str = "") -> Figure:
    name = f"ratio to {against}" if against else "ratio, wall time"
    return Figure(key=f"{key}.ratio", name=name, unit="times", spread=found.wall_ratio(), target=target)


def _wall(key: str, found: Pairs, target: float | None = None) -> Figure:
    values = [r.wall for r in found.command]
    return Figure(
        key=f"{key}.wall", name="wall time, cf-sbom", unit="s", spread=spread(values), target=target, steady=False
    )


def _walls(key: str, found: Pairs, reference: str) -> tuple[Figure, Figure]:
    values = [r.wall for r in found.reference]
    name = f"wall time, {reference}"
    reference_wall = Figure(key=f"{key}.reference_wall", name=name, unit="s", spread=spread(values), steady=False)
    return _wall(key, found), reference_wall


def _peak(key: str, found: Pairs, target: float | None = None) -> Figure:
    name = "peak memory, cf-sbom"
    return Figure(key=f"{key}.peak", name=name, unit="MB", spread=_peaks(found), target=target)


def _peaks(found: Pairs, reference: bool = False) -> Spread:
    return spread([r.peak / _MB for r in (found.reference if reference else found.command)])
