"""Files that appear whole or not at all, and never in the place of what is not ours.

Knows file systems only. Where the system has files without a name (O_TMPFILE), nothing is left of a write that was
killed; elsewhere, and between the two last steps, a temporary name may be, which the next write of that file removes.
"""

from __future__ import annotations

import contextlib
import os
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from cf_sbom.about import NAME
from cf_sbom.errors import AttachError

# How a document of ours names its tool, in any of the formats; looked for in the first and last part of a file.
_MARKS = tuple(mark.encode() for mark in (f'"{NAME}"', f"Tool: {NAME}-", f">{NAME}<", f"#Tool-{NAME}-"))
_LOOK = 1 << 20
_STALE = 3600  # seconds: no write takes so long, so nobody works on a temporary file that is older


def write(path: Path, data: bytes, *, force: bool) -> Path:
    """Write a file and rename it into place. Raises AttachError."""
    try:
        if not force and not ours_or_absent(path):
            raise AttachError(f"{path} exists and was not made by cf-sbom; --force overwrites it")
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data)
    except OSError as error:
        raise AttachError(f"{path} cannot be written: {error.strerror or error}") from error
    return path


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


def _replace(path: Path, data: bytes) -> None:
    stem = f".cf-sbom.{sha256(os.fsencode(path.name)).hexdigest()[:16]}"
    temporary = path.with_name(f"{stem}.{os.getpid()}.part")
    temporary.unlink(missing_ok=True)
    try:
        if not _named_at_the_end(temporary, data):
            with _new(temporary) as file:
                file.write(data)
        _sweep(temporary, f"{stem}.*.part")
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _named_at_the_end(temporary: Path, data: bytes) -> bool:
    """Write a file without a name and give it one when it is whole; False where the system cannot."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None:
        return False
    try:
        descriptor = os.open(temporary.parent, os.O_WRONLY | flag, 0o666)
    except OSError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        try:
            os.link(f"/proc/self/fd/{descriptor}", temporary, follow_symlinks=True)
        except OSError:
            return False
    return True


def _new(path: Path) -> BinaryIO:
    """A file that did not exist before, opened for writing; a link in its place is not followed."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o666), "wb")


def _sweep(temporary: Path, pattern: str) -> None:
    """Remove what killed writes of the same file left; the file system's own clock says how old it is."""
    now = temporary.stat().st_mtime
    for leftover in temporary.parent.glob(pattern):
        with contextlib.suppress(OSError):
            if now - leftover.lstat().st_mtime > _STALE:
                leftover.unlink()
