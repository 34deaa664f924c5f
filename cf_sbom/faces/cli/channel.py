"""`cf-sbom channel`: documents for every package of a channel; what is done is not done again."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import orjson

from cf_sbom.about import NAME, VERSION
from cf_sbom.channel.executors import cluster, processes
from cf_sbom.channel.items import Wanted
from cf_sbom.channel.manifest import FAILURES, scratch_of
from cf_sbom.channel.runs import Counts, Run, key_of
from cf_sbom.errors import AttachError, TargetError
from cf_sbom.faces.cli import FOUND, INTERRUPTED, UNREADABLE, Terminated, completion
from cf_sbom.faces.cli.formats import formats, registered
from cf_sbom.faces.cli.options import (
    color_option,
    describing_options,
    files_option,
    option,
    options,
    output_option,
    strict_option,
    time_of,
)
from cf_sbom.faces.cli.progress import journal
from cf_sbom.faces.cli.terminal import say
from cf_sbom.hookspecs import Options
from cf_sbom.identity.urls import clean_url
from cf_sbom.index import DEFAULT_FILE
from cf_sbom.index.reading import check_is_index
from cf_sbom.plugins import Registry
from cf_sbom.remote import is_url
from cf_sbom.writing import ours_or_absent, write

EPILOG = """\b
Examples:
  cf-sbom channel /srv/channel --output-dir sboms
  cf-sbom channel /srv/channel --output-dir sboms --since 2026-11-01 --subdir linux-64 --match 'py*'
  cf-sbom channel https://conda.example.org/main --metadata-only --shards --output-dir sboms
  cf-sbom channel /shared/channel --output-dir /shared/sboms --scheduler tcp://10.0.0.5:8786
