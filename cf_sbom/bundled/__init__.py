"""Shared libraries that lie in a package without being its own: whose they are, and how their version is told.

This module holds the records of the table of projects; projects.py is the table, names.py reads names of files,
places.py knows where such files lie. Nothing here reads files or knows SBOMs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_VERSION = re.compile(rb"(?<![0-9A-Za-z.])v?(\d{1,4}(?:\.\d{1,5}){1,3})(?![\w.]|-[1-9]\d*-g)")
"""In a text that a library returns. What `git describe` says of a commit after a release is none."""


@dataclass(frozen=True, slots=True)
class Told:
    """An exported function that returns the version and does nothing else, or an exported text that is it.

    decode: from the number that is returned to the version, "" where it is none; None where a text is returned, or
    the symbol is one (data). confidence is less where the number is known not to tell all of a version."""

    symbol: str
    decode: Callable[[int], str] | None = None
    data: bool = False
    confidence: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project and its shared libraries.

    name: that of the purl `pkg:generic/<name>`, the same as in the table of banners. stems: names of its files in
    lower case, without `lib`, version and ending; one that ends in * stands for all that begin so. marks: symbols, or
    versions of symbols, of which each of its files exports one, and others do not; those of told are some, too. number:
    from the number in a file's name to the version, only where the project says that one is made from the other; ""
    for numbers that are none. resource: the version in a file's resources (PE) is the project's. called: what
    distributions and SBOMs call it besides name and stems, as plain() writes it. fork: another project that gives its
    files in place of this one's, and whose name stands in what told returns.
    """

    name: str
    stems: tuple[str, ...]
    marks: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    number: Callable[[str], str] | None = None
    resource: bool = False
    fork: str = ""
    called: tuple[str, ...] = ()

    @property
    def symbols(self) -> tuple[str, ...]:
        return (*self.marks, *(told.symbol for told in self.told))


def row(
    name: str,
    stems: str,
    marks: str = "",
    *told: Told,
    number: Callable[[str], str] | None = None,
    resource: bool = False,
    fork: str = "",
    called: str = "",
) -> Project:
    """A project out of texts: stems and marks are separated by spaces, called by commas."""
    return Project(
        name=name,
        stems=tuple(stems.split()),
        marks=tuple(marks.split()),
        told=told,
        number=number,
        resource=resource,
        fork=fork,
        called=tuple(plain(word) for word in called.split(",") if word),
    )


def plain(name: str) -> str:
    """A name as it is compared: letters and digits in lower case."""
    return re.sub(r"[^a-z0-9+]", "", name.lower())


def version_in(text: bytes) -> str:
    """The version in a text that a library returns of itself; "" where there is none."""
    found = _VERSION.search(text)
    return found[1].decode("ascii") if found else ""


def decimal(number: int) -> str:
    """Two digits each: 10507 is 1.5.7."""
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


def bytewise(number: int) -> str:
    """Eight bits each: 0x10600 is 1.6.0."""
    return f"{number >> 16}.{number >> 8 & 0xFF}.{number & 0xFF}"


def brotli(number: int) -> str:
    """Twelve bits each: 0x1002000 is 1.2.0."""
    return f"{number >> 24}.{number >> 12 & 0xFFF}.{number & 0xFFF}"


def thousands(number: int) -> str:
    """Three digits each: 3046001 is 3.46.1."""
    return f"{number // 1000000}.{number // 1000 % 1000}.{number % 1000}"


def xz(number: int) -> str:
    """50080042 is 5.8.4: three digits each, and 2 for a stable release."""
    return thousands(number // 10) if number % 10 == 2 else ""


def postgresql(number: int) -> str:
    """180001 is 18.1; before 10 there were three parts: 90603 is 9.6.3."""
    return f"{number // 10000}.{number % 10000}" if number >= 100000 else decimal(number)


def lcms(number: int) -> str:
    """2190 is 2.19, 2131 is 2.13.1."""
    version = f"{number // 1000}.{number // 10 % 100}"
    return f"{version}.{number % 10}" if number % 10 else version


def same(number: str) -> str:
    """The number is the version, where it has three parts."""
    return number if re.fullmatch(r"\d{1,4}\.\d{1,4}\.\d{1,4}", number) else ""


def libpng(number: str) -> str:
    """16.58.0 is 1.6.58."""
    found = re.fullmatch(r"1([0-9])\.(\d{1,3})\.0", number)
    return f"1.{found[1]}.{found[2]}" if found else ""


def harfbuzz(number: str) -> str:
    """0.60830.0 is 8.3.0: 60000, and a digit for each of the last two parts. It was another sum up to 6.0.0."""
    found = re.fullmatch(r"0\.6(\d\d)(\d)(\d)\.0", number)
    return f"{int(found[1])}.{found[2]}.{found[3]}" if found and int(found[1]) >= 7 else ""


def openssl(number: str) -> str:
    """Red Hat names the files by the version, and others by the interface alone: 1.1, 3, and 1.0.0 for all of 1.0."""
    return number if re.fullmatch(r"1\.[01]\.\d[a-z]{1,2}|3\.\d{1,2}\.\d{1,2}", number) else ""


def icu(number: str) -> str:
    """74.2 is that; the major number alone is the name of the interface."""
    return number if re.fullmatch(r"[4-9]\d\.\d{1,2}(?:\.\d)?|1\d\d\.\d", number) else ""


def libdrm(number: str) -> str:
    """2.124.0 is 2.4.124; up to 2.4.115 and beyond all were 2.4.0."""
    found = re.fullmatch(r"2\.(1\d\d)\.0", number)
    return f"2.4.{found[1]}" if found else ""
