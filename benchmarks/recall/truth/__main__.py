"""Runs every reader over one unpacked package and prints what they found, as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.recall.truth import dotnet, golang, java, npm, python, r, ruby, rust, sboms

READERS = (golang, rust, java, python, npm, dotnet, r, ruby, sboms)

if __name__ == "__main__":
    print(json.dumps(sorted({tuple(entry) for reader in READERS for entry in reader.read(Path(sys.argv[1]))})))
