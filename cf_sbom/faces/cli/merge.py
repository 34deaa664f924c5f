"""`cf-sbom merge`: one document of an environment, for each platform, or of several documents."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from cf_sbom.answers.environment import merge_environment
from cf_sbom.answers.merge import merge_documents, open_document
from cf_sbom.environments import Environment
from cf_sbom.environments.locks import read_lock
from cf_sbom.environments.prefix import read_prefix
from cf_sbom.errors import DocumentError, SettingsError
from cf_sbom.faces.cli import FOUND, UNREADABLE, collect_seldom
from cf_sbom.faces.cli.formats import formats, registered
from cf_sbom.faces.cli.options import (
    color_option,
    config_option,
    disable_option,
    limit_option,
    option,
    options,
    output_option,
    party_options,
    purl_style_option,
    strict_option,
)
from cf_sbom.faces.cli.progress import Plain, progress
from cf_sbom.generate import Description, render
from cf_sbom.hookspecs import Options
from cf_sbom.identity.spdx_ids import document_slug
from cf_sbom.joining.contents import Lookup, Places
from cf_sbom.joining.opened import Opened
from cf_sbom.model import Document
from cf_sbom.plugins import Registry
from cf_sbom.writing import check_place, real_path, write

EPILOG = """\b
Examples:
  cf-sbom merge --prefix "$CONDA_PREFIX" --output-dir sboms
  cf-sbom merge --lock pixi.lock --platform linux-64 --packages /srv/channel
  cf-sbom merge --lock conda-lock.yml --packages ~/.conda/pkgs --describe
  cf-sbom merge --name product -o cyclonedx-json=product.cdx.json app.cdx.json lib.spdx.json
