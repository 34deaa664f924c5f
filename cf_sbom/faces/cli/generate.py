"""`cf-sbom generate`: documents for packages, a line for each one written, a line for each problem."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from cf_sbom.attachers.sidecar import place_of
from cf_sbom.errors import AttachError, SettingsError
from cf_sbom.faces.cli import FOUND, UNREADABLE, completion
from cf_sbom.faces.cli.formats import formats, registered
from cf_sbom.faces.cli.gate import ATTRIBUTION, Gate
from cf_sbom.faces.cli.markdown import markdown
from cf_sbom.faces.cli.options import (
    Share,
    color_option,
    describing_options,
    option,
    options,
    output_option,
    strict_option,
)
from cf_sbom.faces.cli.progress import Plain, progress
from cf_sbom.faces.cli.results import entry, summary
from cf_sbom.faces.cli.terminal import told
from cf_sbom.generate import Result, attach, describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.plugins import Registry
from cf_sbom.writing import ours_or_absent, real_path, write

EPILOG = """\b
Examples:
  cf-sbom generate zlib-1.3.1-h4ab18f5_1.conda
  cf-sbom generate -o cyclonedx-json@1.7 -o spdx-json --output-dir sboms *.conda
  cf-sbom generate -o cyclonedx-json=- zlib-1.3.1-h4ab18f5_1.conda | jq .metadata.component
  find . -name '*.conda' | cf-sbom generate --strict --summary result.json --channel conda-forge -
"""


class _Files(click.Choice[str]):
    """Says what the option of `show` that has the same name is for, to who meant that."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.choices:
            self.fail(f"{value!r} is not none or all, the files that documents list; show --files draws a tree", param)
        return super().convert(value, param, ctx)


@click.command("generate", epilog=EPILOG)
@click.argument("targets", nargs=-1, metavar="TARGET...", shell_complete=completion.files)
@output_option(places=True)
@option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where sidecars go.  [default: beside the target]",
)
@strict_option
@describing_options
@option(
    "--files",
    type=_Files(["none", "all"]),
    default="none",
    show_default=True,
    help="Packaged files that documents list, each with what it is attributed to, and what binaries say of themselves."
    " (show --files is what draws them as a tree.)",
)
@option(
    "--max-unexplained",
    type=Share(100),
    metavar="PERCENT",
    help="Exit status 1 where more of the payload's bytes is attributed to nothing.",
)
@option("--force", is_flag=True, help="Overwrite a document that cf-sbom did not make.")
@option("--summary", metavar="PATH|-", shell_complete=completion.files, help="Write the machine-readable result.")
@option("--markdown", metavar="PATH|-", shell_complete=completion.files, help="Write the result as a table for people.")
@option("--quiet", "-q", is_flag=True, help="No problems and no progress on standard error.")
@option("--no-progress", is_flag=True, help="No progress bar; there is one only on a terminal.")
@color_option
@click.pass_context
def command(ctx: click.Context, /, targets: tuple[str, ...], **chosen: Any) -> int:
    """Write SBOM documents for conda packages.

    TARGET is a .conda or .tar.bz2 file, an extracted package folder, or - for a list of paths on standard input.
    Standard output lists the paths written; standard error has the problems, one a line.
    """
    paths = list(_targets(targets))
    if not paths:
        raise click.UsageError("no target: name a package, a folder, or - for a list on standard input", ctx)
    return Plan(ctx, chosen).run(paths)


class Plan:
    """What is to be made of targets that need not be there yet. Raises UsageError for words that make no sense.

    label is what each line on standard error begins with; failed is put before the name of a target that failed.
    """

    def __init__(self, ctx: click.Context, chosen: dict[str, Any], *, label: str = "", failed: str = "") -> None:
        outputs = formats(ctx, chosen["output"])
        self._ctx, self._outputs = ctx, outputs
        self._label, self._failed = label, failed
        self._to_stdout = any(path == "-" for _, _, path in outputs)
        if sum(path == "-" for path in (*(path for _, _, path in outputs), chosen["summary"], chosen["markdown"])) > 1:
            raise click.UsageError("only one of the outputs, --summary and --markdown can go to standard output", ctx)
        self._chosen = chosen | {"outputs": [(name, version) for name, version, _ in outputs]}
        self._places = _checked_places(ctx, outputs, chosen)
        self._settings = options(self._chosen)
        self._registry = registered(ctx, self._settings)
        self._gate = Gate(chosen["max_unexplained"])
        if self._gate.is_shut and not any(enricher.name == ATTRIBUTION for enricher in self._registry.enrichers):
            raise click.UsageError(f"--max-unexplained needs the enricher `{ATTRIBUTION}`, which is disabled", ctx)

    @property
    def is_for_one_target(self) -> bool:
        """Whether an output has a place of its own."""
        return any(path for _, _, path in self._outputs)

    @property
    def is_strict(self) -> bool:
        """Whether any problem counts."""
        return bool(self._chosen["strict"])

    def run(self, paths: list[Path]) -> int:
        """Make the documents of all targets; returns the exit status."""
        chosen = self._chosen
        if len(paths) > 1 and self.is_for_one_target:
            raise click.UsageError("-o FORMAT=PATH is for one target; use --output-dir for several", self._ctx)
        if self._places & {real_path(path) for path in paths}:
            raise click.UsageError("an output would take the place of a target", self._ctx)
        silent = self._to_stdout or "-" in (chosen["summary"], chosen["markdown"])
        wanted = not chosen["quiet"] and not chosen["no_progress"]
        with progress(len(paths), wanted=wanted, color=chosen["color"], label=self._label) as lines:
            places = [path for _, _, path in self._outputs]
            run = _Run(
                self._settings,
                self._registry,
                lines,
                places,
                chosen["quiet"],
                self._gate,
                debug=bool(self._ctx.obj),
                label=self._failed,
            )
            for path in paths:
                for written in run.one(path):
                    if not silent:
                        lines.path(str(written))
                lines.advance()
        for name, form in (("summary", summary), ("markdown", markdown)):
            if chosen[name]:
                run.summarize(name, chosen[name], form)
        if run.failed:
            return UNREADABLE
        return FOUND if self._gate.failed or (self.is_strict and run.problems) else 0


