"""Python distributions: every form, what each file of it says, and what is said of what is wrong."""

from __future__ import annotations

import email
import importlib.metadata
import io
import re
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from conda_package_streaming.package_streaming import stream_conda_component
from hypothesis import given
from hypothesis import strategies as st
from support import REAL, fixture_members, info_members, real_packages
from wheels import archive, metadata, wheel, wheels

from cf_sbom import properties as names
from cf_sbom import testing
from cf_sbom.carried import Found
from cf_sbom.distributions.core_metadata import name_and_version, read_core_metadata
from cf_sbom.distributions.licensing import CLASSIFIERS, declared
from cf_sbom.extractors import python
from cf_sbom.generate import Description, describe
from cf_sbom.hookspecs import Body, Context, Finding, Options
from cf_sbom.identity.licenses import normalize
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Member, Problem, Relation, Sbom, Text
from cf_sbom.plugins import load
from cf_sbom.syntaxes.headers import parse_headers

Describe = Callable[..., Description]
SITE = "lib/python3.12/site-packages"
SHA = "ab" * 32
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def read(path: str, data: bytes, limits: Limits | None = None) -> list[Finding]:
    """What read() gives for one member."""
    context = Context(options=Options(), limits=limits or Limits())
    member = Member(path=path, kind="file", size=len(data))
    return list(python.read(member, Body(memoryview(data)), context))


def of(kind: type, findings: list[Finding]) -> list[Any]:
    return [finding for finding in findings if isinstance(finding, kind)]


def reasons(findings: list[Finding]) -> list[str]:
    return [f"{p.severity}: {p.reason}" for p in of(Problem, findings)]


def carried(sbom: Sbom) -> dict[str, Component]:
    return {c.purl.removeprefix("pkg:pypi/"): c for c in sbom.components if c.purl.startswith("pkg:pypi/")}


def problems(sbom: Sbom) -> list[tuple[str, str, str]]:
    return [(p.path.rpartition("site-packages/")[2], p.severity, p.reason) for p in sbom.problems if p.by == "python"]


def edges(sbom: Sbom, kind: str) -> set[tuple[str, ...]]:
    short = {c.ref: c.purl.removeprefix("pkg:pypi/") for c in sbom.components}
    return {
        (short[r.source], short[r.target], r.scope, *r.specs)
        for r in sbom.relations
        if r.kind == kind and r.source.startswith("pkg:pypi/")
    }


@pytest.fixture
def of_payload(described: Describe) -> Callable[[Mapping[str, bytes]], Sbom]:
    return lambda members: described(info_members(paths=None), members).sbom


def test_which_members_are_wanted() -> None:
    (extractor,) = python.cf_sbom_extractors()
    testing.check_match(
        extractor,
        [
            "site-packages/a-1.dist-info/METADATA",
            "Lib/site-packages/a-1.dist-info/RECORD",
            f"{SITE}/a-1.dist-info/direct_url.json",
            f"{SITE}/a-1.dist-info/LICENSE",
            f"{SITE}/a-1.dist-info/LICENCE.txt",
            f"{SITE}/a-1.dist-info/licenses/vendor/b/COPYING",
            f"{SITE}/a-1.egg-info/PKG-INFO",
            f"{SITE}/a-1.egg-info/requires.txt",
            f"{SITE}/a-1.egg-info/installed-files.txt",
            f"{SITE}/a-1.egg-info",
            f"{SITE}/a-1-py3.8.egg",
            f"{SITE}/a-1-py3.8.egg/EGG-INFO/PKG-INFO",
            f"{SITE}/a-1-py3.8.egg/EGG-INFO/requires.txt",
            "lib/python3.12/ensurepip/_bundled/pip-25-py3-none-any.whl",
            f"{SITE}/pip/_vendor/vendor.txt",
            f"{SITE}/pkg_resources/_vendor/vendored.txt",
            "share/tests/data/a-1.dist-info/METADATA",
        ],
        [
            f"{SITE}/a/METADATA",
            f"{SITE}/a/RECORD",
            f"{SITE}/a-1.dist-info/WHEEL",
            f"{SITE}/a-1.dist-info/top_level.txt",
            f"{SITE}/a-1.egg-info/SOURCES.txt",
            "PKG-INFO",
            "share/vendor.txt",
            f"{SITE}/vendor/requirements.txt",
            f"{SITE}/a.whl.txt",
            "info/recipe/a-1.dist-info/METADATA",
            "info/test/a-1.whl",
            Member(path=f"{SITE}/a-1.egg-info", kind="softlink", size=0),
        ],
    )


def test_it_keeps_the_rules() -> None:
    archives = {f"share/{number}-1.2-py3-none-any.whl": data for number, data in enumerate(wheels())}
    testing.check(python, fixture_members("python") | archives, seeds=())


