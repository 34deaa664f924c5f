"""Where packages are, and small packages made in memory."""

from __future__ import annotations

import bz2
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

try:
    from compression import zstd
except ImportError:
    from backports import zstd

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
EXPECTED = FIXTURES / "expected"
REAL = Path(os.environ.get("CF_SBOM_REAL_PACKAGES", ROOT.parent / "shared" / "packages"))

INDEX = {
    "name": "demo",
    "version": "1.0",
    "build": "0",
    "build_number": 0,
    "subdir": "linux-64",
    "depends": ["python >=3.10"],
    "license": "MIT",
    "timestamp": 1_700_000_000_000,
}
Members = Mapping[str, bytes | tarfile.TarInfo]


def fixture_packages() -> list[Path]:
    """Every package of fixtures/, sorted."""
    return sorted(p for p in FIXTURES.rglob("*") if p.is_file() and p.name.endswith((".conda", ".tar.bz2")))


def real_packages() -> list[Path]:
    """The optional folder of real packages; empty where it does not exist."""
    return sorted(p for p in REAL.rglob("*") if p.name.endswith((".conda", ".tar.bz2"))) if REAL.is_dir() else []


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


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    """A symbolic link, or with another kind a hard link or a device."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


def info_members(index: object = None, **files: object) -> dict[str, bytes]:
    """The members of info/: index.json, about.json and what is given as name=tree; None leaves one out."""
    trees: dict[str, object] = {
        "index": INDEX if index is None else index,
        "about": {"summary": "a demo"},
        "paths": {"paths": [], "paths_version": 1},
    }
    trees |= files
    return {f"info/{name}.json": json.dumps(tree).encode() for name, tree in trees.items() if tree is not None}


def zip_conda(entries: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def conda(info: Members, payload: Members | None = None, stem: str = "demo-1.0-0") -> bytes:
    """A .conda file."""
    return zip_conda(
        {
            "metadata.json": b'{"conda_pkg_format_version": 2}',
            f"pkg-{stem}.tar.zst": zstd.compress(tar(payload or {})),
            f"info-{stem}.tar.zst": zstd.compress(tar(info)),
        }
    )


def tar_bz2(members: Members) -> bytes:
    """A .tar.bz2 file."""
    return bz2.compress(tar(members))
