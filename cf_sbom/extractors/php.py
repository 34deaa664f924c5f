"""PHP packages that Composer installed, from vendor/composer/installed.json.

Knows both forms of the file: a list (Composer 1) and an object with `packages` (Composer 2). It says what was put
there; a package whose files are not in the payload may have been taken out again, so it is given with less confidence
and a problem. A metapackage has no files by its nature and is left out. What was installed for development and was
not taken out is carried like everything else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cf_sbom.carried import Found
from cf_sbom.fields import Fields
from cf_sbom.hookspecs import Body, Context, Extractor, Finding, Match, Note, View, hookimpl
from cf_sbom.identity.urls import clean_url, holds_local_path
from cf_sbom.model import ROOT, Component, License, Member, Occurrence, Ownership, Problem, Relation
from cf_sbom.parsing import ParseError, parse_json
from cf_sbom.paths import holding, resolve_link
from cf_sbom.properties import PACKAGE_SOURCE
from cf_sbom.requirements import Provider, Requirement, relations

NAME = "php"
_PACKAGE = re.compile(r"(?P<vendor>[a-z0-9][a-z0-9_.-]{0,99})/(?P<name>[a-z0-9][a-z0-9_.-]{0,99})")
_VERSION = re.compile(r"v?(?P<version>[0-9][A-Za-z0-9._+-]{0,255})|dev-(?P<branch>[^\s\\/][^\s\\]{0,254})")
_REGISTRY = "https://packagist.org/"
_LISTED = 0.5
"""The confidence of what the list names and the payload does not show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Installed:
    """An entry of the list, and the folder that its files are said to be in."""

    component: Component
    provider: Provider
    folder: str


@hookimpl
def cf_sbom_extractors() -> Iterable[Extractor]:
    yield Extractor(
        name=NAME,
        match=Match(globs=("**/composer/installed.json",)),
        read=read,
        join=join,
        doc="PHP packages by Composer's list of what it installed",
    )


def read(member: Member, body: Body, context: Context) -> Iterable[Finding]:
    found = Found(NAME, member.path)
    try:
        tree = parse_json(body.getbuffer(), context.limits)
    except ParseError as error:
        found.damage(str(error))
    else:
        root = Fields({"packages": tree} if isinstance(tree, list) else tree, context.limits, found.damage)
        for package in root.each("packages"):
            if package.text("type") != "metapackage" and (installed := _installed(found, package)):
                yield Note(key=member.path, value=installed)
    yield from found.problems


def join(view: View, context: Context) -> Iterable[Finding]:
    """What is there, what is only listed, and what needs what."""
    installed = [note.value for note in view.notes if isinstance(note.value, _Installed)]
    holds = holding(view.files if installed else ())
    present: list[_Installed] = []
    absent: list[_Installed] = []
    for entry in installed:
        (present if entry.folder and holds(f"{entry.folder}/") else absent).append(entry)
    for entry in present:
        yield entry.component
        yield Ownership(path=f"{entry.folder}/", ref=entry.component.ref)
    there = {entry.component.ref for entry in present}
    for entry in absent:
        component = replace(entry.component, occurrences=tuple(map(_only_listed, entry.component.occurrences)))
        yield component
        if component.ref not in there:
            seen = component.occurrences[0].evidence
            yield Relation(source=ROOT, kind="static_candidate", target=component.ref, evidence=seen)
    listed = Counter(entry.provider.path for entry in installed)
    for path, count in Counter(entry.provider.path for entry in absent).items():
        reason = (
            f"{count} of {listed[path]} packages listed as installed have no files here: they may have been taken out"
        )
        yield Problem(path=path, reason=reason, by=NAME, severity="gap")
    yield from relations(NAME, [entry.provider for entry in installed])


def _only_listed(occurrence: Occurrence) -> Occurrence:
    return replace(occurrence, evidence=tuple(replace(e, confidence=_LISTED) for e in occurrence.evidence))


def _installed(found: Found, package: Fields) -> _Installed | None:
    full_name = package.text("name").lower()
    name, version = _PACKAGE.fullmatch(full_name), _VERSION.fullmatch(package.text("version"))
    if version and version["branch"] and holds_local_path(version["branch"]):
        version = None
    if not name:
        package.remark("name", "not the name of a Composer package" if full_name else "missing")
        return None
    if not version:
        package.remark("version", "not a version; left out" if "version" in package else "missing")
    is_local, source = _source(package)
    links = [
        *found.link("website", package.text("homepage")),
        *found.link("vcs", package.fields("source").text("url")),
        *found.link("documentation", package.fields("support").text("docs")),
    ]
    component = found.package(
        "composer",
        name["name"],
        (version["version"] or version[0]) if version else "",
        namespace=name["vendor"],
        field=package.where(),
        licenses=_licenses(found, package),
        description=package.text("description"),
        links=links,
        properties=[(PACKAGE_SOURCE, source)],
        registered=not is_local,
    )
    others = (*package.fields("provide").names(), *package.fields("replace").names())
    provider = Provider(
        ref=component.ref,
        path=found.path,
        place=found.path,
        names=(full_name, *(other.lower() for other in others)),
        requirements=tuple(_requirements(package)),
    )
    folder = resolve_link(found.path, package.text("install-path") or f"../{full_name}")
    return _Installed(component=component, provider=provider, folder=folder)


def _source(package: Fields) -> tuple[bool, str]:
    """Whether it is a folder of the builder's, and where else than from the public registry it came; the registry
    asks to be notified of installations."""
    dist, source = package.fields("dist"), package.fields("source")
    if dist.text("type") == "path":
        return True, "folder"
    if package.text("notification-url").startswith(_REGISTRY):
        return False, ""
    origin = source if "url" in source else dist
    return False, clean_url(origin.text("url")).url


def _licenses(found: Found, package: Fields) -> tuple[License, ...]:
    """Several licences of a package are a choice (Composer's documentation, the composer.json schema)."""
    texts = package.texts("license")
    if len(texts) < 2:
        return found.license("".join(texts))
    return found.license(" OR ".join(f"({text})" if " " in text else text for text in texts))


def _requirements(package: Fields) -> Iterator[Requirement]:
    """PHP itself and its extensions are no packages, and so never found."""
    needs = package.fields("require")
    for name, constraint in needs.pairs():
        yield Requirement(name=name.lower(), spec=f"{name} {constraint}".strip(), field=needs.where(name))
