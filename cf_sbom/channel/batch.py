"""Many packages over any concurrent.futures Executor: each item becomes an outcome, whatever happens to it.

Knows executors and generate(). What goes to a worker and comes back is plain data. However many items there are, only
a few for each worker are under way. Where a worker dies, what was under way is tried again, one at a time, so that the
one that kills workers is told from those that were only near it.
"""

from __future__ import annotations

import errno
import pickle
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import gettempdir
from typing import TypeAlias

import orjson

from cf_sbom.about import VERSION
from cf_sbom.channel.items import Item
from cf_sbom.errors import AttachError, SbomError, SettingsError, TargetError
from cf_sbom.generate import Result, describe, generate, render
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Digest
from cf_sbom.plugins import Registry, load
from cf_sbom.remote import Remote
from cf_sbom.streams import CHUNK, zstd_packer

_DEATHS = 2  # of workers, with one item alone, until it is given up
_TICK = 1.0  # seconds
_LEVEL = 3
_STOPPING = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # no other package would fare better


scratch: dict[str, Path] = {}
"""Of this process, if it is a worker of this machine: the folder for what it fetches."""
idle = threading.Event()
"""Whether this process, if it is a worker, has nothing under way."""
idle.set()


class Stopped(BaseException):
    """Raised in the midst of a package where its worker must end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is to do. known: a sha256 whose documents are there already; shards: give the documents back as one
    compressed record, instead of writing each beside the others in options.output_dir."""

    item: Item
    known: str = ""
    shards: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an item. same: its bytes are those known, nothing was made. error: why nothing could be made, in
    one line; stop: the run cannot go on. outputs: what was written below the output folder, with sizes and formats;
    record: the documents as a zstd frame of JSON lines."""

    item: Item
    same: bool = False
    sha256: str = ""
    problems: int = 0
    outputs: tuple[tuple[str, int, str], ...] = ()
    record: bytes = b""
    documents: int = 0
    error: str = ""
    stop: bool = False


def run(
    jobs: Iterable[Job],
    options: Options,
    executor: Executor,
    *,
    renew: Callable[[], Executor] | None = None,
    width: Callable[[], int] = lambda: 4,
    together: int = 1,
) -> Generator[Outcome | None, None, None]:
    """The outcomes in the order in which they come, and None for each second without one.

    renew: makes another executor where one is broken; width: how many tasks may be under way; together: how many items
    are one task. Raises TargetError where an executor is gone for good. What is still waiting when the iterator is
    closed is cancelled.
    """
    flight = _Flight(options, executor, renew)
    waiting = iter(jobs)
    ended = False
    try:
        while True:
            while not ended and not flight.suspects and len(flight) < max(1, width()):
                task = tuple(islice(waiting, together))
                if task:
                    flight.start(task)
                else:
                    ended = True
            if not flight and flight.suspects:
                flight.start((flight.suspects.popleft(),), alone=True)
            if not flight:
                return
            yield from flight.next() or (None,)
    finally:
        flight.cancel()


_Future: TypeAlias = "Future[list[Outcome]]"


class _Flight:
    """What is under way."""

    def __init__(self, options: Options, executor: Executor, renew: Callable[[], Executor] | None) -> None:
        self.suspects: deque[Job] = deque()
        self._options = options
        self._executor = executor
        self._renew = renew
        self._ended: SimpleQueue[_Future] = SimpleQueue()
        self._tasks: dict[_Future, tuple[tuple[Job, ...], Executor, bool]] = {}
        self._deaths: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, task: tuple[Job, ...], *, alone: bool = False) -> None:
        for _ in range(2):
            try:
                future = self._executor.submit(work_all, pickle.dumps((task, self._options)), VERSION)
                break
            except BrokenExecutor:  # noticed only now
                self._replace(self._executor)
        else:
            raise TargetError("the workers die as they start; run with --debug, or with fewer --jobs")
        self._tasks[future] = task, self._executor, alone
        future.add_done_callback(self._ended.put)

    def next(self) -> list[Outcome]:
        """The outcomes of the next task that ends; none where none does in a second, or its worker died."""
        try:
            future = self._ended.get(timeout=_TICK)
        except Empty:
            return []
        task, executor, alone = self._tasks.pop(future)
        error = CancelledError() if future.cancelled() else future.exception()
        if isinstance(error, CancelledError):
            raise TargetError("the scheduler has gone away; run again to go on")
        if error is None:
            return future.result()
        if not _is_death(error):
            return [Outcome(item=task[0].item, error=f"the worker could not run: {_plain(error)}", stop=True)]
        if executor is self._executor and self._renew is not None:
            self._replace(executor)
        return [outcome for job in task if (outcome := self._suspect(job, alone)) is not None]

    def _suspect(self, job: Job, alone: bool) -> Outcome | None:
        deaths = self._deaths.get(job.item.path, 0) + alone
        if deaths >= _DEATHS:
            return Outcome(item=job.item, error=f"the worker process died of it, {deaths} times")
        self._deaths[job.item.path] = deaths
        self.suspects.append(job)
        return None

    def _replace(self, broken: Executor) -> None:
        if self._renew is None:
            raise TargetError("the workers are gone; run again to go on")
        broken.shutdown(wait=False, cancel_futures=True)
        self._executor = self._renew()

    def cancel(self) -> None:
        """A pool of processes is left to finish its few: where one of them dies, it trips over what was cancelled."""
        for future, (_, executor, _) in self._tasks.items():
            if not isinstance(executor, ProcessPoolExecutor):
                future.cancel()


def _is_death(error: BaseException) -> bool:
    """Whether a worker died; Dask's error is told by its name, as Dask need not be there."""
    return isinstance(error, BrokenExecutor | Stopped) or type(error).__name__ == "KilledWorker"


