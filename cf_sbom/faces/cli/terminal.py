"""Text from packages on a terminal: escaped, so that nothing of a package can steer it; and standard error.

Knows terminals only.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from click import ClickException

from cf_sbom.errors import SbomError
from cf_sbom.escaping import safe as safe  # what is said on a terminal goes through it

if TYPE_CHECKING:
    from rich.console import Console


def size(count: int) -> str:
    """A number of bytes for people, in units of a thousand: `999 B`, `1.0 kB`, `12.3 MB`."""
    if count < 1000:
        return f"{count} B"
    number = count / 1000
    for unit in ("kB", "MB", "GB"):
        if number < 999.95:
            return f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def told(error: Exception) -> str:
    """An error in one line; --debug shows the traceback of one that nobody raised on purpose."""
    if isinstance(error, SbomError):
        return str(error)
    if isinstance(error, ClickException):
        return error.format_message()
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"a bug: {type(error).__name__}: {' '.join(str(error).split())}; run with --debug and report what it shows"


def say(line: str) -> None:
    """One line on standard error."""
    try:
        print(safe(line), file=sys.stderr)
    except UnicodeEncodeError:
        print(safe(line).encode("ascii", "backslashreplace").decode(), file=sys.stderr)


def console(output: TextIO, color: str) -> Console:
    """Where tables and trees go. color is auto, always or never; NO_COLOR counts as never. What is no terminal is 100
    columns wide unless COLUMNS says otherwise."""
    from rich.console import Console

    return Console(
        file=output,
        force_terminal={"always": True, "never": False}.get(color),
        no_color=True if color == "never" or (os.environ.get("NO_COLOR") and color != "always") else None,
        highlight=False,
        soft_wrap=False,
        width=None if output.isatty() or os.environ.get("COLUMNS") else 100,
    )
