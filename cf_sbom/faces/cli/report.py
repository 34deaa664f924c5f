"""`cf-sbom report`: packages and documents as one HTML page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from cf_sbom.answers.diff import diff
from cf_sbom.answers.report import Comparison, Group, Reported, report, reported
from cf_sbom.errors import DocumentError, SettingsError, TargetError
from cf_sbom.faces.cli import UNREADABLE, completion
from cf_sbom.faces.cli.options import describing_options, option, options
from cf_sbom.faces.cli.terminal import safe, say
from cf_sbom.plugins import load
from cf_sbom.writing import real_path, write

EPILOG = """\b
Examples:
  cf-sbom report zlib-1.3.1-h4ab18f5_1.conda
  cf-sbom report -o zlib.html --title "zlib, for review" zlib-1.2.13-h4ab18f5_6.conda zlib-1.3.1-h4ab18f5_1.conda
  cf-sbom report --embed none -o - zlib-1.3.1-h4ab18f5_1.conda.cdx.json > page.html
"""
_FORMAT = re.compile(r"(?P<format>[a-z0-9-]+)(?:@(?P<version>[0-9.]+))?")
_NONE = "none"
_DEFAULT = ("cyclonedx-json", "spdx-json", "spdx3-json")


@click.command("report", epilog=EPILOG)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET|DOCUMENT...", type=click.Path(path_type=Path))
@option(
    "-o",
    "--output",
    default="report.html",
    show_default=True,
    metavar="PATH|-",
    help="The file to write; - is standard output.",
    shell_complete=completion.files,
)
@option("--title", metavar="TEXT", help="The page's title.  [default: the names of the packages]")
@option(
    "--embed",
    multiple=True,
    metavar="FORMAT[@VERSION]",
    help="A document that the page hands out for each package; repeatable; none for none."
    "  [default: cyclonedx-json, spdx-json and spdx3-json]",
    shell_complete=completion.formats,
)
@option("--force", is_flag=True, help="Overwrite a file that cf-sbom did not make.")
@describing_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    targets: tuple[Path, ...],
    output: str,
    title: str | None,
    embed: tuple[str, ...],
    force: bool,
    **chosen: Any,
) -> int:
    """Write one HTML page about packages or documents.

    The page needs no network and no other file: overview, components, dependency graph, licences with their texts,
    files, problems, evidence, and the documents to save. Of several targets each is compared with the one before it.
    One that cannot be read is named on standard error, and the page is about the others; of none no page is written.
    Standard output has the path of the page.
    """
    settings = options(chosen | {"outputs": _outputs(ctx, embed)})
    if real_path(output) in {real_path(path) for path in targets}:
        raise click.UsageError("the page would take the place of a target", ctx)
    found: list[Reported] = []
    try:
        registry = load(settings.disabled)
        for path in targets:
            try:
                found.append(reported(path, settings, registry))
            except (TargetError, DocumentError) as error:
                say(f"cf-sbom: {error}")
    except SettingsError as error:
        raise click.UsageError(str(error), ctx) from None
    status = 0 if len(found) == len(targets) else UNREADABLE
    if not found:
        return status
    page = report(found, [_compared(found, number) for number in range(1, len(found))], title or "")
    if output == "-":
        click.echo(page, nl=False)
    else:
        click.echo(safe(str(write(Path(output), page, force=force))))
    return status


def _outputs(ctx: click.Context, words: tuple[str, ...]) -> list[tuple[str, str]]:
    if _NONE in words:
        if len(words) > 1:
            raise click.UsageError("--embed none leaves out every document; name formats or none", ctx)
        return []
    outputs = []
    for word in words or _DEFAULT:
        match = _FORMAT.fullmatch(word)
        if match is None:
            raise click.UsageError(f"--embed {word!r} is not FORMAT[@VERSION]", ctx)
        outputs.append((match["format"], match["version"] or ""))
    return outputs


def _compared(found: list[Reported], new: int) -> Comparison:
    """What changed to one target from the one before it."""
    from cf_sbom.faces.cli.changes import TITLES

    difference = diff(found[new - 1].sbom, found[new].sbom)
    return Comparison(
        old=new - 1,
        new=new,
        groups=tuple(
            Group(title=TITLES[kind], changes=tuple((c.action, c.name, c.before, c.after, c.note) for c in changes))
            for kind, changes in difference.by_kind().items()
        ),
        sizes=tuple((role, *sizes) for role, sizes in difference.sizes.items() if any(sizes)),
        skipped=tuple(map(str, difference.skipped)),
    )
