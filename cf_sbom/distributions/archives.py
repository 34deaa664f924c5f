"""Wheels and packed eggs that lie in a package as files -> the distributions in them.

Knows both forms of zip archive, and that a wheel may carry vendored distributions and further wheels. Nothing is
unpacked but metadata, lists of vendored code and nested archives, all within limits.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from cf_sbom.carried import Found
from cf_sbom.distributions.core_metadata import component, named_only, read_core_metadata
from cf_sbom.distributions.licensing import declared
from cf_sbom.distributions.lists import Vendored, read_vendored
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Digest, Ref, Relation, Text
from cf_sbom.paths import unsafe

ARCHIVES = (".whl", ".egg")
VENDOR_LISTS = tuple(
    f"/{folder}/{name}"
    for folder in ("_vendor", "_vendored", "vendor", "vendored", "extern", "_extern")
    for name in ("vendor.txt", "vendored.txt")
)
"""Ends of the paths of lists of vendored code."""

_METADATA = (".dist-info/METADATA", ".egg-info/PKG-INFO", "EGG-INFO/PKG-INFO")
_ENTRY = re.compile(rb"PK\x01\x02")
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,  # encrypted
    ValueError,
)
LISTED = 0.6
"""Confidence in what a list of vendored code names and nothing else shows."""


def vendored_component(found: Found, entry: Vendored, within: str = "") -> Component:
    """The component of one line of a list; within is the place of the list inside the member."""
    return found.package(
        "pypi",
        entry.name,
        entry.version,
        field=f"{within} {entry.place}".strip(),
        confidence=1.0 if entry.modules else LISTED,
        detail="" if entry.modules else "only listed: no module of this name lies beside the list",
    )


class Archives:
    """One archive and those inside it. Problems go to found; texts are those that License fields held; own is the
    distribution that the archive is, once it was read."""

    def __init__(self, found: Found, limits: Limits) -> None:
        self.texts: list[Text] = []
        self.own: Ref | None = None
        self._found = found
        self._limits = limits
        self._left = limits.nested_size

    def read(self, data: memoryview, stream: BinaryIO, seen: tuple[Digest, ...]) -> Iterator[Component | Relation]:
        """The distribution of the archive, and what it contains. data and stream are the same bytes, seen their
        digests."""
        waiting: list[tuple[str, memoryview, BinaryIO, Ref | None, int]] = [("", data, stream, None, 0)]
        while waiting:
            where, view, opened, parent, depth = waiting.pop()
            if sum(1 for _ in islice(_ENTRY.finditer(view), self._limits.entries + 1)) > self._limits.entries:
                self._say(where, f"more than {self._limits.entries} entries; not read (limit entries)", gap=True)
                continue
            try:
                archive = zipfile.ZipFile(opened)
            except _BROKEN:
                self._say(where, "not a zip archive, or a broken one")
                continue
            with archive:
                inside = _Inside(archive, where)
                if inside.unsafe:
                    self._say(where, f"{inside.unsafe} entries with names that are not safe; left out")
                own = None
                for finding in self._distributions(inside, parent, () if where else seen):
                    own = own or (finding.ref if isinstance(finding, Component) else None)
                    yield finding
                for name in inside.ending(ARCHIVES):
                    place = inside.path(name)
                    if depth == self._limits.nested_depth:
                        self._say(place, "nested too deeply; not read (limit nested_depth)", gap=True)
                    elif packed := self._bytes(inside, name, self._left):
                        waiting.append((place, memoryview(packed), io.BytesIO(packed), own or parent, depth + 1))

    def _distributions(
        self, inside: _Inside, parent: Ref | None, seen: tuple[Digest, ...]
    ) -> Iterator[Component | Relation]:
        """The archive's own first: the others lie deeper in it."""
        own: Ref | None = None
        for name in sorted(inside.ending(_METADATA), key=lambda n: (n.count("/"), n)):
            data = self._bytes(inside, name, self._limits.embedded_size)
            if data is None:
                continue
            at_top = name.count("/") == 1
            path = inside.path(name)
            named = (inside.where or self._found.path) if name.startswith("EGG-INFO/") else name.rpartition("/")[0]
            metadata = read_core_metadata(data, self._limits, self._found, named.rpartition("/")[2], path)
            if not metadata.name:
                continue
            licenses, text = declared(self._found, metadata, self._limits, f"{self._found.path}!/{path}#License")
            self.texts += (text,) if text else ()
            is_own = own is None and at_top
            made = component(self._found, metadata, field=path, licenses=licenses, seen=seen if is_own else ())
            yield made
            yield from self._contains(parent if is_own else own or parent, made.ref, path)
            own = made.ref if is_own else own
        if own is None and not parent:
            metadata = named_only(self._found.path.rpartition("/")[2])
            self._say(inside.where, "holds no metadata of its own", gap=True)
            if metadata.name:
                made = component(self._found, metadata, seen=seen)
                own = made.ref
                yield made
        if not inside.where:
            self.own = own
        for name in inside.ending(VENDOR_LISTS):
            yield from self._vendored(inside, name, own or parent)

    def _vendored(self, inside: _Inside, name: str, owner: Ref | None) -> Iterator[Component | Relation]:
        data = self._bytes(inside, name, self._limits.embedded_size)
        path = inside.path(name)
        text = (data or b"").decode("utf-8", "replace")
        folder = name.rpartition("/")[0]
        for entry in read_vendored(text, folder, inside.holds, self._limits, lambda said: self._say(path, said)):
            made = vendored_component(self._found, entry, path)
            yield made
            yield from self._contains(owner, made.ref, path)

    def _contains(self, owner: Ref | None, ref: Ref, field: str) -> Iterator[Relation]:
        if owner is not None and owner != ref:
            yield Relation(source=owner, kind="contains", target=ref, evidence=self._found.evidence(field))

    def _bytes(self, inside: _Inside, name: str, most: int) -> bytes | None:
        """An entry of at most so many bytes; None and a problem where it has more or cannot be read."""
        entry = inside.archive.getinfo(name)
        most = min(most, self._left)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self._say(inside.path(name), "compressed in a way that is not read; left out", gap=True)
            return None
        try:
            with inside.archive.open(entry) as stream:
                data = stream.read(most + 1)
        except _BROKEN:
            self._say(inside.path(name), "a broken entry; left out")
            return None
        if len(data) > most:
            limit = "nested_size" if most == self._left else "embedded_size"
            self._say(inside.path(name), f"more than {most} bytes; left out (limit {limit})", gap=True)
            return None
        self._left -= len(data)
        return data

    def _say(self, where: str, reason: str, *, gap: bool = False) -> None:
        self._found.problem(f"{where}: {reason}" if where else reason, "gap" if gap else "damage")


class _Inside:
    """The safe names of one open archive, and how many are not. where is its place in the member, "" for the member
    itself."""

    def __init__(self, archive: zipfile.ZipFile, where: str) -> None:
        self.archive = archive
        self.where = where
        self._names = sorted(name for name in archive.NameToInfo if not unsafe(name))
        self.unsafe = len(archive.NameToInfo) - len(self._names)

    def path(self, name: str) -> str:
        return f"{self.where}!/{name}" if self.where else name

    def ending(self, ends: tuple[str, ...]) -> list[str]:
        return [name for name in self._names if name.endswith(ends)]

    def holds(self, start: str) -> bool:
        place = bisect_left(self._names, start)
        return place < len(self._names) and self._names[place].startswith(start)
