"""`cf-sbom check`: documents and packages judged by minimum elements, a policy, and licence texts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from cf_sbom.answers.check import Answer, Questions, Unread, check
from cf_sbom.errors import DocumentError, SettingsError, TargetError
from cf_sbom.faces.cli import FOUND, UNREADABLE
from cf_sbom.faces.cli.options import color_option, describing_options, option, options
from cf_sbom.faces.cli.terminal import say
from cf_sbom.license_texts import askalono
from cf_sbom.plugins import load
from cf_sbom.policies import read
from cf_sbom.profiles.tables import DEFAULT, PROFILES

EPILOG = """\b
Examples:
  cf-sbom check zlib-1.3.1-h4ab18f5_1.conda.cdx.json
  cf-sbom check --profile ntia-2021 --profile bsi-tr-03183-2-2.1 *.cdx.json
  cf-sbom check --policy policy.toml --licenses zlib-1.3.1-h4ab18f5_1.conda
  cf-sbom check --policy policy.toml --format sarif *.cdx.json > check.sarif
"""


@click.command("check", epilog=EPILOG)
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT...", type=click.Path(path_type=Path))
@option(
    "--profile",
    "profiles",
    type=click.Choice(list(PROFILES)),
    multiple=True,
    metavar="NAME",
    help=f"Whose required elements must be met; repeatable: {', '.join(PROFILES)}.  [default: {' and '.join(DEFAULT)};"
    " with --policy none]",
)
@option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="A policy that must hold, as TOML.",
)
@option("--licenses", is_flag=True, help="Licence fields must agree with the licence texts and with each other.")
@option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "sarif", "junit", "markdown"]),
    default="table",
    show_default=True,
    help="For a terminal, machines, code scanning, test reports, or a comment.",
)
@option("--json", "as_json", is_flag=True, help="The same as --format json.")
@option("-v", "--verbose", is_flag=True, help="All components, and the elements that are met.")
@describing_options
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    documents: tuple[Path, ...],
    profiles: tuple[str, ...],
    policy_file: Path | None,
    licenses: bool,
    form: str,
    as_json: bool,
    verbose: bool,
    color: str,
    **chosen: Any,
) -> int:
    """Judge documents by minimum elements and a policy.

    DOCUMENT is a CycloneDX or SPDX document of any tool and format. A package (.conda, .tar.bz2, an extracted folder)
    is judged by the CycloneDX document that would be made of it with the options below.

    The exit status is 1 where a profile does not apply, a required element of it is not met or cannot be met in the
    format, where the policy does not hold, or with --licenses where licences differ. A share that is met is no promise
    of conformity.
    """
    try:
        policy = read(policy_file) if policy_file else None
        settings = options(chosen | {"outputs": ()})
        registry = load(settings.disabled)
        compares = licenses or (policy is not None and policy.agree)
        questions = Questions(
            profiles=tuple(dict.fromkeys(profiles)), policy=policy, tell=askalono() if compares else None
        )
    except SettingsError as error:
        raise click.UsageError(str(error), ctx) from None
    answers: list[Answer] = []
    unread: list[Unread] = []
    for path in documents:
        try:
            answers.append(check(path, questions, settings, registry))
        except (TargetError, DocumentError) as error:
            say(f"cf-sbom: {error}")
            unread.append(Unread(target=path, reason=str(error)))
    others = () if profiles or policy else tuple(name for name in PROFILES if name not in DEFAULT)
    _write(answers, unread, "json" if as_json else form, color=color, verbose=verbose, others=others)
    if unread:
        return UNREADABLE
    return FOUND if not all(answer.holds for answer in answers) else 0


def _write(
    answers: list[Answer], unread: list[Unread], form: str, *, color: str, verbose: bool, others: tuple[str, ...]
) -> None:
    if form == "json":
        from cf_sbom.faces.cli.checked import to_json

        click.echo(to_json(answers, unread))
    elif form == "sarif":
        from cf_sbom.faces.cli.sarif import to_sarif

        click.echo(to_sarif(answers, unread))
    elif form == "junit":
        from cf_sbom.faces.cli.junit import to_junit

        click.echo(to_junit(answers, unread), nl=False)
    elif form == "markdown":
        from cf_sbom.faces.cli.verdicts import markdown_text

        click.echo(markdown_text(answers, verbose=verbose, unread=unread).encode(), nl=False)
    else:
        from cf_sbom.faces.cli.verdicts import render

        render(answers, sys.stdout, color=color, verbose=verbose, unread=unread, others=others)
