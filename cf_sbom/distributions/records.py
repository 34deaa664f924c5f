"""What a list of the files of a distribution says, against the files that are there.

Knows what installers and builders change after the list was made: that is passed over.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping

from cf_sbom.carried import Found
from cf_sbom.distributions.lists import Row
from cf_sbom.model import File

# What installers write after RECORD was made, and builders rewrite.
_INSTALLER_FILES = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json")


def compare(rows: Iterable[Row], path: str, files: Mapping[str, File], whole: bool, found: Found) -> None:
    """Missing files and those that differ, one problem each, for the list at path. whole says that files are all that
    the package has. Byte code is passed over, and so is what would lie outside the package, as scripts of noarch
    packages do."""
    missing, changed = [], []
    folder, _, name = path.rpartition("/")
    written = tuple(f"{folder}/{file_name}" for file_name in _INSTALLER_FILES)
    for row in rows:
        if not row.path or row.path.endswith((".pyc", ".pyo")) or row.path in written:
            continue
        file = files.get(row.path)
        if file is None:
            missing.append(row.path)
        elif row.digest.startswith("sha256=") and _differs(file, row.digest):
            changed.append(row.path)
    if missing and whole:
        found.problem(f"{_counted(missing)} of {name}, not in the package: {_shown(missing)}", "gap")
    if changed:
        found.problem(f"{_counted(changed)} other than {name} says, changed since: {_shown(changed)}", "conflict")


def _differs(file: File, digest: str) -> bool:
    """Whether a file has another SHA-256 than RECORD says, which writes it in base64 without padding."""
    return any(
        d.algorithm == "sha256"
        and urlsafe_b64encode(bytes.fromhex(d.value)).rstrip(b"=").decode() != digest.removeprefix("sha256=")
        for d in file.digests
    )


def _counted(paths: list[str]) -> str:
    return "1 file" if len(paths) == 1 else f"{len(paths)} files"


def _shown(paths: list[str]) -> str:
    shown = ", ".join(path if path.isprintable() else repr(path) for path in sorted(paths)[:3])[:300]
    return f"{shown} and others" if len(paths) > 3 else shown
