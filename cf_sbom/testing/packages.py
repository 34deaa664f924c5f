"""Small conda packages made in memory, with a paths.json that is right.

Knows the .conda container (CEP 35); nothing of what stands in the members.
"""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import ModuleType

try:
    from compression import zstd
except ImportError:
    from backports import zstd

from cf_sbom.generate import describe
from cf_sbom.hookspecs import Options
from cf_sbom.model import Sbom
from cf_sbom.plugins import load

Members = Mapping[str, bytes | tarfile.TarInfo]
INDEX: dict[str, object] = {
    "name": "demo",
    "version": "1.0",
    "build": "0",
    "build_number": 0,
    "subdir": "linux-64",
    "depends": ["python >=3.10"],
    "license": "MIT",
    "timestamp": 1_700_000_000_000,
}


def make_conda(members: Mapping[str, bytes], index: Mapping[str, object] | None = None) -> bytes:
    """A .conda file of these members. What of info/index.json, about.json, paths.json and recipe/meta.yaml is not among
    them is made: index changes fields of a package demo 1.0, None removes one."""
    stated = _stated(index)
    info = {path: data for path, data in members.items() if path.startswith("info/")}
    payload = {path: data for path, data in members.items() if path not in info}
    made = {
        "info/index.json": stated,
        "info/about.json": {"summary": "a demo"},
        "info/paths.json": _paths(payload),
        "info/recipe/meta.yaml": {"package": {key: stated.get(key) for key in ("name", "version")}},
    }
    return conda({path: json.dumps(tree).encode() for path, tree in made.items()} | info, payload, _stem(stated))


def describe_members(
    members: Mapping[str, bytes], *plugins: ModuleType, index: Mapping[str, object] | None = None
) -> Sbom:
    """What cf_sbom says of make_conda(members, index), with everything installed and with these modules."""
    with tempfile.TemporaryDirectory(prefix="cf-sbom-") as folder:
        path = Path(folder, f"{_stem(_stated(index))}.conda")
        path.write_bytes(make_conda(members, index))
        return describe(path, Options(), load(extra=plugins)).sbom


def _stated(index: Mapping[str, object] | None) -> dict[str, object]:
    return {key: value for key, value in {**INDEX, **(index or {})}.items() if value is not None}


def _stem(stated: Mapping[str, object]) -> str:
    return "-".join(str(stated.get(key, "")) for key in ("name", "version", "build"))


def conda(info: Members, payload: Members | None = None, stem: str = "demo-1.0-0") -> bytes:
    """A .conda file whose two parts have exactly these members, in this order."""
    return zip_conda(
        {
            "metadata.json": b'{"conda_pkg_format_version": 2}',
            f"pkg-{stem}.tar.zst": zstd.compress(tar(payload or {})),
            f"info-{stem}.tar.zst": zstd.compress(tar(info)),
        }
    )


def zip_conda(entries: Mapping[str, bytes]) -> bytes:
    """A zip file with these entries, stored."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def tar(members: Members) -> bytes:
    """An uncompressed tar archive; a TarInfo as value is a member without bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.mtime = 1_600_000_000
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _paths(payload: Mapping[str, bytes]) -> dict[str, object]:
    entries = [
        {"_path": path, "path_type": "hardlink", "sha256": sha256(data).hexdigest(), "size_in_bytes": len(data)}
        for path, data in sorted(payload.items())
    ]
    return {"paths": entries, "paths_version": 1}
