"""`cf-sbom attest` and `cf-sbom verify`: what they print where, and with which status they end."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from keys import make_keys
from support import fixture_packages, info_members

from cf_sbom.faces.cli import main

DEMO = next(p for p in fixture_packages() if p.name.startswith("demo-py") and p.suffix == ".conda")


class Ran(NamedTuple):
    status: int
    out: list[str]
    err: list[str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run cf-sbom in the folder of a package, with no settings around."""
    (tmp_path / DEMO.name).write_bytes(DEMO.read_bytes())
    monkeypatch.chdir(tmp_path)
    for name in [n for n in os.environ if n.startswith("CF_SBOM") or n == "SOURCE_DATE_EPOCH"]:
        monkeypatch.delenv(name)

    def call(*words: object, **environment: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["cf-sbom", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        with monkeypatch.context() as context:
            for name, value in environment.items():
                context.setenv(name, value)
            with pytest.raises(SystemExit) as end:
                main()
        out, err = capfd.readouterr()
        return Ran(int(end.value.code or 0), out.splitlines(), err.splitlines())

    return call


def test_sign_and_verify(run: Callable[..., Ran], tmp_path: Path) -> None:
    private, public = make_keys(tmp_path)
    assert run("attest", DEMO.name, "--key", private) == (0, [f"{DEMO.name}.intoto.jsonl"], [])
    place = f"{DEMO.name}.intoto.jsonl"
    found = run("verify", DEMO.name, "--key", public)
    assert found == (
        0,
        [
            f"{place}: line 1: ok (cyclonedx-json 1.6, word for word, signed by key.pub)",
            f"{place}: line 2: ok (spdx-json 2.3, word for word, signed by key.pub)",
        ],
        [],
    )
    assert run("verify", DEMO.name, CF_SBOM_PUBLIC_KEY=str(public)) == found
    assert run("verify", "-q", DEMO.name, "--key", public) == (0, [], [])
    ignored = run("verify", DEMO.name)
    assert (ignored.status, ignored.out[0][-24:-1]) == (0, ", signature not checked")
    assert "not checked: the signature" in ignored.err[0]
    assert run("verify", "--strict", DEMO.name).status == 1


def test_a_refusal_says_why_on_standard_error(run: Callable[..., Ran], tmp_path: Path) -> None:
    run("generate", "-q", "-o", "cyclonedx-json", DEMO.name)
    assert run("verify", DEMO.name) == (0, [f"{DEMO.name}.cdx.json: ok (cyclonedx-json 1.6, byte for byte)"], [])
    sidecar = tmp_path / f"{DEMO.name}.cdx.json"
    sidecar.write_bytes(sidecar.read_bytes().replace(b"Apache-2.0", b"ISC"))
    found = run("verify", DEMO.name)
    assert (found.status, found.out) == (1, [f"{sidecar.name}: refused"])
    assert found.err[0].startswith(f"{sidecar.name}: changed since it was made")
    assert any("licenses: ISC in the document only" in line for line in found.err)
    assert run("verify", "-q", DEMO.name).out == [f"{sidecar.name}: refused"]


def test_nothing_found_is_a_no(run: Callable[..., Ran]) -> None:
    reason = f"{DEMO.name}: no document about the package is beside the package or in it"
    assert run("verify", DEMO.name) == (1, [], [reason])


def test_what_cannot_be_read(run: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "broken.conda").write_bytes(b"no archive")
    for command in (("verify",), ("attest", "--unsigned")):
        found = run(*command, "broken.conda")
        assert (found.status, len(found.err)) == (3, 1)
        assert found.err[0].startswith("cf-sbom: broken.conda: not a conda package: ")
        assert run(*command, "none.conda").status == 3


def test_all_answers_for_machines(run: Callable[..., Ran], tmp_path: Path) -> None:
    run("generate", "-q", DEMO.name)
    tree = json.loads("\n".join(run("verify", "--json", DEMO.name).out))
    assert (tree["ok"], tree["package"]["filename"], tree["missing"]) == (True, DEMO.name, [])
    assert [(d["kind"], d["format"], d["ok"], d["agreement"]) for d in tree["documents"]] == [
        ("sidecar", "cyclonedx-json", True, "byte for byte"),
        ("sidecar", "spdx-json", True, "byte for byte"),
    ]
    (tmp_path / f"{DEMO.name}.spdx.json").write_text("{}")
    found = run("verify", "--json", DEMO.name)
    assert found.status == 1
    tree = json.loads("\n".join(found.out))
    assert (tree["ok"], tree["documents"][1]["refusals"]) == (False, ["neither a CycloneDX nor an SPDX document"])


def test_a_document_time_of_another_day_is_no_contradiction(run: Callable[..., Ran]) -> None:
    run("generate", "-q", DEMO.name)
    assert run("verify", DEMO.name, SOURCE_DATE_EPOCH="0").status == 0


def test_settings_of_the_working_folder_have_no_say(run: Callable[..., Ran], tmp_path: Path) -> None:
    run("generate", "-q", DEMO.name)
    (tmp_path / "cf-sbom.toml").write_text('channel = "elsewhere"\n')
    found = run("verify", DEMO.name)
    assert (found.status, found.err) == (
        0,
        ["cf-sbom: the settings in cf-sbom.toml are not used to verify; --config cf-sbom.toml uses them"],
    )
    assert run("verify", DEMO.name, "--config", "cf-sbom.toml").status == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "one of --key, --keyless and --unsigned says who signs"),
        (("--unsigned", "--keyless"), "one of --key, --keyless and --unsigned says who signs"),
        (("--keyless",), "it needs --network"),
        (("--unsigned", "--append"), "--append is for the file that --key writes"),
        (("--unsigned", "-o", "cyclonedx-json=x"), "is not FORMAT[@VERSION]"),
        (("--unsigned", "-o", "nothing"), "no format is called 'nothing'"),
        (("--unsigned", "-o", "cyclonedx-xml"), "in-toto has no predicate of cyclonedx-xml"),
        (("--unsigned", "-o", "cyclonedx-json@9"), "cyclonedx-json has no version 9"),
        (("--unsigned", "-o", "cyclonedx-json", "-o", "cyclonedx-json@1.7"), "name each format once"),
    ],
)
def test_usage_of_attest(run: Callable[..., Ran], words: tuple[str, ...], reason: str) -> None:
    found = run("attest", DEMO.name, *words)
    assert found.status == 2
    assert reason in found.err[-1]


