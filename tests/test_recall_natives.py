"""The judging of native findings, and the table by technique, without packages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import ROOT

from benchmarks.recall import alone, natives, techniques
from benchmarks.recall.evidence import Seen, evidence
from benchmarks.recall.natives import Finding, Judgements, Library, Truth, finding, judgements, report, verdict
from benchmarks.recall.score import Key, Stated
from benchmarks.recall.tools import Made
from benchmarks.recall.truth import Entry, libraries

NATIVE = Truth(
    Library("demo", "2.0"),
    frozenset({Library("zlib", "1.3.1"), Library("png", "1.6"), Library("a", "1.0", is_crate=True)}),
)
WRITTEN = {
    "names": {"libpng": "png", "zlib 2.3.3": "zlib-ng"},
    "judged": [
        {"package": "demo-*", "file": "libx.so.*", "library": "x", "version": "1.1", "right": True, "why": "asked"},
        {
            "package": "demo-*",
            "file": "tool",
            "library": "zlib",
            "version": "",
            "right": False,
            "why": "a list of names",
        },
    ],
}


@pytest.fixture
def judged(tmp_path: Path) -> Judgements:
    (tmp_path / "judged.json").write_text(json.dumps(WRITTEN))
    return judgements(tmp_path / "judged.json")


def found(name: str, version: str, file: str = "lib.so", *, crate: bool = False, stated: bool = True) -> Finding:
    return Finding("demo-2.0", file, Library(name, version, crate), "binary", stated)


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (found("demo", "2.0"), "right"),
        (found("demo", "2.1"), "wrong"),
        (found("zlib", "1.3.1"), "right"),
        (found("zlib", "1.2.11"), "wrong"),
        (found("zlib", ""), "right"),
        (found("zlib", "1.3.1", "tool"), "wrong"),
        (found("a", "1.0", crate=True), "right"),
        (found("a", "1.0"), "unjudged"),
        (found("x", "1.1", "libx-0a1b2c3d.so.1"), "right"),
        (found("x", "1.2", "libx-0a1b2c3d.so.1"), "unjudged"),
        (found("x", "1.1", "liby.so.1"), "unjudged"),
        (found("never heard of", ""), "unjudged"),
    ],
)
def test_what_nothing_speaks_of_is_unjudged(entry: Finding, wanted: str, judged: Judgements) -> None:
    assert verdict(entry, NATIVE, judged) == wanted


def test_names_of_distributions_and_sboms_are_those_of_the_table(judged: Judgements) -> None:
    assert judged.library("libpng", "1:1.6.37-5.el8_6") == Library("png", "1.6.37")
    assert judged.library("zlib", "2.3.3") == Library("zlib-ng", "2.3.3")
    assert judged.library("Other", "1.0") == Library("other", "1.0")


def test_only_what_bytes_and_names_tell_of_libraries_and_crates_is_a_finding() -> None:
    seen = Seen("pkg:generic/zlib@1.3.1", "zlib", "1.3.1", "lib/libz.so", "binary", 0.4, "native")
    assert finding("demo", seen, 0.5) == Finding("demo", "libz.so", Library("zlib", "1.3.1"), "binary", False)
    assert finding("demo", seen._replace(purl="", technique="filename", sure=1.0), 0.5) is not None
    assert finding("demo", seen._replace(technique="manifest"), 0.5) is None
    assert finding("demo", seen._replace(purl="pkg:gem/zlib@1"), 0.5) is None


def test_precision_is_of_what_is_judged_and_recall_of_right_versions(judged: Judgements) -> None:
    entries = [
        found("zlib", "1.3.1"),
        found("zlib", "1.3.1"),
        found("png", "1.5"),
        found("unknown", "3"),
        found("a", "1.0", crate=True),
        found("demo", "2.1", stated=False),
    ]
    made = report(entries, {"demo-2.0": NATIVE}, judged)
    row = made.rows["demo-2.0"]
    assert (row.truth, row.named, row.versioned, row.precision) == (2, 2, 1, 50)
    assert dict(row.verdicts) == {"right": 1, "wrong": 1, "unjudged": 1}
    assert made.rows["crates, binary"].precision == 100
    assert (made.rows["all"].truth, made.rows["all"].versioned) == (3, 2)
    assert made.rows["all, too unsure to be stated"].verdicts["wrong"] == 1
    assert made.unjudged == ("demo-2.0: unknown 3 in lib.so (binary)",)
    assert made.missed == ("demo-2.0: png 1.6; found: 1.5",)
    assert len(list(natives.details(made))) == 3
    assert natives.below(made) == ["native: precision 66.67 %", "native: 1 findings that nobody judged"]
    heading, first, *_ = natives.table(made)
    assert first.split() == ["demo-2.0", "2", "2", "1", "50.0", "1", "1", "1", "50.0"]
    assert len(heading) == len(first)


def test_what_was_judged_is_written_in_a_file_with_a_reason_each() -> None:
    tree = json.loads(natives.JUDGED.read_text())
    assert all(entry["why"] and entry["package"] != "*" for entry in tree["judged"])
    assert len({tuple(e.values()) for e in tree["judged"]}) == len(tree["judged"]) == len(judgements().entries)


def test_each_technique_has_its_recall_and_its_precision(judged: Judgements) -> None:
    a, b = Key("cargo", "a", "1.0"), Key("npm", "b", "1")
    seen = [
        Seen("pkg:cargo/a@1.0", "a", "1.0", "lib.so", "binary", 0.8, "native"),
        Seen("pkg:generic/zlib@1.2", "zlib", "1.2", "lib.so", "binary", 0.9, "native"),
        Seen("pkg:cargo/a@1.0", "a", "1.0", "x.cdx.json", "manifest", 1, "sboms"),
        Seen("pkg:npm/c@1", "c", "1", "package.json", "manifest", 1, "npm"),
        Seen("pkg:generic/y@1", "y", "1", "x.cdx.json", "manifest", 1, "sboms"),
        Seen("pkg:conda/demo@2.0", "demo", "2.0", "info/index.json", "manifest", 1, "conda"),
        Seen("", "a.jar", "", "a.jar", "hash", 1, "java"),
    ]
    stated = {"demo-2.0": (Stated("sboms", a), Stated("npm", b))}
    rows = techniques.rows({"demo-2.0": seen}, stated, {"demo-2.0": NATIVE}, judged)
    _, *lines = techniques.table(rows, stated)
    assert [line.split() for line in lines] == [
        ["binary", "2", "1", "1", "0", "0", "50.00", "2", "1", "50.00"],
        ["hash", "1", "0", "0", "0", "1", "-", "2", "0", "0.00"],
        ["manifest", "3", "1", "1", "1", "0", "50.00", "2", "1", "50.00"],
    ]


def test_libraries_are_read_from_the_files_of_wheels_with_purls_or_without(tmp_path: Path) -> None:
    components = [
        {"name": "FreeType", "version": "2.14.3"},
        {"name": "libXau", "version": "1.0.9-3.el8", "purl": "pkg:rpm/almalinux/libXau@1.0.9-3.el8"},
        {"name": "a", "version": "1.0.0", "purl": "pkg:cargo/a@1.0.0"},
        {"name": "made", "version": "1.0.0", "purl": "pkg:cargo/made@1.0.0", "scope": "excluded"},
        {"name": "part", "version": "13.0.0", "purl": "pkg:pypi/demo@13.0.0#part"},
        {"name": "shim", "version": "1.x"},
        {"name": "headers"},
    ]
    folder = tmp_path / "lib" / "demo-1.dist-info" / "sboms"
    folder.mkdir(parents=True)
    (folder / "demo.cdx.json").write_text(json.dumps({"components": components}))
    assert list(libraries.read(tmp_path)) == [
        Entry("native", "generic", "FreeType", "2.14.3"),
        Entry("native", "generic", "libXau", "1.0.9-3.el8"),
        Entry("native", "cargo", "a", "1.0.0"),
    ]


def test_documents_are_hidden_from_who_reads_binaries_alone(
    tmp_path: Path, judged: Judgements, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library of a payload that says zlib 1.2.11, and an SBOM that says otherwise."""
    unpacked = tmp_path / "unpacked"
    sbom = {"components": [{"name": "zlib", "version": "1.3.1"}]}
    for path, data in {
        "info/index.json": json.dumps({"name": "demo", "version": "2.0", "build": "0", "subdir": "linux-64"}).encode(),
        "lib/demo-2.0.dist-info/sboms/demo.cdx.json": json.dumps(sbom).encode(),
        "lib/libz.so": b"\x7fELF" + b"\0" * 64,
    }.items():
        (unpacked / path).parent.mkdir(parents=True, exist_ok=True)
        (unpacked / path).write_bytes(data)
    monkeypatch.setenv("CF_SBOM_REAL_PACKAGES", str(tmp_path / "none"))
    made = {"demo-2.0": Made(tmp_path / "demo.conda", unpacked)}
    known = alone.truths(made, {"demo-2.0": ()}, judged)
    assert known == {"demo-2.0": Truth(Library("demo", "2.0"), frozenset({Library("zlib", "1.3.1")}))}
    assert alone.measured(made, known, judged).missed == ("demo-2.0: zlib 1.3.1; found: nothing",)
    assert sorted(p.name for p in (tmp_path / "alone").rglob("*") if p.is_file()) == ["index.json", "libz.so"]


def test_evidence_of_a_fixture_is_told_with_its_technique() -> None:
    (target,) = sorted(ROOT.glob("fixtures/packages/noarch/sources-demo-*.conda"))
    (told,) = evidence([target]).values()
    assert {entry.technique for entry in told} >= {"manifest", "recipe"}
    assert all(entry.sure == 1 for entry in told if entry.technique == "manifest")
