"""Packages made to harm: what must not get into a document, what must not be claimed, what must end soon.

Cases that once went wrong; each is the smallest that did.
"""

from __future__ import annotations

import bz2
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import INDEX, conda, info_members, tar, zip_conda, zstd

from cf_sbom import properties as names
from cf_sbom.errors import LimitError, TargetError
from cf_sbom.generate import Description, describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.identity import matchspec
from cf_sbom.model import Sbom
from cf_sbom.plugins import Registry

Describe = Callable[..., Description]
PRIVATE = ("SECRET", "alice", "/home", "/root", "file:")


def meta(**sections: Any) -> dict[str, bytes]:
    tree = {"package": {"name": "demo", "version": "1.0"}} | sections
    return info_members() | {"info/recipe/meta.yaml": json.dumps(tree).encode()}


def rendered(**sections: Any) -> dict[str, bytes]:
    return info_members() | {"info/recipe/rendered_recipe.yaml": json.dumps(sections).encode()}


def index(**changes: Any) -> dict[str, bytes]:
    return info_members(INDEX | changes)


def about(**fields: Any) -> dict[str, bytes]:
    return info_members(about=fields)


RECORD = {"name": "gcc", "version": "1", "build": "0"}
LEAKS = {
    "credentials in a spec": index(depends=["https://alice:SECRET@example.org/c::foo ==1"]),
    "token in a spec": index(constrains=["https://example.org/t/SECRET/c/linux-64::bar"]),
    "file in a spec": index(depends=["file:///home/alice/c::baz"]),
    "spec that is none": index(depends=["/home/alice/x.conda", "!/root/x"]),
    "run exports": info_members(run_exports=["https://alice:SECRET@example.org/c::foo"]),
    "variant": info_members(
        hash_input={"channel_sources": "https://alice:SECRET@h/c,https://h/t/SECRET/d", "a": "(/home/x)"}
    ),
    "variant name": info_members(hash_input={"/home/alice": "x"}),
    "variant of include paths": info_members(hash_input={"CFLAGS": "-I/home/a -isystem/home/b -L/root"}),
    "variant of windows": info_members(hash_input={"a": "C:\\Users\\alice\\x", "b": "\\\\host\\alice\\x"}),
    "variant as file": info_members(
        hash_input={"a": "FILE:///home/x", "b": "git+file:///home/x", "c": "%2Fhome%2Falice%2F"}
    ),
    "name": index(name="/home/alice/x"),
    "version and build": index(version="/home/alice/1", build="https://alice:SECRET@h/x"),
    "build tool": info_members(used_build_tool={"name": "/home/alice/tool", "version": "1"}),
    "flow run": about(extra={"flow_run_id": "https://ci/?token=SECRET /home/alice"}),
    "parent": about(extra={"parent_recipe": {"name": "/home/alice/x", "version": "1"}}),
    "channels": about(channels=["conda.anaconda.org/t/SECRET/c", "/home/alice/c", "file:///home/alice"]),
    "purls": index(
        purls=["pkg:generic/y?vcs_url=git+https://alice:SECRET@h/x", "pkg:generic/z?download_url=file:///home/x"]
    ),
    "subdir": index(subdir="/home/alice"),
    "licence": index(license="see /home/alice/LICENSE"),
    "entry points": info_members(link={"noarch": {"entry_points": ["x = /home/alice/x:main"]}}),
    "paths.json": info_members(paths={"paths": [{"_path": "/home/alice/x"}]}),
    "recipe tag": info_members() | {"info/recipe/meta.yaml": b"a: !/home/alice/x [1]"},
    "recipe channel": meta(requirements={"build": ["/home/alice/chan::gcc 1 0"]}),
    "recipe patch": meta(
        source={"url": "https://e.org/a.zip", "patches": ["../../home/alice/x.patch", "/home/alice/y.patch"]}
    ),
    "recipe folder": meta(source={"url": "https://e.org/a.zip", "folder": "/home/alice"}),
    "recipe branch": meta(source={"git_url": "https://e.org/a.git", "git_rev": "/home/alice/x"}),
    "build record": rendered(
        finalized_dependencies={
            "host": {"resolved": [RECORD | {"channel": "/home/alice/c", "subdir": "/home/alice", "fn": "/root/x"}]}
        }
    ),
    "build name and licence": rendered(
        finalized_dependencies={
            "host": {"resolved": [RECORD | {"name": "/home/alice/x", "license": "file:///home/alice/L"}]}
        }
    ),
    "build requirement": rendered(
        finalized_dependencies={"host": {"resolved": [RECORD | {"depends": ["https://alice:SECRET@h/c::gcc"]}]}}
    ),
    "build platform": rendered(build_configuration={"build_platform": "/home/alice"}),
    "system tools": rendered(system_tools={"/home/alice/git": "/home/alice/2.0"}),
}


