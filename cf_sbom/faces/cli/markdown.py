"""A result as Markdown for people: the table that `--markdown` writes, for the summary page of a CI job.

Knows the result for machines (results.py). Everything from a package goes out as code (faces/markdown.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from cf_sbom.about import NAME, VERSION
from cf_sbom.faces.cli.terminal import size
from cf_sbom.faces.markdown import code

MOST = 900_000
"""Bytes; GitHub shows no job summary of more than 1 MiB."""
_TEXT, _LICENCES = 300, 8  # characters of one text, licences of one cell
_HEAD = (
    "| package | carries | needs | problems | unexplained | licence | licences of what it carries |",
    "|---|---:|---:|---:|---:|---|---|",
)


def markdown(results: list[dict[str, Any]]) -> bytes:
    """A table with a row for each target and a list of the problems; cut, and said so, where it grows too large."""
    done = [r for r in results if r["status"] == "done"]
    failed = [r for r in results if r["status"] == "failed"]
    problems = [(r, p) for r in done for p in r["problems"]]
    head = ["## SBOMs of conda packages", "", f"{_count(len(done), 'package')}, {_count(len(problems), 'problem')}."]
    if failed:
        head += ["", f"**{_count(len(failed), 'target')} could not be read:**", ""]
    foot = ["", f"<sub><b>{NAME}</b> {VERSION}</sub>", ""]  # writing.py knows a file of ours by its maker's name
    page = _Page(MOST)
    page.add(head)
    page.add_all((f"- {_code(_name(r['target']))}: {_code(r['error'])}" for r in failed), "target")
    if done:
        page.add(["", *_HEAD])
        page.add_all(map(_row, done), "package")
    if problems:
        page.add(["", f"<details><summary>{_count(len(problems), 'problem')}</summary>", ""])
        page.add_all(map(_problem, problems), "problem")
        page.add(["", "</details>"])
    return "\n".join([*page.lines, *foot]).encode()


class _Page:
    """Lines until there is no room for more."""

    def __init__(self, room: int) -> None:
        self.lines: list[str] = []
        self._room = room

    def add(self, lines: list[str]) -> None:
        """Add a few lines, whether there is room or not."""
        self.lines += lines
        self._room -= _size(lines)

    def add_all(self, lines: Iterator[str], what: str) -> None:
        """Add as many as there is room for, and the number of those that are left out."""
        for line in lines:
            if self._room < _size([line]):
                self.lines += [
                    "",
                    f"and {_count(1 + sum(1 for _ in lines), what)} more, for which there is no room here",
                ]
                return
            self.add([line])


def _row(result: dict[str, Any]) -> str:
    package, counts, coverage = result["package"], result["counts"], result["coverage"]
    unexplained = coverage["unexplained"]["bytes"]
    name = package["filename"] or _name(result["target"])
    cells = (
        _code("/".join(filter(None, (package["subdir"], name)))),
        counts["carried"],
        counts["required"],
        len(result["problems"]),
        f"{size(unexplained)} ({coverage['unexplained_percent']:g} %)" if unexplained else 0,
        _codes(result["licenses"]["package"]) or "not declared",
        _codes(result["licenses"]["carried"]),
    )
    return f"| {' | '.join(map(str, cells))} |"


def _problem(found: tuple[dict[str, Any], dict[str, str]]) -> str:
    result, problem = found
    text = ": ".join(filter(None, (problem["path"], problem["reason"])))
    return f"- {problem['severity']} in {_code(_name(result['target']))}: {_code(text)}"


def _codes(texts: list[str]) -> str:
    shown = ", ".join(map(_code, texts[:_LICENCES]))
    return f"{shown} and {len(texts) - _LICENCES} more" if len(texts) > _LICENCES else shown


def _code(text: str) -> str:
    return code(text if len(text) <= _TEXT else f"{text[:_TEXT]}…")


def _name(target: str) -> str:
    return re.split(r"[/\\]", target.rstrip("/\\"))[-1] or target


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _size(lines: Iterable[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)
