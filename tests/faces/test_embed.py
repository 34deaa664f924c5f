"""`cf-sbom embed` on the command line: packages, and prefixes as builders leave them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support import conda, info_members

from cf_sbom.embedded import documents_about_itself
from cf_sbom.faces.cli import main
from cf_sbom.generate import describe
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Component, Sbom
from cf_sbom.plugins import Registry
from cf_sbom.validate import validate

STEM = "demo-1.0-0"
BUILDER = {"PKG_NAME": "demo", "PKG_VERSION": "1.0", "PKG_BUILD_STRING": "0", "PKG_BUILDNUM": "0", "SUBDIR": "linux-64"}
SHA = "ab" * 32
CHANNEL = "https://conda.anaconda.org/conda-forge"


class Ran(NamedTuple):
    status: int
    out: list[str]
    err: str


@pytest.fixture
def embed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `cf-sbom embed` in an empty folder with no settings and no builder around."""
    monkeypatch.chdir(tmp_path)
    ours = ("CF_SBOM", "PKG_", "SUBDIR", "PREFIX", "BUILD_PREFIX", "target_platform", "SOURCE_DATE_EPOCH", "SYS_PREFIX")
    for name in [name for name in os.environ if name.startswith(ours)]:
        monkeypatch.delenv(name)

    def call(*words: object, **environment: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["cf-sbom", "embed", *map(str, words)])
        with monkeypatch.context() as context:
            for name, value in environment.items():
                context.setenv(name, value)
            with pytest.raises(SystemExit) as end:
                main()
        out, err = capfd.readouterr()
        return Ran(int(end.value.code or 0), out.splitlines(), err)

    return call


def record(name: str, *files: str, **fields: object) -> dict[str, Any]:
    stated = {
        "name": name,
        "version": "1.3",
        "build": "h1_0",
        "build_number": 0,
        "subdir": "linux-64",
        "fn": f"{name}-1.3-h1_0.conda",
        "url": f"{CHANNEL}/linux-64/{name}-1.3-h1_0.conda",
        "channel": f"{CHANNEL}/linux-64",
        "sha256": SHA,
        "size": 77,
        "license": "Zlib",
        "depends": [],
        "files": list(files),
    }
    return stated | fields