def test_all_of_an_environment(of_payload: Callable[..., Sbom]) -> None:
    sbom = of_payload(fixture_members("python"))
    found = carried(sbom)
    assert {name: (c.name, c.version, [lic.expression for lic in c.licenses]) for name, c in found.items()} == {
        "apple@2.0.1": ("apple", "2.0.1", ["ISC"]),
        "cherry@1.5": ("cherry", "1.5", []),
        "cherry-stone@0.1": ("cherry-stone", "0.1", []),
        "fig@3.0": ("fig", "3.0", ["LicenseRef-BSD"]),
        "kiwi@1.0": ("Kiwi", "1.0", ["GPL-3.0-only"]),
        "pear@1.2": ("Pear", "1.2", ["MIT"]),
        "plum-jam@0.3": ("Plum-Jam", "0.3", ["LicenseRef-Take-the-plums-415dbc0d"]),
        "quince@4": ("quince", "4", ["Zlib"]),
    }
    assert edges(sbom, "contains") == {
        ("pear@1.2", "cherry@1.5", "runtime"),
        ("pear@1.2", "fig@3.0", "runtime"),
    }
    assert edges(sbom, "depends_on") == {
        ("pear@1.2", "apple@2.0.1", "runtime", 'apple>=2; python_version < "4"'),
        ("pear@1.2", "plum-jam@0.3", "optional", 'plum.jam; extra == "jam"'),
        ("plum-jam@0.3", "apple@2.0.1", "runtime", "apple>=1"),
        ("plum-jam@0.3", "pear@1.2", "optional", "pear"),
        ("plum-jam@0.3", "kiwi@1.0", "runtime", "Kiwi"),
    }
    pear = found["pear@1.2"]
    assert pear.description == "A fruit, and not a stone fruit"
    assert {(link.kind, link.url) for link in pear.links} == {
        ("website", "https://example.org/pear"),
        ("vcs", "https://example.org/pear.git"),
    }
    assert pear.properties == ((names.PACKAGE_SOURCE, f"git https://example.org/pear.git {COMMIT}"),)
    assert pear.supplier is None
    assert pear.digests == ()
    assert {t.path.rpartition("site-packages/")[2]: t.data for t in sbom.texts} == {
        "pear-1.2.dist-info/licenses/LICENSE": b"Permission is granted to eat pears.\n",
        "Plum_Jam-0.3-py3.12.egg-info/PKG-INFO#License": b"Take the plums,\nleave the stones.",
    }
    assert problems(sbom) == [
        (
            "Plum_Jam-0.3-py3.12.egg-info/PKG-INFO",
            "gap",
            "the licence is given as a text, not as an expression; kept as a LicenseRef",
        ),
        (
            "pear-1.2.dist-info/RECORD",
            "conflict",
            f"1 file other than RECORD says, changed since: {SITE}/pear/__init__.py",
        ),
        ("pear-1.2.dist-info/RECORD", "gap", f"2 files of RECORD, not in the package: bin/pear, {SITE}/pear/gone.py"),
        (
            "pear/_vendor/fig-3.0.dist-info/METADATA",
            "gap",
            "licence 'BSD' is no SPDX licence expression; kept as a LicenseRef",
        ),
        (
            "pear/_vendor/vendor.txt",
            "damage",
            "1 lines pin no version and are left out, the first of them line 4",
        ),
    ]


def candidates(sbom: Sbom) -> dict[str, list[str]]:
    """What may be carried, and where the relation of the package to it has it from."""
    short = {c.ref: c.purl.removeprefix("pkg:pypi/") for c in sbom.components}
    return {
        short[r.target]: [f"{e.path.rpartition('site-packages/')[2]} {e.field} {e.confidence}" for e in r.evidence]
        for r in sbom.relations
        if r.kind == "static_candidate" and r.source == sbom.root
    }


def inner(sbom: Sbom) -> set[str]:
    """What is said to be contained, by whomever."""
    short = {c.ref: c.purl.removeprefix("pkg:pypi/") for c in sbom.components}
    return {short[r.target] for r in sbom.relations if r.kind == "contains"}


VENDOR = f"{SITE}/a/_vendor"


def test_what_is_only_listed_is_a_candidate(of_payload: Callable[..., Sbom]) -> None:
    members = {
        f"{DIST}/METADATA": metadata("a", "1"),
        f"{DIST}/RECORD": b"a-1.dist-info/METADATA,,\na/_vendor/vendor.txt,,\n",
        f"{VENDOR}/vendor.txt": b"b==1\nc==1\nd==1\n",
        f"{VENDOR}/b.py": b"",
        "share/d-1.dist-info/METADATA": metadata("d", "1"),
    }
    sbom = of_payload(members)
    assert candidates(sbom) == {"c@1": ["a/_vendor/vendor.txt line 2 0.6"]}
    assert inner(sbom) == {"a@1", "b@1", "d@1"}  # d is there, though not beside the list
    assert edges(sbom, "contains") == {("a@1", "b@1", "runtime")}


@pytest.mark.parametrize(
    ("line", "stated", "known", "said"),
    [
        ("b==1", [("b", "1")], {"b@1"}, []),
        ("B.==1", [("b", "1")], {"b@1"}, ["damage"]),
        ("Web_b==2024.07.04", [("web-b", "2024.7.4")], {"web-b@2024.7.4"}, []),
        ("b==2", [("b", "1")], {"b@1"}, ["line 1: lists b 2, the metadata beside it says 1"]),
        ("b==2", [("b", "1"), ("b", "2")], {"b@1", "b@2"}, []),
        ("b==3", [("b", "1"), ("b", "2")], {"b@1", "b@2"}, ["line 1: lists b 3, the metadata beside it says 1, 2"]),
    ],
)
@pytest.mark.parametrize("in_wheel", [False, True])
def test_metadata_beside_a_list_goes_before_it(
    of_payload: Callable[..., Sbom],
    line: str,
    stated: list[tuple[str, str]],
    known: set[str],
    said: list[str],
    in_wheel: bool,
) -> None:
    files = {"pear/_vendor/vendor.txt": line.encode(), "pear/_vendor/b/__init__.py": b""}
    for name, version in stated:
        folder = f"pear/_vendor/{name.replace('-', '_')}-{version}.dist-info"
        files[f"{folder}/METADATA"] = metadata(name, version, "License: MIT")
    files |= {"pear-1.2.dist-info/METADATA": metadata("pear", "1.2", "License: MIT")}
    wheel_path = f"{SITE}/pear-1.2-py3-none-any.whl"
    sbom = of_payload({wheel_path: archive(files)} if in_wheel else {f"{SITE}/{p}": d for p, d in files.items()})
    assert set(carried(sbom)) == known | {"pear@1.2"}
    assert candidates(sbom) == {}
    told = [(severity, reason) for _, severity, reason in problems(sbom) if "versions of" not in reason]
    assert len(told) == len(said)
    for (severity, reason), part in zip(told, said, strict=True):
        assert part == severity or (severity == "conflict" and reason.endswith(part))