"""
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command("merge", epilog=EPILOG)
@click.argument("documents", nargs=-1, metavar="DOCUMENT...", type=click.Path(path_type=Path))
@click.option("--prefix", "place", type=_FOLDER, metavar="PREFIX", help="An installed environment.")
@click.option(
    "--lock",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="A pixi.lock, a conda-lock.yml, or a list that begins with @EXPLICIT.",
)
@option(
    "--packages",
    type=_FOLDER,
    multiple=True,
    metavar="DIR",
    help="A channel, a package cache or any folder where documents lie beside packages; repeatable.",
)
@option(
    "--index",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="An index of documents, as `channel` and `index` make it, that is asked for those of packages.",
)
@click.option("--describe", is_flag=True, help="Describe packages now that have no document and lie in --packages.")
@click.option("--platform", multiple=True, metavar="SUBDIR", help="Of a lock file only this platform; repeatable.")
@click.option("--environment", metavar="NAME", help="Which environment of a pixi.lock.  [default: default]")
@click.option("--name", metavar="NAME", help="Name of the environment or of the whole.  [default: as it is called]")
@output_option(places=True)
@option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where documents go, called NAME-PLATFORM.  [default: the working folder]",
)
@strict_option
@purl_style_option
@party_options("the whole")
@option(
    "--timestamp", metavar="RFC3339|now", help="Document time.  [default: SOURCE_DATE_EPOCH, else the newest found]"
)
@option(
    "--build-packages",
    type=click.Choice(["all", "none"]),
    help="Packages of build environments.  [default: all of documents, none of environments]",
)
@option("--force", is_flag=True, help="Overwrite a document that cf-sbom did not make.")
@option("--quiet", "-q", is_flag=True, help="No problems and no progress on standard error.")
@option("--no-progress", is_flag=True, help="No progress bar; there is one only on a terminal.")
@config_option
@disable_option
@limit_option
@color_option
@click.pass_context
def command(ctx: click.Context, /, documents: tuple[Path, ...], **chosen: Any) -> int:
    """Make one document of an environment or of several documents.

    With --prefix the packages are those of its conda-meta and what pip installed beside them, with --lock those that a
    lock file names, one document for each platform. What is in each package is told by its own document: in share/sbom
    of the prefix, or beside the package in --packages. Else DOCUMENT... are CycloneDX or SPDX documents of any format.
    """
    if sum((bool(documents), chosen["place"] is not None, chosen["lock"] is not None)) != 1:
        raise click.UsageError("name one of: --prefix, --lock, or documents", ctx)
    _check(ctx, documents, chosen)
    outputs = formats(ctx, chosen["output"])
    chosen["outputs"] = [(name, version) for name, version, _ in outputs]
    packages, chosen["packages"] = chosen["packages"], ()
    others = {"channel": "", "prefix": None, "upstream_map": None, "native_threshold": 0.5, "network": False}
    settings = options(chosen | others)
    registry = registered(ctx, settings)
    collect_seldom(1_000_000)  # nearly all that is made stays until the end: this saves a fifth of the time
    read = [*documents, *([chosen["lock"]] if chosen["lock"] else [])]
    places = _Places(ctx, settings, read, [path for _, _, path in outputs])
    run = _Run(ctx, settings, registry, places, chosen)
    try:
        found = run.documents(documents) if documents else run.environments(packages)
    except SettingsError as error:
        raise click.UsageError(str(error), ctx) from None
    if run.failed:
        return UNREADABLE
    return FOUND if chosen["strict"] and found else 0


def _check(ctx: click.Context, documents: tuple[Path, ...], chosen: dict[str, Any]) -> None:
    """Options that have no meaning where they stand are refused: nobody is to think that they did something."""
    of_lock = [name for name in ("platform", "environment") if chosen[name]]
    if of_lock and chosen["lock"] is None:
        raise click.UsageError(f"--{of_lock[0]} is for --lock", ctx)
    for name in ("describe", "packages", "index"):  # the environment and settings may name these for other runs
        if documents and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} is for --prefix and --lock", ctx)
    if chosen["describe"] and not chosen["packages"] and chosen["place"] is None:
        raise click.UsageError("--describe needs --packages, the folder where the packages lie", ctx)


class _Places:
    """Where documents go. None takes the place of another output, of what is read, or of what is not ours."""

    def __init__(self, ctx: click.Context, settings: Options, read: list[Path], places: list[str]) -> None:
        self._ctx = ctx
        self._settings = settings
        self._read = {real_path(path) for path in read}
        self._places = places
        self._check([Path(place) if place != "-" else None for place in places if place])
        if any(place.endswith(("/", os.sep)) or Path(place).is_dir() for place in places if place):
            raise click.UsageError("-o FORMAT=PATH is for a file; --output-dir names a folder", ctx)

    @property
    def named(self) -> bool:
        """Whether one is chosen by its path."""
        return any(self._places)

    @property
    def streams(self) -> bool:
        """Whether standard output is one."""
        return "-" in self._places

    def write(self, made: list[tuple[str, tuple[Document, ...]]]) -> Iterator[Path]:
        """Write documents, each with the title of what it is of, all or none; gives the paths of the files."""
        found = [
            (document, self._path(document, title, place))
            for title, documents in made
            for document, place in zip(documents, self._places, strict=True)
        ]
        self._check([path for _, path in found])
        for _, path in found:
            if path is not None:
                check_place(path, force=self._settings.force)
        for document, path in found:
            if path is None:
                sys.stdout.flush()
                sys.stdout.buffer.write(document.data)
                sys.stdout.buffer.flush()
            else:
                yield write(path, document.data, force=self._settings.force)

    def _path(self, document: Document, title: str, place: str) -> Path | None:
        if place:
            return Path(place) if place != "-" else None
        folder = self._settings.output_dir or Path()
        return folder / f"{document_slug(title).strip('-.') or 'merged'}{document.suffix}"

    def _check(self, paths: list[Path | None]) -> None:
        places = [real_path(path) if path else None for path in paths]
        if len(set(places)) < len(places):
            raise click.UsageError("two outputs would go to one place; give each a =PATH of its own", self._ctx)
        for path in paths:
            if path and real_path(path) in self._read:
                reason = f"{path} would take the place of a document that is merged; give another path or --name"
                raise click.UsageError(reason, self._ctx)


class _Run:
    """What is merged, written one document after the other."""

    def __init__(
        self, ctx: click.Context, settings: Options, registry: Registry, places: _Places, chosen: dict[str, Any]
    ) -> None:
        self.failed = 0
        self._ctx = ctx
        self._settings = settings
        self._registry = registry
        self._places = places
        self._chosen = chosen

    def documents(self, paths: tuple[Path, ...]) -> int:
        """Merge documents; one that cannot be read is said, here and in what is written. Gives the problems' number."""
        opened: list[Opened] = []
        unread: list[DocumentError] = []
        with self._lines(len(paths), "documents") as lines:
            for path in paths:
                try:
                    opened.append(open_document(path, self._settings))
                except DocumentError as error:
                    unread.append(error)
                lines.advance()
            self.failed = len(unread)
            if not opened or self._chosen["quiet"]:  # else it is among the problems of what is written
                for reason in unread:
                    lines.problem(str(reason))
            if not opened:
                return 0
            name = self._chosen["name"] or "collection"
            return self._write([merge_documents(opened, name, self._settings, unread=unread)], lines)

    def environments(self, packages: tuple[Path, ...]) -> int:
        """Merge an environment, or those of a lock file. Gives the problems' number."""
        environments = self._environments()
        if len(environments) > 1 and self._places.named:
            platforms = ", ".join(one.platform for one in environments)
            reason = f"-o FORMAT=PATH is for one platform, there are {platforms}; choose one by --platform"
            raise click.UsageError(reason, self._ctx)
        with self._lines(sum(len(one.entries) for one in environments), "packages") as lines:
            return self._write((self._merged(one, packages, lines) for one in environments), lines)

    def _merged(self, environment: Environment, packages: tuple[Path, ...], lines: Plain) -> Description:
        places = Places(self._settings.limits)
        lookups = list(self._lookups(places, environment, packages))
        return merge_environment(environment, lookups, self._settings, passed=lines.advance, problems=places.problems)

    def _environments(self) -> tuple[Environment, ...]:
        chosen, settings = self._chosen, self._settings
        name, style, limits = chosen["name"] or "", settings.purl_style, settings.limits
        if chosen["place"] is not None:
            return (read_prefix(chosen["place"], name, limits, style),)
        return read_lock(
            chosen["lock"],
            limits,
            name=name,
            environment=chosen["environment"] or "",
            platforms=chosen["platform"],
            style=style,
        )

    def _lookups(self, places: Places, environment: Environment, packages: tuple[Path, ...]) -> Iterator[Lookup]:
        """Where documents may be, the nearest place first."""
        folders = list(packages)
        if environment.root is not None:
            yield places.embedded(environment.root)
            if (environment.root / "pkgs").is_dir():
                folders.append(environment.root / "pkgs")
        for folder in folders:
            yield places.beside(folder)
        if self._chosen["index"] is not None:
            yield places.indexed(self._chosen["index"])
        if self._chosen["describe"]:
            yield places.described(folders, self._settings, self._registry)

    @contextmanager
    def _lines(self, count: int, unit: str) -> Iterator[Plain]:
        wanted = not self._chosen["quiet"] and not self._chosen["no_progress"]
        with progress(count, wanted=wanted, color=self._chosen["color"], unit=unit) as lines:
            yield lines

    def _write(self, merged: Iterable[Description], lines: Plain) -> int:
        found = 0
        made = []
        for description in merged:
            documents = render(description, self._settings, self._registry)
            problems = {*description.sbom.problems, *(p for document in documents for p in document.problems)}
            title = description.sbom.subject.title
            if not self._chosen["quiet"]:
                for problem in sorted(problems):
                    lines.problem(f"{title}: {problem}")
            made.append((title, tuple(documents)))
            found += len(problems)
        for path in self._places.write(made):
            if not self._places.streams:
                lines.path(str(path))
        return found
