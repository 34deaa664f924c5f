"""Whether the version that an environment has is the one that a package of it needs.

Knows conda's version specs and those of Python (PEP 440); nothing of records. What cannot be told counts as met.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from cf_sbom import properties as names
from cf_sbom.environments import CONDA, PYPI, Entry
from cf_sbom.identity import matchspec
from cf_sbom.identity.version import VersionError, satisfies
from cf_sbom.requirements import Requirement

_LONGEST = 1024


def meets(there: Entry, need: Requirement) -> bool:
    """Whether a package is of the version, and build, that a need asks for. A Python distribution inside a conda
    package may have a version of its own, so that of the package tells nothing."""
    version = there.component.version
    if not version or len(need.spec) > _LONGEST:
        return True
    if need.name.startswith(CONDA):
        build = dict(there.component.properties).get(names.BUILD, "")
        return meets_conda(version, build, need.spec)
    return bool(there.stem) or not need.name.startswith(PYPI) or _meets_python(version, need.spec)


def meets_conda(version: str, build: str, spec: str) -> bool:
    """Whether a conda package of that version and build is what a match spec asks for, whatever name this has."""
    wanted = matchspec.demand(spec)
    if build and wanted.build and not wanted.build.startswith("^") and not fnmatchcase(build, wanted.build):
        return False
    try:
        return not wanted.version or satisfies(version, wanted.version)
    except VersionError:
        return True


def _meets_python(version: str, spec: str) -> bool:
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as PythonRequirement
    from packaging.version import InvalidVersion, Version

    if ";" in spec:  # a marker may not hold here, and its grammar nests
        return True
    try:
        return PythonRequirement(spec).specifier.contains(Version(version), prereleases=True)
    except (InvalidRequirement, InvalidVersion):
        return True
