"""Rust crates out of `.dep-v0`: all formats, build crates, and lists that are broken or meant to harm."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seeing import seen

from cf_sbom import properties
from cf_sbom.extractors import rust
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Body, Context, Finding, Options
from cf_sbom.limits import MIB, Limits
from cf_sbom.model import ROOT, Component, Evidence, Member, Problem, Relation
from cf_sbom.testing import check, check_match
from fixtures.members.images import CRATES, SAMPLES, crates, elf, fat, kept, macho, pe

COMMIT = b"0123456789abcdef0123456789abcdef01234567"


def read(data: bytes, **limits: int) -> list[Finding]:
    member = Member(path="bin/demo", kind="file", size=len(data), head=data[:16])
    context = Context(options=Options(), limits=Limits(**limits))
    return list(rust.read(member, Body(memoryview(data)), context))


def components(findings: Iterable[Finding]) -> list[Component]:
    return [f for f in findings if isinstance(f, Component)]


def edges(findings: Iterable[Finding]) -> list[tuple[str, str, str, str]]:
    found = [f for f in findings if isinstance(f, Relation)]
    return [(_short(f.source), f.kind, _short(f.target), f.scope) for f in found]


def _short(ref: str) -> str:
    return ref.removeprefix("pkg:cargo/")


def problems(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(f.severity, f.reason) for f in findings if isinstance(f, Problem)]


def listed(*packages: Any) -> bytes:
    return elf({".dep-v0": crates(*packages)})


def crate(name: str, /, *dependencies: int, **fields: Any) -> dict[str, Any]:
    return {"name": name, "version": "1.0.0", "source": "crates.io", "dependencies": list(dependencies)} | fields


def test_it_keeps_the_rules() -> None:
    check(rust, SAMPLES)


def test_it_wants_programs_of_every_format() -> None:
    (extractor,) = rust.cf_sbom_extractors()
    heads = (
        b"\x7fELF\x02",
        b"MZ\x90",
        b"\xcf\xfa\xed\xfe",
        b"\xfe\xed\xfa\xce",
        b"\xca\xfe\xba\xbe",
        b"\xca\xfe\xba\xbf",
    )
    wanted = [Member(path="bin/x", kind="file", size=9, head=head) for head in heads]
    check_match(extractor, wanted, ["bin/x", "Cargo.lock", Member(path="info/x", kind="file", size=9, head=heads[0])])


def test_a_program_of_our_own() -> None:
    findings = read(kept("rust/listed-linux"))
    assert [(c.kind, c.name, c.version, dict(c.properties)) for c in components(findings)] == [
        ("library", "adler", "1.0.2", {}),
        ("library", "cc", "1.0.79", {}),
        ("application", "demo", "0.3.0", {properties.PACKAGE_SOURCE: "folder"}),
        ("library", "jobserver", "0.1.26", {}),
        ("library", "inner_one", "2.0.0-rc.1+x", {properties.PACKAGE_SOURCE: "git"}),
        ("library", "libc", "0.2.147", {}),
        ("library", "libc", "0.1.12", {properties.PACKAGE_SOURCE: "registry"}),
    ]
    assert components(findings)[4].purl == "pkg:cargo/inner_one@2.0.0-rc.1%2Bx"
    assert components(findings)[1].occurrences[0].evidence == (
        Evidence(path="bin/demo", field=".dep-v0 packages[1]", by="rust"),
    )
    demo = "demo@0.3.0"
    assert edges(findings) == [
        (ROOT, "contains", "adler@1.0.2", "runtime"),
        (ROOT, "depends_on", "cc@1.0.79", "build"),
        (ROOT, "contains", demo, "runtime"),
        (ROOT, "depends_on", "jobserver@0.1.26", "build"),
        (ROOT, "contains", "inner_one@2.0.0-rc.1%2Bx", "runtime"),
        (ROOT, "contains", "libc@0.2.147", "runtime"),
        (ROOT, "contains", "libc@0.1.12", "runtime"),
        ("cc@1.0.79", "depends_on", "jobserver@0.1.26", "build"),
        (demo, "depends_on", "adler@1.0.2", "runtime"),
        (demo, "depends_on", "cc@1.0.79", "build"),
        (demo, "depends_on", "inner_one@2.0.0-rc.1%2Bx", "runtime"),
        (demo, "depends_on", "libc@0.2.147", "runtime"),
        (demo, "depends_on", "libc@0.1.12", "runtime"),
        ("jobserver@0.1.26", "depends_on", "libc@0.2.147", "build"),
        ("inner_one@2.0.0-rc.1%2Bx", "depends_on", "adler@1.0.2", "runtime"),
    ]
    assert problems(findings) == []


SECTION = {".dep-v0": crates(*CRATES)}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (elf(SECTION), "application"),
        (elf(SECTION, pointer=4, order=">"), "application"),
        (elf(SECTION, kind=3), "library"),
        (macho(SECTION), "application"),
        (macho(SECTION, pointer=4, order=">"), "application"),
        (macho(SECTION, kind=6), "library"),
        (pe(SECTION), "application"),
        (pe({".text": b"x"} | SECTION, pointer=4, library=True), "library"),
        (fat([macho(SECTION)], wide=True), "application"),
        (elf({".dep-v0": SECTION[".dep-v0"] + bytes(40)}), "application"),  # filled up with zeros
    ],
)
def test_formats(data: bytes, kind: str) -> None:
    findings = read(data)
    assert [(c.kind, c.name) for c in components(findings)] == [("library", "cc"), (kind, "demo")]
    assert problems(findings) == []


def test_each_part_of_a_fat_file_has_its_own_list() -> None:
    more = {".dep-v0": crates(*CRATES, crate("mac"))}
    found = components(read(fat([macho(SECTION, machine=0x01000007), macho(more)])))
    assert [c.name for c in found] == ["cc", "demo", "cc", "demo", "mac"]
    assert found[-1].occurrences[0].evidence[0].field == "arm64 .dep-v0 packages[2]"


def test_lists_that_a_linker_put_behind_each_other() -> None:
    both = crates(*CRATES) + bytes(5) + crates(crate("other", root=True))
    findings = read(elf({".dep-v0": both}, kind=3))
    assert [c.name for c in components(findings)] == ["cc", "demo", "other"]
    assert components(findings)[-1].occurrences[0].evidence[0].field == ".dep-v0[1] packages[0]"
    assert problems(findings) == []
    ((_, reason),) = problems(read(elf({".dep-v0": crates(crate("a", root=True)) * 70})))
    assert reason == ".dep-v0: more than 64 lists; the rest is not read"


PATH = b"/rustc/" + COMMIT + b"/library/core/src/str/mod.rs"
GAP = [("gap", "holds code of Rust without a list of its crates; build it with cargo-auditable to have one")]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (kept("rust/plain-linux"), GAP),
        (elf({".rodata": PATH}), GAP),
        (macho({"__cstring": PATH}), GAP),
        (pe({".rdata": PATH.replace(b"/core/", b"\\core\\")}), GAP),
        (elf({".rodata": b"/rustc/" * 50}), []),
        (elf({".text": PATH}), []),
        (elf({".rodata": b"nothing", ".dep-v0": b""}), []),
        (pe({}), []),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + PATH, []),
    ],
)
def test_without_a_list_nothing_is_invented(data: bytes, expected: list[tuple[str, str]]) -> None:
    found = seen(rust, {"bin/demo": data})
    assert found.components == {}
    assert [(severity, reason) for _, severity, reason in found.problems] == expected


@pytest.mark.parametrize(
    ("path", "purl", "is_named"),
    [
        ("lib/python3.12/site-packages/demo-1.dist-info/sboms/demo.cyclonedx.json", "pkg:cargo/libc@0.2.147", True),
        ("lib/python3.12/site-packages/demo-1.dist-info/sboms/demo.cyclonedx.json", "pkg:pypi/libc@0.2.147", False),
        ("lib/demo.cdx.json", "pkg:cargo/libc@0.2.147", False),
    ],
)
def test_a_program_whose_crates_only_an_sbom_of_its_wheel_names(path: str, purl: str, is_named: bool) -> None:
    """As maturin writes it: the crates are known, and still none of them is read from the program."""
    component = {"type": "library", "name": "libc", "version": "0.2.147", "purl": purl}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [component]}
    found = seen(rust, {path: json.dumps(document).encode(), "bin/demo": elf({".rodata": PATH})})
    assert purl in {c.purl for c in found.sbom.components}
    ((_, severity, reason),) = found.problems
    assert severity == "gap"
    assert (
        reason.endswith("; only SBOMs in the package name crates, nothing is read from the program itself") == is_named
    )
    assert ("cargo-auditable" in reason) != is_named


BOMB = zlib.compress(bytes(64 * MIB), 9)


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        (BOMB, ".dep-v0 unpacks to more than 8388608 bytes (limit embedded_size)"),
        (bytes(8 * MIB + 1), ".dep-v0 has 8388609 bytes (limit embedded_size)"),
        (b"not packed", ".dep-v0: not zlib data"),
        (crates(*CRATES)[:-9], ".dep-v0: the compressed list of crates is cut off"),
        (zlib.compress(b""), ".dep-v0: not JSON: Expecting value at line 1"),
        (zlib.compress(b"\xff"), ".dep-v0: not UTF-8 at byte 0"),
        (zlib.compress(b"[" * 5000), ".dep-v0: nested deeper than 200 (limit json_depth)"),
        (zlib.compress(b"[]"), ".dep-v0: no list of packages"),
        (zlib.compress(b'{"packages": {}}'), ".dep-v0: no list of packages"),
    ],
)
def test_a_broken_list_is_one_problem(section: bytes, reason: str) -> None:
    findings = read(elf({".dep-v0": section}))
    assert components(findings) == []
    assert problems(findings) == [("gap" if "(limit " in reason else "damage", reason)]


def test_what_follows_a_list_and_is_none_is_told() -> None:
    findings = read(elf({".dep-v0": crates(*CRATES) + b"more"}))
    assert len(components(findings)) == 2
    assert problems(findings) == [("damage", ".dep-v0: what follows the list of crates cannot be read")]


@pytest.mark.parametrize(
    ("packages", "names", "expected"),
    [
        (
            [5, crate("a", root=True), None],
            ["a"],
            [("damage", ".dep-v0 packages[0]: not a mapping")],
        ),
        ([crate("a", root=True), {"version": "1"}], ["a"], [("damage", ".dep-v0 packages[1].name: missing")]),
        (
            [crate("a", root=True), crate("b/c"), crate("d") | {"name": ["d"]}],
            ["a"],
            [
                ("damage", ".dep-v0 packages[2].name: not a string"),
                ("damage", ".dep-v0 packages[2].name: missing"),
                ("damage", ".dep-v0 packages[1]: not the name of a crate"),
            ],
        ),
        ([crate("a", root=True, version=None)], ["a"], [("damage", ".dep-v0 packages[0]: not a version")]),
        (
            [crate("a", 1, 7, root=True), crate("b", -1, 2**70), crate("c", dependencies=[True, "0", 0.5, None])],
            ["a", "b", "c"],
            [
                ("damage", ".dep-v0 packages[0].dependencies: 1 of 2 name no crate of the list"),
                ("damage", ".dep-v0 packages[1].dependencies: 2 of 2 name no crate of the list"),
                ("damage", ".dep-v0 packages[2].dependencies: 4 of 4 name no crate of the list"),
            ],
        ),
        (
            [crate("a", root=True, dependencies="1", kind="dev")],
            ["a"],
            [
                ("damage", ".dep-v0 packages[0].dependencies: not a list"),
                ("damage", ".dep-v0 packages[0].kind: neither runtime nor build; taken as runtime"),
            ],
        ),
        (
            [crate("a", 1, root=True), {"name": ""}],
            ["a"],
            [
                ("damage", ".dep-v0 packages[1].name: missing"),
                ("damage", "1 dependencies name entries that could not be read"),
            ],
        ),
        (
            [crate("a", 1, root=True), crate("b", root=True)],
            ["a", "b"],
            [("conflict", "2 crates are called the root of the program, not one")],
        ),
        ([crate("a")], ["a"], [("conflict", "0 crates are called the root of the program, not one")]),
        (
            [crate("a", 1, 2, root=True), crate("b"), crate("b")],
            ["a", "b", "b"],
            [("damage", ".dep-v0 packages[2]: b 1.0.0 stands twice in the list")],
        ),
        (
            [crate("a", 1, 2, root=True), crate("b"), crate("b", source="git"), crate("b", version="2.0.0")],
            ["a", "b", "b", "b"],
            [("conflict", "b 1.0.0 is listed from 2 sources and told as one crate: crates.io, git")],
        ),
        ([], [], []),
    ],
)
def test_broken_entries_are_told_and_the_rest_is_read(
    packages: list[Any], names: list[str], expected: list[tuple[str, str]]
) -> None:
    findings = read(listed(*packages))
    assert [c.name for c in components(findings)] == names
    assert problems(findings) == expected


def test_cycles_are_left_out_and_what_leads_to_them_is_kept() -> None:
    packages = [crate("a", 1, root=True), crate("b", 2), crate("c", 1, 3), crate("d"), crate("e", 4)]
    findings = read(listed(*packages))
    between = [(source, target) for source, _, target, _ in edges(findings) if source != ROOT]
    assert between == [("a@1.0.0", "b@1.0.0"), ("c@1.0.0", "d@1.0.0")]
    assert problems(findings) == [("damage", "3 crates depend on each other in a circle, such as b; left out")]


def test_a_long_chain_needs_no_recursion() -> None:
    count = 20_000
    packages = [crate(f"c{n}", n + 1, root=not n) for n in range(count)] + [crate("end")]
    findings = read(listed(*packages))
    assert len([e for e in edges(findings) if e[0] != ROOT]) == count
    assert problems(findings) == []


def test_limits() -> None:
    findings = read(listed(crate("a", 1, 2, 3, root=True), crate("b", 2), crate("c"), crate("d")), dependencies=3)
    assert [c.name for c in components(findings)] == ["a", "b", "c"]
    assert problems(findings) == [
        ("gap", ".dep-v0: 4 crates; only 3 are read (limit dependencies)"),
        ("gap", ".dep-v0: only 3 dependencies are read (limit dependencies)"),
        ("damage", "1 dependencies name entries that could not be read"),
    ]


def test_in_a_package(described: Callable[..., Description]) -> None:
    other = crates(crate("tool", 1, root=True), CRATES[0] | {"kind": "runtime"})
    sbom = described(payload={"bin/demo": elf(SECTION), "bin/tool": elf({".dep-v0": other})}).sbom
    names = {c.ref: c.name for c in sbom.components}
    said = {(r.kind, names[r.target], r.scope) for r in sbom.relations if r.source == sbom.root}
    said.discard(("depends_on", "python", "runtime"))  # of the package that the tests make
    assert said == {
        ("contains", "demo", "runtime"),
        ("contains", "tool", "runtime"),
        ("depends_on", "cc", "build"),  # of one program, and in the other one
        ("contains", "cc", "runtime"),
    }
    assert [p for p in sbom.problems if p.by == "rust"] == []


@given(st.sampled_from([d for p, d in sorted(SAMPLES.items()) if "go" not in p]), st.data())
def test_damage_raises_nothing(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(damaged))


ODD = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4)


@given(
    st.lists(
        ODD
        | st.fixed_dictionaries(
            {"name": st.sampled_from("abc") | ODD, "version": st.just("1") | ODD},
            optional={"dependencies": st.lists(st.integers(-1, 6)) | ODD, "root": ODD, "kind": ODD, "source": ODD},
        ),
        max_size=6,
    )
)
def test_any_json_gives_well_formed_findings(packages: list[Any]) -> None:
    findings = read(listed(*packages))
    refs = {c.ref for c in components(findings)} | {ROOT}
    for finding in findings:
        if isinstance(finding, Relation):
            assert {finding.source, finding.target} <= refs
            assert finding.source != finding.target
