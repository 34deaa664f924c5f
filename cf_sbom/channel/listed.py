"""The records of a repodata.json that are wanted.

Knows what is used of a record. Names in records come from outside: none may lead out of the folder that it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cf_sbom.channel.items import Remark, Wanted
from cf_sbom.channel.repodata import records
from cf_sbom.errors import TargetError
from cf_sbom.fields import Fields
from cf_sbom.identity.digests import stated_digests
from cf_sbom.identity.purl import archive_type
from cf_sbom.limits import Limits
from cf_sbom.model import Digest
from cf_sbom.parsing import ParseError
from cf_sbom.paths import member_path, unsafe

_NAME = re.compile(r"[!-.0-\[\]-~]{1,240}")  # ASCII without blanks and slashes; a sidecar's name has 255 at most
_SHOWN = 120
_MILLISECONDS = 253_402_300_799  # a greater number of seconds is no time that exists


@dataclass(frozen=True, slots=True)
class Record:
    """What is used of a record; time in Unix seconds."""

    name: str
    digests: tuple[Digest, ...]
    size: int | None
    time: float | None


def listed(file: Path, path: str, wanted: Wanted, limits: Limits) -> Iterator[Record | Remark]:
    """The wanted records of a repodata.json, each name once; path is that of its folder in the channel."""
    seen: set[str] = set()
    try:
        for name, tree in records(file, limits):
            if reason := _refusal(name, tree) or ("listed twice" if name in seen else ""):
                yield Remark(path=join(path, _short(name)), reason=f"{reason}; the entry is left out")
                continue
            seen.add(name)
            if wanted.named(name):
                yield _record(name, tree, limits)
    except (ParseError, TargetError) as error:
        yield Remark(path=join(path, file.name), reason=f"cannot be read to its end: {error}", listing=True)


def _refusal(name: str, tree: Any) -> str:
    if not _NAME.fullmatch(name) or unsafe(name):
        return "listed under a name that no package file has"
    if not archive_type(name) or name.startswith("."):
        return "listed, but by its name neither a .conda nor a .tar.bz2 file"
    return "" if isinstance(tree, dict) else "its record is not a mapping"


def _record(name: str, tree: Any, limits: Limits) -> Record:
    fields = Fields(tree, limits, lambda remark: None)
    size, time = fields.integer("size"), fields.integer("timestamp")
    if time is not None:
        time = time if abs(time) > _MILLISECONDS else time * 1000
    seconds = time / 1000 if time is not None and 0 <= time <= _MILLISECONDS * 1000 else None
    return Record(name, stated_digests(fields), size if size is not None and size >= 0 else None, seconds)


def join(folder: str, name: str) -> str:
    """The path of a package in its channel."""
    return member_path(f"{folder}/{name}" if folder else name)


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}..."
