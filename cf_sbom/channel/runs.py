"""A run over a channel: what is new or changed is made, what is done is left, what fails is written down.

Knows which of the packages must be made and where it stands that they were; how packages are found, worked on and kept
is the business of others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Protocol

import orjson

from cf_sbom.about import NAME, VERSION
from cf_sbom.channel.batch import Job, Outcome, run
from cf_sbom.channel.channels import entries
from cf_sbom.channel.executors import Workers
from cf_sbom.channel.items import Entry, Item, Listed, Remark, Wanted
from cf_sbom.channel.manifest import FAILURES, Done, Manifest, written
from cf_sbom.channel.shards import Shards, shard_of
from cf_sbom.errors import AttachError, TargetError
from cf_sbom.hookspecs import Options
from cf_sbom.plugins import Registry
from cf_sbom.writing import ours_or_absent, replacing, sweep

_OFTEN = 0.1  # seconds between two transactions
_SELDOM = 60.0  # seconds between two writings of the failures
_ALONE = 600  # seconds without any worker until a run gives up


class Watch(Protocol):
    """Who is told how a run goes."""

    def failed(self, path: str, reason: str) -> None: ...

    def remarked(self, path: str, reason: str) -> None: ...

    def advanced(self, counts: Counts) -> None: ...

    def waited(self, counts: Counts, under_way: Collection[str]) -> None:
        """Nothing has ended for a second."""


@dataclass(slots=True, kw_only=True)
class Counts:
    """Of packages: made in this run, kept from earlier ones, and failed; folders and lists of packages that could not
    be read; packages pruned as they have left the channel; problems of all that are made or kept; documents written in
    this run; seconds of the run."""

    made: int = 0
    kept: int = 0
    failed: int = 0
    folders: int = 0
    pruned: int = 0
    problems: int = 0
    documents: int = 0
    seconds: float = 0.0

    @property
    def packages(self) -> int:
        return self.made + self.kept + self.failed


def key_of(options: Options, registry: Registry, *, shards: bool) -> str:
    """Everything besides the package that the bytes of its documents, or their place, come from, as one digest: tool,
    options and plugins with their versions, and what an environment or a map that is named holds.

    The packages in folders of --packages are left out: each new one would make every document anew.
    """
    chosen = {name: value for name, value in asdict(options).items() if name not in ("output_dir", "force")}
    chosen["disabled"] = sorted(options.disabled)
    states = []
    if options.prefix is not None:
        records = sorted((options.prefix / "conda-meta").glob("*.json"))
        states = [(path.name, (status := path.stat()).st_size, status.st_mtime_ns) for path in records]
    mapped = sha256(options.upstream_map.read_bytes()).hexdigest() if options.upstream_map is not None else ""
    data = orjson.dumps([NAME, VERSION, shards, chosen, registry.owners, states, mapped], default=str, option=_SORTED)
    return sha256(data).hexdigest()


_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


class Run:
    """One run into options.output_dir. Raises SettingsError where another run has that folder, AttachError where it
    cannot be written, TargetError where its workers are gone; what was done until then stays done."""

    def __init__(
        self, place: str, wanted: Wanted, options: Options, key: str, *, shards: bool = False, prune: bool = False
    ) -> None:
        """prune: what is there of packages that have left the channel goes."""
        if options.output_dir is None:
            raise ValueError("a run needs an output folder")
        self.counts = Counts()
        self._begun = monotonic()
        self._folder = options.output_dir.resolve()
        self._place = place
        self._wanted = wanted
        self._options = replace(options, output_dir=self._folder)
        self._key = key
        self._prune = prune
        self._under_way: dict[str, None] = {}
        self._listed: set[str] = set()
        self._manifest = Manifest(self._folder)
        self._shards = Shards(self._manifest)
        self._sharded = shards
        self._committed = self._written = self._begun

    def count(self) -> int:
        """How many packages a run will look at."""
        found = self._entries()
        return sum(isinstance(e, Item) or (isinstance(e, Remark) and e.failed and not e.listing) for e in found)

    def _entries(self) -> Iterator[Entry]:
        return entries(self._place, self._wanted, self._options.limits, self._manifest.scratch)

    def go(self, workers: Workers, watch: Watch) -> Counts:
        """Make what is to be made. When interrupted, what was done is kept, too."""
        self._watch = watch
        if self._wanted.everything:
            self._manifest.forget_failures()  # all of them are tried again
        outcomes = run(
            self._jobs(),
            self._options,
            workers.executor,
            renew=workers.renew,
            width=workers.width,
            together=workers.together,
        )
        lonely = 0
        with closing(outcomes):
            for outcome in outcomes:
                if outcome is not None:
                    self._take(outcome)
                else:
                    self.counts.seconds = monotonic() - self._begun
                    watch.waited(self.counts, self._under_way)
                lonely = lonely + 1 if outcome is None and not workers.width() else 0
                if lonely == 1:
                    watch.remarked("workers", f"none is left; waiting {_ALONE} s for others")
                elif lonely > _ALONE:
                    raise TargetError(f"no worker has come in {_ALONE} s; run again to go on")
                self._tick()
        if workers.unseen:
            sweep(self._folder)
        if self._prune:
            self._prune_what_left()
        return self.counts

    def close(self) -> None:
        """Write down what was done; the folder is free for others."""
        try:
            self._shards.finish()
            self._write_failures()
        finally:
            self._manifest.close()

    def _jobs(self) -> Iterator[Job]:
        for entry in self._entries():
            if isinstance(entry, Listed):
                self._listed.add(entry.path)
                continue
            if self._prune:
                self._manifest.see(entry.path)
            if isinstance(entry, Item):
                known = self._manifest.find(entry.path)
                if known is not None and self._is_same(known, entry):
                    if (known.size, known.changed) == (entry.size, entry.changed):
                        self._keep(known)
                        continue
                    same = "" if entry.remote else known.sha256
                else:
                    same = ""
                self._under_way[entry.path] = None
                yield Job(item=entry, known=same, shards=self._sharded)
            elif entry.failed and entry.listing:
                self.counts.folders += 1
                self._note(entry.path, entry.reason)
            elif entry.failed:
                self._fail(entry.path, entry.reason)
            else:
                self._watch.remarked(entry.path, entry.reason)
            self._tick()

    def _is_same(self, known: Done, item: Item) -> bool:
        """Whether documents of these bytes would be those that are there, if the bytes are those known."""
        if known.key != self._key or known.stated != _stated(item):
            return False
        if self._sharded:
            return self._shards.has(item.path)
        return all(_size(self._folder / place) == size for place, size, _ in known.outputs)

    def _take(self, outcome: Outcome) -> None:
        item = outcome.item
        self._under_way.pop(item.path, None)
        if outcome.stop:
            raise AttachError(f"{item.path}: {outcome.error}")
        if outcome.error:
            self._fail(item.path, outcome.error)
            return
        known = self._manifest.find(item.path)
        if known is not None and outcome.same:
            known = replace(known, size=item.size, changed=item.changed)
            self._manifest.done(known)
            self._keep(known)
            return
        done = Done(
            path=item.path,
            size=item.size,
            changed=item.changed,
            stated=_stated(item),
            sha256=outcome.sha256,
            key=self._key,
            problems=outcome.problems,
            outputs=outcome.outputs,
        )
        if known is not None:
            self._remove(known, outcome.outputs)
        if not self._sharded:
            self._shards.drop(item.path)
        self._manifest.done(done, shard_of(item.path), outcome.record)
        self.counts.made += 1
        self.counts.problems += outcome.problems
        self.counts.documents += outcome.documents
        self._advance()

    def _keep(self, known: Done) -> None:
        self.counts.kept += 1
        self.counts.problems += known.problems
        self._advance()

    def _fail(self, path: str, reason: str) -> None:
        self.counts.failed += 1
        self._note(path, reason)
        self._advance()

    def _note(self, path: str, reason: str) -> None:
        self._manifest.failed(path, reason)
        self._watch.failed(path, reason)

    def _remove(self, done: Done, but: tuple[tuple[str, int, str], ...] = ()) -> None:
        """Documents that are there no longer for anything; not one that somebody put in the place of ours."""
        stay = {place for place, _, _ in but}
        with written(self._folder):
            for place, size, _ in done.outputs:
                path = self._folder / place
                if place not in stay and _size(path) == size and ours_or_absent(path):
                    path.unlink(missing_ok=True)

    def _prune_what_left(self) -> None:
        """Remove what a folder that was listed in this run does not have; that nobody lists a folder is no proof."""
        if self.counts.folders:
            self._watch.remarked("--prune", "nothing was removed, since not all of the channel could be read")
            return
        stay: dict[str, int] = {}
        for done in self._manifest.unseen():
            folder = done.path.rpartition("/")[0]
            if folder in self._listed:
                self._remove(done)
                self._shards.drop(done.path)
                self._manifest.forget(done.path)
                self.counts.pruned += 1
            elif self._wanted.everything:
                stay[folder] = stay.get(folder, 0) + 1
        for path in self._manifest.unseen_failures():
            if path.rpartition("/")[0] in self._listed:
                self._manifest.forget(path)
        for folder, count in sorted(stay.items()):
            packages = f"{count} package{'' if count == 1 else 's'}"
            self._watch.remarked(folder, f"documents of {packages} stay, since the channel lists no such folder")

    def _advance(self) -> None:
        self.counts.seconds = monotonic() - self._begun
        self._watch.advanced(self.counts)

    def _tick(self) -> None:
        now = monotonic()
        if now - self._committed >= _OFTEN:
            self._manifest.commit()
            self._committed = now
        if now - self._written >= _SELDOM:
            self._write_failures()
            self._written = now

    def _write_failures(self) -> None:
        with replacing(self._folder / FAILURES) as file:
            for path, reason in self._manifest.failures():
                file.write(orjson.dumps({"path": path, "reason": reason}, option=orjson.OPT_APPEND_NEWLINE))


def _stated(item: Item) -> str:
    """What the record of a package says, in one text."""
    return " ".join([str(item.stated_size or ""), *(f"{digest.algorithm}:{digest.value}" for digest in item.digests)])


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
