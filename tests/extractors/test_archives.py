"""Static and import libraries: what is said of them, what cannot be looked into, and what is broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.binaries import archive as archive_reader
from cf_sbom.extractors import archives
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Body, Context, Finding, Options
from cf_sbom.limits import Limits
from cf_sbom.model import Binary, Member, Problem
from cf_sbom.testing import check, check_match
from fixtures.members.images import elf, fat, macho
from fixtures.members.linking import SAMPLES, STATIC, archive, coff, linked_elf, short_import

PACKED = {path: data for path, data in SAMPLES.items() if path.endswith((".a", ".lib"))}
MADE = elf({".comment": b"GCC: (GNU) 13.2.0\0"}, kind=1)
BY_SEGMENTS = "the table of sections lies beyond the end of the file; the file is read by its segments"
BITCODE = b"BC\xc0\xde and more"


def read(data: bytes, path: str = "lib/liba.a", limits: Limits | None = None) -> list[Finding]:
    member = Member(path=path, kind="file", size=len(data), head=data[:16])
    context = Context(options=Options(), limits=limits or Limits())
    return list(archives.read(member, Body(memoryview(data)), context))


def reasons(data: bytes) -> list[tuple[str, str]]:
    return [(finding.severity, finding.reason) for finding in read(data) if isinstance(finding, Problem)]


def test_which_members_it_wants() -> None:
    (extractor,) = archives.cf_sbom_extractors()
    heads = (b"!<arch>\n", b"!<thin>\n", b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
    wanted = [Member(path="any/name", kind="file", size=99, head=head.ljust(16, b"/")) for head in heads]
    unwanted = [
        "lib/libz.a",
        Member(path="info/x.a", kind="file", size=9, head=b"!<arch>\n"),
        Member(path="x.a", kind="file", size=9, head=b"\x7fELF"),
        Member(path="x.a", kind="softlink", size=0),
    ]
    check_match(extractor, wanted, unwanted)


def test_it_passes_the_kit() -> None:
    check(archives, PACKED)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            archive((("a.o", MADE), ("b.o", MADE), ("README", b"text"))),
            [Binary(path="", machine="x86_64", kind="static library", objects=2, toolchain=("GCC: (GNU) 13.2.0",))],
        ),
        (
            archive((("a.obj", coff({".text": b"x"})),), style="microsoft"),
            [Binary(path="", machine="x86_64", kind="static library", objects=1)],
        ),
        (
            archive((("a.obj", coff({".text": b"x"}, machine=0xAA64)), ("b.obj", coff({}))), style="microsoft"),
            [Binary(path="", machine="aarch64, x86_64", kind="static library", objects=2)],
        ),
        (
            archive((("z.dll", short_import("f", "z.dll")), ("z.dll", short_import("g", "z.dll")))),
            [Binary(path="", machine="x86_64", kind="import library", imports=("z.dll",))],
        ),
        (
            archive((("z.dll", short_import("f", "z.dll")), ("a.obj", coff({".text": b"x"})))),
            [Binary(path="", machine="x86_64", kind="static library", objects=1, imports=("z.dll",))],
        ),
        (
            fat([archive((("a.o", macho({}, kind=1)),)), archive((("a.o", macho({}, kind=1, machine=0x01000007)),))]),
            [
                Binary(path="", machine="arm64", kind="static library", objects=1),
                Binary(path="", machine="x86_64", kind="static library", objects=1),
            ],
        ),
        (archive(()), [Binary(path="", kind="static library")]),
        (fat([macho({}, kind=6)]), []),
        (b"\xca\xfe\xba\xbe\0\0\0\x41 a class of Java", []),
    ],
)
def test_what_is_said_of_an_archive(data: bytes, expected: list[Binary]) -> None:
    assert read(data, path="") == expected


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (STATIC, []),
        (
            archive((("a.o", MADE),), thin=True),
            [("gap", "is a thin archive: its objects are other files, which the package may not have")],
        ),
        (
            archive((("a.o", BITCODE), ("b.o", MADE))),
            [("gap", "1 of 2 objects are LLVM bitcode, in which no libraries are looked for")],
        ),
        (STATIC[:240], [("damage", "a member of an archive lies beyond its end")]),
        (STATIC[:80], [("damage", "the header of a member of an archive is broken or cut off")]),
        (archive((("a.o", b"\x7fELF" + bytes(40)),)), [("damage", "no sound ELF header")]),
        (
            archive((("a.o", MADE[:-1]), ("b.o", b"\x7fELF" + bytes(40)))),
            [("damage", f"{BY_SEGMENTS}; and 1 more of it is broken")],
        ),
        (
            archive((("a.obj", coff({".text": b"x"})[:40]),)),
            [("damage", "the section table of an object lies beyond its end")],
        ),
    ],
)
def test_what_cannot_be_read_is_said_once(data: bytes, said: list[tuple[str, str]]) -> None:
    assert reasons(data) == said


def test_members_beyond_a_limit_are_said() -> None:
    data = archive([(f"{number}.o", MADE) for number in range(5)])
    found = read(data, limits=Limits(dependencies=3))
    assert [finding.objects for finding in found if isinstance(finding, Binary)] == [3]
    assert ["limit dependencies" in f.reason and f.severity for f in found if isinstance(f, Problem)] == ["gap"]


def test_sections_beyond_number_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_reader, "MOST_SECTIONS", 4)
    found = read(archive([(f"{number}.o", MADE) for number in range(5)]))
    assert [finding.objects for finding in found if isinstance(finding, Binary)] == [5]
    assert ["more than 4 sections" in f.reason and f.severity for f in found if isinstance(f, Problem)] == ["gap"]


def test_a_whole_package(described: Callable[..., Description]) -> None:
    sbom = described(payload=PACKED | {"lib/liba.so": linked_elf()}).sbom
    assert {(one.path, one.machine, one.kind) for one in sbom.binaries} == {
        ("Library/lib/demo.lib", "x86_64", "import library"),
        ("lib/liba.so", "x86_64", "library"),
        ("lib/libboth.a", "arm64", "static library"),
        ("lib/libboth.a", "x86_64", "static library"),
        ("lib/libdemo.a", "x86_64", "static library"),
    }


@given(st.sampled_from(sorted(PACKED.values())), st.data())
def test_any_bytes_are_read(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    found = read(data[:at] + draw.draw(st.binary(max_size=8)) + data[at + 8 :])
    assert sum(isinstance(finding, Problem) and finding.severity == "damage" for finding in found) <= 1
