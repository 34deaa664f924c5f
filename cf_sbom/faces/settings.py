"""Settings from a file: cf-sbom.toml, or [tool.cf-sbom] in pyproject.toml.

Knows files and their schema. Order, weakest first: defaults, file, environment CF_SBOM_*, options; click applies the
last three once it has the file's as its default map.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from cf_sbom.errors import SettingsError
from cf_sbom.schemas import own

_MAX_SIZE = 1 << 20


def find(folder: Path) -> Path | None:
    """The settings file of a working folder, if it has one."""
    own_file = folder / "cf-sbom.toml"
    if own_file.is_file():
        return own_file
    project = folder / "pyproject.toml"
    return project if project.is_file() and _table(project, quiet=True) else None


def read(path: Path) -> dict[str, Any]:
    """The settings in a file, keys with underscores. Raises SettingsError where they are not as the schema has them."""
    settings = _table(path)
    for error in own("config").iter_errors(settings):
        place = ".".join(str(part) for part in error.instance_path)
        raise SettingsError(f"{path}: {f'{place}: ' if place else ''}{error.message}")
    return {key.replace("-", "_"): value for key, value in settings.items()}


def _table(path: Path, *, quiet: bool = False) -> dict[str, Any]:
    """All of cf-sbom.toml, or the one table of any pyproject.toml; a broken pyproject.toml that nobody named is not
    ours."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        data = path.read_bytes()
        if len(data) > _MAX_SIZE:
            raise SettingsError(f"{path}: larger than {_MAX_SIZE} bytes")
        tree: dict[str, Any] = tomllib.loads(data.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        if quiet:
            return {}
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingsError(f"{path}: {reason}") from None
    if path.name != "pyproject.toml":
        return tree
    tool = tree.get("tool")
    table = tool.get("cf-sbom") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else {}
