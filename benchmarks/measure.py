"""Runs commands in turn: wall seconds, processor seconds and peak memory of each, and the ratio pair by pair.

Knows processes only. The peak of a child counts from the peak of the process that started it, so the process that
measures must stay small: packages are made and documents are rendered in children.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes


class CommandError(Exception):
    """A measured command failed; the message is the last line it wrote to standard error."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and greatest of several values."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Run:
    """One process: wall and processor time (user and system) in seconds, peak resident memory in bytes."""

    wall: float
    cpu: float
    peak: int
    output: bytes


@dataclass(frozen=True, slots=True)
class Pairs:
    """Runs of a command and of its reference, taken in turn."""

    command: tuple[Run, ...]
    reference: tuple[Run, ...]

    def wall_ratio(self) -> Spread:
        """Wall time of the command over that of the reference run just before it."""
        return ratio([r.wall for r in self.command], [r.wall for r in self.reference])

    def cpu_ratio(self) -> Spread:
        """Processor time of the command over that of the reference run just before it."""
        return ratio([r.cpu for r in self.command], [r.cpu for r in self.reference])


def spread(values: Sequence[float]) -> Spread:
    return Spread(median(values), min(values), max(values))


def ratio(values: Sequence[float], references: Sequence[float]) -> Spread:
    """Of the ratios pair by pair."""
    return spread([value / reference for value, reference in zip(values, references, strict=True)])


def pairs(command: Sequence[str], reference: Sequence[str], repetitions: int, folder: Path) -> Pairs:
    """Reference and command in turn, after one run of each that is not counted and fills the caches."""
    found: tuple[list[Run], list[Run]] = ([], [])
    for count in range(repetitions + 1):
        for place, words in zip(found, (reference, command), strict=True):
            result = run(words, folder)
            if count:
                place.append(result)
    return Pairs(command=tuple(found[1]), reference=tuple(found[0]))


def run(words: Sequence[str], folder: Path) -> Run:
    """One process in a working folder, without settings of the user's. Raises CommandError unless it exits with 0."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CF_SBOM_", "PYTHON"))}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, cwd=folder, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            lines = errors.read().decode("utf-8", "backslashreplace").split("\n")
            said = next((line for line in reversed(lines) if line.strip()), "it said nothing")
            raise CommandError(f"exit status {process.returncode}: {said.strip()}")
        cpu = usage.ru_utime + usage.ru_stime
        return Run(wall=wall, cpu=cpu, peak=usage.ru_maxrss * _PEAK_UNIT, output=output.read())
