"""What a run says while it goes: paths, problems and, on a terminal with several targets, a bar.

Knows terminals and rich. With a bar, all that goes to the terminal passes through rich, which draws the bar anew below
it; standard output that leads elsewhere stays plain.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from cf_sbom.faces.cli.terminal import safe, say

if TYPE_CHECKING:
    from rich.progress import Progress


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
def progress(count: int, *, wanted: bool, color: str, label: str = "") -> Iterator[Plain]:
    """A bar for several targets on a terminal, if it is wanted; else plain lines."""
    if count < 2 or not wanted or not sys.stderr.isatty():
        yield Plain(label)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, no_color=True if color == "never" else None)
    columns = (TextColumn("packages"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        yield Bar(bar, count, label)
