"""What stays and what goes in an output folder: other formats, packages that left, what a killed run left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from channel_support import Told, add, command, failures, files, go, list_all
from running import Run
from test_remote import Server, large

from cf_sbom import remote, writing
from cf_sbom.channel import batch
from cf_sbom.channel.executors import Workers, _Cluster, _signals_held, cluster
from cf_sbom.channel.items import Wanted
from cf_sbom.channel.manifest import FOLDER, Manifest, scratch_of
from cf_sbom.channel.runs import Counts
from cf_sbom.errors import AttachError, SettingsError
from cf_sbom.faces import cli
from cf_sbom.faces.cli.progress import Journal
from cf_sbom.testing.packages import make_conda

LAYOUTS = pytest.mark.parametrize("shards", [False, True], ids=["sidecars", "shards"])
BOTH = {"outputs": (("cyclonedx-json", ""), ("spdx-json", ""))}


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    place = tmp_path / "channel"
    add(place / "noarch", range(4))
    list_all(place / "noarch")
    return place


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def told(counts: Counts) -> tuple[int, int, int]:
    return counts.made, counts.kept, counts.failed


def names(out: Path) -> set[str]:
    return {name.removeprefix("noarch/") for name in files(out) if name.startswith("noarch/")}


def test_documents_in_formats_that_are_no_longer_made_go(channel: Path, out: Path) -> None:
    go(channel, out, **BOTH)
    mine = out / "noarch" / "tiny001-1.0-0.conda.spdx.json"
    mine.write_bytes(b'{"of": "another tool"}')
    longer = out / "noarch" / "tiny002-1.0-0.conda.spdx.json"
    longer.write_bytes(longer.read_bytes() + b"\n")
    assert told(go(channel, out)) == (4, 0, 0)
    assert names(out) == {f"tiny{n:03}-1.0-0.conda.cdx.json" for n in range(4)} | {mine.name, longer.name}, (
        "what is no longer as it was written is somebody's"
    )


def test_other_layouts_take_each_others_place(channel: Path, out: Path) -> None:
    sidecars = {f"tiny{n:03}-1.0-0.conda.cdx.json" for n in range(4)}
    go(channel, out)
    go(channel, out, shards=True)
    assert not names(out) & sidecars
    go(channel, out)
    assert names(out) == sidecars
    assert json.loads((out / "index.json").read_bytes())["packages"] == 0
    assert told(go(channel, out)) == (0, 4, 0)


def test_where_answers_from_the_documents_that_were_made_last(run: Run, channel: Path, out: Path) -> None:
    run("channel", channel, "--output-dir", out, "-o", "cyclonedx-json", "--jobs", 1)
    add(channel / "noarch", (1,), b"other")
    list_all(channel / "noarch")
    for words in (["-o", "spdx-json"], ["--shards", "-o", "spdx-json"]):
        assert run("channel", channel, "--output-dir", out, "--jobs", 1, *words).status == 0
        index = out / "cf-sbom-index.db"
        with sqlite3.connect(index) as connection:
            found = connection.execute("SELECT DISTINCT format FROM packages").fetchall()
        connection.close()
        assert found == [("spdx-json",)]


@LAYOUTS
def test_packages_that_left_the_channel_are_pruned(channel: Path, out: Path, shards: bool) -> None:
    go(channel, out, shards=shards)
    (channel / "noarch" / "tiny001-1.0-0.conda").unlink()
    (channel / "noarch" / "tiny002-1.0-0.conda").write_bytes(b"broken")
    list_all(channel / "noarch")
    assert go(channel, out, shards=shards).pruned == 0
    counts = go(channel, out, shards=shards, prune=True)
    assert (counts.pruned, counts.kept, counts.failed) == (1, 2, 1), "what cannot be read has not left"
    counts = go(channel, out, shards=shards, prune=True)
    assert (counts.pruned, counts.kept) == (0, 2)
    (channel / "noarch" / "tiny002-1.0-0.conda").unlink()
    list_all(channel / "noarch")
    go(channel, out, shards=shards, prune=True)
    fresh = out.with_name("fresh")
    go(channel, fresh, shards=shards)
    assert files(out) == files(fresh), "as if they had never been"


def test_nothing_is_pruned_where_not_all_was_read(channel: Path, out: Path) -> None:
    go(channel, out)
    (channel / "noarch" / "tiny001-1.0-0.conda").unlink()
    (channel / "noarch" / "repodata.json").write_text('{"packages.conda": {"x')
    said = Told()
    counts = go(channel, out, prune=True, told=said)
    assert (counts.pruned, counts.folders, counts.packages) == (0, 1, 3)
    assert said.remarks[-1] == "--prune: nothing was removed, since not all of the channel could be read"
    before = files(out)
    for path in (channel / "noarch").iterdir():
        path.unlink()
    assert go(channel, out, prune=True).pruned == 0, "a channel without anything is no channel"
    assert set(files(out)) == set(before)


def test_pruning_is_for_the_subdirs_that_are_looked_at(channel: Path, out: Path) -> None:
    add(channel / "linux-64", (7, 8))
    go(channel, out)
    for place in ("linux-64/tiny007", "noarch/tiny001"):
        (channel / f"{place}-1.0-0.conda").unlink()
    list_all(channel / "noarch")
    assert go(channel, out, Wanted(subdirs=("linux-64",)), prune=True).pruned == 1
    assert (out / "noarch" / "tiny001-1.0-0.conda.cdx.json").exists()
    assert go(channel, out, prune=True).pruned == 1


def _served(server: Server, *subdirs: str) -> None:
    """A channel on a web server with one package in each of these subdirs."""
    server.files.clear()
    for number, subdir in enumerate(subdirs):
        name = f"tiny{number:03}-1.0-0.conda"
        server.files[f"/{subdir}/{name}"] = make_conda({}, {"name": f"tiny{number:03}", "subdir": subdir})
        server.files[f"/{subdir}/repodata.json"] = json.dumps({"packages.conda": {name: {}}}).encode()


def _kept(out: Path) -> set[str]:
    return {name.partition("/")[0] for name in files(out) if "/" in name}


def test_what_nobody_lists_has_not_left(server: Server, out: Path) -> None:
    """A server is not asked for folders that conda does not know, and an absent list is no empty one."""
    _served(server, "custom-64", "linux-64", "noarch")
    all_of_it = Wanted(subdirs=("custom-64", "linux-64", "noarch"))
    assert told(go(server.url, out, all_of_it)) == (3, 0, 0)
    del server.files["/linux-64/repodata.json"]
    said = Told()
    assert go(server.url, out, prune=True, told=said).pruned == 0
    assert _kept(out) == {"custom-64", "linux-64", "noarch"}
    assert said.remarks == [
        f"{name}: documents of 1 package stay, since the channel lists no such folder"
        for name in ("custom-64", "linux-64")
    ]
    server.files["/linux-64/repodata.json"] = b'{"packages.conda": {}}'
    assert go(server.url, out, prune=True).pruned == 1
    assert _kept(out) == {"custom-64", "noarch"}


def test_a_subdir_that_became_a_link_has_not_left(channel: Path, out: Path, tmp_path: Path) -> None:
    add(channel / "linux-64", (7,))
    go(channel, out)
    (channel / "linux-64").rename(tmp_path / "elsewhere")
    (channel / "linux-64").symlink_to(tmp_path / "elsewhere")
    assert go(channel, out, prune=True).pruned == 0
    assert _kept(out) == {"linux-64", "noarch"}


def test_failures_of_what_has_left_are_forgotten(channel: Path, out: Path) -> None:
    (channel / "linux-64").mkdir()
    for subdir in ("linux-64", "noarch"):
        (channel / subdir / "bad-1.0-0.conda").write_bytes(b"x")
    go(channel, out)
    for subdir in ("linux-64", "noarch"):
        (channel / subdir / "bad-1.0-0.conda").unlink()
    go(channel, out, Wanted(subdirs=("noarch",)), prune=True)
    assert [one["path"] for one in failures(out)] == ["linux-64/bad-1.0-0.conda"]


def test_pruned_packages_leave_the_index(run: Run, channel: Path, out: Path) -> None:
    words = ("channel", channel, "--output-dir", out, "--jobs", 1, "--prune")
    run(*words)
    (channel / "noarch" / "tiny001-1.0-0.conda").unlink()
    list_all(channel / "noarch")
    ran = run(*words)
    assert "; 1 removed that have left the channel; " in ran.err
    assert ran.err.endswith("cf-sbom-index.db: 1 gone\n")
    assert run("where", "tiny001", "--index", out / "cf-sbom-index.db").status == 1
    assert run(*words, "--since", "2026-01-01").status == 2


def test_an_index_is_of_one_folder(run: Run, channel: Path, tmp_path: Path) -> None:
    first, second, index = tmp_path / "first", tmp_path / "second", tmp_path / "sh.db"
    words = ("channel", channel, "--jobs", 1, "--index", index, "--output-dir")
    assert run(*words, first).status == 0
    before = index.read_bytes()
    ran = run(*words, second)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert f"sh.db is the index of {first}, whose packages would go" in ran.err
    assert not second.exists(), "before all the work"
    second.mkdir()
    assert run("index", second, "--index", index).status == 2
    assert index.read_bytes() == before
    assert run(*words, first).status == 0
    assert run("index", second, "--index", index, "--force").status == 0
    assert run("index", second, "--index", index).status == 0


def test_a_folder_and_its_index_may_be_moved_together(run: Run, channel: Path, tmp_path: Path) -> None:
    run("channel", channel, "--output-dir", tmp_path / "a", "--jobs", 1)
    (tmp_path / "a").rename(tmp_path / "b")
    assert run("channel", channel, "--output-dir", tmp_path / "b", "--jobs", 1).status == 0


def test_what_a_killed_run_left_behind_is_swept(channel: Path, out: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    manifest = Manifest(out)
    assert scratch_of(out).is_dir()
    manifest.close()
    assert not scratch_of(out).exists()
    (out / FOLDER / "under-way").touch()
    fetched = scratch_of(out) / "cf-sbom-abc" / "x.conda"
    fetched.parent.mkdir(parents=True)
    fetched.write_bytes(b"x" * 1000)
    left, alive = (out / "noarch" / f".cf-sbom.{'0' * 16}.{number}.part" for number in (process.pid, os.getpid()))
    left.parent.mkdir()
    left.touch()
    alive.touch()
    go(channel, out)
    assert not fetched.exists()
    assert not left.exists()
    assert alive.exists()


def test_what_is_fetched_lies_in_the_output_folder(run: Run, server: Server, tmp_path: Path) -> None:
    """A run over http that is killed leaves nothing that the next one does not remove."""
    package = large()
    server.files["/noarch/repodata.json"] = json.dumps({"packages.conda": {"demo-1.0-0.conda": {}}}).encode()
    server.files["/noarch/demo-1.0-0.conda"] = package
    stop, go_on = threading.Event(), threading.Event()

    def lie(status: int, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        if body == package and not go_on.is_set():
            stop.set()
            go_on.wait(60)
        return status, headers, body

    server.lie = lie
    out, temporary = tmp_path / "out", tmp_path / "tmp"
    temporary.mkdir()
    process = command("channel", server.url, "--output-dir", out, "--jobs", 1, TMPDIR=str(temporary))
    assert stop.wait(60)
    command_itself = psutil.Process(process.pid)
    command_itself.suspend()  # a worker that outlives it tidies up; one that dies before it is replaced
    for one in (*command_itself.children(recursive=True), command_itself):
        one.kill()
    process.communicate()
    go_on.set()
    assert [path.name[:8] for path in scratch_of(out).iterdir()] == ["cf-sbom-"]
    assert [path.name for path in temporary.iterdir() if path.name.startswith("cf-sbom-")] == []
    assert run("channel", server.url, "--output-dir", out, "--jobs", 1).status == 0
    assert not scratch_of(out).exists()


def test_a_build_of_an_index_that_was_killed_leaves_nothing_for_long(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    file = tmp_path / "index.db"
    with writing.building(file) as temporary:
        left = temporary.with_name(temporary.name.replace(f".{os.getpid()}.", f".{process.pid}."))
        left.touch()
        temporary.touch()
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("whole", [True, False])
def test_a_full_temporary_folder_ends_the_run(
    server: Server, out: Path, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    server.ranges = not whole
    names = [f"demo-1.{n}-0.conda" for n in range(5)]
    server.files["/noarch/repodata.json"] = json.dumps({"packages.conda": {name: {} for name in names}}).encode()
    server.files |= {f"/noarch/{name}": large() for name in names}

    def full(*words: object) -> None:
        if words[0].url.endswith(".conda"):  # type: ignore[attr-defined]
            raise OSError(28, "No space left on device")
        copy(*words)

    copy = remote._copy
    monkeypatch.setattr(remote, "_copy", full)
    monkeypatch.setattr(remote, "_write", full)
    said = Told()
    with pytest.raises(AttachError, match=r"the temporary folder .*: No space left on device"):
        go(server.url, out, told=said, metadata_only=True)
    assert said.failures == {}


def test_a_full_folder_for_what_is_spooled_ends_the_run(
    channel: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*words: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(batch, "generate", full)
    with pytest.raises(AttachError, match=r"the temporary folder /.*: No space left on device"):
        go(channel, out)


def test_what_is_under_way_is_told_while_nothing_ends(channel: Path, out: Path) -> None:
    class Waiting(Told):
        def waited(self, counts: Counts, under_way: Any) -> None:
            super().waited(counts, under_way)
            for future, (fn, *words) in list(waiting.items()):
                future.set_result(fn(*words))
            waiting.clear()

    class Slow(Executor):
        def submit(self, fn: Any, /, *words: Any, **named: Any) -> Future[Any]:
            future: Future[Any] = Future()
            waiting[future] = fn, *words
            return future

    waiting: dict[Future[Any], Any] = {}
    said = Waiting()
    assert told(go(channel, out, told=said, workers=Workers(Slow(), None, lambda: 3))) == (4, 0, 0)
    assert said.waits == [
        tuple(f"noarch/tiny{n:03}-1.0-0.conda" for n in range(3)),
        ("noarch/tiny003-1.0-0.conda",),
    ]


def test_a_log_says_each_minute_what_has_not_ended(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("cf_sbom.faces.cli.progress.monotonic", lambda: now)
    journal = Journal(36, wanted=True, quiet=False)
    now = 5
    journal.advanced(Counts(made=35, seconds=5.0))
    for step in range(6, 131):
        now = step
        journal.waited(Counts(made=35, seconds=float(step)), ["noarch/pip-25.3-0.conda"])
    now = 200
    journal.advanced(Counts(made=36, seconds=200.0))
    assert capsys.readouterr().err.splitlines() == [
        "35 of 36 packages, 0 failed, 0.6 a second, nothing new for 0:55, under way: noarch/pip-25.3-0.conda",
        "35 of 36 packages, 0 failed, 0.3 a second, nothing new for 1:55, under way: noarch/pip-25.3-0.conda",
        "36 of 36 packages, 0 failed, 0.2 a second",
    ]


@pytest.mark.parametrize("address", ["nonsense", "tcp://", "tcp://host", "host", "http://a b:1", "tcp://h:123456"])
def test_what_is_no_address_of_a_scheduler_is_one_line(run: Run, channel: Path, address: str) -> None:
    ran = run("channel", channel, "--output-dir", "out", "--scheduler", address)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "is no address such as tcp://HOST:PORT" in ran.err


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "127.0.0.1:9", "tls://[::1]:9"])
def test_addresses_of_schedulers(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cf_sbom.channel.executors._ANSWER", 0.2)
    with pytest.raises(SettingsError, match="no Dask scheduler answers"), cluster(address):
        pass


class Theirs:
    """What a Dask client gives for a task: its state may change when the result has come."""

    def __init__(self, state: str) -> None:
        self.state = state

    def cancelled(self) -> bool:
        return self.state == "cancelled"

    def cancel(self) -> None:
        self.state = "cancelled"


@pytest.mark.parametrize(
    ("state", "raises", "expected"),
    [
        ("pending", None, [1, 2]),  # the worker left just when the result had come
        ("error", ValueError("a"), ValueError),
        ("cancelled", RuntimeError("gone"), CancelledError),
    ],
)
def test_a_result_of_dask_is_a_result_whatever_became_of_its_worker(state: str, raises: Any, expected: Any) -> None:
    async def gather(futures: list[Theirs], asynchronous: bool) -> list[Any]:
        if raises:
            raise raises
        return [[1, 2]]

    def add_callback(fn: Any, *words: Any) -> None:
        asyncio.run(fn(*words))

    client = SimpleNamespace(
        submit=lambda fn, *words, pure: Theirs(state), gather=gather, loop=SimpleNamespace(add_callback=add_callback)
    )
    future = _Cluster(client).submit(print)
    if isinstance(expected, list):
        assert future.result() == expected
    else:
        assert isinstance(future.exception(), expected)


def test_what_is_cancelled_here_is_cancelled_there() -> None:
    theirs = Theirs("pending")
    client = SimpleNamespace(
        submit=lambda fn, *words, pure: theirs, loop=SimpleNamespace(add_callback=lambda *words: None)
    )
    assert _Cluster(client).submit(print).cancel()
    assert theirs.cancelled()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--subdir", "nope"), "nope: the channel has no such folder"),
        (("--subdir", "nope", "--subdir", "noarch"), "nope: the channel has no such folder"),
    ],
)
def test_a_subdir_that_is_not_there_is_a_failure(run: Run, channel: Path, words: tuple[str, ...], reason: str) -> None:
    ran = run("channel", channel, "--output-dir", "out", "--jobs", 1, *words)
    assert ran.status == 3
    assert ran.err.splitlines()[0] == reason
    assert "; 1 folder not read; " in ran.err


def test_a_subdir_may_end_in_a_slash(run: Run, channel: Path) -> None:
    ran = run("channel", channel, "--output-dir", "out", "--jobs", 1, "--subdir", "noarch/")
    assert (ran.status, ran.err.partition(" in ")[0]) == (0, "4 packages")


def test_a_folder_without_packages_is_a_failure(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty" / "sub").mkdir(parents=True)
    ran = run("channel", tmp_path / "empty", "--output-dir", tmp_path / "out")
    assert ran.status == 3
    assert ran.err.startswith(".: there is neither a package nor a repodata.json in it\n0 packages in ")
    (tmp_path / "empty" / "sub" / "repodata.json").write_text("{}")
    assert run("channel", tmp_path / "empty", "--output-dir", tmp_path / "out").status == 0, "an empty channel is one"


def test_a_server_that_does_not_answer_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cf_sbom.remote._ATTEMPTS", 1)
    ran = run("channel", "http://127.0.0.1:9/main", "--output-dir", "out")
    assert (ran.status, ran.err.count("\n")) == (3, 1)
    assert "127.0.0.1: cannot be fetched: new connection error; run again to go on" in ran.err


def test_a_list_whose_packages_are_on_the_web_says_so(channel: Path, out: Path) -> None:
    file = channel / "noarch" / "repodata.json"
    tree = json.loads(file.read_text()) | {"info": {"base_url": "https://files.example.org/a"}}
    file.write_text(json.dumps(tree))
    (channel / "noarch" / "tiny001-1.0-0.conda").unlink()
    assert told(go(channel, out)) == (3, 0, 1)
    assert failures(out)[0]["reason"] == (
        "listed in repodata.json, but the file is not there; its base_url is https://files.example.org/a: "
        "give the channel's URL instead of a folder"
    )


def test_a_stopped_run_says_how_far_it_came_and_writes_the_summary(tmp_path: Path, channel: Path, out: Path) -> None:
    add(channel / "noarch", range(4, 200))
    summary = tmp_path / "summary.json"
    process = command("channel", channel, "--output-dir", out, "--jobs", 1, "--summary", summary)
    while sum(1 for _ in out.glob("noarch/*.cdx.json")) < 20:
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate()[1]
    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("stopped: ")
    assert said.endswith("; run again to go on\n")
    assert json.loads(summary.read_bytes())["made"] >= 10


@pytest.mark.parametrize(("raised", "status"), [(KeyboardInterrupt, 130), (cli.Terminated, 143)])
def test_one_that_is_stopped_before_its_first_package_says_so(
    run: Run, channel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException], status: int
) -> None:
    def stop(*_: object) -> None:
        raise raised

    monkeypatch.setattr("cf_sbom.channel.runs.Run.go", stop)
    ran = run("channel", channel, "--output-dir", "out", "--jobs", 1, "--summary", "summary.json")
    assert (ran.status, ran.err.startswith("stopped: 0 packages in ")) == (status, True)
    assert json.loads((tmp_path / "summary.json").read_bytes())["packages"] == 0


@pytest.mark.parametrize(("raised", "status"), [(KeyboardInterrupt, 130), (cli.Terminated, 143)])
def test_one_that_is_stopped_while_it_makes_the_index_says_so(
    run: Run, channel: Path, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException], status: int
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("cf_sbom.answers.index.build_folder", stop)
    ran = run("channel", channel, "--output-dir", "out", "--jobs", 1)
    assert ran.status == status
    assert ran.err.splitlines()[-1] == "stopped while the index was made; run again to make it"


def test_two_interruptions_at_once_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 10.0
    monkeypatch.setattr(cli, "monotonic", lambda: now)
    monkeypatch.setattr(cli, "_interruptions", [-math.inf])
    for at, raises in ((10.0, True), (10.9, False), (11.1, True)):
        now = at
        with pytest.raises(KeyboardInterrupt) if raises else contextlib.nullcontext():
            cli._interrupted(signal.SIGINT, None)


def test_signals_wait_while_a_worker_is_begun() -> None:
    came = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        with _signals_held():
            os.kill(os.getpid(), signal.SIGINT)
            assert came == []
        assert came == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("columns", [30, 40, 60, 80, 120])
def test_a_narrow_terminal_has_the_numbers_whole(columns: int, channel: Path, out: Path) -> None:
    ours, theirs = pty.openpty()
    line = [sys.executable, "-m", "cf_sbom", "channel", str(channel), "--output-dir", str(out), "--no-index"]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": str(columns), "NO_COLOR": "1"}
    with subprocess.Popen(line, stderr=theirs, stdout=subprocess.PIPE, env=environment) as process:
        os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 4096):
                said += chunk
        except OSError:  # the terminal's other end is closed
            pass
    os.close(ours)
    assert process.returncode == 0
    text = said.decode()
    assert "4/4" in text
    assert "0 failed" in text
    assert "-:--:--" in text or "0:00:00" in text
