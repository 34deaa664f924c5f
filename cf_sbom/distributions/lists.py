"""The lists beside core metadata, and those of vendored code -> rows.

Knows RECORD, installed-files.txt, requires.txt and vendor.txt, and what a requirement begins with. A requirement is not
parsed whole: the grammar of its markers nests, and older ones do not keep to it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from cf_sbom.fields import Remark
from cf_sbom.limits import Limits
from cf_sbom.model import Scope
from cf_sbom.paths import resolve_link

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,254}[A-Za-z0-9])?"
_REQUIREMENT = re.compile(rf"\s*({_NAME})(?![A-Za-z0-9._-])")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_EXTRA = re.compile(r"\bextra\b")
_PIN = re.compile(rf"({_NAME})\s*(?:\[[^\]]*\])?\s*={{2,3}}\s*([A-Za-z0-9][A-Za-z0-9._+!-]*)")
_SECTION = re.compile(r"\[([^\]:]*)(?::[^\]]*)?\]")


class Row(NamedTuple):
    """A file of a distribution: path in the package, or "" where it lies outside; digest as RECORD writes it."""

    path: str
    digest: str


class Requirement(NamedTuple):
    """name: what is required; spec as written; scope optional for what only an extra needs; place in its file."""

    name: str
    spec: str
    scope: Scope
    place: str


class Vendored(NamedTuple):
    """A line of a list of vendored code; modules are the files and, with `/` at their end, the folders of that name
    that lie beside the list."""

    name: str
    version: str
    place: str
    modules: tuple[str, ...]


def read_record(text: str, folder: str, limits: Limits, remark: Remark) -> Iterator[Row]:
    """The rows of RECORD (PEP 376, 627); their paths start at folder."""
    rows = csv.reader(line for _, line in _lines(text, limits, remark))
    try:
        for row in rows:
            if row and row[0]:
                yield Row(_resolved(row[0], folder), row[1] if len(row) > 1 else "")
    except csv.Error:
        remark(f"row {rows.line_num}: not CSV; what follows is not read")


def read_installed_files(text: str, folder: str, limits: Limits, remark: Remark) -> Iterator[Row]:
    """The lines of installed-files.txt, which pip and setuptools wrote; their paths start at the egg-info folder."""
    for _, line in _lines(text, limits, remark):
        if path := line.strip():
            yield Row(_resolved(path, folder), "")


def requirements(stated: Iterable[tuple[str, str]], remark: Remark) -> Iterator[Requirement]:
    """Requires-Dist, each with its place: PEP 508 and what was written before it."""
    for place, spec in stated:
        name = _REQUIREMENT.match(spec)
        if name is None:
            remark(f"{place}: names no distribution; left out")
            continue
        marker = _QUOTED.sub("", spec.partition(";")[2])
        yield Requirement(name[1], spec, "optional" if _EXTRA.search(marker) else "runtime", place)


def read_requires(text: str, limits: Limits, remark: Remark) -> Iterator[Requirement]:
    """requires.txt of an egg-info: requirements, then sections `[extra]`, `[extra:marker]` and `[:marker]`."""
    scope: Scope = "runtime"
    section = ""
    for number, line in _lines(text, limits, remark):
        spec = line.strip()
        if heading := _SECTION.fullmatch(spec):
            section, scope = spec, "optional" if heading[1] else "runtime"
        elif spec and not spec.startswith("#"):
            if name := _REQUIREMENT.match(spec):
                yield Requirement(name[1], spec, scope, f"line {number} {section}".strip())
            else:
                remark(f"line {number}: names no distribution; left out")


def read_vendored(
    text: str, folder: str, holds: Callable[[str], bool], limits: Limits, remark: Remark
) -> Iterator[Vendored]:
    """The pins of a list of vendored code that lies in folder: `name==version`, with comments and, as pip has it,
    indented by who needs it. holds tells whether there is a file of this path, or one whose path begins with it."""
    unpinned = []
    for number, line in _lines(text, limits, remark):
        stated = line.partition("#")[0].partition(";")[0].strip()
        pin = _PIN.fullmatch(stated)
        if pin is not None:
            yield Vendored(pin[1], pin[2], f"line {number}", tuple(filter(holds, _modules(folder, pin[1]))))
        elif stated:
            unpinned.append(number)
    if unpinned:
        remark(f"{len(unpinned)} lines pin no version and are left out, the first of them line {unpinned[0]}")


def _lines(text: str, limits: Limits, remark: Remark) -> Iterator[tuple[int, str]]:
    """The lines with their numbers; never are all of them held."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if number > limits.dependencies:
            remark(f"more than {limits.dependencies} lines; the rest is not read (limit dependencies)")
            return
        yield number, line


def _modules(folder: str, name: str) -> Iterator[str]:
    """Where a distribution of this name would have its module, if that is called alike."""
    start = f"{folder}/" if folder else ""
    plain = name.replace("-", "_")
    for module in dict.fromkeys((plain, plain.lower(), plain.replace(".", "/"), plain.lower().replace(".", "_"))):
        yield f"{start}{module}/"
        yield f"{start}{module}.py"


def _resolved(path: str, folder: str) -> str:
    path = path.replace("\\", "/")
    return resolve_link(f"{folder}/-" if folder else "-", path)