@pytest.mark.parametrize("case", LEAKS, ids=str)
def test_nothing_private_gets_into_a_document(described: Describe, registry: Registry, case: str) -> None:
    description = described(LEAKS[case])
    for document in render(description, Options(build_packages="all"), registry):
        text = document.data.decode()
        assert [word for word in PRIVATE if word in text] == []


def test_nothing_private_is_told_of_a_link_target(described: Describe, registry: Registry) -> None:
    link = tarfile.TarInfo("lib/x")
    link.type, link.linkname = tarfile.SYMTYPE, "/home/alice/SECRET"
    description = described(info_members(), {"lib/x": link}, list_files=True)
    for document in render(description, Options(list_files=True), registry):
        assert "alice" not in document.data.decode()


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("x86_64-apple-darwin13.4.0", False),
        ("conda-forge main", False),
        (">=1.0,<2.0a0", False),
        ("https://example.org/a/b", False),
        ("MIT/Apache-2.0", False),
        ("python/3.10", False),
        ("-O2 -march=nocona", False),
        ("/root", True),
        ("a|/home/b", True),
    ],
)
def test_what_is_no_local_path_is_kept(described: Describe, text: str, holds: bool) -> None:
    root = described(info_members(hash_input={"key": text})).sbom.root_component
    assert ([v for n, v in root.properties if n == f"{names.VARIANT}key"] == [text]) is not holds


def purls(sbom: Sbom) -> set[str]:
    return {c.purl for c in sbom.components if c.ref != sbom.root}


@pytest.mark.parametrize(
    ("depends", "found"),
    [
        (["a ==1.0 b_0", "a ==1.0 b_1"], {"pkg:conda/a"}),
        (["a ==1.0; if python <3.9", "a >=2; if python >=3.9"], {"pkg:conda/a"}),
        (["https://x.org/linux-64/foo-1.0-0.conda"], {""}),
        (["conda-forge/foo"], {""}),
        (["C:\\x\\y.conda"], {""}),
        (["a, b >=2"], {""}),
        (["foo !!"], {"pkg:conda/foo"}),
    ],
)
def test_a_spec_pins_only_what_it_pins(described: Describe, depends: list[str], found: set[str]) -> None:
    assert purls(described(index(depends=depends)).sbom) == found


def test_purls_of_a_package_do_not_swallow_its_source_or_its_requirement(described: Describe) -> None:
    info = info_members(INDEX | {"depends": ["numpy >=1.2"], "purls": ["pkg:conda/numpy", "pkg:github/o/r@v1"]})
    recipe = {"source": {"url": "https://github.com/o/r/archive/v1.tar.gz"}}
    info |= {"info/recipe/meta.yaml": json.dumps(recipe).encode()}
    sbom = described(info).sbom
    assert purls(sbom) == {"pkg:conda/numpy", "pkg:github/o/r@v1"}
    assert {r.kind for r in sbom.relations} == {"depends_on", "built_from"}
    assert sbom.root_component.aliases == ("pkg:conda/numpy", "pkg:github/o/r@v1")


def test_numbers_are_taken_as_they_are_written(described: Describe) -> None:
    info = info_members()
    info["info/index.json"] = info["info/index.json"].replace(b'"1.0"', b"1.10")
    assert described(info).sbom.subject.version == "1.10"


@pytest.mark.parametrize("host", ["pypi-python", "evil", "registry-npmjs"])
def test_a_host_that_looks_like_a_registry_gives_no_purl(described: Describe, host: str) -> None:
    url = f"https://{host}.org/packages/source/d/demo/demo-2.0.tar.gz"
    assert purls(described(meta(source={"url": url})).sbom) == {"", "pkg:conda/python"}


