"""cf-sbom and its peers: how each is had, and what each is given to read the same package.

Only cf-sbom reads a conda package. syft and blint are given it unpacked, pixi-sbom as an environment with its record.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import syft
from benchmarks.recall.environment import bounded, install
from cf_sbom import __version__

LONGEST = 300
"""Seconds after which a tool is ended."""
_OURS = str(Path(sys.executable).with_name("cf-sbom"))


@dataclass(frozen=True, slots=True)
class Made:
    """One package in the forms that tools read."""

    package: Path
    unpacked: Path


@dataclass(frozen=True, slots=True)
class Tool:
    """prepare: the version, raises CommandError where the tool cannot be had. run: writes a CycloneDX document with
    one package's contents and returns its seconds; raises CommandError."""

    name: str
    prepare: Callable[[], str]
    run: Callable[[Made, Path], float]


def _cf_sbom(made: Made, document: Path) -> float:
    words = (_OURS, "generate", "--quiet", "--no-progress", "--force", "-o", f"cyclonedx-json={document}")
    return bounded(LONGEST, (*words, str(made.package)), document.parent).wall


def _syft(made: Made, document: Path) -> float:
    return bounded(LONGEST, syft.command(made.unpacked, document), document.parent).wall


def _blint(made: Made, document: Path) -> float:
    """It writes no document where it finds nothing."""
    program = str(_prepared("blint", "blint==4.0.1") / "blint")
    words = (program, "sbom", "-q", "-i", str(made.unpacked), "-o", str(document))
    seconds = bounded(LONGEST, words, document.parent).wall
    if not document.exists():
        document.write_text("{}")
    return seconds


def _pixi_sbom(made: Made, document: Path) -> float:
    program = str(_prepared("pixi-sbom", "pixi-sbom==1.15.0") / "pixi-sbom")
    environment = made.unpacked.with_name("environment")
    _environment(made, environment)
    words = (program, "--prefix", str(environment), "--embedded-sboms", "--no-config", "--no-cache")
    return bounded(LONGEST, (*words, "--format", "cyclonedx", "--output", str(document)), document.parent).wall


def _environment(made: Made, environment: Path) -> None:
    """The package as an installer links it, with its record in conda-meta."""
    if environment.exists():
        return
    shutil.copytree(made.unpacked, environment, copy_function=os.link, symlinks=True, ignore=_not_info(made.unpacked))
    index = json.loads((made.unpacked / "info" / "index.json").read_bytes())
    paths = json.loads((made.unpacked / "info" / "paths.json").read_bytes())
    channel = "https://conda.example.org/recall"
    index |= {
        "channel": channel,
        "files": [entry["_path"] for entry in paths["paths"]],
        "fn": made.package.name,
        "paths_data": paths,
        "url": f"{channel}/{index['subdir']}/{made.package.name}",
    }
    record = environment / "conda-meta" / f"{made.package.stem}.json"
    record.parent.mkdir()
    record.write_text(json.dumps(index))


def _not_info(top: Path) -> Callable[[str, list[str]], list[str]]:
    return lambda folder, _: ["info"] if Path(folder) == top else []


def _prepared(name: str, pin: str) -> Path:
    return install(name, (pin,))


def _peer(name: str, pin: str) -> Callable[[], str]:
    def prepare() -> str:
        _prepared(name, pin)
        return pin.partition("==")[2]

    return prepare


TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool("cf-sbom", lambda: __version__, _cf_sbom),
        Tool("syft", syft.install, _syft),
        Tool("pixi-sbom", _peer("pixi-sbom", "pixi-sbom==1.15.0"), _pixi_sbom),
        Tool("blint", _peer("blint", "blint==4.0.1"), _blint),
    )
}
