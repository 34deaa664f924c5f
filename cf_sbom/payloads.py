"""What is said of packaged files when those of two packages are compared: bytes, attribution, and what may be done with
them.

Knows the model and what can be called. What changed is told elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cf_sbom.install_scripts import is_program
from cf_sbom.model import File, FileRole

_RIGHTS = ((0o111, "executable"), (0o4000, "setuid"), (0o2000, "setgid"))


class Content(NamedTuple):
    """A packaged file: its bytes by their number and SHA-256; without a digest, as of a link, what it links to. mode:
    its permissions, None where they are not known."""

    size: int
    sha256: str
    link_target: str
    role: FileRole
    executable: bool
    mode: int | None


def contents(files: Iterable[File]) -> dict[str, Content]:
    """The files by path, without folders."""
    found = {}
    for file in files:
        if file.kind != "directory":
            digest = next((d.value for d in file.digests if d.algorithm == "sha256"), "")
            link_target = "" if digest else file.link_target
            found[file.path] = Content(file.size, digest, link_target, file.role, file.executable, file.mode)
    return found


def is_alike(old: Content, new: Content) -> bool:
    """Whether nothing that is told of it differs; where both have a digest the size says no more."""
    same = old.sha256 == new.sha256 if old.sha256 and new.sha256 else old[:3] == new[:3]
    return same and old.role == new.role and rights(old) == rights(new)


def rights(one: Content) -> tuple[str, ...]:
    """What may be done with a file, as far as that is known: who else may read or write it changes with the builder."""
    mode = one.mode or 0
    return tuple(word for bits, word in _RIGHTS if mode & bits) if mode else ()


def described(one: Content) -> str:
    """`15 bytes, own, executable`, or what it links to."""
    if not one.sha256 and one.link_target:
        return f"link to {one.link_target}"
    return ", ".join((f"{one.size} bytes", one.role, *rights(one)))


def calling(path: str, one: Content | None) -> tuple[bool, tuple[str, ...]]:
    """Whether a file can be called, and what may be done with it then, or that it runs with the rights of another."""
    if one is None:
        return False, ()
    can_be_called = is_program(path, one.executable)
    return can_be_called, tuple(word for word in rights(one) if can_be_called or word != "executable")
