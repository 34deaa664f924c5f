"""`cf-sbom merge`: one document of an environment, for each platform, or of several documents."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from cf_sbom.answers.merge import Opened, merge_documents, merge_environment, open_document
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
from cf_sbom.model import Document
from cf_sbom.plugins import Registry
from cf_sbom.writing import write

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
    run = _Run(ctx, settings, registry, [path for _, _, path in outputs], chosen)
    _check_places(ctx, [*documents, *([chosen["lock"]] if chosen["lock"] else [])], outputs)
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
    if documents and chosen["describe"]:
        raise click.UsageError("--describe is for --prefix and --lock", ctx)
    if chosen["describe"] and not chosen["packages"] and chosen["place"] is None:
        raise click.UsageError("--describe needs --packages, the folder where the packages lie", ctx)


def _check_places(ctx: click.Context, read: list[Path], outputs: list[tuple[str, str, str]]) -> None:
    """Nothing that is written may take the place of another output or of what is read."""
    places = [Path(path).resolve() if path != "-" else Path("-") for _, _, path in outputs if path]
    if len(set(places)) < len(places):
        raise click.UsageError("two outputs would go to one place; give each a =PATH of its own", ctx)
    if set(places) & {path.resolve() for path in read}:
        raise click.UsageError("an output would take the place of a document that is merged", ctx)
    plain = [name for name, _, path in outputs if not path]
    if len(set(plain)) < len(plain):
        raise click.UsageError("two outputs would go to one place; give each a =PATH of its own", ctx)


class _Run:
    """What is merged, written one document after the other."""

    def __init__(
        self, ctx: click.Context, settings: Options, registry: Registry, places: list[str], chosen: dict[str, Any]
    ) -> None:
        self.failed = 0
        self._ctx = ctx
        self._settings = settings
        self._registry = registry
        self._places = places
        self._chosen = chosen
        self._read: set[Path] = set()

    def documents(self, paths: tuple[Path, ...]) -> int:
        """Merge documents; one that cannot be read is said, here and in what is written. Gives the problems' number."""
        self._read = {path.resolve() for path in paths}
        opened: list[Opened] = []
        unread: list[DocumentError] = []
        with self._lines(len(paths)) as lines:
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
            return self._write(merge_documents(opened, name, self._settings, unread=unread), lines)

    def environments(self, packages: tuple[Path, ...]) -> int:
        """Merge an environment, or those of a lock file. Gives the problems' number."""
        environments = self._environments()
        if len(environments) > 1 and any(self._places):
            platforms = ", ".join(one.platform for one in environments)
            reason = f"-o FORMAT=PATH is for one platform, there are {platforms}; choose one by --platform"
            raise click.UsageError(reason, self._ctx)
        found = 0
        with self._lines(sum(len(one.entries) for one in environments)) as lines:
            for environment in environments:
                places = Places(self._settings.limits)
                lookups = list(self._lookups(places, environment, packages))
                merged = merge_environment(
                    environment, lookups, self._settings, passed=lines.advance, problems=places.problems
                )
                found += self._write(merged, lines)
        return found

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
    def _lines(self, count: int) -> Iterator[Plain]:
        wanted = not self._chosen["quiet"] and not self._chosen["no_progress"]
        with progress(count, wanted=wanted, color=self._chosen["color"]) as lines:
            yield lines

    def _write(self, merged: Description, lines: Plain) -> int:
        documents = render(merged, self._settings, self._registry)
        problems = sorted({*merged.sbom.problems, *(p for document in documents for p in document.problems)})
        title = merged.sbom.subject.title
        if not self._chosen["quiet"]:
            for problem in problems:
                lines.problem(f"{title}: {problem}")
        for document, place in zip(documents, self._places, strict=True):
            if place == "-":
                sys.stdout.flush()
                sys.stdout.buffer.write(document.data)
                sys.stdout.buffer.flush()
            else:
                path = self._place(document, title, place)
                write(path, document.data, force=self._settings.force)
                if "-" not in self._places:
                    lines.path(str(path))
        return len(problems)

    def _place(self, document: Document, title: str, place: str) -> Path:
        if place:
            return Path(place)
        path = (
            self._settings.output_dir or Path()
        ) / f"{document_slug(title).strip('-.') or 'merged'}{document.suffix}"
        if path.resolve() in self._read:
            raise click.UsageError(
                f"{path} would take the place of a document that is merged; give another --name", self._ctx
            )
        return path
