"""`cf-sbom attest`: in-toto statements about a package, signed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from cf_sbom.attesting import attest
from cf_sbom.errors import SettingsError, TargetError
from cf_sbom.faces.cli import FOUND
from cf_sbom.faces.cli.formats import formats_once, registered
from cf_sbom.faces.cli.options import describing_options, option, options, output_option, strict_option
from cf_sbom.faces.cli.terminal import safe, say
from cf_sbom.signing.keyless import KeylessSigner
from cf_sbom.signing.signatures import KeySigner, read_private_key
from cf_sbom.signing.statements import PREDICATES

EPILOG = """\b
Examples:
  cf-sbom attest zlib-1.3.1-h4ab18f5_1.conda --key signing.pem
  cf-sbom attest zlib-1.3.1-h4ab18f5_1.conda --key signing.pem -o cyclonedx-json --append
  cf-sbom attest zlib-1.3.1-h4ab18f5_1.conda --unsigned --output-dir out
  cf-sbom attest zlib-1.3.1-h4ab18f5_1.conda --keyless --network
"""
_VARIABLE = "CF_SBOM_KEY_PASSPHRASE"


@click.command("attest", epilog=EPILOG)
@click.argument("package", metavar="PACKAGE", type=click.Path(path_type=Path))
@option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Private key in PEM form, ed25519 or ECDSA; asks for a passphrase, or takes CF_SBOM_KEY_PASSPHRASE.",
)
@option("--keyless", is_flag=True, help="Sign with sigstore instead, as a CI job or who is at the terminal.")
@option("--unsigned", is_flag=True, help="Write the bare statements, for another signer.")
@output_option("A document to make and state", default="those beside the package, else the usual two")
@option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where statements go.  [default: beside the package]",
)
@option("--append", is_flag=True, help="Keep statements of others that are in the file.")
@strict_option
@describing_options
@option("--files", type=click.Choice(["none", "all"]), default="none", help="Packaged files to list, with -o.")
@option("--force", is_flag=True, help="Overwrite a file that cf-sbom did not make.")
@option("--quiet", "-q", is_flag=True, help="No problems on standard error.")
@click.pass_context
def command(ctx: click.Context, /, package: Path, **chosen: Any) -> int:
    """State the SBOMs of a package and sign that.

    Each document becomes the predicate of an in-toto statement about the package (its file name and sha256). With --key
    they are signed in DSSE envelopes, one a line of PACKAGE.intoto.jsonl; with --keyless each is a sigstore bundle
    PACKAGE.<format>.sigstore.json; with --unsigned each is a file PACKAGE.<format>.intoto.json, such as
    `cosign attest-blob --statement` signs. Standard output lists the files written.
    """
    if sum((chosen["key"] is not None, chosen["keyless"], chosen["unsigned"])) != 1:
        raise click.UsageError("one of --key, --keyless and --unsigned says who signs", ctx)
    if chosen["keyless"] and not chosen["network"]:
        raise click.UsageError("--keyless asks sigstore's services for a certificate; it needs --network", ctx)
    if chosen["append"] and chosen["key"] is None:
        raise click.UsageError("--append is for the file that --key writes; the others hold one statement each", ctx)
    chosen["outputs"] = _formats(ctx, chosen["output"])
    settings = options(chosen)
    try:
        signer = _signer(chosen)
        attested = attest(package, settings, registered(ctx, settings), signer, append=chosen["append"])
    except SettingsError as error:
        raise click.UsageError(str(error), ctx) from None
    except TargetError as error:
        raise TargetError(f"{package.name}: {error}") from error
    for line in attested.remarks:
        say(f"{package.name}: {line}")
    if not chosen["quiet"]:
        for problem in attested.problems:
            say(f"{package.name}: {problem}")
    for path in attested.paths:
        click.echo(safe(str(path)))
    return FOUND if chosen["strict"] and (attested.problems or attested.remarks) else 0


def _formats(ctx: click.Context, words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """What -o names. Settings and environment speak to `generate`, too: of theirs what can be stated."""
    if ctx.get_parameter_source("output") is not ParameterSource.COMMANDLINE:
        words = tuple(word for word in words if word.partition("@")[0] in PREDICATES)
    return formats_once(ctx, words) if words else ()


def _signer(chosen: dict[str, Any]) -> KeySigner | KeylessSigner | None:
    if chosen["key"] is not None:
        return read_private_key(chosen["key"], lambda: _passphrase(chosen["key"]))
    return KeylessSigner() if chosen["keyless"] else None


def _passphrase(key: Path) -> str:
    """From the environment or the terminal; never an option, which other processes could read."""
    if _VARIABLE in os.environ:
        return os.environ[_VARIABLE]
    if not sys.stdin.isatty():
        raise SettingsError(f"{key.name} is encrypted; set {_VARIABLE}, or run where there is a terminal")
    text: str = click.prompt(f"Passphrase of {key.name}", hide_input=True, err=True)
    return text
