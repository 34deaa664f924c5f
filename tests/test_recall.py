"""The benchmark of recall, without its downloads: scores, the table, and the readers of the truth on small files."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.recall import corpus, negative, score
from benchmarks.recall.score import ANY, Key, Listed, Stated, key, listed, purl_key
from benchmarks.recall.truth import Entry, dotnet, files, golang, java, npm, programs, python, ruby, rust, sboms

POM = "#made\ngroupId=org.example\nartifactId=demo\nversion=1.2\n"
PROJECT = """<project xmlns="http://maven.apache.org/POM/4.0.0"><artifactId>child</artifactId>
<parent><groupId>org.example</groupId><version>2</version></parent></project>"""
GO = """\
/x/tool: go1.23.4
\tpath\texample.org/tool
\tmod\texample.org/tool\t(devel)\t
\tdep\texample.org/a/v2\tv2.1.0\th1:x=
\tdep\texample.org/b\tv1.0.0
\t=>\texample.org/fork\tv1.0.1\th1:y=
\tdep\texample.org/c\tv1.0.0
\t=>\t./local\t(devel)\t
\tbuild\t-compiler=gc
"""


@pytest.mark.parametrize(
    ("purl", "wanted"),
    [
        ("pkg:pypi/Zope.Interface@1.0.0-rc1", Key("pypi", "zope-interface", "1.0.0rc1")),
        ("pkg:golang/github.com/BurntSushi/toml@v1.4.0", Key("golang", "github.com/burntsushi/toml", "v1.4.0")),
        ("pkg:golang/example.org/a@v2.1.0#v2", Key("golang", "example.org/a/v2", "v2.1.0")),
        ("pkg:golang/example.org/a/v2@v2.1.0", Key("golang", "example.org/a/v2", "v2.1.0")),
        ("pkg:npm/%40Scope/name@1", Key("npm", "@scope/name", "1")),
        ("pkg:cargo/uv@1?download_url=file://.#src/lib.rs", Key("cargo", "uv", "1")),
        ("pkg:maven/org.example/demo@1?type=jar", Key("maven", "org.example/demo", "1")),
        ("no purl", None),
    ],
)
def test_two_spellings_of_one_package_have_one_key(purl: str, wanted: Key | None) -> None:
    assert purl_key(purl) == wanted


def test_the_packages_of_a_document_are_those_inside_its_subject_beside_it_and_of_its_formulation() -> None:
    document = {
        "metadata": {
            "component": {
                "purl": "pkg:conda/demo@1",
                "components": [{"purl": "pkg:cargo/a@1", "components": [{"purl": "pkg:cargo/b@1"}]}, {"name": "file"}],
            }
        },
        "components": [{"purl": "pkg:conda/needed"}, {"purl": "pkg:npm/t@1", "scope": "excluded"}],
        "formulation": [{"components": [{"purl": "pkg:cargo/made@1"}]}],
    }
    found = {(e.key.name, e.required) for e in listed(document)}
    assert found == {("a", True), ("b", True), ("t", False), ("made", False)}
    assert list(listed([])) == []


def rows(*entries: Listed, ecosystem: str = "rust", truth: tuple[Stated, ...] = ()) -> score.Outcome:
    return score.outcome(ecosystem, "tool", {"one": truth}, {"one": (entries, 1.5)})


A, B, C = (Key("cargo", name, "1") for name in "abc")
TRUTH = (Stated("rust", A), Stated("rust", B, "build"), Stated("sboms", C))


def test_recall_is_of_the_ecosystem_and_precision_of_all_that_is_true() -> None:
    row = rows(
        Listed(A), Listed(A), Listed(C), Listed(Key("cargo", "x", "1")), Listed(Key("npm", "y", "1")), truth=TRUTH
    )
    assert (row.truth, row.found, row.listed, row.right, row.duplicates) == (2, 1, 3, 2, 1)
    assert (row.recall, round(row.precision, 1), row.seconds) == (50, 66.7, 1.5)
    assert (row.missed, row.false) == (("one: cargo/b@1",), ("one: cargo/x@1",))


def test_what_only_built_is_wrong_where_it_is_said_to_run() -> None:
    row = rows(Listed(A), Listed(B), ecosystem=score.RUNTIME, truth=TRUTH)
    assert (row.truth, row.found, row.false) == (1, 1, ("one: cargo/b@1",))
    assert rows(Listed(A), Listed(B, required=False), ecosystem=score.RUNTIME, truth=TRUTH).false == ()


def test_a_version_that_cannot_be_told_is_any() -> None:
    truth = (Stated("go", key("golang", "example.org/tool", ANY)),)
    row = rows(Listed(Key("golang", "example.org/tool", "v7")), ecosystem="go", truth=truth)
    assert (row.recall, row.precision) == (100, 100)
    assert rows(Listed(Key("golang", "example.org/other", "v7")), ecosystem="go", truth=truth).recall == 0


def test_sboms_judge_the_types_that_no_other_row_has() -> None:
    truth = (Stated("sboms", Key("rpm", "almalinux/libdrm", "2")), Stated("sboms", A))
    row = rows(Listed(A), Listed(Key("rpm", "almalinux/x", "1")), ecosystem="sboms", truth=truth)
    assert (row.recall, row.listed, row.false) == (50, 1, ("one: rpm/almalinux/x@1",))


def test_a_package_that_a_tool_could_not_read_is_missed_and_said() -> None:
    row = score.outcome("rust", "tool", {"one": TRUTH, "two": ()}, {})
    assert (row.recall, row.failed, len(row.missed)) == (0, 1, 2)
    assert next(line for line in score.table([row]) if "rust" in line).endswith("no document of 1 packages")
    assert score.below(row) == ["rust: recall 0.00 %", "rust: no document of 1 packages"]


def test_the_table_has_a_line_for_each_row_and_the_details_stop_at_ten() -> None:
    truth = tuple(Stated("npm", Key("npm", f"p{n:02}", "1")) for n in range(12))
    row = rows(ecosystem="npm", truth=truth)
    heading, line = score.table([row])
    assert heading.split()[:3] == ["ecosystem", "tool", "truth"]
    assert line.split() == ["npm", "tool", "12", "0", "0.00", "-", "0", "1.5"]
    assert len(list(score.details(row))) == 11
    assert list(score.details(row))[-1] == "  npm, tool: missed 2 more"
    good = rows(*(Listed(s.key) for s in truth), ecosystem="npm", truth=truth)
    assert score.below(good) == []


def test_the_corpus_is_pinned_and_each_ecosystem_is_shown() -> None:
    assert len({a.label for a in corpus.CORPUS}) == len(corpus.CORPUS)
    assert {e for a in corpus.CORPUS for e in a.shows} == set(score.ECOSYSTEMS) - {score.RUNTIME} | {"native"}
    assert {a.name for a in corpus.chosen(frozenset({"dotnet"}))} == {"pythonnet", "dotnetcore2"}


@pytest.mark.parametrize(
    ("purls", "tool", "problem", "good"),
    [
        ((), "cf-sbom", True, True),
        ((), "cf-sbom", False, False),
        ((), "syft", False, True),
        (("pkg:golang/stdlib@1.23",), "syft", False, True),
        (("pkg:golang/example.org/x@v1",), "cf-sbom", True, False),
    ],
)
def test_a_negative_case_is_good_where_nothing_is_invented_and_the_gap_said(
    purls: tuple[str, ...], tool: str, problem: bool, good: bool
) -> None:
    case = negative.Case("go", lambda folder, binaries: frozenset({"stdlib"}))
    document = {"components": [{"purl": p} for p in purls]}
    document |= {"properties": [{"name": "cf_sbom:problem:gap", "value": "no build info"}]} if problem else {}
    verdict = negative.judge(case, frozenset({"stdlib"}), tool, list(listed(document)), document)
    assert verdict.good is good
    assert ("NOT GOOD" in "\n".join(negative.table([verdict]))) is not good


def test_go_is_read_as_go_prints_it() -> None:
    assert list(golang.parse(GO)) == [
        Entry("go", "golang", "stdlib", "1.23.4"),
        Entry("go", "golang", "example.org/tool", "*"),
        Entry("go", "golang", "example.org/a/v2", "v2.1.0"),
        Entry("go", "golang", "example.org/fork", "v1.0.1"),
    ]


def test_crates_are_read_from_the_section() -> None:
    crates = [{"name": "a", "version": "1", "source": "crates.io"}, {"name": "b", "version": "2", "kind": "build"}]
    packed = zlib.compress(json.dumps({"packages": crates}).encode())
    assert list(rust.parse(packed)) == [Entry("rust", "cargo", "a", "1"), Entry("rust", "cargo", "b", "2", "build")]


def test_jars_are_read_in_jars() -> None:
    def pack(members: dict[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as jar:
            for name, data in members.items():
                jar.writestr(name, data)
        return buffer.getvalue()

    place = "META-INF/maven/org.example"
    inner = pack({f"{place}/child/pom.xml": PROJECT.encode()})
    outer = pack({f"{place}/demo/pom.properties": POM.encode(), f"{place}/demo/pom.xml": b"<x/>", "lib/in.jar": inner})
    found = {(e.name, e.version) for e in java.archive(outer)}
    assert found == {("org.example/demo", "1.2"), ("org.example/child", "2")}


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    """An unpacked package with a little of everything."""
    site = "lib/python3.12/site-packages"
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "components": [
            {"type": "library", "name": "in", "purl": "pkg:rpm/almalinux/in@1"},
            {"type": "library", "name": "no purl"},
            {"type": "library", "name": "made", "purl": "pkg:cargo/made@1", "scope": "excluded"},
        ],
    }
    deps = {"libraries": {"Alone/1.0.0": {"type": "project"}, "Newtonsoft.Json/13.0.1": {"type": "package"}}}
    for path, text in {
        "info/recipe/x-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: x\nVersion: 1\n",
        f"{site}/Demo-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: Demo\nVersion: 1.0\n",
        f"{site}/Demo-1.0.dist-info/sboms/any.json": json.dumps(bom),
        f"{site}/old-2.egg-info": "Metadata-Version: 1.0\nName: old\nVersion: 2\n",
        f"{site}/demo/_vendor/vendor.txt": "six==1.16.0  # for old code\n# none\n",
        "lib/node_modules/a/package.json": '{"name": "a", "version": "1"}',
        "lib/node_modules/a/dist/package.json": '{"type": "module"}',
        "lib/node_modules/a/node_modules/@s/b/package.json": '{"name": "@s/b", "version": "2"}',
        "lib/demo/Demo.deps.json": json.dumps(deps),
        "lib/ruby/gems/3.1.0/specifications/my-gem-1.2.gemspec": "",
        "bin/tool": "\x7fELF",
        "bin/script": "#!/bin/sh",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def facts(entries: Iterator[Entry]) -> set[tuple[str, ...]]:
    return {entry[1:] if entry.scope != "runtime" else entry[1:4] for entry in entries}


def test_folders_are_read_without_the_metadata_of_the_package(payload: Path) -> None:
    assert not any("info" in path.relative_to(payload).parts for path in files(payload))
    assert [path.name for path in programs(payload)] == ["tool"]
    assert facts(python.read(payload)) == {("pypi", "Demo", "1.0"), ("pypi", "old", "2"), ("pypi", "six", "1.16.0")}
    assert facts(dotnet.read(payload)) == {("nuget", "Newtonsoft.Json", "13.0.1")}
    assert facts(ruby.read(payload)) == {("gem", "my-gem", "1.2")}
    assert facts(sboms.read(payload)) == {("rpm", "almalinux/in", "1"), ("cargo", "made", "1", "build")}


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
def test_node_modules_are_walked_as_node_does(payload: Path) -> None:
    assert facts(npm.read(payload)) == {("npm", "a", "1"), ("npm", "@s/b", "2")}
