"""A program in the foreground: what it gets, what comes back, and which signals reach it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from support import ROOT

from cf_sbom.building.running import run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and terminals of POSIX")

RUNNER = "import os, sys; from cf_sbom.building.running import run; sys.exit(run(sys.argv[1:], os.environ))"
# Counts what it gets until nothing new has come for a while, or SIGTERM comes.
COUNTER = """
import os, signal, sys, time
seen = []
for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"):
    signal.signal(getattr(signal, name), lambda number, frame: seen.append(signal.Signals(number).name))
print("ready", *(os.isatty(n) for n in (0, 1, 2)), flush=True)
while not seen:
    time.sleep(0.01)
time.sleep(0.5)
print(*seen, flush=True)
sys.exit(7)
"""


@pytest.fixture
def counter(tmp_path: Path) -> str:
    path = tmp_path / "counter.py"
    path.write_text(COUNTER)
    return str(path)


def start(*words: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUNNER, sys.executable, *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, text=True, env=environment, **options)


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("exit 0", 0),
        ("exit 3", 3),
        ("kill -TERM $$", 128 + signal.SIGTERM),
        ("kill -KILL $$", 128 + signal.SIGKILL),
        ("kill -SEGV $$", 128 + signal.SIGSEGV),
    ],
)
def test_the_exit_status_is_that_of_a_shell(script: str, status: int) -> None:
    assert run(["sh", "-c", script], os.environ) == status


def test_it_is_looked_for_in_its_own_path(tmp_path: Path) -> None:
    program = tmp_path / "builder"
    program.write_text('#!/bin/sh\n[ "$ONE" = 1 ] && [ "$1" = "a b" ] && exit 4\n')
    program.chmod(0o755)
    assert run(["builder", "a b"], {"PATH": f"{tmp_path}:/usr/bin:/bin", "ONE": "1"}) == 4
    with pytest.raises(FileNotFoundError):
        run(["builder"], {"PATH": "/usr/bin"})
    program.chmod(0o644)
    with pytest.raises(OSError, match=r"builder|denied"):
        run([str(program)], {"PATH": "/usr/bin"})


def test_handlers_are_as_before() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    run(["true"], os.environ)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"])
def test_a_signal_reaches_the_program_once_and_its_status_comes_back(counter: str, name: str) -> None:
    with start(counter, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"ready False False {os.isatty(2)}\n"
        process.send_signal(getattr(signal, name))
        assert process.stdout.read() == f"{name}\n"
    assert process.returncode == 7


def test_what_is_typed_on_a_terminal_reaches_the_program_once(counter: str) -> None:
    """Under a terminal of its own the program sees a terminal, and ^C is one SIGINT, not two."""
    terminal, side = os.openpty()
    taking = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", taking, sys.executable, "-c", RUNNER, sys.executable, counter]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdin=side, stdout=side, stderr=side, start_new_session=True, env=environment
    ) as process:
        read_until(terminal, b"ready True True True")
        os.write(terminal, b"\x03")
        said = read_until(terminal, b"\n", after=b"SIGINT")
    assert said.count(b"SIGINT") == 1
    assert process.returncode == 7
    os.close(terminal)
    os.close(side)


def read_until(terminal: int, wanted: bytes, after: bytes = b"") -> bytes:
    said = b""
    while wanted not in said.partition(after)[2] if after else wanted not in said:
        said += os.read(terminal, 1024)
    return said


def test_what_is_ignored_stays_ignored_for_both(tmp_path: Path) -> None:
    """As under nohup."""
    script = tmp_path / "ignorant.py"
    script.write_text(
        textwrap.dedent("""
        import signal
        print(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN, flush=True)
        input()
        """)
    )
    ignoring = (
        "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-c", ignoring, sys.executable, "-c", RUNNER, sys.executable, str(script)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=environment, **pipes) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        process.send_signal(signal.SIGHUP)
        assert process.communicate("\n") == ("", None)
    assert process.returncode == 0


def test_open_files_are_handed_down() -> None:
    """Such as the pipe by which make tells how many jobs may run."""
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    script = "import os, sys; os.write(int(sys.argv[1]), b'job')"
    assert run([sys.executable, "-c", script, str(writer)], os.environ) == 0
    os.close(writer)
    with os.fdopen(reader) as file:
        assert file.read() == "job"
