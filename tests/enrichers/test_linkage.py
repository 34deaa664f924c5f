"""What a package links to, against what it declares: by the files of others, by names, or not known."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from support import FIXTURES, INDEX, conda, info_members, link

from cf_sbom import properties as names
from cf_sbom.generate import Description, describe
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Relation, Sbom
from cf_sbom.plugins import Registry
from fixtures.members.images import macho
from fixtures.members.linking import LOAD, NEEDED, SONAME, WEAK, dylib, linked_elf, linked_pe

CHANNEL = FIXTURES / "channel"
LINUX, MACOS, WINDOWS = "linux-64", "osx-arm64", "win-64"
Describe = Callable[..., Description]


def needs(*libraries: str, soname: str = "") -> bytes:
    return linked_elf(*((NEEDED, name) for name in libraries), *([(SONAME, soname)] if soname else []))


def recipe(*host: str, unrendered: str = "") -> dict[str, bytes]:
    """A recipe of conda-build with this host environment; unrendered: what it asks for itself."""
    rendered = json.dumps({"package": {"name": "demo", "version": "1.0"}, "requirements": {"host": list(host)}})
    found = {"info/recipe/meta.yaml": rendered.encode()}
    if unrendered:
        items = "".join(f"    - {one}\n" for one in unrendered.split())
        found["info/recipe/meta.yaml.template"] = f"requirements:\n  host:\n{items}".encode()
    return found


def links(sbom: Sbom) -> dict[str, Relation]:
    named = {c.ref: c.name for c in sbom.components}
    return {named[r.target]: r for r in sbom.relations if r.kind == "links_to"}


def candidates(sbom: Sbom) -> dict[str, float]:
    named = {c.ref: c.name for c in sbom.components if c.purl.startswith("pkg:conda/")}
    return {
        named[r.target]: r.evidence[0].confidence
        for r in sbom.relations
        if r.kind == "static_candidate" and r.target in named
    }


def told(sbom: Sbom) -> list[tuple[str, str]]:
    return [(p.path, p.reason) for p in sbom.problems if p.by in ("linkage", "providers")]


def claim(sbom: Sbom) -> tuple[str, str]:
    (found,) = (c for c in sbom.completeness if c.ref == sbom.root and c.aspect == "dependencies")
    return found.state, found.why


@pytest.mark.parametrize("name", ["linkage-demo-0", "linkage-demo-v1"])
@pytest.mark.parametrize("exact", [True, False])
def test_the_demo_has_the_answers_of_its_readme(fixture: Describe, name: str, exact: bool) -> None:
    sbom = fixture(name, packages=(CHANNEL,) if exact else ()).sbom
    found, doubt = links(sbom), "" if exact else ", as far as names tell"
    assert {n: [(e.path, e.field, e.technique, e.confidence) for e in r.evidence] for n, r in found.items()} == {
        library: [
            ("bin/linkage-demo", f"NEEDED {so}", "binary" if exact else "inferred", 1.0 if exact else 0.7),
        ]
        for library, so in (("libshout", "libshout.so.1"), ("libquiet", "libquiet.so.2"))
    }
    assert found["libshout"].target == "pkg:conda/libshout"  # the requirement itself
    assert found["libquiet"].target.startswith("pkg:conda/libquiet@1.3.1?build=hb0f4dca_1")
    assert told(sbom) == [
        ("bin/linkage-demo", f"links to libquiet.so.2 of libquiet, which is in no depends{doubt}"),
        ("info/index.json", f"depends on libspare, but no binary links to a library of it{doubt}"),
    ]
    assert candidates(sbom) == {"libtally": 0.6 if exact else 0.5}
    assert claim(sbom)[0] == ("complete" if exact else "unknown")


def test_the_same_channel_in_every_layout(fixture: Describe, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for package in CHANNEL.rglob("*.conda"):
        (flat / package.name).write_bytes(package.read_bytes())
    expected = fixture("linkage-demo-0", packages=(CHANNEL,)).sbom
    found = fixture("linkage-demo-0", packages=(flat,)).sbom
    assert told(found) == told(expected)
    assert {n: r.target for n, r in links(found).items()} == {n: r.target for n, r in links(expected).items()}


def test_an_environment_tells_as_well(fixture: Describe, tmp_path: Path) -> None:
    (tmp_path / "conda-meta").mkdir()
    for name, library in (("libshout", "libshout.so.1"), ("libquiet", "libquiet.so.2"), ("libspare", "libspare.so.4")):
        record = {
            "name": name,
            "version": "1.3.1",
            "build": "hb0f4dca_1",
            "subdir": LINUX,
            "fn": f"{name}-1.3.1-hb0f4dca_1.conda",
            "files": [f"lib/{library}"],
        }
        (tmp_path / "conda-meta" / f"{name}-1.3.1-hb0f4dca_1.json").write_text(json.dumps(record))
    sbom = fixture("linkage-demo-0", prefix=tmp_path).sbom
    assert [reason for _, reason in told(sbom)] == [
        "links to libquiet.so.2 of libquiet, which is in no depends",
        "depends on libspare, but no binary links to a library of it",
    ]
    assert all(e.detail.startswith("held by conda-meta/") for r in links(sbom).values() for e in r.evidence)
    assert claim(sbom)[0] == "complete"


TABLE: dict[str, tuple[str, dict[str, Any], list[str], dict[str, str]]] = {
    # subdir, payload; depends; needed or declared -> what is said
    "inside, by rpath": (
        LINUX,
        {"bin/a": needs("libb.so.1"), "lib/libb.so.1": needs("libc.so.6")},
        [],
        {},
    ),
    "inside, through a link": (
        LINUX,
        {
            "bin/a": needs("libb.so.1"),
            "lib/libb.so.1": link("lib/libb.so.1", "libb.so.1.2"),
            "lib/libb.so.1.2": needs(),
        },
        [],
        {},
    ),
    "inside, by soname": (
        LINUX,
        {"bin/a": needs("libb.so.1"), "lib/x/b.so": needs(soname="libb.so.1")},
        [],
        {},
    ),
    "a link to nothing is nothing": (
        LINUX,
        {"bin/a": needs("libb.so.1"), "lib/libb.so": link("lib/libb.so", "libb.so.1")},
        [],
        {"libb.so.1": "unresolved"},
    ),
    "the system's": (
        LINUX,
        {"bin/a": needs("libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "libpthread.so.0")},
        [],
        {},
    ),
    "a dependency, by its name": (LINUX, {"bin/a": needs("libfoo.so.1")}, ["libfoo >=1"], {"libfoo": "links"}),
    "a dependency, by its name without lib": (LINUX, {"bin/a": needs("libfoo.so.1")}, ["foo"], {"foo": "links"}),
    "a dependency, by the table": (
        LINUX,
        {"bin/a": needs("libssl.so.3", "libz.so.1", "libstdc++.so.6", "libgcc_s.so.1")},
        ["openssl", "zlib", "libstdcxx-ng", "libgcc-ng"],
        {"openssl": "links", "zlib": "links", "libstdcxx-ng": "links", "libgcc-ng": "links"},
    ),
    "nobody's": (LINUX, {"bin/a": needs("libfoo.so.1")}, ["bar"], {"libfoo.so.1": "unresolved"}),
    "macOS": (
        MACOS,
        {
            "lib/a.dylib": macho(
                {},
                kind=6,
                commands=[
                    dylib(LOAD, "/usr/lib/libSystem.B.dylib"),
                    dylib(LOAD, "@rpath/libc++.1.dylib"),
                    dylib(LOAD, "@rpath/libb.dylib"),
                    dylib(WEAK, "@rpath/maybe.dylib"),
                ],
            ),
            "lib/libb.dylib": macho({}, kind=6),
        },
        ["libcxx >=17"],
        {"libcxx": "links"},
    ),
    "an install name of the system is not the package's": (
        MACOS,
        {
            "lib/libz.1.dylib": macho({}, kind=6),
            "lib/a.dylib": macho({}, kind=6, commands=[dylib(LOAD, "/usr/lib/libz.1.dylib")]),
        },
        [],
        {},
    ),
    "a place of the builder is not shown": (
        MACOS,
        {"lib/a.dylib": macho({}, kind=6, commands=[dylib(LOAD, "/Users/builder/x/libq.dylib")])},
        [],
        {"libq.dylib": "unresolved"},
    ),
    "Windows": (
        WINDOWS,
        {
            "Library/bin/a.dll": linked_pe(
                ["KERNEL32.dll", "api-ms-win-crt-heap-l1-1-0.dll", "VCRUNTIME140.dll", "B.dll", "python312.dll"]
            ),
            "Library/bin/b.dll": linked_pe(["USER32.dll"]),
        },
        ["vc14_runtime", "python >=3.12"],
        {"vc14_runtime": "links", "python": "links"},
    ),
    "a C runtime that is declared": (
        WINDOWS,
        {"Library/bin/a.dll": linked_pe(["api-ms-win-crt-heap-l1-1-0.dll"])},
        ["ucrt"],
        {"ucrt": "links"},
    ),
    "no binary, nothing unused": (LINUX, {"share/a": b"x"}, ["libfoo"], {}),
    "what no recipe had at hand is not called unused": (LINUX, {"bin/a": needs("libc.so.6")}, ["libfoo"], {}),
}


@pytest.mark.parametrize("case", TABLE)
def test_where_a_library_is(described: Describe, case: str) -> None:
    subdir, payload, depends, expected = TABLE[case]
    sbom = described(info_members(INDEX | {"subdir": subdir, "depends": depends}), payload).sbom
    found = dict.fromkeys(links(sbom), "links")
    for _, reason in told(sbom):
        assert "builder" not in reason
        found[reason.removeprefix("links to ").partition(",")[0]] = "unresolved"
    assert found == expected


def test_what_is_linked_and_only_the_host_environment_had(described: Describe) -> None:
    info = info_members(INDEX | {"depends": ["libb"]}) | recipe("libb 1.0 h0", "libq 2.0 h1")
    payload = {f"bin/{n}": needs("libq.so.2", "libb.so.1") for n in "abc"}
    sbom = described(info, payload).sbom
    assert told(sbom) == [
        (
            "bin/a",
            "links to libq.so.2 of libq, which is in no depends (asked for by 2 more files), as far as names tell",
        )
    ]
    relation = links(sbom)["libq"]
    assert relation.target == "pkg:conda/libq@2.0?build=h1"
    assert [e.path for e in relation.evidence] == ["bin/a", "bin/b", "bin/c"]
    component = next(c for c in sbom.components if c.ref == relation.target)
    assert [o.path for o in component.occurrences] == ["bin/a", "bin/b", "bin/c", "info/recipe/meta.yaml"]
    assert (names.LINKED, "libq.so.2") in component.properties


@pytest.mark.parametrize(
    ("depends", "host", "library", "unused"),
    [
        (["libfoo"], "libfoo 1 h0", "libc.so.6", True),
        (["libfoo"], "libfoo 1 h0", "libfoo.so.1", False),
        (["libfoo"], "libfoo 1 h0", "libother.so.1", False),  # it may well be of libfoo
        (["foo"], "foo 1 h0", "libc.so.6", False),  # its name does not say that it holds libraries
        (["libfoo"], "libfoo 1 py312h0", "libc.so.6", False),
        (["libgcc-ng", "python", "tzdata"], "libgcc-ng 1 h0", "libc.so.6", False),
        (["libfoo"], "libbar 1 h0", "libc.so.6", False),  # there to be used at run time, not to be linked
    ],
)
def test_what_is_declared_and_not_linked(
    described: Describe, depends: list[str], host: str, library: str, unused: bool
) -> None:
    sbom = described(info_members(INDEX | {"depends": depends}) | recipe(host), {"bin/a": needs(library)}).sbom
    assert any("but no binary links" in reason for _, reason in told(sbom)) is unused


@pytest.mark.parametrize(
    ("host", "unrendered", "expected"),
    [
        ("libtally 1 h0", "libtally", {"libtally": 0.5}),
        ("eigen 3 h0", "eigen", {"eigen": 0.5}),
        ("libtally 1 h0", "other", {}),  # came with another
        ("libtally 1 h0", "", {}),  # whether it is asked for is not known
        ("libfoo 1 h0", "libfoo", {}),  # it is a dependency
        ("foo-devel 1 h0", "foo-devel", {}),  # what is in it is the dependency's
        ("zlib 1 h0", "zlib", {}),  # libz.so.1 is of its kin
        ("cython 3 py312h0", "cython", {}),
        ("pybar 3 py312h0", "pybar", {}),
        ("pybar 3 pyhd8ed1ab_0", "pybar", {}),
        ("cmake 3 h0", "cmake", {}),
        ("ca-certificates 2024 h0", "ca-certificates", {}),
        ("gcc_linux-64 12 h0", "gcc_linux-64", {}),
        ("libgcc-ng 12 h0", "libgcc-ng", {}),
    ],
)
def test_what_may_be_linked_in_statically(
    described: Describe, host: str, unrendered: str, expected: dict[str, float]
) -> None:
    info = info_members(INDEX | {"depends": ["libfoo"]}) | recipe(host, unrendered=unrendered)
    sbom = described(info, {"bin/a": needs("libfoo.so.1", "libz.so.1")}).sbom
    assert candidates(sbom) == expected
    assert candidates(described(info, {"bin/a": needs("libfoo.so.1", "libz.so.1")}, native_threshold=0.7).sbom) == {}
    assert candidates(described(info, {"share/a": b"x"}).sbom) == {}


def held(name: str, files: Mapping[str, bytes], version: str = "1.0", **more: Any) -> tuple[str, bytes]:
    """A package of a channel: its file name and bytes."""
    index = INDEX | {"name": name, "version": version, "build": "h0", "subdir": LINUX, "depends": []} | more
    exports = {"run_exports": index.pop("run_exports")} if "run_exports" in index else {}
    paths = {"paths": [{"_path": path, "path_type": "hardlink"} for path in files], "paths_version": 1}
    return f"{name}-{version}-h0.conda", conda(
        info_members(index, paths=paths, **exports), files, f"{name}-{version}-h0"
    )


@pytest.fixture
def at_hand(tmp_path: Path, registry: Registry) -> Callable[..., Sbom]:
    """Describe a package beside a channel of others."""

    def run(info: Mapping[str, bytes], payload: Mapping[str, bytes], *others: tuple[str, bytes]) -> Sbom:
        channel = tmp_path / "channel"
        (channel / LINUX).mkdir(parents=True)
        for name, data in others:
            (channel / LINUX / name).write_bytes(data)
        path = tmp_path / "demo-1.0-0.conda"
        path.write_bytes(conda(info, payload))
        return describe(path, Options(packages=(channel,)), registry).sbom

    return run


def unknown(sbom: Sbom) -> list[str]:
    """What is said of libraries that are asked for and whose provider is not known."""
    return [value for name, value in sbom.root_component.properties if name == names.LINKED_UNKNOWN]


def test_a_metapackage_stands_for_what_it_requires(at_hand: Callable[..., Sbom]) -> None:
    sbom = at_hand(
        info_members(INDEX | {"subdir": LINUX, "depends": ["libgcc-ng >=12"]}),
        {"bin/a": needs("libgcc_s.so.1")},
        held("libgcc-ng", {"share/x": b""}, depends=["libgcc 1.0 h0"]),
        held("libgcc", {"lib/libgcc_s.so.1": b""}),
    )
    assert told(sbom) == []
    assert links(sbom)["libgcc"].target == "pkg:conda/libgcc@1.0?build=h0&subdir=linux-64&type=conda"
    assert claim(sbom)[0] == "complete"


def test_who_holds_it_is_known_where_no_name_tells(at_hand: Callable[..., Sbom]) -> None:
    sbom = at_hand(
        info_members(INDEX | {"subdir": LINUX, "depends": ["strange"]}),
        {"bin/a": needs("liba.so.1", "libb.so.1", "libc.so.7")},
        held("strange", {"lib/liba.so.1": b""}),
        held("stranger", {"lib/libb.so.1": b""}),
        held("stranger", {"lib/libb.so.1": b""}, version="2.0"),
        held("of-another-platform", {"lib/libc.so.7": b""}, subdir="osx-64"),
    )
    assert [reason for _, reason in told(sbom)] == [
        "links to libb.so.1 of stranger, which is in no depends",
        "links to libc.so.7, which is not found: not in the package, a dependency or the system",
    ]
    assert unknown(sbom) == ["libc.so.7"]
    assert links(sbom)["strange"].target == "pkg:conda/strange"
    assert links(sbom)["stranger"].target == "pkg:conda/stranger"  # which version is not known


def test_a_name_is_refuted_by_the_files(at_hand: Callable[..., Sbom]) -> None:
    sbom = at_hand(
        info_members(INDEX | {"subdir": LINUX, "depends": ["foo"]}),
        {"bin/a": needs("libfoo.so.1")},
        held("foo", {"lib/libother.so.1": b""}),
    )
    assert links(sbom) == {}
    assert len(told(sbom)) == 2  # not found, and foo not linked


def test_two_that_hold_the_same_are_no_certainty(at_hand: Callable[..., Sbom]) -> None:
    sbom = at_hand(
        info_members(INDEX | {"subdir": LINUX}),
        {"bin/a": needs("libjpeg.so.8")},
        held("jpeg", {"lib/libjpeg.so.8": b""}),
        held("libjpeg-turbo", {"lib/libjpeg.so.8": b""}),
    )
    assert [e.technique for e in links(sbom)["libjpeg-turbo"].evidence] == ["inferred"]


@pytest.mark.parametrize(
    ("files", "more", "expected"),
    [
        ({"lib/libtally.a": b""}, {}, {"libtally": 0.6}),
        ({"include/tally.h": b""}, {}, {"libtally": 0.6}),
        ({"lib/libtally.a": b"", "lib/libtally.so.1": b""}, {}, {}),
        ({"share/tally": b""}, {}, {}),
        ({"lib/libtally.a": b""}, {"run_exports": {"weak": ["libtally"]}}, {}),
        ({"lib/libtally.a": b""}, {"run_exports": {"weak": []}}, {"libtally": 0.6}),
    ],
)
def test_a_candidate_is_known_by_its_files(
    at_hand: Callable[..., Sbom], files: dict[str, bytes], more: dict[str, Any], expected: dict[str, float]
) -> None:
    info = info_members(INDEX | {"subdir": LINUX}) | recipe("libtally 1.0 h0", unrendered="libtally")
    sbom = at_hand(info, {"bin/a": needs("libc.so.6")}, held("libtally", files, **more))
    assert candidates(sbom) == expected


@pytest.mark.parametrize(
    ("payload", "state", "why"),
    [
        ({"bin/a": needs("libc.so.6")}, "complete", "all libraries that binaries link to are resolved"),
        ({"bin/a": needs("libx.so.1")}, "unknown", "1 library is unresolved"),
        ({"bin/a": needs("libx.so.1", "liby.so")}, "unknown", "2 libraries are unresolved"),
        ({"bin/a": needs("libfoo.so.1")}, "unknown", "1 library is known by name only"),
        ({"bin/a": needs("libc.so.6")[:70]}, "unknown", "1 binary could not be read whole"),
        ({"bin/a": needs("libc.so.6"), "bin/b": b"#!/bin/sh"}, "unknown", "what scripts load was not analysed"),
        ({"include/a.h": b"x"}, "unknown", "the payload holds code and no binary"),
        ({"share/a.txt": b"x"}, "complete", "and the payload holds no code"),
    ],
)
def test_what_is_claimed_of_dependencies(described: Describe, payload: dict[str, bytes], state: str, why: str) -> None:
    found = claim(described(info_members(INDEX | {"depends": ["libfoo"]}), payload).sbom)
    assert (found[0], why in found[1]) == (state, True), found


def test_depends_that_cannot_be_read_are_not_known(described: Describe) -> None:
    sbom = described(info_members(INDEX | {"depends": 3}), {"bin/a": needs("libc.so.6")}).sbom
    assert claim(sbom)[0] == "unknown"


def test_libraries_without_number_are_bounded(described: Describe) -> None:
    payload = {f"lib/{n}.so": needs(*(f"lib{n}x{m}.so" for m in range(50))) for n in range(4)}
    sbom = described(None, payload, limits=Limits(dependencies=60, problems=20)).sbom
    assert len(told(sbom)) == 21
    assert len(unknown(sbom)) == 20
    assert ("", "180 more problems of this kind (limit problems)") in told(sbom)
    assert claim(sbom) == ("unknown", "depends is complete as declared; 200 libraries are unresolved")


def test_a_component_names_some_files_and_its_relation_all(described: Describe) -> None:
    payload = {f"lib/{number:04}.so": needs("libfoo.so.1") for number in range(150)}
    sbom = described(info_members(INDEX | {"depends": ["libfoo"]}), payload).sbom
    assert len(links(sbom)["libfoo"].evidence) == 150
    component = next(c for c in sbom.components if c.name == "libfoo")
    assert len(component.occurrences) == 101
    assert component.occurrences[-1].evidence[0].detail.endswith("; and 50 more files")
