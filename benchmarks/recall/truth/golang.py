"""Go: what `go version -m` of Go itself prints."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.recall.truth import Entry, programs


def read(folder: Path) -> Iterator[Entry]:
    go = Path(sys.executable).with_name("go")
    for path in programs(folder):
        run = subprocess.run((go, "version", "-m", path), capture_output=True, text=True)
        if run.returncode == 0:
            yield from parse(run.stdout)


def parse(text: str) -> Iterator[Entry]:
    """The first line ends in the version of Go; `mod` and `dep` lines are modules, `=>` takes the place of the line
    before. A main module that was not built from a released version has one that only its own history can tell."""
    heading, *lines = text.splitlines()
    release = heading.rsplit(": ", 1)[-1].split()[0]
    if release.startswith("go1"):
        yield Entry("go", "golang", "stdlib", release.removeprefix("go"))
    modules: list[list[str]] = []
    for fields in (line.strip("\t\n").split("\t") for line in lines):
        if fields[0] == "=>":
            modules[-1] = fields
        elif fields[0] in ("mod", "dep"):
            modules.append(fields)
    for fields in modules:
        path, version = (*fields[1:], "", "")[:2]
        if not path.startswith(("./", "../", "/")):
            yield Entry("go", "golang", path, "*" if version in ("", "(devel)") else version)
