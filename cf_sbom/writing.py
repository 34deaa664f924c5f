"""Files that appear whole or not at all, and never in the place of what is not ours.

Knows file systems only. Where the system has files without a name (O_TMPFILE), nothing is left of a write that was
killed; elsewhere, and between the two last steps, a temporary name may be, which the next write of that file removes.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from time import monotonic, time
from typing import BinaryIO

from cf_sbom.about import NAME
from cf_sbom.errors import AttachError

# How a document of ours names its tool, in any of the formats; looked for in the first and last part of a file.
_MARKS = tuple(mark.encode() for mark in (f'"{NAME}"', f"Tool: {NAME}-", f">{NAME}<", f"#Tool-{NAME}-"))
_LEFTOVER = re.compile(r"\.cf-sbom\.[0-9a-f]{16}\.(?P<process>[0-9]{1,10})\.part")
_LOOK = 1 << 20
_STALE = 3600  # seconds: no write takes so long, so nobody works on a temporary file that is older
_NOTICED = 0.0005  # seconds to look through a folder
_SELDOM = 50  # times as long as that took, until it is done again


def real_path(path: str | Path) -> Path:
    """Where a path leads in the end, to see whether two are one. A loop of links leads nowhere and stays; before Python
    3.13 Path.resolve() raises RuntimeError for it."""
    return Path(os.path.realpath(path))


def write(path: Path, data: bytes, *, force: bool) -> Path:
    """Write a file and rename it into place. Raises AttachError."""
    check_place(path, force=force)
    with replacing(path) as file:
        file.write(data)
    return path


def check_place(path: Path, *, force: bool) -> None:
    """Raises AttachError where something would be lost by writing there."""
    try:
        if not force and not ours_or_absent(path):
            raise AttachError(f"{path} exists and was not made by cf-sbom; --force overwrites it")
    except OSError as error:
        raise _failed(path, error) from error


def ours_or_absent(path: Path) -> bool:
    """Whether nothing is lost by writing there."""
    if path.exists() and not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_LOOK)
            file.seek(max(0, path.stat().st_size - _LOOK))
            tail = file.read(_LOOK)
    except FileNotFoundError:
        return True
    return is_ours(head) or is_ours(tail)


def is_ours(data: bytes) -> bool:
    """Whether a document names this tool as the one that made it."""
    return any(mark in data for mark in _MARKS)


@contextlib.contextmanager
def replacing(path: Path, *, mode: int | None = None, durable: bool = False) -> Iterator[BinaryIO]:
    """A new file to write and read again, which takes the place of path when the block ends without an error. Until
    then the old one stays as it is. mode are its permissions; durable: it is on the disk before it takes that place.
    Raises AttachError where that fails."""
    temporary = _temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        unnamed = _without_name(path.parent)
        with unnamed or _new(temporary) as file:
            yield file
            _finish(file, mode, durable)
            if unnamed is not None and not _named(file, temporary):
                file.seek(0)
                with _new(temporary) as copy:
                    shutil.copyfileobj(file, copy, 1 << 20)
                    _finish(copy, mode, durable)
        _sweep(temporary, f"{_stem(path)}.*.part")
        temporary.replace(path)
    except OSError as error:
        raise _failed(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def building(path: Path) -> Iterator[Path]:
    """The path of a file to be made, for what cannot be given an open one: it takes the place of path when the block
    ends without an error and the file is there. Raises AttachError where that fails."""
    temporary = _temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        yield temporary
        if temporary.exists():
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            for leftover in path.parent.glob(f"{_stem(path)}.*.part"):  # it is large: not for an hour
                if leftover != temporary:
                    _remove_dead(leftover)
            temporary.replace(path)
    except OSError as error:
        raise _failed(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what killed writes left anywhere below a folder; links to folders are not followed."""
    for place, _, names in os.walk(folder):
        for name in names:
            _remove_dead(Path(place, name))


def _remove_dead(path: Path) -> None:
    """Remove a temporary file whose process has ended, or that is old."""
    if match := _LEFTOVER.fullmatch(path.name):
        with contextlib.suppress(OSError):
            if not _lives(int(match["process"])) or time() - path.lstat().st_mtime > _STALE:
                path.unlink()


def _lives(process: int) -> bool:
    """Whether there is such a process on this machine, as far as that can be told."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _finish(file: BinaryIO, mode: int | None, durable: bool) -> None:
    file.flush()
    if mode is not None and hasattr(os, "fchmod"):
        os.fchmod(file.fileno(), mode & 0o777)
    if durable:
        os.fsync(file.fileno())


def _failed(path: Path, error: OSError) -> AttachError:
    return AttachError(f"{path} cannot be written: {error.strerror or error}")


def _named(file: BinaryIO, path: Path) -> bool:
    """Give a file without a name this one; False where the system cannot."""
    descriptor = file.fileno()
    try:
        # Without a folder to start from Python calls link(2), which does not follow the link to the file.
        os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor, follow_symlinks=True)
    except OSError:
        return False
    return True


def _without_name(folder: Path) -> BinaryIO | None:
    """A file that has no name yet and can be given one; None where the system has no such files."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None:
        return None
    try:
        descriptor = os.open(folder, os.O_RDWR | flag, 0o666)
    except OSError:
        return None
    if not Path(f"/proc/self/fd/{descriptor}").exists():
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "w+b")


def _stem(path: Path) -> str:
    return f".cf-sbom.{sha256(os.fsencode(path.name)).hexdigest()[:16]}"


def _temporary(path: Path) -> Path:
    return path.with_name(f"{_stem(path)}.{os.getpid()}.part")


def _new(path: Path) -> BinaryIO:
    """A file that did not exist before, opened to write and read; a link in its place is not followed."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o666), "w+b")


def _sweep(temporary: Path, pattern: str) -> None:
    """Remove what killed writes of the same file left; the file system's own clock says how old it is.

    A folder of very many files is looked through for a small part of the time only, or writing them all would take time
    by the square of their number.
    """
    begun = monotonic()
    if begun < _next_sweeps.get(temporary.parent, 0.0):
        return
    now = temporary.stat().st_mtime
    for leftover in temporary.parent.glob(pattern):
        with contextlib.suppress(OSError):
            if now - leftover.lstat().st_mtime > _STALE:
                leftover.unlink()
    took = monotonic() - begun
    if took > _NOTICED:
        _next_sweeps[temporary.parent] = monotonic() + _SELDOM * took


_next_sweeps: dict[Path, float] = {}
