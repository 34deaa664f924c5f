"""`cf-sbom channel`: what it prints where, its statuses, its summary, and what it refuses."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
from channel_support import add, failures, files, list_all
from running import Run
from support import INDEX, ROOT, conda, info_members

from cf_sbom.channel.manifest import Manifest
from cf_sbom.channel.runs import Counts
from cf_sbom.faces.cli.progress import Journal, _duration

SUMMARY = jsonschema_rs.validator_for(json.loads((ROOT / "schemas" / "channel.schema.json").read_bytes()))
DONE = re.compile(
    r"(?P<packages>\d+) packages in [\d.]+ s: (?P<made>\d+) made, (?P<kept>\d+) as before, (?P<failed>\d+) failed.*\n"
)


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    place = tmp_path / "channel"
    add(place / "noarch", range(3))
    list_all(place / "noarch")
    return place


def test_a_run_says_one_line_and_a_second_one_makes_nothing(run: Run, channel: Path, tmp_path: Path) -> None:
    for made, kept in (("3", "0"), ("0", "3")):
        ran = run("channel", channel, "--output-dir", "out")
        assert (ran.status, ran.out) == (0, "")
        match = DONE.fullmatch(ran.err)
        assert match is not None
        assert (match["packages"], match["made"], match["kept"], match["failed"]) == ("3", made, kept, "0")
    assert {name.rpartition("/")[2] for name in files(tmp_path / "out")} == {
        "cf-sbom-index.db",
        "failures.jsonl",
        *(f"tiny{n:03}-1.0-0.conda{end}" for n in range(3) for end in (".cdx.json", ".spdx.json")),
    }


def test_failures_are_lines_and_make_the_status_3(run: Run, channel: Path, tmp_path: Path) -> None:
    (channel / "noarch" / "tiny001-1.0-0.conda").write_bytes(b"no archive\x1b[31m")
    ran = run("channel", channel, "--output-dir", "out", "--jobs", 1)
    assert ran.status == 3
    first, second = ran.err.splitlines()
    assert first.startswith("noarch/tiny001-1.0-0.conda: ")
    assert second.endswith("1 failed (see out/failures.jsonl); 4 problems in the documents")
    assert [line["path"] for line in failures(tmp_path / "out")] == ["noarch/tiny001-1.0-0.conda"]
    assert run("channel", channel, "--output-dir", "out", "--quiet") == (3, "", "")


def test_strict_finds_the_problems_of_what_is_kept_too(run: Run, channel: Path) -> None:
    data = conda(info_members(INDEX | {"name": "odd", "depends": [[]]}), stem="odd-1.0-0")
    (channel / "noarch" / "odd-1.0-0.conda").write_bytes(data)
    list_all(channel / "noarch")
    for _ in range(2):
        assert run("channel", channel, "--output-dir", "out", "--strict", "--quiet").status == 1
    assert run("channel", channel, "--output-dir", "out", "--quiet").status == 0


def test_the_summary_is_as_its_schema_says(run: Run, channel: Path, tmp_path: Path) -> None:
    words = ("channel", channel, "--output-dir", "out", "-o", "spdx-json", "--quiet", "--summary")
    ran = run(*words, "-")
    SUMMARY.validate(json.loads(ran.out))
    assert ran.err == ""
    assert run(*words, "summary.json").out == ""
    summary = json.loads((tmp_path / "summary.json").read_bytes())
    SUMMARY.validate(summary)
    assert {name: summary[name] for name in ("packages", "made", "kept", "failed", "documents")} == {
        "packages": 3,
        "made": 0,
        "kept": 3,
        "failed": 0,
        "documents": 0,
    }


def test_filters_shards_and_metadata_alone(run: Run, channel: Path, tmp_path: Path) -> None:
    ran = run(
        *("channel", channel, "--output-dir", "out", "--shards", "--metadata-only", "--since", "2023-11-14"),
        *("--subdir", "noarch", "--match", "tiny00[12]", "--max-packages", 1, "--channel", "main"),
    )
    assert ran.status == 0
    assert "1 package in" in ran.err
    assert json.loads((tmp_path / "out" / "index.json").read_bytes())["packages"] == 1


def test_documents_dated_now_are_not_made_again_a_moment_later(run: Run, channel: Path) -> None:
    for made in ("3 made", "0 made"):
        assert made in run("channel", channel, "--output-dir", "out", "--timestamp", "now").err
    assert "3 made" in run("channel", channel, "--output-dir", "out").err


@pytest.mark.parametrize(
    "words",
    [
        ("CHANNEL",),
        ("--output-dir", "out"),
        ("CHANNEL", "--output-dir", "out", "-o", "spdx-json=x.json"),
        ("CHANNEL", "--output-dir", "out", "-o", "spdx-json", "-o", "spdx-json@2.3"),
        ("CHANNEL", "--output-dir", "out", "-o", "nonsense"),
        ("CHANNEL", "--output-dir", "out", "--since", "yesterday"),
        ("CHANNEL", "--output-dir", "out", "--since", "2026-02-30"),
        ("CHANNEL", "--output-dir", "out", "--jobs", "0"),
        ("CHANNEL", "--output-dir", "out", "--max-packages", "0"),
        ("CHANNEL", "--output-dir", "out", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:9"),
        ("CHANNEL", "--output-dir", "out", "--summary", "CHANNEL/noarch/repodata.json"),
        ("absent", "--output-dir", "out"),
        ("ftp://example.org/channel", "--output-dir", "out"),
    ],
)
def test_usage_errors(run: Run, channel: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    ran = run("channel", *(word.replace("CHANNEL", str(channel)) for word in words))
    assert (ran.status, ran.out) == (2, "")
    assert "Error:" in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()


def test_a_second_run_into_the_folder_is_refused(run: Run, channel: Path, tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "out")
    try:
        ran = run("channel", channel, "--output-dir", "out")
    finally:
        manifest.close()
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "another run writes to" in ran.err


def test_a_folder_that_cannot_be_written(run: Run, channel: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    ran = run("channel", channel, "--output-dir", "file/out")
    assert (ran.status, ran.err.count("\n")) == (3, 1)


def test_a_bar_on_a_terminal_with_rate_and_failures(channel: Path, tmp_path: Path) -> None:
    (channel / "noarch" / "tiny001-1.0-0.conda").write_bytes(b"")
    ours, theirs = pty.openpty()
    line = [sys.executable, "-m", "cf_sbom", "channel", str(channel), "--output-dir", str(tmp_path / "out")]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "120", "NO_COLOR": "1"}
    with subprocess.Popen(line, stderr=theirs, stdout=subprocess.PIPE, env=environment) as process:
        os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 4096):
                said += chunk
        except OSError:  # the terminal's other end is closed
            pass
    os.close(ours)
    assert process.returncode == 3
    text = said.decode()
    assert re.search(r"packages .*3/3 .*/s 1 failed", text)
    assert "noarch/tiny001-1.0-0.conda: " in text
    assert "1 failed (see" in text


def test_a_line_a_minute_in_a_log(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("cf_sbom.faces.cli.progress.monotonic", lambda: now)
    journal = Journal(1000, wanted=True, quiet=False)
    for step in range(300):
        now = step
        journal.advanced(Counts(made=step, seconds=float(step), failed=0))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert lines[0] == "60 of 1,000 packages, 0 failed, 1.0 a second, about 15:40 left"


def test_the_hundredth_failures_are_in_the_file_only(capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal(None, wanted=False, quiet=False)
    for number in range(500):
        journal.failed(f"{number}", "no")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 201
    assert lines[-1] == "more failures are in the failures file only"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (65.4, "1:05"), (7509, "2:05:09")])
def test_durations(seconds: float, text: str) -> None:
    assert _duration(seconds) == text


def test_what_is_no_index_is_refused_before_anything_is_made(run: Run, channel: Path, tmp_path: Path) -> None:
    other = channel / "noarch" / "repodata.json"
    before = other.read_bytes()
    ran = run("channel", channel, "--output-dir", tmp_path / "out", "--index", other)
    assert ran.status
    assert "repodata.json: no index of cf-sbom" in ran.err
    assert other.read_bytes() == before
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("shards", [(), ("--shards",)], ids=["sidecars", "shards"])
def test_each_run_feeds_an_index(run: Run, channel: Path, tmp_path: Path, shards: tuple[str, ...]) -> None:
    out = tmp_path / "out"
    assert run("channel", channel, "--output-dir", out, "--jobs", "1", *shards).status == 0
    index = out / "cf-sbom-index.db"
    found = json.loads(run("where", "tiny001", "--index", index, "--json").out)
    assert len(found["found"]) >= 1
    before = index.read_bytes()
    assert run("channel", channel, "--output-dir", out, "--jobs", "1", *shards).status == 0
    assert json.loads(run("where", "tiny001", "--index", index, "--json").out) == found
    assert run("channel", channel, "--output-dir", tmp_path / "other", "--jobs", "1", "--no-index", *shards).status == 0
    assert not (tmp_path / "other" / "cf-sbom-index.db").exists()
    assert before
