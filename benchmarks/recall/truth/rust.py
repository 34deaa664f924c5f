"""Rust: the section .dep-v0 of cargo-auditable, taken out by objcopy from ELF, by LIEF from Mach-O and PE."""

from __future__ import annotations

import json
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.recall.truth import Entry, programs

_SECTION = ".dep-v0"


def read(folder: Path) -> Iterator[Entry]:
    for path in programs(folder):
        packed = _elf(path) if path.read_bytes()[:4] == b"\x7fELF" else _other(path)
        if packed:
            yield from parse(packed)


def parse(packed: bytes) -> Iterator[Entry]:
    """A zlib stream of JSON. A crate of kind `build` ran at build time only."""
    for crate in json.loads(zlib.decompressobj().decompress(packed))["packages"]:
        yield Entry("rust", "cargo", crate["name"], crate["version"], crate.get("kind", "runtime"))


def _elf(path: Path) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        dumped = Path(name, "section")
        words = ("objcopy", "--dump-section", f"{_SECTION}={dumped}", path, Path(name, "rest"))
        subprocess.run(words, capture_output=True, check=False)
        return dumped.read_bytes() if dumped.is_file() else b""


def _other(path: Path) -> bytes:
    import lief  # only there in the readers' environment

    lief.logging.disable()
    binary = lief.parse(str(path))
    sections = getattr(binary, "sections", ())
    return next((bytes(s.content) for s in sections if s.name in (_SECTION, _SECTION[:8])), b"")
