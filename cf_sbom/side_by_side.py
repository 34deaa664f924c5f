"""Two inventories at once: the old one is read in a process of its own while this one reads the new one.

Knows processes, and that an inventory can be sent from one to the other. Where this brings nothing or is not safe, one
is read after the other.
"""

from __future__ import annotations

import os
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from cf_sbom.hookspecs import Options
from cf_sbom.inventories import inventory
from cf_sbom.model import Sbom
from cf_sbom.plugins import Registry

_LEAST = 16 * 1024
"""Bytes of the smaller file from which a process is worth its start."""


def inventories(old: Path, new: Path, options: Options, registry: Registry) -> tuple[Sbom, Sbom]:
    """Both, as inventory() gives them. Raises its errors, that of the old one first."""
    if not (_forks() and all(path.is_file() and path.stat().st_size >= _LEAST for path in (old, new))):
        return inventory(old, options, registry), inventory(new, options, registry)
    from multiprocessing import get_context

    context = get_context("fork")  # the plugins are loaded already; a new Python would load them again
    reader, writer = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(reader, writer, old, options, registry), daemon=True)
    child.start()
    writer.close()
    try:
        with reader:
            failed: Exception | None = None
            try:
                second = inventory(new, options, registry)
            except Exception as error:
                failed = error
            first = _received(reader) or inventory(old, options, registry)
    finally:
        child.kill()
        child.join()
    if failed is not None:
        raise failed
    return first, second


def _forks() -> bool:
    """Whether this process can be copied: nothing else runs in it whose locks the copy would hold for ever. macOS can
    fork, but its own libraries may not be used afterwards."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def _send(reader: Connection, writer: Connection, path: Path, options: Options, registry: Registry) -> None:
    """In the other process. It says nothing of what goes wrong: the first one then reads, and fails, by itself."""
    reader.close()  # else a write would wait for ever once the first process is gone
    try:
        writer.send(inventory(path, options, registry))
    except BaseException:
        os._exit(1)


def _received(reader: Connection) -> Sbom | None:
    try:
        sbom: Sbom = reader.recv()
    except EOFError:
        return None
    return sbom
