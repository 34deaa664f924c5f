"""The linkage of ELF: the dynamic section, versions of symbols, notes, and what the program headers ask for.

Knows the System V gABI, chapter "Dynamic Linking"; the symbol versioning of the Linux Standard Base (verneed, verdef);
the note of GNU build ids; and systemd's note of package metadata. The dynamic section is found as the loader finds it,
by the program headers, and its tables by their addresses, so a file without section headers says the same.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import TypeVar

from cf_sbom.binaries import MOST_REGIONS, How, Image, Linkage, Needed, Region, elf
from cf_sbom.binaries.texts import Texts, collected
from cf_sbom.fields import Remark
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError

_NULL, _NEEDED, _STRINGS, _STRINGS_SIZE, _SONAME, _RPATH, _TEXTREL, _RUNPATH, _FLAGS = 0, 1, 5, 10, 14, 15, 22, 29, 30
_FLAGS_1, _VERDEF, _VERDEF_COUNT, _VERNEED, _VERNEED_COUNT = (
    *(0x6FFFFFFB, 0x6FFFFFFC, 0x6FFFFFFD),
    *(0x6FFFFFFE, 0x6FFFFFFF),
)
_LIBRARIES: dict[int, tuple[How, ...]] = {_NEEDED: (), 0x7FFFFFFD: ("auxiliary",), 0x7FFFFFFF: ("filter",)}
_HAS_TEXTREL, _IS_PROGRAM, _IS_BASE = 0x4, 0x08000000, 0x1
_NEED, _NEED_VERSION, _DEFINITION, _DEFINED_NAME = "HHIII", "IHHII", "HHHHIII", "II"
_NOTES = frozenset((".note", ".notes", ".note.gnu.build-id", ".note.package"))
"""Sections that have these notes. What projects put into others of such names need not be notes at all (SQLite's
extensions of apsw have a text in `.note.apsw`)."""
_BUILD_ID, _PACKAGE = (b"GNU\0", 3), (b"FDO\0", 0xCAFE1A7E)
_OWNER = 4  # bytes of the owners that are known
_LONGEST_ID = 64
T = TypeVar("T")


def read_dynamic(image: Image, limits: Limits, remark: Remark) -> Linkage:
    """The linkage of an ELF image. Parts that cannot be read are a remark each."""
    texts = Texts(limits)

    def each(items: Iterable[T], what: str) -> tuple[T, ...]:
        return collected(items, what, limits, remark)

    table = _Table(image, texts, each(_entries(image), "entries of the dynamic section"))
    notes = dict(reversed(each(_notes(image), "notes")))  # the first of a kind counts
    build_id, package = notes.get(_BUILD_ID, b""), notes.get(_PACKAGE, b"")
    if len(build_id) > _LONGEST_ID:
        remark(f"a build id of {len(build_id)} bytes is left out")
        build_id = b""
    if len(package) > limits.field_length:
        remark(f".note.package has {len(package)} bytes (limit field_length)")
        package = b""
    imported: dict[str, dict[str, None]] = {}
    for library, version in each(table.imported(), "imported versions"):
        imported.setdefault(library, {})[version] = None
    return Linkage(
        format=image.format,
        kind="program" if table.last(_FLAGS_1) & _IS_PROGRAM else image.kind,
        machine=image.machine,
        name="".join(each(table.text(_SONAME, "the soname"), "sonames")),
        needed=each(table.needed(), "needed libraries"),
        rpaths=each(table.paths(_RPATH, "the rpath"), "rpaths"),
        runpaths=each(table.paths(_RUNPATH, "the runpath"), "runpaths"),
        interpreter="".join(each(_interpreter(image, texts), "interpreters")),
        imported_versions=tuple((library, tuple(versions)) for library, versions in imported.items()),
        exported_versions=each(table.exported(), "exported versions"),
        build_id=bytes(build_id).hex(),
        toolchain=each(_comments(image, limits, texts), "texts of .comment"),
        package_note=bytes(package).rstrip(b"\0").decode("utf-8", "backslashreplace"),
        text_relocations=table.has(_TEXTREL) or bool(table.last(_FLAGS) & _HAS_TEXTREL),
        executable_stack=next((region.executable for region in image.each_part(elf.STACK)), None),
    )


def _part(image: Image, number: int, name: str) -> memoryview:
    """What a program header points to, or the section of that name. A file of debug information keeps the headers of
    what is not in it; its section has no bytes."""
    section = image.section(name)
    region = next(image.each_part(number), section)
    if region is None or (section is not None and section.memory and not section.size):
        return image.data[:0]
    return image.content(region)


def _entries(image: Image) -> Iterator[tuple[int, int]]:
    content = _part(image, elf.DYNAMIC, ".dynamic")
    row = struct.Struct(image.order + ("qQ" if image.pointer == 8 else "iI"))
    for number in range(len(content) // row.size):
        tag, value = row.unpack_from(content, number * row.size)
        if tag == _NULL:
            return
        yield tag, value


class _Table:
    """The entries of the dynamic section and the tables they point to. Where an entry that may stand once stands twice
    the last counts, as for the loader."""

    def __init__(self, image: Image, texts: Texts, entries: tuple[tuple[int, int], ...]) -> None:
        self._image = image
        self._texts = texts
        self._entries = entries
        self._last = dict(entries)
        self._strings = self._at(_STRINGS, ".dynstr")[: self._last.get(_STRINGS_SIZE)]

    def has(self, tag: int) -> bool:
        return tag in self._last

    def last(self, tag: int) -> int:
        return self._last.get(tag, 0)

    def needed(self) -> Iterator[Needed]:
        for tag, value in self._entries:
            if tag in _LIBRARIES:
                name = self._texts.at(self._strings, value, "the name of a needed library")
                yield Needed(name=name, how=_LIBRARIES[tag])

    def text(self, tag: int, what: str) -> Iterator[str]:
        if tag in self._last:
            yield self._texts.at(self._strings, self._last[tag], what)

    def paths(self, tag: int, what: str) -> Iterator[str]:
        for text in self.text(tag, what):
            yield from text.split(":") if text else ()

    def imported(self) -> Iterator[tuple[str, str]]:
        """One version at a time, with the library it is asked of."""
        order, table = self._image.order, self._at(_VERNEED, ".gnu.version_r")
        for at, (_, count, library, first, _) in _linked(table, order + _NEED, self.last(_VERNEED_COUNT)):
            name = self._texts.at(self._strings, library, "the library of a symbol version")
            for _, (_, _, _, version, _) in _linked(table[at + first :], order + _NEED_VERSION, count):
                yield name, self._texts.at(self._strings, version, "the name of a symbol version")

    def exported(self) -> Iterator[str]:
        """The first name of each; those behind it are of versions that it follows."""
        order, table = self._image.order, self._at(_VERDEF, ".gnu.version_d")
        for at, (_, flags, _, count, _, first, _) in _linked(table, order + _DEFINITION, self.last(_VERDEF_COUNT)):
            if count and not flags & _IS_BASE:
                for _, (version, _) in _linked(table[at + first :], order + _DEFINED_NAME, 1):
                    yield self._texts.at(self._strings, version, "the name of a symbol version")

    def _at(self, tag: int, name: str) -> memoryview:
        """The table at the address of an entry, or the section where there are no segments, as in a damaged file."""
        if tag not in self._last:
            return self._image.data[:0]
        section = None if self._image.segments else self._image.section(name)
        return self._image.mapped(self._last[tag]) if section is None else self._image.content(section)


def _linked(table: memoryview, layout: str, count: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Records with their places; the last field of each is the distance to the next, 0 at the end."""
    row = struct.Struct(layout)
    at = 0
    for number in range(count):
        if at + row.size > len(table) or number == MOST_REGIONS:
            raise ParseError("a table of symbol versions has no end")
        fields = row.unpack_from(table, at)
        yield at, fields
        if not fields[-1]:
            return
        at += fields[-1]


