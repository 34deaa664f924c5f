"""The command line: one module a command, imported when the command is called.

Knows click. No traceback reaches a user; the exit status is 0 done, 1 something was found, 2 usage, 3 a target could
not be read.
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from time import monotonic

import click
from click.shell_completion import CompletionItem

from cf_sbom.about import NAME, VERSION

COMMANDS = {
    "attest": "State the SBOMs of a package, and sign that.",
    "build": "Run conda-build or rattler-build, then write documents for what it made.",
    "channel": "Write SBOM documents for every package of a channel.",
    "check": "Judge documents by minimum elements and a policy.",
    "diff": "Compare two packages or documents.",
    "embed": "Put SBOM documents inside packages, or into a prefix while it is built.",
    "generate": "Write SBOM documents for conda packages.",
    "index": "Build or refresh the index of documents that where and why ask.",
    "merge": "Make one document of an environment or of several documents.",
    "plugins": "List every source, extractor, enricher, emitter and attacher.",
    "push": "Push the documents of a package as OCI referrers.",
    "report": "Write one HTML page about packages or documents.",
    "show": "Show the inventory of a package or a document.",
    "validate": "Check documents against the official schemas.",
    "verify": "Check that documents and a package belong together.",
    "where": "Which packages carry, link or depend on something.",
    "why": "The paths in a package that lead to a component.",
}
FOUND, USAGE, UNREADABLE, INTERRUPTED, TERMINATED = 1, 2, 3, 130, 143
_AT_ONCE = 1.0  # seconds
STATUSES = {
    0: "done",
    FOUND: "something was found: problems under --strict, or what a command that judges refuses",
    USAGE: "wrong usage or settings",
    UNREADABLE: "a target could not be read; the others are done",
    INTERRUPTED: "interrupted at the terminal",
    TERMINATED: "asked to end by another process",
}


class Terminated(BaseException):
    """The process was asked to end (SIGTERM)."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C. Python itself notes a plain KeyboardInterrupt that passes through exec(), as in the making of a
    dataclass, and dies by the signal in the end, though it was caught."""


class Commands(click.Group):
    """Subcommands by name; a module is imported only when its command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cf_sbom.faces.cli.{name}").command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        found = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


EPILOG = """\b
Examples:
  cf-sbom generate zlib-1.3.1-h4ab18f5_1.conda
  cf-sbom show zlib-1.3.1-h4ab18f5_1.conda
  cf-sbom validate zlib-1.3.1-h4ab18f5_1.conda.cdx.json

\b
Exit status:
""" + "\n".join(f"  {number}  {text}" for number, text in STATUSES.items() if number < INTERRUPTED)


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, "-V", "--version", prog_name=NAME)
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def cli() -> None:
    """Software bills of materials for conda packages.

    Reads what conda-build and rattler-build make, and writes CycloneDX and SPDX documents.
    """
    import logging

    logging.getLogger().addHandler(logging.NullHandler())  # what libraries log is no message to a user


def main() -> None:
    """The console script."""
    with contextlib.suppress(ValueError):
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # in the background it is ignored
            signal.signal(signal.SIGINT, _interrupted)
    status = run(sys.argv[1:])
    if status in (INTERRUPTED, TERMINATED):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the end has come; another Ctrl-C is no other one
    sys.exit(status)


def run(words: Sequence[str], name: str = NAME) -> int:
    """Run a command line, as the program of this name; returns the exit status."""
    debug, words = _without_debug(words)
    with contextlib.suppress(ValueError):  # only the main thread may set it
        signal.signal(signal.SIGTERM, _terminated)
    if "_CF_SBOM_COMPLETE" in os.environ:
        import_module("cf_sbom.faces.cli.completion").install()
    collect_seldom()
    # Python has no streams where the caller closed them; what is said there goes nowhere.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")
    sys.stderr = sys.stderr or Path(os.devnull).open("w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a character that the terminal lacks is no reason to say nothing
            stream.reconfigure(errors="backslashreplace")
    try:
        status = cli.main(args=words, prog_name=name, standalone_mode=False, obj=debug)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.Abort:
        status = INTERRUPTED
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Terminated:
        status = TERMINATED
    except BrokenPipeError:
        status = _closed_output()
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except Exception as error:
        if debug:
            raise
        status = _failed(error)
    return status if isinstance(status, int) else 0


def _without_debug(words: Sequence[str]) -> tuple[bool, list[str]]:
    """Whether a traceback is wanted, and the other words: --debug may stand before or behind the command, but what
    stands behind `--` is another program's."""
    end = words.index("--") if "--" in words else len(words)
    own = [word for word in words[:end] if word != "--debug"]
    return len(own) < end or bool(os.environ.get("CF_SBOM_DEBUG")), [*own, *words[end:]]


def _terminated(number: int, frame: object) -> None:
    """End as by an error, so that everything opened is closed and no temporary file stays."""
    raise Terminated


def _interrupted(number: int, frame: object) -> None:
    """Two at once are one: the other would break off what puts all away."""
    now = monotonic()
    if now - _interruptions[-1] > _AT_ONCE:
        _interruptions.append(now)
        raise Interrupted


_interruptions = [-math.inf]


def collect_seldom(objects: int = 100_000) -> None:
    """Look for garbage once in 100,000 new objects, or in that many, instead of 700.

    Nearly all that a run makes is freed without it: of a million objects it finds 500, and takes a tenth of the time
    of a large package. Set by the program, since a library has no say in it.
    """
    gc.set_threshold(objects)


def _failed(error: Exception) -> int:
    from cf_sbom.errors import AttachError, DocumentError, SbomError, TargetError
    from cf_sbom.faces.cli.terminal import say

    if isinstance(error, SbomError):
        say(f"cf-sbom: {error}")
        return UNREADABLE if isinstance(error, TargetError | DocumentError | AttachError) else USAGE
    if isinstance(error, OSError):
        say(f"cf-sbom: {error.strerror or error}")
        return UNREADABLE
    say(f"cf-sbom: a bug: {type(error).__name__}: {error}; run again with --debug and report what it shows")
    return UNREADABLE


def _closed_output() -> int:
    """The reader of standard output went away: nothing more can be said there, and Python must not try at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FOUND
