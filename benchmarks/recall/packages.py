"""The packages of the corpus: built once, unpacked, and the truth about each."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmarks import REPOSITORY, syft
from benchmarks.measure import run
from benchmarks.recall import HOME, build, truth
from benchmarks.recall.score import Stated, key
from benchmarks.recall.tools import Made


def made(file: Path, label: str, name: str, version: str, subdir: str, binaries: Path, *, new: bool = False) -> Made:
    """The package of a file or folder; new: not the one of an earlier run. Raises CommandError where it cannot be
    built."""
    home = HOME / "packages" / f"{label}-{_digest(Path(build.__file__))}"
    if new or not (home / "done").is_file():
        for old in home.parent.glob(f"{label}-{'?' * 12}"):
            shutil.rmtree(old)
        words = (str(binaries / "python"), "-m", "benchmarks.recall.build", str(file), name, version, subdir, str(home))
        run(words, REPOSITORY)
        syft.unpack(next(home.glob("*.conda")), home / "unpacked")
        (home / "done").touch()
    return Made(next(home.glob("*.conda")), home / "unpacked")


def truth_of(package: Made, binaries: Path) -> Sequence[Stated]:
    """What the independent readers say; kept until one of them changes. Raises CommandError."""
    readers = sorted(Path(truth.__file__).parent.iterdir())
    kept = package.unpacked.with_name(f"truth-{_digest(*(p for p in readers if p.is_file()))}.json")
    if not kept.is_file():
        words = (str(binaries / "python"), "-m", "benchmarks.recall.truth", str(package.unpacked))
        kept.write_bytes(run(words, REPOSITORY).output)
    entries = json.loads(kept.read_bytes())
    return [Stated(ecosystem, key(type_, name, version), scope) for ecosystem, type_, name, version, scope in entries]


def _digest(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]
