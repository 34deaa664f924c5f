"""`python -m benchmarks.recall.evidence [--threshold N] TARGET...`: each component with how cf-sbom knows it, as JSON.

The documents have the same, but bring techniques to the few words of their formats; so this asks the library. A target
that cannot be described is left out, and said on standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from benchmarks import REPOSITORY
from benchmarks.measure import run


class Seen(NamedTuple):
    """One piece of evidence for a component. sure: the greatest confidence that any evidence gives this component,
    which decides whether it enters a document."""

    purl: str
    name: str
    version: str
    path: str
    technique: str
    sure: float
    by: str


def evidence(targets: Sequence[Path], threshold: float | None = None) -> dict[Path, list[Seen]]:
    """Of each target that could be described, in a process of its own. threshold: that of the command line's option
    `--native-threshold`, or its default. Raises CommandError."""
    words = [sys.executable, "-m", "benchmarks.recall.evidence"]
    if threshold is not None:
        words += ("--threshold", str(threshold))
    found = json.loads(run((*words, "--", *map(str, targets)), REPOSITORY).output)
    return {Path(target): [Seen(*entry) for entry in entries] for target, entries in found.items()}


def _described(targets: Sequence[Path], threshold: float | None) -> Iterator[tuple[str, list[Seen]]]:
    from cf_sbom.errors import SbomError
    from cf_sbom.generate import describe
    from cf_sbom.hookspecs import Options
    from cf_sbom.plugins import load

    registry = load()
    options = Options() if threshold is None else replace(Options(), native_threshold=threshold)
    for target in targets:
        try:
            sbom = describe(target, options, registry).sbom
        except SbomError as error:
            print(f"{target.name}: {error}", file=sys.stderr)
            continue
        found: dict[Seen, None] = {}
        for component in sbom.components:
            told = [e for o in component.occurrences for e in o.evidence]
            sure = max((e.confidence for e in told), default=0)
            names = (component.purl, component.name, component.version)
            found |= dict.fromkeys(Seen(*names, e.path, e.technique, sure, e.by) for e in told)
        yield str(target), list(found)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recall.evidence")
    parser.add_argument("--threshold", type=float)
    parser.add_argument("targets", nargs="+", type=Path, metavar="TARGET")
    settings = parser.parse_args()
    print(json.dumps(dict(_described(settings.targets, settings.threshold))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
