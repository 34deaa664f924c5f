"""Linkage: exact results for every format, what broken tables come to, and what readelf says of the same file."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.binaries import Linkage, Needed, Order
from cf_sbom.binaries.archive import open_archives
from cf_sbom.binaries.images import open_images
from cf_sbom.binaries.linkage import read_linkage
from cf_sbom.limits import Limits
from fixtures.members.images import elf, fat, macho, pe
from fixtures.members.linking import (
    AUXILIARY,
    BUILD_ID,
    DYNAMIC_LINKER,
    FILTER,
    FLAGS,
    FLAGS_1,
    ID,
    LAZY,
    LINKED_ELF,
    LINKED_MACHO,
    LINKED_PE,
    LOAD,
    NEEDED,
    NEW_PATH,
    OLD_PATH,
    REEXPORT,
    RPATH,
    SAMPLES,
    SONAME,
    TEXTREL,
    UPWARD,
    WEAK,
    dylib,
    linked_elf,
    linked_pe,
    path_command,
    uuid_command,
)

LIMITS = Limits()
ORDERS = list(product((4, 8), "<>"))
TOOLCHAIN = ("GCC: (GNU) 13.2.0", "clang version 17.0.6")
UUID = "00010203-0405-0607-0809-0a0b0c0d0e0f"
GUID = "03020100-0504-0706-0809-0a0b0c0d0e0f"
NOTE = struct.pack("<III", 4, 2, 3) + b"GNU\0\1\2\0\0"


def linkages(data: bytes, limits: Limits = LIMITS) -> tuple[list[Linkage], list[str]]:
    remarks: list[str] = []
    return [read_linkage(i, limits, remarks.append) for i in open_images(memoryview(data), remarks.append)], remarks


def only(data: bytes) -> Linkage:
    (found,), remarks = linkages(data)
    assert not remarks
    return found


def broken(data: bytes, limits: Limits = LIMITS) -> tuple[Linkage, list[str]]:
    (found,), remarks = linkages(data, limits)
    return found, remarks


def names(*texts: str) -> tuple[Needed, ...]:
    return tuple(Needed(name=text) for text in texts)


# ELF


@pytest.mark.parametrize(("pointer", "order"), ORDERS)
@pytest.mark.parametrize("sections", [True, False])
@pytest.mark.parametrize("headers", [True, False])
def test_all_of_elf(pointer: int, order: Order, sections: bool, headers: bool) -> None:
    """Without section headers all but `.comment` is there; without a program header the section is taken."""
    data = linked_elf(
        *((NEEDED, "libz.so.1"), (NEEDED, "libc.so.6"), (FILTER, "libf.so"), (AUXILIARY, "liba.so")),
        *((SONAME, "libdemo.so.1"), (OLD_PATH, "$ORIGIN:/a::/b"), (NEW_PATH, "$ORIGIN/../lib"), (TEXTREL, 0)),
        imported={"libc.so.6": ("GLIBC_2.34", "GLIBC_2.4"), "libz.so.1": ("ZLIB_1.2.9",)},
        exported=("libdemo.so.1", "DEMO_1", "DEMO_2"),
        interpreter="/lib64/ld.so",
        stack=7,
        pointer=pointer,
        order=order,
        names=sections,
        dynamic=headers,
    )
    if not sections and not headers:
        assert only(data).needed == ()
        return
    assert only(data) == Linkage(
        format="ELF",
        kind="program",
        machine="x86_64",
        name="libdemo.so.1",
        needed=(
            *names("libz.so.1", "libc.so.6"),
            Needed(name="libf.so", how=("filter",)),
            Needed(name="liba.so", how=("auxiliary",)),
        ),
        rpaths=("$ORIGIN", "/a", "", "/b"),
        runpaths=("$ORIGIN/../lib",),
        interpreter="/lib64/ld.so",
        imported_versions=(("libc.so.6", ("GLIBC_2.34", "GLIBC_2.4")), ("libz.so.1", ("ZLIB_1.2.9",))),
        exported_versions=("DEMO_1", "DEMO_2"),
        build_id=BUILD_ID.hex(),
        toolchain=TOOLCHAIN if sections else (),
        package_note='{"type":"rpm","name":"demo"}',
        text_relocations=True,
        executable_stack=True,
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (linked_elf(stack=None), {"executable_stack": None}),
        (linked_elf(stack=6), {"executable_stack": False}),
        (linked_elf((FLAGS, 0x4)), {"text_relocations": True}),
        (linked_elf((FLAGS, 0x8)), {"text_relocations": False}),
        (linked_elf((FLAGS_1, 0x08000000)), {"kind": "program"}),
        (linked_elf((FLAGS_1, 0x1)), {"kind": "library"}),
        (linked_elf((NEW_PATH, "")), {"runpaths": ()}),
        (linked_elf((SONAME, "a"), (SONAME, "b")), {"name": "b"}),
        (linked_elf((NEEDED, "libü.so")), {"needed": names("libü.so")}),
        (linked_elf(notes=[(b"Go\0\0", 4, b"x"), (b"GNU\0", 3, b"\1")]), {"build_id": "01", "package_note": ""}),
        (linked_elf(notes=[(b"GNU\0", 3, b"\1"), (b"GNU\0", 3, b"\2")]), {"build_id": "01"}),
        (linked_elf(comment=b""), {"toolchain": ()}),
        (elf({}, kind=1), {"kind": "object", "needed": (), "executable_stack": None}),
        (elf({".note.demo": b"a text and no note" * 9, ".note.gnu.build-id": NOTE}), {"build_id": "0102"}),
        (elf({".note.demo": b"a text and no note" * 9}), {"build_id": ""}),
    ],
)
def test_single_facts_of_elf(data: bytes, expected: dict[str, object]) -> None:
    found = only(data)
    assert {name: getattr(found, name) for name in expected} == expected


def test_a_file_of_debug_information_has_the_headers_of_what_is_not_in_it() -> None:
    data = bytearray(linked_elf((NEEDED, "libz.so.1"), interpreter="/lib/ld.so"))
    (table,) = struct.unpack_from("<Q", data, 40)
    (count,) = struct.unpack_from("<H", data, 60)
    for number in range(1, count):
        (kind,) = struct.unpack_from("<I", data, table + 64 * number + 4)
        if kind == 1:
            struct.pack_into("<I", data, table + 64 * number + 4, 8)
    assert only(bytes(data)) == Linkage(
        format="ELF",
        kind="program",
        machine="x86_64",
        build_id=BUILD_ID.hex(),
        executable_stack=False,
        package_note='{"type":"rpm","name":"demo"}',
    )


def test_broken_tables_of_elf_hide_nothing_else() -> None:
    good = only(LINKED_ELF)
    found, remarks = broken(linked_elf((NEEDED, "libz.so.1"), (NEEDED, 2**40), (SONAME, "libdemo.so.1")))
    assert (found.name, found.needed) == ("libdemo.so.1", names("libz.so.1"))
    assert remarks == ["the name of a needed library has no end"]
    found, remarks = broken(linked_elf(notes=[(b"GNU\0", 3, BUILD_ID * 4)]))
    assert (found.build_id, remarks) == ("", ["a build id of 80 bytes is left out"])
    away = bytearray(LINKED_ELF)
    struct.pack_into("<I", away, away.index(struct.pack("<HH", 1, 2), 256) + 8, 2**31)  # where the two versions stand
    found, remarks = broken(bytes(away))
    assert replace(found, imported_versions=good.imported_versions) == good
    assert remarks == ["a table of symbol versions has no end"]
    cut = bytearray(LINKED_ELF)
    note = cut.index(b"GNU\0") - 12
    struct.pack_into("<I", cut, note + 4, 2**31)
    found, remarks = broken(bytes(cut))
    assert (replace(found, build_id=good.build_id, package_note=good.package_note), remarks) == (
        good,
        ["a note is cut off"],
    )


def test_what_is_too_much_is_told_and_the_rest_is_read() -> None:
    limits = replace(LIMITS, dependencies=9, field_length=40, embedded_size=200)
    many = linked_elf(*((NEEDED, f"lib{n}.so") for n in range(20)))
    found, remarks = broken(many, replace(limits, dependencies=30, embedded_size=60))
    assert found.needed == names(*(f"lib{n}.so" for n in range(8)))
    assert remarks[0] == (
        "the name of a needed library and what is before it have more than 60 bytes (limit embedded_size)"
    )
    _, remarks = broken(many, limits)
    assert remarks[0] == "entries of the dynamic section: only 9 are read (limit dependencies)"
    found, remarks = broken(
        linked_elf((NEW_PATH, "/a" * 21), comment=b"a\0" + b"x" * 50, notes=[(b"FDO\0", 0xCAFE1A7E, b"{" * 41)]), limits
    )
    assert (found.runpaths, found.toolchain, found.package_note) == ((), ("a",), "")
    assert remarks == [
        ".note.package has 41 bytes (limit field_length)",
        "the runpath is longer than 40 bytes (limit field_length)",
        ".comment: only 40 bytes are read (limit field_length)",
    ]
    many = linked_elf((NEW_PATH, ":" * 30), comment=b"")
    found, remarks = broken(many, limits)
    assert (len(found.runpaths), remarks) == (9, ["runpaths: only 9 are read (limit dependencies)"])


# Mach-O


@pytest.mark.parametrize(("pointer", "order"), ORDERS)
def test_all_of_macho(pointer: int, order: Order) -> None:
    def needs(command: int, name: str, flags: int | None = None) -> bytes:
        return dylib(command, name, order=order, flags=flags)

    data = macho(
        {},
        kind=6,
        pointer=pointer,
        order=order,
        flags=0x20000,
        commands=(
            dylib(ID, "@rpath/libdemo.1.dylib", 0x10203, 0x10000, order=order),
            needs(LOAD, "/usr/lib/libSystem.B.dylib"),
            needs(WEAK, "@rpath/libweak.dylib"),
            needs(REEXPORT, "@loader_path/libre.dylib"),
            needs(LAZY, "liblazy.dylib"),
            needs(UPWARD, "libup.dylib"),
            needs(LOAD, "libnew.dylib", flags=0xF),
            needs(WEAK, "libnewer.dylib", flags=1),
            path_command(RPATH, "@loader_path/../lib", order=order),
            path_command(RPATH, "/opt/lib", order=order),
            path_command(DYNAMIC_LINKER, "/usr/lib/dyld", order=order),
            uuid_command(order=order),
        ),
    )
    versions = {"version": "1.2.3", "compatibility": "1.0.0"}
    assert only(data) == Linkage(
        format="Mach-O",
        kind="library",
        machine="arm64",
        name="@rpath/libdemo.1.dylib",
        **versions,
        needed=(
            Needed(name="/usr/lib/libSystem.B.dylib", **versions),
            Needed(name="@rpath/libweak.dylib", how=("weak",), **versions),
            Needed(name="@loader_path/libre.dylib", how=("reexport",), **versions),
            Needed(name="liblazy.dylib", how=("lazy",), **versions),
            Needed(name="libup.dylib", how=("upward",), **versions),
            Needed(name="libnew.dylib", how=("weak", "reexport", "upward", "delay"), **versions),
            Needed(name="libnewer.dylib", how=("weak",), **versions),
        ),
        rpaths=("@loader_path/../lib", "/opt/lib"),
        interpreter="/usr/lib/dyld",
        build_id=UUID,
        executable_stack=True,
    )


def test_each_part_of_a_fat_file_has_its_own() -> None:
    other = macho({}, machine=0x01000007, commands=[dylib(LOAD, "/usr/lib/libx.dylib")])
    found, remarks = linkages(fat([LINKED_MACHO, other]))
    assert [(f.machine, f.name, [n.name for n in f.needed]) for f in found] == [
        ("arm64", "@rpath/libdemo.1.dylib", ["@rpath/libz.1.dylib"]),
        ("x86_64", "", ["/usr/lib/libx.dylib"]),
    ]
    assert remarks == []


def test_broken_commands_hide_nothing_else() -> None:
    short = struct.pack("<II", LOAD, 8)
    unended = struct.pack("<6I", LOAD, 32, 24, 2, 0, 0) + b"libx.dyl"
    data = macho({}, commands=(dylib(LOAD, "a"), short, uuid_command(b"1234"), path_command(RPATH, "/a")))
    found, remarks = broken(data)
    assert (found.needed[0].name, found.rpaths, found.build_id) == ("a", ("/a",), "")
    assert remarks == ["a load command of a Mach-O file is cut off", "the UUID is cut off"]
    assert broken(macho({}, commands=[unended]))[1] == ["the name of a library has no end"]


# PE


@pytest.mark.parametrize("pointer", [4, 8])
@pytest.mark.parametrize("absolute", [False, True])
def test_all_of_pe(pointer: int, absolute: bool) -> None:
    data = linked_pe(
        ("KERNEL32.dll", "zlib1.dll"),
        ("ole32.dll",),
        name="demo.dll",
        forwards=("other.first", "other.second", "third.#7", "api-ms.dll.f", "nothing"),
        guid=bytes(range(16)),
        pointer=pointer,
        absolute=absolute,
    )
    assert only(data) == Linkage(
        format="PE",
        kind="library",
        machine="x86_64",
        name="demo.dll",
        needed=(
            *names("KERNEL32.dll", "zlib1.dll"),
            Needed(name="ole32.dll", how=("delay",)),
            *(Needed(name=name, how=("reexport",)) for name in ("other.dll", "third.dll", "api-ms.dll")),
        ),
        build_id=GUID,
        data_not_executable=True,
        address_randomised=True,
    )


def test_flags_of_pe() -> None:
    flags = {0: (False, False), 0x40: (False, True), 0x100: (True, False)}
    for flag, expected in flags.items():
        found = only(linked_pe(characteristics=flag))
        assert (found.data_not_executable, found.address_randomised) == expected
    assert only(pe({})).needed == ()


def test_broken_directories_hide_nothing_else() -> None:
    damaged = bytearray(linked_pe(("a.dll", "b.dll"), ("c.dll",), name="demo.dll", guid=bytes(16)))
    second = damaged.index(b"b.dll\0")
    place = damaged.index(struct.pack("<I", second))
    struct.pack_into("<I", damaged, place, 2**30)
    found, remarks = broken(bytes(damaged))
    assert (found.name, found.needed) == ("demo.dll", (Needed(name="a.dll"), Needed(name="c.dll", how=("delay",))))
    assert remarks == ["the name of an imported library has no end"]
    struct.pack_into("<I", damaged, 64 + 24 + 112 + 8, 2**30)
    struct.pack_into("<I", damaged, 64 + 24 + 112, 2**30)
    found, remarks = broken(bytes(damaged))
    assert (found.name, found.needed) == ("", (Needed(name="c.dll", how=("delay",)),))
    assert remarks == [
        "the export directory lies beyond its section",
        "the import directory lies beyond its section",
        "the export directory lies beyond its section",
    ]


# Any


@pytest.mark.parametrize("data", [LINKED_ELF, LINKED_MACHO, LINKED_PE])
def test_every_truncation_is_read_or_told(data: bytes) -> None:
    whole = only(data)
    for length in range(len(data)):
        found, remarks = linkages(data[:length])
        assert not found or remarks or found[0] == whole or data[:4] != b"\x7fELF"


@given(st.sampled_from(sorted(SAMPLES.values())), st.data())
def test_damage_raises_nothing(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(damaged) - 4))
        damaged[at : at + 4] = data.draw(st.binary(min_size=4, max_size=4) | st.just(b"\xff" * 4) | st.just(bytes(4)))
    remarks: list[str] = []
    for image in open_images(memoryview(damaged), remarks.append):
        read_linkage(image, LIMITS, remarks.append)
    for archive in open_archives(memoryview(damaged), LIMITS, remarks.append):
        assert sum(len(member.data) for member in archive.members) <= len(damaged)
    assert all(remark.isprintable() for remark in remarks)


def test_readelf_says_the_same_of_a_compiled_library(tmp_path: Path) -> None:
    compiler, reader = shutil.which("gcc"), shutil.which("readelf")
    if compiler is None or reader is None:
        pytest.skip("needs gcc and readelf of GNU binutils")
    source, script, library = tmp_path / "a.c", tmp_path / "a.map", tmp_path / "liba.so"
    source.write_text('#include <stdio.h>\nint told(void) { return printf("%d\\n", 1); }\n')
    script.write_text("OLD_1 { };\nNEW_2 { global: told; local: *; } OLD_1;\n")
    options = f"-Wl,-soname,liba.so.3,-rpath,$ORIGIN/../lib:/opt/lib,--version-script,{script},--build-id=sha1"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", library, source, options, "-Wl,--enable-new-dtags,-z,execstack"],
        check=True,
    )
    found = only(library.read_bytes())
    told = subprocess.run([reader, "-WdVlnp.comment", library], capture_output=True, text=True, check=True).stdout

    def each(pattern: str) -> list[str]:
        return re.findall(pattern, told)

    assert [n.name for n in found.needed] == each(r"\(NEEDED\).*\[(.*)\]") != []
    assert [found.name] == each(r"\(SONAME\).*\[(.*)\]") == ["liba.so.3"]
    assert [":".join(found.runpaths)] == each(r"\(RUNPATH\).*\[(.*)\]") == ["$ORIGIN/../lib:/opt/lib"]
    assert [library for library, _ in found.imported_versions] == each(r"Version: \d+  File: (\S+)  Cnt") != []
    imported = [version for _, versions in found.imported_versions for version in versions]
    assert imported == each(r"Name: (\S+)  Flags: .*Version: \d+") != []
    defined = [name for flags, name in re.findall(r"Rev: 1  Flags: (\S+) .*Name: (\S+)", told) if flags != "BASE"]
    assert list(found.exported_versions) == defined == ["OLD_1", "NEW_2"]
    assert [found.build_id] == each(r"Build ID: ([0-9a-f]{40})")
    assert list(found.toolchain) == each(r"\[ +[0-9a-f]+\]  (GCC: .*)")
    assert (found.executable_stack, each(r"GNU_STACK .* (RWE)")) == (True, ["RWE"])
