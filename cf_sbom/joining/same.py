"""Which components of several documents are one.

Knows the model and conda's names. Purls join; an alias joins no two things that purls tell apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from packageurl import PackageURL

from cf_sbom.identity.purl import channel_name, without_version
from cf_sbom.merging import identities
from cf_sbom.model import Component, Ref, Sbom

CONDA = "pkg:conda/"


class Conda(NamedTuple):
    """A conda purl in parts, however its style writes the channel."""

    name: str
    version: str
    build: str
    subdir: str
    channel: str
    archive: str

    @property
    def platform(self) -> str:
        """The one platform that it is for; "" where that is not known, or any."""
        return "" if self.subdir == "noarch" else self.subdir


@lru_cache(maxsize=65536)
def conda_parts(purl: str) -> Conda | None:
    """The parts of a conda purl; None for any other."""
    if not purl.startswith(CONDA):
        return None
    try:
        parsed = PackageURL.from_string(purl)
    except ValueError:
        return None
    told = parsed.qualifiers
    subdir = told.get("subdir", "")
    return Conda(
        name=parsed.name,
        version=parsed.version or "",
        build=told.get("build", ""),
        subdir=subdir,
        channel=_channel(told.get("repository_url", ""), parsed.namespace or told.get("channel", ""), subdir),
        archive=told.get("type", ""),
    )


def _channel(host: str, place: str, subdir: str) -> str:
    """The name of a channel. Some tools write a package's folder for it, or the last part of that, the platform."""
    host = f"https://{host}" if host and "://" not in host else host
    address = "/".join(part.strip("/") for part in (host, place) if part)
    scheme, separator, rest = address.rpartition("://")
    if separator:
        host, slash, path = rest.partition("/")
        address = f"{scheme}://{host.lower()}{slash}{path}"
    if subdir and address == subdir:
        return ""
    return channel_name(address.removesuffix(f"/{subdir}") if subdir else address)


@lru_cache(maxsize=65536)
def called(purl: str, ref: str) -> str:
    """What a component is whatever its version: two of one name may be one that two documents know more or less of."""
    conda = conda_parts(purl)
    return f"{CONDA}{conda.name}" if conda else without_version(purl) or ref


def same(components: Iterable[Component]) -> dict[Ref, Ref]:
    """What each component goes by. A conda package does not join what it repackages: an alias of its own names that,
    and so it tells only other things apart."""
    components = list(components)
    conda = _same_packages(components)
    plain = list(
        {
            (conda.get(c.ref, c.ref), *(("", ()) if c.purl.startswith(CONDA) else (c.purl, c.aliases))): None
            for c in components
        }
    )
    found = [Component(ref=ref, kind="library", name="", purl=purl, aliases=more) for ref, purl, more in plain]
    names = _without_doubt(found, identities(found))
    return {c.ref: names[conda.get(c.ref, c.ref)] for c in components}


def same_tools(parts: Iterable[Sbom]) -> dict[Ref, Ref]:
    """What tools of builds go by that have no purl: those of one name and version are one, whatever document has
    them."""
    found: defaultdict[tuple[str, str], set[Ref]] = defaultdict(set)
    for part in parts:
        tools = {relation.target for relation in part.relations if relation.kind == "build_tool"}
        for component in part.components if tools else ():
            if component.ref in tools and not component.purl and component.version:
                found[component.name, component.version].add(component.ref)
    named = ((min(refs, key=lambda ref: ("#builder:" not in ref, ref)), refs) for refs in found.values())
    return {ref: name for name, refs in named for ref in refs}


def _without_doubt(components: Sequence[Component], names: Mapping[Ref, Ref]) -> dict[Ref, Ref]:
    """The groups without those in which aliases join two purls of one type that name different things: of these, purls
    alone join."""
    told: defaultdict[tuple[Ref, str], set[tuple[str, str]]] = defaultdict(set)
    doubtful: set[Ref] = set()
    for component in components:
        for purl in {component.purl, component.ref if component.ref.startswith("pkg:") else ""} - {""}:
            things = told[names[component.ref], purl.partition("/")[0]]
            things.add((without_version(purl), purl.partition("?")[0]))
            if len(things) > 1:
                doubtful.add(names[component.ref])
    if not doubtful:
        return dict(names)
    plain = identities([replace(c, aliases=()) for c in components if names[c.ref] in doubtful])
    return {ref: plain[ref] if name in doubtful else name for ref, name in names.items()}


def _same_packages(components: Iterable[Component]) -> dict[Ref, Ref]:
    """Conda packages that several documents name in different ways: one with a channel, another without. Those of one
    name, version, build and platform are one, unless two channels or two forms of archive are told apart; then those of
    one SHA-256 are."""
    groups: defaultdict[tuple[str, ...], dict[Ref, Conda]] = defaultdict(dict)
    hashes: defaultdict[Ref, set[str]] = defaultdict(set)
    for component in components:
        parts = conda_parts(component.purl)
        if parts is not None and parts.build and parts.subdir:
            groups[parts[:4]][component.ref] = parts
            hashes[component.ref] |= {d.value for d in component.digests if d.algorithm == "sha256"}
    names: dict[Ref, Ref] = {}
    for group in groups.values():
        if len(group) == 1:
            continue
        channels, archives = ({p[place] for p in group.values()} - {""} for place in (4, 5))
        if len(channels) < 2 and len(archives) < 2:
            together = [list(group)]
        else:
            by_hash: defaultdict[str, list[Ref]] = defaultdict(list)
            for ref in group:
                if len(hashes[ref]) == 1:
                    by_hash[next(iter(hashes[ref]))].append(ref)
            together = list(by_hash.values())
        for one in together:
            fullest = min(one, key=lambda ref: (not group[ref].channel, not group[ref].archive, len(ref), ref))
            names |= dict.fromkeys(one, fullest)
    return names
