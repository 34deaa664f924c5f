"""`cf-sbom validate`: documents against the official schema of their own version, their references, our profile."""

from __future__ import annotations

from pathlib import Path

import click

from cf_sbom.documents import document_bytes
from cf_sbom.errors import DocumentError
from cf_sbom.faces.cli import FOUND, UNREADABLE
from cf_sbom.faces.cli.options import limit_option, limits, option
from cf_sbom.faces.cli.terminal import safe, say
from cf_sbom.validate import validate

EPILOG = """\b
Examples:
  cf-sbom validate zlib-1.3.1-h4ab18f5_1.conda.cdx.json
  cf-sbom validate --quiet sboms/*.json && echo all valid
"""


@click.command("validate", epilog=EPILOG)
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT...", type=click.Path(path_type=Path))
@limit_option
@option("--quiet", "-q", is_flag=True, help="Say only what is wrong.")
def command(documents: tuple[Path, ...], limit: tuple[str, ...], quiet: bool) -> int:
    """Check CycloneDX and SPDX documents of any format that cf-sbom writes.

    Each is checked against the official schema of its own version, its references must be whole, and a CycloneDX
    document of a conda package in JSON must satisfy the conda profile, too. What has no schema of its own, such as SPDX
    tag-value, is read back and held against the schema of its JSON form.

    The exit status is 1 when a document is not valid, 3 when one cannot be read.
    """
    allowed = limits(limit)
    status = 0
    for path in documents:
        try:
            verdict = validate(document_bytes(path, allowed), allowed)
        except DocumentError as error:
            say(f"{path.name}: {error}")
            status = UNREADABLE
            continue
        for reason in verdict.reasons:
            say(f"{path.name}: {reason}")
        if not verdict.valid:
            status = status or FOUND
        elif not quiet:
            profile = ", conda profile" if verdict.profile else ""
            click.echo(safe(f"{path.name}: valid {verdict.format} {verdict.version} (schema, references{profile})"))
    return status
