"""Seconds of each stage inside one process: `python -m benchmarks.stages PACKAGE [PACKAGE...]`.

Each package is described and rendered in both default formats, validation included; only the stages of the last one
are printed, as JSON. With one package these include loading modules and schemas on first use; with another one before
it they do not.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.plugins import load


def stages(package: Path) -> dict[str, float]:
    """Wall seconds of describing and of rendering each default format."""
    options = Options()
    registry = load()
    start = time.perf_counter()
    description = describe(package, options, registry)
    found = {"describe": time.perf_counter() - start}
    for output in options.outputs:
        start = time.perf_counter()
        render(description, replace(options, outputs=(output,)), registry)
        found[output[0]] = time.perf_counter() - start
    return found


if __name__ == "__main__":
    print(json.dumps([stages(Path(word)) for word in sys.argv[1:]][-1]))
