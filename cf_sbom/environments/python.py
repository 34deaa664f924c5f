"""Python distributions of an environment: as pip and its like install them, and as lock files name them.

Knows core metadata and where distributions lie below a prefix. What a conda package's own files hold is that package's;
what stands in no record of conda's was installed beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from cf_sbom import properties as names
from cf_sbom.carried import Found
from cf_sbom.distributions import lists
from cf_sbom.distributions.core_metadata import component, normal_name, read_core_metadata
from cf_sbom.distributions.direct_url import read_direct_url
from cf_sbom.distributions.licensing import declared
from cf_sbom.distributions.lists import requirements
from cf_sbom.environments import PYPI, Entry, Remarks
from cf_sbom.fields import Fields
from cf_sbom.identity.digests import stated_digests
from cf_sbom.identity.urls import withheld
from cf_sbom.limits import Limits
from cf_sbom.model import Component
from cf_sbom.requirements import Requirement

_METADATA = re.compile(r"(?P<folder>(?:.*/)?(?P<name>[^/]+?)(?:-[^/]*)?\.(?:dist-info|egg-info))/(?:METADATA|PKG-INFO)")
_EGG_FILE = re.compile(r"(?P<folder>(?:.*/)?(?P<name>[^/]+?)(?:-[^/]*)?\.egg-info)")


def distribution_at(path: str) -> tuple[str, str] | None:
    """The folder (or file) of metadata that a file's path is in, and the normal name of the distribution."""
    match = _METADATA.fullmatch(path) or _EGG_FILE.fullmatch(path)
    return (match["folder"], normal_name(match["name"])) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A distribution that is there: paths of its metadata below the prefix."""

    folder: str
    metadata: str


class Installed:
    """Makes entries of distributions below a prefix. read gives the bytes of a file below it, or None."""

    def __init__(self, read: Callable[[str], bytes | None], remarks: Remarks, limits: Limits) -> None:
        self._read = read
        self._remarks = remarks
        self._limits = limits

    def entry(self, held: Held) -> Entry | None:
        """The entry of one distribution, or None, which is said, where its metadata tells no name."""
        found = Found(self._remarks.by, held.metadata)
        data = self._read(held.metadata)
        if data is None:
            return None
        metadata = read_core_metadata(data, self._limits, found, held.folder.rpartition("/")[2])
        entry = None
        if metadata.name:
            licenses, _ = declared(found, metadata, self._limits, f"{held.metadata}#License")
            # The text itself stays where it is: an environment has hundreds of them.
            licenses = tuple(replace(license_, texts=()) for license_ in licenses)
            made = self._with_origin(component(found, metadata, licenses=licenses), held.folder)
            entry = _entry(made, metadata.name, held.metadata, requirements(metadata.requires, found.damage))
        self._remarks.problems += found.problems
        return entry

    def installer(self, held: Held) -> str:
        """What installed it, as it says itself, or ""."""
        data = self._read(f"{held.folder}/INSTALLER") if held.folder.endswith(".dist-info") else None
        return str(data or b"", "utf-8", "replace")[:100].strip()

    def _with_origin(self, made: Component, folder: str) -> Component:
        data = self._read(f"{folder}/direct_url.json") if folder.endswith(".dist-info") else None
        if data is None:
            return made
        found = Found(self._remarks.by, f"{folder}/direct_url.json")
        origin = read_direct_url(data, self._limits, found)
        self._remarks.problems += found.problems
        if origin is None:
            return made
        stated = tuple(sorted({*made.properties, (names.PACKAGE_SOURCE, origin.source)}))
        return replace(made, links=tuple(sorted({*made.links, *origin.links})), properties=stated)


def locked(
    fields: Fields,
    place: str,
    where: str,
    remarks: Remarks,
    *,
    url: str,
    stated: Iterable[tuple[str, str]],
    digests: Fields | None = None,
) -> Entry | None:
    """The entry of a distribution that a lock file names, or None, which is said. stated: places and requirements;
    digests: where the hashes of its archive stand, if not in fields."""
    found = Found(remarks.by, place)
    name = fields.text("name")
    if not name:
        remarks.say(place, f"{where}: names no package")
        return None
    hashes = stated_digests(digests or fields)
    made = found.package(
        "pypi",
        name,
        fields.text("version"),
        field=where,
        digests=hashes,
        links=[replace(link, digests=hashes) for link in found.link("distribution", url if "://" in url else "")],
        properties=[(names.PACKAGE_SOURCE, "a local folder or file" if url and "://" not in url else "")],
    )
    entry = _entry(made, name, place, requirements(stated, found.damage))
    remarks.problems += found.problems
    return entry


def _entry(made: Component, name: str, place: str, stated: Iterable[lists.Requirement]) -> Entry:
    needs = (
        Requirement(name=f"{PYPI}{normal_name(one.name)}", spec=withheld(one.spec), field=one.place, scope=one.scope)
        for one in stated
    )
    return Entry(component=made, place=place, names=(f"{PYPI}{normal_name(name)}",), needs=tuple(needs))
