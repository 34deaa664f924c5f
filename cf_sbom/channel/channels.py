"""What packages a channel has: a folder or a web server, with or without repodata.json -> items in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cf_sbom.channel.folders import folders
from cf_sbom.channel.items import Entry, Item, Wanted
from cf_sbom.channel.servers import Server
from cf_sbom.limits import Limits
from cf_sbom.remote import is_url


def entries(place: str, wanted: Wanted, limits: Limits, folder: Path | None = None) -> Iterator[Entry]:
    """The packages of a channel, folder by folder in order, those of a record in the order of repodata.json.

    place is a folder or an http(s) URL; folder: for what is fetched, if not that of the system. Raises SettingsError
    where a URL is given and the library to fetch is missing, TargetError where the server does not answer, AttachError
    where the folder cannot take what is fetched.
    """
    count = 0
    there = Server(place, wanted, limits, folder).entries() if is_url(place) else folders(place, wanted, limits)
    for entry in there:
        count += isinstance(entry, Item)
        if wanted.most is not None and count > wanted.most:
            return
        yield entry
