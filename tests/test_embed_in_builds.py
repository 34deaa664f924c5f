"""`cf-sbom embed --prefix "$PREFIX"` in real builds of py-rattler-build, and what becomes of its documents."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conda_package_handling import api
from conda_package_streaming.package_streaming import stream_conda_info
from support import FIXTURES

from cf_sbom.answers.verify import Trust, verify
from cf_sbom.embedded import documents_about_itself
from cf_sbom.embedding import embed
from cf_sbom.generate import generate
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.model import Sbom
from cf_sbom.plugins import Registry
from cf_sbom.validate import validate

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the recipe is for Linux, and so are its host packages"),
    pytest.mark.skipif(shutil.which("gcc") is None, reason="the recipe compiles a library with gcc"),
]
LINE = f'{sys.executable} -m cf_sbom embed --prefix "$PREFIX"'
BUILD = """
import os, sys
from pathlib import Path
from rattler_build import Stage0Recipe
recipe, output, channel = sys.argv[1:]
options = {"output_dir": Path(output), "channels": [channel], "no_build_id": True}
for result in Stage0Recipe.from_file(Path(recipe)).run_build(**options):
    print(*result.packages, sep="\\n", flush=True)
os._exit(0)  # the end of Python with threads of others about is none of our business
"""
INSTALL = """
import asyncio, os, sys
from pathlib import Path
import rattler
async def main(channel, prefix, cache, *specs):
    await rattler.index.index_fs(Path(channel))
    found = await rattler.solve(
        sources=[rattler.Channel(Path(channel).as_uri())], specs=list(specs), platforms=["linux-64", "noarch"],
        gateway=rattler.Gateway(cache_dir=cache),
    )
    await rattler.install(found, target_prefix=prefix, cache_dir=cache, show_progress=False)
