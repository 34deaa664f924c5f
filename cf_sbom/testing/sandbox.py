"""Code that must keep quiet: no writes, no sockets, no processes, nothing of a package executed.

Knows Python's audit events. An audit hook cannot be removed, so one is installed, once, and looks only where a quiet()
is open. It sees what Python itself does; an extension module that calls the system past Python is not seen.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FILES = {
    "os.chmod": "changes the mode of",
    "os.chown": "changes the owner of",
    "os.link": "links",
    "os.mkdir": "makes the folder",
    "os.remove": "removes",
    "os.rename": "renames",
    "os.rmdir": "removes the folder",
    "os.setxattr": "changes attributes of",
    "os.symlink": "links",
    "os.truncate": "truncates",
    "os.utime": "changes the time of",
    "sqlite3.connect": "opens the database",
}
_TOUCHED = {"os.link": (1,), "os.rename": (0, 1), "os.symlink": (1,)}  # which arguments are what is written
_ACTS = {
    "os.chdir": "changes the working folder",
    "os.exec": "starts a process",
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.putenv": "changes the environment",
    "os.spawn": "starts a process",
    "os.startfile": "starts a process",
    "os.system": "starts a process",
    "os.unsetenv": "changes the environment",
    "pickle.find_class": "unpickles",
    "subprocess.Popen": "starts a process",
}


class Loud(AssertionError):
    """Code did what it must not do."""


def raised(error: Exception) -> str:
    """What was raised, in one line."""
    return f"raises {type(error).__name__} ({' '.join(str(error).split())[:200]})"


class _Watch:
    """One open quiet(): what was seen, and the file names under which text of the package was compiled."""

    def __init__(self, data: Iterable[bytes], writable: Path | None) -> None:
        self.seen: list[str] = []
        self._data = tuple(data)
        self._writable = os.path.realpath(writable) if writable else ""
        self._compiled: set[str] = set()

    def forbidden(self, event: str, arguments: tuple[Any, ...]) -> str:
        """What is wrong with an event, or ""."""
        if event == "open":
            path, mode, flags = arguments
            writes = bool(set(mode or "") & set("wax+")) or bool((flags or 0) & _WRITES)
            return f"writes {path!r}" if writes and not self._allowed(path) else ""
        if event in _FILES:
            outside = [arguments[place] for place in _TOUCHED.get(event, (0,)) if not self._allowed(arguments[place])]
            return f"{_FILES[event]} {outside[0]!r}" if outside else ""
        if event == "compile":
            self._compile(*arguments[:2])
        elif event == "exec" and getattr(arguments[0], "co_filename", "") in self._compiled:
            return "executes text of the package"
        return "opens a socket" if event.startswith("socket.") else _ACTS.get(event, "")

    def _allowed(self, path: Any) -> bool:
        if isinstance(path, int):
            return True  # a descriptor: its file was looked at when it was opened
        if not self._writable:
            return False
        real = os.path.realpath(os.fsdecode(path))
        return real == self._writable or real.startswith(self._writable + os.sep)

    def _compile(self, source: object, filename: object) -> None:
        """To parse text is no execution; it is remembered in case that it follows."""
        text = source.encode("utf-8", "replace") if isinstance(source, str) else source
        if isinstance(text, bytes) and text.strip() and any(text.strip() in data for data in self._data):
            self._compiled.add(os.fsdecode(filename) if isinstance(filename, bytes) else str(filename))


_open: list[_Watch] = []


@cache
def _install() -> None:
    watches = _open  # a name of its own: module globals are gone when the interpreter ends

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if watches and (what := watches[-1].forbidden(event, arguments)):
            watches[-1].seen.append(what)
            raise Loud(what)

    sys.addaudithook(hook)


@contextlib.contextmanager
def quiet(*, data: Iterable[bytes] = (), writable: Path | None = None) -> Iterator[None]:
    """Refuse writes, sockets, processes, and the execution of text that stands in data; files below the folder
    `writable` may be written. All threads are watched.

    Raises Loud at the first thing that is tried, and again at the end, should the code have swallowed it. Reading files
    is allowed, since an import does nothing else. What is printed counts as written.
    """
    _install()
    watch = _Watch(data, writable)
    printed = io.StringIO()
    bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # a late import is no write of the plugin's
    _open.append(watch)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            yield
    finally:
        _open.remove(watch)
        sys.dont_write_bytecode = bytecode
        if watch.seen:
            raise Loud(watch.seen[0])
        if printed.getvalue():
            raise Loud(f"prints {printed.getvalue()[:80]!r}")
