"""`python -m benchmarks.channel [--count N]`: makes a channel, runs `cf-sbom channel` over it, prints what it took."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import OUT, REPOSITORY
from benchmarks.channel import packages
from benchmarks.measure import CommandError, Run, run
from cf_sbom.about import VERSION

# On two cores, for 10,000 packages of which the metadata alone is read; seconds, and bytes of one process.
FIRST, REPEATED, PEAK = 60, 5, 300_000_000
SMALL = 1_000
FIRST_RUN, AGAIN, INDEX = "first", "again", "index"  # the last is a part of the first, measured alone


@dataclass(frozen=True, slots=True)
class Case:
    """One way to run over a channel of so many packages."""

    count: int
    jobs: int
    metadata_only: bool

    @property
    def name(self) -> str:
        what = "metadata" if self.metadata_only else "full"
        return f"{self.count:>6,} packages, {what:<8}, {self.jobs} worker{'s' if self.jobs > 1 else ''}"


def main() -> None:
    settings = _settings()
    place = f"{platform.machine()}, {os.cpu_count()} cores"
    print(f"cf-sbom {VERSION}, Python {platform.python_version()}, {place}")
    print(f"Load {os.getloadavg()[0]:.1f}: seconds of the clock mean little unless that is near 0.")
    print("CPU: user and system, all processes. Peak: of the largest process. MB is a million bytes.")
    print(f"shapes: {'real packages' if packages.REAL.is_dir() else 'built in'}\n")
    small = min(SMALL, settings.count)
    cases = [
        *(Case(small, jobs, metadata_only) for metadata_only in (True, False) for jobs in (1, 2)),
        *(Case(settings.count, jobs, True) for jobs in (1, 2)),
        *((Case(settings.count, 2, False),) if settings.all else ()),
    ]
    print(f"{'':36}{'':>10}{'clock':>9}{'CPU':>9}{'a second':>10}{'CPU each':>10}{'peak':>9}")
    found: dict[tuple[Case, str], Run] = {}
    try:
        for case in dict.fromkeys(cases):
            _prepare(case.count)
            _warm(case.count)
            for what, ran in _runs(case):
                found[case, what] = ran
                print(_line(case, what, ran), flush=True)
    except CommandError as error:
        print(f"not measured: {error}")
        return
    print()
    for line in _verdicts(found, small, settings.count):
        print(line)


def _settings() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.channel", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="packages of the large channel")
    parser.add_argument("--all", action="store_true", help="read all of the large channel, too, not its metadata only")
    return parser.parse_args()


def _prepare(count: int) -> None:
    """In a child, since making packages takes memory (see measure)."""
    if not (packages.folder(count) / "ready").is_file():
        run((sys.executable, "-m", "benchmarks.channel.packages", str(count), str(packages.REAL)), REPOSITORY)


def _warm(count: int) -> None:
    """Read all packages once, so that every run finds them in memory."""
    for path in packages.folder(count).rglob("*.conda"):
        with path.open("rb") as file:
            while file.read(1 << 20):
                pass


def _runs(case: Case) -> Iterator[tuple[str, Run]]:
    """The first run, the same again, and the index of its documents, made anew."""
    out = OUT / "channel-sboms"
    shutil.rmtree(out, ignore_errors=True)
    words = [sys.executable, "-m", "cf_sbom", "channel", str(packages.folder(case.count)), "--output-dir", str(out)]
    words += ["--jobs", str(case.jobs), "--quiet", "--summary", "-"]
    words += ["--metadata-only"] if case.metadata_only else []
    for what, made in ((FIRST_RUN, case.count), (AGAIN, 0)):
        ran = run(words, REPOSITORY)
        told = json.loads(ran.output)
        if (told["made"], told["failed"], told["packages"]) != (made, 0, case.count):
            raise CommandError(f"{case.name}: {told}")
        yield what, ran
    words = [sys.executable, "-m", "cf_sbom", "index", str(out), "--index", str(out / "alone.db")]
    yield INDEX, run(words, REPOSITORY)
    shutil.rmtree(out)


def _line(case: Case, what: str, ran: Run) -> str:
    return (
        f"{case.name:<36}{what:>10}{ran.wall:>8.1f}s{ran.cpu:>8.1f}s"
        f"{case.count / ran.wall:>10.0f}{1000 * ran.cpu / case.count:>7.2f} ms{ran.peak / 1e6:>6.0f} MB"
    )


def _verdicts(found: dict[tuple[Case, str], Run], small: int, count: int) -> list[str]:
    first, again, index = (found[Case(count, 2, True), what] for what in (FIRST_RUN, AGAIN, INDEX))
    idle = (first.cpu + index.cpu) / 2  # one process makes the index: (all - index) / 2 + index
    share = count / 10_000
    peak = max(ran.peak for ran in found.values())
    lines = [
        _verdict("metadata, 2 workers, first run", first.wall, FIRST * share, "s"),
        _verdict("  the same by CPU seconds on two idle cores", idle, FIRST * share, "s"),
        _verdict("repeated run", again.wall, REPEATED * share, "s"),
        _verdict("  the same by CPU seconds", again.cpu, REPEATED * share, "s"),
        _verdict("peak of one process", peak / 1e6, PEAK / 1e6, "MB"),
    ]
    if small < count:
        for jobs in (1, 2):
            each = [found[Case(n, jobs, True), FIRST_RUN].cpu / n for n in (small, count)]
            lines.append(
                f"CPU a package, {jobs} workers, {count:,} against {small:,} packages: {each[1] / each[0]:.2f} times"
            )
    return lines


def _verdict(what: str, value: float, target: float, unit: str) -> str:
    return f"{what}: {value:.1f} {unit}, target {target:g} {unit}: {'met' if value <= target else 'NOT met'}"


if __name__ == "__main__":
    main()
