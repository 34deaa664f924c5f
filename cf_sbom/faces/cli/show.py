"""`cf-sbom show`: the inventory of a package or of a finished document, for people or for machines."""

from __future__ import annotations

import dataclasses
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from cf_sbom.errors import SettingsError
from cf_sbom.faces.cli.options import color_option, describing_options, option, options
from cf_sbom.inventories import inventory
from cf_sbom.model import Sbom, Text
from cf_sbom.plugins import load

EPILOG = """\b
Examples:
  cf-sbom show zlib-1.3.1-h4ab18f5_1.conda
  cf-sbom show --files zlib-1.3.1-h4ab18f5_1.conda
  cf-sbom show -v zlib-1.3.1-h4ab18f5_1.conda.cdx.json
  cf-sbom show --json zlib-1.3.1-h4ab18f5_1.conda | jq '.components[].purl'
"""


class _Show(click.Command):
    """Says what --files is here to who meant the option of `generate` that has the same name."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if any(pair in (("--files", "all"), ("--files", "none")) for pair in pairwise(args)):
            reason = "--files takes no value here: it draws a tree; generate --files all lists the files in documents"
            raise click.UsageError(reason, ctx)
        return super().parse_args(ctx, args)


@click.command("show", cls=_Show, epilog=EPILOG)
@click.argument("target", metavar="TARGET|DOCUMENT", type=click.Path(path_type=Path))
@describing_options
@option(
    "--files",
    "by_files",
    is_flag=True,
    envvar=None,
    help="The packaged files as a tree: sizes, and what each is attributed to. (--files all of generate is what lists"
    " them in a document.)",
)
@option("--json", "as_json", is_flag=True, help="The whole inventory for machines.")
@option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Build and host packages, and the evidence of each component, too; with --files, what binaries say of"
    " themselves: build id, toolchain, versions of symbols.",
)
@color_option
@click.pass_context
def command(
    ctx: click.Context, /, target: Path, by_files: bool, as_json: bool, verbose: bool, color: str, **chosen: Any
) -> None:
    """Show the inventory of a package or a document.

    What the package is, what it was made of, what it carries and what it needs, each with where that is said.
    """
    settings = options(chosen | {"outputs": ()})
    try:
        sbom = inventory(target, settings, load(settings.disabled))
    except SettingsError as error:
        raise click.UsageError(str(error), ctx) from None
    if as_json:
        click.echo(to_json(sbom))
        return
    if by_files and not sbom.files:
        click.echo("no files: the payload is empty, or the document does not list it (generate --files all makes one)")
        return
    if by_files:
        from cf_sbom.faces.cli.files import render_files

        render_files(sbom, sys.stdout, color=color, verbose=verbose)
        return
    from cf_sbom.faces.cli.tables import render

    render(sbom, sys.stdout, color=color, verbose=verbose)


def to_json(sbom: Sbom) -> bytes:
    """The model as JSON: the fields of model.py by their names, texts as text."""
    import orjson

    return orjson.dumps(sbom, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATACLASS)


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        text = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return text | {"data": value.data.decode("utf-8", "backslashreplace")}
    if dataclasses.is_dataclass(value):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")
