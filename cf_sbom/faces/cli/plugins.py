"""`cf-sbom plugins`: every record of the registry, what it matches and who provides it."""

from __future__ import annotations

from typing import Any

import click

from cf_sbom.errors import SettingsError
from cf_sbom.faces.cli.options import disable_option, option
from cf_sbom.faces.cli.terminal import safe
from cf_sbom.hookspecs import Attacher, Emitter, Enricher, Extractor, SourceKind
from cf_sbom.plugins import Registry, load


@click.command("plugins")
@disable_option
@option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_context
def command(ctx: click.Context, disable: tuple[str, ...], as_json: bool) -> None:
    """List every source, extractor, enricher, emitter and attacher.

    A name can be given to --disable of the other commands. Built-ins and plugins of other distributions enter by the
    same entry points, group cf_sbom.
    """
    try:
        registry = load(frozenset(disable))
    except SettingsError as error:
        raise click.UsageError(str(error), ctx) from None
    rows = _rows(registry)
    if as_json:
        import orjson

        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    for row in rows:
        click.echo(safe(f"{row['kind']:<10} {row['name']}"))
        for label in ("doc", "matches", "provider"):
            if row[label]:
                for line in row[label].splitlines():
                    click.echo(safe(f"           {line}"))


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
