"""What a run says while it goes: paths, problems and, on a terminal with several targets, a bar.

Knows terminals and rich. With a bar, all that goes to the terminal passes through rich, which draws the bar anew below
it; standard output that leads elsewhere stays plain.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

import click

from cf_sbom.faces.cli.terminal import safe, say

if TYPE_CHECKING:
    from rich.progress import Progress

    from cf_sbom.channel.runs import Counts

_MINUTE = 60.0
_NAMED = 3
_BESIDE = 55  # columns for the words and numbers beside a bar
_NARROW = 65  # columns of a terminal, from which on there is room for one
_MOST = 200  # failures told one by one; all of them are in the failures file


class Plain:
    """Without a bar: paths on standard output, problems on standard error, each behind the label."""

    def __init__(self, label: str = "") -> None:
        self._label = label

    def path(self, line: str) -> None:
        click.echo(safe(line))

    def problem(self, line: str) -> None:
        say(f"{self._label}{line}")

    def advance(self) -> None:
        """Nothing is drawn."""


class Bar(Plain):
    """With a bar on standard error."""

    def __init__(self, progress: Progress, count: int, label: str) -> None:
        super().__init__(label)
        self._progress = progress
        self._task = progress.add_task("packages", total=count)

    def path(self, line: str) -> None:
        if sys.stdout.isatty():
            self._print(line)
        else:
            super().path(line)

    def problem(self, line: str) -> None:
        self._print(f"{self._label}{line}")

    def advance(self) -> None:
        self._progress.advance(self._task)

    def _print(self, line: str) -> None:
        self._progress.console.print(safe(line), markup=False, highlight=False, emoji=False, soft_wrap=True)


@contextmanager
def progress(count: int, *, wanted: bool, color: str, label: str = "", unit: str = "packages") -> Iterator[Plain]:
    """A bar for several targets on a terminal, if it is wanted; else plain lines. unit: what is counted."""
    if count < 2 or not wanted or not sys.stderr.isatty():
        yield Plain(label)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, no_color=True if color == "never" else None)
    columns = (TextColumn(unit), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        yield Bar(bar, count, label)


class Journal:
    """What a run over a channel says when nobody looks on: failures, and one line a minute."""

    _stuck = 10.0  # seconds without anything new, from which on a line says so

    def __init__(self, total: int | None, *, wanted: bool, quiet: bool) -> None:
        self._total = total
        self._wanted = wanted
        self._quiet = quiet
        self._told = 0
        self._last = self._ended = monotonic()

    def failed(self, path: str, reason: str) -> None:
        self._told += 1
        if not self._quiet and self._told <= _MOST:
            self._say(f"{path}: {reason}")
        elif not self._quiet and self._told == _MOST + 1:
            self._say("more failures are in the failures file only")

    def remarked(self, path: str, reason: str) -> None:
        if not self._quiet:
            self._say(f"{path}: {reason}")

    def advanced(self, counts: Counts) -> None:
        self._ended = monotonic()
        self._say_how_far(counts)

    def waited(self, counts: Counts, under_way: Collection[str]) -> None:
        """Nothing has ended for a second."""
        waited = monotonic() - self._ended
        names = ", ".join(islice(under_way, _NAMED)) + (" and others" if len(under_way) > _NAMED else "")
        self._say_how_far(
            counts, f"nothing new for {_duration(waited)}, under way: {names}" if waited >= self._stuck else ""
        )

    def _say_how_far(self, counts: Counts, waiting: str = "") -> None:
        if not self._wanted or monotonic() - self._last < _MINUTE:
            return
        self._last = monotonic()
        rate = counts.packages / max(counts.seconds, 0.001)
        of = f" of {self._total:,}" if self._total else ""
        left = (self._total or 0) - counts.packages
        more = waiting or (f"about {_duration(left / rate)} left" if left > 0 and rate else "")
        line = f"{counts.packages:,}{of} packages, {counts.failed:,} failed, {rate:.1f} a second"
        self._say(f"{line}, {more}" if more else line)

    def _say(self, line: str) -> None:
        say(line)


class _Gauge(Journal):
    """The same with a bar on standard error, and a line only where nothing moves."""

    _stuck = _MINUTE

    def __init__(self, progress: Progress, total: int | None, *, quiet: bool) -> None:
        super().__init__(total, wanted=True, quiet=quiet)
        self._progress = progress
        self._task = progress.add_task("packages", total=total, failed=0, rate="")

    def _say_how_far(self, counts: Counts, waiting: str = "") -> None:
        if waiting:
            super()._say_how_far(counts, waiting)
        rate = f"{counts.packages / max(counts.seconds, 0.001):.1f}/s"
        self._progress.update(self._task, completed=counts.packages, failed=counts.failed, rate=rate)

    def _say(self, line: str) -> None:
        self._progress.console.print(safe(line), markup=False, highlight=False, emoji=False, soft_wrap=True)


@contextmanager
def journal(total: int | None, *, wanted: bool, color: str, quiet: bool) -> Iterator[Journal]:
    """A bar with rate, failures and time left on a terminal, a line a minute elsewhere; failures in both."""
    if not wanted or not sys.stderr.isatty():
        yield Journal(total, wanted=wanted, quiet=quiet)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, no_color=True if color == "never" else None)
    drawn = (TextColumn("packages"), BarColumn(min(40, console.width - _BESIDE)))
    columns = (
        *(drawn if console.width >= _NARROW else ()),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[failed]} failed"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        yield _Gauge(bar, total, quiet=quiet)


def _duration(seconds: float) -> str:
    """Hours, minutes and seconds for people: `2:05:09`, `0:12`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
