"""Package URLs of conda packages, in the two styles that exist.

Knows purl-spec's conda type and the draft CEP of conda/ceps#159; nothing of containers. `spec` is purl-spec as it
stands (build, channel, subdir and type as qualifiers, no namespace), `cep159` is the draft (the channel as namespace).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from packageurl import PackageURL

Style: TypeAlias = Literal["spec", "cep159"]

# Purls that can be written no other way, and have no qualifiers: nearly all, and parsing them takes long.
_PLAIN = re.compile(r"(pkg:[a-z]+(?:/(?:%40)?[a-z0-9][a-z0-9.-]*)+)(?:@[^/?#@]+)?")
DEFAULT_HOST = "conda.anaconda.org"
_NAME = re.compile(r"[a-z0-9_][a-z0-9._-]{0,127}")
_VERSION = re.compile(r"[A-Za-z0-9_.!+~-]{1,256}")
_BUILD = re.compile(r"[A-Za-z0-9_.+-]{1,256}")
SUBDIR = re.compile(r"noarch|[a-z0-9]+-[a-z0-9_]+")
CHANNEL = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_DEFAULTS = {
    "repo.anaconda.com/pkgs/main": "main",
    "repo.anaconda.com/pkgs/r": "r",
    "repo.anaconda.com/pkgs/msys2": "msys2",
}


def archive_type(file_name: str) -> str:
    """`conda` or `tar.bz2` by the end of a file name, or ""."""
    return next((kind for kind in ("conda", "tar.bz2") if file_name.endswith(f".{kind}")), "")


def channel_name(channel: str) -> str:
    """The canonical name of a channel: a well-known URL is shortened, any other stays what it is."""
    if "://" not in channel:
        return channel.rstrip("/")
    parts = urlsplit(channel)
    place = f"{parts.netloc}{parts.path}".strip("/")
    host, _, path = place.partition("/")
    if place in _DEFAULTS:
        return _DEFAULTS[place]
    return path if host == DEFAULT_HOST and path else channel.rstrip("/")


@lru_cache(maxsize=65536)
def conda_purl(
    name: str,
    version: str = "",
    build: str = "",
    *,
    subdir: str = "",
    channel: str = "",
    archive: str = "",
    style: Style = "spec",
) -> str:
    """The purl of a conda package, or "" where the name can have none (virtual or malformed, CEP 26).

    archive is `conda` or `tar.bz2`; channel a name or a URL without credentials. Without a version the purl has no
    build, subdir or type either: these belong to an artifact.
    """
    if not _NAME.fullmatch(name) or name.startswith("__"):
        return ""
    qualifiers: dict[str, str] = {}
    version = version if _VERSION.fullmatch(version) else ""
    if version:
        qualifiers = {
            "build": build if _BUILD.fullmatch(build) else "",
            "subdir": subdir if SUBDIR.fullmatch(subdir) else "",
            "type": archive,
        }
    namespace = ""
    if channel:
        short = channel_name(channel)
        url = "" if "://" not in short else short
        short = short if url or CHANNEL.fullmatch(short) else ""
        if style == "cep159" and short and url == "" and short not in _DEFAULTS.values() and short != "defaults":
            namespace = short
        elif style == "cep159" and short:
            qualifiers["repository_url"] = url or _defaults_url(short)
        elif url:
            parts = urlsplit(url)
            qualifiers["channel"] = parts.path.strip("/")
            qualifiers["repository_url"] = f"{parts.scheme}://{parts.netloc}"
        else:
            qualifiers["channel"] = short
    purl = PackageURL(
        "conda", namespace or None, name, version or None, {k: v for k, v in qualifiers.items() if v} or None
    )
    return purl.to_string()


@lru_cache(maxsize=65536)
def without_version(purl: str) -> str:
    """What a purl names whatever the version: type, namespace and name, and the qualifiers that tell another package
    apart (of Maven and Julia); "" where it is no purl."""
    if match := _PLAIN.fullmatch(purl):
        return match[1]
    try:
        parsed = PackageURL.from_string(purl)
    except ValueError:
        return ""
    kept = {key: value for key, value in parsed.qualifiers.items() if key in ("classifier", "uuid")}
    return parsed._replace(version=None, qualifiers=kept, subpath=None).to_string()


def _defaults_url(short: str) -> str:
    place = next((place for place, name in _DEFAULTS.items() if name == short), "repo.anaconda.com/pkgs/main")
    return f"https://{place}"
