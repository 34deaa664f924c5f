"""Licence lists: what each form names, what others confirm, and what is no list."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

import pytest
from support import fixture_members, info_members

from cf_sbom.extractors import license_lists
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Artifact, Body, Context, Finding, Note, Options, View
from cf_sbom.limits import Limits
from cf_sbom.listings import read_list
from cf_sbom.model import Component, Evidence, Member, Occurrence, Problem, Ref, Relation, Text
from cf_sbom.parsing import ParseError
from cf_sbom.testing import check_match

BY = "as cargo-bundle-licenses writes it"
CARGO = "info/licenses/THIRDPARTY.yml"


def crates(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"root_name": "demo", "third_party_libraries": list(entries)}).encode()


def crate(name: str = "a", version: str = "1.0.0", **fields: Any) -> dict[str, Any]:
    return {"package_name": name, "package_version": version} | fields


def component(purl: str, name: str, version: str, path: str = "bin/demo") -> Component:
    seen = Occurrence(path=path, evidence=(Evidence(path=path, technique="binary", by="other"),))
    return Component(ref=Ref(purl), kind="library", name=name, version=version, purl=purl, occurrences=(seen,))


def run(
    members: dict[str, bytes], others: Iterable[Component] = (), limits: Limits | None = None
) -> tuple[list[Finding], list[Problem]]:
    """Findings of read and join; the problems apart."""
    context = Context(options=Options(), limits=limits or Limits())
    found: list[Finding] = []
    for path, data in members.items():
        member = Member(path=path, kind="file", size=len(data))
        found += license_lists.read(member, Body(memoryview(data)), context)
    artifact = Artifact(container="conda", filename="demo-1.0-0.conda", size=1, digests=())
    notes = tuple(f for f in found if isinstance(f, Note))
    view = View(notes=notes, files={}, components=tuple(others), artifact=artifact)
    found = [f for f in found if not isinstance(f, Note)] + list(license_lists.join(view, context))
    problems = [f for f in found if isinstance(f, Problem)]
    return [f for f in found if not isinstance(f, Problem)], problems


def test_members() -> None:
    (extractor,) = license_lists.cf_sbom_extractors()
    wanted = [
        "info/licenses/THIRDPARTY.yml",
        "info/licenses/LICENSES/THIRDPARTY.toml",
        "share/demo/THIRDPARTY.json",
        "share/jupyter/labextensions/demo/static/third-party-licenses.json",
        "info/licenses/library_licenses/example.org/mod/LICENSE",
        "info/licenses/sub/library_licenses/example.org/mod/LICENSE",
        "share/demo/library_licenses/example.org/mod/COPYING",
        "share/demo/THIRD-PARTY.txt",
    ]
    unwanted = ["info/recipe/THIRDPARTY.yml", "info/licenses/LICENSE", "share/THIRDPARTY.md", "info/THIRDPARTY.yml"]
    check_match(extractor, wanted, unwanted)


def test_every_form(described: Callable[..., Description]) -> None:
    members = fixture_members("license_lists")
    info = {path: data for path, data in members.items() if path.startswith("info/")}
    payload = {path: data for path, data in members.items() if path not in info}
    sbom = described(info=info_members() | info, payload=payload).sbom
    found = {
        c.purl: [(lic.expression, len(lic.texts)) for lic in c.licenses]
        for c in sbom.components
        if not c.purl.startswith("pkg:conda/")
    }
    wax = f"LicenseRef-text-{sha256(b'Wax as you like.').hexdigest()[:16]}"
    other = f"LicenseRef-text-{sha256(b'Other as you like.' + bytes([10])).hexdigest()[:16]}"
    mod = f"LicenseRef-text-{sha256(b'Mod as you like.' + bytes([10])).hexdigest()[:16]}"
    inner = f"LicenseRef-text-{sha256(b'Inner as you like.' + bytes([10])).hexdigest()[:16]}"
    assert found == {
        "pkg:cargo/crate-a@1.0.0": [("MIT OR Apache-2.0", 1)],
        "pkg:cargo/crate-b@2.0.0%2Bbuild": [("LicenseRef-Free-for-all", 1)],
        "pkg:cargo/crate-c@0.1.0": [("MIT", 1)],
        "pkg:cargo/crate-d@0.2.0": [("Zlib", 1)],
        "pkg:golang/example.org/other": [(other, 1)],
        "pkg:golang/example.org/team/mod/v2": [(mod, 1)],
        "pkg:golang/example.org/team/mod/v2/inner": [(inner, 1)],
        "pkg:maven/org.example/demo-lib@1.0.0": [("MIT OR LicenseRef-Eclipse-Public-License-EPL-1.0-61581d1a", 0)],
        "pkg:maven/org.example/last@3.0": [("Apache-2.0", 0)],
        "pkg:maven/org.example/other@2.0": [],
        "pkg:npm/%40demo/brush@3.0.0": [("ISC", 1)],
        "pkg:npm/%40demo/hive@1.5.0": [],
        "pkg:npm/bee@1.0.0": [("MIT OR Zlib", 0)],
        "pkg:npm/wax@1.0.1": [(wax, 1)],
        "pkg:pypi/demo-pkg@1.0": [("MIT", 0)],
        "pkg:pypi/other@2.0rc1": [],
    }
    kinds = {r.target: r.kind for r in sbom.relations if r.target in found}
    assert {purl for purl, kind in kinds.items() if kind == "contains"} == {"pkg:npm/%40demo/brush@3.0.0"}
    assert {kind for purl, kind in kinds.items() if "brush" not in purl} == {"static_candidate"}
    assert all(not p.reason.startswith("the extractor failed") for p in sbom.problems)


def test_texts_of_a_list_are_not_the_packages_own(described: Callable[..., Description]) -> None:
    entry = crate(license="MIT", licenses=[{"license": "MIT", "text": "Do as you like."}])
    path = "info/licenses/THIRDPARTY.json"
    sbom = described(info=info_members() | {path: crates(entry)}).sbom
    assert [t.path for t in sbom.texts] == [path, f"{path}#/third_party_libraries/0/licenses/0/text"]
    assert [lic.texts for lic in sbom.root_component.licenses] == [(path,)]


def test_what_another_source_found_is_no_candidate() -> None:
    here, there = component("pkg:cargo/a@1.0.0", "a", "1.0.0"), component("pkg:cargo/b@1.0.0", "b", "1.0.0", "info/x")
    found, _ = run({CARGO: crates(crate("a"), crate("b"), crate("c"))}, [here, there])
    assert [f.ref for f in found if isinstance(f, Component)] == [f"pkg:cargo/{n}@1.0.0" for n in "abc"]
    assert {(r.kind, r.target) for r in found if isinstance(r, Relation)} == {
        ("static_candidate", f"pkg:cargo/{n}@1.0.0") for n in "bc"
    }
    assert {e.confidence for f in found if isinstance(f, Component) for o in f.occurrences for e in o.evidence} == {0.6}


@pytest.mark.parametrize(
    ("folder", "refs"),
    [
        ("example.org/Mod", ["pkg:golang/example.org/mod@v1.0.0", "pkg:golang/example.org/mod@v1.1.0"]),
        ("example.org/mod/v2", ["pkg:golang/example.org/mod/v2@v2.0.0"]),
        ("example.org/mod/v2/a/b", ["pkg:golang/example.org/mod/v2@v2.0.0"]),
        ("example.org/module", ["pkg:golang/example.org/module"]),
    ],
)
def test_go_licences_belong_to_the_longest_module_path(folder: str, refs: list[str]) -> None:
    names = [("example.org/mod", "v1.0.0"), ("example.org/mod", "v1.1.0"), ("example.org/mod/v2", "v2.0.0")]
    others = [component(f"pkg:golang/{name}@{version}", name, version) for name, version in names]
    path = f"info/licenses/library_licenses/{folder}/LICENSE"
    found, problems = run({path: b"Do as you like."}, others)
    components = [f for f in found if isinstance(f, Component)]
    assert (problems, [c.ref for c in components]) == ([], refs)
    assert {(lic.expression[:16], lic.texts) for c in components for lic in c.licenses} == {
        ("LicenseRef-text-", (path,))
    }
    assert [r.kind for r in found if isinstance(r, Relation)] == (["static_candidate"] if "@" not in refs[0] else [])


@pytest.mark.parametrize("path", ["example.org/mod/main.go", "example.org/mod/NOTICE", "LICENSE", "mod/LICENSE"])
def test_other_files_of_library_licenses_say_nothing(path: str) -> None:
    assert run({f"share/library_licenses/{path}": b"x"}) == ([], [])


def test_a_text_counts_each_time_it_is_used() -> None:
    text = [{"license": "MIT", "text": "x" * 100}]
    members = {CARGO: crates(*(crate(f"c{n}", license="MIT", licenses=text) for n in range(5)))}
    found, problems = run(members, limits=Limits(texts_size=350))
    assert [len(f.licenses[0].texts) for f in found if isinstance(f, Component)] == [1, 1, 1, 0, 0]
    assert len([f for f in found if isinstance(f, Text)]) == 1
    assert [p.reason for p in problems] == ["2 licence texts of lists are left out (limits texts and texts_size)"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (crate(""), "third_party_libraries[0]: no name and version of a package; left out"),
        (crate("a", ""), "third_party_libraries[0]: no name and version of a package; left out"),
        (crate("../a"), "third_party_libraries[0]: no name and version of a package; left out"),
        (crate(license=["MIT"]), "third_party_libraries[0].license: not a string"),
        (crate(licenses="MIT"), "third_party_libraries[0].licenses: not a list"),
        (crate(licenses=[{"text": [1]}]), "third_party_libraries[0].licenses[0].text: not a string"),
    ],
)
def test_a_wrong_entry_costs_one_problem_and_not_the_list(entry: dict[str, Any], reason: str) -> None:
    found, problems = run({CARGO: crates(entry, crate("b"))})
    assert [p.reason for p in problems] == [reason]
    assert "pkg:cargo/b@1.0.0" in [f.ref for f in found if isinstance(f, Component)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("THIRDPARTY.yml", b"a: 1"),
        ("THIRDPARTY.json", b'{"root_name": 1, "third_party_libraries": []}'),
        ("THIRDPARTY.toml", b"a = 1"),
        ("third-party-licenses.json", b'{"packages": [{"name": "a", "version": "1"}]}'),
        ("third-party-licenses.json", b'{"packages": {}}'),
        ("licenses.json", b'{"licenses": [{"licenseId": "MIT"}]}'),
        ("licenses.json", b'{"a@1.0.0": {}}'),
        ("licenses.json", b'[{"Name": "a", "Version": "1"}]'),
        ("licenses.json", b"[]"),
        ("licenses.json", b"no json"),
        ("THIRD-PARTY.txt", b"(MIT) Demo (org.example:demo:1.0 - https://example.org)"),
    ],
)
def test_what_is_no_list_is_passed_over(name: str, data: bytes) -> None:
    assert run({f"share/{name}": data}) == ([], [])


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("THIRDPARTY.json", b"{", "not JSON: Expecting property name enclosed in double quotes at line 1"),
        ("THIRDPARTY.yml", b"[" * 1000, "nested deeper than 64 (limit yaml_depth)"),
        ("THIRDPARTY.toml", b"third_party_libraries = []\nthird_party_libraries = []", "not TOML: "),
        ("THIRDPARTY.toml", b"\xff", "not UTF-8 at byte 0"),
        (
            "THIRDPARTY.toml",
            b"third_party_libraries = []\n" * 140_000 + b"\n" * 60_001,
            "more than 200000 values (limit yaml_nodes)",
        ),
        ("THIRDPARTY.toml", b"third_party_libraries." * 100_000 + b"a = 1", f"not TOML {BY}"),
        ("THIRDPARTY.toml", b"third_party_libraries = " + b"[" * 100_000, f"not TOML {BY}"),
        ("THIRDPARTY.toml", b"[third_party_libraries]\n" + b"a = 1\n" * 100_000, f"not TOML {BY}"),
        ("THIRDPARTY.toml", b'third_party_libraries = """' + b'\\"""' * 500_000 + b"\\", "not TOML: "),
        ("THIRDPARTY.toml", b"x" * (4 * 1024**2 + 1), "larger than 4194304 bytes (limit yaml_size)"),
        ("THIRDPARTY.yml", b"x" * (32 * 1024**2 + 1), "larger than 33554432 bytes (limit yaml_size)"),
    ],
)
def test_what_cannot_be_read_is_said(name: str, data: bytes, reason: str) -> None:
    """Where it is the parser that says what is wrong, its words differ from one Python to the next."""
    found, (problem,) = run({f"share/{name}": data})
    said = "not TOML: " if problem.reason.startswith("not TOML: ") else problem.reason
    assert (found, said) == ([], reason)


def test_a_long_yaml_list_of_texts_is_read() -> None:
    text = "Do as you like.\n" * 40_000
    tree = {"root_name": "a", "third_party_libraries": [crate(f"c{n}", licenses=[{"text": text}]) for n in range(9)]}
    found = read_list("THIRDPARTY.yml", memoryview(json.dumps(tree).encode()), Limits(), lambda remark: None)
    assert len(found) == 9


@pytest.mark.parametrize(
    "line",
    [
        "(" * 50_000,
        ")" * 50_000,
        "(a) " * 50_000,
        "(MIT) x (a:b:c",
        "(MIT) x (a:b - c)",
        "(MIT) (a:b:c - d) x",
        "x (a:b:c - d)",
    ],
)
def test_lines_of_maven_that_name_nothing(line: str) -> None:
    data = f"\nList of 1 third-party dependency.\n{line}\n".encode()
    assert read_list("THIRD-PARTY.txt", memoryview(data), Limits(), lambda remark: None) == ()


def test_maven_lists_are_bounded() -> None:
    with pytest.raises(ParseError, match="limit json_size"):
        read_list("THIRD-PARTY.txt", memoryview(b"xxx"), Limits(json_size=2), lambda remark: None)
