"""`python -m benchmarks [--quick]`: measures, prints a table, adds the figures to the history. Always exits with 0."""

from __future__ import annotations

import os
import platform
import sys
import time
from typing import Any

from benchmarks import REPOSITORY, cases, figures, history, measure, packages
from cf_sbom import __version__


def main() -> None:
    unknown = [word for word in sys.argv[1:] if word != "--quick"]
    if unknown:
        print(f"unknown: {unknown[0]}; usage: python -m benchmarks [--quick]")
        return
    quick = "--quick" in sys.argv
    setting = {"python": platform.python_version(), "cpus": os.cpu_count(), "version": __version__, "quick": quick}
    before = history.last()
    print(f"Python {setting['python']}, {setting['cpus']} CPUs, cf-sbom {__version__}{', quick' if quick else ''}")
    print(f"Load {os.getloadavg()[0]:.1f}: seconds mean little unless that is near 0.")
    print("Command and reference take turns; the median counts. MB is a million bytes.")
    if before:
        print(_compared(before, setting))
    try:
        _prepare()
    except measure.CommandError as error:
        print(f"MISSED: the packages to measure cannot be made: {error}")
        return
    print(f"\n{figures.heading()}")
    found = []
    for section in cases.sections(cases.QUICK if quick else cases.FULL):
        found.append(section)
        print("\n".join(figures.lines(section, before.get("figures", {}))), end="\n\n", flush=True)
    missed = [figure.key for section in found for figure in section.figures if figure.verdict == "MISSED"]
    missed += [section.title for section in found if any(remark.startswith("MISSED") for remark in section.remarks)]
    print(f"MISSED: {', '.join(missed)}" if missed else "all targets met")
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    history.append({"time": now, **setting, "figures": figures.medians(found)})


def _prepare() -> None:
    """In a child, since making packages takes memory (see measure)."""
    if not packages.ready():
        print("making the packages to measure, once", flush=True)
        measure.run((sys.executable, "-m", "benchmarks.packages"), REPOSITORY)


def _compared(before: dict[str, Any], setting: dict[str, Any]) -> str:
    """Which run the changes are against, and in what it was different."""
    other = [f"{name} {before.get(name)}" for name, value in setting.items() if before.get(name) != value]
    note = f" ({', '.join(other)})" if other else ""
    return f"change: against the run of {before.get('time')}{note}"


if __name__ == "__main__":
    main()