def environment(folder: Path, *records: dict[str, Any]) -> Path:
    (folder / "conda-meta").mkdir(parents=True)
    (folder / "conda-meta" / "history").touch()
    os.utime(folder / "conda-meta" / "history", (1_700_000_000, 1_700_000_000))
    for one in records:
        place = folder / "conda-meta" / f"{one['name']}-{one['version']}-{one['build']}.json"
        place.write_text(json.dumps(one))
        for path in one["files"]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(b"of another package")
    return folder


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A host environment with libz, a document of its own in it, and a file of the package that is being built."""
    host = record("libz", "lib/libz.so.1", "share/sbom/libz-1.3-h1_0.cdx.json", "lib/python3/z.py", depends=["libc"])
    found = environment(tmp_path / "host", host, record("libc", "lib/libc.so"))
    (found / "bin").mkdir()
    (found / "bin" / "demo").write_bytes(b"#!/bin/sh\n")
    (found / "lib" / "python3" / "__pycache__").mkdir()
    (found / "lib" / "python3" / "__pycache__" / "z.cpython-312.pyc").write_bytes(b"compiled when it was imported")
    (found / "CACHEDIR.TAG").write_bytes(b"of the builder")
    return found


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    return environment(tmp_path / "build", record("make", "bin/make"), record("libc", "lib/libc.so"))


def cdx(prefix: Path, stem: str = STEM) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((prefix / "share" / "sbom" / f"{stem}.cdx.json").read_bytes())
    return found


# Packages


def test_the_paths_written_are_printed(embed: Callable[..., Ran], tmp_path: Path, registry: Registry) -> None:
    first, second, broken = (tmp_path / f"{name}.conda" for name in (STEM, "other", "broken"))
    first.write_bytes(conda(info_members()))
    second.write_bytes(conda(info_members()))
    broken.write_bytes(b"PK\3\4 no zip")
    ran = embed(first.name, broken.name, second.name)
    assert (ran.status, ran.out) == (3, [first.name, second.name])
    assert "broken.conda: damaged or truncated archive" in ran.err
    assert len(list(documents_about_itself(first, registry.sources, Limits()))) == 2

    ran = embed("-o", "spdx3-json", "--output-dir", "out", first.name)
    assert ran.out == [f"out/{STEM}.conda"]
    (found,) = documents_about_itself(tmp_path / "out" / f"{STEM}.conda", registry.sources, Limits())
    assert found.path == f"share/sbom/{STEM}.spdx3.json"
    assert embed("-q", first.name).err == ""
    assert embed("-q", "--strict", first.name).status == 1  # there is no rendered recipe


def test_where_sidecars_go_is_not_where_packages_go(
    embed: Callable[..., Ran], tmp_path: Path, prefix: Path, registry: Registry
) -> None:
    """A setting for `generate` neither leaves a package without documents nor makes a build fail."""
    package = tmp_path / f"{STEM}.conda"
    package.write_bytes(conda(info_members()))
    (tmp_path / "cf-sbom.toml").write_text('output-dir = "sboms"\n')
    assert embed("-q", package.name, CF_SBOM_OUTPUT_DIR="sboms").out == [package.name]
    assert len(documents_about_itself(package, registry.sources, Limits())) == 2
    assert embed("-q", "--prefix", prefix, **BUILDER, CF_SBOM_OUTPUT_DIR="sboms").status == 0
    assert not (tmp_path / "sboms").exists()


def test_in_info_warns(embed: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / f"{STEM}.conda").write_bytes(conda(info_members()))
    ran = embed("--in-info", "-q", f"{STEM}.conda")
    assert ran.status == 0
    assert "warning: CEP 34" in ran.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name packages, or --prefix"),
        (("x.conda", "--prefix", "p"), "and not both"),
        (("--prefix", "p", "--output-dir", "d"), "are for packages"),
        (("--prefix", "p", "--in-info"), "are for packages"),
        (("-o", "cyclonedx-json=x", "x.conda"), "is not FORMAT[@VERSION]"),
        (("-o", "nothing", "x.conda"), "no format is called 'nothing'"),
        (("-o", "spdx-json@9", "x.conda"), "has no version 9"),
        (("-o", "cyclonedx-json@1.6", "-o", "cyclonedx-json@1.7", "x.conda"), "two outputs would go to one place"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], message: str, embed: Callable[..., Ran]) -> None:
    ran = embed(*words, **BUILDER)
    assert (ran.status, ran.out) == (2, [])
    assert message in ran.err


# Prefixes


def test_a_prefix_gets_documents_of_the_build(embed: Callable[..., Ran], prefix: Path, tools: Path) -> None:
    ran = embed("--prefix", prefix, "--files", "all", **BUILDER, BUILD_PREFIX=str(tools))
    places = [prefix / "share" / "sbom" / f"{STEM}{suffix}" for suffix in (".cdx.json", ".spdx.json")]
    assert (ran.status, ran.out) == (0, list(map(str, places)))
    assert "demo: " not in ran.err  # nothing was wrong
    for place in places:
        assert validate(place.read_bytes(), Limits()).valid
        assert str(tools.parent).encode() not in place.read_bytes()
    tree = cdx(prefix)
    assert tree["metadata"]["lifecycles"] == [{"phase": "build"}]
    assert tree["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    root = tree["metadata"]["component"]
    assert root["purl"] == "pkg:conda/demo@1.0?build=0&subdir=linux-64"
    assert [c["name"] for c in root["components"]] == ["bin/demo"]
    assert "hashes" not in root
    assert {entry["aggregate"] for entry in tree["compositions"]} == {"unknown"}
    packages = {c["name"]: c for c in tree["formulation"][0]["components"]}
    roles = {n: {p["value"] for p in c["properties"] if p["name"] == "conda:build:role"} for n, c in packages.items()}
    assert roles == {"libz": {"host"}, "libc": {"host", "build"}, "make": {"build"}}
    libz = packages["libz"]
    assert libz["purl"] == "pkg:conda/libz@1.3?build=h1_0&channel=conda-forge&subdir=linux-64&type=conda"
    assert libz["hashes"] == [{"alg": "SHA-256", "content": SHA}]
    assert [r["url"] for r in libz["externalReferences"]] == [f"{CHANNEL}/linux-64/libz-1.3-h1_0.conda"]


def test_run_twice_it_replaces_its_own(embed: Callable[..., Ran], prefix: Path, tools: Path) -> None:
    def listed() -> dict[str, bytes]:
        folder = prefix / "share" / "sbom"
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.name.startswith("demo")}

    embed("--prefix", prefix, **BUILDER, BUILD_PREFIX=str(tools))
    first = listed()
    embed("--prefix", prefix, **BUILDER, BUILD_PREFIX=str(tools))
    assert listed() == first
    embed("--prefix", prefix, "-o", "spdx-yaml", **BUILDER, BUILD_PREFIX=str(tools))
    assert list(listed()) == [f"{STEM}.spdx.yaml"]
    assert (prefix / "share" / "sbom" / "libz-1.3-h1_0.cdx.json").read_bytes() == b"of another package"


def test_a_document_of_others_in_the_prefix_is_kept(embed: Callable[..., Ran], prefix: Path) -> None:
    place = prefix / "share" / "sbom" / f"{STEM}.spdx.json"
    place.write_bytes(b"{}")
    ran = embed("--prefix", prefix, **BUILDER)
    assert ran.status == 3
    assert "was not made by cf-sbom" in ran.err
    assert place.read_bytes() == b"{}"
    assert embed("--prefix", prefix, "--force", **BUILDER).status == 0


@pytest.mark.parametrize(
    ("removed", "message"),
    [
        (("PKG_NAME",), "set PKG_NAME, but"),
        (("PKG_NAME", "PKG_VERSION"), "set PKG_NAME and PKG_VERSION, but"),
    ],
)
def test_missing_variables_are_named(
    removed: tuple[str, ...], message: str, embed: Callable[..., Ran], prefix: Path
) -> None:
    ran = embed("--prefix", prefix, **{name: value for name, value in BUILDER.items() if name not in removed})
    assert (ran.status, ran.out) == (2, [])
    assert message in ran.err.replace("\n", " ")


def test_a_prefix_that_is_none(embed: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no folder conda-meta" in embed("--prefix", "empty", **BUILDER).err
    ran = embed("--prefix", "", **BUILDER)  # as of an unset $PREFIX
    assert ran.status == 2
    assert "set PREFIX, but" in ran.err


def test_what_conda_build_does_not_know_yet(embed: Callable[..., Ran], prefix: Path) -> None:
    """A build string that is not final, and a platform that says nothing of noarch."""
    ran = embed("--prefix", prefix, **BUILDER | {"PKG_BUILD_STRING": "placeholder", "SYS_PREFIX": "/opt/conda"})
    assert ran.status == 0
    assert cdx(prefix, "demo-1.0")["metadata"]["component"]["purl"] == "pkg:conda/demo@1.0"
    assert "does not say the build, or does not know it yet" in ran.err
    assert "does not say the subdir" in ran.err
    for path in (prefix / "share" / "sbom").glob("demo-1.0.*"):
        assert validate(path.read_bytes(), Limits()).valid, "what nobody knows yet is no fault of the document"


def test_one_environment_for_both(embed: Callable[..., Ran], prefix: Path) -> None:
    """Without a host section conda-build has one prefix."""
    embed("--prefix", prefix, **BUILDER, BUILD_PREFIX=str(prefix))
    packages = cdx(prefix)["formulation"][0]["components"]
    assert {p["value"] for c in packages for p in c["properties"] if "role" in p["name"]} == {"host"}


def test_odd_records(embed: Callable[..., Ran], prefix: Path) -> None:
    meta = prefix / "conda-meta"
    (meta / "broken.json").write_bytes(b"{")
    (meta / "list.json").write_bytes(b"[]")
    (meta / "nameless.json").write_text(json.dumps({"files": []}))
    (meta / "folder.json").mkdir()
    (meta / "link.json").symlink_to("/etc/passwd")
    secret = record("token", url="https://user:secret@example.org/x.conda", channel="file:///home/someone/channel")
    (meta / "token.json").write_text(json.dumps(secret))
    ran = embed("--prefix", prefix, **BUILDER)
    assert ran.status == 0
    for name in ("broken", "list", "nameless", "link"):
        assert f"conda-meta/{name}.json" in ran.err
    text = json.dumps(cdx(prefix))
    assert "secret" not in text
    assert "someone" not in text
    assert "token" in text


# And then the finished package


@pytest.fixture
def finished(
    embed: Callable[..., Ran], prefix: Path, tools: Path, tmp_path: Path, registry: Registry
) -> Callable[..., Sbom]:
    """Describe a package that has what embed --prefix wrote, and a recipe as conda-build renders it."""
    embed("--prefix", prefix, **BUILDER, BUILD_PREFIX=str(tools))
    payload = {
        f"share/sbom/{STEM}{suffix}": (prefix / "share" / "sbom" / f"{STEM}{suffix}").read_bytes()
        for suffix in (".cdx.json", ".spdx.json")
    }

    def run(recipe: str = "") -> Sbom:
        files = {"info/recipe/meta.yaml": recipe.encode()} if recipe else {}
        path = tmp_path / f"{STEM}.conda"
        path.write_bytes(conda(info_members() | files, {"bin/demo": b"#!/bin/sh\n", **payload}))
        return describe(path, Options(), registry).sbom

    return run


def named(sbom: Sbom, name: str) -> Component:
    (found,) = (c for c in sbom.components if c.name == name)
    return found


def test_the_environments_come_through(finished: Callable[..., Sbom]) -> None:
    sbom = finished()
    libz = named(sbom, "libz")
    assert libz.purl == "pkg:conda/libz@1.3?build=h1_0&channel=conda-forge&subdir=linux-64&type=conda"
    assert [d.value for d in libz.digests] == [SHA]
    assert [ln.url for ln in libz.links] == [f"{CHANNEL}/linux-64/libz-1.3-h1_0.conda"]
    assert {(r.kind, r.target) for r in sbom.relations if r.source == sbom.root and r.scope == "build"} == {
        ("host", libz.ref),
        ("host", named(sbom, "libc").ref),
        ("build_tool", named(sbom, "libc").ref),
        ("build_tool", named(sbom, "make").ref),
    }
    problems = [p for p in sbom.problems if p.by != "paths"]  # the list of this package has nothing in it
    assert not [p for p in problems if "share/sbom" in p.path or p.severity == "conflict"]


def test_they_are_those_that_the_recipe_of_conda_build_names(finished: Callable[..., Sbom]) -> None:
    recipe = "package: {name: demo, version: '1.0'}\nrequirements:\n  host: [libz 1.3 h1_0]\n  build: [make 1.3 h1_0]\n"
    sbom = finished(recipe)
    libz = named(sbom, "libz")
    assert libz.aliases == ("pkg:conda/libz@1.3?build=h1_0",)
    assert {e.by for o in libz.occurrences for e in o.evidence} == {"embedded_sboms", "recipe"}
    assert [d.value for d in libz.digests] == [SHA]
    assert not [p for p in sbom.problems if p.severity == "conflict"]


def test_a_document_about_another_package_is_no_word_on_this_build(
    finished: Callable[..., Sbom], prefix: Path, tmp_path: Path, registry: Registry
) -> None:
    data = (prefix / "share" / "sbom" / f"{STEM}.cdx.json").read_bytes() if finished() else b""
    path = tmp_path / "else.conda"
    index = {"name": "else", "version": "1.0", "build": "0", "subdir": "linux-64", "depends": []}
    path.write_bytes(conda(info_members(index), {f"share/sbom/{STEM}.cdx.json": data}, "else-1.0-0"))
    sbom = describe(path, Options(), registry).sbom
    assert not [r for r in sbom.relations if r.kind in ("host", "build_tool")]


def test_records_in_a_package_are_no_environment(tmp_path: Path, registry: Registry) -> None:
    """Only a prefix has them: a package may say anything in info/."""
    path = tmp_path / f"{STEM}.conda"
    path.write_bytes(conda(info_members() | {"info/environment/host/x.json": json.dumps(record("x")).encode()}))
    sbom = describe(path, Options(), registry).sbom
    assert "x" not in {c.name for c in sbom.components}
