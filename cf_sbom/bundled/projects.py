"""The table of projects whose shared libraries are often bundled. What a row says is told in the package's own module.

Several rows may have a stem: that whose mark is exported is meant. Where a number in a file's name is that of an
interface (libtool's current, revision and age), a row has no rule for it.
"""

from __future__ import annotations

from cf_sbom.bundled import Project, plain
from cf_sbom.bundled.rows import graphics, systems

PROJECTS: tuple[Project, ...] = (*systems.PROJECTS, *graphics.PROJECTS)

_STARTS: list[tuple[str, Project]] = []
_BY_STEM: dict[str, list[Project]] = {}
_BY_NAME: dict[str, Project] = {}
for _project in PROJECTS:
    for _stem in _project.stems:
        if _stem.endswith("*"):
            _STARTS.append((_stem[:-1], _project))
        else:
            _BY_STEM.setdefault(_stem, []).append(_project)
    for _name in (plain(_project.name), *_project.called):
        _BY_NAME.setdefault(_name, _project)
for _stem, _projects in _BY_STEM.items():
    for _name in (_stem, f"lib{_stem}"):
        _BY_NAME.setdefault(plain(_name), _projects[0])


def projects_of(stem: str) -> tuple[Project, ...]:
    """The projects that have a file of this stem."""
    return (*_BY_STEM.get(stem, ()), *(project for start, project in _STARTS if stem.startswith(start)))


def project_called(name: str) -> Project | None:
    """The project that a distribution or an SBOM calls so."""
    return _BY_NAME.get(plain(name))
