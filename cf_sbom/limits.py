"""How much of a package is read before it is refused or cut: each limit is a setting (`--limit NAME=VALUE`).

Knows only numbers. The defaults admit every package seen on public channels with room to spare.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace

from cf_sbom.errors import SettingsError

KIB, MIB, GIB = 1024, 1024**2, 1024**3


def _limit(default: int, doc: str) -> int:
    value: int = field(default=default, metadata={"doc": doc})
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes are in bytes, the rest are counts."""

    members: int = _limit(1_000_000, "members of one package")
    member_size: int = _limit(16 * GIB, "size of one unpacked member")
    total_size: int = _limit(64 * GIB, "size of all unpacked members")
    compression_ratio: int = _limit(1000, "unpacked size over packed size, once 256 MiB have been unpacked")
    header_size: int = _limit(64 * KIB, "bytes of archive headers before one member")
    path_length: int = _limit(4096, "characters of one member's name, or of what it links to")
    json_size: int = _limit(64 * MIB, "size of one JSON file")
    json_values: int = _limit(4_000_000, "values in one JSON file")
    json_depth: int = _limit(200, "nesting of one JSON file")
    yaml_size: int = _limit(4 * MIB, "size of one YAML file")
    yaml_nodes: int = _limit(200_000, "values in one YAML file")
    yaml_depth: int = _limit(64, "nesting of one YAML file")
    lock_size: int = _limit(64 * MIB, "size of one lock file of an environment")
    lock_nodes: int = _limit(5_000_000, "values in one lock file of an environment")
    toml_size: int = _limit(2 * MIB, "size of one TOML file")
    field_length: int = _limit(64 * KIB, "characters of one text field")
    dependencies: int = _limit(100_000, "entries of one list, such as depends")
    text_size: int = _limit(MIB, "size of one licence text or patch, the rest is cut off")
    texts: int = _limit(2000, "licence texts and patches of one package")
    texts_size: int = _limit(32 * MIB, "size of all licence texts, and of all patches, of one package")
    embedded_size: int = _limit(8 * MIB, "size of one record inside a file: a crate list, an entry of a jar")
    entries: int = _limit(200_000, "entries of one archive inside the package, such as a jar")
    nested_depth: int = _limit(8, "archives inside archives inside the package")
    nested_size: int = _limit(256 * MIB, "size of all that is unpacked out of one archive inside the package")
    problems: int = _limit(1000, "problems of one kind in one document, the rest are counted")
    packages: int = _limit(20_000, "packages of one folder of --packages, or records of an environment, that are read")
    document_size: int = _limit(512 * MIB, "size of a document that is read")

    def with_settings(self, settings: Iterable[tuple[str, int]]) -> Limits:
        """These limits with some of them replaced. Raises SettingsError for an unknown name or a negative value."""
        names = {f.name for f in fields(self)}
        changes: dict[str, int] = {}
        for name, value in settings:
            key = name.replace("-", "_")
            if key not in names:
                raise SettingsError(f"no limit is called {name!r}; there are: {', '.join(sorted(names))}")
            if value < 0:
                raise SettingsError(f"limit {name}: {value} is negative")
            changes[key] = value
        return replace(self, **changes)
