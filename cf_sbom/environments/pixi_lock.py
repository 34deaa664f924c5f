"""pixi.lock, versions 4 to 7 -> an environment for each platform.

Knows its two halves: environments that name packages by address, and the records of these. Versions 4 and 5 write
`kind` and `url`, later ones the kind as a key; version 7 lists platforms with virtual packages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from cf_sbom import properties as names
from cf_sbom.environments import Entry, Environment, Remarks
from cf_sbom.environments.conda import Records
from cf_sbom.environments.python import locked
from cf_sbom.errors import SettingsError
from cf_sbom.fields import Fields
from cf_sbom.identity.purl import SUBDIR
from cf_sbom.identity.urls import withheld
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError

_VERSIONS = ("4", "5", "6", "7")
_KINDS = ("conda", "pypi", "conda_source")
_SOURCE = re.compile(r"(?P<name>[A-Za-z0-9_][A-Za-z0-9._-]*)(?:\[[^\]]*\])? @ (?P<place>.+)", re.DOTALL)


class _Key(NamedTuple):
    """How an environment names a record: the kind of package, and its address."""

    kind: str
    url: str


def is_pixi(fields: Fields) -> bool:
    return fields.is_mapping("environments") and "version" in fields


def read(
    fields: Fields, place: str, environment: str, records: Records, remarks: Remarks, limits: Limits
) -> list[Environment]:
    """One environment for each platform. Raises SettingsError for one that is not there, ParseError for a version that
    is not known."""
    if fields.text("version") not in _VERSIONS:
        raise ParseError(f"version {fields.text('version')[:20]!r} of pixi.lock is not known")
    environments = fields.fields("environments")
    if environment not in environments:
        there = ", ".join(sorted(environments.names()))
        raise SettingsError(f"{place} has no environment {environment[:80]!r}; there are: {there}"[:500])
    return _Lock(fields, place, records, remarks, limits).environments(environment)


class _Lock:
    """One file."""

    def __init__(self, fields: Fields, place: str, records: Records, remarks: Remarks, limits: Limits) -> None:
        self._fields = fields
        self._place = place
        self._records = records
        self._remarks = remarks
        self._limits = limits
        self._known: dict[_Key, tuple[str, Fields]] = {}
        for number, package in enumerate(fields.each("packages")):
            key = _key(package)
            if key.url:
                self._known.setdefault(key, (f"packages[{number}]", package))
        self._platforms = (
            {one.text("name"): one for one in fields.each("platforms")} if fields.is_list("platforms") else {}
        )

    def environments(self, name: str) -> list[Environment]:
        packages = self._fields.fields("environments").fields(name).fields("packages")
        found = []
        for called in packages.names():
            platform = self._subdir(called)
            if not platform:
                self._remarks.say(self._place, f"{called[:80]!r} is not the name of a platform; left out")
                continue
            before = len(self._remarks.problems)
            entries, built = self._entries(packages, called)
            self._remarks.twice(entries)
            said = self._remarks.problems[before:]
            del self._remarks.problems[before:]
            found.append(
                Environment(
                    name=name if platform == called else f"{name}-{called}",
                    platform=platform,
                    container="lock",
                    entries=tuple(entries),
                    problems=tuple(said),
                    properties=tuple(self._virtual(called)),
                    built=max(built, default=None),
                )
            )
        return [replace(one, problems=(*self._remarks.problems, *one.problems)) for one in found]

    def _subdir(self, called: str) -> str:
        """The platform of a key: version 7 may name one in its own words."""
        stated = self._platforms[called].text("subdir") if called in self._platforms else ""
        return next((one for one in (stated, called) if SUBDIR.fullmatch(one)), "")

    def _virtual(self, called: str) -> Iterator[tuple[str, str]]:
        if called in self._platforms:
            for text in self._platforms[called].texts("virtual-packages"):
                if text.startswith("__") and withheld(text) == text:
                    yield names.VIRTUAL_PACKAGE, text

    def _entries(self, packages: Fields, called: str) -> tuple[list[Entry], list[int]]:
        entries: list[Entry] = []
        built: list[int] = []
        for named in packages.each(called):
            key = _key(named)
            where, package = self._known.get(key, ("", None))
            if package is None:
                self._remarks.say(self._place, f"{named.where()}: no record of this package", "gap")
                where, package = named.where(), named
            entry = self._entry(key, package, where)
            if entry is None:
                continue
            entries.append(entry)
            stamp = package.integer("timestamp") if "timestamp" in package else None
            if stamp is not None and 0 < stamp < 1 << 48:
                built.append(stamp // 1000 if stamp > 253_402_300_799 else stamp)
        return entries, built

    def _entry(self, key: _Key, package: Fields, where: str) -> Entry | None:
        if key.kind == "pypi":
            stated = package.numbered_texts("requires_dist")
            return locked(package, self._place, where, self._remarks, url=key.url, stated=stated)
        if key.kind == "conda":
            return self._records.entry(package, self._place, url=key.url, where=where)
        match = _SOURCE.fullmatch(key.url)
        if match is None:
            self._remarks.say(self._place, f"{where}: names no package; left out")
            return None
        reason = (
            f"{match['name']} is built from source where it is installed: there is no artifact, and no document of it"
        )
        self._remarks.say(self._place, f"{where}: {reason}", "gap")
        return self._records.entry(package, self._place, url=match["place"], where=where, name=match["name"])


def _key(fields: Fields) -> _Key:
    kind = fields.text("kind")
    if kind in _KINDS:
        return _Key(kind, fields.text("url") or fields.text("path"))
    return next((_Key(kind, text) for kind in _KINDS if (text := fields.text(kind))), _Key("conda", ""))
