"""What the conda package itself is, upstream: the carried component that has its name and version, or its source.

Knows how conda packages are named after what they repackage (`r-digest`, `perl-json-xs`); reads no files. What is found
stays a carried component and becomes an ancestor, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from packageurl import PackageURL

from cf_sbom.hookspecs import Context, Enricher, hookimpl
from cf_sbom.model import Component, Evidence, Relation, Sbom, Subject
from cf_sbom.placement import place

NAME = "upstream"
# How conda-forge calls what comes from a registry, where not by the same name.
_PREFIXES = {"bioconductor": "bioconductor-", "cpan": "perl-", "cran": "r-", "gem": "rb-", "luarocks": "lua-"}
_PLAIN = frozenset(
    ("cargo", "composer", "gem", "generic", "golang", "julia", "luarocks", "maven", "npm", "nuget", "pypi")
)
_MAJOR = re.compile(r"v[0-9]+")
_FORGE_HOSTS = {"github": "github.com", "gitlab": "gitlab.com"}


@hookimpl
def cf_sbom_enrichers() -> Iterable[Enricher]:
    yield Enricher(
        name=NAME, order=20, enrich=enrich, doc="the carried component that the package is upstream, as its ancestor"
    )


def enrich(sbom: Sbom, context: Context) -> Sbom:
    """The Sbom with a relation upstream_of from each carried component that the package is, to the package."""
    found = tuple(_identities(sbom))
    if not found:
        return sbom
    relations = {(r.source, r.kind, r.target, r.scope): r for r in (*sbom.relations, *found)}
    return replace(sbom, relations=tuple(relations[key] for key in sorted(relations)))


def _identities(sbom: Sbom) -> Iterator[Relation]:
    placement = place(sbom)
    by_ref = {c.ref: c for c in sbom.components}
    sources = {r.target for r in placement.outgoing.get(sbom.root, ()) if r.kind == "built_from"}
    repositories = {path for ref in sources for path in _repository(by_ref[ref].purl) if ref in by_ref}
    for component in placement.sections["carried"]:
        if placement.scopes.get(component.ref) == "test":
            continue
        if component.ref in sources:
            why, sure = "its purl is that of the recipe's source", 1.0
        elif _module(component.purl) in repositories:
            why, sure = "its module path is the repository of the recipe's source", 1.0
        elif _is_namesake(component, sbom.subject) and not _is_part(component, placement.incoming[component.ref], sbom):
            why, sure = "its name and version are those of the conda package", 0.9
        else:
            continue
        path = component.occurrences[0].path
        evidence = Evidence(path=path, technique="inferred", confidence=sure, by=NAME, detail=why)
        yield Relation(source=component.ref, kind="upstream_of", target=sbom.root, evidence=(evidence,))


def _is_namesake(component: Component, subject: Subject) -> bool:
    if not component.purl or not component.version or _words(component.version) != _words(subject.version):
        return False
    purl = PackageURL.from_string(component.purl)
    wanted = _name(subject.name)
    own = [part for part in (purl.namespace or "").split("/") if part] + [purl.name]
    if purl.type == "golang" and _MAJOR.fullmatch(own[-1]) and len(own) > 1:
        own.pop()
    if purl.type == "npm":  # another scope is another package
        return wanted == _name("-".join(own).lstrip("@"))
    names = {_name(own[-1])} if purl.type in _PLAIN else set()
    if purl.type in _PREFIXES:
        names.add(_PREFIXES[purl.type] + _name(own[-1]))
    return wanted in names


def _is_part(component: Component, incoming: Iterable[Relation], sbom: Sbom) -> bool:
    """Whether something of the same ecosystem holds the component or depends on it: a part that has the name of the
    whole by chance."""
    ecosystem = component.purl.partition("/")[0] + "/"
    return any(r.source != sbom.root and r.source.startswith(ecosystem) for r in incoming)


def _name(name: str) -> str:
    """Names that differ in case and separators only are taken for one, as PEP 503 does."""
    return re.sub(r"[-_.:]+", "-", name).lower()


@lru_cache(maxsize=4096)
def _words(version: str) -> tuple[str, ...]:
    """A version without its separators, which conda cannot hold as they are (`1.0-rc1`, `v1.0rc1`), and without zeros
    before numbers and at the end: PEP 440 and conda compare so."""
    words = re.findall(r"[0-9]+|[a-z]+", version.lower().removeprefix("v").removesuffix("+incompatible"))
    words = [word.lstrip("0") or "0" if word.isdigit() else word for word in words]
    while len(words) > 1 and words[-1] == "0":
        words.pop()
    return tuple(words)


def _repository(purl: str) -> tuple[str, ...]:
    """The path under which a forge has the source, such as `github.com/acme/tool`."""
    parsed = PackageURL.from_string(purl) if purl else None
    if parsed is None or parsed.type not in _FORGE_HOSTS or parsed.qualifiers:
        return ()
    return (f"{_FORGE_HOSTS[parsed.type]}/{parsed.namespace}/{parsed.name}".lower(),)


def _module(purl: str) -> str:
    """The path of a Go module without its major version, or ""."""
    if not purl.startswith("pkg:golang/"):
        return ""
    parsed = PackageURL.from_string(purl)
    parts = [*(parsed.namespace or "").split("/"), parsed.name]
    return "/".join(parts[:-1] if _MAJOR.fullmatch(parts[-1]) else parts).lower()
