"""Symbolic links among the files of one package; none is ever opened.

Knows files of the model and names.
"""

from __future__ import annotations

from collections.abc import Mapping

from cf_sbom.model import File
from cf_sbom.paths import resolve_link

_STEPS = 40  # as deep as Linux follows links


def follow(file: File, files: Mapping[str, File]) -> File | None:
    """What a link leads to in the end; what is no link leads to itself. None: outside, nowhere or in a circle."""
    for _ in range(_STEPS):
        if file.kind != "softlink":
            return file
        target = files.get(resolve_link(file.path, file.link_target))
        if target is None:
            return None
        file = target
    return None


def astray(link: File, files: Mapping[str, File]) -> str:
    """What is wrong with where a symbolic link leads, or "". One to a file of another package is in order."""
    if not resolve_link(link.path, link.link_target):
        return "a symbolic link out of the package, or to nothing"
    file = link
    for _ in range(_STEPS):
        target = files.get(resolve_link(file.path, file.link_target))
        if target is None or target.kind != "softlink":
            return ""
        file = target
    return "a symbolic link that leads in a circle"
