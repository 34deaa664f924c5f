"""Source addresses of recipes -> the upstream release they name.

Knows which purl types name a release. The lookup itself is packageurl's; here stands what it may be asked and which of
its answers are claims that can be kept.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from packageurl import PackageURL
from packageurl.contrib.url2purl import url2purl

from cf_sbom.identity.urls import file_name

RELEASE_TYPES = frozenset(("pypi", "cran", "github", "gitlab", "cargo", "npm", "maven", "gem", "hackage", "cpan"))

_CPAN = re.compile(
    r"https?://(?:www\.cpan\.org|cpan\.metacpan\.org)/authors/id/[A-Z]/[A-Z]{2}/(?P<author>[A-Z0-9-]+)/(?:[^/]+/)*"
    r"(?P<name>[A-Za-z0-9_-]+?)-v?(?P<version>\d[\d._]*)(?:-TRIAL)?\.(?:tar\.gz|tgz|zip)"
)
_REWRITES = (
    # Older versions of an R package lie one folder deeper; the folder is no part of the name.
    (re.compile(r"(/src/contrib)/Archive/[^/]+(/[^/]+)$"), r"\1\2"),
    (
        re.compile(r"^https?://static\.crates\.io/crates/([^/]+)/\1-([^/]+)\.crate$"),
        r"https://crates.io/api/v1/crates/\1/\2/download",
    ),
)
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


# The domains that speak for a registry, as labels; packageurl's own patterns let look-alikes through.
_DOMAINS = {
    "cargo": {("crates", "io")},
    "cran": {("r-project", "org"), ("rstudio", "com")},
    "gem": {("rubygems", "org")},
    "hackage": {("haskell", "org")},
    "maven": {("maven", "org")},
    "npm": {("npmjs", "org"), ("yarnpkg", "com")},
    "pypi": {("pypi", "org"), ("python", "org"), ("pythonhosted", "org")},
}
_LONGEST, _DEEPEST = 500, 12  # its patterns for forges take exponential time on long paths
# The addresses under which forges give a release; elsewhere on them the last part of a path is no version.
_FORGES = (
    re.compile(r"https?://github\.com/[^/]+/[^/]+/archive/(?:refs/tags/)?(?P<version>[^/]+)\.(?:tar\.\w+|zip)"),
    re.compile(r"https?://github\.com/[^/]+/[^/]+/releases/download/(?P<version>[^/]+)/[^/]+"),
    re.compile(r"https?://codeload\.github\.com/[^/]+/[^/]+/(?:tar\.gz|zip)/(?:refs/tags/)?(?P<version>[^/]+)"),
    re.compile(r"https?://gitlab\.com/[^/]+/(?:[^/]+/)+-/archive/(?P<version>[^/]+)/[^/]+"),
)


class Release(NamedTuple):
    """What a source address says: name and version are "" where the address does not say them for certain."""

    purl: str
    name: str
    version: str


def release(urls: tuple[str, ...], names: tuple[str, ...], versions: tuple[str, ...], sha256: str) -> Release:
    """The release behind the mirrors of one source.

    A purl of a registry or forge wins. Otherwise `pkg:generic` needs one of the names and one of the versions in the
    file's own name, and a checksum; else there is no purl.
    """
    for url in urls:
        if purl := _known(url):
            return Release(purl.to_string(), purl.name, purl.version or "")
    for url in urls:
        file = file_name(url)
        for name in names:
            for version in versions:
                if sha256 and _stands_in(name, version, file):
                    purl = PackageURL("generic", None, name, version, {"checksum": f"sha256:{sha256}"})
                    return Release(purl.to_string(), name, version)
    return Release("", "", "")


def commit_purl(url: str, commit: str) -> str:
    """The purl of a full commit on a forge, or ""."""
    if not _COMMIT.fullmatch(commit):
        return ""
    purl = _lookup(url.removesuffix(".git"))
    if purl is None or purl.type not in ("github", "gitlab") or purl.version or purl.subpath:
        return ""
    return PackageURL(purl.type, purl.namespace, purl.name, commit).to_string()


def _known(url: str) -> PackageURL | None:
    if cpan := _CPAN.fullmatch(url):
        return PackageURL("cpan", cpan["author"], cpan["name"], cpan["version"])
    parts = urlsplit(url)
    labels = parts.netloc.split(".")
    if labels == ["pypi", "io"]:  # an old short alias that conda-forge recipes still use
        url = urlunsplit(parts._replace(netloc=f"{labels[0]}.org"))
    for pattern, replacement in _REWRITES:
        url = pattern.sub(replacement, url)
    purl = _lookup(url)
    if purl is None or purl.type not in RELEASE_TYPES or purl.subpath:
        return None
    return purl if _names_a_release(purl, url) else None


def _names_a_release(purl: PackageURL, url: str) -> bool:
    """Whether the version is one: of a forge what stands at its place, of a registry what begins with a digit."""
    version = purl.version or ""
    if purl.type in ("github", "gitlab"):
        stated = next((m["version"] for forge in _FORGES if (m := forge.fullmatch(url))), "")
        return version == unquote(stated) and any(character.isdigit() for character in version)
    domain = tuple((urlsplit(url).hostname or "").split(".")[-2:])
    if domain not in _DOMAINS.get(purl.type, ()):
        return False
    return version[:1].isdigit() and not (purl.type == "cran" and purl.namespace)


def _lookup(url: str) -> PackageURL | None:
    if len(url) > _LONGEST or url.count("/") > _DEEPEST or url.count("/archive/") > 1:
        return None
    try:
        found: PackageURL | None = url2purl(url)  # type: ignore[no-untyped-call]
        if found is None or PackageURL.from_string(found.to_string()) != found:  # such as the rest of a path for a name
            return None
    except Exception:
        return None  # its routes meet addresses that are shorter than usual with errors of many types
    return found


def _stands_in(name: str, version: str, file: str) -> bool:
    """Whether a file name is made of the name, then the version, each as a whole word."""
    if not name or not version:
        return False
    words = r"[-_.]?".join(re.escape(word) for word in re.split(r"[-_.]+", name) if word)
    pattern = rf"(?:.*[-_.])?{words}[-_.]?v?{re.escape(version)}(?:[-_.](?!\d).*)?"
    return re.fullmatch(pattern, file, re.IGNORECASE) is not None
