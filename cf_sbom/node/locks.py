"""Lock files of the npm world -> what they locked: npm's own three forms, yarn's two, pnpm's.

Knows their formats (npm's documentation of package-lock.json; lock files of yarn 1 and later and of pnpm 5 to 9) and
nothing of what is installed. A lock file tells what was chosen, not what is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cf_sbom.fields import Fields, Remark, clean_text
from cf_sbom.identity.digests import integrity_digests
from cf_sbom.limits import Limits
from cf_sbom.model import Digest
from cf_sbom.parsing import ParseError, parse_json, parse_text, parse_yaml

NPM_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", ".package-lock.json")
YARN_LOCK, PNPM_LOCK = "yarn.lock", "pnpm-lock.yaml"
FILES = (*NPM_LOCKS, YARN_LOCK, PNPM_LOCK)

_LONGEST = 512  # characters of a name or version; npm itself allows 214 for a name
_DEEPEST = 1024  # characters of a folder: each entry holds its own, however deep packages are nested in packages
_FLAGS = ("dev", "optional", "devOptional", "peer", "inBundle", "bundled")
_YARN_FIELD = re.compile(r'  (version|resolution|integrity):? "?([^"\s]+)"?\s*')


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One locked package. place is its folder as seen from the project where has_folder, else the name of its entry;
    flags are what npm notes of it, such as dev, optional and peer."""

    place: str
    has_folder: bool
    name: str
    version: str
    digests: tuple[Digest, ...] = ()
    flags: tuple[str, ...] = ()


def read_lock(file_name: str, data: memoryview, limits: Limits, remark: Remark) -> tuple[Locked, ...]:
    """The packages of a lock file with one of the names in FILES, at most limits.dependencies. Raises ParseError for
    what is none; what is wrong with one entry is remarked."""
    if file_name == YARN_LOCK:
        found = _yarn(data, limits)
    elif file_name == PNPM_LOCK:
        tree, remarks = parse_yaml(data, limits)
        for text in remarks:
            remark(text)
        found = _pnpm(Fields(tree, limits, remark))
    else:
        found = _npm(parse_json(data, limits), limits, remark)
    kept: list[Locked] = []
    for locked in found:
        if len(kept) == limits.dependencies:
            remark(f"more than {limits.dependencies} packages; the rest is not read (limit dependencies)")
            break
        kept.append(locked)
    return tuple(kept)


def _npm(tree: Any, limits: Limits, remark: Remark) -> Iterator[Locked]:
    fields = Fields(tree, limits, remark)
    if "packages" in fields:
        return _npm_packages(fields.fields("packages"))
    return _npm_dependencies(fields)


def _npm_packages(packages: Fields) -> Iterator[Locked]:
    """Versions 2 and 3, and the hidden lock file: one flat mapping from folder to package; "" is the project."""
    for path in packages.names():
        package = packages.fields(path)
        folder, _, last = path.rpartition("node_modules/")
        name = package.text("name") or (last if folder or path.startswith("node_modules/") else "")
        version = package.text("version")
        if 0 < len(path) <= _DEEPEST and "link" not in package and _is_release(name, version):
            yield _locked(package, name, version, path)


def _npm_dependencies(project: Fields) -> Iterator[Locked]:
    """Version 1: packages in packages, as their folders lie. `npm:other@1.0.0` as version is another package in the
    folder."""
    waiting = [(project, "")]
    while waiting:
        parent, base = waiting.pop()
        dependencies = parent.fields("dependencies")
        for folder in dependencies.names():
            package = dependencies.fields(folder)
            name, version = folder, package.text("version")
            if version.startswith("npm:"):
                name, _, version = version[4:].rpartition("@")
            path = f"{base}node_modules/{folder}"
            if len(path) <= _DEEPEST:
                if _is_release(name, version):
                    yield _locked(package, name, version, path)
                if "dependencies" in package:
                    waiting.append((package, f"{path}/"))


def _locked(package: Fields, name: str, version: str, path: str) -> Locked:
    return Locked(
        place=clean_text(path),
        has_folder=True,
        name=clean_text(name),
        version=version,
        digests=integrity_digests(package.text("integrity")),
        flags=tuple(flag for flag in _FLAGS if package.flag(flag)),
    )


def _pnpm(lock: Fields) -> Iterator[Locked]:
    """Keys are `/name/1.0.0_peer@1` (5), `/name@1.0.0(peer@1)` (6) or `name@1.0.0` (9)."""
    old = lock.text("lockfileVersion").startswith("5")
    packages = lock.fields("packages")
    for key in packages.names():
        package = packages.fields(key)
        name, _, version = key.partition("(")[0].lstrip("/").rpartition("/" if old else "@")
        version = version.partition("_")[0] if old else version
        if _is_release(name, version):
            resolution = package.fields("resolution")
            yield Locked(
                place=clean_text(key[:_LONGEST]),
                has_folder=False,
                name=clean_text(name),
                version=clean_text(version),
                digests=integrity_digests(resolution.text("integrity")),
                flags=tuple(flag for flag in ("dev", "optional") if package.flag(flag)),
            )


def _yarn(data: memoryview, limits: Limits) -> Iterator[Locked]:
    """Blocks of lines: a head of patterns such as `"a@^1.0.0", a@~1.0.1:`, and fields of two spaces' indent. yarn 2
    writes the same as YAML; `resolution` is then what the patterns led to."""
    if len(data) > limits.yaml_size:
        raise ParseError(f"larger than {limits.yaml_size} bytes (limit yaml_size)")
    lines = parse_text(data).split("\n")
    head, fields = "", dict[str, str]()
    for line in (*lines, "end:"):
        if not line.startswith((" ", "#", "\r")) and line.rstrip().endswith(":"):
            resolution = fields.get("resolution", head)
            name = _yarn_name(resolution)
            if ("resolution" not in fields or "@npm:" in resolution) and _is_release(name, fields.get("version", "")):
                yield Locked(
                    place=head[:_LONGEST],
                    has_folder=False,
                    name=name,
                    version=fields["version"],
                    digests=integrity_digests(fields.get("integrity", "")),
                )
            head, fields = line.strip().strip('":').split(",")[0].strip('" '), {}
        elif field := _YARN_FIELD.fullmatch(line):
            fields[field[1]] = field[2]


def _yarn_name(pattern: str) -> str:
    """`name` of `name@^1.0.0` and of `name@npm:^1.0.0`; `other` of `name@npm:other@^1.0.0`."""
    at = pattern.find("@", 1)
    name, wanted = pattern[:at] if at > 0 else "", pattern[at + 1 :]
    if wanted.startswith("npm:") and wanted.find("@", 5) > 0:
        return wanted[4 : wanted.find("@", 5)]
    return name


def _is_release(name: str, version: str) -> bool:
    """Whether an entry names a release of a registry: neither a folder nor an address."""
    return 0 < len(name) <= _LONGEST and 0 < len(version) <= _LONGEST and ":" not in version and "/" not in version
