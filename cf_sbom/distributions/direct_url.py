"""direct_url.json -> where a distribution was installed from: a repository, an archive, a folder.

Knows PEP 610. Credentials and local paths never come through.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.identity.digests import stated_digests
from cf_sbom.identity.urls import holds_secret
from cf_sbom.limits import Limits
from cf_sbom.model import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectUrl:
    """source in words for a property; a link has the digests that are stated of the archive behind it."""

    source: str
    links: tuple[Link, ...] = ()


def read_direct_url(data: bytes | memoryview, limits: Limits, found: Found) -> DirectUrl | None:
    """None where the file tells nothing; problems go to found."""
    fields = found.json(data, limits)
    if fields is None:
        return None
    url = fields.text("url")
    if holds_secret(url):
        found.problem("url: a credential stands in the address; withheld")
    if "vcs_info" in fields:
        return _vcs(fields.fields("vcs_info"), found.link("vcs", url))
    if "archive_info" in fields:
        links = found.link("distribution" if url.endswith(".whl") else "source", url)
        digests = stated_digests(_hashes(fields.fields("archive_info"), limits, found))
        source = f"archive {links[0].url}" if links else "archive"
        return DirectUrl(source=source, links=tuple(replace(link, digests=digests) for link in links))
    if "dir_info" in fields:
        editable = fields.fields("dir_info").flag("editable")
        return DirectUrl(source="folder, editable" if editable else "folder")
    found.problem("none of vcs_info, archive_info and dir_info is stated")
    return None


def _vcs(info: Fields, links: tuple[Link, ...]) -> DirectUrl:
    vcs, commit = info.text("vcs"), info.text("commit_id")
    words = (vcs or "vcs", *(link.url for link in links), commit)
    return DirectUrl(source=" ".join(filter(None, words)), links=links)


def _hashes(info: Fields, limits: Limits, found: Found) -> Fields:
    """`hashes`, or the older `hash` of one."""
    if "hashes" in info:
        return info.fields("hashes")
    algorithm, _, value = info.text("hash").partition("=")
    return Fields({algorithm: value}, limits, found.damage, info.where())
