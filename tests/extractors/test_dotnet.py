"""NuGet packages: which members, what is carried of what is listed, frameworks, and what broken lists do."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha512
from typing import Any

import pytest
from support import fixture_members

from cf_sbom import properties as names
from cf_sbom.extractors import dotnet
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Artifact, Body, Context, Note, Options, View
from cf_sbom.limits import Limits
from cf_sbom.model import ROOT, Component, File, Member, Ownership, Problem, Relation
from cf_sbom.testing import check_match

CONTEXT = Context(options=Options(), limits=Limits())
AT = "share/desk/Desk.deps.json"
CONFIG = "share/desk/Desk.runtimeconfig.json"
TARGET = ".NETCoreApp,Version=v8.0"
NO_KEY = "libraries: a key that is no name and version of a package is left out"


def test_members() -> None:
    (extractor,) = dotnet.cf_sbom_extractors()
    wanted = [AT, CONFIG, "lib/python3.12/site-packages/pythonnet/runtime/Python.Runtime.deps.json"]
    unwanted = ["info/test/a.deps.json", "a.runtimeconfig.dev.json", "share/deps.json", "share/a.deps.json.bak"]
    check_match(extractor, wanted, unwanted)


def read(tree: Any, path: str = AT, context: Context = CONTEXT) -> list[Any]:
    data = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return list(dotnet.read(Member(path=path, kind="file", size=len(data)), Body(memoryview(data)), context))


def join(findings: list[Any], *paths: str) -> list[Any]:
    files = {path: File(path=path, kind="file", size=1) for path in paths}
    artifact = Artifact(container="conda", filename="demo-1.0-0.conda", size=1, digests=())
    notes = tuple(f for f in findings if isinstance(f, Note))
    return list(dotnet.join(View(notes=notes, files=files, components=(), artifact=artifact), CONTEXT))


def told(tree: Any, *paths: str, at: str = AT) -> list[tuple[str, str, float]]:
    """Reference, scope of what the package needs it in (or "" where it is carried) and confidence."""
    found = join(read(tree, at), *paths)
    needed = {f.target: f.scope for f in found if isinstance(f, Relation) and f.source == ROOT}
    return [
        (f.ref, needed.get(f.ref, ""), f.occurrences[0].evidence[0].confidence)
        for f in found
        if isinstance(f, Component)
    ]


def reasons(tree: Any, at: str = AT) -> list[tuple[str, str]]:
    return [(f.severity, f.reason) for f in read(tree, at) if isinstance(f, Problem)]


def listed(
    used: Any, *, title: str = "Demo.Paint/2.1.0", kind: str = "package", target: str = TARGET
) -> dict[str, Any]:
    """A deps.json with one library and what its target says of it."""
    return {
        "runtimeTarget": {"name": target},
        "targets": {target: {title: used}},
        "libraries": {title: {"type": kind, "sha512": ""}},
    }


def test_a_program(described: Callable[..., Description]) -> None:
    sbom = described(None, fixture_members("dotnet")).sbom
    found = {c.ref: c for c in sbom.components if c.occurrences and c.occurrences[0].path.startswith("share/")}
    relations = {(r.source, r.kind, r.target, r.scope, r.specs) for r in sbom.relations if r.target in found}
    project = f"in:{AT}#project:Desk@1.0.0"
    plain = f"in:{AT}#reference:Plain@0.0.0.0"
    web = f"in:{CONFIG}#framework:Demo.Web@8.0.2"
    needed = "in:share/desk/Tool.runtimeconfig.json#framework:Demo.App"
    paint, brush = "pkg:nuget/Demo.Paint@2.1.0", "pkg:nuget/Demo.Brush@3.0.0-beta.1"
    away, meta = "pkg:nuget/Demo.Away@5.0.0", "pkg:nuget/Demo.Meta@6.0.0"
    pack = "pkg:nuget/Demo.App.Runtime.linux-x64@8.0.1"
    carried = {paint, brush, "pkg:nuget/Demo.Native@1.4.0", "pkg:nuget/Demo.Words@1.0.0", pack, project, plain, web}
    assert set(found) == carried | {away, meta, needed}
    assert relations == {
        *((sbom.root, "contains", ref, "runtime", ()) for ref in carried),
        (sbom.root, "depends_on", away, "runtime", ()),
        (sbom.root, "depends_on", meta, "build", ()),
        (sbom.root, "depends_on", needed, "runtime", (">= 6.0.0",)),
        (project, "depends_on", paint, "runtime", ("2.1.0",)),
        (project, "depends_on", meta, "runtime", ("6.0.0",)),
        (project, "depends_on", plain, "runtime", ("0.0.0.0",)),
        (paint, "depends_on", brush, "runtime", ("3.0.0-beta.1",)),
        (meta, "depends_on", away, "runtime", ("5.0.0",)),
    }
    assert (found[project].kind, found[project].purl, found[paint].kind) == ("application", "", "library")
    assert (found[needed].version, found[web].version, found[needed].purl) == ("", "8.0.2", "")
    assert [p for p in sbom.problems if p.by == "dotnet"] == []


def test_the_content_hash_is_no_digest_of_a_file() -> None:
    content = b64encode(sha512(b"x").digest()).decode()
    tree = listed({})
    tree["libraries"]["Demo.Paint/2.1.0"]["sha512"] = f"sha512-{content}"
    (found,) = (f for f in join(read(tree)) if isinstance(f, Component))
    assert (found.digests, found.properties) == ((), ((names.NUGET_CONTENT_HASH, content),))


@pytest.mark.parametrize(
    ("used", "files", "scope", "confidence"),
    [
        ({"runtime": {"lib/net8.0/A.dll": {}}}, ["share/desk/A.dll"], "", 1.0),
        ({"runtime": {"lib/net8.0/A.dll": {}}}, ["share/desk/lib/net8.0/A.dll"], "", 1.0),
        ({"resources": {"lib/net8.0/de/A.dll": {}}}, ["share/desk/de/A.dll"], "", 1.0),
        ({"native": {"runtimes/x/native/a.so": {}}}, ["share/desk/a.so"], "", 1.0),
        ({"runtime": {"A.dll": {}, "B.dll": {}}}, ["share/desk/B.dll"], "", 1.0),
        ({"runtime": {"lib/net8.0/A.dll": {}}}, ["share/other/A.dll"], "runtime", 0.7),
        ({"runtime": {"lib/net8.0/A.dll": {}}}, [], "runtime", 0.7),
        ({"compile": {"ref/A.dll": {}}}, ["share/desk/A.dll"], "build", 0.7),
        ({"runtime": {"lib/net8.0/_._": {}}}, [], "build", 0.7),
        ({}, [], "build", 0.7),
    ],
)
def test_what_is_carried_has_a_file(used: Any, files: list[str], scope: str, confidence: float) -> None:
    assert told(listed(used), *files) == [("pkg:nuget/Demo.Paint@2.1.0", scope, confidence)]


def test_at_the_top_of_a_package() -> None:
    assert told(listed({"runtime": {"A.dll": {}}}), "A.dll", at="x.deps.json")[0][1] == ""


def test_what_one_program_carries_the_package_does_not_only_need() -> None:
    tree = listed({"runtime": {"A.dll": {}}})
    found = join(read(tree, "a/x.deps.json") + read(tree, "b/x.deps.json"), "b/A.dll")
    assert [type(f) for f in found] == [Component, Component, Ownership]


@pytest.mark.parametrize(
    ("kind", "ref"),
    [
        ("package", "pkg:nuget/Demo.Paint@2.1.0"),
        ("runtimepack", "pkg:nuget/Demo.Paint@2.1.0"),
        ("project", f"in:{AT}#project:Demo.Paint@2.1.0"),
        ("reference", f"in:{AT}#reference:Demo.Paint@2.1.0"),
        ("", f"in:{AT}#library:Demo.Paint@2.1.0"),
        ("a#b", f"in:{AT}#library:Demo.Paint@2.1.0"),
    ],
)
def test_only_packages_are_nuget_s(kind: str, ref: str) -> None:
    title = "runtimepack.Demo.Paint/2.1.0" if kind == "runtimepack" else "Demo.Paint/2.1.0"
    assert [ref for ref, _, _ in told(listed({}, title=title, kind=kind))] == [ref]


def test_a_project_alone_is_no_package() -> None:
    tree = listed({"runtime": {"Desk.dll": {}}}, title="Desk/1.0.0", kind="project")
    assert told(tree, "share/desk/Desk.dll") == [(f"in:{AT}#project:Desk@1.0.0", "", 1.0)]
    assert reasons(tree) == []
    (problem,) = (f for f in join(read(tree)) if isinstance(f, Problem))
    assert (problem.severity, problem.reason) == (
        "gap",
        "names the project alone; whether packages were compiled into it is not known",
    )


@pytest.mark.parametrize(
    ("runtime_target", "targets", "scope"),
    [
        ({"name": "a/x"}, {"a": {}, "a/x": {"A/1": {"runtime": {"A.dll": {}}}}}, ""),
        ("a/x", {"a": {}, "a/x": {"A/1": {"runtime": {"A.dll": {}}}}}, ""),
        (None, {"a": {}, "a/x": {"A/1": {"runtime": {"A.dll": {}}}}}, ""),
        ({"name": "b"}, {"a": {"A/1": {"runtime": {"A.dll": {}}}}}, ""),
        ({"name": "b"}, {"a": {"A/1": {}}, "c": {"A/1": {}}}, "runtime"),
        (None, None, "runtime"),
    ],
)
def test_the_target_that_the_program_runs_as(runtime_target: Any, targets: Any, scope: str) -> None:
    tree = {"runtimeTarget": runtime_target, "targets": targets, "libraries": {"A/1": {"type": "package"}}}
    assert told(tree, "share/desk/A.dll") == [("pkg:nuget/A@1", scope, 0.7 if scope else 1.0)]
    said = [("gap", "runtimeTarget: names none of the targets; which files and dependencies are used is unsaid")]
    assert reasons(tree) == (said if scope else [])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"framework": {"name": "A.App", "version": "6.0.0"}}, [("A.App", "", (">= 6.0.0",))]),
        (
            {"frameworks": [{"name": "A.App", "version": "6.0.0"}, {"name": "B.App"}]},
            [
                ("A.App", "", (">= 6.0.0",)),
                ("B.App", "", ()),
            ],
        ),
        ({"includedFrameworks": [{"name": "A.App", "version": "6.0.1"}]}, [("A.App", "6.0.1", None)]),
        ({}, []),
    ],
)
def test_frameworks(options: Any, expected: list[tuple[str, str, tuple[str, ...] | None]]) -> None:
    found = join(read({"runtimeOptions": options}, CONFIG))
    specs = {f.target: f.specs for f in found if isinstance(f, Relation)}
    told = [(f.name, f.version, specs.get(f.ref)) for f in found if isinstance(f, Component)]
    assert told == expected


def test_a_framework_that_two_programs_need_is_one() -> None:
    trees = [
        ({"runtimeOptions": {"framework": {"name": "A.App", "version": v}}}, f"{v}.runtimeconfig.json") for v in "68"
    ]
    found = join([finding for tree, path in trees for finding in read(tree, path)])
    assert {f.ref for f in found if isinstance(f, Component)} == {"in:6.runtimeconfig.json#framework:A.App"}
    assert [f.specs for f in found if isinstance(f, Relation)] == [(">= 6",), (">= 8",)]


@pytest.mark.parametrize(
    ("tree", "at", "severity", "reason"),
    [
        (b"{", AT, "damage", "not JSON: Expecting property name enclosed in double quotes at line 1"),
        ([], AT, "damage", "not a mapping"),
        (listed({}, title="../../x/1"), AT, "damage", NO_KEY),
        (listed({}, title="x"), AT, "damage", NO_KEY),
        (listed({}, title="x/"), AT, "damage", NO_KEY),
        (listed([]), AT, "damage", f"targets.{TARGET}.Demo.Paint/2.1.0: not a mapping"),
        ({"libraries": {"A/1": 7}}, AT, "damage", "libraries.A/1: not a mapping"),
        ({"runtimeOptions": {"framework": 7}}, CONFIG, "damage", "runtimeOptions.framework: not a list"),
        (
            {"runtimeOptions": {"framework": {"name": "/home/x"}}},
            CONFIG,
            "damage",
            "runtimeOptions.framework: no name and version of a framework",
        ),
    ],
)
def test_what_is_broken_is_said(tree: Any, at: str, severity: str, reason: str) -> None:
    assert (severity, reason) in reasons(tree, at)
    join(read(tree, at))


def test_many_libraries_are_read_to_the_limit() -> None:
    tree = {"targets": {"a": {}}, "libraries": {f"A/{n}": {"type": "package"} for n in range(5)}}
    found = read(tree, AT, Context(options=Options(), limits=Limits(dependencies=2)))
    assert "5 libraries; only 2 are read (limit dependencies)" in [f.reason for f in found if isinstance(f, Problem)]
    assert len([f for f in join(found) if isinstance(f, Component)]) == 2


def test_a_circle_is_two_edges() -> None:
    tree = {
        "targets": {"a": {"A/1": {"dependencies": {"B": "1"}}, "B/1": {"dependencies": {"a": "1", "B": "1"}}}},
        "libraries": {"A/1": {"type": "package"}, "B/1": {"type": "package"}},
    }
    edges = [(f.source, f.target) for f in join(read(tree)) if isinstance(f, Relation) and f.source != ROOT]
    assert edges == [("pkg:nuget/A@1", "pkg:nuget/B@1"), ("pkg:nuget/B@1", "pkg:nuget/A@1")]
