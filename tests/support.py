"""Where packages are, and small packages made in memory."""

from __future__ import annotations

import bz2
import json
import os
import tarfile
from pathlib import Path

from cf_sbom.testing.packages import INDEX, Members, tar
from cf_sbom.testing.packages import conda as conda
from cf_sbom.testing.packages import zip_conda as zip_conda
from cf_sbom.testing.packages import zstd as zstd

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
EXPECTED = FIXTURES / "expected"
REAL = Path(os.environ.get("CF_SBOM_REAL_PACKAGES", ROOT.parent / "shared" / "packages"))


def fixture_packages() -> list[Path]:
    """Every package of fixtures/, sorted."""
    return sorted(p for p in FIXTURES.rglob("*") if p.is_file() and p.name.endswith((".conda", ".tar.bz2")))


def real_packages() -> list[Path]:
    """The optional folder of real packages; empty where it does not exist."""
    return sorted(p for p in REAL.rglob("*") if p.name.endswith((".conda", ".tar.bz2"))) if REAL.is_dir() else []


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


def tar_bz2(members: Members) -> bytes:
    """A .tar.bz2 file."""
    return bz2.compress(tar(members))


def fixture_members(extractor: str) -> dict[str, bytes]:
    """The members that fixtures/members/ has for an extractor, by their paths in a package."""
    folder = FIXTURES / "members" / extractor
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
