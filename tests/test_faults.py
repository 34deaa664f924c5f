"""The world fails while a document is made: no half document, no temporary file, one line, the others still done."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE
from typing import BinaryIO

import pytest
from support import FIXTURES, INDEX, conda, info_members, tar_bz2

from cf_sbom.errors import TargetError
from cf_sbom.generate import describe
from cf_sbom.hookspecs import Context, Options, SourceKind
from cf_sbom.limits import Limits
from cf_sbom.model import Member
from cf_sbom.plugins import Registry
from cf_sbom.sources.archive import ArchivePackage
from cf_sbom.validate import validate

PACKAGE = FIXTURES / "packages" / "noarch" / "sources-demo-2.1.0-h5600cae_0.conda"
COMMAND = [sys.executable, "-m", "cf_sbom"]

# Runs the command line, but the process kills or stops itself where a function of os is called.
KILLED = """
import os, signal, sys
name, number = sys.argv[1], int(sys.argv[2])
def die(*args, **options):
    os.kill(os.getpid(), number)
    signal.pause()
setattr(os, name, die)
sys.argv = ["cf-sbom", *sys.argv[3:]]
from cf_sbom.faces.cli import main
main()
"""


def documents(folder: Path) -> list[str]:
    """What stands in a folder, hidden files too; every document of it is whole."""
    for path in folder.glob("*.json"):
        assert validate(path.read_bytes(), Limits()).reasons == ()
    return sorted(os.listdir(folder))


def run(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, words)], capture_output=True, text=True, check=False, timeout=120, **options
    )  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("point", ["link", "replace"])
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143)], ids=["SIGKILL", "SIGTERM"])
def test_a_run_that_is_killed_while_it_writes(point: str, sent: int, status: int, tmp_path: Path) -> None:
    words = ["generate", "--output-dir", str(tmp_path), str(PACKAGE)]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, point, str(int(sent)), *words], capture_output=True, timeout=120, check=False
    )
    assert ended.returncode == status
    left = documents(tmp_path)
    assert [name for name in left if not name.startswith(".")] == []
    if sent == signal.SIGTERM or point == "link":
        assert left == []
    for name in left:  # killed between the last two steps: whole, and removed by a later run once it is old
        os.utime(tmp_path / name, (0, 0))
    assert run(*words).returncode == 0
    assert documents(tmp_path) == [f"{PACKAGE.name}.cdx.json", f"{PACKAGE.name}.spdx.json"]


def test_a_run_that_is_killed_at_any_time(tmp_path: Path) -> None:
    """Killed after a time that grows: whatever stands there is whole."""
    for number in range(12):
        folder = tmp_path / str(number)
        process = subprocess.Popen(
            [*COMMAND, "generate", "--quiet", "--output-dir", folder, *_copies(tmp_path, 8)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.1 + number * 0.06)
        process.send_signal(signal.SIGKILL if number % 2 else signal.SIGTERM)
        process.wait(timeout=60)
        if folder.is_dir():
            documents(folder)


def _copies(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"copy-{number}.conda" for number in range(count)]
    for path in paths:
        if not path.exists():
            shutil.copy(PACKAGE, path)
    return paths


def test_a_file_that_cannot_grow(tmp_path: Path) -> None:
    """As on a full disk: the write fails half-way."""

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    ended = run("generate", "--output-dir", tmp_path, PACKAGE, preexec_fn=small)
    assert ended.returncode == 3
    assert "cannot be written: File too large" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert documents(tmp_path) == []


def test_a_full_disk(tmp_path: Path) -> None:
    """A file system of 16 KiB in a name space of its own, where the system allows one."""
    script = (
        f"mount -t tmpfs -o size=16k tmpfs {tmp_path} && "
        f"{' '.join(COMMAND)} generate --output-dir {tmp_path} {PACKAGE}; status=$?; ls -A {tmp_path}; exit $status"
    )
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system gives no name space of its own")
    ended = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert "No space left on device" in ended.stderr
    assert ended.stdout == ""


def test_a_folder_that_takes_no_file() -> None:
    ended = run("generate", "--output-dir", "/proc/self/fdinfo", PACKAGE)
    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert "cannot be written" in ended.stderr


def test_a_folder_that_vanishes_is_made_again(tmp_path: Path) -> None:
    """It is removed as soon as the first document stands in it; what is written after that is whole."""
    folder = tmp_path / "out"
    copies = _copies(tmp_path, 8)
    first = folder / f"{copies[0].name}.cdx.json"
    watcher = subprocess.Popen(["sh", "-c", f"while [ ! -e '{first}' ]; do sleep 0.01; done; rm -r '{folder}'"])
    ended = run("generate", "--output-dir", folder, *copies)
    watcher.wait(timeout=60)
    assert ended.returncode in (0, 3)
    assert "Traceback" not in ended.stderr
    assert set(documents(folder)) & {f"{copies[-1].name}.cdx.json"}


Meddle = Callable[[Path], None]


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def _rewrite(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    os.utime(path, (1, 1))


def _replace(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(conda(info_members(INDEX | {"name": "other"})))
    other.replace(path)


@pytest.mark.parametrize("meddle", [_truncate, _grow, _rewrite], ids=lambda f: f.__name__.strip("_"))
@pytest.mark.parametrize("make", [conda, tar_bz2], ids=lambda f: f.__name__)
def test_a_package_that_changes_while_it_is_read(
    meddle: Meddle, make: Callable[..., bytes], tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "demo-1.0-0.conda"
    payload = {f"lib/{number}": os.urandom(60_000) for number in range(40)}
    path.write_bytes(make(info_members(), payload) if make is conda else make(info_members() | payload))
    changed = _meddled(registry, path, meddle)
    with pytest.raises(TargetError, match=r"changed while it was read|damaged or truncated"):
        describe(path, Options(), changed)


def test_a_package_that_is_replaced_while_it_is_read_stays_the_one_that_was_opened(
    tmp_path: Path, registry: Registry
) -> None:
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(conda(info_members(), {"lib/a": b"a" * 100_000}))
    before = describe(path, Options(), registry).sbom
    assert describe(path, Options(), _meddled(registry, path, _replace)).sbom == before


def _meddled(registry: Registry, path: Path, meddle: Meddle) -> Registry:
    """The registry with a source that meddles with the file once the first member has been given."""
    from dataclasses import replace

    class Meddling(ArchivePackage):
        def members(self) -> Iterator[tuple[Member, BinaryIO | None]]:
            for number, item in enumerate(super().members()):
                yield item
                if number == 0:
                    meddle(path)

    def open_meddling(target: Path, context: Context) -> Meddling:
        return Meddling(target, context)

    source = SourceKind(name="archive", accepts=lambda target, head: True, open=open_meddling)
    return replace(registry, sources=(source,))


@pytest.mark.parametrize("words", ["generate -o spdx-json=-", "generate --output-dir out", "show", "plugins"])
def test_standard_output_that_was_never_open(words: str, tmp_path: Path) -> None:
    target = "" if words == "plugins" else PACKAGE
    command = f"{' '.join(COMMAND)} {words} {target} >&-"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ended.returncode == 0
    assert "a bug" not in ended.stderr


@pytest.mark.parametrize("words", [["generate", "-o", "spdx-json=-"], ["show", "--json"], ["show"], ["plugins"]])
def test_standard_output_that_is_closed_early(words: list[str]) -> None:
    target = [] if words == ["plugins"] else [str(PACKAGE)]
    with subprocess.Popen([*COMMAND, *words, *target], stdout=PIPE, stderr=PIPE, text=True, pipesize=4096) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()
        assert process.wait(timeout=60) in (0, 1)
