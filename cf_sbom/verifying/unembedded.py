"""A package as it was before documents about it were put into it, for those who hold the documents against it.

Knows where such documents lie, whoever made them: what is looked for here is what may have been changed. It wraps a
kind of source, so everything else reads such a package as any other; its artifact is not known, as it was not then.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from cf_sbom.embedded import INFO_FOLDER
from cf_sbom.errors import TargetError
from cf_sbom.hookspecs import Artifact, Package, SourceKind
from cf_sbom.limits import Limits
from cf_sbom.model import Member, Problem
from cf_sbom.packing.payload_lists import FILES, PATHS, changed_files, changed_paths
from cf_sbom.streams import read_whole


def without(sources: Iterable[SourceKind], paths: frozenset[str]) -> tuple[SourceKind, ...]:
    """These kinds of source, but with documents at these paths out of the payload and out of lists of files.

    They are shown in info/sbom/, where no more is read of them than what only they know: the packages of a build's
    environments. So does `embed` when it replaces documents.
    """

    def wrapped(source: SourceKind) -> SourceKind:
        return replace(source, open=lambda path, context: _Without(source.open(path, context), paths, context.limits))

    return tuple(wrapped(source) for source in sources)


class _Without:
    """A package without documents in its payload."""

    def __init__(self, package: Package, paths: frozenset[str], limits: Limits) -> None:
        self.problems: list[Problem] = package.problems
        self._package = package
        self._paths = paths
        self._limits = limits

    def members(self) -> Iterator[tuple[Member, BinaryIO | None]]:
        for member, stream in self._package.members():
            if member.path in self._paths:
                yield replace(member, path=f"{INFO_FOLDER}/{member.path.rpartition('/')[2]}"), stream
            elif stream is not None and member.path in (PATHS, FILES) and member.size <= self._limits.json_size:
                data = self._unlisted(member.path, read_whole(stream, member.size))
                yield replace(member, size=len(data)), io.BytesIO(data)
            else:
                yield member, stream

    def artifact(self) -> Artifact:
        return replace(self._package.artifact(), size=None, digests=())

    def close(self) -> None:
        self._package.close()

    def _unlisted(self, name: str, data: bytes) -> bytes:
        if name == FILES:
            return changed_files(data, self._paths, ())
        try:
            return changed_paths(data, self._paths, {}, self._limits)
        except TargetError:  # no list that anybody could have put a document on
            return data
