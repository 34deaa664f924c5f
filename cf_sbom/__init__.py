"""Software bills of materials for conda packages. The public names; each is imported when it is first used."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from cf_sbom.about import VERSION as __version__

if TYPE_CHECKING:
    from cf_sbom.errors import AttachError, DocumentError, PluginError, SbomError, SettingsError, TargetError
    from cf_sbom.generate import Result, generate
    from cf_sbom.hookspecs import Options, hookimpl
    from cf_sbom.limits import Limits
    from cf_sbom.validate import Verdict, validate

__all__ = [
    "AttachError",
    "DocumentError",
    "Limits",
    "Options",
    "PluginError",
    "Result",
    "SbomError",
    "SettingsError",
    "TargetError",
    "Verdict",
    "__version__",
    "generate",
    "hookimpl",
    "validate",
]

_PLACES = {
    "errors": ("AttachError", "DocumentError", "PluginError", "SbomError", "SettingsError", "TargetError"),
    "generate": ("Result", "generate"),
    "hookspecs": ("Options", "hookimpl"),
    "limits": ("Limits",),
    "validate": ("Verdict", "validate"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for module, public in _PLACES.items():
        if name in public:
            return getattr(import_module(f"cf_sbom.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Package(ModuleType):
    """Two functions are called as their modules are, and importing a module binds its name here: the function stays."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and name in _PLACES.get(name, ()):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
