"""Read-only data of a binary -> which well-known C and C++ libraries are in it, by the texts they carry.

This module holds the records of the table; libraries/ is the table and finder.py what looks for it. Nothing here knows
formats of files, packages or SBOMs: the caller gives the sections and decides what a hit is worth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["text", "beside", "apart", "path"]
"""How a version was read: in one text with the name of the library; bare, beside a text that only this library has;
bare, elsewhere in the binary, and no other bare text there looks like it; in the path of a file of the library."""

WORD = rb"\w.+-"
"""What may not stand right before a bare version, as a class of a pattern without its brackets."""
NUMBER = rb"\d{1,4}(?:\.\d{1,5}){1,3}"
"""What `<number>` in a pattern stands for: two to four numbers and what marks a release that is not the final one."""
_VERSION = rb"(?P<version>" + NUMBER + rb"(?:[-.]?(?:alpha|beta|rc|pre|dev)[-.]?\d{0,3})?)(?![\w]|\.\d)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """One text of a library; text(), named(), beside() and apart() make them.

    anchor: bytes that all its versions have, and little else; the pattern is tried around each place of them, reach
    bytes to both sides, and the match nearest to the anchor counts. pattern has a group `version`, mostly as
    `<number>`. needs: bytes that must stand in the same binary too, where users of a library carry the text as well.
    unless: the name of another library, a fork, that carries the text with a version of its model; where it is in the
    binary, the text tells nothing.
    elsewhere: of kind "apart", what bare versions of the library look like; it begins with fixed bytes or a class, for
    speed, and what is before a match must still be looked at. packed: the version is one number, such as
    20914 for 2.9.14.
    """

    anchor: bytes
    pattern: bytes
    confidence: float
    kind: Kind
    reach: int
    needs: bytes = b""
    unless: str = ""
    elsewhere: bytes = b""
    packed: bool = False

    @property
    def expression(self) -> bytes:
        return self.pattern.replace(b"<number>", _VERSION)


@dataclass(frozen=True, slots=True)
class Library:
    """name is that of the purl `pkg:generic/<name>`; cpe the vendor and product of NVD's dictionary, joined by a colon,
    or "" where they are not certain."""

    name: str
    cpe: str
    banners: tuple[Banner, ...]

    def cpe_name(self, version: str) -> str:
        """The CPE 2.3 name of a version, or "" where there is none."""
        if not self.cpe or not version:
            return ""
        escaped = "".join(c if c.isalnum() or c in "._-" else f"\\{c}" for c in version.lower())
        return f"cpe:2.3:a:{self.cpe}:{escaped}:*:*:*:*:*:*:*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """offset is where the version stands (where none is known, what tells of the library), counted as the caller
    counts the sections. text is what matched, at most 160 printable characters. version is "" where the library is
    there and its version cannot be told."""

    library: Library
    banner: Banner
    version: str
    offset: int
    text: str


def text(
    anchor: bytes,
    pattern: bytes,
    confidence: float = 0.95,
    *,
    needs: bytes = b"",
    unless: str = "",
    reach: int = 64,
    kind: Kind = "text",
) -> Banner:
    """A text that names the library and its version."""
    return Banner(
        anchor=anchor,
        pattern=pattern,
        confidence=confidence,
        kind=kind,
        reach=reach,
        needs=needs,
        unless=unless,
    )


def named(anchor: bytes, *, needs: bytes = b"", unless: str = "") -> Banner:
    """A text that only the library has, of one that nowhere tells its version."""
    return Banner(
        anchor=anchor, pattern=re.escape(anchor), confidence=0.6, kind="text", reach=64, needs=needs, unless=unless
    )


def beside(anchor: bytes, version: bytes, reach: int = 64, *, confidence: float = 0.7) -> Banner:
    """A bare version near a text that only the library has; none where two different ones are near."""
    return Banner(anchor=anchor, pattern=lone(version), confidence=confidence, kind="beside", reach=reach)


def apart(
    anchor: bytes,
    version: bytes,
    *,
    tail: bytes = rb"\0",
    pattern: bytes = b"",
    reach: int = 64,
    packed: bool = False,
) -> Banner:
    """A text that only the library has, and a bare version that may stand anywhere in the binary, since compilers and
    linkers part short texts from long ones and from arrays. version is as narrow as the library allows, tail what is
    behind it; no version is told where two different texts look like it."""
    return Banner(
        anchor=anchor,
        pattern=pattern or re.escape(anchor),
        confidence=0.6,
        kind="apart",
        reach=reach,
        elsewhere=rb"(?P<version>" + version + rb")(?=" + tail + rb")",
        packed=packed,
    )


def lone(version: bytes) -> bytes:
    """The pattern of a text that is a version and nothing else. What is before it need not be the end of a text: an
    array may follow upon numbers."""
    return rb"(?<![" + WORD + rb"])(?P<version>" + version + rb")(?=\0)"
