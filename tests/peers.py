"""Programs and files of npm packages that tests ask: `make peers` installs them beside the environment."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

NODE = Path(sys.prefix) / "peers" / "node_modules"


def npm_file(package: str, path: str) -> Path:
    """A file of an npm package; the test is skipped where `make peers` could not install it."""
    found = NODE / package / path
    if not found.is_file():
        pytest.skip(f"{package} of npm is not installed here: `make peers` does it where there is npm")
    return found


def node_script(package: str, path: str) -> tuple[str, str]:
    """Words that run a script of an npm package."""
    script = npm_file(package, path)
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node here")
    return node, str(script)
