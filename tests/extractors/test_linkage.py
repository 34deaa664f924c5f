"""What one binary says of its linking, and what is wrong with it by itself."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.extractors import golang, linkage, rust
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Body, Context, Finding, Options
from cf_sbom.limits import Limits
from cf_sbom.model import Binary, Component, Linkage, Member, Ownership, Problem
from cf_sbom.testing import check, check_match
from fixtures.members.images import elf, fat, macho
from fixtures.members.linking import (
    AUXILIARY,
    BUILD_ID,
    ID,
    LINKED_ELF,
    LINKED_MACHO,
    LOAD,
    NEEDED,
    NEW_PATH,
    OLD_PATH,
    RPATH,
    SONAME,
    TEXTREL,
    WEAK,
    dylib,
    linked_elf,
    linked_pe,
    path_command,
)

CONTEXT = Context(options=Options(), limits=Limits())
PLACEHOLDER = "/home/builder/_h_env_placehold_placehold_placehold/lib"
SAMPLES = {
    "lib/liba.so.1": linked_elf((SONAME, "liba.so.1"), (NEEDED, "libb.so.2"), (NEW_PATH, "$ORIGIN")),
    "lib/liba.1.dylib": macho(
        {}, kind=6, commands=[dylib(ID, "@rpath/liba.1.dylib"), dylib(LOAD, "@rpath/libb.dylib")]
    ),
    "Library/bin/a.dll": linked_pe(["b.dll", "KERNEL32.dll"], name="a.dll"),
}


def read(data: bytes, path: str = "lib/a") -> list[Finding]:
    member = Member(path=path, kind="file", size=len(data), head=data[:16])
    return list(linkage.read(member, Body(memoryview(data)), CONTEXT))


def reasons(data: bytes, path: str = "lib/a") -> list[str]:
    return [finding.reason for finding in read(data, path) if isinstance(finding, Problem)]


def test_which_members_it_wants() -> None:
    (extractor,) = linkage.cf_sbom_extractors()
    heads = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
    wanted = [Member(path="x", kind="file", size=4, head=head) for head in heads]
    unwanted = [
        Member(path="info/x", kind="file", size=4, head=b"\x7fELF"),
        Member(path="x", kind="file", size=4, head=b"#!/b"),
        Member(path="x", kind="softlink", size=0),
    ]
    check_match(extractor, wanted, unwanted)


def test_it_passes_the_kit() -> None:
    check(linkage, SAMPLES)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            SAMPLES["lib/liba.so.1"],
            Linkage(
                path="lib/a",
                format="ELF",
                machine="x86_64",
                soname="liba.so.1",
                needed=("libb.so.2",),
                rpaths=("$ORIGIN",),
            ),
        ),
        (
            linked_elf((NEEDED, "b"), (NEEDED, "a"), (AUXILIARY, "c"), (AUXILIARY, "a")),
            Linkage(path="lib/a", format="ELF", machine="x86_64", needed=("b", "a", "c"), optional=("c",)),
        ),
        (
            linked_elf((NEEDED, "b"), (OLD_PATH, "$ORIGIN/x:$ORIGIN")),
            Linkage(path="lib/a", format="ELF", machine="x86_64", needed=("b",), rpaths=("$ORIGIN/x", "$ORIGIN")),
        ),
        (
            macho({}, kind=6, commands=[dylib(WEAK, "@rpath/b.dylib"), path_command(RPATH, "@loader_path")]),
            Linkage(
                path="lib/a",
                format="Mach-O",
                machine="arm64",
                needed=("@rpath/b.dylib",),
                optional=("@rpath/b.dylib",),
                rpaths=("@loader_path",),
            ),
        ),
        (
            SAMPLES["Library/bin/a.dll"],
            Linkage(path="lib/a", format="PE", machine="x86_64", soname="a.dll", needed=("b.dll", "KERNEL32.dll")),
        ),
    ],
)
def test_what_a_binary_says(data: bytes, expected: Linkage) -> None:
    assert [finding for finding in read(data) if isinstance(finding, Linkage)] == [expected]


def test_a_file_for_two_machines_has_two() -> None:
    data = fat([macho({}, kind=6, machine=0x01000007), macho({}, kind=6)])
    assert [one.machine for one in read(data) if isinstance(one, Linkage)] == ["x86_64", "arm64"]


def test_an_object_file_is_linked_by_others() -> None:
    assert read(elf({".text": b"x"}, kind=1)) == []


@pytest.mark.parametrize(
    ("rpath", "path", "said"),
    [
        ("$ORIGIN/../lib", "bin/a", None),
        (PLACEHOLDER, "bin/a", None),
        ("/home/builder/work/lib", "bin/a", "has an rpath that is an absolute path outside of the package"),
        ("/usr/lib:/usr/lib64", "bin/a", "has 2 rpaths that are an absolute path outside of the package"),
        ("$ORIGIN/../../..", "bin/a", "has an rpath that leads out of the package"),
        ("lib", "bin/a", "or to the folder a program is started in"),
        (":$ORIGIN", "bin/a", "or to the folder a program is started in"),
    ],
)
def test_an_rpath_that_leads_elsewhere_is_told_without_it(rpath: str, path: str, said: str | None) -> None:
    found = reasons(linked_elf((NEEDED, "libb.so"), (NEW_PATH, rpath)), path)
    assert [said in reason for reason in found if said] == ([True] if said else [])
    assert not any("builder" in reason for reason in found)


def test_relocations_and_stacks() -> None:
    assert reasons(linked_elf((TEXTREL, 0))) == [
        "has text relocations: the loader must write into its code; build it with -fPIC"
    ]
    assert reasons(linked_elf(stack=7)) == ["asks for an executable stack; link it with -z noexecstack"]
    silent = (
        "does not say that it needs no executable stack (PT_GNU_STACK), so it gets one; link it with -z noexecstack"
    )
    assert reasons(linked_elf(stack=None)) == [silent]
    assert reasons(linked_elf(stack=None, kind=2)) == []  # Linux takes no 64-bit program as asking for one
    aarch64 = bytearray(linked_elf(stack=None))
    aarch64[18:20] = (183).to_bytes(2, "little")
    assert reasons(bytes(aarch64)) == []
    assert reasons(elf({".text": b"x"}, kind=3)) == []  # nothing is loaded


def test_what_a_binary_says_of_its_making() -> None:
    found = [finding for finding in read(LINKED_ELF) if isinstance(finding, Binary)]
    assert found == [
        Binary(
            path="lib/a",
            machine="x86_64",
            kind="library",
            build_id=BUILD_ID.hex(),
            toolchain=("GCC: (GNU) 13.2.0", "clang version 17.0.6"),
            imported_versions=(("libc.so.6", ("GLIBC_2.34", "GLIBC_2.4")), ("libz.so.1", ("ZLIB_1.2.9",))),
            exported_versions=("DEMO_1",),
        )
    ]
    machos = [finding for finding in read(LINKED_MACHO) if isinstance(finding, Binary)]
    assert [(one.machine, one.build_id) for one in machos] == [("arm64", "00010203-0405-0607-0809-0a0b0c0d0e0f")]


def test_a_toolchain_tells_no_place_of_the_builder() -> None:
    data = linked_elf(comment=b"clang 17 (/home/builder/llvm abc)\0")
    (found,) = (finding for finding in read(data) if isinstance(finding, Binary))
    assert "builder" not in "".join(found.toolchain)


def test_many_versions_are_cut_off() -> None:
    data = linked_elf(exported=["liba.so", *(f"V_{number}" for number in range(2 * linkage.MOST))])
    (found,) = (finding for finding in read(data) if isinstance(finding, Binary))
    assert len(found.exported_versions) == linkage.MOST


@pytest.mark.parametrize(
    ("note", "ref"),
    [
        (
            {"type": "rpm", "name": "zlib", "version": "1.2-3.fc39", "osCpe": "cpe:/o:fedoraproject:fedora:39"},
            "pkg:rpm/fedora/zlib@1.2-3.fc39?arch=src",
        ),
        (
            {"type": "deb", "os": "ubuntu", "name": "zlib", "version": "1:1.3.dfsg-3"},
            "pkg:deb/ubuntu/zlib@1:1.3.dfsg-3?arch=source",
        ),
        ({"type": "rpm", "name": "demo", "version": "1"}, "in:lib/a#rpm:demo@1"),  # of which system is not said
        ({"type": "odd", "os": "x", "name": "demo", "version": "1"}, "in:lib/a#odd:demo@1"),
        ({"type": "conda", "name": "demo", "version": "1"}, None),
        ({"type": "rpm", "version": "1"}, None),
        ({"name": "demo"}, None),
        ({"type": "r/m", "name": "demo"}, None),
    ],
)
def test_a_package_note_names_the_package(note: dict[str, str], ref: str | None) -> None:
    found = read(linked_elf(notes=[(b"FDO\0", 0xCAFE1A7E, json.dumps(note).encode() + b"\0")]))
    components = [finding for finding in found if isinstance(finding, Component)]
    owned = [finding for finding in found if isinstance(finding, Ownership)]
    assert [c.ref for c in components] == ([ref] if ref else [])
    assert [(o.path, o.ref) for o in owned] == ([("lib/a", ref)] if ref else [])
    for component in components:
        (evidence,) = component.occurrences[0].evidence
        assert (evidence.field, evidence.technique, evidence.confidence) == (".note.package", "manifest", 1.0)


@pytest.mark.parametrize("note", [b"{", b"[]", b"\xff"])
def test_a_broken_package_note_is_one_problem(note: bytes) -> None:
    assert len(reasons(linked_elf(notes=[(b"FDO\0", 0xCAFE1A7E, note)]))) == 1


@pytest.mark.parametrize("end", [5, 70, 200])
def test_a_broken_binary_is_one_problem_of_one_extractor(described: Callable[..., Description], end: int) -> None:
    data = SAMPLES["lib/liba.so.1"][:end]
    sbom = described(None, {"lib/liba.so.1": data}).sbom
    assert [(p.by, p.severity) for p in sbom.problems if p.path == "lib/liba.so.1" and p.by != "paths"] == [
        ("linkage", "damage")
    ]
    assert [one.whole for one in sbom.linkages] == [False]


def test_the_others_are_silent_of_it() -> None:
    data = SAMPLES["lib/liba.so.1"][:70]
    member = Member(path="lib/a", kind="file", size=len(data), head=data[:16])
    for extractor in (golang, rust):
        assert list(extractor.read(member, Body(memoryview(data)), CONTEXT)) == []


@given(st.sampled_from(sorted(SAMPLES.values())), st.data())
def test_any_bytes_are_read(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    with_other = data[:at] + draw.draw(st.binary(max_size=8)) + data[at + 8 :]
    found = read(with_other)
    assert sum(isinstance(finding, Problem) and finding.severity == "damage" for finding in found) <= 1
