"""`cf-sbom verify`: documents against the package they speak of, signatures against keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import orjson

from cf_sbom.about import NAME, VERSION
from cf_sbom.answers.verify import Answer, Trust, Verification, verify
from cf_sbom.errors import SettingsError, TargetError
from cf_sbom.faces.cli import FOUND
from cf_sbom.faces.cli.options import describing_options, option, options, strict_option
from cf_sbom.faces.cli.results import encodable
from cf_sbom.faces.cli.terminal import safe, say
from cf_sbom.plugins import load
from cf_sbom.signing.signatures import read_public_key

EPILOG = """\b
Examples:
  cf-sbom verify zlib-1.3.1-h4ab18f5_1.conda
  cf-sbom verify zlib-1.3.1-h4ab18f5_1.conda --key signing.pub
  cf-sbom verify zlib-1.3.1-h4ab18f5_1.conda --document layout/ --strict
  cf-sbom verify --json zlib-1.3.1-h4ab18f5_1.conda | jq '.documents[] | select(.ok | not)'
"""


@click.command("verify", epilog=EPILOG)
@click.argument("package", metavar="PACKAGE", type=click.Path(path_type=Path))
@click.option(
    "--document",
    "documents",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="PATH",
    help="A document, a file of statements, or the folder of an OCI layout; repeatable.  [default: all that lie beside "
    "the package and in it]",
)
@option(
    "--key",
    "keys",
    envvar="CF_SBOM_PUBLIC_KEY",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="Public key in PEM form whose signatures count; repeatable.",
)
@option("--identity", metavar="NAME", help="Who must have signed with sigstore, such as an address of a CI workflow.")
@option("--issuer", metavar="URL", help="Who vouches for that identity.")
@option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where documents beside the package are.  [default: its own folder]",
)
@strict_option
@describing_options
@click.option("--json", "as_json", is_flag=True, help="All answers for machines.")
@option("--quiet", "-q", is_flag=True, help="Say only what is refused.")
@click.pass_context
def command(ctx: click.Context, /, package: Path, documents: tuple[Path, ...], as_json: bool, **chosen: Any) -> int:
    """Check that documents and a package belong together.

    Each document is read and validated, and the package is read anew as the document was made: name, size and digests,
    files, components, relations and licences must be what the document states, and nothing may be left out. A signed
    statement must be whole, about this very file, and by a key that is given.

    Standard output has one line a document; standard error says why one is refused, and what could not be checked. The
    exit status is 1 when a document is refused or none is found, with --strict also when something could not be
    checked; 3 when the package cannot be read. Options that describe are those that generate was given, where the
    document does not show them. Settings of the working folder are not used.
    """
    if chosen["issuer"] and not chosen["identity"]:
        raise click.UsageError("--issuer says who vouches for --identity; give that, too", ctx)
    timestamp = chosen["timestamp"]
    settings = options(chosen | {"outputs": ()})
    if not timestamp:  # what SOURCE_DATE_EPOCH says is for documents to be made
        settings = replace(settings, timestamp="")
    try:
        trust = Trust(
            keys=tuple(read_public_key(path) for path in chosen["keys"]),
            identity=chosen["identity"] or "",
            issuer=chosen["issuer"] or "",
        )
        found = verify(package, settings, load(settings.disabled), trust, documents)
    except SettingsError as error:
        raise click.UsageError(str(error), ctx) from None
    except TargetError as error:
        raise TargetError(f"{package.name}: {error}") from error
    if as_json:
        click.echo(_json(package, found), nl=False)
    else:
        _say(package, found, quiet=chosen["quiet"])
    doubtful = chosen["strict"] and any(answer.unchecked for answer in found.answers)
    return 0 if found.ok and not doubtful else FOUND


def _say(package: Path, found: Verification, *, quiet: bool) -> None:
    for answer in found.answers:
        for reason in answer.refusals:
            say(f"{answer.place}: {reason}")
        if not quiet:
            for reason in answer.unchecked:
                say(f"{answer.place}: not checked: {reason}")
        if not quiet or not answer.ok:
            click.echo(safe(f"{answer.place}: {_verdict(answer)}"))
    if not quiet:
        for place in found.passed_over:
            say(f"{place}: not about an SBOM; passed over")
    for reason in found.missing:
        say(f"{package.name}: {reason}")


def _verdict(answer: Answer) -> str:
    if not answer.ok:
        return "refused"
    signed = f", signed by {answer.signer}" if answer.signer else ", signature not checked" if answer.signed else ""
    return f"ok ({answer.format} {answer.version}, {answer.agreement}{signed})"


def _json(package: Path, found: Verification) -> bytes:
    tree = {
        "tool": NAME,
        "version": VERSION,
        "target": str(package),
        "ok": found.ok,
        "package": {
            "name": found.subject.name,
            "version": found.subject.version,
            "build": found.subject.build,
            "subdir": found.subject.subdir,
            "filename": found.subject.filename,
            "size": found.subject.size,
            "digests": {digest.algorithm: digest.value for digest in found.subject.digests},
        },
        "documents": [
            {
                "place": answer.place,
                "kind": answer.kind,
                "format": answer.format,
                "version": answer.version,
                "ok": answer.ok,
                "agreement": answer.agreement,
                "signed": answer.signed,
                "signer": answer.signer,
                "refusals": list(answer.refusals),
                "unchecked": list(answer.unchecked),
            }
            for answer in found.answers
        ],
        "missing": list(found.missing),
        "passed_over": list(found.passed_over),
    }
    return orjson.dumps(encodable(tree), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
