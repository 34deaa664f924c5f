"""Where the packages of a run are worked on: processes of this machine, or an existing Dask cluster.

Knows processes and how they end. A worker ends when the run ends, also when the run is killed: it holds one end of a
pipe of which only the run has the other, and the system closes that one with it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from pathlib import Path
from typing import Any, TypeVar

from cf_sbom.channel.batch import Stopped, idle, scratch
from cf_sbom.errors import SettingsError

_PATIENCE = 5.0  # seconds for a worker to put away what it has open
_TOGETHER = 8  # a task costs Dask as much as the metadata of a package costs us
_ANSWER = 15  # seconds for a scheduler to answer
_ADDRESS = re.compile(r"(?:[a-z]+://)?(?:[^\s/:\[\]]+|\[[0-9A-Fa-f:.%a-z]+\]):[0-9]{1,5}/?")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Workers:
    """An executor, how to make another where it breaks, how many tasks it should have under way, and how many packages
    are one task. unseen: a worker may die without a word, and leave what it was writing."""

    executor: Executor
    renew: Callable[[], Executor] | None
    width: Callable[[], int]
    together: int = 1
    unseen: bool = False


class _Pool(ProcessPoolExecutor):
    """A pool whose processes are begun as a whole or not at all, and know of no Ctrl-C from their first moment on; that
    is the run's to answer."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        with _signals_held():
            return super().submit(fn, *args, **kwargs)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Ctrl-C and SIGTERM wait for the end of the block, or a process would be left half begun. One that begins in it
    inherits that SIGINT is blocked."""
    if threading.current_thread() is not threading.main_thread():  # only that one is told of signals
        yield
        return
    came: list[int] = []
    before = {n: signal.signal(n, lambda number, frame: came.append(number)) for n in (signal.SIGINT, signal.SIGTERM)}
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if sys.platform != "win32":
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # what came is noted before it returns
        for number, handler in before.items():
            signal.signal(number, handler)
        for sent in came:
            signal.raise_signal(sent)


@contextmanager
def processes(jobs: int, folder: Path | None = None) -> Iterator[Workers]:
    """A pool of processes of this machine; they end with the block, whatever they do. folder: where they put what they
    fetch, if it is not that of the system."""
    context = SpawnContext()  # a forked one would have threads of this one half-way, and its every lock and open file
    reader, writer = context.Pipe(duplex=False)
    made: list[Executor] = []

    def make() -> Executor:
        made.append(_Pool(jobs, context, initializer=_begin, initargs=(reader, folder)))
        return made[-1]

    try:
        yield Workers(make(), make, lambda: 2 * jobs)
    finally:
        with _uninterrupted():
            writer.close()
            for executor in made:
                executor.shutdown(wait=True, cancel_futures=True)
            reader.close()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Another Ctrl-C must not leave processes behind that have just begun, to find the run gone. They end at once, or
    in the seconds of _PATIENCE."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _begin(reader: Connection, folder: Path | None) -> None:
    """In a new worker: end with the run."""
    if folder is not None:
        scratch["folder"] = folder
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


class _Cluster(Executor):
    """A Dask client as an executor.

    Dask's own takes what a task gave for its error where the worker leaves just then. Here what is lost with a worker
    is made again by another.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        theirs = self._client.submit(fn, *args, pure=False, **kwargs)
        ours: Future[T] = Future()
        ours.add_done_callback(lambda done: theirs.cancel() if done.cancelled() else None)
        self._client.loop.add_callback(self._hand_over, theirs, ours)
        return ours

    async def _hand_over(self, theirs: Any, ours: Future[T]) -> None:
        error: BaseException | None = None
        try:
            (result,) = await self._client.gather([theirs], asynchronous=True)
        except BaseException as raised:  # whatever the task raised; Dask's own CancelledError is of several kinds
            error = CancelledError() if theirs.cancelled() else raised
        if not ours.set_running_or_notify_cancel():
            return
        if error is None:
            ours.set_result(result)
        else:
            ours.set_exception(error)


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """The workers of an existing Dask cluster, by the address of its scheduler such as `tcp://host:8786`.

    Raises SettingsError where that is no address, Dask is missing, no scheduler answers, or it has no workers.
    """
    if not _ADDRESS.fullmatch(address):
        raise SettingsError(f"--scheduler {address!r} is no address such as tcp://HOST:PORT")
    try:
        import distributed
    except ImportError:
        raise SettingsError("--scheduler needs Dask: pip install 'cf_sbom[dask]'") from None
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=_ANSWER, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:  # TypeError: of a tls address without a key
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise SettingsError(f"no Dask scheduler answers at {address}: {reason}") from None
    try:
        try:
            client.wait_for_workers(1, timeout=_ANSWER)
        except TimeoutError:
            reason = f"the Dask scheduler at {address} has no workers; start some: dask worker {address} --nthreads 1"
            raise SettingsError(reason) from None
        yield Workers(_Cluster(client), None, lambda: 2 * sum(client.nthreads().values()), _TOGETHER, unseen=True)
    finally:
        client.close(timeout=_PATIENCE)
