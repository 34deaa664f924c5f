"""An installed environment -> what it holds: the records in conda-meta (CEP 32), and what pip and its like installed.

Knows what lies where below a prefix. Which package a file belongs to is told by the records alone.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cf_sbom.environments import Entry, Environment, Remarks
from cf_sbom.environments.conda import Records
from cf_sbom.environments.platforms import settled
from cf_sbom.environments.prefixes import Prefix, Unreadable
from cf_sbom.environments.python import Held, Installed, distribution_at
from cf_sbom.errors import TargetError
from cf_sbom.fields import Fields, severity_of
from cf_sbom.identity.purl import Style
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError, parse_json

META = "conda-meta"
_SITE = "site-packages"
_PYTHON = re.compile(r"(?:python|pypy)\d+(?:\.\d+)*t?")
_LAST_SECOND = 253_402_300_799


def read_prefix(folder: Path, name: str, limits: Limits, style: Style = "spec") -> Environment:
    """The environment at a prefix; name is "" for that of its folder. Raises TargetError where there is none."""
    if not (folder / META).is_dir():
        raise TargetError(f"{folder} is no conda environment: it has no folder {META}")
    return _Reader(folder, name, limits, style).environment()


class _Reader:
    """One prefix."""

    def __init__(self, folder: Path, name: str, limits: Limits, style: Style) -> None:
        self._folder = folder
        self._name = name
        self._limits = limits
        self._prefix = Prefix(folder)
        self._remarks = Remarks("prefix")
        self._records = Records(self._remarks, style)
        self._built: list[int] = []
        self._platforms: Counter[str] = Counter()
        # Folders of metadata that conda packages hold, with the package; and the digests of their INSTALLER files.
        self._owned: dict[str, str] = {}
        self._installers: dict[str, str] = {}

    def environment(self) -> Environment:
        entries = list(self._conda())
        self._remarks.twice(entries)
        entries += self._python()
        platform = min(self._platforms, key=lambda one: (-self._platforms[one], one), default="")
        if not entries:
            self._remarks.say(META, "no record of an installed package", "gap")
        found = Environment(
            name=self._name or self._folder.resolve().name or "environment",
            platform=platform,
            container="environment",
            entries=tuple(entries),
            problems=tuple(self._remarks.problems),
            built=max(self._built, default=None),
            root=self._folder,
        )
        return settled(found, "prefix")

    def _conda(self) -> Iterator[Entry]:
        listed, more = self._prefix.names(META, self._limits.packages)
        if more:
            reason = f"more than {self._limits.packages} records; the rest is not read (limit packages)"
            self._remarks.say(META, reason, "gap")
        for name in listed:
            if name.endswith(".json"):
                place = f"{META}/{name}"
                tree = self._tree(place)
                if tree is not None:
                    entry = self._record(tree, place)
                    if entry is not None:
                        yield entry

    def _tree(self, place: str) -> Any:
        try:
            data = self._prefix.read(place, self._limits.json_size, "json_size")
            tree = parse_json(data, self._limits)
            if not isinstance(tree, dict):
                raise ParseError("not a mapping")
        except Unreadable as error:
            self._remarks.say(place, str(error), "gap")
        except ParseError as error:
            self._remarks.say(place, str(error), severity_of(str(error)))
        else:
            return tree
        return None

    def _record(self, tree: Any, place: str) -> Entry | None:
        fields = Fields(tree, self._limits, lambda text: self._remarks.say(place, text, severity_of(text)))
        held = list(self._held(fields))
        entry = self._records.entry(fields, place, distributions=[name for _, name in held])
        if entry is None:
            return None
        for folder, _ in held:
            self._owned[folder] = entry.component.name
        self._note_installers(fields)
        stamp = fields.integer("timestamp") if "timestamp" in fields else None
        if stamp is not None and stamp > _LAST_SECOND:
            stamp //= 1000
        if stamp is not None and 0 < stamp <= _LAST_SECOND:
            self._built.append(stamp)
        if entry.subdir not in ("", "noarch"):
            self._platforms[entry.subdir] += 1
        return entry

    def _held(self, fields: Fields) -> Iterator[tuple[str, str]]:
        """Folders of metadata among the files of a package, and the names of the distributions."""
        for path in fields.texts("files"):
            if path.endswith(("/METADATA", "/PKG-INFO", ".egg-info")) and (found := distribution_at(path)):
                yield found

    def _note_installers(self, fields: Fields) -> None:
        for entry in fields.fields("paths_data").each("paths", self._limits.members):
            path = entry.text("_path")
            if path.endswith(".dist-info/INSTALLER"):
                self._installers[path] = entry.text("sha256_in_prefix") or entry.text("sha256")

    def _python(self) -> Iterator[Entry]:
        installed = Installed(self._bytes, self._remarks, self._limits)
        for site in self._sites():
            listed, _ = self._prefix.names(site, self._limits.members)
            for name in listed:
                held = self._metadata(f"{site}/{name}")
                if held is None:
                    continue
                owner = self._owned.get(held.folder)
                if owner is not None and not self._is_reinstalled(held, installed):
                    continue
                entry = installed.entry(held)
                if entry is not None:
                    if owner is not None:
                        reason = f"pip installed it over the files of the conda package {owner}"
                        self._remarks.say(held.metadata, reason, "conflict")
                    yield entry

    def _sites(self) -> Iterator[str]:
        """Folders of Python distributions: lib/python3.12/site-packages, and Lib/site-packages on Windows."""
        if self._prefix.is_folder(f"Lib/{_SITE}"):
            yield f"Lib/{_SITE}"
        for name in self._prefix.names("lib", self._limits.members)[0]:
            # conda's Python has lib/python3.1 as a link to lib/python3.12
            if _PYTHON.fullmatch(name) and not (self._folder / "lib" / name).is_symlink():
                yield f"lib/{name}/{_SITE}"

    def _metadata(self, path: str) -> Held | None:
        if path.endswith(".dist-info"):
            return Held(folder=path, metadata=f"{path}/METADATA")
        if path.endswith(".egg-info"):
            inner = f"{path}/PKG-INFO"
            return Held(folder=path, metadata=inner if self._prefix.is_folder(path) else path)
        return None

    def _is_reinstalled(self, held: Held, installed: Installed) -> bool:
        """Whether pip put its own files where a conda package had these: the record knows another INSTALLER."""
        if not held.folder.endswith(".dist-info") or installed.installer(held) in ("", "conda"):
            return False
        path = f"{held.folder}/INSTALLER"
        data = self._bytes(path) or b""
        stated = self._installers.get(path)
        return bool(stated) and hashlib.sha256(data).hexdigest() != stated

    def _bytes(self, path: str) -> bytes | None:
        """The bytes of a file below the prefix, or None, which is said where something of that name is there."""
        try:
            return self._prefix.read(path, self._limits.embedded_size, "embedded_size")
        except Unreadable as error:
            if self._prefix.has(path) or path.endswith(("/METADATA", "/PKG-INFO")):
                self._remarks.say(path, str(error), "gap")
        return None
