"""Documents as files beside the package: `x-1.0-0.conda` gets `x-1.0-0.conda.cdx.json`.

Knows files only. A document appears whole or not at all, and one that is not ours is never overwritten unasked.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from cf_sbom.about import NAME
from cf_sbom.errors import AttachError
from cf_sbom.hookspecs import Attacher, Options, hookimpl
from cf_sbom.model import Document

# How a document of ours names its tool, in any of the formats; looked for in the first and last part of a file.
_MARKS = tuple(mark.encode() for mark in (f'"{NAME}"', f"Tool: {NAME}-", f">{NAME}<"))
_LOOK = 1 << 20


@hookimpl
def cf_sbom_attachers() -> Iterable[Attacher]:
    yield Attacher(name="sidecar", attach=attach, doc="files beside the package, or in --output-dir")


def attach(target: Path, document: Document, options: Options) -> Path:
    """Write the sidecar of a target. Raises AttachError where that fails or would overwrite a document not of ours."""
    return write(place_of(target, document.suffix, options), document.data, force=options.force)


def place_of(target: Path, suffix: str, options: Options) -> Path:
    """Where the sidecar of a target stands."""
    resolved = target.resolve() if target.name in ("", "..") else target
    folder = options.output_dir if options.output_dir is not None else resolved.parent
    return folder / f"{resolved.name}{suffix}"


def write(path: Path, data: bytes, *, force: bool) -> Path:
    """Write a file under a temporary name and rename it into place. Raises AttachError."""
    temporary = path.with_name(f".cf-sbom.{sha256(os.fsencode(path.name)).hexdigest()[:16]}.{os.getpid()}.part")
    try:
        if not force and not ours_or_absent(path):
            raise AttachError(f"{path} exists and was not made by cf-sbom; --force overwrites it")
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            with os.fdopen(os.open(temporary, flags, 0o666), "wb") as file:
                file.write(data)
            temporary.replace(path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
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
    return any(mark in part for mark in _MARKS for part in (head, tail))
