"""Seconds of each stage inside one process: `python -m benchmarks.stages [--all] [--files] PACKAGE [PACKAGE...]`.

Each package is described, and rendered in both default formats or in all, validation included, with the command line's
settings; one JSON object a package, in a list. The stages of the first package include loading modules and schemas on
first use, those of the next ones do not. Seconds are of the processor, which a busy machine disturbs less.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from cf_sbom.errors import SbomError
from cf_sbom.faces.cli import collect_seldom
from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.plugins import Registry, load


class Stages(TypedDict):
    """Seconds of describing and of rendering each format; skipped: the formats that cannot be had, and why."""

    seconds: dict[str, float]
    skipped: dict[str, str]


def stages(package: Path, options: Options, registry: Registry) -> Stages:
    start = time.process_time()
    description = describe(package, options, registry)
    found: Stages = {"seconds": {"describe": time.process_time() - start}, "skipped": {}}
    for output in options.outputs:
        start = time.process_time()
        try:
            render(description, replace(options, outputs=(output,)), registry)
        except (ImportError, SbomError) as error:  # the libraries of some formats are optional
            found["skipped"][output[0]] = str(error)
        else:
            found["seconds"][output[0]] = time.process_time() - start
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true", help="every format that is registered")
    parser.add_argument("--files", action="store_true", help="list every packaged file")
    parser.add_argument("packages", nargs="+", type=Path)
    wanted = parser.parse_args()
    collect_seldom()
    registry = load()
    options = Options(list_files=wanted.files)
    if wanted.all:
        options = replace(options, outputs=tuple((emitter.name, "") for emitter in registry.emitters))
    print(json.dumps([stages(package, options, registry) for package in wanted.packages]))


if __name__ == "__main__":
    main()
