"""npm: which members, what each says of a package, how packages meet, and what hostile ones do."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha1, sha512
from typing import Any

import pytest
from support import fixture_members, link

from cf_sbom.extractors import npm
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Body, Context, Options
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Member, Problem
from cf_sbom.node.locks import read_lock
from cf_sbom.testing import check_match

CONTEXT = Context(options=Options(), limits=Limits())
AT = "lib/node_modules/demo/package.json"


def test_members() -> None:
    (extractor,) = npm.cf_sbom_extractors()
    wanted = [
        "package.json",
        "lib/node_modules/npm/package.json",
        "lib/node_modules/@scope/name/package.json",
        "share/app/package-lock.json",
        "share/app/npm-shrinkwrap.json",
        "share/app/node_modules/.package-lock.json",
        "share/app/yarn.lock",
        "share/app/pnpm-lock.yaml",
    ]
    unwanted = ["info/recipe/package.json", "info/package-lock.json", "share/package.json.orig", "share/bower.json"]
    check_match(extractor, wanted, unwanted)


def read(tree: Any, path: str = AT) -> list[Any]:
    data = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    member = Member(path=path, kind="file", size=len(data))
    return list(npm.read(member, Body(memoryview(data)), CONTEXT))


def component(tree: Any, path: str = AT) -> Component:
    (found,) = (f for f in read(tree, path) if isinstance(f, Component))
    return found


def reasons(tree: Any, path: str = AT) -> list[str]:
    return [f.reason for f in read(tree, path) if isinstance(f, Problem)]


def demo(**fields: Any) -> dict[str, Any]:
    return {"name": "demo", "version": "1.0.0"} | fields


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("node_modules/demo/package.json", True),
        ("lib/node_modules/@s/demo/package.json", True),
        ("share/node_modules/.pnpm/demo@1.0.0/node_modules/demo/package.json", True),
        ("share/demo/package.json", True),
        ("package.json", True),
        ("lib/node_modules/demo/dist/esm/package.json", False),
        ("lib/node_modules/@s/demo/test/fixture/package.json", False),
        ("lib/node_modules/@s/package.json", False),
        ("lib/node_modules/.cache/package.json", False),
        ("lib/node_modules/package.json", False),
        ("share/bower_components/demo/package.json", False),
    ],
)
def test_where_a_manifest_is_that_of_a_package(path: str, counts: bool) -> None:
    assert [f.purl for f in read(demo(), path) if isinstance(f, Component)] == ["pkg:npm/demo@1.0.0"] * counts


@pytest.mark.parametrize(
    ("fields", "purl", "name"),
    [
        ({"name": "@scope/demo"}, "pkg:npm/%40scope/demo@1.0.0", "@scope/demo"),
        ({"name": "JSONDemo"}, "pkg:npm/jsondemo@1.0.0", "JSONDemo"),  # as purl-spec has it
        ({"version": "v1.0.0-rc.1"}, "pkg:npm/demo@1.0.0-rc.1", "demo"),
        ({"version": " =1.0.0"}, "pkg:npm/demo@1.0.0", "demo"),
        ({"private": True}, "pkg:npm/demo@1.0.0", "demo"),  # in node_modules: it was installed from somewhere
    ],
)
def test_names(fields: dict[str, Any], purl: str, name: str) -> None:
    found = component(demo(**fields))
    assert (found.purl, found.name) == (purl, name)


@pytest.mark.parametrize("fields", [{"private": True}, {"engines": {"vscode": "^1.80"}}, {"unity": "2021.3"}])
def test_what_no_registry_has_gets_no_purl(fields: dict[str, Any]) -> None:
    found = component(demo(**fields), "share/demo/package.json")
    assert (found.purl, found.ref) == ("", "in:share/demo/package.json#npm:demo@1.0.0")


@pytest.mark.parametrize("tree", [{"type": "module"}, {"name": "x"}, {"name": "{{name}}", "version": "1.0.0"}, [1], 1])
def test_outside_of_node_modules_other_files_of_that_name_are_nobodys(tree: Any) -> None:
    assert read(tree, "share/demo/package.json") == []


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ({"main": "x.js"}, "no name and version that npm would take: the package is not listed"),
        ({"name": "../../x", "version": "1.0.0"}, "no name and version that npm would take: the package is not listed"),
        ({"name": "x" * 300, "version": "1.0.0"}, "no name and version that npm would take: the package is not listed"),
        ({"name": ["x"], "version": "1.0.0"}, "name: not a string"),
        ([], "not a mapping"),
        (b"{", "not JSON: Expecting property name enclosed in double quotes at line 1"),
        (b"\xff", "not UTF-8 at byte 0"),
        (b"[" * 100_000, "nested deeper than 200 (limit json_depth)"),
    ],
)
def test_in_node_modules_they_are_missed(tree: Any, reason: str) -> None:
    (problem,) = read(tree)
    assert problem.reason == reason


@pytest.mark.parametrize(
    ("fields", "expression", "found"),
    [
        ({}, None, ""),
        ({"license": "MIT"}, "MIT", ""),
        ({"license": "(MIT OR CC0-1.0)"}, "MIT OR CC0-1.0", ""),
        ({"license": {"type": "ISC", "url": "https://example.org"}}, "ISC", ""),
        ({"license": ["MIT"]}, "MIT", ""),
        ({"licenses": [{"type": "MIT"}, {"type": "Apache 2.0"}]}, "MIT OR Apache-2.0", ""),
        ({"licenses": [{"type": "MIT"}, {"type": "GPL"}]}, "MIT OR LicenseRef-GPL", "GPL"),
        ({"license": "UNLICENSED"}, "LicenseRef-UNLICENSED", "UNLICENSED"),
        ({"license": "SEE LICENSE IN x.md"}, "LicenseRef-SEE-LICENSE-IN-x.md", "SEE LICENSE IN x.md"),
    ],
)
def test_licences(fields: dict[str, Any], expression: str | None, found: str) -> None:
    stated = component(demo(**fields)).licenses
    assert [(lic.expression, lic.found) for lic in stated] == ([] if expression is None else [(expression, found)])


@pytest.mark.parametrize(
    ("repository", "url"),
    [
        ("user/repo", "https://github.com/user/repo"),
        ("github:user/repo#main", "https://github.com/user/repo"),
        ("gist:abc123", "https://gist.github.com/abc123"),
        ("gitlab:group/sub/repo", "https://gitlab.com/group/sub/repo"),
        ({"type": "git", "url": "git+https://example.org/r.git"}, "https://example.org/r.git"),
        ({"url": "git@example.org:user/repo.git"}, "ssh://example.org/user/repo.git"),
        ("https://user:word@example.org/r", "https://example.org/r"),
        ("file:/home/me/r", None),
        ("repo", None),
        ([], None),
        (7, None),
    ],
)
def test_repositories(repository: Any, url: str | None) -> None:
    assert [lk.url for lk in component(demo(repository=repository)).links] == ([] if url is None else [url])


def test_what_old_npm_noted_on_installing() -> None:
    noted = {"_shasum": sha1(b"x").hexdigest(), "_resolved": "https://example.org/demo-1.0.0.tgz", "_integrity": "md5-"}
    found = component(demo(**noted))
    assert [(d.algorithm, d.value) for d in found.digests] == [("sha1", sha1(b"x").hexdigest())]
    assert [(lk.kind, lk.url) for lk in found.links] == [("distribution", "https://example.org/demo-1.0.0.tgz")]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"dependencies": ["a"]}, "dependencies: not a mapping"),
        (
            {"dependencies": {"a": 1, "../x": "1", "b": "1"}},
            "dependencies: 2 entries are no name and version; left out",
        ),
        ({"license": 7}, "license: not a licence"),
        ({"licenses": [["MIT"]]}, "licenses: not a licence"),
        ({"description": {}}, "description: not a string"),
        ({"bundledDependencies": {"a": 1}}, "bundledDependencies: not a string"),
        (
            {"dependencies": {f"d{n}": "1" for n in range(100_001)}},
            "dependencies: 100001 entries; only 100000 are read (limit dependencies)",
        ),
    ],
)
def test_a_wrong_field_costs_one_problem_and_not_the_package(fields: dict[str, Any], reason: str) -> None:
    assert component(demo(**fields)).purl == "pkg:npm/demo@1.0.0"
    assert reasons(demo(**fields)) == [reason]


def test_a_whole_tree(described: Callable[..., Description]) -> None:
    sbom = described(payload=fixture_members("npm")).sbom
    refs = {c.ref: f"{c.name}@{c.version}" for c in sbom.components if c.ref != sbom.root}
    assert sorted(refs.values()) == [
        "@demo/brush@2.1.0",
        "@demo/brush@3.0.0",
        "bee@1.0.0",
        "desk@2.0.0",
        "hive@1.5.0",
        "paint@1.2.3",
        "python@",
        "wax@1.0.1",
    ]
    edges = {
        (refs[r.source], refs[r.target], r.kind, r.scope, *r.specs)
        for r in sbom.relations
        if r.source in refs and r.target in refs
    }
    assert edges == {
        ("desk@2.0.0", "paint@1.2.3", "depends_on", "runtime", "^1.2.0"),
        ("desk@2.0.0", "@demo/brush@3.0.0", "depends_on", "runtime", "~3.0.0"),
        ("desk@2.0.0", "@demo/brush@2.1.0", "depends_on", "runtime", "npm:@demo/brush@^2.0.0"),
        ("paint@1.2.3", "@demo/brush@2.1.0", "depends_on", "runtime", "^2.0.0"),
        ("paint@1.2.3", "wax@1.0.1", "depends_on", "optional", "^1.0.0"),
        ("@demo/brush@3.0.0", "paint@1.2.3", "depends_on", "runtime", "1.x"),
        ("@demo/brush@3.0.0", "wax@1.0.1", "depends_on", "optional", "1.x"),
        ("wax@1.0.1", "bee@1.0.0", "depends_on", "runtime", "1"),
        ("bee@1.0.0", "hive@1.5.0", "depends_on", "runtime", "1"),
        ("wax@1.0.1", "bee@1.0.0", "contains", "runtime"),
        ("wax@1.0.1", "hive@1.5.0", "contains", "runtime"),
    }


def test_what_lock_files_add(described: Callable[..., Description]) -> None:
    sbom = described(payload=fixture_members("npm")).sbom
    digests = {c.name + "@" + c.version: {d.algorithm: d.value for d in c.digests} for c in sbom.components}
    assert digests["paint@1.2.3"] == {"sha512": sha512(b"paint").hexdigest()}
    assert digests["@demo/brush@2.1.0"] == {"sha512": sha512(b"brush").hexdigest()}
    assert digests["@demo/brush@3.0.0"] == {"sha512": sha512(b"brush 3").hexdigest()}
    assert digests["hive@1.5.0"] == {"sha512": sha512(b"hive").hexdigest()}
    assert digests["wax@1.0.1"] == {"sha1": sha1(b"wax").hexdigest(), "sha512": sha512(b"wax").hexdigest()}
    wax = next(c for c in sbom.components if c.name == "wax")
    assert {o.path for o in wax.occurrences} == {"share/desk/node_modules/wax/package.json"}
    assert {(e.path, e.field, e.detail) for o in wax.occurrences for e in o.evidence} >= {
        ("share/desk/package-lock.json", "node_modules/wax", "dev, optional")
    }


def test_what_lock_files_name_and_is_not_there_is_counted(described: Callable[..., Description]) -> None:
    sbom = described(payload=fixture_members("npm")).sbom
    assert [(p.path, p.reason) for p in sbom.problems if p.by == "npm" and "lock file" in p.reason] == [
        ("share/desk/package-lock.json", "1 packages have another name or version than the lock file says"),
        ("share/desk/package-lock.json", "2 packages named by the lock file are not in the package"),
        ("share/pnpm9/pnpm-lock.yaml", "1 packages named by the lock file are not in the package"),
        ("share/yarn1/yarn.lock", "1 packages named by the lock file are not in the package"),
    ]


def test_links_of_pnpm_are_followed(described: Callable[..., Description]) -> None:
    store = "share/app/node_modules/.pnpm"
    payload = {
        "share/app/package.json": json.dumps({"name": "app", "version": "1.0.0", "dependencies": {"a": "1"}}).encode(),
        f"{store}/a@1.0.0/node_modules/a/package.json": json.dumps(
            {"name": "a", "version": "1.0.0", "dependencies": {"b": "1"}}
        ).encode(),
        f"{store}/b@1.0.0/node_modules/b/package.json": json.dumps({"name": "b", "version": "1.0.0"}).encode(),
    }
    for path, target in (
        ("share/app/node_modules/a", ".pnpm/a@1.0.0/node_modules/a"),
        (f"{store}/a@1.0.0/node_modules/b", "../../b@1.0.0/node_modules/b"),
        (f"{store}/b@1.0.0/node_modules/a", "../../../../../../../etc"),
    ):
        payload[path] = link(path, target)  # type: ignore[assignment]
    sbom = described(payload=payload).sbom
    edges = {(r.source, r.target) for r in sbom.relations if r.kind == "depends_on" and r.source != sbom.root}
    assert edges == {
        ("pkg:npm/app@1.0.0", "pkg:npm/a@1.0.0"),
        ("pkg:npm/a@1.0.0", "pkg:npm/b@1.0.0"),
    }


def test_packages_that_need_and_bundle_each_other(described: Callable[..., Description]) -> None:
    tree = {"version": "1.0.0", "dependencies": {"a": "1", "b": "1"}, "bundleDependencies": True}
    at = ("node_modules/a", "node_modules/b", "node_modules/a/node_modules/b", "node_modules/b/node_modules/a")
    payload = {f"{path}/package.json": json.dumps(tree | {"name": path[-1]}).encode() for path in at}
    sbom = described(payload=payload).sbom
    found = {(r.source, r.kind, r.target) for r in sbom.relations if r.source != sbom.root}
    one, two = "pkg:npm/a@1.0.0", "pkg:npm/b@1.0.0"
    assert found == {(a, kind, b) for a, b in ((one, two), (two, one)) for kind in ("depends_on", "contains")}


def locked(name: str, data: bytes, **limits: int) -> tuple[list[tuple[str, str, str]], list[str]]:
    said: list[str] = []
    found = read_lock(name, memoryview(data), Limits(**limits), said.append)
    return [(e.place, e.name, e.version) for e in found], said


def test_lock_files_of_version_1_nest() -> None:
    deep: dict[str, Any] = {}
    for _ in range(90):
        deep = {"a": {"version": "1.0.0", "dependencies": deep}}
    found, said = locked("package-lock.json", json.dumps({"dependencies": deep}).encode())
    assert (len(found), said) == (68, [])  # folders of more than 1024 characters are none
    assert found[1] == ("node_modules/a/node_modules/a", "a", "1.0.0")


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"packages": []}, ["packages: not a mapping"]),
        ({"packages": {"node_modules/a": 1}}, ["packages.node_modules/a: not a mapping"]),
        ({"dependencies": {"a": {"version": ["1"]}}}, ["dependencies.a.version: not a string"]),
        (
            {"packages": {f"node_modules/{n}": {"version": "1.0.0"} for n in "abcd"}},
            ["more than 3 packages; the rest is not read (limit dependencies)"],
        ),
        ([], ["not a mapping"]),
    ],
)
def test_wrong_lock_files(tree: Any, said: list[str]) -> None:
    assert locked("package-lock.json", json.dumps(tree).encode(), dependencies=3)[1] == said


@pytest.mark.parametrize("name", ["package-lock.json", "yarn.lock", "pnpm-lock.yaml"])
def test_lock_files_that_are_none(name: str) -> None:
    (problem,) = read(b"\xff\xfe[", f"share/{name}")[-1:]
    assert isinstance(problem, Problem)
    assert problem.severity == "damage"


def test_a_lock_file_out_of_all_bounds(described: Callable[..., Description]) -> None:
    sbom = described(payload={"share/yarn.lock": b"a@1:\n" * 900_000}).sbom
    (problem,) = (p for p in sbom.problems if p.by == "npm")
    assert problem.reason == "larger than 4194304 bytes (limit yaml_size)"
