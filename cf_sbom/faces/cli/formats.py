"""Words of `-o`, FORMAT[@VERSION] and for some commands =PATH, and the registry with every format that they name.

Knows click and the registry.
"""

from __future__ import annotations

import re

import click

from cf_sbom.errors import SettingsError
from cf_sbom.hookspecs import Options
from cf_sbom.plugins import Registry, load

_OUTPUT = re.compile(r"(?P<format>[a-z0-9-]+)(?:@(?P<version>[0-9.]+))?(?:=(?P<path>.+))?", re.DOTALL)
_DEFAULT = ("cyclonedx-json", "spdx-json")


def formats(ctx: click.Context, words: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Format, version and path of each word; the version and the path may be "". Raises UsageError."""
    found = []
    for word in words or _DEFAULT:
        match = _OUTPUT.fullmatch(word)
        if match is None:
            raise click.UsageError(f"-o {word!r} is not FORMAT[@VERSION][=PATH]", ctx)
        found.append((match["format"], match["version"] or "", match["path"] or ""))
    return found


def formats_once(ctx: click.Context, words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Format and version of each word, where documents have a place by their format and none by a path. Raises
    UsageError, also for a format that is named twice."""
    found: dict[str, str] = {}
    for (name, version, path), word in zip(formats(ctx, words), words or _DEFAULT, strict=True):
        if path:
            raise click.UsageError(f"-o {word!r} is not FORMAT[@VERSION]", ctx)
        if name in found:
            raise click.UsageError("two outputs would go to one place: name each format once", ctx)
        found[name] = version
    return tuple(found.items())


def registered(ctx: click.Context, settings: Options) -> Registry:
    """The registry, with every wanted format and version found in it before any target is opened. Raises UsageError."""
    try:
        registry = load(settings.disabled)
        for name, version in settings.outputs:
            emitter = registry.emitter(name)
            if version and version not in emitter.versions:
                raise SettingsError(f"{name} has no version {version}; there are: {', '.join(emitter.versions)}")
    except SettingsError as error:
        raise click.UsageError(str(error), ctx) from None
    return registry
