"""`cf-sbom diff`: what changed between two packages or documents, for people, pull requests and machines."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from cf_sbom.answers.diff import KINDS, Difference, compare
from cf_sbom.comparable import Side, side
from cf_sbom.errors import SettingsError
from cf_sbom.faces.cli import FOUND
from cf_sbom.faces.cli.options import color_option, describing_options, option, options
from cf_sbom.faces.cli.terminal import say
from cf_sbom.inventories import without_losses
from cf_sbom.plugins import load
from cf_sbom.side_by_side import inventories

EPILOG = """\b
Examples:
  cf-sbom diff zlib-1.2.13-h4ab18f5_6.conda zlib-1.3.1-hb9d3cd8_2.conda
  cf-sbom diff --fail-on script --fail-on license OLD NEW
  cf-sbom diff --format markdown OLD.cdx.json NEW.cdx.json > comment.md
  cf-sbom diff --json OLD NEW | jq '.changes[] | select(.kind == "static")'
"""
_ANY = "any"


@click.command("diff", epilog=EPILOG)
@click.argument("old", metavar="OLD", type=click.Path(path_type=Path))
@click.argument("new", metavar="NEW", type=click.Path(path_type=Path))
@describing_options
@option(
    "--fail-on",
    type=click.Choice([*KINDS, _ANY]),
    multiple=True,
    metavar="KIND",
    help="Exit status 1 where something of this kind changed, or where that cannot be told; repeatable: "
    f"{', '.join(KINDS)}, or any.",
)
@option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "json"]),
    default="table",
    show_default=True,
    help="For a terminal, a comment of a pull request, or machines.",
)
@option("--json", "as_json", is_flag=True, help="The same as --format json.")
@option("-v", "--verbose", is_flag=True, help="Each changed file and build package, and nothing left out.")
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    old: Path,
    new: Path,
    fail_on: tuple[str, ...],
    form: str,
    as_json: bool,
    verbose: bool,
    color: str,
    **chosen: Any,
) -> int:
    """Compare two packages or documents.

    OLD and NEW are packages (.conda, .tar.bz2, an extracted folder) or CycloneDX and SPDX documents of any format. A
    document that lists no files (generate --files none) is compared in all else.
    """
    settings = options(chosen | {"outputs": ()})
    try:
        registry = load(settings.disabled)
        found = compare(*inventories(old, new, settings, registry, lambda sbom: side(without_losses(sbom, registry))))
    except SettingsError as error:
        raise click.UsageError(str(error), ctx) from None
    called = (old.name, new.name) if old.name != new.name else (str(old), str(new))
    if as_json or form == "json":
        click.echo(to_json(found))
    elif form == "markdown":
        from cf_sbom.faces.cli.changes import markdown_text

        click.echo(markdown_text(found, called=called, verbose=verbose).encode(), nl=False)
    else:
        from cf_sbom.faces.cli.changes import render

        render(found, sys.stdout, called=called, color=color, verbose=verbose)
    return FOUND if _fails(found, fail_on) else 0


def _fails(found: Difference, fail_on: tuple[str, ...]) -> bool:
    """Whether something of these kinds changed, or nobody can say that nothing did, which is said."""
    wanted = [kind for kind in KINDS if kind in fail_on or _ANY in fail_on]
    unanswered = found.unanswered(wanted)
    for skipped, kinds in unanswered.items():
        asked = _ANY if _ANY in fail_on else " and ".join(kinds)
        hint = f" ({skipped.remedy} makes documents that can be compared)" if skipped.remedy else ""
        say(f"{skipped.what} were not compared: {skipped.why}; --fail-on {asked} cannot be answered{hint}")
    return bool(unanswered) or not found.by_kind().keys().isdisjoint(wanted)


def to_json(found: Difference) -> bytes:
    """The difference for machines (schemas/diff.schema.json)."""
    import orjson

    data = {
        "old": _package(found.old),
        "new": _package(found.new),
        "changes": [
            {f.name: value for f in fields(change) if (value := getattr(change, f.name))} for change in found.changes
        ],
        "bytes": {role: {"before": before, "after": after} for role, (before, after) in found.sizes.items()},
        "not_compared": list(map(str, found.skipped)),
    }
    return orjson.dumps(data, option=orjson.OPT_INDENT_2)


def _package(one: Side) -> dict[str, str]:
    told = {"name": one.name, "version": one.version, "build": one.build, "subdir": one.subdir}
    return told | ({"purl": one.purl} if one.purl else {})