def work_all(packed: bytes, version: str) -> list[Outcome]:
    """What a worker does at once. packed: jobs and options, pickled, so that no scheduler or worker of another version
    of cf_sbom trips over them. Raises TargetError in such a worker."""
    if version != VERSION:
        raise TargetError(f"it has cf-sbom {VERSION}, and this is {version}")
    task, options = pickle.loads(packed)
    return [work(job, options) for job in task]


def work(job: Job, options: Options) -> Outcome:
    """Make the documents of one package, in a worker. Raises nothing."""
    item = job.item
    idle.clear()
    try:
        with _local(item, options) as path:
            return _made(job, path, options)
    except SettingsError as error:
        return Outcome(item=item, error=str(error), stop=True)
    except AttachError as error:
        cause = error.__cause__
        return Outcome(item=item, error=str(error), stop=isinstance(cause, OSError) and cause.errno in _STOPPING)
    except OSError as error:  # of a folder for what is spooled: all others have been told otherwise
        full = error.errno in _STOPPING
        reason = f"the temporary folder {gettempdir()}: {_plain(error)}" if full else f"a bug: {_plain(error)}"
        return Outcome(item=item, error=reason, stop=full)
    except Exception as error:
        return Outcome(item=item, error=str(error) if isinstance(error, SbomError) else f"a bug: {_plain(error)}")
    finally:
        idle.set()


@contextmanager
def _local(item: Item, options: Options) -> Iterator[Path]:
    if not item.remote:
        yield Path(item.location)
        return
    with _remote(options.limits).package(item.location, metadata_only=options.metadata_only) as path:
        yield path


def _made(job: Job, path: Path, options: Options) -> Outcome:
    item = job.item
    try:
        size = path.stat().st_size
        if job.known and job.known == _sha256(path):
            return Outcome(item=item, same=True, sha256=job.known)
    except OSError as error:
        raise TargetError(f"cannot be read: {error.strerror or error}") from None
    if options.metadata_only and item.stated_size not in (None, size):
        raise TargetError(
            f"has {size} bytes, and repodata.json states {item.stated_size}: its digests are of another file"
        )
    registry = _registry(options.disabled)
    folder = item.path.rpartition("/")[0]
    root = options.output_dir or path.parent
    options = replace(options, output_dir=root / folder)
    if job.shards:
        description = describe(path, options, registry, item.digests)
        result = Result(target=path, description=description, documents=render(description, options, registry))
    else:
        result = generate(path, options, registry, item.digests)
    digest = _digest(result.description.sbom.subject.digests)
    return Outcome(
        item=item,
        sha256=digest,
        problems=len(result.problems),
        outputs=tuple(
            (f"{folder}/{place.name}".lstrip("/"), len(document.data), document.format)
            for document, place in zip(result.documents, result.paths, strict=not job.shards)
        ),
        record=_record(item, digest, result) if job.shards else b"",
        documents=len(result.documents),
    )


def _record(item: Item, digest: str, result: Result) -> bytes:
    """One line for each document, compressed for itself: frames put one behind the other are a zstd file, too."""
    lines = [
        {
            "artifact": item.path,
            "sha256": digest,
            "format": document.format,
            "version": document.version,
            "document_sha256": document.sha256,
            "document": document.data.decode(),
        }
        for document in result.documents
    ]
    packer = zstd_packer(_LEVEL)
    data: bytes = packer.compress(b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines))
    data += packer.flush()
    return data


def _digest(digests: tuple[Digest, ...]) -> str:
    return next((digest.value for digest in digests if digest.algorithm == "sha256"), "")


def _sha256(path: Path) -> str:
    found = sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


@cache
def _registry(disabled: frozenset[str]) -> Registry:
    """Built once in each worker."""
    return load(disabled)


_connections = threading.local()


def _remote(limits: Limits) -> Remote:
    """One in each thread of a worker, for as long as that lives."""
    if getattr(_connections, "limits", None) != limits:
        _connections.remote, _connections.limits = Remote(limits, scratch.get("folder")), limits
    found: Remote = _connections.remote
    return found


def _plain(error: BaseException) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, SbomError):
        return str(error)
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
