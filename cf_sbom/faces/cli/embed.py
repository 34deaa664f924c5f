"""`cf-sbom embed`: documents inside packages, or in the prefix of a package while it is built."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cf_sbom.embedding import Embedding, embed, embed_prefix
from cf_sbom.errors import SettingsError
from cf_sbom.faces.cli import FOUND, UNREADABLE, completion
from cf_sbom.faces.cli.formats import formats_once, registered
from cf_sbom.faces.cli.options import (
    files_option,
    option,
    options,
    output_option,
    package_options,
    strict_option,
)
from cf_sbom.faces.cli.terminal import say, told
from cf_sbom.hookspecs import Options
from cf_sbom.plugins import Registry
from cf_sbom.sources.prefix import Building

EPILOG = """\b
Examples:
  cf-sbom embed zlib-1.3.1-h4ab18f5_1.conda
  cf-sbom embed -o cyclonedx-json --output-dir embedded zlib-1.3.1-h4ab18f5_1.conda
  cf-sbom embed --prefix "$PREFIX"      # the last line of an output's build script
"""
_NOT_FINAL = "placeholder"  # what conda-build says for a build string that it does not know yet


@click.command("embed", epilog=EPILOG)
@click.argument("targets", nargs=-1, metavar="[PACKAGE...]", shell_complete=completion.files)
@click.option(
    "--prefix",
    "building",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="PREFIX",
    help="The prefix of the package that is being built; which one it is, the builder's environment says.",
)
@output_option()
@click.option(  # no setting: where sidecars go is not where packages go
    "--output-dir",
    "place",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where new packages go; the old ones stay.  [default: in the place of the old ones]",
)
@option("--in-info", is_flag=True, help="Write to info/sbom/, which CEP 34 forbids, instead of share/sbom/.")
@strict_option
@package_options
@files_option
@option("--force", is_flag=True, help="Replace documents of others, and packages that are signed or attested.")
@option("--quiet", "-q", is_flag=True, help="No problems on standard error.")
@click.pass_context
def command(ctx: click.Context, /, targets: tuple[str, ...], **chosen: Any) -> int:
    """Put SBOM documents inside conda packages, as share/sbom/NAME-VERSION-BUILD.cdx.json and .spdx.json.

    PACKAGE is a .conda or .tar.bz2 file. A new one takes its place, with all that the old one holds byte for byte; its
    hash changes, so embed before you sign, attest, index or upload. Standard output lists the packages written.

    With --prefix the documents are written into a prefix that a builder is about to pack, and standard output lists
    them. They name the exact packages of its host and build environments.
    """
    if bool(targets) == (chosen["building"] is not None):
        raise click.UsageError("name packages, or --prefix with the prefix of a build, and not both", ctx)
    if chosen["building"] is not None and (chosen["place"] or chosen["in_info"]):
        raise click.UsageError("--output-dir and --in-info are for packages, not for --prefix", ctx)
    chosen["outputs"] = formats_once(ctx, chosen["output"])
    settings = options(chosen | {"output_dir": chosen["place"]})
    registry = registered(ctx, settings)
    run = _Run(settings, registry, quiet=chosen["quiet"], debug=bool(ctx.obj))
    if chosen["building"] is not None:
        building = _building(ctx, chosen["building"], os.environ)
        run.say(building.name, embed_prefix(building, settings, registry))
    else:
        for target in dict.fromkeys(targets):
            run.one(Path(target), in_info=chosen["in_info"])
    if run.failed:
        return UNREADABLE
    return FOUND if chosen["strict"] and run.problems else 0


class _Run:
    """Packages one after the other; one that gets no documents is said, and the others are still done."""

    def __init__(self, settings: Options, registry: Registry, *, quiet: bool, debug: bool) -> None:
        self.failed = 0
        self.problems = 0
        self._settings = settings
        self._registry = registry
        self._quiet = quiet
        self._debug = debug

    def one(self, target: Path, *, in_info: bool) -> None:
        try:
            self.say(target.name, embed(target, self._settings, self._registry, in_info=in_info))
        except SettingsError:
            raise  # no package would fare better
        except Exception as error:
            if self._debug or isinstance(error, BrokenPipeError):
                raise
            self.failed += 1
            say(f"{target.name or target}: {told(error)}")

    def say(self, name: str, embedding: Embedding) -> None:
        """What was written, and what was wrong."""
        result = embedding.result
        for path in result.paths:
            click.echo(str(path))
        self.problems += len(result.problems)
        for line in embedding.warnings:
            say(f"{name}: warning: {line}")
        if not self._quiet:
            for problem in result.problems:
                say(f"{name}: {problem}")


def _building(ctx: click.Context, prefix: Path, environment: Mapping[str, str]) -> Building:
    """The package that conda-build or rattler-build is building, by what both tell its script."""
    missing = [name for name in ("PKG_NAME", "PKG_VERSION") if not environment.get(name)]
    if str(prefix) == ".":  # what an empty word becomes
        missing.insert(0, "PREFIX")
    if missing:
        raise click.UsageError(
            f'--prefix "$PREFIX" is for build scripts: conda-build and rattler-build set {" and ".join(missing)}, '
            "but here that is not set",
            ctx,
        )
    if not (prefix / "conda-meta").is_dir():
        raise click.UsageError(f"--prefix {prefix} is no prefix of a build: it has no folder conda-meta", ctx)
    number, build = environment.get("PKG_BUILDNUM", ""), environment.get("PKG_BUILD_STRING", "")
    tools = environment.get("BUILD_PREFIX", "")
    return Building(
        name=environment["PKG_NAME"],
        version=environment["PKG_VERSION"],
        build="" if build == _NOT_FINAL else build,
        build_number=int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None,
        subdir=_subdir(environment),
        host=prefix,
        tools=Path(tools) if tools else None,
    )


def _subdir(environment: Mapping[str, str]) -> str:
    """The platform folder that the package will go to, or "". rattler-build says it; conda-build, which alone sets
    SYS_PREFIX, says the platform that it builds for even where the package is noarch."""
    if "SYS_PREFIX" in environment:
        return ""
    return environment.get("SUBDIR", "") or environment.get("target_platform", "")
