"""Core metadata (METADATA, PKG-INFO) -> one record, and what the name of its folder or archive says.

Knows the fields of the core metadata specification, versions 1.0 to 2.5; PEP 503 and 753. The author is not the
supplier, and the description is not kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from cf_sbom.carried import Found
from cf_sbom.fields import Fields, Remark
from cf_sbom.identity.packages import package_purl
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Digest, License, LinkKind, Severity, Technique
from cf_sbom.syntaxes.headers import parse_headers

_ONCE = ("Name", "Version", "Summary", "License-Expression", "License", "Home-page")
_MANY = ("Classifier", "Project-URL", "Requires-Dist")
_FIELDS = {name.lower(): name for name in (*_ONCE, *_MANY)}
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,254}[A-Za-z0-9])?")
# Labels of Project-URL as PEP 753 normalises them.
_LABELS: dict[str, LinkKind] = {
    "homepage": "website",
    "source": "vcs",
    "sourcecode": "vcs",
    "repository": "vcs",
    "github": "vcs",
    "documentation": "documentation",
    "docs": "documentation",
}
_FROM_NAME = 0.6  # the specification gives folders their names; nothing holds a builder to it


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreMetadata:
    """One distribution. requires: place and requirement as written. license may be a whole text; classifiers are the
    licence's, without `License :: ` and `OSI Approved :: `. from_name: name or version come from the folder's name."""

    name: str
    version: str = ""
    summary: str = ""
    license_expression: str = ""
    license: str = ""
    classifiers: tuple[str, ...] = ()
    links: tuple[tuple[LinkKind, str], ...] = ()
    requires: tuple[tuple[str, str], ...] = ()
    from_name: bool = False


def read_core_metadata(
    data: bytes | memoryview, limits: Limits, found: Found, named: str, where: str = ""
) -> CoreMetadata:
    """The record of one METADATA or PKG-INFO; its name is "" where it states none and `named`, the last part of the
    path of its folder or archive, tells none. Problems begin with `where`, the place inside the member or ""."""

    def remark(text: str, severity: Severity = "damage") -> None:
        found.problem(f"{where}: {text}" if where else text, severity)

    fields = Fields(_tree(parse_headers(data, limits, remark), remark), limits, remark)
    name, version = fields.text("Name"), _known(fields.text("Version"))
    if name and not _NAME.fullmatch(name):
        remark("Name: not the name of a distribution")
        name = ""
    given_name, given_version = name_and_version(named)
    from_name = bool(given_name and not name) or bool(given_version and not version)
    if not name or not version:
        missing = " and ".join(word for word, value in (("name", name), ("version", version)) if not value)
        remark(f"no {missing} stated" + ("; taken from the name of the folder or file" if from_name else ""), "gap")
        name, version = name or given_name, version or given_version
    elif given_name and not _agrees(name, version, given_name, given_version):
        remark(f"says {name} {version}"[:200] + f", the folder or file is called {named[:200]}", "conflict")
    return CoreMetadata(
        name=name,
        version=version,
        summary=_known(fields.text("Summary")),
        license_expression=_known(fields.text("License-Expression")),
        license=_known(fields.whole_text("License")),
        classifiers=tuple(
            last.removeprefix("OSI Approved :: ")
            for text in fields.texts("Classifier")
            if (last := text.partition("License :: ")[2]) and text.startswith("License :: ") and last != "OSI Approved"
        ),
        links=tuple(_links(fields)),
        requires=fields.numbered_texts("Requires-Dist"),
        from_name=from_name,
    )


def named_only(named: str) -> CoreMetadata:
    """The record of a distribution that is known by the name of its folder or archive alone."""
    name, version = name_and_version(named)
    return CoreMetadata(name=name, version=version, from_name=True)


def component(
    found: Found,
    metadata: CoreMetadata,
    *,
    field: str = "",
    seen: tuple[Digest, ...] = (),
    licenses: tuple[License, ...] = (),
) -> Component:
    """The component of a record; field is the place of the record inside the member."""
    technique: Technique = "filename" if metadata.from_name else "manifest"
    return found.package(
        "pypi",
        metadata.name,
        metadata.version,
        field=field,
        technique=technique,
        confidence=_FROM_NAME if metadata.from_name else 1.0,
        licenses=licenses,
        seen=seen,
        description=metadata.summary,
        links=[link for kind, url in metadata.links for link in found.link(kind, url)],
    )


def name_and_version(named: str) -> tuple[str, str]:
    """What `name-version.dist-info`, `name-version-py3.10.egg-info`, `.egg` or a wheel's file name says, "" for what it
    does not."""
    stem, _, kind = named.rpartition(".")
    if kind == "dist-info":
        name, _, version = stem.rpartition("-") if "-" in stem else (stem, "", "")
    elif kind in ("egg-info", "egg", "whl"):
        name, version = (*stem.split("-", 2), "")[:2]
    else:
        return "", ""
    return (name, version) if _NAME.fullmatch(name) else ("", "")


def normal_name(name: str) -> str:
    """A name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _tree(headers: list[tuple[str, str]], remark: Remark) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in headers:
        name = _FIELDS.get(key)
        if name != "License":  # the only one that may be a text
            value = value.replace("\n", " ")
        if name in _MANY:
            tree.setdefault(name, []).append(value)
        elif name is not None and value and tree.setdefault(name, value) != value:
            remark(f"{name} stands more than once; the first is taken")
    return tree


def _known(value: str) -> str:
    """distutils wrote UNKNOWN for what was not given."""
    return "" if value == "UNKNOWN" else value


def _agrees(name: str, version: str, given_name: str, given_version: str) -> bool:
    """Names of folders write `-` and `+` of a version as `_`; an egg-info of a working tree has no version."""
    stated = package_purl("pypi", name, version)
    written = [given_version.replace("_", mark) for mark in "_-+"] if given_version else [version]
    return any(package_purl("pypi", given_name, one) == stated for one in written)


def _links(fields: Fields) -> list[tuple[LinkKind, str]]:
    links: list[tuple[LinkKind, str]] = [("website", fields.text("Home-page"))]
    for text in fields.texts("Project-URL"):
        label, _, url = text.partition(",")
        kind = _LABELS.get(re.sub(r"[\W_]+", "", label).lower())
        if kind is not None:
            links.append((kind, url.strip()))
    return links
