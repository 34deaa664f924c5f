"""One archive of Java: which entries tell what it is, what they tell, and which pom is that of the archive itself.

Knows where Maven, OSGi and the JAR specification put things; nothing of packages, components or archives in archives.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError
from cf_sbom.syntaxes.maven import Name, Pom, differ, named, read_manifest, read_project, read_properties
from cf_sbom.syntaxes.zips import Entry, Zip

SUFFIXES = (".jar", ".war", ".ear", ".aar", ".hpi", ".jpi", ".kar", ".nar")
MANIFEST = "META-INF/MANIFEST.MF"
_POM = re.compile(r"((?:.*/)?META-INF/maven/[^/]+/[^/]+/)pom\.(?:properties|xml)")
_AT_ROOT = "pom.xml"
# The attributes of a manifest that name the jar and its version, the most exact first.
_IDENTITIES = (
    ("bundle-symbolicname", "bundle-version"),
    ("implementation-title", "implementation-version"),
    ("automatic-module-name", "implementation-version"),
)
_BY_MANIFEST = 4  # after every way of being named by the file


class Told(NamedTuple):
    """An artifact that an archive names, and the entry that does."""

    field: str
    pom: Pom


class Jar:
    """An opened archive: poms are those of other artifacts than its own, inner the archives in it.

    own is None where no pom can be told to be that of the archive; name is how the file name goes with it.
    """

    def __init__(self, archive: Zip, file_name: str, limits: Limits) -> None:
        self._limits = limits
        self._zip = archive
        self.inner = tuple(entry for entry in archive.entries if entry.name.endswith(SUFFIXES))
        self.manifest = self._manifest()
        self.own, self.name, self.poms = self._sorted(self._poms(), file_name)

    def identity(self) -> tuple[str, str]:
        """What the manifest calls the archive, and its version; both "" where no pair is stated."""
        for key, number in _IDENTITIES:
            name, version = _symbolic(self.manifest.get(key, "")), self.manifest.get(number, "")
            if name and version and "$" not in name + version:
                return name, version
        return "", ""

    def licenses(self) -> tuple[str, ...]:
        """What OSGi's Bundle-License names: clauses, or a text with commas of its own; <<EXTERNAL>> is none."""
        value = self.manifest.get("bundle-license", "")
        clauses = [_symbolic(clause) for clause in value.split(",")]
        if any(" " in clause for clause in clauses):
            clauses = [_symbolic(value)]
        return tuple(clause for clause in clauses if clause and not clause.startswith("<<"))

    def _manifest(self) -> dict[str, str]:
        for entry in self._zip.entries:
            if entry.name == MANIFEST:
                data = self._zip.unpack(entry, self._limits.embedded_size)
                return read_manifest(data) if data is not None else {}
        return {}

    def _poms(self) -> list[Told]:
        """The artifacts that are stated whole: one for each folder of META-INF/maven, and one for a pom.xml at the
        root."""
        folders: dict[str, dict[str, Pom]] = {}
        for entry in self._zip.entries:
            match = _POM.fullmatch(entry.name)
            if (match or entry.name == _AT_ROOT) and (pom := self._pom(entry)):
                folders.setdefault(match[1] if match else "", {})[entry.name] = pom
        return [told for poms in folders.values() if (told := self._told(poms))]

    def _pom(self, entry: Entry) -> Pom | None:
        data = self._zip.unpack(entry, self._limits.embedded_size)
        if data is None:
            return None
        if entry.name.endswith(".properties"):
            return read_properties(data)
        try:
            return read_project(data, self._limits)
        except ParseError as error:
            self._zip.remark(entry.name, str(error))
        return None

    def _told(self, poms: dict[str, Pom]) -> Told | None:
        """The artifact of a pom.properties, a pom.xml, or both. The first is what Maven resolved, and goes before."""
        fields = sorted(poms)
        first, last = poms[fields[0]], poms[fields[-1]]
        if not first.whole and not last.whole:
            reason = "group, artifact and version are not all stated here; the artifact stays unnamed"
            self._zip.say(fields[0], reason, "gap")
            return None
        if not first.whole:
            return Told(fields[-1], last)
        if last.whole and (first.group, first.artifact, first.version) != (last.group, last.artifact, last.version):
            reason = f"pom.xml names {last.group}:{last.artifact}:{last.version}; pom.properties is taken"
            self._zip.say(fields[0], reason, "conflict")
        return Told(fields[0], replace(last, group=first.group, artifact=first.artifact, version=first.version))

    def _sorted(self, told: list[Told], file_name: str) -> tuple[Told | None, Name | None, list[Told]]:
        """The pom of the archive itself, by which the file is called, or the manifest calls it; and the others. Where
        two are it is neither."""
        stem = file_name.rpartition(".")[0]
        ranked: dict[int, list[tuple[Told, Name | None]]] = {}
        for one in told:
            name = named(stem, one.pom)
            if name and not (name.contradicts and len(told) > 1):
                ranked.setdefault(name.rank, []).append((one, name))
            elif one.field != _AT_ROOT and self._is_titled(one.pom):
                ranked.setdefault(_BY_MANIFEST, []).append((one, None))
        best = ranked[min(ranked)] if ranked else []
        own, name = best[0] if len(best) == 1 else (None, None)
        if own is not None:
            self._compare(own, file_name, name)
        # A pom.xml at the root that the file is not called by may be anything: a template, the parent of something.
        return own, name, [one for one in told if one is not own and one.field != _AT_ROOT]

    def _is_titled(self, pom: Pom) -> bool:
        """Whether the manifest calls the archive by this artifact."""
        title = self.manifest.get("implementation-title", "")
        vendor = self.manifest.get("implementation-vendor-id", pom.group)
        symbolic = _symbolic(self.manifest.get("bundle-symbolicname", ""))
        return symbolic == f"{pom.group}.{pom.artifact}" or (title == pom.artifact and vendor == pom.group)

    def _compare(self, own: Told, file_name: str, name: Name | None) -> None:
        """Say where the file's name or the manifest have another version."""
        version = own.pom.version
        if name and name.contradicts:
            self._zip.say(own.field, f"version {version}, but the file is called {file_name[:120]}", "conflict")
        for key in ("Implementation-Version", "Bundle-Version"):
            other = self.manifest.get(key.lower(), "")
            if differ(other, version):
                self._zip.say(own.field, f"version {version}, but {key} in the manifest is {other[:60]}", "conflict")
                break


def _symbolic(value: str) -> str:
    """A name without the directives that OSGi has behind it."""
    return value.partition(";")[0].strip()


def is_wanted(name: str) -> bool:
    """Whether an entry of this name tells something of the archive, or is one."""
    return name in (MANIFEST, _AT_ROOT) or name.endswith(SUFFIXES) or _POM.fullmatch(name) is not None
