"""Documents that lie in the package they speak of: put into a finished one, or written while it is built.

Knows the order of the steps. Such a document cannot state size and digests of the artifact, and says so; what earlier
documents of ours say is read anew from the package, but for the environments of the build, which only they know.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from cf_sbom import properties as names
from cf_sbom.attachers.package import Opened, place_of, stale
from cf_sbom.embedded import INFO_FOLDER, PAYLOAD_FOLDER, SUFFIXES, place_inside
from cf_sbom.errors import AttachError
from cf_sbom.generate import Description, Result, describe, render
from cf_sbom.hookspecs import Artifact, Context, Options, Package, SourceKind
from cf_sbom.limits import Limits
from cf_sbom.model import Aspect, Completeness, Member, Problem
from cf_sbom.packing.payload_lists import FILES, PATHS, changed_files, changed_paths
from cf_sbom.plugins import Registry
from cf_sbom.sources.prefix import Building, prefix_source
from cf_sbom.writing import ours_or_absent, write

_SILENT_IN_BUILDS = frozenset(("paths", "recipe"))
"""Extractors of what only a finished package has: its lists and its rendered recipe."""

_NOT_PACKED = "the package was not packed yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """What was embedded: result.paths is the new package or, of a prefix, the documents. warnings: what the user should
    know besides the problems."""

    result: Result
    warnings: tuple[str, ...] = ()


def embed(target: Path, options: Options, registry: Registry, *, in_info: bool = False) -> Embedding:
    """Put documents about a package into it; those of ours that are there go, whatever their format.

    Raises TargetError, DocumentError, AttachError and SettingsError; then the old package is as it was, and there is no
    new one.
    """
    with Opened(target, options.limits) as package:
        place = place_of(target, options)
        package.refuse_signed(place, force=options.force)
        suffixes = [registry.emitter(name).suffix for name, _ in options.outputs]
        places = [place_inside(package.stem, suffix, in_info=in_info) for suffix in suffixes]
        earlier = package.earlier({*SUFFIXES, *(emitter.suffix for emitter in registry.emitters)})
        others = package.in_place_of(places, force=options.force)
        _check_place(place, target, force=options.force, limits=options.limits)
        as_before = tuple(
            _without(source, earlier, others, package.found.lists, options.limits) for source in registry.sources
        )
        description = _embedded(describe(target, options, replace(registry, sources=as_before)))
        documents = render(description, options, registry)
        contents = {path: document.data for path, document in zip(places, documents, strict=True)}
        written = package.write(place, contents, earlier | others)
    warnings = [f"{path.name} speaks of the package as it was; run `cf-sbom generate` again" for path in stale(written)]
    if in_info:
        warnings.insert(0, "CEP 34 does not allow other files in info/ than it names; tools may refuse the package")
    shown = target if options.output_dir is None else written
    result = Result(target=target, description=description, documents=documents, paths=(shown,))
    return Embedding(result=result, warnings=tuple(warnings))


def embed_prefix(building: Building, options: Options, registry: Registry) -> Embedding:
    """Write documents about the package that is being built into its prefix, in the place of earlier ones of ours.

    Raises as embed() does.
    """
    stem = "-".join(part for part in (building.name, building.version, building.build) if part)
    folder = building.host / PAYLOAD_FOLDER
    own = {f"{stem}{suffix}" for suffix in {*SUFFIXES, *(emitter.suffix for emitter in registry.emitters)}}
    earlier = {name for name in own if (folder / name).exists() and ours_or_absent(folder / name)}
    suffixes = [registry.emitter(name).suffix for name, _ in options.outputs]
    places = [folder / f"{stem}{suffix}" for suffix in suffixes]
    building = replace(building, documents=frozenset(earlier | {path.name for path in places}))
    in_build = replace(
        registry,
        sources=(prefix_source(building),),
        extractors=tuple(e for e in registry.extractors if e.name not in _SILENT_IN_BUILDS),
    )
    description = _unfinished(_embedded(describe(building.host, options, in_build)))
    documents = render(description, options, registry)
    paths = tuple(
        write(path, document.data, force=options.force) for path, document in zip(places, documents, strict=True)
    )
    for name in earlier - {path.name for path in places}:
        with suppress(FileNotFoundError):
            (folder / name).unlink()
    return Embedding(result=Result(target=building.host, description=description, documents=documents, paths=paths))


def _embedded(description: Description) -> Description:
    """The description with the word that it lies in what it describes."""
    sbom = description.sbom
    root = sbom.root_component
    said = tuple(sorted({*root.properties, (names.EMBEDDED, "true")}))
    told = replace(root, properties=said)
    components = tuple(told if component.ref == sbom.root else component for component in sbom.components)
    return replace(description, sbom=replace(sbom, components=components))


def _unfinished(description: Description) -> Description:
    """The description of what a builder has not packed yet: it may add files, change them, and find requirements."""
    sbom = description.sbom
    aspects: tuple[Aspect, ...] = ("contents", "dependencies")
    claims = [Completeness(ref=sbom.root, aspect=a, state="unknown", why=_NOT_PACKED) for a in aspects]
    others = [claim for claim in sbom.completeness if claim.ref != sbom.root]
    ordered = tuple(sorted([*others, *claims], key=lambda claim: (claim.ref, claim.aspect)))
    return replace(description, sbom=replace(sbom, completeness=ordered))


def _check_place(place: Path, target: Path, *, force: bool, limits: Limits) -> None:
    """A file that is in the place of a new package and is not the old one may be overwritten where it has documents of
    ours, too."""
    if force or not place.exists() or place.samefile(target):
        return
    with suppress(Exception), Opened(place, limits) as other:
        if other.found.ours:
            return
    raise AttachError(f"{place} exists and was not made by cf-sbom; --force overwrites it")


def _without(
    source: SourceKind, earlier: frozenset[str], others: frozenset[str], lists: Mapping[str, bytes], limits: Limits
) -> SourceKind:
    """The kind of source that shows a package as if the documents were not there, and nothing of the artifact that they
    change."""

    def opened(path: Path, context: Context) -> Package:
        return _AsBefore(source.open(path, context), earlier, others, lists, limits)

    return replace(source, open=opened)


class _AsBefore:
    """A package without documents that are going to be replaced. Those of ours are shown in info/sbom/ instead, where
    no more is read of them than what only they know."""

    def __init__(
        self,
        package: Package,
        earlier: frozenset[str],
        others: frozenset[str],
        lists: Mapping[str, bytes],
        limits: Limits,
    ) -> None:
        self.problems: list[Problem] = package.problems
        self._package = package
        self._earlier = earlier
        self._others = others
        gone = earlier | others
        self._lists: dict[str, bytes] = {}
        if gone and PATHS in lists:
            self._lists[PATHS] = changed_paths(lists[PATHS], gone, {}, limits)
        if gone and FILES in lists:
            self._lists[FILES] = changed_files(lists[FILES], gone, ())

    def members(self) -> Iterator[tuple[Member, BinaryIO | None]]:
        for member, stream in self._package.members():
            path = member.path
            if (data := self._lists.get(path)) is not None:
                yield replace(member, size=len(data)), io.BytesIO(data)
            elif path in self._earlier:
                yield replace(member, path=f"{INFO_FOLDER}/{path.rpartition('/')[2]}"), stream
            elif path not in self._others:
                yield member, stream

    def artifact(self) -> Artifact:
        return replace(self._package.artifact(), size=None, digests=())

    def close(self) -> None:
        self._package.close()
