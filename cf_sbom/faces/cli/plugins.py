"""`cf-sbom plugins`: every record of the registry, what it matches and who provides it."""

from __future__ import annotations

import sys
from typing import Any

import click

from cf_sbom.errors import SettingsError
from cf_sbom.faces.cli.options import color_option, disable_option, option
from cf_sbom.faces.cli.terminal import console, safe
from cf_sbom.hookspecs import GROUP, INTERFACE, Attacher, Emitter, Enricher, Extractor, SourceKind
from cf_sbom.plugins import Registry, load

EPILOG = """\b
Examples:
  cf-sbom plugins
  cf-sbom plugins | grep ^emitter
  cf-sbom plugins --json | jq '.[] | select(.kind == "extractor").name'
"""
_LABELS = ("doc", "matches", "provider")


@click.command("plugins", epilog=EPILOG)
@disable_option
@option("--json", "as_json", is_flag=True, help="For machines.")
@color_option
@click.pass_context
def command(ctx: click.Context, /, disable: tuple[str, ...], as_json: bool, color: str) -> None:
    """List every source, extractor, enricher, emitter and attacher.

    A name can be given to --disable of the other commands. Built-ins and plugins of other distributions enter by the
    same entry points, group cf_sbom. What is no terminal gets one line for each.
    """
    try:
        registry = load(frozenset(disable))
    except SettingsError as error:
        raise click.UsageError(str(error), ctx) from None
    rows = _rows(registry)
    if as_json:
        import orjson

        plain = [row | {"interface": INTERFACE} for row in rows]
        click.echo(orjson.dumps(plain, option=orjson.OPT_INDENT_2))
    elif sys.stdout.isatty() or color == "always":
        _table(rows, color)
    else:
        for row in rows:
            facts = "; ".join(" ".join(row[label].split()) for label in _LABELS if row[label])
            click.echo(safe(f"{row['kind']:<10} {row['name']}  {facts}"))


def _table(rows: list[dict[str, str]], color: str) -> None:
    """A line for each fact, under the name; long ones wrap and nothing is cut."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    kind = ""
    for row in rows:
        if row["kind"] != kind:
            kind = row["kind"]
            grid.add_row(Text(f"{kind}s", style="bold underline"))
        name = Text(f"  {safe(row['name'])}", style="bold")
        for label in _LABELS:
            if row[label]:
                text = " ".join(row[label].split())
                grid.add_row(name, Text(safe(text), style="dim" if label == "provider" else ""))
                name = Text()
    output = console(sys.stdout, color)
    output.print(grid)
    output.print(Text(f"plugin interface {INTERFACE}; entry points of the group {GROUP}", style="dim"))


def _rows(registry: Registry) -> list[dict[str, str]]:
    records: list[SourceKind | Extractor | Enricher | Emitter | Attacher] = [
        *registry.sources,
        *registry.extractors,
        *registry.enrichers,
        *registry.emitters,
        *registry.attachers,
    ]
    return [
        {
            "kind": "source" if isinstance(record, SourceKind) else type(record).__name__.lower(),
            "name": record.name,
            "doc": record.doc,
            "matches": _matches(record),
            "provider": registry.owners[f"{type(record).__name__}:{record.name}"],
        }
        for record in records
    ]


def _matches(record: Any) -> str:
    if isinstance(record, Extractor):
        match = record.match
        parts = [*match.names, *(f"*{suffix}" for suffix in match.suffixes), *match.globs]
        parts += (f"bytes {magic.hex(' ')}" for magic in match.magics)
        return f"matches {', '.join(parts)}" if parts else "matches no member; sees the whole package after the pass"
    if isinstance(record, Emitter):
        return f"versions {', '.join(record.versions)}; suffix {record.suffix}"
    if isinstance(record, Enricher):
        return f"order {record.order}{'; needs --network' if record.network else ''}"
    return ""
