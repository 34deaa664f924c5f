"""Where builders put the packages that they make, and which of those are new.

Knows the command lines and environment variables of conda-build and rattler-build, and the layout of their output
folders. What a builder prints is never looked at.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple, TypeAlias

from cf_sbom.errors import SettingsError

_EXTENSIONS = (".conda", ".tar.bz2")
_SUBDIR = re.compile(r"noarch|[a-z0-9]+-[a-z0-9]+")
"""CEP 26. Nothing else that builders keep in an output folder looks so: broken, bld, src_cache, tiny_1795542655177."""
_PYTHON = re.compile(r"python[0-9.]*")
_ASK = "from conda_build.config import Config; print(Config().output_folder)"
_PATIENCE = 60  # seconds for Python to import conda-build


class State(NamedTuple):
    """What of a file changes when it is written anew."""

    size: int
    changed: int
    inode: int


Snapshot: TypeAlias = dict[Path, State]


def snapshot(folders: Iterable[Path]) -> Snapshot:
    """Every package that lies in output folders now: in one of their subdirs, or right in them."""
    found: Snapshot = {}
    for folder in folders:
        for place in (folder, *_below(folder)):
            for entry in _entries(place):
                if entry.name.endswith(_EXTENSIONS) and (state := _state(entry)):
                    found[Path(entry.path)] = state
    return found


def new(before: Snapshot, after: Snapshot) -> list[Path]:
    """The packages that were not there before, or were written anew, sorted."""
    return sorted(path for path, state in after.items() if before.get(path) != state)


def output_folders(words: Sequence[str], environment: Mapping[str, str]) -> list[Path]:
    """Where the builder of a command line puts its packages.

    Raises SettingsError for a program that is no builder known here, unless CONDA_BLD_PATH says it.
    """
    builder, arguments = _builder(words)
    stated = environment.get("CONDA_BLD_PATH", "")
    if builder == "conda-build":
        place = _value(arguments, "--output-folder", "--output-") or _value(arguments, "--croot", "--cr") or stated
        return _absolute([place] if place else _conda_defaults(words[0], environment))
    if builder == "rattler-build":
        return _absolute([_value(arguments, "--output-dir", "--output-dir") or stated or "output"])
    if stated:
        return _absolute([stated])
    raise SettingsError(
        f"where {PurePath(words[0]).name} puts its packages is not known: name the folder with --built, or set "
        "CONDA_BLD_PATH"
    )


def _below(folder: Path) -> list[Path]:
    return [Path(entry.path) for entry in _entries(folder) if _SUBDIR.fullmatch(entry.name) and entry.is_dir()]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing where it is not there yet."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _state(entry: os.DirEntry[str]) -> State | None:
    """None for what is no file, or is no longer there."""
    try:
        status = entry.stat()
    except OSError:
        return None
    return State(status.st_size, status.st_mtime_ns, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def _absolute(places: Iterable[str]) -> list[Path]:
    return [Path.cwd() / Path(place).expanduser() for place in places]


def _builder(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Name and arguments of the builder: `conda build` and `python -m conda_build.cli.main_build` are conda-build."""
    name, arguments = _name(words[0]), words[1:]
    if _PYTHON.fullmatch(name) and "-m" in arguments[:-1]:
        at = arguments.index("-m")
        name, arguments = arguments[at + 1].partition(".")[0].replace("_", "-"), arguments[at + 2 :]
    command = next((word for word in arguments if not word.startswith("-")), "")
    return ("conda-build" if (name, command) in (("conda", "build"), ("mamba", "build")) else name), arguments


def _name(program: str) -> str:
    name = program.replace("\\", "/").rpartition("/")[2].lower()
    return name.removesuffix(".exe").removesuffix(".bat")


def _value(arguments: Sequence[str], option: str, shortest: str) -> str:
    """The last value of an option, which may be written as short as argparse allows; "" where it is not given."""
    found = ""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        name, separator, value = word.partition("=")
        if name.startswith(shortest) and option.startswith(name):
            found = value if separator else following
    return found


def _conda_defaults(program: str, environment: Mapping[str, str]) -> list[str]:
    """Where conda-build puts packages when nothing is said: its own configuration knows.

    Where it cannot be asked, the two places that it documents.
    """
    found = Path(shutil.which(program, path=environment.get("PATH")) or program)
    for path in dict.fromkeys((found, found.resolve())):  # a Python that is a link is another one than where it leads
        for python in _pythons(path):
            try:
                asked = subprocess.run(
                    [python, "-c", _ASK], capture_output=True, text=True, timeout=_PATIENCE, check=True, env=environment
                )
            except (OSError, subprocess.SubprocessError):
                continue
            return asked.stdout.splitlines()[-1:]
    return [str(found.resolve().parent.parent / "conda-bld"), str(Path.home() / "conda-bld")]


def _pythons(program: Path) -> list[Path]:
    """The Python that a program is, or those that may run a script: beside it, or where an environment has it."""
    folder, root = program.parent, program.parent.parent
    beside = (folder / "python", root / "bin" / "python", folder / "python.exe", root / "python.exe")
    found = [program] if _PYTHON.fullmatch(_name(program.name)) else [p for p in beside if p.is_file()]
    return list(dict.fromkeys(found))
