"""Archives of ar: members of every way to write names, what import libraries tell, and broken ones."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from cf_sbom.binaries import Image
from cf_sbom.binaries.archive import Archive, open_archives, open_objects
from cf_sbom.limits import Limits
from fixtures.members.images import elf, fat, macho
from fixtures.members.linking import archive, coff, short_import

LIMITS = Limits()
OBJECT = elf({}, kind=1)
LONG = "a_rather_long_name_of_an_object.o"
MEMBERS = (("a.o", OBJECT), (LONG, OBJECT + b"odd"), ("b.o", b"BC\xc0\xde bitcode"), ("README", b"text\n"))


def opened(data: bytes, limits: Limits = LIMITS) -> tuple[list[Archive], list[str]]:
    remarks: list[str] = []
    return list(open_archives(memoryview(data), limits, remarks.append)), remarks


def only(data: bytes) -> Archive:
    (found,), remarks = opened(data)
    assert not remarks
    return found


@pytest.mark.parametrize("style", ["gnu", "bsd", "microsoft"])
def test_members_of_a_static_library(style: str) -> None:
    found = only(archive(MEMBERS, style=style))
    assert [(m.name, bytes(m.data)) for m in found.members] == list(MEMBERS)
    assert [m.size for m in found.members] == [len(data) for _, data in MEMBERS]
    assert [m.holds for m in found.members] == ["object", "object", "object", "other"]
    assert (found.thin, found.objects, found.imports, found.is_import_library) == (False, 3, (), False)


def test_a_thin_archive_has_its_members_elsewhere() -> None:
    found = only(archive(MEMBERS, thin=True))
    assert [(m.name, m.size, bytes(m.data)) for m in found.members] == [(n, len(data), b"") for n, data in MEMBERS]
    assert (found.thin, found.objects) == (True, 0)


def test_a_fat_file_has_an_archive_for_each_machine() -> None:
    parts = [archive((("a.o", macho({}, kind=1)),), style="bsd"), archive((("b.o", macho({}, kind=1)),), style="bsd")]
    found, remarks = opened(fat(parts))
    assert ([[m.name for m in a.members] for a in found], remarks) == ([["a.o"], ["b.o"]], [])


DESCRIPTOR = coff({".idata$2": bytes(20), ".idata$6": b"z.dll\0"})
NULL = coff({".idata$3": bytes(20)})
CODE = coff({".text": b"code", ".data": b""})


@pytest.mark.parametrize(
    ("members", "imports", "objects"),
    [
        ([DESCRIPTOR, NULL, short_import("f", "z.dll"), short_import("g", "z.dll")], ("z.dll",), 0),
        ([short_import("f", "z.dll"), short_import("g", "a.exe")], ("z.dll", "a.exe"), 0),
        # as dlltool makes them: the name ends the list, and each function has an object
        (
            [coff({".idata$2": b"", ".text": b""}), coff({".idata$7": bytes(4)}), coff({".idata$7": b"z.dll\0"})],
            ("z.dll",),
            0,
        ),
        ([coff({".idata$6": b"\1\0f\0"}), coff({".idata$7": b"\xff\xfe.dll\0"})], (), 0),
        ([short_import("f", "z.dll"), CODE], ("z.dll",), 1),
        ([CODE, b"\0\0\xff\xff\2\0\x64\x86" + bytes(60)], (), 2),  # the second may have more sections than 65535
        ([b"\0\0\xff\xff", b"\0\0\xff\xff\0\0\x64\x86" + bytes(12), coff({})[:18]], (), 0),
    ],
)
def test_import_libraries(members: list[bytes], imports: tuple[str, ...], objects: int) -> None:
    found = only(archive([("x.obj", data) for data in members], style="microsoft"))
    assert (found.imports, found.objects) == (imports, objects)
    assert found.is_import_library == (bool(imports) and not objects)


@pytest.mark.parametrize("data", [b"", b"!<arch>", OBJECT, b"!<arch>x", b"<bigaf>\n"])
def test_what_is_no_archive_is_passed_over_in_silence(data: bytes) -> None:
    assert opened(data) == ([], [])


def test_an_empty_archive_and_one_that_is_filled_up() -> None:
    assert only(b"!<arch>\n").members == ()
    assert [m.name for m in only(archive(MEMBERS[:1]) + b"\n").members] == ["a.o"]


@pytest.mark.parametrize(
    ("data", "names", "remark"),
    [
        (archive(MEMBERS) + b"x", 4, "the header of a member of an archive is broken or cut off"),
        (archive(MEMBERS)[:-2], 3, "a member of an archive lies beyond its end"),
        (archive(MEMBERS).replace(b"/0   ", b"/900 "), 1, "the name of a member is not in the table of long names"),
        (
            archive(MEMBERS, style="bsd").replace(b"#1/36 ", b"#1/999"),
            1,
            "the name of a member is longer than the member",
        ),
    ],
)
def test_members_before_the_damage_are_given(data: bytes, names: int, remark: str) -> None:
    (found,), remarks = opened(data)
    assert [m.name for m in found.members] == [name for name, _ in MEMBERS[:names]]
    assert [r[: len(remark)] for r in remarks] == [remark]


def test_too_many_members() -> None:
    (found,), remarks = opened(archive([("a", b"")] * 9), replace(LIMITS, dependencies=5))
    assert (len(found.members), remarks) == (5, ["members of an archive: only 5 are read (limit dependencies)"])
    (found,), remarks = opened(archive([(LONG, b"")] * 9), replace(LIMITS, embedded_size=100))
    assert len(found.members) == 3
    assert "limit embedded_size" in remarks[0]


# Objects of Windows


def big(*, kind: bytes = bytes.fromhex("c7a1bad1eebaa94baf20faf66aa4dcb8")) -> bytes:
    """An object of the form for more than 65535 sections, with one, whose name is in the table of strings."""
    content, strings = b"constants", struct.pack("<I", 4 + 12) + b".rdata$long\0"
    at = 56 + 40
    head = struct.pack("<HHHHI16sIIIIIII", 0, 0xFFFF, 2, 0x8664, 0, kind, 0, 0, 0, 0, 1, at + len(content), 0)
    table = struct.pack("<8s6I2HI", b"/4", 0, 0, len(content), at, 0, 0, 0, 0, 0x40000040)
    return head + table + content + strings


def opened_objects(*members: bytes) -> tuple[list[Image], list[str]]:
    remarks: list[str] = []
    found = only(archive([("x.obj", data) for data in members], style="microsoft"))
    return [image for _, image in open_objects(found, remarks.append)], remarks


def test_objects_of_windows() -> None:
    (plain, large), remarks = opened_objects(coff({".text": b"code", ".rdata": b"constants"}), big())
    assert remarks == []
    assert [(s.name, bytes(plain.content(s))) for s in plain.sections] == [(".text", b"code"), (".rdata", b"constants")]
    assert [(s.name, bytes(large.content(s))) for s in large.sections] == [(".rdata$long", b"constants")]
    assert {(one.format, one.kind, one.machine, one.pointer) for one in (plain, large)} == {
        ("PE", "object", "x86_64", 8)
    }


def test_objects_of_windows_that_cannot_be_read() -> None:
    beyond = bytearray(coff({".text": b""}))
    beyond[2:4] = (9).to_bytes(2, "little")
    images, remarks = opened_objects(bytes(beyond), big()[:40], big(kind=bytes(16)))
    assert images == []  # the last is one for link-time code generation
    assert remarks == ["the section table of an object lies beyond its end", "the COFF header is cut off"]
