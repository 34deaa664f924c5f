"""What is really in a package: one small reader for each ecosystem, none of which uses code of cf-sbom.

`ENVIRONMENT/bin/python -m benchmarks.recall.truth FOLDER` prints the entries of an unpacked package as JSON lists:
ecosystem, purl type, name with its namespace, version, scope. A reader is a module with read(folder).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    """One package as its reader saw it, spelled as there. version `*`: it cannot be told."""

    ecosystem: str
    type: str
    name: str
    version: str
    scope: str = "runtime"


def files(folder: Path) -> Iterator[Path]:
    """All regular files of the payload, in order of path."""
    for base, folders, names in os.walk(folder):
        folders.sort()
        if Path(base) == folder and "info" in folders:
            folders.remove("info")
        yield from (p for p in (Path(base, name) for name in sorted(names)) if p.is_file() and not p.is_symlink())


def programs(folder: Path) -> Iterator[Path]:
    """Files that begin as ELF, Mach-O or PE do."""
    magics = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
    for path in files(folder):
        with path.open("rb") as file:
            if file.read(4).startswith(magics) and path.suffix != ".class":
                yield path
