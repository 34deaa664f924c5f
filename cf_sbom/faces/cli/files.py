"""The files of a package on a terminal: folders with their sizes, and what each is attributed to.

Knows rich and the model. What lies in one folder and is attributed alike is one line; what nothing explains is named,
the largest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TextIO

from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cf_sbom.coverage import ROLES, largest_unexplained, measure, percent
from cf_sbom.faces.cli.terminal import console, safe, size
from cf_sbom.facts import binaries_by_path, binary_facts
from cf_sbom.model import Component, File, FileRole, Ref, Sbom

_DIM, _STRONG, _WARN = "dim", "bold", "yellow"
_DEEPEST = 12  # folders in one another that are told apart
_TOGETHER = 3  # names of what is one line
_APART = 5  # of what nothing explains in one folder
_LARGEST = 10


class _Kind(NamedTuple):
    """What a file is attributed to."""

    role: FileRole
    owner: Ref | None


@dataclass(slots=True)
class _Folder:
    """The sizes of all files below by what they are attributed to, the files in the folder, the paths of subfolders."""

    sizes: dict[_Kind, int] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)

    def add(self, kind: _Kind, number: int) -> None:
        self.sizes[kind] = self.sizes.get(kind, 0) + number


class _Entry(NamedTuple):
    """A line below a folder; path is that of a folder to open, or ""."""

    name: str
    sizes: dict[_Kind, int]
    path: str = ""

    @property
    def size(self) -> int:
        return sum(self.sizes.values())


def render_files(sbom: Sbom, output: TextIO, *, color: str, verbose: bool = False) -> None:
    """Write the attribution of all files to a text stream; verbose: and what binaries say of themselves."""
    tree = _Files(sbom).tree()
    if verbose:
        _add_binaries(tree, sbom)
    console(output, color).print(tree)


def _add_binaries(tree: Tree, sbom: Sbom) -> None:
    if not sbom.binaries:
        return
    branch = tree.add(Text("binaries", style=_STRONG))
    for path, binaries in binaries_by_path(sbom).items():
        node = branch.add(Text(safe(path), overflow="fold"))
        for binary in binaries:
            said = dict.fromkeys(name.rpartition(":")[2] for name, _ in binary_facts(binary))
            told = {word: [v for n, v in binary_facts(binary) if n.endswith(f":{word}")] for word in said}
            kind = f"{told.pop('kind')[0]} for {binary.machine or 'no machine that is known'}"
            inner = node.add(Text(safe(kind), overflow="fold"))
            for word, values in told.items():
                for value in values:
                    inner.add(Text.assemble((f"{word.replace('-', ' ')}  ", _DIM), safe(value), overflow="fold"))


class _Files:
    """The files of one Sbom."""

    def __init__(self, sbom: Sbom) -> None:
        self._sbom = sbom
        self._files = [file for file in sbom.files if file.kind == "file"]
        self._components: dict[Ref | None, Component] = {c.ref: c for c in sbom.components}
        self._coverage = measure(self._files)
        self._folders = _folders(self._files)

    def tree(self) -> Tree:
        root, subject = self._sbom.root_component, self._sbom.subject
        build = safe(f"  {subject.build}  {subject.subdir}")
        title = Text.assemble((safe(f"{root.name} {root.version}"), _STRONG), build, overflow="fold")
        tree = Tree(title, guide_style=_DIM)
        tree.add(self._sums())
        waiting = [("", tree.add(Text("files", style=_STRONG)), 0)]
        while waiting:
            path, branch, depth = waiting.pop()
            for entry in sorted(self._entries(path, depth), key=lambda e: (-e.size, e.name)):
                line = branch.add(self._line(entry))
                if entry.path:
                    waiting.append((entry.path, line, depth + 1))
        if found := largest_unexplained(self._files, _LARGEST):
            branch = tree.add(Text("largest unexplained files", style=_STRONG))
            for file in found:
                branch.add(
                    Text.assemble((f"{self._amount(file.size)}  ", _DIM), (safe(file.path), _WARN), overflow="fold")
                )
        return tree

    def _entries(self, path: str, depth: int) -> Iterator[_Entry]:
        """The lines below a folder: subfolders to open, and all else by what it is attributed to."""
        folder = self._folders[path]
        alike: dict[_Kind, list[tuple[int, str]]] = {}
        for below in folder.folders:
            end = self._without_lone(below)
            name, sizes = f"{end[len(path) :].lstrip('/')}/", self._folders[end].sizes
            if len(sizes) == 1:
                ((kind, number),) = sizes.items()
                alike.setdefault(kind, []).append((-number, name))
            else:
                yield _Entry(name, sizes, end if depth < _DEEPEST else "")
        for file in folder.files:
            alike.setdefault(_kind(file), []).append((-file.size, file.path.rpartition("/")[2]))
        for kind, found in alike.items():
            found.sort()
            if kind.role == "unexplained" and len(found) > 1:
                yield from (_Entry(name, {kind: -number}) for number, name in found[:_APART])
                found = found[_APART:]
            if found:
                yield _Entry(_names([name for _, name in found]), {kind: -sum(number for number, _ in found)})

    def _without_lone(self, path: str) -> str:
        """A folder, or the one below that is not the only thing in it."""
        while len(self._folders[path].folders) == 1 and not self._folders[path].files:
            (path,) = self._folders[path].folders
        return path

    def _line(self, entry: _Entry) -> Text:
        """Name, size, share of the payload, and what it is attributed to where that is one thing."""
        unexplained = sum(number for kind, number in entry.sizes.items() if kind.role == "unexplained")
        said = f"  {size(unexplained)} unexplained" if unexplained else ""
        if len(entry.sizes) == 1:
            said = f"  {self._named(*entry.sizes)}"
        style = _WARN if unexplained else ""
        return Text.assemble(
            safe(entry.name), (f"  {self._amount(entry.size)}", _DIM), (safe(said), style), overflow="fold"
        )

    def _amount(self, number: int) -> str:
        return f"{size(number)}  {percent(number, self._coverage.size)} %"

    def _named(self, kind: _Kind) -> str:
        if kind.role == "own":
            return "own" if kind.owner else "own, by inference"
        if kind.role != "component":
            return kind.role
        owner = self._components.get(kind.owner)
        if owner is None:
            return "of one of several components"
        origin = owner.purl.partition("/")[0].removeprefix("pkg:")
        return f"{owner.name} {owner.version}".strip() + (f" ({origin})" if origin else "")

    def _sums(self) -> Table:
        """A line for each role that has files, and one for all."""
        coverage = self._coverage
        table = Table.grid(padding=(0, 2))
        for justify in ("left", "right", "right", "right"):
            table.add_column(justify=justify)
        for role in ROLES:
            if count := coverage.counts[role]:
                style = _WARN if role == "unexplained" else ""
                table.add_row(
                    role, size(coverage.sizes[role]), f"{coverage.percent(role)} %", _count(count), style=style
                )
        table.add_row("payload", size(coverage.size), "", _count(len(self._files)), style=_STRONG)
        return table


def _folders(files: Iterable[File]) -> dict[str, _Folder]:
    """Every folder by its path, "" for the root. Linear in files and folders: each adds to the one above it once."""
    found = {"": _Folder()}
    for file in files:
        path, below = file.path.rpartition("/")[0], ""
        while path not in found:
            found[path] = _Folder(folders=[below] if below else [])
            path, below = path.rpartition("/")[0], path
        if below:
            found[path].folders.append(below)
        folder = found[file.path.rpartition("/")[0]]
        folder.files.append(file)
        folder.add(_kind(file), file.size)
    for path in sorted(found, reverse=True):  # what lies below stands behind
        if path:
            above = found[path.rpartition("/")[0]]
            for kind, number in found[path].sizes.items():
                above.add(kind, number)
    return found


def _kind(file: File) -> _Kind:
    return _Kind(file.role, file.owner)


def _names(names: list[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(names) - _TOGETHER} more" if len(names) > _TOGETHER else ""
    return ", ".join(names[:_TOGETHER]) + more


def _count(number: int) -> str:
    return f"{number:,} file{'' if number == 1 else 's'}"
