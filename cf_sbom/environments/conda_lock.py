"""conda-lock.yml, the unified lock file of version 1 -> an environment for each platform.

Knows its list of packages, one for each platform that they are for; conda's and pip's stand in one list.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from cf_sbom.environments import CONDA, PYPI, Entry, Environment, Remarks
from cf_sbom.environments.conda import Records
from cf_sbom.environments.python import locked
from cf_sbom.fields import Fields
from cf_sbom.identity.purl import SUBDIR
from cf_sbom.limits import Limits


def is_conda_lock(fields: Fields) -> bool:
    return fields.is_list("package") and fields.is_mapping("metadata")


def read(fields: Fields, place: str, records: Records, remarks: Remarks, limits: Limits) -> list[Environment]:
    """One environment for each platform that has packages."""
    if fields.text("version") not in ("", "1"):
        remarks.say(
            place, f"version {fields.text('version')[:20]} of the format is not known; read as version 1", "gap"
        )
    by_platform: defaultdict[str, list[Entry]] = defaultdict(list)
    for number, package in enumerate(fields.each("package")):
        where = f"package[{number}]"
        platform = package.text("platform")
        if not SUBDIR.fullmatch(platform):
            remarks.say(place, f"{where}: names no platform; left out")
            continue
        entry = _entry(package, place, where, records, remarks)
        if entry is not None:
            by_platform[platform].append(entry)
    for entries in by_platform.values():
        remarks.twice(entries)
    return [
        Environment(
            name="",
            platform=platform,
            container="lock",
            entries=tuple(_resolved(entries)),
            problems=tuple(remarks.problems),
        )
        for platform, entries in sorted(by_platform.items())
    ]


def _entry(package: Fields, place: str, where: str, records: Records, remarks: Remarks) -> Entry | None:
    needed = package.fields("dependencies")
    specs = [(f"{where}.dependencies.{name}"[:200], f"{name} {needed.text(name)}".strip()) for name in needed.names()]
    hashes = package.fields("hash")
    if package.text("manager") == "pip":
        return locked(package, place, where, remarks, url=package.text("url"), stated=specs, digests=hashes)
    return records.entry(package, place, where=where, depends=specs, digests=hashes)


def _resolved(entries: list[Entry]) -> list[Entry]:
    """Entries in which what pip's packages need may be a conda package: the lock file has one namespace for both."""
    known = {name for entry in entries for name in entry.names}

    def name_of(name: str) -> str:
        as_conda = f"{CONDA}{name.removeprefix(PYPI)}"
        return as_conda if name.startswith(PYPI) and name not in known and as_conda in known else name

    return [
        replace(entry, needs=tuple(replace(need, name=name_of(need.name)) for need in entry.needs)) for entry in entries
    ]
