"""What cf-sbom finds in binaries alone: of the corpus without the documents that wheels bring, and of real packages.

Knows where the packages lie and how they are stripped to their binaries; natives.py judges what is found.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import REAL_PACKAGES, REPOSITORY
from benchmarks.recall.evidence import evidence
from benchmarks.recall.natives import Finding, Judgements, Library, Report, Truth, finding, report
from benchmarks.recall.score import Stated
from benchmarks.recall.tools import Made
from benchmarks.recall.truth import Entry, libraries, programs

_ENDS = (".conda", ".tar.bz2")


def real_packages() -> list[Path]:
    """Those of the optional folder of real packages; none where there is no such folder."""
    folder = Path(os.environ.get(REAL_PACKAGES) or REPOSITORY.parent / "shared" / "packages")
    return sorted(path for path in folder.rglob("*") if path.name.endswith(_ENDS))


def truths(made: Mapping[str, Made], stated: Mapping[str, Sequence[Stated]], judged: Judgements) -> dict[str, Truth]:
    """Of each package of the corpus. Crates count where no program has a list of them, which would be read instead."""
    found = {}
    for label, package in made.items():
        index = json.loads((package.unpacked / "info" / "index.json").read_bytes())
        has_lists = any(entry.ecosystem == "rust" for entry in stated[label])
        entries = frozenset(
            _library(entry, judged)
            for entry in libraries.read(package.unpacked)
            if entry.type != "cargo" or not has_lists
        )
        found[label] = Truth(judged.library(index["name"], index["version"]), entries)
    return found


def measured(made: Mapping[str, Made], known: Mapping[str, Truth], judged: Judgements) -> Report:
    """known: the truths of the corpus. Raises CommandError."""
    targets = {target: label for label, package in made.items() if (target := _bare(package)) is not None}
    everything = dict(known)
    for path in real_packages():
        name, version, _ = path.name.removesuffix(_ENDS[0]).removesuffix(_ENDS[1]).rsplit("-", 2)
        targets[path] = path.name
        everything[path.name] = Truth(judged.library(name, version))
    found = evidence(tuple(targets), 0)
    return report(_findings(found, targets), {targets[target]: everything[targets[target]] for target in found}, judged)


def _findings(found: Mapping[Path, Sequence[Sequence[object]]], targets: Mapping[Path, str]) -> Iterator[Finding]:
    from cf_sbom.hookspecs import Options

    threshold = Options().native_threshold
    for target, entries in found.items():
        for entry in entries:
            if (made := finding(targets[target], entry, threshold)) is not None:
                yield made


def _library(entry: Entry, judged: Judgements) -> Library:
    return (
        Library(entry.name, entry.version, True) if entry.type == "cargo" else judged.library(entry.name, entry.version)
    )


def _bare(package: Made) -> Path | None:
    """The package as a folder of its identity and its binaries; None where it has none."""
    binaries = list(programs(package.unpacked))
    if not binaries:
        return None
    folder = package.unpacked.with_name("alone")
    shutil.rmtree(folder, ignore_errors=True)
    for path in (package.unpacked / "info" / "index.json", *binaries):
        place = folder / path.relative_to(package.unpacked)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, place)
    return folder
