"""Where the packages of a run are worked on: processes of this machine, or an existing Dask cluster.

Knows processes and how they end. A worker ends when the run ends, also when the run is killed: it holds one end of a
pipe of which only the run has the other, and the system closes that one with it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from cf_sbom.channel.batch import Stopped, idle
from cf_sbom.errors import SettingsError

_PATIENCE = 5.0  # seconds for a worker to put away what it has open
_TOGETHER = 8  # a task costs Dask as much as the metadata of a package costs us
_ANSWER = 15  # seconds for a scheduler to answer


@dataclass(frozen=True, slots=True)
class Workers:
    """An executor, how to make another where it breaks, how many tasks it should have under way, and how many packages
    are one task."""

    executor: Executor
    renew: Callable[[], Executor] | None
    width: Callable[[], int]
    together: int = 1


class _Process(SpawnProcess):
    """A process that knows of no Ctrl-C from its first moment on; that is the run's to answer."""

    def start(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            super().start()
            return
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is inherited
        try:
            super().start()
        finally:
            signal.signal(signal.SIGINT, before)


class _Context(SpawnContext):
    """A forked process would have threads of this one half-way, and a copy of its every lock and open file."""

    Process = _Process


@contextmanager
def processes(jobs: int) -> Iterator[Workers]:
    """A pool of processes of this machine; they end with the block, whatever they do."""
    context = _Context()
    reader, writer = context.Pipe(duplex=False)
    made: list[Executor] = []

    def make() -> Executor:
        made.append(ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(reader,)))
        return made[-1]

    try:
        yield Workers(make(), make, lambda: 2 * jobs)
    finally:
        writer.close()
        for executor in made:
            executor.shutdown(wait=True, cancel_futures=True)
        reader.close()


def _begin(reader: Connection) -> None:
    """In a new worker: end with the run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    gc.set_threshold(100_000)  # as the command does for itself (faces.cli.collect_seldom)
    threading.Thread(target=_watch, args=(reader,), daemon=True).start()


def _stop(number: int, frame: object) -> None:
    if idle.is_set():
        os._exit(0)
    raise Stopped


def _watch(reader: Connection) -> None:
    """Waits for the other end to be closed; then what the worker has open is closed as by an error."""
    with contextlib.suppress(EOFError, OSError):
        reader.recv_bytes()
    if not idle.is_set():
        if sys.platform == "win32":
            signal.raise_signal(signal.SIGTERM)
        else:  # to the main thread itself, so that it does not go on waiting for a disk or a server
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        idle.wait(_PATIENCE)
    os._exit(0)


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """The workers of an existing Dask cluster, by the address of its scheduler such as `tcp://host:8786`.

    Raises SettingsError where Dask is missing, no scheduler answers, or it has no workers.
    """
    try:
        import distributed
    except ImportError:
        raise SettingsError("--scheduler needs Dask: pip install 'cf_sbom[dask]'") from None
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=_ANSWER, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise SettingsError(f"no Dask scheduler answers at {address}: {reason}") from None
    try:
        try:
            client.wait_for_workers(1, timeout=_ANSWER)
        except TimeoutError:
            reason = f"the Dask scheduler at {address} has no workers; start some: dask worker {address} --nthreads 1"
            raise SettingsError(reason) from None
        yield Workers(client.get_executor(pure=False), None, lambda: 2 * sum(client.nthreads().values()), _TOGETHER)
    finally:
        client.close(timeout=_PATIENCE)