class _Run:
    """Targets one after the other; one that cannot be read is said, and the others are still done."""

    def __init__(
        self,
        settings: Options,
        registry: Registry,
        lines: Plain,
        places: list[str],
        quiet: bool,
        gate: Gate,
        *,
        debug: bool,
        label: str,
    ) -> None:
        self._gate = gate
        self._label = label
        self.failed = 0
        self.problems = 0
        self._settings = settings
        self._registry = registry
        self._lines = lines
        self._places = places
        self._quiet = quiet
        self._debug = debug
        self._written: set[Path] = set()
        self._results: list[dict[str, Any]] = []

    def one(self, target: Path) -> list[Path]:
        """The paths that were written for one target."""
        try:
            description = describe(target, self._settings, self._registry)
            documents = render(description, self._settings, self._registry)
            result = self._attach(Result(target=target, description=description, documents=documents))
        except SettingsError:
            raise  # no target would fare better
        except Exception as error:
            if self._debug or isinstance(error, BrokenPipeError):
                raise
            reason = told(error)
            self.failed += 1
            self._lines.problem(f"{self._label}{_shown(target)}: {reason}")
            self._results.append({"target": str(target), "status": "failed", "error": reason})
            return []
        problems = result.problems
        self.problems += len(problems)
        if not self._quiet:
            for problem in problems:
                self._lines.problem(f"{_shown(target)}: {problem}")
        if refusal := self._gate.verdict(result.description.sbom):
            self._lines.problem(f"{_shown(target)}: {refusal}")
        self._results.append(entry(result))
        return [path for path in result.paths if str(path) != "-"]

    def summarize(self, name: str, wanted: str, form: Callable[[list[dict[str, Any]]], bytes]) -> None:
        """Write the result of the whole run in one form: for machines (schemas/result.schema.json), or for people."""
        if wanted == "-":
            _to_stdout(form(self._results))
        else:
            if real_path(wanted) in self._written:
                raise AttachError(f"--{name} {wanted} is the place of a document of this run")
            write(Path(wanted), form(self._results), force=self._settings.force)

    def _attach(self, result: Result) -> Result:
        """Documents with a place of their own go there, the others beside the target."""
        paths = []
        for document, wanted in zip(result.documents, self._places, strict=True):
            if wanted == "-":
                _to_stdout(document.data)
                paths.append(Path("-"))
            elif wanted:
                paths.append(write(Path(wanted), document.data, force=self._settings.force))
            else:
                path = place_of(result.target, document.suffix, self._settings)
                if real_path(path) in self._written:
                    raise AttachError(f"{path} was written for another target of this run")
                self._written.add(real_path(path))
                paths += attach(replace(result, documents=(document,)), self._settings, self._registry).paths
        return replace(result, paths=tuple(paths))


def _targets(words: tuple[str, ...]) -> Iterator[Path]:
    for word in words:
        if word == "-":
            text = sys.stdin.read()
            lines = text.split("\0") if "\0" in text else text.splitlines()  # find -print0 writes the former
            yield from (Path(line) for line in lines if line)
        else:
            yield Path(word)


def _checked_places(ctx: click.Context, outputs: list[tuple[str, str, str]], chosen: dict[str, Any]) -> set[Path]:
    """Every place that an option names. What is written may take neither that of another output nor that of a file of
    others."""
    places = [real_path(path) if path else Path(name) for name, _, path in outputs if path != "-"]
    for name in ("summary", "markdown"):
        if chosen[name] not in (None, "", "-"):
            place = Path(chosen[name])
            places.append(real_path(place))
            if not chosen["force"] and not ours_or_absent(place):
                raise click.UsageError(
                    f"--{name} {place} exists and was not made by cf-sbom; --force overwrites it", ctx
                )
    if len(set(places)) < len(places):
        raise click.UsageError("two outputs would go to one place; give each a =PATH of its own", ctx)
    return set(places)


def _to_stdout(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _shown(target: Path) -> str:
    return target.name if target.name not in ("", "..") else real_path(target).name
