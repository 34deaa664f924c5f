"""What PEP 770 files of wheels state of native code, with purls or without: libraries and crates, by plain JSON.

It is no row of its own: what is read here is compared with what is found in the binaries alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.recall.truth import Entry, files

_RELEASE = re.compile(r"\d+(:\d+)?(\.\d+)+[\w.+-]*")


def read(folder: Path) -> Iterator[Entry]:
    """Entries of the types `cargo` and `generic`. Left out are parts of the wheel itself, what has no version and what
    only built."""
    for path in files(folder):
        if path.parent.name != "sboms" or path.suffix != ".json" or path.parent.parent.suffix != ".dist-info":
            continue
        for component in json.loads(path.read_bytes()).get("components", []):
            type_ = component.get("purl", "pkg:generic/").removeprefix("pkg:").partition("/")[0]
            if type_ == "pypi" or component.get("scope") == "excluded":
                continue
            if _RELEASE.fullmatch(component.get("version") or ""):
                kind = "cargo" if type_ == "cargo" else "generic"
                yield Entry("native", kind, component["name"], component["version"])
