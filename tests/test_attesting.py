"""Statements about a package: which documents, which files, and what is never overwritten or signed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from keys import make_keys
from support import fixture_packages, info_members

from cf_sbom.attesting import attest
from cf_sbom.errors import AttachError, SettingsError, TargetError
from cf_sbom.generate import generate
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.plugins import Registry
from cf_sbom.signing.signatures import KeySigner, read_private_key
from cf_sbom.signing.statements import read_envelopes

DEMO = next(p for p in fixture_packages() if p.name.startswith("demo-py") and p.suffix == ".conda")
FOREIGN = b'{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1","subject":[]}'


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    path = tmp_path / DEMO.name
    path.write_bytes(DEMO.read_bytes())
    return path


@pytest.fixture
def signer(tmp_path: Path) -> KeySigner:
    return read_private_key(make_keys(tmp_path)[0], str)


def predicates(path: Path) -> list[Any]:
    return [json.loads(one.payload)["predicate"] for one in read_envelopes(path.read_bytes(), Limits())]


def test_the_usual_documents_are_made_where_there_are_none(demo: Path, registry: Registry, signer: KeySigner) -> None:
    found = attest(demo, Options(outputs=()), registry, signer)
    assert found.formats == ("cyclonedx-json", "spdx-json")
    assert [path.name for path in found.paths] == [f"{demo.name}.intoto.jsonl"]
    assert len(found.paths[0].read_bytes().splitlines()) == 2
    before = found.paths[0].read_bytes()
    attest(demo, Options(outputs=()), registry, signer)
    assert found.paths[0].read_bytes() == before, "ed25519 signs alike each time"


def test_documents_beside_the_package_are_stated_as_they_are(demo: Path, registry: Registry, signer: KeySigner) -> None:
    options = Options(outputs=(("spdx3-json", ""), ("cyclonedx-json", "1.7")), list_files=True, channel="conda-forge")
    cdx = next(path for path in generate(demo, options, registry).paths if path.name.endswith(".cdx.json"))
    found = attest(demo, Options(outputs=()), registry, signer)
    assert found.formats == ("cyclonedx-json", "spdx3-json")
    assert found.remarks == ()
    assert predicates(found.paths[0])[0] == json.loads(cdx.read_bytes())


def test_what_is_not_so_is_not_signed(demo: Path, registry: Registry, signer: KeySigner) -> None:
    cdx, spdx = generate(demo, Options(), registry).paths
    cdx.write_bytes(cdx.read_bytes().replace(b'"Apache-2.0"', b'"ISC"'))
    found = attest(demo, Options(outputs=()), registry, signer)
    assert sorted(found.formats) == ["cyclonedx-json", "spdx-json"]
    assert [line.partition(":")[0] for line in found.remarks] == [cdx.name]
    assert json.loads(spdx.read_bytes()) in predicates(found.paths[0])
    assert json.loads(cdx.read_bytes()) not in predicates(found.paths[0])


def test_only_documents_of_ours_are_signed(demo: Path, registry: Registry, signer: KeySigner) -> None:
    other = demo.with_name(f"{demo.name}.spdx3.json")
    other.write_bytes(b"{}")
    found = attest(demo, Options(outputs=()), registry, signer)
    assert found.formats == ("spdx3-json",)
    assert found.remarks == (f"{other.name}: not made by cf-sbom; a new document was made",)


def test_documents_may_lie_where_statements_go(
    demo: Path, registry: Registry, signer: KeySigner, tmp_path: Path
) -> None:
    """As with one --output-dir for all commands; else they are beside the package."""
    wanted = Options(outputs=(("cyclonedx-json", ""),), output_dir=tmp_path / "out")
    (elsewhere,) = generate(demo, replace(wanted, timestamp="2001-01-01T00:00:00Z"), registry).paths
    here = Options(outputs=(), output_dir=tmp_path / "out")
    (statements,) = attest(demo, here, registry, signer).paths
    assert predicates(statements) == [json.loads(elsewhere.read_bytes())]
    generate(demo, replace(wanted, timestamp="2002-01-01T00:00:00Z", output_dir=None), registry)
    elsewhere.unlink()
    attest(demo, here, registry, signer)
    assert b"2002-01-01" in orjson.dumps(predicates(statements))


def test_wanted_formats_are_made_anew(demo: Path, registry: Registry, signer: KeySigner, tmp_path: Path) -> None:
    generate(demo, Options(), registry)
    options = Options(outputs=(("spdx3-json", ""),), output_dir=tmp_path / "out")
    found = attest(demo, options, registry, signer)
    assert (found.formats, found.paths) == (("spdx3-json",), (tmp_path / "out" / f"{demo.name}.intoto.jsonl",))


def test_bare_statements_are_one_a_file(demo: Path, registry: Registry) -> None:
    found = attest(demo, Options(outputs=()), registry, None)
    assert [path.name for path in found.paths] == [f"{demo.name}.cdx.intoto.json", f"{demo.name}.spdx.intoto.json"]
    assert json.loads(found.paths[0].read_bytes())["subject"][0]["name"] == demo.name
    assert attest(demo, Options(outputs=()), registry, None).paths == found.paths


@pytest.mark.parametrize("name", ["cyclonedx-xml", "spdx-tag-value"])
def test_a_predicate_is_json(demo: Path, registry: Registry, name: str) -> None:
    with pytest.raises(SettingsError, match=f"no predicate of {name}"):
        attest(demo, Options(outputs=((name, ""),)), registry, None)


def test_a_folder_has_no_digest(registry: Registry, tmp_path: Path) -> None:
    for name, data in info_members().items():
        place = tmp_path / "demo-1.0-0" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    with pytest.raises(TargetError, match="a folder has no digest"):
        attest(tmp_path / "demo-1.0-0", Options(outputs=()), registry, None)


def test_statements_of_others_are_kept_or_not_touched(demo: Path, registry: Registry, signer: KeySigner) -> None:
    place = demo.with_name(f"{demo.name}.intoto.jsonl")
    place.write_bytes(FOREIGN + b"\n")
    with pytest.raises(AttachError, match="--append keeps them"):
        attest(demo, Options(outputs=()), registry, signer)
    assert place.read_bytes() == FOREIGN + b"\n"
    for _ in range(2):
        attest(demo, Options(outputs=()), registry, signer, append=True)
        lines = place.read_bytes().splitlines()
        assert (lines[0], len(lines)) == (FOREIGN, 3)
    attest(demo, Options(outputs=(), force=True), registry, signer)
    assert FOREIGN not in place.read_bytes()


@pytest.mark.parametrize("data", [b"mine", b"", b'{"a": 1}'])
def test_what_is_no_statement_is_not_overwritten(
    demo: Path, registry: Registry, signer: KeySigner, data: bytes
) -> None:
    for name, key in ((f"{demo.name}.intoto.jsonl", signer), (f"{demo.name}.cdx.intoto.json", None)):
        place = demo.with_name(name)
        place.write_bytes(data)
        with pytest.raises(AttachError, match="--force overwrites"):
            attest(demo, Options(outputs=()), registry, key)
        assert place.read_bytes() == data
        attest(demo, Options(outputs=(), force=True), registry, key)
        assert place.read_bytes() != data
        place.unlink()


def test_a_folder_in_the_place_of_the_file(demo: Path, registry: Registry, signer: KeySigner) -> None:
    demo.with_name(f"{demo.name}.intoto.jsonl").mkdir()
    with pytest.raises(AttachError, match="is no file"):
        attest(demo, Options(outputs=(), force=True), registry, signer)
