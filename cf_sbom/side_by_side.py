"""Two inventories at once: the old one is read in a process of its own while this one reads the new one.

Knows processes, and that an inventory, or what is asked of it there, can be sent from one to the other. Where this
brings nothing or is not safe, one is read after the other.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar, overload

from cf_sbom.hookspecs import Options
from cf_sbom.inventories import inventory
from cf_sbom.model import Sbom
from cf_sbom.plugins import Registry

T = TypeVar("T")

_LEAST = 16 * 1024
"""Bytes of the smaller file from which a process is worth its start."""


def _whole(sbom: Sbom) -> Sbom:
    return sbom


@overload
def inventories(old: Path, new: Path, options: Options, registry: Registry) -> tuple[Sbom, Sbom]: ...
@overload
def inventories(
    old: Path, new: Path, options: Options, registry: Registry, ask: Callable[[Sbom], T]
) -> tuple[T, T]: ...
def inventories(
    old: Path, new: Path, options: Options, registry: Registry, ask: Callable[[Sbom], Any] = _whole
) -> tuple[Any, Any]:
    """Both, as inventory() gives them, or what is asked of each, in the process that read it. That is sent to the other
    one: the less it is, the sooner. Raises inventory()'s errors, that of the old one first."""

    def answer(path: Path) -> Any:
        return ask(inventory(path, options, registry))

    if not (_forks() and all(path.is_file() and path.stat().st_size >= _LEAST for path in (old, new))):
        return answer(old), answer(new)
    from multiprocessing import get_context

    context = get_context("fork")  # the plugins are loaded already; a new Python would load them again
    reader, writer = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(reader, writer, answer, old), daemon=True)
    child.start()
    writer.close()
    try:
        with reader:
            failed: Exception | None = None
            try:
                second = answer(new)
            except Exception as error:
                failed = error
            try:
                first = reader.recv()
            except EOFError:
                first = answer(old)
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


def _send(reader: Connection, writer: Connection, answer: Callable[[Path], object], path: Path) -> None:
    """In the other process. It says nothing of what goes wrong: the first one then reads, and fails, by itself."""
    reader.close()  # else a write would wait for ever once the first process is gone
    try:
        writer.send(answer(path))
    except BaseException:
        os._exit(1)
