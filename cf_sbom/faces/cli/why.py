"""`cf-sbom why`: the paths in a package that lead to a component."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from cf_sbom.answers.why import Explanation, Step, why
from cf_sbom.errors import TargetError
from cf_sbom.faces.cli import FOUND
from cf_sbom.faces.cli.options import color_option, describing_options, index_option, option, options
from cf_sbom.faces.cli.where import component as component_data
from cf_sbom.faces.cli.where import evidence
from cf_sbom.index.reading import inventory_of
from cf_sbom.merging import evidence_of
from cf_sbom.model import Sbom, State
from cf_sbom.queries import Query

EPILOG = """\b
Examples:
  cf-sbom why pear-1.2-hb0f4dca_0.conda pkg:cargo/adler
  cf-sbom why pear-1.2-hb0f4dca_0.conda.cdx.json 'openssl@<3'
  cf-sbom why linux-64/pear-1.2-hb0f4dca_0.conda zlib
  cf-sbom why pear zlib --index /srv/sboms.db --json
"""


@click.command("why", epilog=EPILOG)
@click.argument("package", metavar="PACKAGE")
@click.argument("component", metavar="COMPONENT")
@index_option
@option(
    "--max-paths",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    metavar="N",
    help="Paths to each component that is meant, the shortest first.",
)
@option("--json", "as_json", is_flag=True, help="The whole answer for machines.")
@describing_options
@color_option
def command(package: str, component: str, index: Path, max_paths: int, as_json: bool, color: str, **chosen: Any) -> int:
    """Show the paths in PACKAGE that lead to COMPONENT, the shortest first, and what each step rests on.

    PACKAGE is a package, a document, or what the index has: the path of an artifact in the channel, its file name, or
    the name of a package (with a version, `pear@1.2`, where there are several). COMPONENT is as in `cf-sbom where`.

    The exit status is 1 when there is no such component in it, even where its contents were not looked at, which is
    said.
    """
    query = Query.parse(component)
    sbom, contents = _inventory(package, index, chosen)
    found = why(sbom, query, max_paths=max_paths, contents=contents)
    if as_json:
        click.echo(to_json(found))
    else:
        from cf_sbom.faces.cli.paths import render

        render(found, sys.stdout, color=color)
    return 0 if found.reasons or found.undecided else FOUND


def _inventory(package: str, index: Path, chosen: dict[str, Any]) -> tuple[Sbom, State | None]:
    """Of a file or folder that is there, else of what the index calls so, with what the index says of its contents."""
    path = Path(package)
    if path.is_file() or (path / "info").is_dir():
        from cf_sbom.inventories import inventory
        from cf_sbom.plugins import load

        settings = options(chosen | {"outputs": ()})
        return inventory(path, settings, load(settings.disabled)), None
    if not index.exists():
        raise TargetError(f"{package}: neither a file nor in an index: there is no {index}")
    found = inventory_of(index, package)
    return found, found.completeness[0].state


def to_json(found: Explanation) -> bytes:
    """The answer for machines (schemas/why.schema.json)."""
    import orjson

    subject, root = found.sbom.subject, found.sbom.root_component
    package = {"name": root.name, "version": root.version, "build": subject.build, "subdir": subject.subdir}
    data = {
        "query": found.query,
        "package": package | ({"purl": root.purl} if root.purl else {}),
        "found": [
            {
                "component": component_data(reason.component),
                "paths": [[_step(step) for step in path] for path in reason.paths],
                "more": reason.more,
                "evidence": [evidence(e) for e in evidence_of(reason.component)],
            }
            for reason in found.reasons
        ],
        "undecided": [{"component": component_data(c), "reason": reason} for c, reason in found.undecided],
        "unseen": found.unseen,
    }
    return orjson.dumps(data, option=orjson.OPT_INDENT_2)


def _step(step: Step) -> dict[str, Any]:
    relations = [
        {"kind": r.kind, "scope": r.scope}
        | ({"specs": list(r.specs)} if r.specs else {})
        | ({"evidence": [evidence(e) for e in r.evidence]} if r.evidence else {})
        for r in step.relations
    ]
    return {"from": component_data(step.source), "relations": relations, "to": component_data(step.target)}
