""".NET: the libraries of type `package` in *.deps.json; those of type `project` are no NuGet packages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.recall.truth import Entry, files


def read(folder: Path) -> Iterator[Entry]:
    for path in files(folder):
        if path.name.endswith(".deps.json"):
            for title, library in json.loads(path.read_text(encoding="utf-8-sig")).get("libraries", {}).items():
                if library["type"] == "package":
                    name, _, version = title.partition("/")
                    yield Entry("dotnet", "nuget", name, version)
