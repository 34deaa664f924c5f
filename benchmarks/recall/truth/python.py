"""Python: the distributions that importlib.metadata sees in each folder and wheel, and the pins of vendored trees."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from benchmarks.recall.truth import Entry, files


def read(folder: Path) -> Iterator[Entry]:
    places: set[Path] = set()
    for path in files(folder):
        if path.parent.name.endswith((".dist-info", ".egg-info")):
            places.add(path.parent.parent)
        elif path.suffix == ".egg-info":
            places.add(path.parent)
        elif path.suffix == ".whl":
            places.add(path)
        elif path.name == "vendor.txt" and path.parent.name == "_vendor":
            yield from _pins(path.read_text(encoding="utf-8"))
    for place in sorted(places):
        for found in distributions(path=[str(place)]):
            if found.metadata["Name"]:
                yield Entry("python", "pypi", found.metadata["Name"], found.version)


def _pins(text: str) -> Iterator[Entry]:
    """`name==version`, which is what pip's own list of its vendored packages has."""
    for line in text.splitlines():
        name, equal, version = line.partition("#")[0].strip().partition("==")
        if equal:
            yield Entry("python", "pypi", name.split("[")[0].strip(), version.partition(";")[0].strip())
