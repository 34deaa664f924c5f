"""`cf-sbom index`: build or refresh the index that `where` and `why` ask, and give its tables to a warehouse."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cf_sbom.answers.index import Figures, build_folder
from cf_sbom.faces.cli import UNREADABLE
from cf_sbom.faces.cli.options import (
    color_option,
    config_option,
    disable_option,
    index_option,
    limit_option,
    limits,
    option,
)
from cf_sbom.faces.cli.terminal import safe, say
from cf_sbom.plugins import load

EPILOG = """\b
Examples:
  cf-sbom index sboms/
  cf-sbom index --index /srv/sboms.db /srv/channel
  cf-sbom index --parquet tables/
  sqlite3 cf-sbom-index.db 'SELECT expression, count(*) FROM licenses GROUP BY 1'
"""


@click.command("index", epilog=EPILOG)
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@index_option
@option(
    "--parquet",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write each table as a Parquet file, too; without FOLDER those of the index that is there.",
)
@option("--no-documents", is_flag=True, help="Leave the documents themselves out, for a smaller file.")
@option("--force", is_flag=True, help="Replace the index of another folder.")
@option("--quiet", "-q", is_flag=True, help="No problems and no progress on standard error.")
@option("--no-progress", is_flag=True, help="No progress; there is some only on a terminal.")
@config_option
@disable_option
@limit_option
@color_option
def command(
    folder: Path | None,
    index: Path,
    parquet: Path | None,
    no_documents: bool,
    force: bool,
    quiet: bool,
    no_progress: bool,
    disable: tuple[str, ...],
    limit: tuple[str, ...],
    color: str,
    **_: object,
) -> int:
    """Build or refresh the index from the documents below FOLDER.

    Documents lie beside packages (zlib-1.3.1-0.conda.cdx.json), in the shards of a channel run, or inside packages that
    have none beside them. What did not change since the last time is not read again, and what is gone goes. The new
    file takes the place of the old one when it is whole: readers never wait.

    The exit status is 3 when a document could not be read; all others are in the index then.
    """
    if folder is None and parquet is None:
        raise click.UsageError("name a FOLDER of documents, or --parquet DIR")
    status = 0
    if folder is not None:
        with progress(wanted=not quiet and not no_progress, color=color) as report:
            sources = load(frozenset(disable)).sources
            figures = build_folder(
                folder, index, limits(limit), sources, store=not no_documents, force=force, report=report
            )
        for place, reason in figures.failures:
            if not quiet:
                say(f"{place}: {reason}")
            status = UNREADABLE
        click.echo(safe(f"{index}: {told(figures)}"))
    if parquet is not None:
        from cf_sbom.answers.parquet import export

        for path in export(index, parquet):
            click.echo(safe(str(path)))
    return status


def told(figures: Figures) -> str:
    """What a build did, in one line."""
    parts = [
        f"{figures.packages:,} package{'' if figures.packages == 1 else 's'}",
        f"{figures.read:,} read",
        f"{figures.unchanged:,} as before",
    ]
    parts += [f"{figures.removed:,} gone"] if figures.removed else []
    parts += [f"{figures.lacking:,} without a document"] if figures.lacking else []
    parts += [f"{len(figures.failures):,} not readable"] if figures.failures else []
    return ", ".join(parts)


@contextmanager
def progress(*, wanted: bool, color: str) -> Iterator[Callable[[str], None]]:
    """How many artifacts have been looked at; how many there are is not known before."""
    if not wanted or not sys.stderr.isatty():
        yield lambda artifact: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    console = Console(stderr=True, no_color=True if color == "never" else None)
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} artifacts"))
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task("index", total=None)
        yield lambda artifact: bar.advance(task)
