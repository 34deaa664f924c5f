"""`cf-sbom where`: which packages of an index carry, link or depend on something."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, get_args

import click

from cf_sbom.answers.where import where
from cf_sbom.faces.cli import FOUND
from cf_sbom.faces.cli.options import color_option, config_option, index_option, option
from cf_sbom.index.hits import Answer, Found, Hit, How, Link
from cf_sbom.model import Component, Evidence
from cf_sbom.queries import Query

EPILOG = """\b
Examples:
  cf-sbom where openssl
  cf-sbom where 'openssl@<3'
  cf-sbom where pkg:cargo/ring@0.17
  cf-sbom where 'pkg:golang/golang.org/x/net@<0.38'
  cf-sbom where 'pkg:npm/%40babel/*@>=7,<7.23.2|=8.0.0-alpha.1'
  cf-sbom where 'pkg:pypi/jinja2@vers:pypi/>=2|<3.1.4' --how carries --json
"""
_ROWS = 100


@click.command("where", epilog=EPILOG)
@click.argument("query", metavar="PURL-OR-NAME")
@index_option
@option(
    "--how",
    "hows",
    type=click.Choice(get_args(How)),
    multiple=True,
    metavar="HOW",
    help=f"Only packages that have to do with it in this way; repeatable: {', '.join(get_args(How))}.",
)
@option(
    "--max-rows",
    type=click.IntRange(0),
    default=_ROWS,
    show_default=True,
    metavar="N",
    help="Rows of the table, the rest is counted; 0 for all. --json has all.",
)
@option("--json", "as_json", is_flag=True, help="The whole answer for machines.")
@config_option
@color_option
def command(query: str, index: Path, hows: tuple[How, ...], max_rows: int, as_json: bool, color: str, **_: Any) -> int:
    """Which packages carry, link or depend on PURL-OR-NAME, and by which evidence.

    A name counts in every ecosystem, in upper and lower case; `*` stands for any text. Behind `@` stands a version,
    which must be the very same (of cargo, golang, hex and npm also its beginning: 0.17), or a range by the rules of the
    ecosystem: <, <=, >, >=, =, !=, `,` for and, `|` for or; or a `vers:` URI.

    What has the name and a version that cannot be compared is listed as undecided, and counts as found. The exit status
    is 1 when nothing was found, even where the contents of some packages were not looked at, which is said; 3 when
    there is no index that can be read.
    """
    answer = where(index, Query.parse(query), hows=hows, limit=None if as_json or not max_rows else max_rows)
    if as_json:
        click.echo(to_json(answer))
    else:
        from cf_sbom.faces.cli.places import render

        render(answer, sys.stdout, color=color)
    return FOUND if answer.is_empty else 0


def to_json(answer: Answer) -> bytes:
    """The answer for machines (schemas/where.schema.json)."""
    import orjson

    data = {
        "query": answer.query,
        "indexed": answer.indexed,
        "unread": answer.unread,
        "unseen": answer.unseen,
        "packages": answer.packages,
        "counts": answer.counts,
        "found": [_hit(hit) for hit in answer.hits],
        "undecided": [
            {"component": component(u.component), "reason": u.reason, "packages": u.packages} for u in answer.undecided
        ],
        "present": [component(found) for found in answer.present],
    }
    return orjson.dumps(data, option=orjson.OPT_INDENT_2)


def component(found: Found | Component) -> dict[str, str]:
    """A component for machines."""
    told = {"name": found.name, "version": found.version}
    return told | ({"purl": found.purl} if found.purl else {})


def evidence(found: Evidence) -> dict[str, Any]:
    """A piece of evidence for machines."""
    told: dict[str, Any] = {"path": found.path, "technique": found.technique, "confidence": found.confidence}
    told |= {"field": found.place} if found.place else {}
    return told | ({"by": found.by} if found.by else {})


def _hit(hit: Hit) -> dict[str, Any]:
    package = {name: value for name, value in hit.package._asdict().items() if value}
    return {
        "package": package,
        "component": component(hit.component),
        "how": [_link(link) for link in hit.links],
        "confidence": hit.confidence,
        "evidence": [evidence(e) for e in hit.evidence],
    }


def _link(link: Link) -> dict[str, Any]:
    told: dict[str, Any] = {"how": link.how, "scope": link.scope}
    told |= {"specs": list(link.specs)} if link.specs else {}
    return told | ({"through": link.through} if link.through else {})