def test_of_the_formats_in_settings_those_that_can_be_stated(run: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "cf-sbom.toml").write_text('output = ["cyclonedx-xml", "spdx3-json"]\noutput-dir = "sboms"\n')
    found = run("attest", "-q", DEMO.name, "--unsigned")
    assert (found.status, found.out) == (0, [f"sboms/{DEMO.name}.spdx3.intoto.json"])
    found = run("attest", "-q", DEMO.name, "--unsigned", CF_SBOM_OUTPUT="spdx-rdf")
    assert (found.status, len(found.out)) == (0, 2)


def test_usage_of_verify(run: Callable[..., Ran], tmp_path: Path) -> None:
    private, _ = make_keys(tmp_path)
    assert "this is a private key" in run("verify", DEMO.name, "--key", private).err[-1]
    found = run("verify", DEMO.name, "--issuer", "https://example.org")
    assert (found.status, "--identity" in found.err[-1]) == (2, True)


def test_a_passphrase_comes_from_the_environment_only(run: Callable[..., Ran], tmp_path: Path) -> None:
    private, _ = make_keys(tmp_path, passphrase="open sesame")
    found = run("attest", DEMO.name, "--key", private)
    assert (found.status, "set CF_SBOM_KEY_PASSPHRASE" in found.err[-1]) == (2, True)
    assert run("attest", DEMO.name, "--key", private, CF_SBOM_KEY_PASSPHRASE="open sesame").status == 0
    wrong = run("attest", DEMO.name, "--key", private, CF_SBOM_KEY_PASSPHRASE="closed")
    assert (wrong.status, wrong.err) == (2, ["cf-sbom: key.pem: the passphrase does not open the key"])


def test_files_of_others_are_not_overwritten(run: Callable[..., Ran], tmp_path: Path) -> None:
    private, _ = make_keys(tmp_path)
    place = tmp_path / f"{DEMO.name}.intoto.jsonl"
    place.write_text("mine")
    found = run("attest", DEMO.name, "--key", private)
    assert (found.status, place.read_text()) == (3, "mine")
    assert run("attest", DEMO.name, "--key", private, "--force").status == 0


def test_a_document_that_is_not_so_is_said(run: Callable[..., Ran], tmp_path: Path) -> None:
    run("generate", "-q", DEMO.name)
    sidecar = tmp_path / f"{DEMO.name}.cdx.json"
    sidecar.write_bytes(sidecar.read_bytes().replace(b"Apache-2.0", b"ISC"))
    found = run("attest", DEMO.name, "--unsigned")
    assert (found.status, len(found.out)) == (0, 2)
    assert f"{sidecar.name}: changed since it was made" in found.err[0]
    assert run("attest", DEMO.name, "--unsigned", "--strict").status == 1


def test_a_folder_is_verified_and_not_attested(run: Callable[..., Ran], tmp_path: Path) -> None:
    for name, data in info_members().items():
        place = tmp_path / "demo-1.0-0" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    run("generate", "-q", "demo-1.0-0")
    assert run("verify", "demo-1.0-0").status == 0
    assert run("attest", "--unsigned", "demo-1.0-0").status == 3
