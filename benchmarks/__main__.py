"""`python -m benchmarks [--quick]`: measures, prints a table, adds the figures to the history. Always exits with 0."""

from __future__ import annotations

import os
import platform
import sys
import time

from benchmarks import REPOSITORY, cases, figures, history, measure, packages
from cf_sbom import __version__


def main() -> None:
    unknown = [word for word in sys.argv[1:] if word != "--quick"]
    if unknown:
        print(f"unknown: {unknown[0]}; usage: python -m benchmarks [--quick]")
        return
    quick = "--quick" in sys.argv
    setting = {"python": platform.python_version(), "cpus": os.cpu_count(), "quick": quick}
    before = history.read(setting)
    print(f"Python {setting['python']}, {setting['cpus']} CPUs, cf-sbom {__version__}{', quick' if quick else ''}")
    print(f"Load {os.getloadavg()[0]:.1f}: seconds mean little unless that is near 0.")
    print("Command and reference take turns; the median counts. MB is a million bytes.")
    if before.runs:
        print(f"to last: the ratio to the run of {before.time}. SLOWER: more than {history.SLOWER} times the median")
        print(f"of {before.runs} earlier runs with the same Python, CPUs and repetitions.")
    try:
        _prepare()
    except measure.CommandError as error:
        print(f"not met: the packages to measure cannot be made: {error}")
        return
    print(f"\n{figures.heading()}")
    found = []
    for section in cases.sections(cases.QUICK if quick else cases.FULL):
        found.append(section)
        print("\n".join(figures.lines(section, before)), end="\n\n", flush=True)
    print("\n".join(figures.summary(found, before)))
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    history.append({"time": now, **setting, "version": __version__, "figures": figures.medians(found)})


def _prepare() -> None:
    """In a child, since making packages takes memory (see measure)."""
    if not packages.ready():
        print("making the packages to measure, once", flush=True)
        measure.run((sys.executable, "-m", "benchmarks.packages"), REPOSITORY)


if __name__ == "__main__":
    main()
