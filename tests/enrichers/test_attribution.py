"""Which component owns a file, what else it is there for, and what the sums let a document claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom import properties as names
from cf_sbom.assemble import assemble
from cf_sbom.coverage import ROLES, largest_unexplained, measure
from cf_sbom.enrichers import attribution
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Context, Finding, Options
from cf_sbom.limits import Limits
from cf_sbom.model import (
    ROOT,
    Binary,
    Completeness,
    Component,
    Evidence,
    File,
    FileFormat,
    Occurrence,
    Ownership,
    Problem,
    Ref,
    Relation,
    Sbom,
    Subject,
)

CONTEXT = Context(options=Options(), limits=Limits())
SITE = "lib/python3.12/site-packages"
SELF, INNER, OTHER = Ref("pkg:pypi/demo@1"), Ref("pkg:npm/inner@2"), Ref("pkg:generic/other@3")


def file(path: str, size: int = 10, shown: FileFormat = "text") -> File:
    return File(path=path, kind="file", size=size, format=shown)


def component(ref: Ref, *paths: str) -> Component:
    seen = [Occurrence(path=p, evidence=(Evidence(path=p, by="x"),)) for p in paths or (f"share/{ref[4:7]}/seen",)]
    name, _, version = ref.rpartition("/")[2].partition("@")
    return Component(ref=ref, kind="library", name=name, version=version, purl=ref, occurrences=tuple(seen))


def sbom(files: Iterable[File], *found: Finding, sources: bool = True, upstream: bool = True) -> Sbom:
    """A package that is upstream SELF, and carries INNER and OTHER."""
    subject = Subject(
        filename="", container="folder", size=None, digests=(), name="demo", version="1", build="0", subdir="noarch"
    )
    where = (Occurrence(path="info/index.json", evidence=(Evidence(path="info/index.json", by="conda"),)),)
    root = Component(ref=ROOT, kind="library", name="demo", version="1", occurrences=where)
    source = Component(ref=Ref("pkg:generic/demo@1"), kind="source", name="demo", purl="pkg:generic/demo@1")
    stated: list[Finding] = [subject, root, *map(component, (SELF, INNER, OTHER)), *found]
    if sources:
        stated += [source, Relation(source=ROOT, kind="built_from", target=source.ref)]
    if upstream:
        stated.append(Relation(source=SELF, kind="upstream_of", target=ROOT))
    return assemble(files, stated, Options())


def enriched(files: Iterable[File], *found: Finding, sources: bool = True, upstream: bool = True) -> Sbom:
    result = attribution.enrich(sbom(files, *found, sources=sources, upstream=upstream), CONTEXT)
    result.check()
    return result


def owns(path: str, ref: Ref) -> Ownership:
    return Ownership(path=path, ref=ref)


def claim(result: Sbom) -> tuple[str, str]:
    (found,) = (c for c in result.completeness if (c.ref, c.aspect) == (result.root, "contents"))
    return found.state, found.why


JAR = "share/java/inner.jar"
LIBS = f"{SITE}/demo.libs/libjpeg-3a1f2c9d.so.62"


@pytest.mark.parametrize(
    ("one", "found", "role", "owner"),
    [
        pytest.param(file("a/b/c"), [owns("a/b/c", INNER)], "component", INNER, id="a file"),
        pytest.param(file("a/b/c"), [owns("a/b/", INNER)], "component", INNER, id="a folder"),
        pytest.param(file("a/b/c"), [owns("a/b/", INNER), owns("a/x/", OTHER)], "component", INNER, id="its folder"),
        pytest.param(file("a/b/c"), [owns("a/b", INNER)], "data", None, id="a folder is no file"),
        pytest.param(file("a/bc/d"), [owns("a/b/", INNER)], "data", None, id="a whole name"),
        pytest.param(file("a/b/c/d"), [owns("a/b/", OTHER), owns("a/b/c/", INNER)], "component", INNER, id="nearest"),
        pytest.param(file("a/b/c"), [owns("a/b/c", INNER), owns("a/b/", OTHER)], "component", INNER, id="file first"),
        pytest.param(file("a/b/c"), [owns("a/b/c", INNER), owns("a/b/c", OTHER)], "component", None, id="two claim it"),
        pytest.param(file("a/b/c"), [owns("a/b/", INNER), owns("a/b/", OTHER)], "component", None, id="two folders"),
        pytest.param(
            file(JAR, shown="archive"),
            [owns(JAR, INNER), owns(JAR, OTHER), component(INNER, JAR)],
            "component",
            INNER,
            id="who was seen in it goes before who lists it",
        ),
        pytest.param(
            file("a/b/c"), [owns("a/b/c", SELF), owns("a/b/c", INNER)], "component", INNER, id="own code goes last"
        ),
        pytest.param(file("a/b/c"), [owns("a/b/c", SELF)], "own", SELF, id="what the package is upstream"),
        pytest.param(file(LIBS, shown="program"), [owns(LIBS, SELF)], "unexplained", None, id="only listed"),
        pytest.param(
            file(LIBS, shown="program"), [owns(LIBS, SELF), component(SELF, LIBS)], "own", SELF, id="seen in the file"
        ),
        pytest.param(file(LIBS, shown="program"), [owns(LIBS, OTHER)], "component", OTHER, id="foreign to the package"),
        pytest.param(file(LIBS, shown="program"), [], "unexplained", None, id="a mangled name"),
        pytest.param(file(LIBS, 0), [owns(LIBS, SELF)], "own", SELF, id="empty"),
        pytest.param(
            file("lib/node_modules/demo/a.js"), [owns("lib/node_modules/demo/", SELF)], "own", SELF, id="below its own"
        ),
        pytest.param(
            file("lib/node_modules/demo/vendor/a.js"),
            [owns("lib/node_modules/demo/", SELF)],
            "unexplained",
            None,
            id="vendored below its own",
        ),
        pytest.param(file("lib/a.so", shown="program"), [], "own", None, id="a library"),
        pytest.param(file("share/a.md"), [], "documentation", None, id="a document"),
        pytest.param(file("share/a.dat"), [], "unexplained", None, id="nothing known"),
        pytest.param(file("lib/a.py"), [owns("lib/", INNER)], "own", None, id="a folder of all packages"),
        pytest.param(file(f"{SITE}/a.py"), [owns(f"{SITE}/", INNER)], "own", None, id="site-packages"),
        pytest.param(file("share/a.py"), [owns("share/b/", INNER)], "own", None, id="a file beside"),
    ],
)
def test_who_owns_a_file(one: File, found: list[Finding], role: str, owner: Ref | None) -> None:
    (result,) = enriched([one], *found).files
    assert (result.role, result.owner) == (role, owner)
    assert replace(result, role=one.role, owner=None) == one, "nothing else of it changes"


def test_code_is_taken_for_own_only_where_sources_are_stated() -> None:
    files = [file("bin/tool", shown="program"), file("share/a.md"), file("bin/none", 0)]
    assert [f.role for f in enriched(files, sources=False).files] == ["data", "unexplained", "documentation"]


def test_a_link_is_nothing_of_its_own() -> None:
    target = file("lib/a.so", shown="program")
    files = [
        target,
        File(path="lib/b.so", kind="hardlink", size=10, link_target="lib/a.so"),
        File(path="lib/c.so", kind="softlink", size=0, link_target="a.so"),
        File(path="lib/d.so", kind="hardlink", size=0, link_target="nowhere"),
    ]
    result = enriched(files, owns("lib/a.so", INNER), owns("lib/c.so", INNER))
    assert [(f.role, f.owner) for f in result.files] == [("component", INNER)] * 2 + [("unexplained", None)] * 2
    assert measure(result.files).size == 10
    assert measure(result.files).counts["component"] == 1


def test_claims_follow_a_component_that_is_merged() -> None:
    alias = Ref("pkg:generic/alias@3")
    merged = replace(component(alias), aliases=(OTHER,))
    (result,) = enriched([file("a/b")], merged, owns("a/b", alias)).files
    assert result.owner in {alias, OTHER}


def test_a_claim_of_nobody_is_told_once() -> None:
    found = sbom([file("a/b")], owns("a/b", Ref("pkg:generic/none@1")), owns("a/c", Ref("pkg:generic/none@1")))
    reasons = [p.reason for p in found.problems]
    assert reasons == ["files are claimed for pkg:generic/none@1, which was not found"]
    assert found.ownership == ()


@pytest.mark.parametrize(
    ("files", "found", "state", "why"),
    [
        ([], [], "complete", "the payload is empty"),
        ([file("a/b.md"), file("a/b.csv")], [], "complete", "every byte of the payload is attributed"),
        ([file("a/b.py")], [owns("a/b.py", SELF)], "complete", "every byte of the payload is attributed"),
        ([file("a/b.py")], [], "incomplete", "1 file is taken for the package's own by inference"),
        (
            [file("a/b/c.so", shown="program")],
            [owns("a/b/", INNER)],
            "incomplete",
            "1 compiled or packed file may hold more than is known",
        ),
        ([file("a/b.dat", 1), file("a/b.md", 999)], [], "incomplete", "0.1 % of the payload's bytes are unexplained"),
        (
            [file("a/b.md")],
            [Problem(path="a/b.md", reason="broken", by="x", severity="damage")],
            "incomplete",
            "parts of the payload are damaged",
        ),
        ([file("a/b.md")], [Problem(path="a/b.md", reason="x", by="x", severity="gap")], "complete", ""),
        ([file("a/b.md")], [Problem(path="info/x", reason="x", by="x", severity="damage")], "complete", ""),
        (
            [file("a/b.md")],
            [Completeness(ref=ROOT, aspect="contents", state="incomplete", why="said before")],
            "incomplete",
            "said before",
        ),
        (
            [file("a/b.dat")],
            [Completeness(ref=ROOT, aspect="contents", state="complete", why="said before")],
            "incomplete",
            "100.0 % of the payload's bytes are unexplained",
        ),
    ],
)
def test_contents_are_complete_where_nothing_is_inferred_or_hidden(
    files: list[File], found: list[Finding], state: str, why: str
) -> None:
    stated = claim(enriched(files, *found))
    assert stated[0] == state
    assert not why or stated[1] == why


def test_the_sums_are_properties_of_the_root() -> None:
    files = [file("a/b", 1), file("a/c.md", 2), file("a/d.so", 3, "program"), file("a/e.dat", 4), file("a/f.csv", 5)]
    root = enriched(files, owns("a/b", INNER)).root_component
    assert {n: v for n, v in root.properties if n.startswith(names.COVERAGE)} == {
        f"{names.COVERAGE}component": "1",
        f"{names.COVERAGE}documentation": "2",
        f"{names.COVERAGE}own": "3",
        f"{names.COVERAGE}unexplained": "4",
        f"{names.COVERAGE}data": "5",
        names.UNEXPLAINED: "26.7",
    }


@pytest.mark.parametrize(
    ("unexplained", "rest", "percent"),
    [(0, 0, 0.0), (0, 5, 0.0), (5, 0, 100.0), (1, 10**9, 0.1), (1, 999, 0.1), (101, 99_899, 0.2), (1, 1, 50.0)],
)
def test_the_share_of_what_is_unexplained_is_rounded_up(unexplained: int, rest: int, percent: float) -> None:
    files = (file("a.dat", unexplained), replace(file("b.md", rest), role="documentation"))
    assert measure(files).percent("unexplained") == percent


def test_the_largest_unexplained_files() -> None:
    files = [file("b", 3), file("a", 3), file("c", 5), file("d", 0), replace(file("e", 9), role="data")]
    assert [f.path for f in largest_unexplained(files, 2)] == ["c", "a"]
    assert [f.path for f in largest_unexplained(files, 9)] == ["c", "a", "b"]


parts = st.sampled_from(["a", "lib", "share", "doc", "_vendor", "x.libs", "node_modules", "bin"])
suffixes = st.sampled_from(["", ".py", ".so", ".md", ".json", ".dat", ".min.js", ".jar", ".gz"])
paths = st.builds(lambda folders, end: "/".join(folders) + end, st.lists(parts, min_size=1, max_size=4), suffixes)
formats = st.sampled_from(["program", "objects", "script", "archive", "bytecode", "text", "binary"])
kinds = st.sampled_from(["file", "file", "file", "hardlink", "softlink"])
packed = st.builds(
    lambda path, kind, size, shown, target: File(
        path=path, kind=kind, size=size, format=shown if size else "", link_target=target if kind != "file" else ""
    ),
    paths,
    kinds,
    st.integers(0, 10_000),
    formats,
    paths,
)
claims = st.builds(owns, st.one_of(paths, paths.map(lambda path: f"{path}/")), st.sampled_from([SELF, INNER, OTHER]))


@given(st.lists(packed, max_size=12, unique_by=lambda f: f.path), st.lists(claims, max_size=8), st.booleans())
def test_roles_part_the_payload(files: list[File], found: list[Ownership], sources: bool) -> None:
    """Every byte has one role, whatever is claimed, and the order of claims does not matter."""
    result = enriched(files, *found, sources=sources)
    assert result == enriched(reversed(files), *reversed(found), sources=sources)
    coverage = measure(result.files)
    payload = [f for f in result.files if f.kind == "file"]
    assert [f.path for f in result.files] == sorted(f.path for f in files)
    assert sum(coverage.sizes.values()) == coverage.size == sum(f.size for f in payload)
    assert sum(coverage.counts.values()) == len(payload)
    assert set(coverage.sizes) == set(ROLES)
    for one in payload:
        assert one.owner is None or one.role in ("component", "own")
        assert (one.owner in {SELF, result.root}) <= (one.role == "own")
    assert (claim(result)[0] == "complete") <= (coverage.sizes["unexplained"] == 0)


def test_a_whole_package(described: Callable[..., Description]) -> None:
    """The plugin runs behind all that says what the package is."""
    record = f"demo/__init__.py,,\ndemo-1.0.dist-info/RECORD,,\n../../../bin/demo,,\n{'x' * 9},,\n"
    members = {
        f"{SITE}/demo-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nLicense: MIT\n",
        f"{SITE}/demo-1.0.dist-info/RECORD": record.encode(),
        f"{SITE}/demo/__init__.py": b"x = 1\n",
        f"{SITE}/demo/__pycache__/__init__.cpython-312.pyc": b"\xcb\r\r\n\x00",
        "bin/demo": b"#!/usr/bin/env python\n",
        "share/demo/table.dat": b"\x00\x01",
    }
    found = described(payload=members).sbom
    own = [f.path for f in found.files if (f.role, f.owner) == ("own", "pkg:pypi/demo@1.0")]
    assert own == sorted(members)[:-1]
    assert dict(found.root_component.properties)[names.UNEXPLAINED] == f"{measure(found.files).percent('unexplained')}"


@pytest.mark.parametrize(
    ("imports", "claims", "role", "owner"),
    [
        (("inner.dll",), [owns("Library/bin/Inner.dll", INNER)], "component", INNER),
        (("inner.dll", "other.dll"), [owns("Library/bin/Inner.dll", INNER)], "own", None),  # of two
        (("inner.dll", "absent.dll"), [owns("Library/bin/Inner.dll", INNER)], "own", None),
        (("inner.dll",), [owns("Library/bin/Inner.dll", INNER), owns("Library/lib/x.lib", OTHER)], "component", OTHER),
        ((), [owns("Library/bin/Inner.dll", INNER)], "own", None),
    ],
)
def test_an_import_library_is_of_whom_the_library_is(
    imports: tuple[str, ...], claims: list[Ownership], role: str, owner: Ref | None
) -> None:
    files = [
        file("Library/bin/Inner.dll", shown="program"),
        file("Library/bin/other.dll", shown="program"),
        file("Library/lib/x.lib", shown="objects"),
    ]
    led = Binary(path="Library/lib/x.lib", machine="x86_64", kind="import library", imports=imports)
    result = enriched(files, led, *claims)
    (found,) = (f for f in result.files if f.path == "Library/lib/x.lib")
    assert (found.role, found.owner) == (role, owner)


def test_an_import_library_hides_nothing() -> None:
    led = Binary(path="Library/lib/x.lib", machine="x86_64", kind="import library", imports=("a.dll",))
    files = [file("Library/lib/x.lib", shown="objects")]
    claims = [owns("Library/lib/x.lib", INNER)]
    assert claim(enriched(files, led, *claims))[0] == "complete"
    assert claim(enriched(files, replace(led, kind="static library", imports=()), *claims))[0] == "incomplete"


def test_a_static_library_among_those_of_others_is_foreign() -> None:
    files = [file(f"{SITE}/demo.libs/libz-3a1f2c9d.a", shown="objects"), file(f"{SITE}/demo/liba.a", shown="objects")]
    result = enriched(files, upstream=False)
    assert {f.path.rpartition("/")[2]: f.role for f in result.files} == {
        "libz-3a1f2c9d.a": "unexplained",
        "liba.a": "own",
    }