def test_what_a_wheel_only_lists_is_a_candidate(of_payload: Callable[..., Sbom]) -> None:
    path = f"{SITE}/a/pear-1.2-py3-none-any.whl"
    members = {
        f"{DIST}/METADATA": metadata("a", "1"),
        f"{DIST}/RECORD": b"a/pear-1.2-py3-none-any.whl,,\na-1.dist-info/METADATA,,\n",
        path: wheels()[0],
    }
    sbom = of_payload(members)
    assert candidates(sbom) == {"plum@2": ["a/pear-1.2-py3-none-any.whl pear/_vendor/vendor.txt line 2 0.6"]}
    assert "plum@2" not in inner(sbom)
    found = of_payload(members | {"share/plum-2.dist-info/METADATA": metadata("plum", "2")})
    assert candidates(found) == {}
    assert "plum@2" in inner(found)


def test_sboms_in_a_wheel_that_is_a_file_are_said_not_to_be_read() -> None:
    sboms = {f"pear-1.2.dist-info/sboms/{name}": b"{}" for name in ("a.json", "b/c.xml")}
    inside = {"pear/kiwi-1-py3-none-any.whl": wheel("kiwi", "1", **{"kiwi-1.dist-info__sboms__d": b""})}
    said = {"pear-1.2.dist-info/METADATA": metadata("pear", "1.2", "License: MIT"), "pear-1.2.dist-info/sboms/": b""}
    found = read("share/pear-1.2-py3-none-any.whl", archive(said | sboms | inside))
    reason = "an SBOM inside of a wheel that is kept as a file; not read"
    assert reasons(found) == [f"gap: pear-1.2.dist-info/sboms/a.json: {reason} (and 2 more like it)"]
    assert [c.purl for c in of(Component, found)] == ["pkg:pypi/pear@1.2", "pkg:pypi/kiwi@1"]


def test_evidence_says_what_is_proven(of_payload: Callable[..., Sbom]) -> None:
    found = carried(of_payload(fixture_members("python")))
    told = {
        name: [(e.path.rpartition("/")[2], e.field, e.confidence, e.detail) for o in c.occurrences for e in o.evidence]
        for name, c in found.items()
    }
    assert told["cherry@1.5"] == [("vendor.txt", "line 2", 1.0, "")]
    listed = "only listed: no module of this name lies beside the list"
    assert candidates(of_payload(fixture_members("python"))) == {
        "cherry-stone@0.1": ["pear/_vendor/vendor.txt line 3 0.6"]
    }
    assert told["cherry-stone@0.1"] == [("vendor.txt", "line 3", 0.6, listed)]
    assert told["pear@1.2"] == [("METADATA", "", 1.0, ""), ("direct_url.json", "", 1.0, "")]
    assert told["quince@4"] == [("quince-4.egg-info", "", 1.0, "")]


@pytest.mark.parametrize(
    ("path", "lines", "purl", "said"),
    [
        ("a-1.dist-info/METADATA", "Name: a\nVersion: 1\n", "a@1", []),
        ("A_b-1.0.dist-info/METADATA", "Name: a.B\nVersion: 1.0\n", "a-b@1.0", []),
        ("a-1.0_x.dist-info/METADATA", "Name: a\nVersion: 1.0+x\n", "a@1.0%2Bx", []),
        ("a-1.0_2-py2.7.egg-info/PKG-INFO", "Name: a\nVersion: 1.0-2\n", "a@1.0.post2", []),
        ("a.egg-info/PKG-INFO", "Name: a\nVersion: 1\n", "a@1", []),
        ("a-2024.7.4.dist-info/METADATA", "Name: a\nVersion: 2024.07.04\n", "a@2024.7.4", []),
        (
            "b-1.dist-info/METADATA",
            "Name: a\nVersion: 1\n",
            "a@1",
            ["conflict: says a 1, the folder or file is called b-1.dist-info"],
        ),
        (
            "a-1.dist-info/METADATA",
            "Name: a\n",
            "a@1",
            ["gap: no version stated; taken from the name of the folder or file"],
        ),
        (
            "a-1-py3.8.egg-info",
            "",
            "a@1",
            ["gap: no name and version stated; taken from the name of the folder or file"],
        ),
        (
            "a-1.dist-info/METADATA",
            "Name: a b\nVersion: 1\n",
            "a@1",
            [
                "damage: Name: not the name of a distribution",
                "gap: no name stated; taken from the name of the folder or file",
            ],
        ),
        ("a.egg-info", "Name: a\n", "a", ["gap: no version stated"]),
        ("@.egg-info", "", None, ["gap: no name and version stated"]),
        (
            "a-1.dist-info/METADATA",
            "Name: a\nVersion: 1\nName: b\n",
            "a@1",
            ["damage: Name stands more than once; the first is taken"],
        ),
    ],
)
def test_identity(path: str, lines: str, purl: str | None, said: list[str]) -> None:
    found = read(f"{SITE}/{path}", lines.encode())
    assert reasons(found) == said
    assert [c.purl for c in of(Component, found)] == ([] if purl is None else [f"pkg:pypi/{purl}"])
    for component in of(Component, found):
        ((evidence,),) = [occurrence.evidence for occurrence in component.occurrences]
        by_name = any("taken from" in reason for reason in said)
        assert (evidence.technique, evidence.confidence) == (("filename", 0.6) if by_name else ("manifest", 1.0))