def _notes(image: Image) -> Iterator[tuple[tuple[bytes, int], memoryview]]:
    """Owner and type of each note with its content."""
    noted = [s for s in image.sections if s.name.startswith(".note") and s.size]
    regions: Iterable[Region] = [s for s in noted if s.name in _NOTES] if noted else image.each_part(elf.NOTE)
    head = struct.Struct(image.order + "III")
    for region in regions:
        content = image.content(region)
        at = 0
        while at + head.size <= len(content):
            owner_size, size, type_ = head.unpack_from(content, at)
            start = at + head.size + _rounded(owner_size)
            if start + size > len(content):
                raise ParseError("a note is cut off")
            yield (bytes(content[at + head.size :][: min(owner_size, _OWNER)]), type_), content[start : start + size]
            at = start + _rounded(size)


def _rounded(size: int) -> int:
    return (size + 3) & ~3


def _interpreter(image: Image, texts: Texts) -> Iterator[str]:
    if content := _part(image, elf.INTERPRETER, ".interp"):
        yield texts.at(content, 0, "the interpreter")


def _comments(image: Image, limits: Limits, texts: Texts) -> Iterator[str]:
    """Each text once."""
    section = image.section(".comment")
    if section is None or not section.size:
        return
    content = image.content(section)
    parts = bytes(content[: limits.field_length]).split(b"\0")
    if len(content) > limits.field_length:
        parts.pop()
    yield from (texts.decoded(text, "a text of .comment") for text in dict.fromkeys(parts) if text)
    if len(content) > limits.field_length:
        raise ParseError(f".comment: only {limits.field_length} bytes are read (limit field_length)")
