"""Java: which members, what poms, manifests and names tell, archives in archives, and what hostile ones do."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_sbom.extractors import java
from cf_sbom.generate import Description
from cf_sbom.hookspecs import Artifact, Body, Context, Note, Options, View
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Member, Problem, Relation
from cf_sbom.syntaxes.maven import Pom, differ, named, read_manifest, read_project, read_properties
from cf_sbom.testing import check_match
from fixtures.members.jars import (
    BRUSH,
    MANIFEST,
    SAMPLES,
    dependency,
    folder,
    jar,
    manifest,
    pom,
    project,
    properties,
)

AT = "share/java/paint-1.0.jar"
PAINT = properties("org.demo", "paint", "1.0")
PURL = "pkg:maven/org.demo/paint@1.0"


def read(data: bytes, path: str = AT, **limits: int) -> list[Any]:
    context = Context(options=Options(), limits=Limits(**limits))
    return list(java.read(Member(path=path, kind="file", size=len(data)), Body(memoryview(data)), context))


def components(data: bytes, path: str = AT, **limits: int) -> dict[str, Component]:
    return {f.ref: f for f in read(data, path, **limits) if isinstance(f, Component)}


def said(data: bytes, path: str = AT, **limits: int) -> list[tuple[str, str]]:
    return [(f.severity, f.reason) for f in read(data, path, **limits) if isinstance(f, Problem)]


def joined(*findings: Any) -> list[Relation]:
    notes = tuple(f for f in findings if isinstance(f, Note))
    artifact = Artifact(container="conda", filename="demo-1.0-0.conda", size=1, digests=())
    view = View(notes=notes, files={}, components=(), artifact=artifact)
    return [f for f in java.join(view, Context(options=Options(), limits=Limits())) if isinstance(f, Relation)]


def contained(data: bytes, path: str = AT) -> list[tuple[str, str]]:
    return [(f.source, f.target) for f in read(data, path) if isinstance(f, Relation)]


def test_members() -> None:
    (extractor,) = java.cf_sbom_extractors()
    wanted = [
        "share/java/a.jar",
        "lib/python3.12/site-packages/tabula/tabula-1.0.5-jar-with-dependencies.jar",
        "opt/app/app.war",
        "opt/app/app.ear",
        "opt/app/a.aar",
        "opt/app/plugin.hpi",
    ]
    check_match(
        extractor, wanted, ["info/test/a.jar", "share/a.jar.asc", "share/a.zip", "share/jar", "lib/modules/a.jmod"]
    )


# What a jar is


@pytest.mark.parametrize(
    ("path", "entries", "ref", "field"),
    [
        (AT, PAINT, PURL, f"{folder('org.demo', 'paint')}/pom.properties"),
        ("a/paint.jar", PAINT, PURL, f"{folder('org.demo', 'paint')}/pom.properties"),
        ("a/org.demo.paint-1.0.jar", PAINT, PURL, f"{folder('org.demo', 'paint')}/pom.properties"),
        (AT, project("org.demo", "paint", "1.0"), PURL, f"{folder('org.demo', 'paint')}/pom.xml"),
        (
            "a/paint-1.0-sources.jar",
            PAINT,
            f"{PURL}?classifier=sources",
            f"{folder('org.demo', 'paint')}/pom.properties",
        ),
        (
            "a/paint-1.0-javadoc.jar",
            PAINT,
            f"{PURL}?classifier=javadoc",
            f"{folder('org.demo', 'paint')}/pom.properties",
        ),
        (
            "a/paint-1.0-linux-x86_64.jar",
            PAINT,
            f"{PURL}?classifier=linux-x86_64",
            f"{folder('org.demo', 'paint')}/pom.properties",
        ),
        ("a/paint-1.0-patched.jar", PAINT, PURL, f"{folder('org.demo', 'paint')}/pom.properties"),
        ("a/paint.war", PAINT, f"{PURL}?type=war", f"{folder('org.demo', 'paint')}/pom.properties"),
        (
            "a/x.jar",
            PAINT | manifest(Implementation_Title="paint"),
            PURL,
            f"{folder('org.demo', 'paint')}/pom.properties",
        ),
        (
            "a/x.jar",
            PAINT | manifest(Bundle_SymbolicName="org.demo.paint;a:=b"),
            PURL,
            f"{folder('org.demo', 'paint')}/pom.properties",
        ),
        (AT, {"pom.xml": next(iter(project("org.demo", "paint", "1.0").values()))}, PURL, "pom.xml"),
    ],
)
def test_the_jar_is_the_artifact_of_its_pom(path: str, entries: Mapping[str, bytes], ref: str, field: str) -> None:
    data = jar(entries)
    (found,) = components(data, path).values()
    assert (found.ref, found.purl, found.name, found.version) == (ref, ref, "org.demo/paint", "1.0")
    (occurrence,) = found.occurrences
    assert (occurrence.path, occurrence.evidence[0].field, occurrence.evidence[0].confidence) == (path, field, 1.0)
    assert occurrence.digests[0].value == sha256(data).hexdigest()
    assert said(data, path) == []
    assert contained(data, path) == []


@pytest.mark.parametrize(
    ("attributes", "name", "version"),
    [
        ({"Bundle_SymbolicName": "org.demo.x;singleton:=true", "Bundle_Version": "1.2.3"}, "org.demo.x", "1.2.3"),
        ({"Implementation_Title": "Demo X", "Implementation_Version": "7"}, "Demo X", "7"),
        ({"Automatic_Module_Name": "demo.x", "Implementation_Version": "7"}, "demo.x", "7"),
        ({"Implementation_Title": "Demo X"}, "", ""),
        ({"Bundle_SymbolicName": "${name}", "Bundle_Version": "1"}, "", ""),
        ({"Implementation_Version": "7"}, "", ""),
        ({}, "", ""),
    ],
)
def test_a_jar_without_a_pom_is_what_its_manifest_says_or_a_file(
    attributes: dict[str, str], name: str, version: str
) -> None:
    data = jar(manifest(**attributes))
    (found,) = components(data, "lib/x.jar").values()
    assert (found.ref, found.purl) == ("file:lib/x.jar", "")
    assert (found.kind, found.name, found.version) == ("library" if name else "file", name or "x.jar", version)
    assert found.occurrences[0].digests[0].value == sha256(data).hexdigest()
    assert found.occurrences[0].evidence[0].confidence == (0.8 if name else 1.0)


def test_a_jar_of_others_is_a_file_that_contains_them() -> None:
    data = jar(PAINT | properties("org.demo", "brush", "2.1"))
    found = components(data, "lib/tool-all.jar")
    assert list(found) == ["file:lib/tool-all.jar", PURL, "pkg:maven/org.demo/brush@2.1"]
    assert contained(data, "lib/tool-all.jar") == [("file:lib/tool-all.jar", ref) for ref in list(found)[1:]]
    assert found[PURL].occurrences[0].digests == (), "what is shaded has no bytes of its own"


def test_the_jars_own_artifact_contains_what_is_shaded_into_it() -> None:
    data = jar(properties("org.demo", "brush", "2.1") | PAINT)
    assert contained(data) == [(PURL, "pkg:maven/org.demo/brush@2.1")]


def test_of_two_that_the_file_could_be_called_by_it_is_neither() -> None:
    data = jar(PAINT | properties("org.other", "paint", "1.0"))
    assert list(components(data)) == [f"file:{AT}", PURL, "pkg:maven/org.other/paint@1.0"]


def test_a_pom_at_the_root_that_the_file_is_not_called_by_is_passed_over() -> None:
    template = {"pom.xml": next(iter(project("org.demo", "template", "1").values()))}
    assert list(components(jar(template))) == [f"file:{AT}"]


@pytest.mark.parametrize(
    ("path", "entries", "reason"),
    [
        ("a/paint-1.1.jar", PAINT, "version 1.0, but the file is called paint-1.1.jar"),
        (
            AT,
            PAINT | manifest(Implementation_Version="1.2"),
            "version 1.0, but Implementation-Version in the manifest is 1.2",
        ),
        (AT, PAINT | manifest(Bundle_Version="2.0.0"), "version 1.0, but Bundle-Version in the manifest is 2.0.0"),
        (AT, PAINT | project("org.demo", "paint", "1.1"), "pom.xml names org.demo:paint:1.1; pom.properties is taken"),
    ],
)
def test_contradictions_are_conflicts(path: str, entries: dict[str, bytes], reason: str) -> None:
    data = jar(entries)
    assert said(data, path) == [("conflict", f"{folder('org.demo', 'paint')}/pom.properties: {reason}")]
    assert list(components(data, path)) == [PURL]


def test_licences_and_links_of_the_pom() -> None:
    more = (
        "<licenses><license><name>MIT</name></license><license><url>https://example.org/l</url></license></licenses>"
        "<url>https://example.org/paint</url><scm><url>https://example.org/paint.git</url></scm>"
    )
    data = jar(PAINT | project("org.demo", "paint", "1.0", more))
    (found,) = components(data).values()
    assert [lic.found or lic.expression for lic in found.licenses] == ["https://example.org/l", "MIT"]
    assert {(link.kind, link.url) for link in found.links} == {
        ("website", "https://example.org/paint"),
        ("vcs", "https://example.org/paint.git"),
    }


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("MIT", ["MIT"]),
        ("Apache-2.0;link=x, MIT", ["Apache-2.0", "MIT"]),
        ("Apache License 2.0", ["Apache-2.0"]),
        ("Some License, Version 2", ["Some License, Version 2"]),
        ("<<EXTERNAL>>", []),
    ],
)
def test_licences_of_a_bundle(value: str, found: list[str]) -> None:
    data = jar(manifest(Bundle_SymbolicName="x", Bundle_Version="1", Bundle_License=value))
    (component,) = components(data).values()
    assert [lic.found or lic.expression for lic in component.licenses] == found


# Archives in archives


def test_archives_in_archives() -> None:
    deep = jar({"lib/brush-2.1.jar": BRUSH, "lib/plain.jar": jar({"a": b"x"})})
    data = jar(PAINT | {"BOOT-INF/lib/deep.jar": deep}, zipfile.ZIP_STORED)
    found = components(data)
    inner = f"in:{AT}#jar:BOOT-INF/lib/deep.jar"
    brush, plain = "pkg:maven/org.demo/brush@2.1", f"{inner}!/lib/plain.jar"
    assert list(found) == [PURL, inner, brush, plain]
    assert contained(data) == [(PURL, inner), (inner, brush), (inner, plain)]
    (occurrence,) = found[brush].occurrences
    assert occurrence.path == AT
    place = "BOOT-INF/lib/deep.jar!/lib/brush-2.1.jar!/META-INF/maven/org.demo/brush/pom.properties"
    assert occurrence.evidence[0].field == place
    assert occurrence.digests[0].value == sha256(BRUSH).hexdigest()
    assert (found[plain].kind, found[plain].name) == ("file", "plain.jar")
    assert found[inner].occurrences[0].digests[0].value == sha256(deep).hexdigest()


# Dependencies


def needing(*wanted: str, name: str = "paint") -> list[Any]:
    more = f"<dependencies>{''.join(wanted)}</dependencies>"
    path = f"share/java/{name}-1.0.jar"
    return read(jar(properties("org.demo", name, "1.0") | project("org.demo", name, "1.0", more)), path)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ("runtime", ("2.0",))),
        ({"version": ""}, ("runtime", ())),
        ({"scope": "runtime"}, ("runtime", ("2.0",))),
        ({"optional": "true"}, ("optional", ("2.0",))),
        ({"scope": "test"}, None),
        ({"scope": "provided"}, None),
        ({"artifactId": "other"}, None),
        ({"groupId": "org.other"}, None),
        ({"groupId": "${project.groupId}"}, ("runtime", ("2.0",))),
    ],
)
def test_dependencies_on_what_is_there(more: dict[str, str], expected: Any) -> None:
    fields = {"group": "org.demo", "artifact": "brush", "version": "2.0"}
    renamed = {{"groupId": "group", "artifactId": "artifact"}.get(key, key): value for key, value in more.items()}
    found = joined(*needing(dependency(**(fields | renamed))), *read(BRUSH, "share/java/brush-2.1.jar"))
    assert [(r.scope, r.specs) for r in found] == ([expected] if expected else [])
    for relation in found:
        assert (relation.source, relation.target) == (PURL, "pkg:maven/org.demo/brush@2.1")
        assert relation.evidence[0].field == f"{folder('org.demo', 'paint')}/pom.properties"


def test_of_several_versions_the_stated_one_is_needed_and_none_is_guessed() -> None:
    brushes = [
        finding
        for version in ("2.0", "2.1")
        for finding in read(jar(properties("org.demo", "brush", version)), f"share/java/brush-{version}.jar")
    ]
    stated = joined(*needing(dependency("org.demo", "brush", "2.0")), *brushes)
    assert [r.target for r in stated] == ["pkg:maven/org.demo/brush@2.0"]
    assert joined(*needing(dependency("org.demo", "brush")), *brushes) == []
    sources = read(jar(properties("org.demo", "brush", "2.0")), "share/java/brush-2.0-sources.jar")
    assert joined(*needing(dependency("org.demo", "brush", "2.0")), *sources) == []


def test_what_lies_in_the_same_file_goes_before() -> None:
    more = f"<dependencies>{dependency('org.demo', 'brush')}</dependencies>"
    shaded = read(jar(PAINT | project("org.demo", "paint", "1.0", more) | properties("org.demo", "brush", "9")))
    found = joined(*shaded, *read(BRUSH, "share/java/brush-2.1.jar"))
    assert [r.target for r in found] == ["pkg:maven/org.demo/brush@9"]


# Whole packages


def test_a_package_with_jars(described: Callable[..., Description]) -> None:
    sbom = described(None, SAMPLES | {"share/tests/data/brush-2.1.jar": BRUSH}).sbom
    refs = {c.ref for c in sbom.components}
    assert {PURL, "pkg:maven/org.demo/shaded@3", "file:share/java/bundle.jar", "file:share/java/silent.war"} <= refs
    brush = next(c for c in sbom.components if c.purl == "pkg:maven/org.demo/brush@2.1")
    assert [o.path for o in brush.occurrences] == [AT, "share/tests/data/brush-2.1.jar"]
    assert brush.digests[0].value == sha256(BRUSH).hexdigest()
    relations = {(r.source, r.kind, r.target) for r in sbom.relations}
    assert {(sbom.root, "contains", PURL), (PURL, "contains", brush.ref), (PURL, "depends_on", brush.ref)} <= relations


def test_places_in_archives_in_archives_are_told(described: Callable[..., Description]) -> None:
    inner = jar({"lib/broken.jar": b"no"})
    problems = described(None, {AT: jar({"lib/in.jar": inner})}).sbom.problems
    reason = "lib/in.jar!/lib/broken.jar: not a zip archive, or cut short: it has no directory"
    assert [p.reason for p in problems if p.by == "java"] == [reason]


# Texts


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<groupId>g</groupId><artifactId>a</artifactId><version>1</version>", ("g", "a", "1")),
        ("<parent><groupId>g</groupId><version>1</version></parent><artifactId>a</artifactId>", ("g", "a", "1")),
        ("<parent><artifactId>p</artifactId></parent><groupId>g</groupId><version>1</version>", ("g", "", "1")),
        (
            "<groupId>g</groupId><artifactId>a</artifactId><version>${v}-x</version><properties><v>${w}</v><w>1</w></properties>",
            ("g", "a", "1-x"),
        ),
        ("<groupId>g</groupId><artifactId>a</artifactId><version>${revision}</version>", ("g", "a", "")),
        (
            "<parent><groupId>g</groupId><version>1</version></parent><artifactId>${project.parent.groupId}.a</artifactId>"
            "<version>${pom.parent.version}</version>",
            ("g", "g.a", "1"),
        ),
        ("<groupId>${a}</groupId><properties><a>${b}</a><b>${a}</b></properties>", ("", "", "")),
        (f"<groupId>{'g' * 2000}</groupId>", ("", "", "")),
    ],
)
def test_a_project_says_only_what_stands_in_it(body: str, expected: tuple[str, str, str]) -> None:
    found = read_project(next(iter(pom(body).values())), Limits())
    assert (found.group, found.artifact, found.version) == expected


def test_properties_that_multiply_stay_short() -> None:
    names = "".join(f"<p{n}>{f'${{p{n + 1}}}' * 50}</p{n}>" for n in range(20))
    data = next(iter(pom(f"<groupId>${{p0}}</groupId><properties>{names}</properties>").values()))
    assert read_project(data, Limits()).group == ""


def test_managed_dependencies_are_none() -> None:
    managed = f"<dependencyManagement><dependencies>{dependency('g', 'a')}</dependencies></dependencyManagement>"
    assert read_project(next(iter(pom(managed).values())), Limits()).dependencies == ()


def test_properties() -> None:
    text = b"# version=0\n!version=0\n version = 1.0 \ngroupId:org.demo\r\nartifactId paint\nother=x\n"
    found = read_properties(text)
    assert (found.group, found.artifact, found.version) == ("org.demo", "paint", "1.0")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_of_a_manifest_go_on(end: str) -> None:
    lines = (
        "Manifest-Version: 1.0",
        "BUNDLE-SymbolicName: org.dem",
        " o.paint",
        "X: " + "x" * 2000,
        "",
        "Name: a/",
        "B: 1",
    )
    found = read_manifest(end.join(lines).encode())
    assert found == {"manifest-version": "1.0", "bundle-symbolicname": "org.demo.paint"}


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ("1.4", "1.4.0.Final", False),
        ("1.4", "1.5", True),
        ("1.0-beta-3", "1.0.0.beta-3", False),
        ("2.12.3.v20170725", "2.12.3", False),
        ("3.x", "3.8.7", False),
        ("3", "3.8.7", True),
        ("", "1", False),
        ("dev", "1", False),
    ],
)
def test_versions_that_cannot_be_the_same(one: str, other: str, differs: bool) -> None:
    assert differ(one, other) is differs
    assert differ(other, one) is differs


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=10))
def test_any_name_can_be_compared(stem: str, artifact: str, version: str) -> None:
    named(stem, Pom(group="g", artifact=artifact, version=version))
    named(f"{artifact}-{version}{stem}", Pom(group="g", artifact=artifact, version=version))


# Hostile ones


def patched(data: bytes, name: str, fields: dict[int, bytes]) -> bytes:
    """A jar of which the directory says something else of one entry: bytes by their offset in its header."""
    start = data.rindex(name.encode()) - 46
    changed = bytearray(data)
    for offset, new in fields.items():
        changed[start + offset : start + offset + len(new)] = new
    return bytes(changed)


GOOD = properties("org.demo", "brush", "2.1")
BAD = f"{folder('org.demo', 'paint')}/pom.properties"
BOTH = jar(GOOD | PAINT)
FALSE = f"{BAD}: its bytes are not those that the directory states"
LARGE = f"{BAD}: larger than 8388608 bytes (limit embedded_size)"
XML = f"{folder('a', 'b')}/pom.xml"
ENTITY = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><project>&e;</project>'


@pytest.mark.parametrize(
    ("data", "severity", "reason"),
    [
        (patched(BOTH, BAD, {8: b"\x01\x00"}), "gap", f"{BAD}: encrypted"),
        (patched(BOTH, BAD, {10: b"\x0e\x00"}), "gap", f"{BAD}: compressed by method 14, which is not read"),
        (patched(BOTH, BAD, {16: b"\x00\x00\x00\x00"}), "damage", FALSE),
        (patched(BOTH, BAD, {24: b"\x01\x00\x00\x00"}), "damage", FALSE),
        (patched(BOTH, BAD, {24: b"\xff\xff\xff\x7f"}), "gap", LARGE),
        (patched(BOTH, BAD, {24: b"\xff\xff\xff\xff"}), "gap", LARGE),
        (patched(BOTH, BAD, {42: b"\xf0\xff\xff\x00"}), "damage", f"{BAD}: lies outside of the archive"),
        (patched(BOTH, BAD, {42: b"\x05\x00\x00\x00"}), "damage", "entries that overlap; only the first is read"),
        (BOTH[:30] + b"\xff" + BOTH[31:], "", ""),
        (
            jar([*GOOD.items(), ("../../x", b""), ("/x", b"")]),
            "damage",
            "an entry with a name that climbs out of the package; left out",
        ),
        (
            jar([*GOOD.items(), (BAD, b"a"), (BAD, PAINT[BAD])]),
            "damage",
            "an entry that stands there more than once; the last is read",
        ),
        (
            jar(GOOD | {BAD: b"version=1.0\n"}),
            "gap",
            f"{BAD}: group, artifact and version are not all stated here; the artifact stays unnamed",
        ),
        (
            jar(GOOD | {BAD: b"version=1.0\ngroupId=a/../b\nartifactId=x\n"}),
            "gap",
            f"{BAD}: group, artifact and version are not all stated here; the artifact stays unnamed",
        ),
        (
            jar(GOOD | {XML: ENTITY}),
            "damage",
            f"{XML}: an XML document type is not read: it could name entities and files",
        ),
        (jar(GOOD | {XML: b"<a/>"}), "damage", f"{XML}: not a project of Maven"),
        (jar(GOOD | {"lib/a.jar": b"no"}), "damage", "lib/a.jar: not a zip archive, or cut short: it has no directory"),
    ],
)
def test_what_is_broken_is_one_problem_and_the_rest_is_kept(data: bytes, severity: str, reason: str) -> None:
    found = said(data, "lib/tool.jar")
    assert not reason or (severity, reason) in found
    assert len(found) <= 2
    assert "pkg:maven/org.demo/brush@2.1" in components(data, "lib/tool.jar")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no zip", "not a zip archive, or cut short: it has no directory"),
        (BOTH[:-30], "not a zip archive, or cut short: it has no directory"),
        (BOTH[:-6] + b"\xff\xff\xff\x00\x00\x00", "its directory lies outside of the archive"),
    ],
)
def test_what_is_no_archive_is_said(data: bytes, reason: str) -> None:
    assert said(data) == [("damage", reason)]
    assert not components(data)


def test_an_empty_file_is_nothing() -> None:
    assert read(b"") == []


def test_something_may_stand_before_and_behind_an_archive() -> None:
    for data in (b"#!/bin/sh\nexec java -jar $0\n" + BOTH, BOTH + b"\0" * 100):
        assert PURL in components(data, "lib/tool.jar")
        assert said(data) == []


def test_a_zip64_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    data = jar(GOOD | PAINT)
    assert b"PK\x06\x06" in data
    saturated = data[:-14] + struct.pack("<HHLLH", 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    for written in (data, saturated):
        assert PURL in components(written, "lib/tool.jar")


def test_a_directory_of_many_entries_is_read_to_the_limit() -> None:
    data = jar({f"a/{n}": b"" for n in range(50)} | PAINT)
    assert said(data, entries=20) == [("gap", "more than 20 entries; the rest is not read (limit entries)")]
    assert list(components(data, entries=20)) == [f"file:{AT}"]


def test_bombs_end_at_the_limits() -> None:
    zeros = jar({"lib/zeros.jar": bytes(3_000_000)} | GOOD)
    assert said(zeros, nested_size=1_000_000) == [
        ("gap", "lib/zeros.jar: more than 1000000 bytes in all (limit nested_size)")
    ]
    big = jar({f"{folder('g', str(n))}/pom.xml": bytes(20_000) for n in range(30)} | GOOD)
    reasons = said(big, embedded_size=10_000)
    place = f"{folder('g', '0')}/pom.xml"
    assert reasons == [("gap", f"{place}: larger than 10000 bytes (limit embedded_size) (and 29 more like it)")]
    russian = BRUSH
    for _ in range(5):
        russian = jar({"lib/in.jar": russian, "lib/also.jar": russian})
    (problem,) = said(russian, nested_depth=2)
    assert problem[1].endswith("archives nested deeper than 2 are not read (limit nested_depth) (and 7 more like it)")
    assert len(components(russian, nested_depth=2)) == 7


def test_an_entry_that_unpacks_to_more_than_it_says_is_stopped() -> None:
    data = jar({"lib/zeros.jar": bytes(3_000_000)})
    lying = patched(data, "lib/zeros.jar", {24: struct.pack("<L", 1000)})
    assert said(lying) == [("damage", "lib/zeros.jar: its bytes are not those that the directory states")]


@given(st.binary(max_size=200), st.integers(0, len(SAMPLES[AT]) - 1))
def test_any_bytes_end_in_findings(noise: bytes, at: int) -> None:
    sample = SAMPLES[AT]
    for data in (noise, sample[:at] + noise + sample[at + len(noise) :], sample[:at], noise + sample):
        read(data)


def test_the_manifest_of_a_jar_is_at_its_place_alone() -> None:
    inner = {f"BOOT-INF/{MANIFEST}": manifest(Implementation_Title="x", Implementation_Version="1")[MANIFEST]}
    (found,) = components(jar(inner)).values()
    assert found.kind == "file"
