"""One record of a conda package, of an installed one or out of a lock file -> an entry.

Knows the fields that conda-meta (CEP 32), repodata and lock files share, and what the address of an artifact says where
a lock file says no more. Names and purls are those that conda-sboms gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from cf_sbom import properties as names
from cf_sbom.environments import CONDA, PYPI, Entry, Remarks
from cf_sbom.fields import Fields
from cf_sbom.identity import matchspec
from cf_sbom.identity.digests import stated_digests
from cf_sbom.identity.licenses import normalize
from cf_sbom.identity.packages import canonical, is_public
from cf_sbom.identity.purl import CHANNEL, SUBDIR, Style, archive_type, channel_name, conda_purl, without_version
from cf_sbom.identity.urls import clean_url, holds_secret, withheld
from cf_sbom.model import Component, Digest, Evidence, License, Link, Occurrence, Ref, found_ref
from cf_sbom.requirements import Requirement

_PURL = re.compile(r"pkg:[a-z0-9.+-]+/[^\s]{1,500}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """What the address of a package says: https://HOST/CHANNEL/SUBDIR/NAME-VERSION-BUILD.conda."""

    file_name: str = ""
    name: str = ""
    version: str = ""
    build: str = ""
    subdir: str = ""
    channel: str = ""


def artifact(url: str) -> Artifact:
    """What an address, or the path of a local package, says; nothing of what is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return Artifact()
    folder, _, file_name = unquote(parts.path).rpartition("/")
    ending = archive_type(file_name)
    words = file_name.removesuffix(f".{ending}").rsplit("-", 2)
    if not ending or len(words) < 3:
        return Artifact()
    channel, _, subdir = folder.rpartition("/")
    known = bool(SUBDIR.fullmatch(subdir))
    at = clean_url(f"{parts.scheme}://{parts.netloc}{channel}").url if known else ""
    return Artifact(
        file_name=file_name,
        name=words[0],
        version=words[1],
        build=words[2],
        subdir=subdir if known else "",
        channel=_channel(at) if at else "",
    )


class Records:
    """Makes entries; what is wrong with a record goes to remarks."""

    def __init__(self, remarks: Remarks, style: Style) -> None:
        self._remarks = remarks
        self._style = style

    def entry(
        self,
        fields: Fields,
        place: str,
        *,
        url: str = "",
        where: str = "",
        name: str = "",
        digests: Fields | None = None,
        depends: Iterable[tuple[str, str]] | None = None,
        distributions: Iterable[str] = (),
    ) -> Entry | None:
        """The entry of one record, or None, which is said, where it has no name.

        where is the place inside the file, such as `packages[3]`; name is that of a record without a field for it;
        digests: where its hashes stand, if not in fields. depends are place and spec, those of the field depends if
        None. distributions: names of Python distributions that its files hold.
        """
        url = url or fields.text("url")
        said = artifact(url)
        name = (name or fields.text("name") or said.name).lower()
        version, build = (fields.text(key) or getattr(said, key) for key in ("version", "build"))
        if not name:
            self._remarks.say(place, f"{where}: names no package".removeprefix(": "))
            return None
        subdir = self._subdir(fields) or said.subdir
        channel = self._channel(fields, subdir) or said.channel
        file_name = fields.text("fn") or said.file_name
        file_name = file_name if withheld(file_name) == file_name and "/" not in file_name else ""
        purl = conda_purl(
            name,
            version,
            build,
            subdir=subdir,
            channel=channel,
            archive=archive_type(file_name),
            style=self._style,
        )
        if not purl:
            self._remarks.say(place, f"{name[:80]!r} is no name of a conda package (CEP 26); it has no purl")
        specs = tuple(fields.numbered_texts("depends") if depends is None else depends)
        hashes = stated_digests(digests or fields)
        evidence = Evidence(path=place, field=where or "name", by=self._remarks.by)
        stem = f"{name}-{version}-{build}"
        purls = tuple(self._purls(fields))
        component = Component(
            ref=Ref(purl) if purl else found_ref(place, "package", withheld(stem)),
            kind="library",
            name=withheld(name),
            version=withheld(version),
            purl=purl,
            aliases=tuple(sorted(set(purls))),
            licenses=self._licenses(fields, place),
            digests=hashes,
            links=self._links(place, url, hashes),
            occurrences=(Occurrence(path=place, evidence=(evidence,)),),
            properties=tuple(sorted(set(self._properties(fields, build, subdir, channel, file_name, specs)))),
        )
        plain = (without_version(one) for one in purls)
        known = {f"{PYPI}{one.rpartition('/')[2]}" for one in plain if one.startswith("pkg:pypi/")}
        known |= {f"{PYPI}{distribution}" for distribution in distributions}
        return Entry(
            component=component,
            place=place,
            names=(f"{CONDA}{name}", *sorted(known)),
            needs=tuple(self._needs(specs, place)),
            stem=stem,
            file_name=file_name,
            subdir=subdir,
        )

    def _needs(self, specs: Iterable[tuple[str, str]], place: str) -> Iterator[Requirement]:
        for where, spec in specs:
            parsed = matchspec.parse(spec)
            if not parsed.name:
                self._remarks.say(place, f"{where}: names no conda package")
            elif not parsed.virtual:
                yield Requirement(
                    name=f"{CONDA}{parsed.name}",
                    spec=withheld(spec),
                    field=where,
                    scope="optional" if parsed.conditional else "runtime",
                )

    def _subdir(self, fields: Fields) -> str:
        subdir = fields.text("subdir")
        return subdir if SUBDIR.fullmatch(subdir) else ""

    def _channel(self, fields: Fields, subdir: str) -> str:
        channel = fields.text("channel").rstrip("/").removesuffix(f"/{subdir}")
        if "://" in channel:
            return _channel(clean_url(channel).url)
        return channel if CHANNEL.fullmatch(channel) else ""

    def _licenses(self, fields: Fields, place: str) -> tuple[License, ...]:
        stated = normalize(fields.text("license"))
        if stated.reason:
            self._remarks.say(place, stated.reason, "gap")
        return (License(expression=stated.expression, found=stated.found),) if stated.expression else ()

    def _links(self, place: str, url: str, digests: tuple[Digest, ...]) -> tuple[Link, ...]:
        cleaned = clean_url(url).url if "://" in url else ""
        if url and holds_secret(url):
            self._remarks.say(place, "url: a credential stands in the address; withheld")
        return (Link(kind="distribution", url=cleaned, digests=digests),) if cleaned else ()

    def _purls(self, fields: Fields) -> Iterator[str]:
        """Upstream identities that a record states: without versions, these are the conda package's."""
        for stated in fields.texts("purls"):
            if _PURL.fullmatch(stated) and (purl := canonical(stated)) and is_public(purl):
                yield purl

    def _properties(
        self,
        fields: Fields,
        build: str,
        subdir: str,
        channel: str,
        file_name: str,
        specs: Iterable[tuple[str, str]],
    ) -> Iterator[tuple[str, str]]:
        number, size = fields.integer("build_number"), fields.integer("size")
        stated = [
            (names.BUILD, build),
            (names.BUILD_NUMBER, "" if number is None else str(number)),
            (names.SUBDIR, subdir),
            (names.CHANNEL, channel),
            (names.FILENAME, file_name),
            (names.SIZE, "" if size is None else str(size)),
            (names.NOARCH, "" if fields.is_flag("noarch") else fields.text("noarch")),
        ]
        for _, spec in specs:
            virtual = matchspec.parse(spec).virtual
            stated.append((names.VIRTUAL_DEPENDS if virtual else names.DEPENDS, withheld(spec)))
        yield from ((name, value) for name, value in stated if value and withheld(value) == value)


def _channel(url: str) -> str:
    """The name of a channel by its address, of which nothing private is left."""
    return channel_name(url.rstrip("/")) if url else ""
