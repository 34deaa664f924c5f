"""An optional folder of real packages, named by CF_SBOM_REAL_PACKAGES: ten years of builders, none of them ours."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support import REAL, real_packages

from cf_sbom import properties as names
from cf_sbom.coverage import measure
from cf_sbom.generate import Description, describe, render
from cf_sbom.hookspecs import Options
from cf_sbom.identity.licenses import normalize
from cf_sbom.limits import Limits
from cf_sbom.plugins import load
from cf_sbom.validate import validate

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="no folder of real packages (CF_SBOM_REAL_PACKAGES)")

OUTPUTS = (("cyclonedx-json", "1.6"), ("cyclonedx-json", "1.7"), ("spdx-json", "2.3"))
OPTIONS = Options(outputs=OUTPUTS)
# What a builder's machine looks like in metadata. Texts that a package was given to carry, licences and patches, and
# their annotations are the package's content and are looked at no further.
LEAK = re.compile(
    r"file:|placehold|/home/|/Users/|/root/|/tmp/|/mnt/|/opt/|/private/|/recipe_root|feedstock_root|\b[A-Za-z]:[\\/]"
    r"|://[^/\s]*@|[?&](?:token|key|password)=|/t/[a-z]{2}-"
)


@cache
def described(path: Path) -> Description:
    return describe(path, OPTIONS, load())


@pytest.fixture(params=real_packages(), ids=lambda p: f"{p.parent.name}/{p.name}")
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def strings(tree: Any, key: str = "") -> Iterator[str]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name not in ("text", "extractedText") and not (name == "annotations" and "fileName" in tree):
                yield from strings(value, name)
    elif isinstance(tree, list):
        for value in tree:
            yield from strings(value, key)
    elif isinstance(tree, str):
        yield tree


def test_documents_are_valid_and_leak_nothing(path: Path) -> None:
    for document in render(described(path), OPTIONS, load()):
        assert validate(document.data, Limits()).reasons == ()
        found = [text for text in strings(json.loads(document.data)) if LEAK.search(text)]
        assert found == []


def test_identity_is_that_of_the_file(path: Path) -> None:
    subject = described(path).sbom.subject
    assert subject.filename == path.name
    assert subject.size == path.stat().st_size
    stated = {d.algorithm: d.value for d in subject.digests}
    assert stated == {n: hashlib.new(n, path.read_bytes()).hexdigest() for n in ("md5", "sha256", "sha512")}


def test_facts_agree_with_the_manifest(path: Path) -> None:
    manifest = {entry["file"]: entry for entry in json.loads((REAL / "manifest.json").read_bytes())}
    entry = manifest[f"{path.parent.name}/{path.name}"]
    sbom = described(path).sbom
    licenses = [lic.expression for lic in sbom.root_component.licenses]
    assert licenses == [e for e in (normalize(entry["license"] or "").expression,) if e]
    assert len(sbom.files) == entry["files"]
    builders = {f"{c.name} {c.version}" for c in sbom.components if c.kind == "application" and c.ref != sbom.root}
    if entry["builder"] and not entry["builder"].endswith("?"):
        assert entry["builder"] in builders


def test_every_byte_of_the_payload_has_one_role(path: Path) -> None:
    sbom = described(path).sbom
    coverage = measure(sbom.files)
    payload = sum(f.size for f in sbom.files if f.kind == "file")
    stated = {n: v for n, v in sbom.root_component.properties if n.startswith(names.COVERAGE)}
    assert sum(coverage.sizes.values()) == payload
    assert sum(int(value) for name, value in stated.items() if name != names.UNEXPLAINED) == payload
    (claim,) = (c for c in sbom.completeness if c.ref == sbom.root and c.aspect == "contents")
    assert claim.state == "incomplete" or not coverage.sizes["unexplained"]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("pip-25.3-pyh8b19718_0.conda", 2.4),
        ("flask-0.11.1-py_0.tar.bz2", 0),
        ("libzlib-1.3.1-h4ab18f5_1.conda", 0),
        ("xtensor-io-0.10.3-hb585cf6_0.tar.bz2", 10.7),
        ("llvm-filecheck-21.1.8-h778b820_0.conda", 0),
    ],
)
def test_how_much_is_unexplained(name: str, most: float) -> None:
    sbom = described(next(p for p in real_packages() if p.name == name)).sbom
    assert measure(sbom.files).percent("unexplained") == most


def test_both_containers_say_the_same() -> None:
    """The same package in both containers differs only in what is of the container."""

    def facts(name: str) -> Any:
        sbom = described(next(p for p in real_packages() if p.name == name)).sbom
        return (
            [(c.name, c.version, c.kind) for c in sbom.components if c.ref != sbom.root],
            [(r.kind, r.specs, r.scope) for r in sbom.relations],
            sbom.files,
        )

    assert facts("mock-2.0.0-py37_1000.conda") == facts("mock-2.0.0-py37_1000.tar.bz2")


def test_a_package_that_disagrees_with_its_own_list_is_told() -> None:
    sbom = described(next(p for p in real_packages() if p.name == "zlib-1.2.11-h7b6447c_3.tar.bz2")).sbom
    assert {(p.by, p.path) for p in sbom.problems} == {("paths", "lib/libz.so"), ("paths", "lib/libz.so.1")}


@pytest.mark.parametrize(
    ("name", "purls"),
    [
        ("libexpat-2.6.2-h59595ed_0.conda", {"pkg:github/libexpat/libexpat@R_2_6_2"}),
        ("libzlib-1.3.1-h4ab18f5_1.conda", {"pkg:generic/zlib@1.3.1"}),
        ("bzip2-1.0.8-hd590300_5.conda", {"pkg:generic/bzip2@1.0.8"}),
        ("libsqlite-3.46.0-hde9e2c9_0.conda", {""}),
        ("bcj-cffi-0.5.1-py310h295c915_0.tar.bz2", {"pkg:pypi/bcj-cffi@0.5.1"}),
        ("ca-certificates-2024.7.4-hbcca054_0.conda", {"pkg:pypi/certifi@2024.7.4"}),
        (
            "conda-index-pkg-a-1.0-py27h5e241af_0.conda",
            {"pkg:github/kalefranz/conda-test-packages@d7a86b5a8fcf43de95679f2f7228210343e9c005"},
        ),
        ("xtensor-io-0.10.3-hb585cf6_0.tar.bz2", {"pkg:github/quantstack/xtensor-io@0.10.3"}),
    ],
)
def test_upstream_identity(name: str, purls: set[str]) -> None:
    sbom = described(next(p for p in real_packages() if p.name == name)).sbom
    sources = {r.target for r in sbom.relations if r.kind == "built_from"}
    assert {c.purl.partition("?")[0] for c in sbom.components if c.ref in sources} == purls


def test_patches_of_a_multi_output_recipe_are_found_in_the_parent() -> None:
    sbom = described(next(p for p in real_packages() if p.name == "libgcc-14.2.0-h77fa898_1.conda")).sbom
    assert len(sbom.patches) == 5
    assert all(p.path.startswith("info/recipe/parent/patches/") and p.text and p.text.data for p in sbom.patches)
