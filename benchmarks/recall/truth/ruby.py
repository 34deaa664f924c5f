"""Ruby: RubyGems names the specification of an installed gem by its name and version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.recall.truth import Entry, files


def read(folder: Path) -> Iterator[Entry]:
    for path in files(folder):
        if path.suffix == ".gemspec" and path.parent.name in ("specifications", "default"):
            name, _, version = path.stem.rpartition("-")
            yield Entry("ruby", "gem", name, version)
