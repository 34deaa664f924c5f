"""`cf-sbom build`: a builder with its terminal, signals and exit status, then documents for what it made.

Also what `conda build` does when it is over and the conda plugin is there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from cf_sbom.building.builds import new, output_folders, snapshot
from cf_sbom.building.running import NOT_FOUND, NOT_STARTED, run
from cf_sbom.errors import SettingsError
from cf_sbom.faces.cli import UNREADABLE, generate
from cf_sbom.faces.cli.generate import Plan
from cf_sbom.faces.cli.options import option, output_option
from cf_sbom.faces.cli.terminal import say, told

EPILOG = """\b
Examples:
  cf-sbom build -- conda-build recipe --croot /tmp/bld
  cf-sbom build --strict -- rattler-build build --recipe recipe.yaml
  cf-sbom build -o cyclonedx-json --output-dir sboms -- conda build recipe
  cf-sbom build --built dist -- make packages
"""
_ONCE = {"CONDA_PLUGINS_CF_SBOM_ENABLED": "false"}
"""Under this command the conda plugin does nothing: documents are made once, as this command's options say."""
_OWN = {"output"}  # of the options of generate those that are others here


class _Command(click.Command):
    """Remembers whether `--` was there: behind it everything is the builder's, even what looks like an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["separated"] = "--" in args
        return super().parse_args(ctx, args)


@click.command("build", cls=_Command, epilog=EPILOG)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND...")
@option(
    "--built",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the command puts its packages; repeatable.  [default: as conda-build and rattler-build have it]",
)
@output_option()
@click.pass_context
def command(ctx: click.Context, /, words: tuple[str, ...], built: tuple[Path, ...], **chosen: Any) -> int:
    """Run conda-build or rattler-build, then write documents for every package that it made.

    COMMAND keeps its terminal, its signals and its exit status; one that a signal ended has 128 and its number. When it
    fails, nothing is written. When it succeeds and a document cannot be written, that is a warning, and the exit status
    is 0 unless --strict is given. COMMAND's own options and CONDA_BLD_PATH tell where packages are.
    """
    if not words or not ctx.meta["separated"]:
        raise click.UsageError(
            "put the builder's command behind --, such as `cf-sbom build -- conda-build recipe`", ctx
        )
    plan = _plan(ctx, chosen)
    environment = {**os.environ, **_ONCE}
    try:
        folders = [Path.cwd() / place for place in built] or output_folders(words, environment)
    except SettingsError as error:
        raise click.UsageError(str(error), ctx) from None
    before = snapshot(folders)
    try:
        status = run(words, environment)
    except OSError as error:
        say(f"cf-sbom: {words[0]}: {error.strerror or error}")
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_STARTED
    if status:
        return status
    made = new(before, snapshot(folders))
    if not made and not chosen["quiet"]:
        say("cf-sbom: nothing new was built")
    return _document(plan, made)


command.params += [p for p in generate.command.params if isinstance(p, click.Option) and p.name not in _OWN]


def after_build(made: list[Path]) -> int:
    """Documents for packages of which no command line of ours knows: the environment and the settings file say how.

    Returns the exit status, 0 unless these are strict; raises what is wrong with them.
    """
    with command.make_context("conda build", []) as ctx:
        plan = _plan(ctx, ctx.params)
        status = _document(plan, made)
        return status if plan.is_strict else 0


def _plan(ctx: click.Context, chosen: dict[str, Any]) -> Plan:
    plan = Plan(ctx, chosen, label="cf-sbom: ", failed="" if chosen["strict"] else "warning: ")
    if plan.is_for_one_target:
        raise click.UsageError("-o FORMAT=PATH is for one package; use --output-dir for what a build makes", ctx)
    return plan


def _document(plan: Plan, made: list[Path]) -> int:
    """Documents for packages of a good build. What fails here fails the build only where that was asked for."""
    try:
        status = plan.run(made) if made else 0
    except BrokenPipeError:
        raise
    except Exception as error:
        say(f"cf-sbom: {'' if plan.is_strict else 'warning: '}{told(error)}")
        status = UNREADABLE
    return 0 if status == UNREADABLE and not plan.is_strict else status
