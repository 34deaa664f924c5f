"""Go modules out of build information: both forms, all formats, replaced modules, and programs that record nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom import properties
from cf_sbom.extractors import golang
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Body, Context, Finding, Options
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Evidence, Member, Problem, Relation
from cf_sbom.testing import check, check_match
from fixtures.members.images import (
    BASE,
    GO_MAGIC,
    GO_TEXT,
    SAMPLES,
    elf,
    elf_start,
    fat,
    go_inline,
    go_pointers,
    kept,
    macho,
    pe,
    varint,
)

TOOL = "pkg:golang/example.org/tool@v0.0.0-20240102030405-bffab6547f32"
PAINT = "pkg:golang/example.org/paint/v3@v3.1.0"
SHAPE = "pkg:golang/example.org/fork/shape@v1.2.1-0.20240102030405-0123456789ab"
COMMIT = "bffab6547f326f203c5d9b190cb6bfd59efb3235"
SUM = f"h1:{'a' * 43}="


def read(data: bytes, **limits: int) -> list[Finding]:
    member = Member(path="bin/tool", kind="file", size=len(data), head=data[:16])
    context = Context(options=Options(), limits=Limits(**limits))
    return list(golang.read(member, Body(memoryview(data)), context))


def components(findings: Iterable[Finding]) -> list[Component]:
    return [f for f in findings if isinstance(f, Component)]


def problems(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(f.severity, f.reason) for f in findings if isinstance(f, Problem)]


def program(text: str, toolchain: str = "go1.22.3") -> bytes:
    return elf({".go.buildinfo": go_inline(toolchain, text)})


def test_it_keeps_the_rules() -> None:
    check(golang, SAMPLES)


def test_it_wants_programs_of_every_format() -> None:
    (extractor,) = golang.cf_sbom_extractors()
    heads = (
        b"\x7fELF\x02",
        b"MZ\x90",
        b"\xcf\xfa\xed\xfe",
        b"\xfe\xed\xfa\xce",
        b"\xca\xfe\xba\xbe",
        b"\xca\xfe\xba\xbf",
    )
    wanted = [Member(path="bin/x", kind="file", size=9, head=head) for head in heads]
    in_info = Member(path="info/test/x", kind="file", size=9, head=heads[0])
    link = Member(path="bin/y", kind="softlink", size=0, link_target="x")
    check_match(extractor, wanted, ["bin/x", "go.mod", in_info, link])


@pytest.mark.parametrize(
    "name",
    ["linux-amd64", "linux-386", "linux-mips", "linux-s390x", "darwin-amd64", "darwin-arm64", "windows-amd64"],
)
def test_a_program_of_our_own(name: str) -> None:
    findings = read(kept(f"golang/tool-{name}"))
    assert [(c.kind, c.name, c.version, c.purl, dict(c.properties)) for c in components(findings)] == [
        ("application", "example.org/Tool", "v0.0.0-20240102030405-bffab6547f32", TOOL, {}),
        ("library", "stdlib", "1.27.3", "pkg:golang/stdlib@1.27.3", {}),
        (
            *("library", "example.org/Paint/v3", "v3.1.0", PAINT),
            {properties.GO_SUM: "h1:uBADjxNSbhpn3gOrJZP75P3NJzeaS2cOKBVmT8Mm2yM="},
        ),
        (
            *("library", "example.org/near", "", "pkg:golang/example.org/near"),
            {properties.GO_REPLACES: "example.org/near@v0.3.0", properties.PACKAGE_SOURCE: "folder"},
        ),
        (
            *("library", "example.org/fork/shape", "v1.2.1-0.20240102030405-0123456789ab", SHAPE),
            {
                properties.GO_REPLACES: "example.org/shape@v1.2.0",
                properties.GO_SUM: "h1:fkQwRgTLvrRV2GN1PMTB0Wbw/HDGO8xqVywmb3PzIAg=",
            },
        ),
    ]
    fields = [".go.buildinfo mod", ".go.buildinfo go", *(f".go.buildinfo dep[{n}]" for n in range(3))]
    assert [c.occurrences[0].evidence for c in components(findings)] == [
        (Evidence(path="bin/tool", field=field, by="golang"),) for field in fields
    ]
    relations = [(f.source, f.kind, f.target, f.scope) for f in findings if isinstance(f, Relation)]
    assert relations == [(TOOL, "depends_on", c.ref, "runtime") for c in components(findings)[1:]]
    assert problems(findings) == []
    assert "./near" not in repr(findings)


@pytest.mark.parametrize("name", ["no-modules", "single-file"])
def test_a_program_without_modules_gives_the_standard_library_and_a_gap(name: str) -> None:
    findings = read(kept(f"golang/{name}-linux-amd64"))
    assert [c.purl for c in components(findings)] == ["pkg:golang/stdlib@1.27.3"]
    ((severity, reason),) = problems(findings)
    assert (severity, reason.startswith("a Go program that names no modules")) == ("gap", True)


@pytest.mark.parametrize(("pointer", "order"), list(product((4, 8), "<>")))
def test_the_older_form_holds_addresses(pointer: int, order: str) -> None:
    at = BASE + elf_start(pointer)
    data = go_pointers("go1.16.3", GO_TEXT, pointer=pointer, order=order, at=at)  # type: ignore[arg-type]
    for names in (True, False):  # without a section table it is looked for where data is written to
        findings = read(elf({".go.buildinfo": data}, pointer=pointer, order=order, names=names))  # type: ignore[arg-type]
        assert [c.purl for c in components(findings)] == [
            "pkg:golang/example.org/tool@v1.0.0",
            "pkg:golang/stdlib@1.16.3",
            PAINT,
        ]
        assert problems(findings) == []


INLINE = go_inline("go1.22.3", GO_TEXT)


@pytest.mark.parametrize(
    "data",
    [
        elf({".go.buildinfo": INLINE}),
        elf({".gopclntab": b"x" * 16, ".data": bytes(48) + INLINE}),
        elf({".data": GO_MAGIC[:9].ljust(16, b"\0") + INLINE}, names=False),
        macho({"__go_buildinfo": INLINE}),
        macho({"__go_buildinfo": INLINE}, pointer=4, order=">"),
        macho({"__gopclntab": b"x" * 16, "__data": INLINE}),
        pe({".text": b"x", ".data": bytes(32) + INLINE}),
        pe({".text": b"x", ".data": INLINE}, pointer=4),
        pe({".data": (b"x" * 8 + GO_MAGIC).ljust(64, b"\0") + INLINE}),  # not at a round address
    ],
)
def test_where_it_is_looked_for(data: bytes) -> None:
    findings = read(data)
    assert [c.name for c in components(findings)] == ["example.org/tool", "stdlib", "example.org/Paint/v3"]
    assert problems(findings) == []


def test_each_part_of_a_fat_file_has_its_own_list() -> None:
    more = GO_TEXT + "dep\texample.org/mac\tv0.1.0\t\n"
    both = [
        macho({"__go_buildinfo": go_inline("go1.22.3", t)}, machine=m)
        for t, m in ((GO_TEXT, 0x01000007), (more, 0x0100000C))
    ]
    found = components(read(fat(both)))
    assert [c.purl for c in found].count(PAINT) == 2
    places = {e.field for c in found for e in c.occurrences[0].evidence if c.name == "example.org/mac"}
    assert places == {"arm64 .go.buildinfo dep[1]"}


@pytest.mark.parametrize(
    ("main", "settings", "version", "detail", "gaps"),
    [
        ("v1.2.3", {}, "v1.2.3", "", 0),
        ("v1.2.3+dirty", {"vcs.modified": "true"}, "v1.2.3+dirty", "vcs.modified=true", 0),
        ("(devel)", {"vcs.revision": COMMIT, "vcs.modified": "false"}, COMMIT, "the version is vcs.revision", 0),
        (
            *("(devel)", {"vcs.revision": COMMIT, "vcs.modified": "true"}, COMMIT),
            *("the version is vcs.revision; vcs.modified=true", 0),
        ),
        ("(devel)", {}, "", "", 1),
        ("", {}, "", "", 1),
        ("(devel)", {"vcs.revision": "a b\x1b"}, "", "", 1),
    ],
)
def test_the_version_of_the_main_module(
    main: str, settings: dict[str, str], version: str, detail: str, gaps: int
) -> None:
    text = f"path\texample.org/t\nmod\texample.org/t\t{main}\t\n"
    findings = read(program(text + "".join(f"build\t{key}={value}\n" for key, value in settings.items())))
    found = components(findings)[0]
    assert (found.name, found.version) == ("example.org/t", version)
    assert found.occurrences[0].evidence[0].detail == detail
    assert [severity for severity, _ in problems(findings)] == ["gap"] * gaps


@pytest.mark.parametrize(
    ("toolchain", "version", "detail"),
    [
        ("go1.22.3", "1.22.3", ""),
        ("go1.22", "1.22", ""),
        ("go1.23rc1", "1.23rc1", ""),
        ("go1.22.3 X:boringcrypto", "1.22.3", "toolchain go1.22.3 X:boringcrypto"),
        ("go1.21.3-acme.1", "1.21.3", "toolchain go1.21.3-acme.1"),
        ("go1.24-devel_abcdef Tue", "", "toolchain go1.24-devel_abcdef Tue"),
        ("devel go1.19-abc Mon Jan 2", "", "toolchain devel go1.19-abc Mon Jan 2"),
        ("devel +abc\n", "", ""),
        ("gone", "", "toolchain gone"),
    ],
)
def test_the_version_of_the_standard_library(toolchain: str, version: str, detail: str) -> None:
    findings = read(program(GO_TEXT, toolchain))
    found = next(c for c in components(findings) if c.name == "stdlib")
    assert found.purl == (f"pkg:golang/stdlib@{version}" if version else "pkg:golang/stdlib")
    assert found.occurrences[0].evidence[0].detail == detail
    assert len(problems(findings)) == (not version)


@pytest.mark.parametrize(
    ("lines", "name", "version", "replaces", "source"),
    [
        (f"dep\ta.b/c\tv1\n=>\td.e/f\tv2\t{SUM}", "d.e/f", "v2", "a.b/c@v1", ""),
        ("dep\ta.b/c\tv1\n=>\ta.b/c\tv2\t", "a.b/c", "v2", "a.b/c@v1", ""),
        ("dep\ta.b/c\tv1\n=>\t../c\t(devel)\t", "a.b/c", "", "a.b/c@v1", "folder"),
        ("dep\ta.b/c\tv1\n=>\t/home/me/c\t\t", "a.b/c", "", "a.b/c@v1", "folder"),
        ("dep\ta.b/c\tv1\n=>\tC:\\me\\c\tv1\t", "a.b/c", "", "a.b/c@v1", "folder"),
        ("dep\ta.b/c\tv1\n=>\t.\t\t", "a.b/c", "", "a.b/c@v1", "folder"),
        ("dep\ta.b/c\t\n=>\t.\\c\t\t", "a.b/c", "", "a.b/c", "folder"),
        ("dep\ta.b/c\t(devel)\t", "a.b/c", "", "", "folder"),  # another module of a workspace
        ("dep\ta.b/c\tv2.0.0+incompatible\t", "a.b/c", "v2.0.0+incompatible", "", ""),
    ],
)
def test_what_stands_in_for_a_module(lines: str, name: str, version: str, replaces: str, source: str) -> None:
    findings = read(program(f"mod\ta.b/main\tv1\t\n{lines}\n"))
    (found,) = components(findings)[2:]
    said = dict(found.properties)
    assert (found.name, found.version) == (name, version)
    assert (said.get(properties.GO_REPLACES, ""), said.get(properties.PACKAGE_SOURCE, "")) == (replaces, source)
    assert problems(findings) == []
    assert "/me" not in repr(findings)
    assert "\\me" not in repr(findings)


@pytest.mark.parametrize(("mode", "kind"), [("exe", "application"), ("pie", "application"), ("c-shared", "library")])
def test_a_library_is_no_application(mode: str, kind: str) -> None:
    found = components(read(program(f"mod\ta.b/main\tv1\t\nbuild\t-buildmode={mode}\n")))[0]
    assert found.kind == kind


def test_a_program_of_single_files_has_modules_but_no_main_one() -> None:
    findings = read(program("path\tcommand-line-arguments\ndep\ta.b/c\tv1\t\n"))
    assert [c.name for c in components(findings)] == ["stdlib", "a.b/c"]
    assert problems(findings) == [("gap", "a Go program built from single files: its own code belongs to no module")]
    assert not [f for f in findings if isinstance(f, Relation)]


NO_BUILD_INFO = "a Go program without readable build information; the modules in it are not known"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (elf({".text": b"x" * 64}), []),
        (pe({".text": b"x" * 64, ".data": b"y" * 64}), []),
        (macho({"__text": b"x" * 64}), []),
        (elf({".gopclntab": b""}), []),  # debug information apart from its program
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(64), []),
        (elf({".gopclntab": b"x" * 64}), [("gap", NO_BUILD_INFO)]),
        (elf({".note.go.buildid": b"x" * 64}), [("gap", NO_BUILD_INFO)]),
        (macho({"__gopclntab": b"x" * 64}), [("gap", NO_BUILD_INFO)]),
        (pe({".text": b'\xff Go build ID: "x"'}), [("gap", NO_BUILD_INFO)]),
        # Addresses that only the loader sets: position-independent programs of older versions.
        (elf({".go.buildinfo": GO_MAGIC + b"\x08\x00" + bytes(32)}), [("gap", NO_BUILD_INFO)]),
    ],
)
def test_without_build_information_nothing_is_invented(data: bytes, expected: list[tuple[str, str]]) -> None:
    findings = read(data)
    assert components(findings) == []
    assert problems(findings) == expected


def blob(*after: bytes) -> bytes:
    return elf({".go.buildinfo": GO_MAGIC + b"\x08\x02" + bytes(16) + b"".join(after)})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (blob(varint(2**63)), "beyond the end"),
        (blob(varint(8), b"go1.22.3", varint(2**63), b"x"), "beyond the end"),
        (blob(varint(8), b"go1.22.3", varint(2**64 - 1)), "beyond the end"),
        (blob(b"\xff" * 40), "a length in the build information has no end"),
        (blob(b"\x80" * 9 + b"\x7f"), "beyond the end"),
        (elf({".go.buildinfo": GO_MAGIC + b"\x03\x00" + bytes(32)}), "pointers of 3 bytes"),
        (elf({".go.buildinfo": GO_MAGIC + b"\x08\x00" + b"\x01" * 16}), "points to nothing"),
        (elf({".go.buildinfo": go_pointers("go1.16", GO_TEXT, at=BASE)}), "beyond the end"),
    ],
)
def test_broken_build_information_is_one_problem(data: bytes, reason: str) -> None:
    findings = read(data)
    assert components(findings) == []
    ((severity, said),) = problems(findings)
    assert severity == "damage"
    assert reason in said


def test_broken_lines_are_one_problem_and_the_rest_is_read() -> None:
    text = (
        "=>\ta\tb\tc\nmod\ta.b/main\tv1\t\n=>\tonly\ndep\n=>\ta.b/x\tv1\t\ndep\ta.b/c\tv1\th1:x=\t\ndep\ta.b/c\tv1\n"
        "later\tword\n\nbuild\tx\n"
    )
    findings = read(program(text))
    assert [c.name for c in components(findings)] == ["a.b/main", "stdlib", "a.b/c"]
    assert problems(findings) == [
        ("damage", "5 lines of the build information cannot be read; the first is line 1"),
    ]


def test_names_versions_and_sums_that_are_none_are_told() -> None:
    text = "mod\ta.b/main\tv1\t\ndep\ta b\tv1\t\ndep\ta.b/c\tv 1\t\ndep\ta.b/d\tv1\tmd5:x\n"
    findings = read(program(text))
    assert [(c.name, c.version) for c in components(findings)[2:]] == [("a.b/c", ""), ("a.b/d", "v1")]
    assert problems(findings) == [
        ("damage", ".go.buildinfo dep[0]: not the path of a Go module"),
        ("damage", ".go.buildinfo dep[1]: not a version"),
        ("damage", ".go.buildinfo dep[2]: not an h1 sum"),
    ]


def test_limits() -> None:
    text = "mod\ta.b/main\tv1\t\n" + "".join(f"dep\ta.b/c{n}\tv1\t\n" for n in range(9))
    findings = read(program(text), dependencies=4)
    assert len(components(findings)) == 5
    ((_, reason),) = problems(findings)
    assert "limit dependencies" in reason
    assert problems(read(program(text), dependencies=10)) == []
    ((_, reason),) = problems(read(program(text), embedded_size=50))
    assert "limit embedded_size" in reason


def test_in_a_package(described: Callable[..., Description]) -> None:
    data = kept("golang/tool-linux-amd64")
    sbom = described(payload={"bin/tool": data, "bin/other": data}).sbom
    (tool,) = (c for c in sbom.components if c.ref == TOOL)
    assert [o.path for o in tool.occurrences] == ["bin/other", "bin/tool"]
    assert {c.purl for c in sbom.components} >= {TOOL, PAINT, SHAPE, "pkg:golang/stdlib@1.27.3"}
    assert [p for p in sbom.problems if p.by == "golang"] == []


@given(st.sampled_from([d for p, d in sorted(SAMPLES.items()) if p != "bin/rust"]), st.data())
def test_damage_raises_nothing(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(damaged))
