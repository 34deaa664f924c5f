"""The crates that cargo-auditable writes into a program: zlib-compressed JSON in the section `.dep-v0`.

Knows cargo-auditable's schema: packages with a name, a version, a source, a kind (runtime, else build) and the indices
of what they depend on. A linker that joins several such programs puts one list behind the other.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cf_sbom.binaries import Image
from cf_sbom.fields import Fields, Remark
from cf_sbom.limits import MIB, Limits
from cf_sbom.parsing import ParseError, parse_json

SECTION = ".dep-v0"
_LISTS = 64  # joined into one section
_CONSTANTS = (".rodata", ".rdata", "__cstring", "__const")
# Of the standard library, as panics name it: `/rustc/<commit>/library/core/src/...`, elsewhere `/rustc-1.63.0/...`.
_SOURCE_PATH = re.compile(rb"/rustc[-/][0-9A-Za-z.-]{1,64}[/\\](?:library|src)[/\\]")
_SEARCHED = 16 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Crate:
    """One entry; place is such as `.dep-v0 packages[3]`, dependencies are indices of the same list."""

    place: str
    name: str
    version: str
    source: str
    build: bool
    root: bool
    dependencies: tuple[int, ...]


def is_rust(image: Image) -> bool:
    """Whether the constants name sources of Rust's standard library; at most 16 MiB of each section are searched."""
    sections = [section for section in image.sections if section.name in _CONSTANTS]
    return any(_SOURCE_PATH.search(image.data[s.offset : s.offset + min(s.size, _SEARCHED)]) for s in sections[:8])


def read_crates(image: Image, limits: Limits, remark: Remark) -> tuple[dict[int, Crate], ...] | None:
    """Each list as its crates by their index, or None where the image has no such section. What cannot be read is a
    remark."""
    section = image.section(SECTION)
    if section is None or not section.size:
        return None
    lists = []
    try:
        content = image.content(section)
        if len(content) > limits.embedded_size:
            raise ParseError(f"{SECTION} has {len(content)} bytes (limit embedded_size)")
        for number, data in enumerate(_unpacked(content, limits, remark)):
            lists.append(_crates(data, f"{SECTION}[{number}]" if number else SECTION, limits, remark))
    except ParseError as error:
        remark(str(error))
    return tuple(lists)


def _unpacked(packed: memoryview, limits: Limits, remark: Remark) -> Iterator[bytes]:
    """The lists one after another; zeros between and behind them fill a section up."""
    rest, room = bytes(packed), limits.embedded_size
    for number in range(_LISTS):
        stream = zlib.decompressobj()
        try:
            data = stream.decompress(rest, room + 1)
        except zlib.error:
            if not number:
                raise ParseError(f"{SECTION}: not zlib data") from None
            remark(f"{SECTION}: what follows the list of crates cannot be read")
            return
        room -= len(data)
        if room < 0:
            raise ParseError(f"{SECTION} unpacks to more than {limits.embedded_size} bytes (limit embedded_size)")
        if not stream.eof:
            raise ParseError(f"{SECTION}: the compressed list of crates is cut off")
        yield data
        rest = stream.unused_data.lstrip(b"\0")
        if not rest:
            return
    remark(f"{SECTION}: more than {_LISTS} lists; the rest is not read")


def _crates(data: bytes, place: str, limits: Limits, remark: Remark) -> dict[int, Crate]:
    try:
        tree = parse_json(data, limits)
    except ParseError as error:
        raise ParseError(f"{place}: {error}") from None
    packages = tree.get("packages") if isinstance(tree, dict) else None
    if not isinstance(packages, list):
        remark(f"{place}: no list of packages")
        return {}
    if len(packages) > limits.dependencies:
        remark(f"{place}: {len(packages)} crates; only {limits.dependencies} are read (limit dependencies)")
    found: dict[int, Crate] = {}
    room, cut = limits.dependencies, False
    for number, package in enumerate(packages[: limits.dependencies]):
        fields = Fields(package, limits, remark, f"{place} packages[{number}]")
        name = fields.text("name")
        if not name:
            if isinstance(package, dict):
                fields.remark("name", "missing")
            continue
        targets = _indices(fields, package.get("dependencies"), len(packages))
        cut |= len(targets) > room
        targets = targets[:room]
        room -= len(targets)
        found[number] = Crate(
            place=fields.where(),
            name=name,
            version=fields.text("version"),
            source=fields.text("source"),
            build=_is_build(fields),
            root=fields.flag("root") or False,
            dependencies=targets,
        )
    if cut:
        remark(f"{place}: only {limits.dependencies} dependencies are read (limit dependencies)")
    return found


def _is_build(fields: Fields) -> bool:
    kind = fields.text("kind")
    if kind not in ("", "build", "runtime"):
        fields.remark("kind", "neither runtime nor build; taken as runtime")
    return kind == "build"


def _indices(fields: Fields, value: Any, count: int) -> tuple[int, ...]:
    """The indices that are whole numbers and name an entry, each once."""
    if value is None:
        return ()
    if not isinstance(value, list):
        fields.remark("dependencies", "not a list")
        return ()
    good = [n for n in value if isinstance(n, int) and not isinstance(n, bool) and 0 <= n < count]
    if len(good) < len(value):
        fields.remark("dependencies", f"{len(value) - len(good)} of {len(value)} name no crate of the list")
    return tuple(dict.fromkeys(good))
