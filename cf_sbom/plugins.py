"""Entry points -> one Registry of sorted records.

The only user of pluggy's manager. Built-ins come through the same entry points as everybody's; anything wrong with a
plugin is said before a target is opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import Distribution, EntryPoint, entry_points
from types import ModuleType
from typing import Any, TypeVar

import pluggy

from cf_sbom import hookspecs
from cf_sbom.about import VERSION
from cf_sbom.errors import PluginError, SettingsError
from cf_sbom.hookspecs import Attacher, Emitter, Enricher, Extractor, SourceKind

Record = SourceKind | Extractor | Enricher | Emitter | Attacher
_DISTRIBUTION = "cf_sbom"
_STATED = "CF_SBOM_INTERFACE"
R = TypeVar("R", SourceKind, Extractor, Enricher, Emitter, Attacher)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """All records, sorted by name; owners maps the name of a record to the plugin and distribution it came from."""

    sources: tuple[SourceKind, ...]
    extractors: tuple[Extractor, ...]
    enrichers: tuple[Enricher, ...]
    emitters: tuple[Emitter, ...]
    attachers: tuple[Attacher, ...]
    owners: dict[str, str] = field(default_factory=dict)

    def emitter(self, name: str) -> Emitter:
        """The emitter of a format. Raises SettingsError naming those that exist."""
        for emitter in self.emitters:
            if emitter.name == name:
                return emitter
        raise SettingsError(f"no format is called {name!r}; there are: {', '.join(e.name for e in self.emitters)}")


def load(disabled: frozenset[str] = frozenset(), extra: Iterable[ModuleType] = ()) -> Registry:
    """The registry of everything installed, without the records and plugins whose names are disabled. extra: modules
    that need no entry point, such as a plugin under test.

    Raises PluginError for a plugin that cannot be imported or was written for another version of the interface, a hook
    that fails, a record of the wrong type or two records of one name, and SettingsError for a disabled name that
    nothing bears.
    """
    manager = _manager()
    seen: set[str] = set()
    for entry in sorted(entry_points(group=hookspecs.GROUP), key=lambda e: (e.name, e.value)):
        seen.add(entry.name)
        if entry.name not in disabled:
            _register(manager, entry)
    for module in extra:
        if not manager.is_registered(module):
            _admit(manager, module, module.__name__)
    registry = _registry(manager, disabled, seen)
    if unknown := sorted(disabled - seen):
        raise SettingsError(f"nothing is called {unknown[0]!r}; `cf-sbom plugins` lists all names")
    return registry


def only(module: ModuleType) -> Registry:
    """The records of one plugin, installed or not. Raises PluginError as load() does."""
    manager = _manager()
    _admit(manager, module, module.__name__)
    return _registry(manager, frozenset(), set())


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    return manager


def _registry(manager: pluggy.PluginManager, disabled: frozenset[str], seen: set[str]) -> Registry:
    owners: dict[str, str] = {}
    records: dict[str, list[Any]] = {}
    for hook, kind in HOOKS.items():
        records[hook] = _records(manager, hook, kind, disabled, seen, owners)
    return Registry(
        sources=tuple(records["cf_sbom_sources"]),
        extractors=tuple(records["cf_sbom_extractors"]),
        enrichers=tuple(sorted(records["cf_sbom_enrichers"], key=lambda e: (e.order, e.name))),
        emitters=tuple(records["cf_sbom_emitters"]),
        attachers=tuple(records["cf_sbom_attachers"]),
        owners=owners,
    )


HOOKS: dict[str, type[Record]] = {
    "cf_sbom_sources": SourceKind,
    "cf_sbom_extractors": Extractor,
    "cf_sbom_enrichers": Enricher,
    "cf_sbom_emitters": Emitter,
    "cf_sbom_attachers": Attacher,
}


def _owner(entry: EntryPoint) -> str:
    return f"{_distribution(entry.dist)} ({entry.value})" if entry.dist else entry.value


@cache
def _distribution(dist: Distribution) -> str:
    """Name and version; each access of either parses the distribution's metadata anew."""
    return f"{dist.name} {dist.version}"


def _register(manager: pluggy.PluginManager, entry: EntryPoint) -> None:
    owner = _owner(entry)
    ours = entry.dist is not None and entry.dist.name == _DISTRIBUTION
    try:
        _admit(manager, entry.load(), owner, current=ours)
    except Exception as error:
        reason = str(error) if isinstance(error, PluginError) else f"plugin {owner} cannot be loaded: {error}"
        raise PluginError(f"{reason}; `--disable {entry.name}` leaves it out") from error


def _admit(manager: pluggy.PluginManager, plugin: object, owner: str, *, current: bool = False) -> None:
    """Raises PluginError where the plugin states another version of the interface; what ships with it is current."""
    wanted = getattr(plugin, _STATED, 1)
    if not current and (type(wanted) is not int or wanted != hookspecs.INTERFACE):
        raise PluginError(
            f"plugin {owner} was written for version {wanted!r} of the plugin interface, and this is cf_sbom {VERSION} "
            f"with version {hookspecs.INTERFACE}: install a version of the plugin that states "
            f"{_STATED} = {hookspecs.INTERFACE}"
        )
    manager.register(plugin, name=owner)
    manager.check_pending()


def _records(
    manager: pluggy.PluginManager,
    hook: str,
    kind: type[R],
    disabled: frozenset[str],
    seen: set[str],
    owners: dict[str, str],
) -> list[R]:
    """Each implementation is called for itself, so that a failure has an owner."""
    found: dict[str, R] = {}
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        owner = implementation.plugin_name
        try:
            answer: Iterable[object] = tuple(implementation.function())
        except Exception as error:
            raise PluginError(f"plugin {owner}: {hook}() failed: {error}") from error
        for record in answer:
            if not isinstance(record, kind) or not isinstance(record.name, str) or not record.name:
                raise PluginError(
                    f"plugin {owner}: {hook}() returned {type(record).__name__}, not a named {kind.__name__}"
                )
            seen.add(record.name)
            if record.name in disabled:
                continue
            key = f"{kind.__name__}:{record.name}"
            if key in owners:
                raise PluginError(
                    f"two plugins register the {kind.__name__} {record.name!r}: {owners[key]} and {owner}"
                )
            owners[key] = owner
            found[record.name] = record
    return [found[name] for name in sorted(found)]