@pytest.mark.parametrize(
    ("named", "parts"),
    [
        ("a-1.dist-info", ("a", "1")),
        ("a-b-1.dist-info", ("a-b", "1")),
        ("a.dist-info", ("a", "")),
        ("a-1-py3.8-linux-x86_64.egg-info", ("a", "1")),
        ("a-1-2-cp310-abi3-manylinux_2_17_x86_64.whl", ("a", "1")),
        ("a.egg", ("a", "")),
        ("-1.egg-info", ("", "")),
        ("a-1.txt", ("", "")),
        (".dist-info", ("", "")),
    ],
)
def test_names_of_folders_and_archives(named: str, parts: tuple[str, str]) -> None:
    assert name_and_version(named) == parts


MIT, APACHE = "License :: OSI Approved :: MIT License", "License :: OSI Approved :: Apache Software License"


@pytest.mark.parametrize(
    ("fields", "expression", "texts", "said"),
    [
        (["License-Expression: MIT OR Apache-2.0", "License: GPL"], "MIT OR Apache-2.0", 0, []),
        (["License: BSD 3-Clause"], "BSD-3-Clause", 0, []),
        (["License: MIT", f"Classifier: {MIT}"], "MIT", 0, []),
        (["License: The best", f"Classifier: {MIT}"], "MIT", 0, []),
        (["License: UNKNOWN", f"Classifier: {MIT}"], "MIT", 0, []),
        ([f"Classifier: {MIT}", f"Classifier: {MIT}"], "MIT", 0, []),
        (["Classifier: License :: OSI Approved"], "", 0, []),
        (["Classifier: License :: CC0 1.0 Universal (CC0 1.0) Public Domain Dedication"], "CC0-1.0", 0, []),
        (["License: MIT OR GPL-2.0-only", f"Classifier: {MIT}"], "MIT OR GPL-2.0-only", 0, []),
        (
            ["License: GPL-2.0-only", f"Classifier: {MIT}"],
            "GPL-2.0-only",
            0,
            ["conflict: License says 'GPL-2.0-only', the classifier MIT; the field is taken"],
        ),
        (
            [f"Classifier: {APACHE}"],
            "LicenseRef-Apache-Software-License",
            0,
            ["gap: licence 'Apache Software License' is no SPDX licence expression; kept as a LicenseRef"],
        ),
        (
            [f"Classifier: {MIT}", f"Classifier: {APACHE}"],
            "LicenseRef-MIT-License-Apache-Software-License-1fa08ed4",
            0,
            ["gap: licence 'MIT License, Apache Software License' is no SPDX licence expression; kept as a LicenseRef"],
        ),
        (["License: Take it\n        and go", f"Classifier: {MIT}"], "MIT", 1, []),
        (
            [f"License: {'x ' * 200}"],
            None,
            1,
            ["gap: the licence is given as a text, not as an expression; kept as a LicenseRef"],
        ),
        ([], "", 0, []),
    ],
)
def test_licences(fields: list[str], expression: str | None, texts: int, said: list[str]) -> None:
    found = Found("python", "x")
    record = read_core_metadata(metadata("pear", "1.2", *fields), Limits(), found, "pear-1.2.dist-info")
    licenses, text = declared(found, record, Limits(), "x#License")
    if expression is not None:
        assert [lic.expression for lic in licenses] == ([expression] if expression else [])
    assert [lic.expression for lic in licenses] == [normalize(lic.expression).expression for lic in licenses]
    assert [path for lic in licenses for path in lic.texts] == ["x#License"] * texts
    assert (text is not None) is bool(texts)
    assert [f"{p.severity}: {p.reason}" for p in found.problems] == said


def test_every_classifier_in_the_table_means_one_id() -> None:
    from trove_classifiers import classifiers, deprecated_classifiers

    known = {*classifiers, *deprecated_classifiers}
    for name, expression in CLASSIFIERS.items():
        assert known & {f"License :: {name}", f"License :: OSI Approved :: {name}"}
        assert normalize(expression).expression == expression


DIST = f"{SITE}/a-1.dist-info"


