"""What the platform of an environment decides: which records are of another one, and which requirements do not hold.

Knows entries; nothing of where they were read. All readers' environments go through here.
"""

from __future__ import annotations

from dataclasses import replace

from cf_sbom.environments import CONDA, PYPI, By, Environment
from cf_sbom.environments.markers import holds, known
from cf_sbom.model import Problem

_PYTHON = f"{CONDA}python"


def settled(environment: Environment, by: By) -> Environment:
    """The environment without edges to or from packages of other platforms, each of which is said, and without what
    Python distributions need elsewhere alone."""
    platform = environment.platform
    pythons = {entry.component.version for entry in environment.entries if _PYTHON in entry.names}
    variables = known(platform, pythons.pop() if len(pythons) == 1 else "")
    entries, problems = [], []
    for entry in environment.entries:
        if platform and entry.subdir not in ("", "noarch", platform):
            called = entry.file_name or entry.component.name
            reason = f"{called[:80]} is for {entry.subdir}, the environment for {platform}: nothing of it is linked"
            problems.append(Problem(path=entry.place, reason=reason, by=by, severity="conflict"))
            entry = replace(entry, names=(), needs=())
        needs = tuple(need for need in entry.needs if not _is_elsewhere(need.name, need.spec, variables))
        entries.append(entry if needs == entry.needs else replace(entry, needs=needs))
    return replace(environment, entries=tuple(entries), problems=(*environment.problems, *problems))


def _is_elsewhere(name: str, spec: str, variables: dict[str, str]) -> bool:
    """Whether the marker of a Python requirement is false here; one that cannot be told may hold."""
    _, mark, marker = spec.partition(";")
    return bool(mark) and name.startswith(PYPI) and holds(marker, variables) is False