"""


@click.command("channel", epilog=EPILOG)
@click.argument("place", metavar="FOLDER|URL", shell_complete=completion.files)
@option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    required=True,
    help="Where the documents go, in the folders of the channel. What is in it is not made again.",
)
@output_option()
@option("--shards", is_flag=True, help="A few files of compressed JSON lines with an index, instead of sidecars.")
@option(
    "--index",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=f"The index of the documents, which `where` and `why` ask.  [default: {DEFAULT_FILE} in DIR]",
)
@option("--no-index", is_flag=True, envvar=None, help="Make no index.")
@option("--metadata-only", is_flag=True, help="Read info/ alone; digests are those that repodata.json states.")
@option("--since", metavar="DATE|RFC3339", help="Only packages made, or else changed, at or after this time.")
@option("--subdir", multiple=True, metavar="NAME", help="Only this subdir, such as linux-64; repeatable.")
@option("--match", multiple=True, metavar="GLOB", help="Only packages of this name or file name; repeatable.")
@option("--max-packages", type=click.IntRange(min=1), metavar="N", help="Only the first N packages.")
@option("--prune", is_flag=True, help="Remove what is there of packages that have left the channel.")
@option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes on this machine.  [default: one for each core]",
)
@option("--scheduler", metavar="tcp://HOST:PORT", help="Run on the workers of this Dask scheduler.")
@strict_option
@describing_options
@files_option
@option("--force", is_flag=True, help="Overwrite what cf-sbom did not make, and another folder's index.")
@option("--summary", metavar="PATH|-", shell_complete=completion.files, help="Write the machine-readable result.")
@option("--quiet", "-q", is_flag=True, help="No failures and no progress on standard error.")
@option("--no-progress", is_flag=True, help="No progress: no bar on a terminal, no line each minute elsewhere.")
@color_option
@click.pass_context
def command(ctx: click.Context, /, place: str, **chosen: Any) -> int:
    """Write SBOM documents for every package of a channel.

    FOLDER is a channel with a repodata.json in each subdir, or any tree of packages. URL is that of a channel, or of
    one subdir of it, on a web server. What an earlier run made in the output folder, with the same options and of the
    same bytes, stays; a run that was stopped or killed goes on where it was. What cannot be read is a line on standard
    error and in DIR/failures.jsonl, and the others are still done.
    """
    outputs = formats(ctx, chosen["output"])
    _check(ctx, place, outputs, chosen)
    chosen["outputs"] = [(name, version) for name, version, _ in outputs]
    settings = options(chosen)
    if is_url(place) and not settings.channel:
        settings = replace(settings, channel=clean_url(place).url.rstrip("/"))
    registry = registered(ctx, settings)
    # Documents dated `now` are not outdated a moment later.
    keyed = replace(settings, timestamp="now") if chosen["timestamp"] == "now" else settings
    key = key_of(keyed, registry, shards=chosen["shards"])
    wanted = Wanted(
        since=None if chosen["since"] is None else time_of("--since", chosen["since"]),
        subdirs=tuple(name.strip("/") for name in chosen["subdir"]),
        matches=chosen["match"],
        most=chosen["max_packages"],
    )
    folder: Path = chosen["output_dir"]
    told = not chosen["quiet"] and not chosen["no_progress"]
    counts = None
    try:
        with ExitStack() as stack:
            there = processes(chosen["jobs"] or _cores(), scratch_of(folder.resolve()))
            workers = stack.enter_context(cluster(chosen["scheduler"]) if chosen["scheduler"] else there)
            run = Run(place, wanted, settings, key, shards=chosen["shards"], prune=chosen["prune"])
            stack.callback(run.close)
            counts = run.counts
            total = run.count() if told else None
            lines = stack.enter_context(journal(total, wanted=told, color=chosen["color"], quiet=chosen["quiet"]))
            run.go(workers, lines)
    except (KeyboardInterrupt, Terminated, AttachError, TargetError) as error:
        stopped = isinstance(error, KeyboardInterrupt | Terminated)
        if counts is not None and (stopped or counts.packages):
            _conclude(counts, chosen, folder, stopped=True)
            if isinstance(error, KeyboardInterrupt):
                return INTERRUPTED  # click would write an empty line more
        raise
    _conclude(counts, chosen, folder)
    if not chosen["no_index"]:
        try:
            _index(folder, settings, registry, chosen, told=told)
        except (KeyboardInterrupt, Terminated) as error:
            if not chosen["quiet"]:
                say("stopped while the index was made; run again to make it")
            if isinstance(error, KeyboardInterrupt):
                return INTERRUPTED
            raise
    if counts.failed or counts.folders:
        return UNREADABLE
    return FOUND if chosen["strict"] and counts.problems else 0


def _check(ctx: click.Context, place: str, outputs: list[tuple[str, str, str]], chosen: dict[str, Any]) -> None:
    if not is_url(place) and not Path(place).is_dir():
        raise click.UsageError(f"{place} is neither a folder nor an http(s) URL", ctx)
    if any(path for _, _, path in outputs):
        raise click.UsageError("-o FORMAT=PATH is for one package; a channel's documents go to --output-dir", ctx)
    if len({name for name, _, _ in outputs}) < len(outputs):
        raise click.UsageError("two outputs would go to one place: name each format once", ctx)
    if chosen["scheduler"] and chosen["jobs"]:
        raise click.UsageError("--jobs is for this machine; the workers of --scheduler are those that it has", ctx)
    if chosen["prune"] and any(chosen[name] for name in ("since", "match", "max_packages")):
        raise click.UsageError("--prune must see all packages: not with --since, --match or --max-packages", ctx)
    if not chosen["no_index"] and (index := chosen["index"] or chosen["output_dir"] / DEFAULT_FILE).exists():
        from cf_sbom.answers.index import check_is_of

        check_is_index(index)  # before all the work
        if not chosen["force"]:
            check_is_of(index, chosen["output_dir"])
    summary = chosen["summary"]
    if summary not in (None, "", "-") and not chosen["force"] and not ours_or_absent(Path(summary)):
        raise click.UsageError(f"--summary {summary} exists and was not made by cf-sbom; --force overwrites it", ctx)


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _index(folder: Path, settings: Options, registry: Registry, chosen: dict[str, Any], *, told: bool) -> None:
    """Make or refresh the index of all documents in the output folder, those of earlier runs included."""
    from cf_sbom.answers.index import build_folder
    from cf_sbom.faces.cli.index import progress

    file = chosen["index"] or folder / DEFAULT_FILE
    with progress(wanted=told, color=chosen["color"]) as report:
        figures = build_folder(folder, file, settings.limits, registry.sources, force=chosen["force"], report=report)
    for path, reason in figures.failures if not chosen["quiet"] else ():
        say(f"{path}: {reason}")
    if figures.removed and not chosen["quiet"]:
        say(f"{file}: {figures.removed:,} gone")


def _conclude(counts: Counts, chosen: dict[str, Any], folder: Path, *, stopped: bool = False) -> None:
    if not chosen["quiet"]:
        say(_sum(counts, folder, stopped=stopped))
    if chosen["summary"]:
        data = orjson.dumps(result(counts), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        if chosen["summary"] == "-":
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            write(Path(chosen["summary"]), data, force=chosen["force"])


def _sum(counts: Counts, folder: Path, *, stopped: bool) -> str:
    """How a run went, in one line."""
    failed = f"{counts.failed:,} failed" + (f" (see {folder}/{FAILURES})" if counts.failed else "")
    parts = [
        f"{counts.packages:,} package{'' if counts.packages == 1 else 's'} in {counts.seconds:.1f} s: "
        f"{counts.made:,} made, {counts.kept:,} as before, {failed}"
    ]
    parts += [f"{counts.pruned:,} removed that have left the channel"] if counts.pruned else []
    parts += [f"{counts.folders:,} folder{'' if counts.folders == 1 else 's'} not read"] if counts.folders else []
    parts += [f"{counts.problems:,} problem{'' if counts.problems == 1 else 's'} in the documents"]
    return ("stopped: " if stopped else "") + "; ".join(parts) + ("; run again to go on" if stopped else "")


def result(counts: Counts) -> dict[str, Any]:
    """The result for machines (schemas/channel.schema.json)."""
    return {
        "tool": NAME,
        "version": VERSION,
        "packages": counts.packages,
        "made": counts.made,
        "kept": counts.kept,
        "failed": counts.failed,
        "folders": counts.folders,
        "pruned": counts.pruned,
        "problems": counts.problems,
        "documents": counts.documents,
        "seconds": round(counts.seconds, 3),
    }
