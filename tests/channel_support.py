"""Channels made of tiny packages, and runs over them."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Collection, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import md5, sha256
from pathlib import Path

from support import INDEX, conda, info_members

from cf_sbom.channel import batch
from cf_sbom.channel.executors import Workers
from cf_sbom.channel.items import Wanted
from cf_sbom.channel.runs import Counts, Run, key_of
from cf_sbom.hookspecs import Options
from cf_sbom.plugins import load


def tiny(number: int, payload: bytes = b"x", **index: object) -> bytes:
    """A package tiny<number>-1.0-0."""
    name = f"tiny{number:03}"
    stated = INDEX | {"name": name, "subdir": "noarch"} | index
    return conda(info_members(stated), {"share/x.txt": payload}, f"{name}-1.0-0")


def add(folder: Path, numbers: Iterable[int], payload: bytes = b"x") -> list[Path]:
    """Write such packages into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in numbers:
        paths.append(folder / f"tiny{number:03}-1.0-0.conda")
        paths[-1].write_bytes(tiny(number, payload))
    return paths


def record(path: Path, **changes: object) -> dict[str, object]:
    data = path.read_bytes()
    stated: dict[str, object] = {
        "name": path.name.split("-")[0],
        "sha256": sha256(data).hexdigest(),
        "md5": md5(data).hexdigest(),
        "size": len(data),
        "timestamp": 1_700_000_000_000,
    }
    return stated | changes


def list_all(folder: Path, **more: object) -> Path:
    """Write repodata.json for what is in a folder; more: records under other names."""
    packages = {path.name: record(path) for path in sorted(folder.glob("*.conda"))} | more
    file = folder / "repodata.json"
    file.write_text(json.dumps({"info": {"subdir": folder.name}, "packages": {}, "packages.conda": packages}))
    return file


@dataclass
class Told:
    """What a run says."""

    failures: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    steps: int = 0
    waits: list[tuple[str, ...]] = field(default_factory=list)

    def failed(self, path: str, reason: str) -> None:
        assert path not in self.failures
        self.failures[path] = reason

    def remarked(self, path: str, reason: str) -> None:
        self.remarks.append(f"{path}: {reason}")

    def advanced(self, counts: Counts) -> None:
        self.steps += 1

    def waited(self, counts: Counts, under_way: Collection[str]) -> None:
        self.waits.append(tuple(under_way))


def threads() -> Workers:
    """Workers in this process."""
    made: list[Executor] = []

    def make() -> Executor:
        made.append(ThreadPoolExecutor(2))
        return made[-1]

    return Workers(make(), make, lambda: 4)


def go(
    place: Path | str,
    out: Path,
    wanted: Wanted | None = None,
    *,
    workers: Workers | None = None,
    shards: bool = False,
    prune: bool = False,
    told: Told | None = None,
    **options: object,
) -> Counts:
    """One run in this process."""
    settings = replace(Options(outputs=(("cyclonedx-json", ""),)), output_dir=out, **options)  # type: ignore[arg-type]
    key = key_of(settings, load(), shards=shards)
    run = Run(str(place), wanted or Wanted(), settings, key, shards=shards, prune=prune)
    try:
        return run.go(workers or threads(), told or Told())
    finally:
        run.close()


def files(out: Path) -> dict[str, bytes]:
    """What a reader sees in an output folder."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".cf-sbom" not in path.parts
    }


def failures(out: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (out / "failures.jsonl").read_text().splitlines()]


def command(*words: object, **more: str) -> subprocess.Popen[str]:
    """cf-sbom in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CF_SBOM")}
    return subprocess.Popen(
        [sys.executable, "-m", "cf_sbom", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment | more,
        start_new_session=True,
    )


def deadly_work(packed: bytes, version: str) -> list[batch.Outcome]:
    """In a worker: one package kills it each time, another the first time only."""
    task, _ = pickle.loads(packed)
    for job in task:
        name = job.item.path.rpartition("/")[2]
        once = Path(job.item.location).with_suffix(".once")
        if name.startswith("tiny003") or (name.startswith("tiny005") and not once.exists()):
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return batch.work_all(packed, version)
