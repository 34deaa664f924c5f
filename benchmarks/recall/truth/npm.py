"""npm: what Node finds that walks node_modules folders as it resolves modules (npm.js)."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.recall.truth import Entry


def read(folder: Path) -> Iterator[Entry]:
    node = shutil.which("node")
    if node is None:
        raise SystemExit("node is not there; it reads what npm installs")
    run = subprocess.run((node, Path(__file__).with_name("npm.js"), folder), capture_output=True, text=True, check=True)
    for name, version in json.loads(run.stdout):
        yield Entry("npm", "npm", name, version)
