"""A record of conda-meta/ -> the package that it tells of (CEP 32).

Knows one record; which environment it stands in, and what for, others know.
"""

from __future__ import annotations

from cf_sbom import properties as names
from cf_sbom.fields import Fields
from cf_sbom.identity.digests import stated_digests
from cf_sbom.identity.licenses import normalize
from cf_sbom.identity.purl import Style, archive_type, channel_name, conda_purl
from cf_sbom.identity.urls import clean_url, withheld
from cf_sbom.model import Component, Evidence, License, Link, Occurrence, Ref, found_ref


def installed_package(fields: Fields, place: str, *, by: str, style: Style) -> Component:
    """The package of a record at place (`conda-meta/zlib-1.3-0.json`), with its address and digests as stated there;
    nothing of it names a machine. by is the plugin that says so."""
    name, version, build = (withheld(fields.text(key)) for key in ("name", "version", "build"))
    subdir, file_name = fields.text("subdir"), fields.text("fn")
    url = clean_url(fields.text("url")).url
    channel = _channel(fields.text("channel"), subdir)
    purl = conda_purl(
        name, version, build, subdir=subdir, channel=channel, archive=archive_type(file_name), style=style
    )
    digests = stated_digests(fields)
    license_ = normalize(fields.text("license"))
    stated = ((names.BUILD, build), (names.SUBDIR, subdir), (names.CHANNEL, channel), (names.FILENAME, file_name))
    evidence = Evidence(path=place, field="name", by=by)
    return Component(
        ref=Ref(purl) if purl else found_ref(place, "package", name),
        kind="library",
        name=name,
        version=version,
        purl=purl,
        digests=digests,
        licenses=(License(expression=license_.expression, found=license_.found),) if license_.expression else (),
        links=(Link(kind="distribution", url=url, digests=digests),) if url else (),
        properties=tuple(sorted((name, value) for name, value in stated if value and withheld(value) == value)),
        occurrences=(Occurrence(path=place, evidence=(evidence,)),),
    )


def _channel(stated: str, subdir: str) -> str:
    """The channel's name or address, "" where it would tell of a machine."""
    channel = clean_url(stated).url if "://" in stated else stated
    channel = channel_name(channel.rstrip("/").removesuffix(f"/{subdir}"))
    return channel if withheld(channel) == channel else ""
