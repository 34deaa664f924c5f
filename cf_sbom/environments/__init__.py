"""What an environment holds, as records of installers and lock files tell it -> one list of packages for one platform.

Knows conda's records and the metadata of Python distributions; nothing of documents or formats. The records stand here;
each module reads one kind of source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from cf_sbom.model import Component, Container, Problem, Severity
from cf_sbom.requirements import Requirement

CONDA, PYPI = "conda:", "pypi:"
"""What names begin with, in `Entry.names` and `Entry.needs`: conda's and those of Python distributions."""

By: TypeAlias = Literal["prefix", "lock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One package of an environment.

    component is the package as its record has it; place is that record. names: those that others need it by. needs:
    what its record asks for, virtual packages left out. stem is `name-version-build` of a conda package, "" of others;
    file_name that of its artifact.
    """

    component: Component
    place: str
    names: tuple[str, ...]
    needs: tuple[Requirement, ...] = ()
    stem: str = ""
    file_name: str = ""
    subdir: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The packages of one platform. built: the newest time that a record states, in Unix seconds. root: the folder of
    an installed one, where its packages may have documents."""

    name: str
    platform: str
    container: Container
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    built: int | None = None
    root: Path | None = None


@dataclass(slots=True)
class Remarks:
    """Problems on the way, all by one reader."""

    by: By
    problems: list[Problem] = field(default_factory=list)

    def say(self, path: str, reason: str, severity: Severity = "damage") -> None:
        self.problems.append(Problem(path=path, reason=reason, by=self.by, severity=severity))

    def twice(self, entries: Iterable[Entry]) -> None:
        """Say which conda packages have several records."""
        seen: dict[str, str] = {}
        for entry in entries:
            if entry.stem:
                first = seen.setdefault(entry.component.name, entry.place)
                if first != entry.place:
                    reason = f"a second record of {entry.component.name[:80]}, besides {first}"
                    self.say(entry.place, reason, "conflict")
