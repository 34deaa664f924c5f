"""package.json -> what it says of a package.

Knows its fields (npm's documentation of package.json), their older forms, and what npm up to version 6 added on
installing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cf_sbom.fields import Fields, Remark, clean_text
from cf_sbom.identity.digests import LENGTHS, integrity_digests
from cf_sbom.limits import Limits
from cf_sbom.model import Digest, Scope

NAME = re.compile(r"(?:(@[A-Za-z0-9~*_-][A-Za-z0-9._~*-]*)/)?([A-Za-z0-9~_-][A-Za-z0-9._~!'()*-]*)")
"""A name as npm takes or once took it: the scope, and the name in it."""

_VERSION = re.compile(r"[v=\s]*(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)\s*")
_LONGEST = 256  # characters of a name, a version or a specifier
_LICENSES = 16  # licences to choose from
_HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org", "gist": "gist.github.com"}
_SHORTHAND = re.compile(r"(?:(github|gitlab|bitbucket|gist):)?([\w.-]+(?:/[\w.-]+)*)(?:#.*)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a package needs to be installed: the specifier as written and the field it stands in."""

    spec: str
    scope: Scope
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One package. licenses are to choose from; digests are of the tarball that it was installed from, and resolved is
    where that was; bundles are the names of what it brings along in its own node_modules. published: npm's registry can
    have it, which a private project, an extension of an editor or a package of Unity is not."""

    scope: str
    name: str
    version: str
    licenses: tuple[str, ...]
    description: str
    homepage: str
    repository: str
    digests: tuple[Digest, ...]
    resolved: str
    published: bool
    requires: Mapping[str, Requirement]
    bundles: tuple[str, ...]


def is_package(tree: Any) -> bool:
    """Whether a package.json outside of node_modules is that of a package: templates and settings have one, too."""
    if not isinstance(tree, dict):
        return False
    name, version = tree.get("name"), tree.get("version")
    return isinstance(name, str) and isinstance(version, str) and bool(_identity(name, version))


def read_manifest(tree: Any, limits: Limits, remark: Remark) -> Manifest | None:
    """The package of a package.json, or None where it has no name and version that npm would take."""
    fields = Fields(tree, limits, remark)
    identity = _identity(fields.text("name"), fields.text("version"))
    if not identity:
        return None
    requires = _requires(tree, limits, remark)
    bundles: tuple[str, ...] = ()
    for key in ("bundleDependencies", "bundledDependencies"):
        if not fields.is_flag(key):
            bundles = bundles or fields.texts(key)
        elif fields.flag(key):
            bundles = tuple(requires)
    scope, name, version = identity
    return Manifest(
        scope=scope,
        name=name,
        version=version,
        licenses=_licenses(tree, remark),
        description=fields.text("description"),
        homepage=_first_text(tree, "homepage"),
        repository=_repository(_first_text(tree, "repository", "url")),
        digests=_digests(tree),
        resolved=_first_text(tree, "_resolved"),
        published=_is_published(tree),
        requires=requires,
        bundles=bundles,
    )


def _is_published(tree: Mapping[str, Any]) -> bool:
    engines = tree.get("engines")
    return not (tree.get("private") is True or "unity" in tree or (isinstance(engines, dict) and "vscode" in engines))


def _identity(name: str, version: str) -> tuple[str, str, str] | None:
    """Scope, name and version; npm takes a version without the `v` before it."""
    named = NAME.fullmatch(name) if len(name) <= _LONGEST else None
    numbered = _VERSION.fullmatch(version) if len(version) <= _LONGEST else None
    return (named[1] or "", named[2], numbered[1]) if named and numbered else None


def _first_text(tree: Mapping[str, Any], key: str, inner: str = "") -> str:
    """A field that is a string or an object with one, or a list of which the first counts; "" for anything else."""
    value = tree.get(key)
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get(inner)
    return clean_text(value) if isinstance(value, str) and len(value) <= 2048 else ""


def _licenses(tree: Mapping[str, Any], remark: Remark) -> tuple[str, ...]:
    """`license`: an expression or, in old packages, an object with a type; `licenses`: a list of these."""
    key = "license" if tree.get("license") is not None else "licenses"
    value = tree.get(key)
    found = []
    for item in value[:_LICENSES] if isinstance(value, list) else [value]:
        text = item.get("type", item.get("name")) if isinstance(item, dict) else item
        if isinstance(text, str):
            found.append(clean_text(text[:2048]))
        elif item is not None:
            remark(f"{key}: not a licence")
    return tuple(dict.fromkeys(text for text in found if text.strip()))


def _digests(tree: Mapping[str, Any]) -> tuple[Digest, ...]:
    found = set(integrity_digests(_first_text(tree, "_integrity")))
    sha1 = _first_text(tree, "_shasum").lower()
    if sha1 and re.fullmatch(rf"[0-9a-f]{{{LENGTHS['sha1']}}}", sha1):
        found.add(Digest(algorithm="sha1", value=sha1))
    return tuple(sorted(found))


def _repository(text: str) -> str:
    """An address; `user/repo` and `github:user/repo` are short for one."""
    short = _SHORTHAND.fullmatch(text.strip())
    if short is None or (short[1] is None and short[2].count("/") != 1):
        return text
    return f"https://{_HOSTS[short[1] or 'github']}/{short[2]}"


def _requires(tree: Mapping[str, Any], limits: Limits, remark: Remark) -> dict[str, Requirement]:
    """A later table goes before an earlier one. devDependencies are not installed with a package."""
    meta = tree.get("peerDependenciesMeta")
    tables: tuple[tuple[str, Scope], ...] = (
        ("peerDependencies", "runtime"),
        ("dependencies", "runtime"),
        ("optionalDependencies", "optional"),
    )
    requires: dict[str, Requirement] = {}
    for key, scope in tables:
        table = tree.get(key)
        if not table:
            continue
        if not isinstance(table, dict):
            remark(f"{key}: not a mapping")
            continue
        if len(table) > limits.dependencies:
            remark(f"{key}: {len(table)} entries; only {limits.dependencies} are read (limit dependencies)")
        wrong = 0
        for name, spec in list(table.items())[: limits.dependencies]:
            if not isinstance(spec, str) or len(name) > _LONGEST or not NAME.fullmatch(name):
                wrong += 1
                continue
            optional = key == "peerDependencies" and _is_optional(meta, name)
            requires[name] = Requirement(
                spec=clean_text(spec[:_LONGEST]), scope="optional" if optional else scope, field=key
            )
        if wrong:
            remark(f"{key}: {wrong} entries are no name and version; left out")
    return requires


def _is_optional(meta: Any, name: str) -> bool:
    noted = meta.get(name) if isinstance(meta, dict) else None
    return isinstance(noted, dict) and noted.get("optional") is True
