"""Environments made for tests: a prefix with records, documents and Python distributions, and documents of packages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from cf_sbom.generate import describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.plugins import load
from cf_sbom.testing.packages import make_conda

CHANNEL = "https://conda.anaconda.org/conda-forge"


def record(name: str, depends: Sequence[str] = (), /, **fields: Any) -> dict[str, Any]:
    """A record as conda-meta has it; fields change it, None removes one."""
    version, build = fields.get("version", "1.0"), fields.get("build", "h0_0")
    subdir = fields.get("subdir", "linux-64")
    file_name = f"{name}-{version}-{build}.conda"
    made: dict[str, Any] = {
        "name": name,
        "version": version,
        "build": build,
        "build_number": 0,
        "subdir": subdir,
        "channel": f"{CHANNEL}/{subdir}",
        "fn": file_name,
        "url": f"{CHANNEL}/{subdir}/{file_name}",
        "sha256": sha256(file_name.encode()).hexdigest(),
        "md5": sha256(file_name.encode()).hexdigest()[:32],
        "size": 1234,
        "license": "MIT",
        "timestamp": 1_700_000_000_000,
        "depends": list(depends),
        "files": [],
    }
    made |= fields
    return {key: value for key, value in made.items() if value is not None}


def stem(found: Mapping[str, Any]) -> str:
    return f"{found['name']}-{found['version']}-{found['build']}"


def make_prefix(folder: Path, records: Sequence[Mapping[str, Any]], files: Mapping[str, bytes | str] = {}) -> Path:
    """A prefix with these records and files."""
    meta = folder / "conda-meta"
    meta.mkdir(parents=True)
    (meta / "history").write_text("")
    for found in records:
        (meta / f"{stem(found)}.json").write_text(json.dumps(found))
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def dist(
    name: str, version: str, *headers: str, installer: str = "pip", site: str = "lib/python3.12/site-packages"
) -> dict[str, str]:
    """The metadata of an installed distribution."""
    folder = f"{site}/{name}-{version}.dist-info"
    lines = ("Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "License-Expression: MIT", *headers)
    return {f"{folder}/METADATA": "\n".join(lines) + "\n", f"{folder}/INSTALLER": f"{installer}\n"}


def package(name: str, payload: Mapping[str, bytes] | None = None, depends: Sequence[str] = (), **index: Any) -> bytes:
    """A .conda file."""
    stated = {
        "name": name,
        "version": "1.0",
        "build": "h0_0",
        "build_number": 0,
        "subdir": "linux-64",
        "depends": list(depends),
        "license": "MIT",
        "timestamp": 1_700_000_000_000,
    } | index
    return make_conda(payload or {}, stated)


def document(data: bytes, name: str, folder: Path, output: str = "cyclonedx-json", **options: Any) -> bytes:
    """The document of a package's bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    settings = replace(Options(**options), outputs=((output, ""),))
    registry = load()
    return render(describe(path, settings, registry), settings, registry)[0].data


CARRIED = {
    f"lib/python3.12/site-packages/{name}-{version}.dist-info/METADATA": (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense-Expression: MIT\n".encode()
    )
    for name, version in (("apple", "2.0"), ("pear", "3.1"))
}
