"""`cf-sbom push`: a package's documents as OCI referrers; a line for each one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from cf_sbom.errors import TargetError
from cf_sbom.faces.cli import completion
from cf_sbom.faces.cli.formats import formats_once, registered
from cf_sbom.faces.cli.options import describing_options, option, options, output_option
from cf_sbom.faces.cli.terminal import safe, say
from cf_sbom.pushing import push, push_to_layout

EPILOG = """\b
Examples:
  cf-sbom push zlib-1.3.1-h4ab18f5_1.conda ghcr.io/me/my-channel/linux-64/zlib:1.3.1-h4ab18f5_1
  cf-sbom push -o cyclonedx-json zlib-1.3.1-h4ab18f5_1.conda localhost:5000/linux-64/zlib:1.3.1-h4ab18f5_1
  cf-sbom push --layout zlib-layout zlib-1.3.1-h4ab18f5_1.conda
"""


@click.command("push", epilog=EPILOG)
@click.argument("package", type=click.Path(path_type=Path), shell_complete=completion.files)
@click.argument("image", required=False, default="", metavar="IMAGE")
@option(
    "--layout",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write package and documents into an OCI image layout on disk, instead of a registry.",
)
@output_option("A format to push")
@option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the package's documents lie, if not beside it.",
)
@option("--anew", is_flag=True, help="Make the documents anew, even where fitting ones lie beside the package.")
@option(
    "--plain-http/--no-plain-http",
    default=None,
    envvar="CF_SBOM_PLAIN_HTTP",
    help="Speak to the registry without encryption.  [default: only to this machine itself]",
)
@option("--force", is_flag=True, help="In a layout, move the package's tag from another package.")
@option("--quiet", "-q", is_flag=True, help="No remarks on standard error.")
@describing_options
@click.pass_context
def command(ctx: click.Context, /, package: Path, image: str, **chosen: Any) -> int:
    """Push the SBOM documents of a package as OCI referrers.

    IMAGE is REGISTRY/REPOSITORY:TAG (or @sha256:...) of the package as conda-oci-mirror lays it; the package must be
    there already. The documents beside PACKAGE are taken where cf-sbom made them and they hold against it, else they
    are made; a statement PACKAGE.intoto.jsonl goes along. Credentials are those of `docker login`: the docker
    configuration in ~/.docker or DOCKER_CONFIG.

    Standard output lists the referrers, one a line.
    """
    if bool(image) == bool(chosen["layout"]):
        raise click.UsageError("give IMAGE or --layout DIR, one of the two", ctx)
    chosen["outputs"] = formats_once(ctx, chosen["output"])
    settings = replace(options(chosen), image=image, plain_http=chosen["plain_http"])
    registry = registered(ctx, settings)
    try:
        if image:
            done = push(package, settings, registry, anew=chosen["anew"])
        else:
            done = push_to_layout(package, chosen["layout"], settings, registry, anew=chosen["anew"])
    except TargetError as error:
        raise TargetError(f"{package.name}: {error}") from error
    for one in done.pushed:
        click.echo(safe(one.place))
    if not chosen["quiet"]:
        for remark in done.remarks:
            say(f"{package.name}: {remark}")
    return 0
