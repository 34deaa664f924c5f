"""Another program in the foreground: with our terminal, our signals and its own exit status.

Knows processes only. The program gets standard input, output and error as they are, so it asks, draws and colours as if
it had been started by itself.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType

NOT_FOUND, NOT_STARTED, SIGNALLED = 127, 126, 128
"""How shells tell that a program is not there, that it cannot be started, and (with its number added) that a signal
ended it."""
_TYPED = ("SIGINT", "SIGQUIT")  # what a terminal sends to every process of its foreground group
_SENT = ("SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2")


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program to its end; returns its exit status as a shell gives it. Raises OSError where it does not start."""
    program = shutil.which(words[0], path=environment.get("PATH")) or words[0]
    with _forwarding() as forwarder:
        # What was left open for the program, such as the pipe of a make, stays open.
        child = subprocess.Popen([program, *words[1:]], env=environment, close_fds=False)
        forwarder.start(child)
        status = child.wait()
    return SIGNALLED - status if status < 0 else status


class _Forwarder:
    """Passes signals on to the program, and what came before it was there as soon as it is."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def start(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        for number in self._early:
            child.send_signal(number)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if signal.Signals(number).name in _TYPED and _in_foreground():
            return  # the program has it already, and twice would mean more to it than once
        if self._child is None:
            self._early.append(number)
        else:
            self._child.send_signal(number)


@contextlib.contextmanager
def _forwarding() -> Iterator[_Forwarder]:
    """Signals go to the program for as long as it runs. One that is ignored, as under nohup, stays so for both."""
    forwarder = _Forwarder()
    before = {}
    for name in (*_TYPED, *_SENT):
        number = getattr(signal, name, None)  # Windows has few of them
        if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
            with contextlib.suppress(ValueError):  # only the main thread may
                before[number] = signal.signal(number, forwarder)
    try:
        yield forwarder
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    """Whether what is typed on the terminal reaches this process, and so the program as well."""
    if not hasattr(os, "tcgetpgrp"):
        return True  # a Windows console tells all of its processes
    try:
        terminal = os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
