"""Wheels and packed eggs that lie in a package as files -> the distributions in them.

Knows where both have their metadata, and that a wheel may carry vendored distributions and further wheels. Nothing is
unpacked but metadata, lists of vendored code and nested archives.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial

from cf_sbom.carried import Found
from cf_sbom.distributions.core_metadata import component, named_only, normal_name, read_core_metadata
from cf_sbom.distributions.licensing import declared
from cf_sbom.distributions.lists import read_vendored
from cf_sbom.distributions.vendored import FOLDERS, VENDOR_LISTS, Beside, listed
from cf_sbom.identity.urls import withheld
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Digest, Ref, Relation, Text
from cf_sbom.paths import holding
from cf_sbom.syntaxes.text import plain_text
from cf_sbom.syntaxes.zips import Entry, Room, Zip, open_zip

ARCHIVES = (".whl", ".egg")
_METADATA = (".dist-info/METADATA", ".egg-info/PKG-INFO", "EGG-INFO/PKG-INFO")
_VENDORED = re.compile(rf"/(?:{'|'.join(FOLDERS)})/")  # the lists, and what lies beside them
_SBOM = re.compile(r"[^/]+\.dist-info/sboms/.*[^/]", re.DOTALL)  # PEP 770


class Archives:
    """One archive and those inside it. Problems go to found; texts are those that License fields held, candidates what
    lists of vendored code name and the archives do not show, own the distribution that the archive is."""

    def __init__(self, found: Found, limits: Limits) -> None:
        self.texts: list[Text] = []
        self.candidates: list[Component] = []
        self.own: Ref | None = None
        self._found = found
        self._limits = limits
        self._waiting: list[tuple[Zip, Entry, Ref | None]] = []

    def read(self, data: memoryview, seen: tuple[Digest, ...]) -> Iterator[Component | Relation]:
        """The distribution of the archive, and what it contains. seen are the digests of data."""
        room = Room(self._limits)
        opened = open_zip(data, room, _is_wanted)
        if opened is not None:
            yield from self._archive(opened, None, seen)
        while self._waiting:
            archive, entry, parent = self._waiting.pop()
            opened = archive.open(entry, _place(archive, entry))
            if opened is not None:
                yield from self._archive(opened, parent, ())
        for reason, severity in room.problems():
            self._found.problem(reason, severity)

    def _archive(self, archive: Zip, parent: Ref | None, seen: tuple[Digest, ...]) -> Iterator[Component | Relation]:
        """The archive's own distribution first: the others lie deeper in it. The archives in it wait."""
        own: Ref | None = None
        beside: defaultdict[str, defaultdict[str, dict[Ref, str]]] = defaultdict(lambda: defaultdict(dict))
        for entry in sorted(_ending(archive, _METADATA), key=lambda e: (e.name.count("/"), e.name)):
            data = archive.unpack(entry, self._limits.embedded_size)
            if data is None:
                continue
            name, path = entry.name, _place(archive, entry)
            named = (archive.place or self._found.path) if name.startswith("EGG-INFO/") else name.rpartition("/")[0]
            metadata = read_core_metadata(data, self._limits, self._found, named.rpartition("/")[2], path)
            if not metadata.name:
                continue
            licenses, text = declared(self._found, metadata, self._limits, f"{self._found.path}!/{path}#License")
            self.texts += (text,) if text else ()
            is_own = own is None and name.count("/") == 1
            made = component(self._found, metadata, field=path, licenses=licenses, seen=seen if is_own else ())
            beside[_outside(name)][normal_name(metadata.name)][made.ref] = metadata.version
            yield made
            yield from self._found.contains(parent if is_own else own or parent, made.ref, path)
            own = made.ref if is_own else own
        if own is None and not parent:
            archive.say("", "no metadata of its own can be read", "gap")
            metadata = named_only(self._found.path.rpartition("/")[2])
            if metadata.name:
                made = component(self._found, metadata, seen=seen)
                own = made.ref
                yield made
        if not archive.place:
            self.own = own
        yield from self._vendored(archive, own or parent, beside)
        for entry in archive.entries:
            if _SBOM.fullmatch(entry.name):
                archive.say(withheld(entry.name), "an SBOM inside of a wheel that is kept as a file; not read", "gap")
        self._waiting += ((archive, entry, own or parent) for entry in _ending(archive, ARCHIVES))

    def _vendored(
        self, archive: Zip, owner: Ref | None, beside: Mapping[str, Beside]
    ) -> Iterator[Component | Relation]:
        """What the lists of vendored code in an archive pin; beside are the distributions of each folder."""
        lists = _ending(archive, VENDOR_LISTS)
        holds = holding(entry.name for entry in archive.entries if lists)
        for entry in lists:
            data = archive.unpack(entry, self._limits.embedded_size)
            if data is None:
                continue
            name, path = entry.name, _place(archive, entry)
            remark = partial(archive.remark, name)
            text, folder = plain_text(data, self._limits, remark), name.rpartition("/")[0]
            pins = read_vendored(text, folder, holds, self._limits, remark)
            for made, _modules, is_there in listed(
                self._found, pins, beside.get(folder, {}), partial(archive.say, name), path
            ):
                if is_there:
                    yield made
                    yield from self._found.contains(owner, made.ref, path)
                else:
                    self.candidates.append(made)


def _is_wanted(name: str) -> bool:
    if name.endswith((*_METADATA, *ARCHIVES)):
        return True
    return _VENDORED.search(name) is not None or _SBOM.fullmatch(name) is not None


def _ending(archive: Zip, ends: tuple[str, ...]) -> list[Entry]:
    return [entry for entry in archive.entries if entry.name.endswith(ends)]


def _outside(name: str) -> str:
    """The folder that the folder of this file of metadata lies in."""
    return name.rpartition("/")[0].rpartition("/")[0]


def _place(archive: Zip, entry: Entry) -> str:
    """Where an entry is, as it may be shown."""
    return archive.path(withheld(entry.name))