def test_a_missing_payload_part_proves_nothing(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "demo-1.0-0.conda"
    path.write_bytes(zip_conda({"info-demo-1.0-0.tar.zst": zstd.compress(tar(index(depends=[])))}))
    sbom = describe(path, Options(), registry).sbom
    assert {c.aspect: c.state for c in sbom.completeness} == {"contents": "incomplete", "dependencies": "unknown"}


def test_a_package_without_a_version_is_not_its_own_requirement(described: Describe) -> None:
    sbom = described(index(version=None, depends=["demo >=2"])).sbom
    assert [(r.source == sbom.root, r.target) for r in sbom.relations] == [(True, "pkg:conda/demo")]
    assert sbom.root != "pkg:conda/demo"


@pytest.mark.parametrize("source", [{}, {"sha256": "ab" * 32}])
def test_a_source_without_an_address_is_told_and_not_called_local(described: Describe, source: Any) -> None:
    sbom = described(meta(source=[source])).sbom
    assert not [r for r in sbom.relations if r.kind == "built_from"]
    assert any("without an address" in p.reason for p in sbom.problems)


def test_a_second_index_behind_another_spelling_is_refused(package: Any, registry: Registry) -> None:
    for name in ("info//index.json", "info/./index.json"):
        with pytest.raises(TargetError, match=r"2 info/index\.json"):
            describe(package(info_members() | {name: b'{"name": "other"}'}), Options(), registry)


def test_what_stands_behind_the_end_of_an_archive_is_told(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "demo-1.0-0.tar.bz2"
    path.write_bytes(bz2.compress(tar(info_members()) + tar({"lib/hidden": b"x"})))
    sbom = describe(path, Options(), registry).sbom
    assert any("behind the end" in p.reason for p in sbom.problems)


def test_times_that_are_none_are_passed_over(tmp_path: Path, registry: Registry) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in index(timestamp=None).items():
            member = tarfile.TarInfo(name)
            member.size, member.pax_headers = len(data), {"mtime": "nan"}
            archive.addfile(member, io.BytesIO(data))
    path = tmp_path / "demo-1.0-0.tar.bz2"
    path.write_bytes(bz2.compress(buffer.getvalue()))
    assert describe(path, Options(), registry).created == "1970-01-01T00:00:00Z"


def test_a_part_compressed_in_the_zip_is_bounded(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "demo-1.0-0.conda"
    for method, data in ((zipfile.ZIP_BZIP2, b"x"), (zipfile.ZIP_DEFLATED, bytes(50_000_000))):
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("info-demo-1.0-0.tar.zst", zstd.compress(tar(info_members())) + data)
        with pytest.raises(TargetError):
            describe(path, Options(), registry)


SLOW = {
    "forge address": meta(source={"url": "https://github.com/" + "/archive/" * 50}),
    "forge address of another": meta(source={"url": "https://gitlab.com/" + "/-/archive/" * 150}),
    "spec of a bracket": index(depends=["pkg[" + "a" * 65000 + "]"]),
    "spec of blanks": index(depends=["pkg" + " " * 65000 + "x"]),
    "spec of quotes": index(depends=["pkg[" + "'\"" * 500 + "]"] * 200),
    "aliases": info_members()
    | {
        "info/recipe/meta.yaml": b"s: &s\n  url: https://e.org/a.zip\n  patches: ["
        + b"a.patch, " * 2000
        + b"]\nsource: ["
        + b"*s, " * 2000
        + b"]\n"
    },
    "text of one word": about(extra={"flow_run_id": "a" * 65000 + " /home/x"}),
    "text of plus signs": about(extra={"flow_run_id": "+" * 65000 + " /home/x"}),
    "text of slashes": about(extra={"flow_run_id": "/" * 65000 + "%2F" * 9000}),
    "text of dashes": about(extra={"flow_run_id": "-a" * 32000 + " ~/x"}),
    "licence": index(license="(" * 900 + "MIT" + ")" * 900),
    "path parameters": about(home="https://example.org/" + ";a" * 900),
}


@pytest.mark.parametrize("case", SLOW, ids=str)
def test_small_packages_do_not_take_long(described: Describe, registry: Registry, case: str) -> None:
    """Each of these took minutes or did not end; the suite would hang."""
    assert len(render(described(SLOW[case]), Options(), registry)) == 2


def test_a_spec_too_long_for_a_spec_has_no_name() -> None:
    assert matchspec.parse("a" * 2000).name == ""


def test_json_of_empty_lists_is_bounded(package: Any, registry: Registry) -> None:
    info = info_members() | {"info/index.json": b'{"name": "x", "y": [' + b"[]," * 5_000_000 + b"[]]}"}
    with pytest.raises(TargetError, match="limit json_values"):
        describe(package(info), Options(), registry)


def test_a_record_of_another_package_is_ignored(tmp_path: Path, registry: Registry) -> None:
    folder = tmp_path / "demo"
    for name, data in info_members(repodata_record={"fn": "other-9-0.conda", "sha256": "ab" * 32, "size": 5}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    subject = describe(folder, Options(), registry).sbom.subject
    assert (subject.digests, subject.size, subject.digests_stated) == ((), None, False)


def test_a_bomb_of_headers_is_bounded(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "demo-1.0-0.conda"
    member = tarfile.TarInfo("x")
    member.type, member.size = tarfile.XHDTYPE, 10_000_000
    path.write_bytes(conda({"x": member}))
    with pytest.raises((LimitError, TargetError)):
        describe(path, Options(), registry)
