"""Lists of third-party licences, as tools of several ecosystems write them -> what they name.

Knows the formats, each by all that its tool always writes: cargo-bundle-licenses (YAML, JSON, TOML),
license-webpack-plugin, license-checker, pip-licenses and Maven's license-maven-plugin. A list of any other form is
none. Nothing is known here of what the package really holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cf_sbom.fields import Fields, Remark
from cf_sbom.identity.licenses import of_cargo
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError, parse_json, parse_text, parse_yaml
from cf_sbom.syntaxes.toml import load_toml

CARGO_NAMES = tuple(f"THIRDPARTY.{end}" for end in ("yml", "yaml", "json", "toml"))
JSON_NAMES = ("third-party-licenses.json", "third_party_licenses.json", "licenses.json")
MAVEN_NAME = "THIRD-PARTY.txt"
NAMES = (*CARGO_NAMES, *JSON_NAMES, MAVEN_NAME)

_LINE = 2000  # characters of a line of Maven
_RELEASE = re.compile(r"(?:(@[^@/\s]+)/)?([^@/\s]+)@([^@\s]+)")
_MAVEN_HEAD = re.compile(r"Lists? of \d+ third-party dependenc(?:y|ies)\.")
_MAVEN = re.compile(r"([^():\s]+):([^():\s]+):([^():\s]+) - .*")
_NO_TEXT = frozenset(("", "NOT FOUND"))  # as cargo-bundle-licenses writes what it did not find
# Strings of all four kinds and comments. Each alternative always comes to an end, at the latest that of the text, so
# that nothing is ever tried twice.
_TOML_STRINGS = re.compile(
    r'"""(?:[^"\\]+|\\.|"(?!""))*(?:"{3,5}|\\?\Z)|\'\'\'(?:[^\']+|\'(?!\'\'))*(?:\'{3,5}|\Z)'
    r'|"(?:[^"\\\n]+|\\.)*"?|\'[^\'\n]*\'?|#[^\n]*',
    re.DOTALL,
)
_TOML_LINE = re.compile(
    r'[ \t]*(?:\[\[third_party_libraries(?:\.licenses)?\]\]|[a-z_]{1,32}[ \t]*=[ \t]*(?:""|\[\]))?[ \t\r]*(?:"")?'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One entry. kind is a purl type; licenses are to choose from; place is that of the entry in the list; texts are
    JSON pointers (RFC 6901) and the licence texts there."""

    place: str
    kind: str
    namespace: str = ""
    name: str
    version: str
    licenses: tuple[str, ...] = ()
    repository: str = ""
    texts: tuple[tuple[str, str], ...] = ()


def read_list(file_name: str, data: memoryview, limits: Limits, remark: Remark) -> tuple[Listed, ...]:
    """The entries of a list with one of the NAMES, at most limits.dependencies; none where it is no such list. Raises
    ParseError for what cannot be read; what is wrong with one entry is remarked."""
    if file_name == MAVEN_NAME:
        return tuple(_maven(data, limits))
    tree = _tree(file_name, data, limits, remark)
    if isinstance(tree, dict):
        fields = Fields(tree, limits, remark)
        if isinstance(tree.get("root_name"), str) and isinstance(tree.get("third_party_libraries"), list):
            return tuple(_cargo(fields))
        packages = tree.get("packages")
        if isinstance(packages, list) and packages and all(_has(p, "name", "versionInfo") for p in packages):
            return tuple(_webpack(fields))
        if tree and all(_RELEASE.fullmatch(name) and _has(entry, "licenses") for name, entry in tree.items()):
            return tuple(_checker(fields, limits))
    elif isinstance(tree, list) and tree and all(_has(entry, "Name", "Version", "License") for entry in tree):
        return tuple(_pip(Fields({"": tree}, limits, remark)))
    return ()


def _has(entry: Any, *keys: str) -> bool:
    return isinstance(entry, dict) and all(key in entry for key in keys)


def _tree(file_name: str, data: memoryview, limits: Limits, remark: Remark) -> Any:
    if file_name.endswith(".json"):
        try:
            return parse_json(data, limits)
        except ParseError:
            if file_name == "licenses.json":  # many files are called so
                return None
            raise
    if file_name.endswith(".toml"):
        return _toml(data, limits)
    # Most of a list is licence texts, which have a limit of their own; its values are bounded as ever.
    size = max(limits.yaml_size, limits.texts_size)
    tree, remarks = parse_yaml(data, replace(limits, yaml_size=size))
    for text in remarks:
        remark(text)
    return tree


def _toml(data: memoryview, limits: Limits) -> Any:
    """tomllib takes time squared for keys of many parts, and recurses: it is given only what cargo-bundle-licenses
    writes between strings, which are headers of two kinds and plain keys."""
    if len(data) > limits.yaml_size:
        raise ParseError(f"larger than {limits.yaml_size} bytes (limit yaml_size)")
    text = parse_text(data)
    if "third_party_libraries" not in text:
        return None
    lines = _TOML_STRINGS.sub('""', text).split("\n")
    if len(lines) > limits.yaml_nodes:
        raise ParseError(f"more than {limits.yaml_nodes} values (limit yaml_nodes)")
    if not all(map(_TOML_LINE.fullmatch, lines)):
        raise ParseError("not TOML as cargo-bundle-licenses writes it")
    return load_toml(text)


def _cargo(fields: Fields) -> Iterator[Listed]:
    """A licence `MIT/Apache-2.0` is cargo's old way to write OR."""
    for number, crate in enumerate(fields.each("third_party_libraries")):
        license_ = crate.text("license")
        yield Listed(
            place=crate.where(),
            kind="cargo",
            name=crate.text("package_name"),
            version=crate.text("package_version"),
            licenses=(of_cargo(license_),) if license_ else (),
            repository=crate.text("repository"),
            texts=tuple(
                (f"/third_party_libraries/{number}/licenses/{at}/text", text)
                for at, each in enumerate(crate.each("licenses"))
                if (text := each.whole_text("text")).strip() not in _NO_TEXT
            ),
        )


def _webpack(fields: Fields) -> Iterator[Listed]:
    for number, package in enumerate(fields.each("packages")):
        scope, _, name = package.text("name").rpartition("/")
        text, license_ = package.whole_text("extractedText"), package.text("licenseId")
        yield Listed(
            place=package.where(),
            kind="npm",
            namespace=scope,
            name=name,
            version=package.text("versionInfo"),
            licenses=(license_,) if license_ else (),
            texts=((f"/packages/{number}/extractedText", text),) if text.strip() not in _NO_TEXT else (),
        )


def _checker(fields: Fields, limits: Limits) -> Iterator[Listed]:
    """license-checker puts a star behind what it guessed from a text: that is not stated."""
    for key in fields.names()[: limits.dependencies]:
        package = fields.fields(key)
        if match := _RELEASE.fullmatch(key):
            stated = package.texts("licenses")
            yield Listed(
                place=key,
                kind="npm",
                namespace=match[1] or "",
                name=match[2],
                version=match[3],
                licenses=tuple(text for text in stated if not text.endswith("*") and text != "UNKNOWN"),
                repository=package.text("repository"),
            )


def _pip(fields: Fields) -> Iterator[Listed]:
    for package in fields.each(""):
        license_ = package.text("License")
        yield Listed(
            place=package.where(),
            kind="pypi",
            name=package.text("Name"),
            version=package.text("Version"),
            licenses=(license_,) if license_ not in ("", "UNKNOWN") else (),
        )


def _maven(data: memoryview, limits: Limits) -> Iterator[Listed]:
    """`(Licence) (Other licence) Name (group:artifact:version - address)`, below a line that counts them. One may
    choose among several (maven.apache.org, POM reference, licenses)."""
    if len(data) > limits.json_size:
        raise ParseError(f"larger than {limits.json_size} bytes (limit json_size)")
    lines = str(data, "utf-8", "replace").split("\n")
    if not any(_MAVEN_HEAD.fullmatch(line.strip()) for line in lines[:10]):
        return
    for number, line in enumerate(lines[: limits.dependencies], 1):
        groups = _in_brackets(line.strip()[:_LINE])
        if len(groups) > 1 and (match := _MAVEN.fullmatch(groups[-1])):
            yield Listed(
                place=f"line {number}",
                kind="maven",
                namespace=match[1],
                name=match[2],
                version=match[3],
                licenses=tuple(name for name in groups[:-1] if not name.lower().startswith("unknown")),
            )


def _in_brackets(line: str) -> list[str]:
    """What stands in brackets at the start of a line, and in the last ones at its end."""
    found, at, depth, start = [], 0, 0, 0
    while at < len(line) and (depth or line[at] in "( "):
        if line[at] == "(":
            start, depth = (start if depth else at + 1), depth + 1
        elif line[at] == ")":
            depth -= 1
            if not depth:
                found.append(line[start:at].strip())
        at += 1
    last = line.rfind("(", at)
    return [*found, line[last + 1 : -1]] if last > 0 and line.endswith(")") else []
