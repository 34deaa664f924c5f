"""Runs over a channel: resumed, killed, hindered; on threads, processes and a Dask cluster."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import channel_support
import psutil
import pytest
from channel_support import Told, add, command, failures, files, go, list_all

from cf_sbom import writing
from cf_sbom.channel import batch
from cf_sbom.channel.documents import in_shard, walk
from cf_sbom.channel.executors import Workers, cluster, processes
from cf_sbom.channel.items import Item, Wanted
from cf_sbom.channel.manifest import Manifest
from cf_sbom.channel.runs import Counts
from cf_sbom.errors import AttachError, SettingsError, TargetError
from cf_sbom.hookspecs import Options
from cf_sbom.validate import validate

LAYOUTS = pytest.mark.parametrize("shards", [False, True], ids=["sidecars", "shards"])


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    place = tmp_path / "channel"
    add(place / "noarch", range(6))
    list_all(place / "noarch")
    return place


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def told(counts: Counts) -> tuple[int, int, int]:
    return counts.made, counts.kept, counts.failed


def left_running() -> list[Any]:
    """Workers that do not end: what was just told to may take a moment on a busy machine."""
    for _ in range(500):
        if not (left := multiprocessing.active_children()):
            return []
        time.sleep(0.02)
    return left


def records(out: Path) -> list[str]:
    """The artifacts in all shards, each as often as it is there."""
    shards = (found for found in walk(out) if found.shard)
    return sorted(entry.artifact for shard in shards for entry in in_shard(shard, Options().limits))


def test_sidecars_lie_as_the_packages_do(channel: Path, out: Path) -> None:
    assert told(go(channel, out)) == (6, 0, 0)
    assert set(files(out)) == {f"noarch/tiny{n:03}-1.0-0.conda.cdx.json" for n in range(6)} | {"failures.jsonl"}
    for name, data in files(out).items():
        if name.endswith(".json"):
            assert validate(data, Options().limits).valid
    assert failures(out) == []


@LAYOUTS
def test_what_is_done_stays(channel: Path, out: Path, shards: bool) -> None:
    go(channel, out, shards=shards)
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in out.rglob("*.json*")}
    assert told(go(channel, out, shards=shards)) == (0, 6, 0)
    for path, state in before.items():
        if path.name != "failures.jsonl":
            assert (path.stat().st_ino, path.stat().st_mtime_ns) == state


@LAYOUTS
def test_what_changed_is_made_anew_and_what_is_new_is_added(channel: Path, out: Path, shards: bool) -> None:
    go(channel, out, shards=shards)
    before = files(out)
    add(channel / "noarch", (1, 7), b"other")
    list_all(channel / "noarch")
    assert told(go(channel, out, shards=shards)) == (2, 5, 0)
    after = files(out)
    assert before != after
    if shards:
        assert records(out) == [f"noarch/tiny{n:03}-1.0-0.conda" for n in (0, 1, 2, 3, 4, 5, 7)]
    fresh = out.with_name("fresh")
    go(channel, fresh, shards=shards)
    assert files(fresh) == after, "the same as if all had been made at once"


def test_a_file_of_another_time_and_the_same_bytes_is_not_made_anew(channel: Path, out: Path) -> None:
    (path,) = add(channel, (9,))
    go(channel, out)
    for expected in ((0, 7, 0), (0, 7, 0)):
        os.utime(path, (1, 1))
        assert told(go(channel, out)) == expected


@LAYOUTS
def test_other_options_make_other_documents(channel: Path, out: Path, shards: bool) -> None:
    go(channel, out, shards=shards)
    assert told(go(channel, out, shards=shards, channel="main")) == (6, 0, 0)
    assert told(go(channel, out, shards=shards, channel="main", force=True)) == (0, 6, 0)


def test_another_layout_is_made_anew(channel: Path, out: Path) -> None:
    go(channel, out)
    assert told(go(channel, out, shards=True)) == (6, 0, 0)


def test_another_version_of_the_tool_makes_them_anew(channel: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go(channel, out)
    monkeypatch.setattr("cf_sbom.channel.runs.VERSION", "9.9")
    assert told(go(channel, out)) == (6, 0, 0)


def test_what_vanished_is_made_again(channel: Path, out: Path) -> None:
    go(channel, out)
    (out / "noarch" / "tiny002-1.0-0.conda.cdx.json").unlink()
    (out / "noarch" / "tiny003-1.0-0.conda.cdx.json").write_bytes(b"")
    with pytest.raises(AttachError, match="was not made by cf-sbom"):
        writing.write(out / "noarch" / "tiny003-1.0-0.conda.cdx.json", b"x", force=False)
    assert told(go(channel, out, force=True)) == (2, 4, 0)


def test_a_shard_or_index_that_vanished_is_made_again(channel: Path, out: Path) -> None:
    go(channel, out, shards=True)
    whole = files(out)
    shard = next(iter(out.glob("noarch/*.jsonl.zst")))
    lost = sum(line.startswith("noarch") for line in records(out)) - len(_without(out, shard))
    assert told(go(channel, out, shards=True)) == (lost, 6 - lost, 0)
    assert files(out) == whole
    next(iter(out.glob("noarch/*.names.json"))).unlink()
    assert told(go(channel, out, shards=True)) == (0, 6, 0)
    assert files(out) == whole


def _without(out: Path, shard: Path) -> list[str]:
    shard.unlink()
    found = []
    for path in out.glob("noarch/*.names.json"):
        if path.name[:2] != shard.name[:2]:
            found += json.loads(path.read_bytes())["packages"]
    return found


def test_a_shard_that_was_renamed_and_not_noted_is_looked_into(channel: Path, out: Path) -> None:
    """As where a run is killed between the two."""
    go(channel, out, shards=True)
    whole = files(out)
    manifest = Manifest(out)
    manifest.database.execute("UPDATE shards SET size=size-1, indexed=0")
    manifest.database.execute("UPDATE records SET start=7, length=7")
    manifest.close()
    assert told(go(channel, out, shards=True)) == (0, 6, 0)
    assert files(out) == whole


def test_a_foreign_file_in_the_place_of_a_shard_stays(channel: Path, out: Path) -> None:
    go(channel, out, shards=True)
    name = next(iter(out.glob("noarch/*.jsonl.zst"))).name
    other = out.with_name("other")
    (other / "noarch").mkdir(parents=True)
    (other / "noarch" / name).write_bytes(b"mine")
    with pytest.raises(AttachError, match="was not made by cf-sbom"):
        go(channel, other, shards=True)
    assert (other / "noarch" / name).read_bytes() == b"mine"


def test_a_document_in_a_shard_is_found_with_two_requests(channel: Path, out: Path) -> None:
    """As a client of a plain web server does it, by file name and by sha256."""
    from hashlib import sha256

    from support import zstd

    go(channel, out, shards=True)
    path = channel / "noarch" / "tiny004-1.0-0.conda"
    digest = sha256(path.read_bytes()).hexdigest()
    digits = json.loads((out / "index.json").read_bytes())["digits"]
    prefix = sha256(path.name.encode()).hexdigest()[:digits]
    start, length = json.loads((out / "noarch" / f"{prefix}.names.json").read_bytes())["packages"][path.name]
    ((shard, *place),) = json.loads((out / "index" / f"{digest[:digits]}.sha256.json").read_bytes())["packages"][digest]
    assert (shard, place) == (f"noarch/{prefix}.jsonl.zst", [start, length])
    frame = (out / shard).read_bytes()[start : start + length]
    (line,) = [json.loads(line) for line in zstd.decompress(frame).splitlines()]
    assert {k: line[k] for k in ("artifact", "sha256", "format")} == {
        "artifact": f"noarch/{path.name}",
        "sha256": digest,
        "format": "cyclonedx-json",
    }
    sidecars = out.with_name("sidecars")
    go(channel, sidecars)
    assert line["document"].encode() == files(sidecars)[f"noarch/{path.name}.cdx.json"]


@LAYOUTS
def test_bad_packages_are_a_line_each_and_the_others_are_done(channel: Path, out: Path, shards: bool) -> None:
    noarch = channel / "noarch"
    (noarch / "tiny001-1.0-0.conda").write_bytes(b"no archive")
    (noarch / "tiny002-1.0-0.conda").write_bytes((noarch / "tiny002-1.0-0.conda").read_bytes()[:300])
    (noarch / "bomb-1.0-0.conda").write_bytes(_bomb())
    list_all(noarch, **{"../../up-1-0.conda": {}, "absent-1-0.conda": {}})
    said = Told()
    assert told(go(channel, out, shards=shards, told=said)) == (4, 0, 5)
    assert (
        {line["path"] for line in failures(out)}
        == set(said.failures)
        == {
            "noarch/../../up-1-0.conda",
            "noarch/absent-1-0.conda",
            "noarch/bomb-1.0-0.conda",
            "noarch/tiny001-1.0-0.conda",
            "noarch/tiny002-1.0-0.conda",
        }
    )
    assert all("\n" not in line["reason"] and "a bug" not in line["reason"] for line in failures(out))
    add(noarch, (1, 2))
    list_all(noarch)
    assert told(go(channel, out, shards=shards)) == (2, 4, 1)
    assert [line["path"] for line in failures(out)] == ["noarch/bomb-1.0-0.conda"]


def _bomb() -> bytes:
    """A gigabyte of zeros in a few kilobytes."""
    from support import INDEX, info_members, tar, zip_conda, zstd

    packer = zstd.ZstdCompressor()
    head = tar({"zeros": b"x"})[:512]
    packed = packer.compress(head[:124] + b"%011o\0" % (1 << 30) + head[136:])
    for _ in range(1 << 10):
        packed += packer.compress(bytes(1 << 20))
    return zip_conda(
        {
            "metadata.json": b'{"conda_pkg_format_version": 2}',
            "info-bomb-1.0-0.tar.zst": zstd.compress(tar(info_members(INDEX))),
            "pkg-bomb-1.0-0.tar.zst": packed + packer.flush(),
        }
    )


def test_failures_of_a_partial_run_are_added_to_those_that_were(channel: Path, out: Path) -> None:
    (channel / "noarch" / "tiny001-1.0-0.conda").write_bytes(b"")
    (channel / "noarch" / "tiny002-1.0-0.conda").write_bytes(b"")
    for number in (1, 2):
        go(channel, out, Wanted(matches=(f"tiny{number:03}",)))
    assert [line["path"][7:14] for line in failures(out)] == ["tiny001", "tiny002"]


def test_metadata_alone_has_the_stated_digests(channel: Path, out: Path) -> None:
    (channel / "noarch" / "tiny001-1.0-0.conda").write_bytes(channel_support.tiny(1, b"longer" * 100))
    said = Told()
    assert told(go(channel, out, told=said, metadata_only=True)) == (5, 0, 1)
    assert "its digests are of another file" in said.failures["noarch/tiny001-1.0-0.conda"]
    document = files(out)["noarch/tiny002-1.0-0.conda.cdx.json"].decode()
    assert str(channel_support.record(channel / "noarch" / "tiny002-1.0-0.conda")["sha256"]) in document
    assert told(go(channel, out, metadata_only=True)) == (0, 5, 1)


def test_a_package_that_changes_while_it_is_read(channel: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changing = channel / "noarch" / "tiny003-1.0-0.conda"
    original = batch.generate

    def meddle(target: Path, *rest: Any) -> Any:
        if target == changing:
            from cf_sbom.sources.archive import ArchivePackage

            read = ArchivePackage.artifact

            def artifact(self: ArchivePackage) -> Any:
                if self._path == changing and changing.stat().st_mtime_ns != 1:
                    os.utime(changing, ns=(1, 1))
                return read(self)

            monkeypatch.setattr(ArchivePackage, "artifact", artifact)
        return original(target, *rest)

    monkeypatch.setattr(batch, "generate", meddle)
    said = Told()
    assert told(go(channel, out, told=said)) == (5, 0, 1)
    assert "changed while it was read" in said.failures["noarch/tiny003-1.0-0.conda"]
    monkeypatch.undo()
    assert told(go(channel, out)) == (1, 5, 0)


def test_a_package_replaced_after_it_was_found_is_looked_at_again(channel: Path, out: Path) -> None:
    path = channel / "noarch" / "tiny000-1.0-0.conda"
    item = Item(path="noarch/tiny000-1.0-0.conda", location=str(path), size=1, changed=1)
    outcome = batch.work(batch.Job(item=item), Options(output_dir=out))
    assert outcome.sha256 == channel_support.record(path)["sha256"], "of what was read"


@LAYOUTS
def test_a_full_disk_ends_the_run_and_what_is_done_stays(
    channel: Path, out: Path, shards: bool, tmp_path: Path
) -> None:
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system gives no name space of its own")
    add(channel / "noarch", range(6, 40), os.urandom(10))
    words = ["channel", channel, "--output-dir", out, *(["--shards"] if shards else []), "--jobs", "1"]
    line = " ".join([sys.executable, "-m", "cf_sbom", *map(str, words)])
    script = (
        f"mkdir {out} && mount -t tmpfs -o size=400k tmpfs {out} && {line}; echo $?; "
        f"mount -o remount,size=40m {out} && {line}; echo $?; ls {out}/noarch | wc -l"
    )
    ended = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stderr
    assert ended.stdout.split()[:2] == ["3", "0"], ended.stderr
    assert "No space left" in ended.stderr or "disk is full" in ended.stderr
    assert ended.stderr.count("\n") <= 5, "not a line for each package that follows"
    if not shards:
        assert ended.stdout.split()[2] == "80"


def test_a_full_disk_is_told_from_a_bad_package(channel: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: BinaryIO, mode: int | None, durable: bool) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "_finish", full)
    with pytest.raises(AttachError, match="No space left"):
        go(channel, out)


def test_two_runs_into_one_folder_are_refused(channel: Path, out: Path) -> None:
    manifest = Manifest(out)
    try:
        with pytest.raises(SettingsError, match="another run writes to"):
            go(channel, out)
    finally:
        manifest.close()
    assert told(go(channel, out)) == (6, 0, 0)


def test_a_folder_of_another_layout_of_the_manifest_is_refused(channel: Path, out: Path) -> None:
    manifest = Manifest(out)
    manifest.database.execute("PRAGMA user_version=99")
    manifest.close()
    with pytest.raises(SettingsError, match="another version"):
        go(channel, out)


def test_only_a_few_items_are_under_way(channel: Path, out: Path) -> None:
    class Counting(Executor):
        most = now = 0

        def submit(self, fn: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
            self.now += 1
            self.most = max(self.most, self.now)
            future: Future[Any] = Future()
            future.add_done_callback(self._less)
            waiting.append((future, fn, words))
            if len(waiting) == 3:
                for future_, fn_, words_ in waiting:
                    future_.set_result(fn_(*words_))
                waiting.clear()
            return future

        def _less(self, future: Future[Any]) -> None:
            self.now -= 1

    waiting: list[Any] = []
    executor = Counting()
    assert told(go(channel, out, workers=Workers(executor, None, lambda: 3))) == (6, 0, 0)
    assert executor.most == 3


def test_a_worker_of_another_version_ends_the_run(channel: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cf_sbom.channel.batch.VERSION", "0.0")
    with processes(1) as workers, pytest.raises(AttachError, match=r"the worker could not run: it has cf-sbom .*0\.0"):
        go(channel, out, workers=workers)


def test_a_worker_of_another_version_does_not_open_what_it_cannot_read() -> None:
    with pytest.raises(TargetError, match=r"this is 0\.0"):
        batch.work_all(b"records of another version", "0.0")


def test_an_executor_that_is_gone_for_good(channel: Path, out: Path) -> None:
    class Broken(Executor):
        def submit(self, fn: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
            raise BrokenProcessPool("gone")

    with pytest.raises(TargetError, match="run again to go on"):
        go(channel, out, workers=Workers(Broken(), None, lambda: 3))
    with pytest.raises(TargetError, match="die as they start"):
        go(channel, out, workers=Workers(Broken(), Broken, lambda: 3))
    assert told(go(channel, out)) == (6, 0, 0)


@pytest.mark.parametrize("together", [1, 4])
def test_a_package_that_kills_its_worker_is_one_line_and_the_others_are_done(
    channel: Path, out: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(batch, "work_all", channel_support.deadly_work)
    said = Told()
    with processes(2) as workers:
        workers = replace(workers, together=together)
        assert told(go(channel, out, workers=workers, told=said)) == (5, 0, 1)
    assert said.failures == {"noarch/tiny003-1.0-0.conda": "the worker process died of it, 2 times"}
    assert not left_running()


def test_a_worker_that_is_killed_costs_nothing(channel: Path, out: Path) -> None:
    add(channel / "noarch", range(6, 60))

    class Killing(Told):
        def advanced(self, counts: Counts) -> None:
            super().advanced(counts)
            if counts.made == 3:
                os.kill(next(p.pid for p in multiprocessing.active_children() if p.pid), signal.SIGKILL)

    with processes(2) as workers:
        assert told(go(channel, out, workers=workers, told=Killing())) == (60, 0, 0)
    assert len(files(out)) == 61


def _written(out: Path) -> int:
    return sum(1 for _ in out.glob("noarch/*.cdx.json"))


def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def _send(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """A signal; Ctrl-C on a terminal reaches the workers, too."""
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=lambda v: str(v)
)
def test_a_run_that_is_stopped_goes_on_where_it_was(
    channel: Path, out: Path, sent: signal.Signals, status: int
) -> None:
    add(channel / "noarch", range(6, 600))
    list_all(channel / "noarch")
    process = command("channel", channel, "--output-dir", out, "-o", "cyclonedx-json")
    _until(lambda: _written(out) > 0)
    children = psutil.Process(process.pid).children(recursive=True)
    _until(lambda: _written(out) > 120)
    _send(process, sent)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == status
    assert sent == signal.SIGKILL or re.fullmatch(r"stopped: \d+ packages .*; run again to go on\n", said)
    _until(lambda: not any(child.is_running() and child.status() != "zombie" for child in children))
    assert 120 < _written(out) < 600
    counts = go(channel, out)
    assert (counts.made + counts.kept, counts.failed) == (600, 0)
    assert counts.kept > 10
    whole = out.with_name("whole")
    go(channel, whole)
    assert files(out) == files(whole)


def test_shards_of_a_run_that_is_killed_hold_nothing_twice(channel: Path, out: Path) -> None:
    add(channel / "noarch", range(6, 150))
    list_all(channel / "noarch")
    process = command("channel", channel, "--output-dir", out, "-o", "cyclonedx-json", "--shards", "--jobs", "1")
    database = out / ".cf-sbom" / "runs.sqlite-wal"
    _until(lambda: database.exists() and database.stat().st_size > 300_000)
    process.kill()
    process.communicate()
    counts = go(channel, out, shards=True)
    assert (counts.made + counts.kept, counts.failed) == (150, 0)
    assert counts.kept > 10
    assert records(out) == [f"noarch/tiny{number:03}-1.0-0.conda" for number in range(150)]


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers on loopback, each a process of its own: the address, and the workers."""
    told_in = tmp_path / "scheduler.json"
    environment = os.environ | {"PYTHONPATH": str(Path(channel_support.__file__).parent)}
    started = []

    def start(module: str, *words: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", f"distributed.cli.{module}", "--scheduler-file", str(told_in), *words]
        quiet = subprocess.DEVNULL
        started.append(subprocess.Popen(line, cwd=tmp_path, env=environment, stdout=quiet, stderr=quiet))
        return started[-1]

    start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
    workers = [start("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(2)]
    try:
        _until(lambda: told_in.exists() and told_in.read_text().rstrip().endswith("}"))
        yield json.loads(told_in.read_text())["address"], workers
    finally:
        for process in started:
            process.kill()
        for process in started:
            process.wait()


@LAYOUTS
def test_a_dask_cluster_that_loses_a_worker_loses_nothing(
    channel: Path, out: Path, dask: tuple[str, list[subprocess.Popen[bytes]]], shards: bool
) -> None:
    add(channel / "noarch", range(6, 60))
    address, dask_workers = dask

    class Killing(Told):
        def advanced(self, counts: Counts) -> None:
            super().advanced(counts)
            if counts.made == 5:
                dask_workers[0].kill()
                dask_workers[0].wait()  # what it was writing is swept once it is gone

    said = Killing()
    with cluster(address) as workers:
        assert told(go(channel, out, workers=workers, shards=shards, told=said)) == (60, 0, 0)
    assert said.steps == 60, "nothing twice"
    if shards:
        assert records(out) == [f"noarch/tiny{number:03}-1.0-0.conda" for number in range(60)]
    whole = out.with_name("whole")
    go(channel, whole, shards=shards)
    assert files(out) == files(whole)


def test_a_dask_cluster_that_loses_all_workers_is_told_and_ends_the_run(
    channel: Path, out: Path, dask: tuple[str, list[subprocess.Popen[bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(channel / "noarch", range(6, 60))
    address, dask_workers = dask
    monkeypatch.setattr("cf_sbom.channel.runs._ALONE", 2)

    class Killing(Told):
        def advanced(self, counts: Counts) -> None:
            super().advanced(counts)
            if counts.made == 5:
                for process in dask_workers:
                    process.kill()

    said = Killing()
    with (
        pytest.raises(TargetError, match="no worker has come in 2 s; run again to go on"),
        cluster(address) as workers,
    ):
        go(channel, out, workers=workers, told=said)
    assert said.remarks[-1] == "workers: none is left; waiting 2 s for others"
    counts = go(channel, out)
    assert (counts.made + counts.kept, counts.failed) == (60, 0)
    assert counts.kept >= 5


def test_the_last_workers_of_a_dask_cluster_leave_and_others_come(
    channel: Path, out: Path, dask: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    """As where a queue of a cluster ends: they are asked to leave, and hand over what they have."""
    add(channel / "noarch", range(6, 200))
    address, dask_workers = dask
    later: list[subprocess.Popen[bytes]] = []

    class Leaving(Told):
        def advanced(self, counts: Counts) -> None:
            super().advanced(counts)
            if counts.made == 5:
                for process in dask_workers:
                    process.terminate()

        def remarked(self, path: str, reason: str) -> None:
            super().remarked(path, reason)
            if path == "workers":
                line = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
                quiet = subprocess.DEVNULL
                later.append(subprocess.Popen(line, cwd=tmp_path, stdout=quiet, stderr=quiet))

    said = Leaving()
    try:
        with cluster(address) as workers:
            assert told(go(channel, out, workers=workers, told=said)) == (200, 0, 0)
    finally:
        for process in later:
            process.kill()
            process.wait()
    assert said.steps == 200, "nothing twice"


def test_no_dask_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cf_sbom.channel.executors._ANSWER", 0.5)
    with pytest.raises(SettingsError, match="no Dask scheduler answers at tcp://127"), cluster("tcp://127.0.0.1:9"):
        pass


def test_a_scheduler_without_workers_is_one_line(
    dask: tuple[str, list[subprocess.Popen[bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, dask_workers = dask
    for process in dask_workers:
        process.kill()
        process.wait()
    monkeypatch.setattr("cf_sbom.channel.executors._ANSWER", 2)
    with pytest.raises(SettingsError, match="has no workers; start some: dask worker tcp://"), cluster(address):
        pass


def test_dask_that_is_missing_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingsError, match=r"pip install 'cf_sbom\[dask\]'"), cluster("tcp://127.0.0.1:9"):
        pass
