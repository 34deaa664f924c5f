"""What changed between two inventories: each kind of change, documents against packages, and text that is hostile."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import Run
from support import INDEX, ROOT, conda, fixture_packages, info_members

from cf_sbom import properties as names
from cf_sbom import side_by_side
from cf_sbom.answers.diff import KINDS, MEANING, Change, diff
from cf_sbom.comparable import side
from cf_sbom.errors import TargetError
from cf_sbom.faces.cli.changes import TITLES, markdown_text
from cf_sbom.faces.markdown import cell
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Options
from cf_sbom.inventories import document_inventory, inventory
from cf_sbom.limits import Limits
from cf_sbom.model import (
    Binary,
    Component,
    Evidence,
    File,
    License,
    Occurrence,
    Party,
    Ref,
    Relation,
    Sbom,
    Subject,
    Text,
)
from cf_sbom.plugins import Registry

SCHEMA = json.loads((ROOT / "schemas" / "diff.schema.json").read_bytes())


def sbom(*components: Component, relations: tuple[Relation, ...] = (), **changes: object) -> Sbom:
    """A package that contains all components that no relation places."""
    root = Component(ref=Ref("pkg:conda/demo@1"), kind="library", name="demo", version="1", purl="pkg:conda/demo@1")
    root = replace(root, **changes.pop("root", {}))  # type: ignore[arg-type]
    placed = {relation.target for relation in relations}
    relations += tuple(
        Relation(source=root.ref, kind="contains", target=c.ref) for c in components if c.ref not in placed
    )
    subject = Subject(
        filename="demo-1-0.conda",
        container="conda",
        size=1,
        digests=(),
        name="demo",
        version="1",
        build="0",
        subdir="noarch",
    )
    return Sbom(
        subject=replace(subject, **changes.pop("subject", {})),  # type: ignore[arg-type]
        root=root.ref,
        components=tuple(sorted((root, *components), key=lambda c: c.ref)),
        relations=tuple(sorted(relations, key=lambda r: (r.source, r.kind, r.target, r.scope))),
        **changes,  # type: ignore[arg-type]
    )


def npm(name: str, version: str, *paths: str, technique: str = "manifest", license: str = "") -> Component:
    purl = f"pkg:npm/{name}@{version}"
    seen = (
        Occurrence(path=path, evidence=(Evidence(path=path, technique=technique),))  # type: ignore[arg-type]
        for path in paths or (f"lib/{name}/package.json",)
    )
    licenses = (License(expression=license),) if license else ()
    return Component(
        ref=Ref(purl), kind="library", name=name, version=version, purl=purl, occurrences=tuple(seen), licenses=licenses
    )


def package(name: str, *specs: str) -> tuple[Component, Relation]:
    component = Component(ref=Ref(f"pkg:conda/{name}"), kind="library", name=name, purl=f"pkg:conda/{name}")
    return component, Relation(source=Ref("pkg:conda/demo@1"), kind="depends_on", target=component.ref, specs=specs)


def needing(name: str, *specs: str) -> Sbom:
    component, relation = package(name, *specs)
    return sbom(component, relations=(relation,))


def changes(old: Sbom, new: Sbom) -> list[tuple[str, str, str, str, str]]:
    return [(c.kind, c.name, c.action, c.before, c.after) for c in diff(old, new).changes]


def linked(name: str, kind: str) -> Sbom:
    component = npm(name, "1", "lib/x.so", technique="binary")
    return sbom(component, relations=(Relation(source=Ref("pkg:conda/demo@1"), kind=kind, target=component.ref),))  # type: ignore[arg-type]


TABLE = {
    "a version": (
        sbom(npm("a", "1")),
        sbom(npm("a", "2")),
        [("component", "pkg:npm/a", "changed", "1", "2")],
    ),
    "one of two versions": (
        sbom(npm("a", "1", "x/package.json"), npm("a", "2", "y/package.json")),
        sbom(npm("a", "2", "y/package.json"), npm("a", "3", "x/package.json")),
        [("component", "pkg:npm/a", "changed", "1", "3")],
    ),
    "two versions at their places": (
        sbom(npm("a", "1", "x"), npm("a", "2", "y")),
        sbom(npm("a", "3", "y"), npm("a", "4", "x")),
        [("component", "pkg:npm/a", "changed", "1", "4"), ("component", "pkg:npm/a", "changed", "2", "3")],
    ),
    "two gone, one come": (
        sbom(npm("a", "1", "x"), npm("a", "2", "y")),
        sbom(npm("a", "3", "z")),
        [
            ("component", "pkg:npm/a", "added", "", "3"),
            ("component", "pkg:npm/a", "removed", "1", ""),
            ("component", "pkg:npm/a", "removed", "2", ""),
        ],
    ),
    "added and removed": (
        sbom(npm("a", "1")),
        sbom(npm("b", "1")),
        [("component", "pkg:npm/a", "removed", "1", ""), ("component", "pkg:npm/b", "added", "", "1")],
    ),
    "a licence of what is carried": (
        sbom(npm("a", "1", license="MIT")),
        sbom(npm("a", "2", license="GPL-3.0-only")),
        [
            ("license", "pkg:npm/a", "changed", "MIT", "GPL-3.0-only"),
            ("component", "pkg:npm/a", "changed", "1", "2"),
        ],
    ),
    "bundled": (
        sbom(),
        sbom(npm("a", "1", "lib/a.so", technique="binary")),
        [("bundled", "pkg:npm/a", "added", "", "1")],
    ),
    "static": (sbom(), linked("a", "static_link"), [("static", "pkg:npm/a", "added", "", "1")]),
    "candidate": (sbom(), linked("a", "static_candidate"), [("candidate", "pkg:npm/a", "added", "", "1")]),
    "a match spec": (
        needing("zlib", "zlib >=1.2"),
        needing("zlib", "zlib >=1.3", "zlib <2"),
        [("dependency", "zlib", "changed", "zlib >=1.2", "zlib <2 and zlib >=1.3")],
    ),
    "a dependency": (sbom(), needing("zlib", "zlib"), [("dependency", "zlib", "added", "", "zlib")]),
    "a virtual package": (
        sbom(),
        sbom(root={"properties": (("conda:package:virtual-depends", "__glibc >=2.17"),)}),
        [("dependency", "__glibc", "added", "", "__glibc >=2.17")],
    ),
    "run_exports": (
        sbom(root={"properties": (("conda:package:run-exports:weak", "zlib >=1.2"),)}),
        sbom(root={"properties": (("conda:package:run-exports:weak", "zlib >=1.3"),)}),
        [("run_exports", "zlib (weak)", "changed", "zlib >=1.2", "zlib >=1.3")],
    ),
    "an entry point": (
        sbom(),
        sbom(root={"properties": (("conda:package:entry-point", "demo = demo:main"),)}),
        [("program", "demo", "added", "", "entry point demo:main")],
    ),
    "the package itself": (
        sbom(root={"licenses": (License(expression="MIT"),)}),
        sbom(root={"supplier": Party(name="Example")}, subject={"build": "1"}),
        [
            ("package", "build", "changed", "0", "1"),
            ("package", "supplier", "added", "", "Example"),
            ("license", "demo", "changed", "MIT", "not declared"),
        ],
    ),
    "a licence text": (
        sbom(texts=(Text(path="info/licenses/LICENSE", media_type="text/plain", data=b"a"),)),
        sbom(texts=(Text(path="info/licenses/LICENSE", media_type="text/plain", data=b"b"),)),
        [("license", "info/licenses/LICENSE", "changed", "ca978112ca1b", "3e23e8160039")],
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), TABLE.values(), ids=TABLE.keys())
def test_each_kind_of_change(old: Sbom, new: Sbom, expected: list[tuple[str, ...]]) -> None:
    assert changes(old, new) == expected
    mirrored = {"added": "removed", "removed": "added", "changed": "changed"}
    assert sorted(changes(new, old)) == sorted((k, n, mirrored[a], after, b) for k, n, a, b, after in expected)
    assert diff(old, old).changes == ()


FILES = {
    "bin/.demo-post-link.sh": ("script", "post-link script"),
    "Scripts/.demo-pre-unlink.bat": ("script", "pre-unlink script"),
    "etc/conda/activate.d/demo.sh": ("script", "activation script"),
    "etc/conda/deactivate.d/demo.sh": ("script", "deactivation script"),
    "Menu/demo.json": ("script", "menu entry"),
    "bin/demo": ("program", ""),
    "Scripts/demo.exe": ("program", ""),
    "Library/bin/demo.exe": ("program", ""),
    "lib/libdemo.so.1": (None, ""),
    "Library/bin/demo.dll": (None, ""),
    "share/demo.txt": (None, ""),
}


@pytest.mark.parametrize(("path", "called_out"), FILES.items(), ids=FILES.keys())
def test_what_runs_or_can_be_called_is_called_out(path: str, called_out: tuple[str | None, str]) -> None:
    old = sbom(files=(File(path="a", kind="file", size=1),))
    new = sbom(
        files=tuple(
            sorted((File(path="a", kind="file", size=1), File(path=path, kind="file", size=2)), key=lambda f: f.path)
        )
    )
    found = diff(old, new).changes
    kind, note = called_out
    expected = [Change(kind="file", name=path, action="added", after="2 bytes, unexplained")]
    if kind:
        expected.insert(0, Change(kind=kind, name=path, action="added", after="2 bytes, unexplained", note=note))  # type: ignore[arg-type]
    assert list(found) == expected


def test_what_one_document_leaves_out_is_not_compared() -> None:
    with_files = sbom(files=(File(path="bin/demo", kind="file", size=1),))
    found = diff(sbom(), with_files)
    assert found.changes == ()
    assert found.skipped == ("files: the old one lists none",)


PACKAGES = [p for p in fixture_packages() if p.name.startswith(("linkage-demo", "sources-demo", "pear"))]


@pytest.mark.parametrize("form", ["cyclonedx-json", "cyclonedx-json@1.7", "spdx-json", "spdx3-json", "spdx-tag-value"])
@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.name)
def test_a_package_and_its_own_document_differ_in_nothing(
    run: Run, fixture: Callable[..., Description], tmp_path: Path, path: Path, form: str
) -> None:
    assert run("generate", "--files", "all", "--build-packages", "all", "-o", f"{form}=out", path).status == 0
    described = fixture(path.name).sbom
    found = diff(described, document_inventory(tmp_path / "out", Limits()))
    links = {f.path for f in described.files if f.kind == "softlink"}  # SPDX 2.3 has none
    assert [c for c in found.changes if not (form.startswith("spdx-") and c.name in links)] == []


@given(st.text(max_size=40))
def test_text_is_no_markup_in_markdown(text: str) -> None:
    written = cell(text)
    assert not set("|>`*_[]@\n\r") & set(written.replace("<wbr>", ""))


def test_a_comment_is_bounded_and_says_what_is_left_out() -> None:
    many = [npm(f"n{number}" + "x" * 100, "1") for number in range(2000)]
    text = markdown_text(diff(sbom(), sbom(*many)), verbose=True)
    assert len(text) < 65_536
    assert "more do not fit here" in text


def test_command(run: Run, tmp_path: Path) -> None:
    index = {**INDEX, "depends": ["zlib >=1.3"]}
    old, new = tmp_path / "demo-1.0-0.conda", tmp_path / "new.conda"
    old.write_bytes(conda(info_members(), {"lib/a.txt": b"a"}))
    new.write_bytes(conda(info_members(index), {"lib/a.txt": b"a", "bin/.demo-post-link.sh": b"#!/bin/sh\nrm -rf /\n"}))
    ran = run("diff", old, new, "--fail-on", "script")
    assert ran.status == 1
    assert "post-link" in ran.out
    assert "zlib >=1.3" in ran.out
    assert run("diff", old, new, "--fail-on", "static").status == 0
    ran = run("diff", old, old, "--fail-on", "any")
    assert (ran.status, "no change in what was compared" in ran.out) == (0, True)
    told = json.loads(run("diff", old, new, "--json").out)
    jsonschema_rs.validator_for(SCHEMA).validate(told)
    assert {"kind": "dependency", "name": "zlib", "action": "added", "after": "zlib >=1.3"} in told["changes"]
    assert "post-link script" in run("diff", old, new, "--format", "markdown").out
    assert run("diff", old, tmp_path / "none.conda").status == 3
    assert run("diff", old).status == 2


def test_binaries_are_told_apart_from_their_paths() -> None:
    def built(release: str, gcc: str, *, glibc: str, cxx: tuple[str, ...], defined: tuple[str, ...]) -> Sbom:
        path = f"lib/libdemo.so.{release}"
        asked = (("libc.so.6", ("GLIBC_2.4",)), ("libstdc++.so.6", cxx), ("libodd.so", ("odd", f"ODD_{'9' * 5000}")))
        binary = Binary(
            path=path, machine="x86_64", toolchain=(gcc,), imported_versions=asked, exported_versions=defined
        )
        root = {"properties": ((names.GLIBC, glibc),)}
        file = File(path=path, kind="file", size=1, executable=False)
        return sbom(root=root, binaries=(binary,), files=(file,))

    old = built("1.2", "GCC 11", glibc="2.17", cxx=("GLIBCXX_3.4.9", "GLIBCXX_3.4.10"), defined=("DEMO_1",))
    new = built("1.3", "GCC 12", glibc="2.28", cxx=("GLIBCXX_3.4.9",), defined=("DEMO_1", "DEMO_2"))
    told = [(c.name, c.action, c.before, c.after) for c in diff(old, new).changes if c.kind == "binary"]
    assert told == [
        ("GLIBCXX asked for", "changed", ">=3.4.10", ">=3.4.9"),
        ("glibc", "changed", ">=2.17", ">=2.28"),
        ("libdemo.so defines DEMO_2", "added", "", "defined"),
        ("toolchain", "changed", "GCC 11", "GCC 12"),
    ]
    listing_none = replace(new, files=(), binaries=())
    found = diff(old, listing_none)
    assert [c.name for c in found.changes if c.kind == "binary"] == ["glibc"]
    assert found.skipped == ("files: the new one lists none",)
    assert diff(listing_none, listing_none).skipped == ("files: both list none",)


def test_kinds_are_told_everywhere_alike() -> None:
    assert tuple(SCHEMA["$defs"]["change"]["properties"]["kind"]["enum"]) == KINDS
    assert set(KINDS) == set(MEANING) == set(TITLES)


@pytest.mark.parametrize("forks", [True, False])
def test_both_sides_are_read_alike_wherever_they_are_read(
    forks: bool, tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "_LEAST", 0)
    monkeypatch.setattr(side_by_side, "_forks", lambda: forks)
    one, other = fixture_packages()[:2]
    wanted = tuple(inventory(path, Options(), registry) for path in (one, other))
    assert side_by_side.inventories(one, other, Options(), registry) == wanted
    assert side_by_side.inventories(one, other, Options(), registry, side) == tuple(map(side, wanted))
    broken = [tmp_path / name for name in ("a-1-0.conda", "b-1-0.conda")]
    for path in broken:
        path.write_bytes(b"PK\3\4 but no more")
    for old, new, named in ((broken[0], one, "a-1-0"), (one, broken[1], "b-1-0"), (*broken, "a-1-0")):
        with pytest.raises(TargetError, match=named):
            side_by_side.inventories(old, new, Options(), registry)