@pytest.mark.parametrize(
    ("url", "source", "links"),
    [
        ({"url": "file:///home/me/a", "dir_info": {}}, "folder", []),
        ({"url": "file:///home/me/a", "dir_info": {"editable": True}}, "folder, editable", []),
        ({"url": "file:///home/me/a-1.whl", "archive_info": {"hash": f"sha256={SHA}"}}, "archive", []),
        (
            {"url": "https://example.org/a-1.whl", "archive_info": {"hashes": {"sha256": SHA}}},
            "archive https://example.org/a-1.whl",
            [("distribution", "https://example.org/a-1.whl", [SHA])],
        ),
        (
            {"url": "https://example.org/a-1.tar.gz", "archive_info": {"hash": f"sha256={SHA}"}},
            "archive https://example.org/a-1.tar.gz",
            [("source", "https://example.org/a-1.tar.gz", [SHA])],
        ),
        (
            {"url": "https://me:word@example.org/a", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
            f"git https://example.org/a {COMMIT}",
            [("vcs", "https://example.org/a", [])],
        ),
        ({"url": "file:///home/me/a", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, f"git {COMMIT}", []),
        ({"url": "https://example.org/a"}, None, []),
        ([], None, []),
        ({"url": 1, "vcs_info": [], "dir_info": "x"}, None, []),
    ],
)
def test_where_it_was_installed_from(
    of_payload: Callable[..., Sbom], url: Any, source: str | None, links: list[Any]
) -> None:
    import json

    members = {f"{DIST}/METADATA": metadata("a", "1"), f"{DIST}/direct_url.json": json.dumps(url).encode()}
    sbom = of_payload(members)
    found = carried(sbom)["a@1"]
    if source is not None:
        assert found.properties == ((names.PACKAGE_SOURCE, source),)
    assert [(link.kind, link.url, [d.value for d in link.digests]) for link in found.links] == links
    assert "/home" not in repr(sbom)
    assert "word" not in repr(sbom)


@pytest.mark.parametrize(
    ("site", "row", "said"),
    [
        ("site-packages", "../../../bin/a,,", None),
        (SITE, "../../../bin/a,,", "1 file of RECORD, not in the package: bin/a"),
        ("Lib/site-packages", "../../Scripts/a.exe,,", "1 file of RECORD, not in the package: Scripts/a.exe"),
        ("Lib/site-packages", "..\\..\\Scripts\\a.exe,,", "1 file of RECORD, not in the package: Scripts/a.exe"),
        (SITE, "/etc/a,,", None),
        (SITE, '"a,b.py",,', f"1 file of RECORD, not in the package: {SITE}/a,b.py"),
        (SITE, "__pycache__/a.pyc,,", None),
        (SITE, "a-1.dist-info/INSTALLER,sha256=x,1", None),
        (SITE, "a-1.dist-info/REQUESTED,,", None),
        (SITE, "a\x00b,,", None),
        (SITE, '"', None),
        (SITE, "", None),
    ],
)
def test_a_row_of_record(of_payload: Callable[..., Sbom], site: str, row: str, said: str | None) -> None:
    folder = f"{site}/a-1.dist-info"
    sbom = of_payload(
        {
            f"{folder}/METADATA": metadata("a", "1", "License: MIT"),
            f"{folder}/RECORD": row.encode(),
            f"{folder}/INSTALLER": b"conda",
        }
    )
    told = [p.reason for p in sbom.problems if p.by == "python" and p.path.endswith("RECORD")]
    if "\x00" not in row:  # csv of Python 3.10 takes no NUL
        assert told == ([said] if said else [])


def test_record_counts_and_names_a_few(of_payload: Callable[..., Sbom]) -> None:
    right = urlsafe_b64encode(sha256(b"x").digest()).rstrip(b"=").decode()
    rows = [f"m{n}.py,sha256={right},1" for n in range(5)] + [f"gone{n}.py,," for n in range(4)]
    members = {f"{SITE}/m{n}.py": b"x" if n == 4 else b"y" for n in range(5)}
    members |= {f"{DIST}/METADATA": metadata("a", "1", "License: MIT"), f"{DIST}/RECORD": "\n".join(rows).encode()}
    assert [(s, r.replace(f"{SITE}/", "")) for _, s, r in problems(of_payload(members))] == [
        ("gap", "4 files of RECORD, not in the package: gone0.py, gone1.py, gone2.py and others"),
        ("conflict", "4 files other than RECORD says, changed since: m0.py, m1.py, m2.py and others"),
    ]


def test_metadata_is_missing(of_payload: Callable[..., Sbom]) -> None:
    sbom = of_payload({f"{SITE}/a_b-1.dist-info/RECORD": b"a_b-1.dist-info/METADATA,,\n"})
    (evidence,) = [e for o in carried(sbom)["a-b@1"].occurrences for e in o.evidence]
    assert (evidence.technique, evidence.confidence) == ("filename", 0.6)
    assert problems(sbom)[-1][1:] == (
        "gap",
        "the METADATA or PKG-INFO beside it is missing; taken from the name of the folder",
    )


def test_the_same_distribution_by_both_kinds_of_metadata_is_one(of_payload: Callable[..., Sbom]) -> None:
    said = metadata("a", "1", "License: MIT")
    members = {f"{DIST}/METADATA": said, f"{SITE}/a-1-py3.12.egg-info/PKG-INFO": said, f"{SITE}/a-1.egg-info": said}
    sbom = of_payload(members)
    assert [len(c.occurrences) for c in carried(sbom).values()] == [3]
    assert problems(sbom) == []


def test_the_same_licence_with_and_without_its_text_is_one(of_payload: Callable[..., Sbom]) -> None:
    said = metadata("a", "1", "License: MIT")
    members = {f"{DIST}/METADATA": said, f"{DIST}/LICENSE": b"text", "share/a-1.dist-info/METADATA": said}
    (found,) = carried(of_payload(members)).values()
    assert [(lic.expression, lic.texts) for lic in found.licenses] == [("MIT", (f"{DIST}/LICENSE",))]


def test_two_versions_in_one_folder(of_payload: Callable[..., Sbom]) -> None:
    members = {f"{SITE}/a-{v}.dist-info/METADATA": metadata("a", v, "License: MIT") for v in ("1", "2")}
    assert problems(of_payload(members)) == [(SITE, "conflict", "2 versions of a are installed in one folder")]


def test_only_what_is_present_in_the_same_folder_is_required(of_payload: Callable[..., Sbom]) -> None:
    members = {
        f"{DIST}/METADATA": metadata("a", "1", "Requires-Dist: b", "Requires-Dist: A[x]", "Requires-Dist: ;"),
        "share/other/b-1.dist-info/METADATA": metadata("b", "1"),
    }
    sbom = of_payload(members)
    assert edges(sbom, "depends_on") == set()
    assert ("a-1.dist-info/METADATA", "damage", "Requires-Dist[2]: names no distribution; left out") in problems(sbom)


@pytest.mark.parametrize(
    ("spec", "scope"),
    [
        ("b", "runtime"),
        ("b (>=1.0.*)", "runtime"),
        ("b[x,y]>=1,<2", "runtime"),
        ("B.; extra == 'x'", None),
        ("b; extra == 'x'", "optional"),
        ("b;'x'==extra", "optional"),
        ("b; python_version < '3' and (extra == 'x')", "optional"),
        ("b; platform_version == 'extra'", "runtime"),
        ("b @ https://example.org/b.zip ; extra == 'x'", "optional"),
        ("b; " + "(" * 5000, "runtime"),
    ],
)
def test_requirements_as_they_are_written(of_payload: Callable[..., Sbom], spec: str, scope: str | None) -> None:
    members = {
        f"{DIST}/METADATA": metadata("a", "1", f"Requires-Dist: {spec}"),
        f"{SITE}/b-1.dist-info/METADATA": metadata("b", "1"),
    }
    assert edges(of_payload(members), "depends_on") == ({("a@1", "b@1", scope, spec)} if scope else set())


def test_a_wheel_and_what_is_in_it() -> None:
    data = wheels()[0]
    found = read("share/pear-1.2-py3-none-any.whl", data)
    seen = {c.purl: [(e.field, e.confidence) for o in c.occurrences for e in o.evidence] for c in of(Component, found)}
    assert seen == {
        "pkg:pypi/pear@1.2": [("pear-1.2.dist-info/METADATA", 1.0)],
        "pkg:pypi/fig@3.0": [("pear/_vendor/fig-3.0.dist-info/METADATA", 1.0)],
        "pkg:pypi/cherry@1.5": [("pear/_vendor/vendor.txt line 1", 1.0)],
        "pkg:pypi/kiwi@1": [("pear/embedded/kiwi-1-py3-none-any.whl!/kiwi-1.dist-info/METADATA", 1.0)],
    }
    pear = of(Component, found)[0]
    ((digest,),) = [occurrence.digests for occurrence in pear.occurrences]
    assert digest.value == sha256(data).hexdigest()
    assert {(r.source, r.kind, r.target) for r in of(Relation, found)} == {
        ("pkg:pypi/pear@1.2", "contains", ref) for ref in set(seen) - {"pkg:pypi/pear@1.2"}
    }


def test_the_texts_of_a_wheel_are_kept(of_payload: Callable[..., Sbom]) -> None:
    sbom = of_payload({"share/pear-1.2-py3-none-any.whl": wheels()[0]})
    path = "share/pear-1.2-py3-none-any.whl!/pear/_vendor/fig-3.0.dist-info/METADATA#License"
    assert [(t.path, t.data) for t in sbom.texts] == [(path, b"a\nb")]


def test_a_wheel_is_contained_by_the_distribution_that_lists_it(of_payload: Callable[..., Sbom]) -> None:
    members = {
        f"{DIST}/METADATA": metadata("a", "1", "License: MIT"),
        f"{DIST}/RECORD": b"a/pear-1.2-py3-none-any.whl,,\na-1.dist-info/METADATA,,\n",
        f"{SITE}/a/pear-1.2-py3-none-any.whl": wheel(),
    }
    assert edges(of_payload(members), "contains") == {("a@1", "pear@1.2", "runtime")}


def test_what_two_distributions_list_is_contained_by_neither(of_payload: Callable[..., Sbom]) -> None:
    members = {f"{SITE}/pear-1.2-py3-none-any.whl": wheel()}
    for name in ("a", "b"):
        members[f"{SITE}/{name}-1.dist-info/METADATA"] = metadata(name, "1")
        members[f"{SITE}/{name}-1.dist-info/RECORD"] = b"pear-1.2-py3-none-any.whl,,\n"
    assert edges(of_payload(members), "contains") == set()


def test_lists_are_bounded(of_payload: Callable[..., Sbom], described: Describe) -> None:
    limits = replace(Limits(), dependencies=2)
    members = {f"{DIST}/METADATA": metadata("a", "1"), f"{DIST}/RECORD": b"x,,\ny,,\nz,,\n"}
    members |= {f"{SITE}/_vendor/vendor.txt": b"b==1\nc==1\nd==1\n", f"{SITE}/e-1.egg-info/requires.txt": b"a\nb\nc\n"}
    members |= {f"{SITE}/e-1.egg-info/PKG-INFO": b"Name: e\nVersion: 1\n"}
    sbom = described(info_members(paths=None), members, limits=limits).sbom
    cut = "more than 2 lines; the rest is not read (limit dependencies)"
    assert {path for path, _, reason in problems(sbom) if reason == cut} == {
        "a-1.dist-info/RECORD",
        "_vendor/vendor.txt",
        "e-1.egg-info/requires.txt",
    }
    assert set(carried(sbom)) == {"a@1", "b@1", "c@1", "e@1"}


def test_an_egg_in_one_file() -> None:
    found = read(f"{SITE}/fig-3.0-py3.8.egg", wheels()[2])
    assert [(c.purl, c.occurrences[0].evidence[0].field) for c in of(Component, found)] == [
        ("pkg:pypi/fig@3.0", "EGG-INFO/PKG-INFO")
    ]


NO_METADATA = "gap: no metadata of its own can be read"


@pytest.mark.parametrize(
    ("data", "limits", "said"),
    [
        (b"", {}, ["damage: not a zip archive, or cut short: it has no directory"]),
        (archive({"a.py": b""}), {}, [NO_METADATA]),
        (
            wheel(),
            {"entries": 0},
            ["gap: more than 0 entries; the rest is not read (limit entries)", NO_METADATA],
        ),
        (
            wheel(),
            {"embedded_size": 20},
            [
                "gap: pear-1.2.dist-info/METADATA: larger than 20 bytes (limit embedded_size)",
                NO_METADATA,
            ],
        ),
        (
            wheel(),
            {"nested_size": 20},
            [
                "gap: pear-1.2.dist-info/METADATA: more than 20 bytes in all (limit nested_size)",
                NO_METADATA,
            ],
        ),
        (
            archive({"pear-1.2.dist-info/METADATA": metadata()}, zipfile.ZIP_LZMA),
            {},
            [
                "gap: pear-1.2.dist-info/METADATA: compressed by method 14, which is not read",
                NO_METADATA,
            ],
        ),
        (
            archive(
                {"pear-1.2.dist-info/METADATA": metadata(), "../b-1.dist-info/METADATA": b"", "/x": b"", "/y": b""}
            ),
            {},
            [
                "damage: an entry with a name that climbs out of the package; left out",
                "damage: an entry with an absolute name; left out (and 1 more like it)",
            ],
        ),
        (wheel().replace(b"Name: pear", b"Name: bear"), {}, None),
    ],
)
def test_a_broken_wheel(data: bytes, limits: dict[str, int], said: list[str] | None) -> None:
    found = read("share/pear-1.2-py3-none-any.whl", data, replace(Limits(), **limits))
    if said is not None:
        assert reasons(found) == said
    unread = said is not None and said[0].endswith("it has no directory")
    assert [c.purl for c in of(Component, found)] == ([] if unread else ["pkg:pypi/pear@1.2"])


def test_wheels_in_wheels_end() -> None:
    data = wheel("w0", "1")
    for number in range(1, 12):
        data = wheel(f"w{number}", "1", **{f"w{number - 1}-1-py3-none-any.whl": data})
    found = read("share/w11-1-py3-none-any.whl", data)
    assert len(of(Component, found)) == Limits().nested_depth + 1
    assert [reason.rpartition(": ")[2] for reason in reasons(found)] == [
        "archives nested deeper than 8 are not read (limit nested_depth)"
    ]


def test_bytes_that_many_entries_share_are_unpacked_once() -> None:
    data = wheel("a", "1", **{f"x{n}__b-1.dist-info__METADATA": metadata("b", "1") for n in range(5)})
    entry = data.index(b"x0/b-1.dist-info")
    shared = bytearray(data)
    for found in re.finditer(rb"PK\x01\x02", data):
        if data[found.start() + 46 : found.start() + 47] == b"x":
            shared[found.start() + 42 : found.start() + 46] = (entry - 30).to_bytes(4, "little")
    seen = read("share/a-1-py3-none-any.whl", bytes(shared))
    assert [c.purl for c in of(Component, seen)] == ["pkg:pypi/a@1", "pkg:pypi/b@1"]
    assert reasons(seen) == ["damage: entries that overlap; only the first is read (and 3 more like it)"]


def test_one_entry_said_to_be_many_is_read_within_the_budget() -> None:
    """A directory of many entries that all name the same bytes."""
    bomb = {f"x/{n}-1.dist-info/METADATA": b"Name: a\n" + bytes(1 << 20) for n in range(40)}
    found = read("share/a-1-py3-none-any.whl", archive(bomb), replace(Limits(), nested_size=8 << 20))
    assert len(of(Component, found)) <= 9
    assert any("limit nested_size" in reason for reason in reasons(found))


# Headers

HEADERS: list[tuple[bytes, list[tuple[str, str]], list[str]]] = [
    (b"A: 1\nb-C:2\n\nD: 3\n", [("a", "1"), ("b-c", "2")], []),
    (b"A: 1\r\nB: 2\r\n\r\nC: 3", [("a", "1"), ("b", "2")], []),
    (b"A: 1\rB: 2\r\rC: 3", [("a", "1"), ("b", "2")], []),
    (b"\nA: 1\n", [], []),
    (b"\xef\xbb\xbfA: 1\n", [("a", "1")], []),
    (b"A: one\n        two\n       |three\n four\n\tfive\n", [("a", "one\ntwo\nthree\nfour\nfive")], []),
    (b" x\nA: 1\n", [("a", "1")], ["line 1: a continuation of nothing; left out"]),
    (b"A: 1\nnothing\nB: 2\n", [("a", "1")], ["line 2: no header; what follows is not read"]),
    (b"A: \xe9\n", [("a", "\ufffd")], ["not UTF-8 at byte 3; replaced"]),
    (b"", [], []),
    (b":x\nA: 1\n", [("a", "1")], ["line 1: a header without a name; left out"]),
]


@pytest.mark.parametrize(("data", "fields", "said"), HEADERS)
def test_headers(data: bytes, fields: list[tuple[str, str]], said: list[str]) -> None:
    remarks: list[str] = []
    assert parse_headers(data, Limits(), remarks.append) == fields
    assert remarks == said


def test_headers_are_bounded() -> None:
    remarks: list[str] = []
    limits = replace(Limits(), embedded_size=10, dependencies=2)
    assert parse_headers(b"A: 1\nB: 2222222\n", limits, remarks.append) == [("a", "1"), ("b", "22")]
    assert parse_headers(b"A:1\nB:2\nC:\n\n", limits, remarks.append) == [("a", "1"), ("b", "2")]
    assert remarks == [
        "16 bytes; only 10 are read (limit embedded_size)",
        "more than 2 lines of headers; the rest is not read (limit dependencies)",
    ]


_LINES = st.lists(st.sampled_from(["A: 1", "B:", "name: x y", " more", "", "no header", "C : 2", ":", "\tz"]))


@given(_LINES)
def test_headers_are_those_that_the_standard_library_sees(lines: list[str]) -> None:
    text = "\n".join(lines)
    theirs = [(name.lower(), value.split()) for name, value in email.message_from_string(text).items()]
    ours = [(name, value.split()) for name, value in parse_headers(text.encode(), Limits(), lambda said: None)]
    assert ours == theirs


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    for path in ("a-1.dist-info/METADATA", "a-1.egg-info", "a-1.whl", "a-1.dist-info/direct_url.json"):
        read(f"{SITE}/{path}", data)


# Real packages, where there are any

real = pytest.mark.skipif(not REAL.is_dir(), reason="no folder of real packages (CF_SBOM_REAL_PACKAGES)")


def _real_distributions() -> list[Path]:
    """Packages that hold Python distributions."""
    wanted = ("pip-", "flask-", "boltons-", "ablog-", "mock-", "bcj-cffi-", "conda-index-pkg-a-")
    return [path for path in real_packages() if path.name.startswith(wanted)]


@real
@pytest.mark.parametrize("path", _real_distributions(), ids=lambda p: p.name)
def test_real_packages_as_importlib_metadata_reads_them(path: Path, tmp_path: Path) -> None:
    for archive_, member in stream_conda_component(str(path), None, "pkg"):
        if member.isfile() and (file := archive_.extractfile(member)) and "/" in member.name:
            target = tmp_path / member.name
            if ".dist-info/" in member.name or ".egg-info" in member.name:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read())
    sites = {p.parent.parent for p in tmp_path.rglob("*") if p.name in ("METADATA", "PKG-INFO")}
    theirs = list(importlib.metadata.distributions(path=[str(site) for site in sorted(sites)]))
    sbom = describe(path, Options(), load()).sbom
    ours = {(c.name, c.version) for c in carried(sbom).values() if _is_manifest(c)}
    assert theirs
    assert {(d.metadata["Name"], d.version) for d in theirs} <= ours
    for one in theirs:
        found = Found("python", "x")
        data = (one.read_text("METADATA") or one.read_text("PKG-INFO") or "").encode()
        record = read_core_metadata(data, Limits(), found, "")
        assert (record.name, record.version) == (one.metadata["Name"], one.version)
        assert [spec for _, spec in record.requires] == one.metadata.get_all("Requires-Dist", [])
        assert record.summary == one.metadata.get("Summary", "").replace("UNKNOWN", "")
        assert record.license.split() == one.metadata.get("License", "").replace("UNKNOWN", "").split()
        assert record.license_expression == one.metadata.get("License-Expression", "")


def _is_manifest(component: Component) -> bool:
    return any(e.path.endswith(("METADATA", "PKG-INFO")) for o in component.occurrences for e in o.evidence)


@real
def test_what_pip_brings_with_it() -> None:
    path = next(p for p in real_packages() if p.name == "pip-25.3-pyh8b19718_0.conda")
    sbom = describe(path, Options(), load()).sbom
    data = next(
        file.read()
        for archive_, member in stream_conda_component(str(path), None, "pkg")
        if member.name.endswith("/_vendor/vendor.txt") and (file := archive_.extractfile(member))
    )
    pins = {line.strip().replace("==", "@").lower().replace("_", "-") for line in io.StringIO(data.decode())}
    contained = {name for source, name, *_ in edges(sbom, "contains") if source == "pip@25.3"}
    assert len(contained) == 18
    assert set(candidates(sbom)) == {"setuptools@70.3.0"}  # of which pip has the module pkg_resources alone
    assert contained | set(candidates(sbom)) == {pin for pin in pins if "@" in pin}


def test_texts_of_licences_are_bounded(described: Describe) -> None:
    members = {f"{DIST}/METADATA": metadata("a", "1", "License: MIT")}
    members |= {f"{DIST}/licenses/{n}": b"x" * 20 for n in range(4)}
    limits = replace(Limits(), texts=2, text_size=10)
    sbom = described(info_members(paths=None), members, limits=limits).sbom
    kept = [t for t in sbom.texts if isinstance(t, Text)]
    assert [(t.data, t.truncated) for t in kept] == [(b"x" * 10, True)] * 2
    assert {r for _, _, r in problems(sbom)} == {
        "20 bytes; only 10 are read (limit text_size)",
        "4 licence texts; only 2 are kept (limit texts)",
    }