import rattler.index
asyncio.run(main(*sys.argv[1:]))
os._exit(0)
"""


def python(code: str, *words: object, home: Path) -> str:
    """Run code in a process of its own, with no settings and caches of the user around."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "RATTLER_CACHE_DIR": str(home / "cache")}
    ended = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        env=environment | {"SOURCE_DATE_EPOCH": "1700000000"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def channel(folder: Path) -> Path:
    """The host packages of fixtures/ as a channel with an index."""
    for subdir in ("linux-64", "noarch"):
        (folder / subdir).mkdir(parents=True)
        records = {}
        for package in sorted((FIXTURES / "channel" / subdir).glob("*.conda")):
            data = Path(shutil.copy(package, folder / subdir)).read_bytes()
            members = stream_conda_info(str(package))
            index = next(json.load(t.extractfile(m)) for t, m in members if m.name == "info/index.json")
            digests = {name: hashlib.new(name, data).hexdigest() for name in ("md5", "sha256")}
            records[package.name] = index | digests | {"size": len(data)}
        index = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": records, "repodata_version": 1}
        (folder / subdir / "repodata.json").write_text(json.dumps(index))
    return folder


def built(folder: Path, *, embedding: bool) -> dict[str, Path]:
    """The outputs of fixtures/recipes/v1 by name; embedding: with our line as the last of their scripts."""
    recipe = Path(shutil.copytree(FIXTURES / "recipes" / "v1", folder / "recipe")) / "recipe.yaml"
    lines = recipe.read_text().splitlines()
    for number in [n for n, line in enumerate(lines) if line.strip() == "script:"]:
        if embedding:
            lines[number + 1] += f"\n        - {LINE}"
    recipe.write_text("\n".join(lines))
    output = python(BUILD, recipe, folder / "out", channel(folder / "channel").as_uri(), home=folder)
    return {path.name.rpartition("-3.1.0-")[0]: path for path in map(Path, output.split())}


@pytest.fixture(scope="module")
def with_line(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return built(tmp_path_factory.mktemp("with"), embedding=True)


@pytest.fixture(scope="module")
def without_line(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return built(tmp_path_factory.mktemp("without"), embedding=False)


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[Path], Path]:
    return lambda path: Path(shutil.copy(path, tmp_path))


def documents(package: Path, registry: Registry) -> dict[str, Any]:
    return {d.path: json.loads(d.data) for d in documents_about_itself(package, registry.sources, Limits())}


def environment(sbom: Sbom) -> dict[str, set[str]]:
    """What the build ran with, by the role; without the builder."""
    names = {c.ref: c.name for c in sbom.components if c.purl.startswith("pkg:conda/")}
    roles = ("host", "build_tool")
    return {role: {names[r.target] for r in sbom.relations if r.kind == role and r.target in names} for role in roles}


def test_without_the_line_there_is_no_document(without_line: dict[str, Path], registry: Registry) -> None:
    assert set(without_line) == {"v1-lib", "v1-data"}
    for package in without_line.values():
        assert documents(package, registry) == {}


@pytest.mark.parametrize(("name", "subdir"), [("v1-lib", "linux-64"), ("v1-data", "noarch")])
def test_documents_are_packed(name: str, subdir: str, with_line: dict[str, Path], registry: Registry) -> None:
    package = with_line[name]
    stem = package.name.removesuffix(".conda")
    found = documents(package, registry)
    assert set(found) == {f"share/sbom/{stem}.cdx.json", f"share/sbom/{stem}.spdx.json"}
    cdx, spdx = (found[path] for path in sorted(found))
    for tree in (cdx, spdx):
        assert validate(json.dumps(tree).encode(), Limits()).valid
        assert "file:///" not in json.dumps(tree)
        assert "_placehold" not in json.dumps(tree)
    assert cdx["metadata"]["lifecycles"] == [{"phase": "build"}]
    root = cdx["metadata"]["component"]
    assert root["purl"].startswith(f"pkg:conda/{name}@3.1.0?build=")
    assert f"subdir={subdir}" in root["purl"]
    assert "hashes" not in root
    assert {"name": "cf_sbom:embedded", "value": "true"} in root["properties"]
    assert spdx["creationInfo"]["comment"].startswith("SBOM type: Build. ")


def test_host_packages_have_digests_and_their_files_are_not_ours(
    with_line: dict[str, Path], registry: Registry
) -> None:
    cdx = documents(with_line["v1-lib"], registry)[f"share/sbom/{with_line['v1-lib'].stem}.cdx.json"]
    (host,) = cdx["formulation"][0]["components"]
    digest = hashlib.sha256(next((FIXTURES / "channel" / "linux-64").glob("libshout-*")).read_bytes()).hexdigest()
    assert {"alg": "SHA-256", "content": digest} in host["hashes"]
    assert {"name": "conda:build:role", "value": "host"} in host["properties"]
    properties = {p["name"]: p["value"] for p in cdx["metadata"]["component"]["properties"]}
    roles = ("component", "own", "documentation", "data", "unexplained")
    size = sum(int(properties[f"cf_sbom:coverage:{role}"]) for role in roles)
    sbom = generate_sbom(with_line["v1-lib"], registry)
    own = [f for f in sbom.files if not f.path.startswith("share/sbom/") and f.kind == "file"]
    assert [f.path for f in own] == ["lib/libv1.so.3"]
    assert abs(size - own[0].size) < 4096  # the builder may relink it, but nothing of the host packages counts


def generate_sbom(package: Path, registry: Registry) -> Sbom:
    return generate(package, Options(output_dir=package.parent / "sboms"), registry).description.sbom


def test_generate_merges_and_links_them(
    with_line: dict[str, Path], without_line: dict[str, Path], registry: Registry
) -> None:
    for name, package in with_line.items():
        sbom, plain = generate_sbom(package, registry), generate_sbom(without_line[name], registry)
        assert environment(sbom) == environment(plain)  # the recipe knows them, too: no duplicates
        purls = [c.purl for c in sbom.components if c.purl]
        assert len(purls) == len(set(purls))
        assert sbom.problems == plain.problems
        links = {ln.url: ln.digests[0].value for ln in sbom.root_component.links if ln.kind == "bom"}
        assert links == {f.path: f.digests[0].value for f in sbom.files if f.path.startswith("share/sbom/")}
        assert len(links) == 2
        for component in sbom.components:
            if component.name == "libshout" and component.digests:
                by = {e.by for o in component.occurrences for e in o.evidence}
                assert by == {"embedded_sboms", "recipe"}


def test_embed_keeps_what_only_the_build_knew(
    with_line: dict[str, Path], copy: Callable[[Path], Path], registry: Registry
) -> None:
    """The recipe is left out, as a builder may: then only the embedded document knows the environment."""
    target = copy(with_line["v1-lib"])
    embed(target, Options(), registry)
    first = target.read_bytes()
    cdx = documents(target, registry)[f"share/sbom/{target.stem}.cdx.json"]
    evidence = json.dumps(cdx["formulation"])
    assert "conda-meta/libshout" in evidence
    assert "recorded in the build" in evidence
    assert [p["phase"] for p in cdx["metadata"]["lifecycles"]] == ["build", "post-build"]
    embed(target, Options(), registry)
    assert target.read_bytes() == first


RECIPE = """
package: {name: cb-top, version: "1.0"}
build: {number: 4}
outputs:
  - name: cb-one
    script: line.sh
    requirements: {build: [libshout 1.3.1], host: [libquiet 1.3.1]}
  - name: cb-two
    script: line.sh
    build: {noarch: generic}
    requirements: {host: [libquiet 1.3.1]}
about: {license: MIT, summary: two outputs}
"""


@pytest.mark.skipif(
    "CF_SBOM_TEST_CONDA" not in os.environ, reason="CF_SBOM_TEST_CONDA names no Python with conda-build"
)
def test_in_conda_build(tmp_path: Path, registry: Registry) -> None:
    """It forgets addresses and hashes of the host packages; the documents inside keep them, under one identity."""
    (tmp_path / "recipe").mkdir()
    (tmp_path / "recipe" / "meta.yaml").write_text(RECIPE)
    script = f"set -e\nmkdir -p $PREFIX/share\necho > $PREFIX/share/$PKG_NAME\n{LINE}\n"
    (tmp_path / "recipe" / "line.sh").write_text(script)
    place = channel(tmp_path / "channel").as_uri()
    (tmp_path / "condarc").write_text(f"channels: [{place}]\npkgs_dirs: [{tmp_path / 'pkgs'}]\nsolver: rattler\n")
    command = "import sys; from conda_build.cli.main_build import execute; sys.exit(execute())"
    words = [
        "--no-test",
        "--no-anaconda-upload",
        "--override-channels",
        "-c",
        place,
        "--croot",
        str(tmp_path / "croot"),
    ]
    ended = subprocess.run(
        [os.environ["CF_SBOM_TEST_CONDA"], "-c", command, str(tmp_path / "recipe"), *words],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CONDARC": str(tmp_path / "condarc")},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    tools = {"cb-one": {"libshout"}, "cb-two": set()}
    for name, subdir in (("cb-one", "linux-64"), ("cb-two", "noarch")):
        (package,) = (tmp_path / "croot" / subdir).glob(f"{name}-1.0-4.*")
        sbom = generate_sbom(package, registry)
        assert environment(sbom) == {"host": {"libquiet"}, "build_tool": tools[name]}
        (libquiet,) = (c for c in sbom.components if c.name == "libquiet")
        assert {e.by for o in libquiet.occurrences for e in o.evidence} == {"embedded_sboms", "recipe"}
        assert "sha256" in {d.algorithm for d in libquiet.digests}
        assert not [p for p in sbom.problems if p.severity == "conflict" or "share/sbom" in p.path]
        (root,) = {d["metadata"]["component"]["purl"] for p, d in documents(package, registry).items() if ".cdx" in p}
        assert root == f"pkg:conda/{name}@1.0?build=4"  # what it says of the platform is not so of a noarch package
        held = verify(package, Options(), registry, Trust())
        assert [(answer.kind, answer.refusals) for answer in held.answers] == [("embedded", ())] * 2


def test_the_result_is_a_package_for_everybody(
    with_line: dict[str, Path],
    without_line: dict[str, Path],
    tmp_path: Path,
    registry: Registry,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """rattler-build, conda-package-handling and rattler read, unpack, index and install both kinds."""
    from rattler_build import Package

    place = tmp_path / "channel"
    shutil.copytree(FIXTURES / "channel", place)
    (place / "noarch").mkdir(exist_ok=True)
    shutil.copy(with_line["v1-data"], place / "noarch")
    embed(without_line["v1-lib"], Options(output_dir=place / "linux-64"), registry)
    package = place / "linux-64" / without_line["v1-lib"].name
    opened = Package.from_file(package)
    stem = f"{opened.name}-{opened.version}-{opened.build_string}"
    assert {f"share/sbom/{stem}.cdx.json", f"share/sbom/{stem}.spdx.json"} <= set(map(str, opened.files))
    api.list_contents(str(package))
    assert f"share/sbom/{stem}.cdx.json" in capsys.readouterr().out
    api.extract(str(package), str(tmp_path / "extracted"))
    python(INSTALL, place, tmp_path / "prefix", tmp_path / "cache", "v1-lib", "v1-data", home=tmp_path)
    installed = {p.name for p in (tmp_path / "prefix" / "share" / "sbom").iterdir()}
    assert installed == {
        f"{path.name.removesuffix('.conda')}{suffix}"
        for path in (package, with_line["v1-data"])
        for suffix in (".cdx.json", ".spdx.json")
    }
