"""Package URLs of what packages carry from elsewhere: one spelling for one package, whoever names it.

Knows purl-spec's type definitions and PEP 503; nothing of files. Two sources that speak of the same release get the
same purl, so that they meet in one component.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

from packageurl import PackageURL

from cf_sbom.identity.urls import withheld

# Qualifiers that are part of a package's identity; all others tell how or where somebody met it. repository_url is
# identity everywhere: a private registry may hold another package of the same name.
_IDENTITY: dict[str, frozenset[str]] = {
    "alpm": frozenset(("arch",)),
    "apk": frozenset(("arch", "distro")),
    "bioconductor": frozenset(),
    "bitbucket": frozenset(),
    "cargo": frozenset(),
    "composer": frozenset(),
    "cpan": frozenset(),
    "cran": frozenset(),
    "deb": frozenset(("arch", "distro")),
    "gem": frozenset(("platform",)),
    "golang": frozenset(),
    "julia": frozenset(("uuid",)),
    "luarocks": frozenset(),
    "maven": frozenset(("classifier", "type")),
    "npm": frozenset(),
    "nuget": frozenset(),
    "pypi": frozenset(),
    "rpm": frozenset(("arch", "distro", "epoch")),
}
_EVERYWHERE = frozenset(("repository_url",))
_NO_SUBPATH = frozenset(("cargo", "golang", "maven", "npm", "nuget", "pypi"))
_SEGMENT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9@._~!+'()*:$-]{1,256}")
_VERSION = re.compile(r"[A-Za-z0-9._+~!:=()*-]{1,256}")
_LONGEST = 2048
# Purls that can be written no other way: reading one and writing it again takes much longer than to see that.
_PLAIN = re.compile(
    r"pkg:(?:(?:cargo|gem|nuget)/[A-Za-z0-9_-]{1,128}|npm/(?:%40[a-z0-9_-]{1,128}/)?[a-z0-9_-][a-z0-9._-]{0,127})"
    r"@[0-9][0-9A-Za-z.-]{0,128}"
)
# Versions that PEP 440 would write no other way; the others are asked of `packaging`.
_PLAIN_PYPI = re.compile(r"N(?:\.N)*(?:(?:a|b|rc)N)?(?:\.postN)?(?:\.devN)?".replace("N", r"(?:0|[1-9]\d*)"))


@lru_cache(maxsize=65536)
def package_purl(
    kind: str, name: str, version: str = "", namespace: str = "", qualifiers: tuple[tuple[str, str], ...] = ()
) -> str:
    """The canonical purl, or "" where the name can have none. kind is a purl type; namespace may have several parts
    (`github.com/acme`, `@scope`, `org.acme`). A version that no registry would take is left out."""
    parts = (*(namespace.split("/") if namespace else ()), name)
    if not all(_SEGMENT.fullmatch(part) for part in parts):
        return ""
    version = version if _VERSION.fullmatch(version) else ""
    if kind == "pypi":
        name, version = re.sub(r"[-_.]+", "-", name).lower(), _pep440(version)
    elif kind in ("golang", "npm"):
        namespace, name = namespace.lower(), name.lower()  # purl-spec; Go and old npm packages tell the case apart
    if not qualifiers:
        scope = f"{namespace.replace('@', '%40', 1)}/" if namespace else ""
        if _PLAIN.fullmatch(plain := f"pkg:{kind}/{scope}{name}@{version}"):
            return plain
    try:
        purl = PackageURL(kind, namespace or None, name, version or None, dict(qualifiers) or None).to_string()
    except ValueError:
        return ""
    return purl if len(purl) <= _LONGEST else ""


def module_purl(path: str, version: str = "") -> str:
    """The purl of a Go module by its whole path, `/v3` included."""
    namespace, _, name = path.rpartition("/")
    return package_purl("golang", name, version, namespace)


@lru_cache(maxsize=65536)
def canonical(purl: str) -> str:
    """A purl that somebody stated, in the spelling that names its package here; "" where it is no purl.

    Qualifiers and subpaths that are no part of the identity go; of unknown types all is kept.
    """
    if _PLAIN.fullmatch(purl):
        return purl
    try:
        parsed = PackageURL.from_string(purl) if len(purl) <= _LONGEST else None
    except ValueError:
        return ""
    if parsed is None:
        return ""
    kept = _IDENTITY.get(parsed.type)
    qualifiers = {k: v for k, v in parsed.qualifiers.items() if kept is None or k in kept | _EVERYWHERE}
    if parsed.type == "maven" and qualifiers.get("type") == "jar":
        del qualifiers["type"]  # what an artifact is unless something else is said
    if parsed.type == "golang":
        parsed = parsed._replace(**_golang(parsed))
    if kept is None or (parsed.subpath and parsed.type not in _NO_SUBPATH):
        return parsed._replace(qualifiers=qualifiers).to_string()
    return package_purl(
        parsed.type, parsed.name, parsed.version or "", parsed.namespace or "", tuple(sorted(qualifiers.items()))
    )


def is_public(purl: str) -> bool:
    """Whether nothing in a purl names a place on a machine or holds a credential. Each qualifier is looked at by
    itself: the address that one holds ends where the next begins."""
    if "?" not in purl:
        return withheld(purl) == purl
    plain, _, qualifiers = purl.partition("?")
    values = (unquote(pair.partition("=")[2]) for pair in re.split("[&#]", qualifiers))
    return withheld(plain) == plain and all(withheld(value) == value for value in values)


def _golang(purl: PackageURL) -> dict[str, str | None]:
    """Name and version as Go has them: versions begin with v, but not those of the standard library."""
    name, version = purl.name, purl.version or ""
    if not purl.namespace and name in ("std", "stdlib"):
        return {"name": "stdlib", "version": re.sub(r"^(?:go|v)(?=\d)", "", version) or None}
    return {"name": name, "version": f"v{version}" if re.match(r"\d+\.\d+\.\d+(?![\w])", version) else version or None}


def _pep440(version: str) -> str:
    """A version as PEP 440 normalises it; one that it does not know stays as it is."""
    if not version or _PLAIN_PYPI.fullmatch(version):
        return version
    from packaging.version import InvalidVersion, Version

    try:
        return str(Version(version))
    except InvalidVersion:
        return version
