"""All checks of one plugin, and those of its records as they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import ModuleType

from cf_sbom.errors import PluginError
from cf_sbom.hookspecs import Emitter, Extractor
from cf_sbom.plugins import Record, Registry, only
from cf_sbom.testing.emitters import check_emitter
from cf_sbom.testing.extractors import check_extractor, wanted
from cf_sbom.testing.others import check_attacher, check_enricher, check_source
from cf_sbom.testing.seeds import check_seeds
from cf_sbom.testing.shapes import misfit

_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_MAGIC = 16


def check(plugin: ModuleType, samples: Mapping[str, bytes] | None = None, *, seeds: Sequence[str] = ("1", "2")) -> None:
    """Every check of every record of a plugin's module. samples are good members, path -> bytes: at least one for each
    extractor, and one for each kind of member that it tells apart. seeds: hash seeds of processes in which the plugin
    runs once more and must give the same; none leaves that out."""
    registry = check_records(plugin)
    for extractor in registry.extractors:
        found = wanted(extractor, samples or {})
        if not found and _wants_something(extractor):
            raise AssertionError(f"extractor {extractor.name}: no sample that it wants; give check() one")
        check_extractor(extractor, found)
    for emitter in registry.emitters:
        check_emitter(emitter)
    for enricher in registry.enrichers:
        check_enricher(enricher)
    for attacher in registry.attachers:
        check_attacher(attacher)
    for source in registry.sources:
        check_source(source)
    check_seeds(plugin, samples or {}, seeds)


def check_records(plugin: ModuleType) -> Registry:
    """The records of a plugin: each well formed, named as the command line can name it, the same at every call."""
    try:
        registry, again = only(plugin), only(plugin)
    except PluginError as error:
        raise AssertionError(str(error)) from error
    records = _records(registry)
    if not records:
        raise AssertionError(f"plugin {plugin.__name__}: registers nothing; is its hook marked with @hookimpl?")
    if [record.name for record in records] != [record.name for record in _records(again)]:
        raise AssertionError(f"plugin {plugin.__name__}: registers other names the second time")
    for record in records:
        place = f"{type(record).__name__} {record.name!r}"
        wrong = misfit(record, type(record), type(record).__name__) or _fault(record)
        if wrong:
            raise AssertionError(f"{place}: {wrong}")
    return registry


def _records(registry: Registry) -> list[Record]:
    return [
        *registry.sources,
        *registry.extractors,
        *registry.enrichers,
        *registry.emitters,
        *registry.attachers,
    ]


def _fault(record: Record) -> str:
    if not _NAME.fullmatch(record.name):
        return "the name is not made of a-z, 0-9, single - and _"
    if not record.doc.strip() or "\n" in record.doc:
        return "doc is not one line; `cf-sbom plugins` shows it"
    if isinstance(record, Extractor):
        return _match_fault(record)
    if isinstance(record, Emitter):
        if not record.versions or len(set(record.versions)) < len(record.versions):
            return "versions are empty or repeat"
        if not all(map(_VERSION.fullmatch, record.versions)):
            return f"versions {', '.join(record.versions)}: -o FORMAT@VERSION takes numbers and points"
        if not record.suffix.startswith(".") or "/" in record.suffix or len(record.suffix) < 2:
            return f"suffix {record.suffix!r} does not begin with a point, or holds a slash"
        if not re.fullmatch(r"[\w.+-]+/[\w.+-]+(;.*)?", record.media_type):
            return f"media_type {record.media_type!r} is none"
    return ""


def _wants_something(extractor: Extractor) -> bool:
    match = extractor.match
    return bool(match.names or match.suffixes or match.globs or match.magics)


def _match_fault(extractor: Extractor) -> str:
    match = extractor.match
    if "" in (*match.names, *match.suffixes, *match.globs) or b"" in match.magics:
        return "Match: an empty pattern wants every member"
    if not match.kinds:
        return "Match.kinds is empty"
    if any(len(magic) > _MAGIC for magic in match.magics):
        return f"Match.magics: only the first {_MAGIC} bytes of a member are known"
    if any(suffix.startswith("*") for suffix in match.suffixes):
        return "Match.suffixes are ends of paths, without *; patterns belong to globs"
    if any(path.startswith("/") for path in (*match.names, *match.globs)):
        return "Match: paths in a package do not begin with a slash"
    if not _wants_something(extractor) and extractor.join is None:
        return "matches nothing and has no join"
    return "" if extractor.body_limit > 0 else "body_limit is not above 0"
