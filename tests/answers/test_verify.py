"""Which documents are looked at, what is refused of statements and layouts, and in which order."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keys import make_keys
from support import fixture_packages

from cf_sbom.answers.verify import Answer, Trust, Verification, verify
from cf_sbom.attesting import attest
from cf_sbom.embedding import embed
from cf_sbom.errors import TargetError
from cf_sbom.generate import generate
from cf_sbom.hookspecs import Options
from cf_sbom.plugins import Registry
from cf_sbom.pushing import push_to_layout
from cf_sbom.signing.signatures import KeySigner, read_private_key, read_public_key
from cf_sbom.signing.statements import PAYLOAD, Signature, signed_bytes, write_envelope

DEMO = next(p for p in fixture_packages() if p.name.startswith("demo-py") and p.suffix == ".conda")


class Keys:
    """A signer whose public key is trusted, and one that nobody knows."""

    def __init__(self, folder: Path) -> None:
        private, public = make_keys(folder)
        self.signer: KeySigner = read_private_key(private, str)
        self.trust = Trust(keys=(read_public_key(public),))
        other, _ = make_keys(folder, name="other")
        self.stranger: KeySigner = read_private_key(other, str)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    path = tmp_path / DEMO.name
    path.write_bytes(DEMO.read_bytes())
    return path


@pytest.fixture
def ask(registry: Registry) -> Callable[..., Verification]:
    def run(path: Path, *documents: Path, trust: Trust | None = None, **chosen: Any) -> Verification:
        return verify(path, Options(**chosen), registry, trust or Trust(), documents)

    return run


def only(found: Verification) -> Answer:
    (answer,) = found.answers
    return answer


def test_documents_beside_and_inside_are_found(
    demo: Path, ask: Callable[..., Verification], registry: Registry
) -> None:
    assert ask(demo).missing == ("no document about the package is beside the package or in it",)
    embed(demo, Options(outputs=(("spdx-json", ""),)), registry)
    generate(demo, Options(), registry)
    attest(demo, Options(outputs=()), registry, None)
    found = ask(demo)
    assert found.ok
    assert [(a.place.removeprefix(f"{demo.name}."), a.kind) for a in found.answers] == [
        ("cdx.json", "sidecar"),
        ("spdx.json", "sidecar"),
        ("cdx.intoto.json", "statement"),
        ("spdx.intoto.json", "statement"),
        ("share/sbom/demo-py-1.4.2-pyh4616a5c_0.spdx.json", "embedded"),
    ]
    assert {a.agreement for a in found.answers} == {"byte for byte", "word for word"}


def test_only_named_documents_are_looked_at(demo: Path, ask: Callable[..., Verification], registry: Registry) -> None:
    one, two = generate(demo, Options(), registry).paths
    two.write_text("{")
    assert only(ask(demo, one)).ok
    assert only(ask(demo, two)).refusals[0].startswith("not JSON")
    assert only(ask(demo, demo.parent / "none.json")).refusals == ("no such file",)
    assert only(ask(demo, demo.parent)).refusals == ("a folder that is no OCI image layout",)


def test_sidecars_may_be_in_another_folder(
    demo: Path, ask: Callable[..., Verification], registry: Registry, tmp_path: Path
) -> None:
    generate(demo, Options(output_dir=tmp_path / "out"), registry)
    assert ask(demo).missing
    assert len(ask(demo, output_dir=tmp_path / "out").answers) == 2


def test_what_is_no_package_is_an_error(ask: Callable[..., Verification], tmp_path: Path) -> None:
    with pytest.raises(TargetError):
        ask(tmp_path / "none.conda")


def test_signed_statements(demo: Path, ask: Callable[..., Verification], registry: Registry, keys: Keys) -> None:
    attest(demo, Options(outputs=()), registry, keys.signer)
    unchecked = ask(demo)
    assert unchecked.ok
    assert all(a.signed and not a.signer and "the signature" in a.unchecked[0] for a in unchecked.answers)
    checked = ask(demo, trust=keys.trust)
    assert [(a.format, a.signer, a.unchecked) for a in checked.answers] == [
        ("cyclonedx-json", "key.pub", ()),
        ("spdx-json", "key.pub", ()),
    ]


def test_a_key_wants_a_signature(demo: Path, ask: Callable[..., Verification], registry: Registry, keys: Keys) -> None:
    generate(demo, Options(), registry)
    assert ask(demo, trust=keys.trust).missing == ("no statement about the package is signed by whom you trust",)
    attest(demo, Options(outputs=()), registry, None)
    assert {a.refusals for a in ask(demo, trust=keys.trust).answers if a.kind == "statement"} == {("not signed",)}


def test_an_unknown_key(demo: Path, ask: Callable[..., Verification], registry: Registry, keys: Keys) -> None:
    attest(demo, Options(outputs=()), registry, keys.stranger)
    for answer in ask(demo, trust=keys.trust).answers:
        assert answer.refusals == (f"key unknown: signed by {keys.stranger.keyid}",)


@pytest.fixture
def statement(demo: Path, registry: Registry) -> dict[str, Any]:
    """A right statement about the package."""
    (path,) = attest(demo, Options(outputs=(("cyclonedx-json", ""),)), registry, None).paths
    tree: dict[str, Any] = json.loads(path.read_bytes())
    path.unlink()
    return tree


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"_type": "https://in-toto.io/Statement/v0.1"}, "statement: of the type"),
    ({"subject": []}, "statement: 0 subjects"),
    ({"subject": [{"name": "x", "digest": {}}] * 2}, "statement: 2 subjects"),
    ({"predicateType": "https://spdx.dev/Document/v2.3"}, "statement: the predicate is cyclonedx-json 1.6, and called"),
    ({"predicateType": "https://cyclonedx.org/bom/v1.5"}, "statement: the predicate is cyclonedx-json 1.6, and called"),
    ({"predicate": {}}, "neither a CycloneDX nor an SPDX document"),
    ({"predicate": None}, "neither a CycloneDX nor an SPDX document"),
]


@pytest.mark.parametrize(("change", "reason"), WRONG, ids=lambda value: str(value)[:40])
def test_wrong_statements_are_refused_though_they_are_signed(
    demo: Path,
    ask: Callable[..., Verification],
    statement: dict[str, Any],
    keys: Keys,
    change: dict[str, Any],
    reason: str,
) -> None:
    path = demo.parent / "statement.intoto.jsonl"
    path.write_bytes(keys.signer.sign(orjson.dumps(statement | change)))
    answer = only(ask(demo, path, trust=keys.trust))
    assert answer.signer == "key.pub"
    assert answer.agreement == ""
    assert answer.refusals[0].startswith(reason)


@pytest.mark.parametrize("kind", ["https://cyclonedx.org/bom/v1.6", "https://cyclonedx.org/bom"])
def test_a_type_may_name_the_version(
    demo: Path, ask: Callable[..., Verification], statement: dict[str, Any], keys: Keys, kind: str
) -> None:
    path = demo.parent / "statement.intoto.jsonl"
    path.write_bytes(keys.signer.sign(orjson.dumps(statement | {"predicateType": kind})))
    assert only(ask(demo, path, trust=keys.trust)).ok


@pytest.mark.parametrize(("field", "value"), [("name", "x.conda"), ("digest", {"sha256": "0" * 64}), ("digest", {})])
def test_statements_of_another_file_are_refused(
    demo: Path, ask: Callable[..., Verification], statement: dict[str, Any], keys: Keys, field: str, value: Any
) -> None:
    statement["subject"][0][field] = value
    path = demo.parent / "statement.intoto.jsonl"
    path.write_bytes(keys.signer.sign(orjson.dumps(statement)))
    assert only(ask(demo, path, trust=keys.trust)).refusals[0].startswith("statement: ")


def test_reasons_are_in_the_order_of_what_matters(
    demo: Path, ask: Callable[..., Verification], statement: dict[str, Any], keys: Keys
) -> None:
    """Document, subject, components, statement, signature."""
    statement["predicate"]["metadata"]["component"]["hashes"][0]["content"] = "0" * 32
    statement["predicate"]["components"][0]["version"] = "9.9"
    statement["subject"][0]["name"] = "x.conda"
    path = demo.parent / "statement.intoto.jsonl"
    path.write_bytes(keys.stranger.sign(orjson.dumps(statement)))
    reasons = only(ask(demo, path, trust=keys.trust)).refusals
    starts = ["changed since", "md5: ", "pkg:conda/python: version", "statement: ", "key unknown"]
    found = [next(n for n, reason in enumerate(reasons) if reason.startswith(start)) for start in starts]
    assert found == sorted(found)


def test_statements_of_other_things_are_passed_over(
    demo: Path, ask: Callable[..., Verification], statement: dict[str, Any], keys: Keys
) -> None:
    publish = orjson.dumps(
        statement | {"predicateType": "https://schemas.conda.org/attestations-publish-1.schema.json"}
    )
    lines = [keys.stranger.sign(publish), keys.signer.sign(orjson.dumps(statement)), publish]
    path = demo.parent / f"{demo.name}.intoto.jsonl"
    path.write_bytes(b"\n".join(lines))
    found = ask(demo, trust=keys.trust)
    assert only(found).signer == "key.pub"
    assert found.passed_over == (f"{path.name}: line 1", f"{path.name}: line 3")
    forged = json.loads(keys.signer.sign(publish))
    forged["payload"] = json.loads(lines[0])["payload"][:-8] + "IHt9fQ=="
    path.write_bytes(orjson.dumps(forged))
    assert "not that of key.pub" in only(ask(demo, trust=keys.trust)).refusals[-1]


def test_payloads_of_other_kinds(demo: Path, ask: Callable[..., Verification], keys: Keys) -> None:
    tree = json.loads(write_envelope(b"{}", (Signature(keyid="", value=b"x"),))) | {"payloadType": "text/plain"}
    path = demo.parent / "x.intoto.jsonl"
    path.write_bytes(orjson.dumps(tree))
    assert only(ask(demo, path)).refusals == ("the payload is 'text/plain', no in-toto statement",)


@pytest.fixture(scope="module")
def signed_line(tmp_path_factory: pytest.TempPathFactory, registry: Registry, keys: Keys) -> tuple[Path, bytes]:
    folder = tmp_path_factory.mktemp("signed")
    path = folder / DEMO.name
    path.write_bytes(DEMO.read_bytes())
    (place,) = attest(path, Options(outputs=(("cyclonedx-json", ""),)), registry, keys.signer).paths
    return path, place.read_bytes()


@settings(max_examples=80)
@given(data=st.data())
def test_any_byte_of_a_signed_document(
    signed_line: tuple[Path, bytes], registry: Registry, keys: Keys, data: st.DataObject
) -> None:
    """Whatever byte of the file is another, no signed document is left; but for the white space at its end."""
    path, line = signed_line
    position, byte = data.draw(st.integers(0, len(line) - 1)), data.draw(st.integers(0, 255))
    changed = line[:position] + bytes([byte]) + line[position + 1 :]
    place = path.parent / "changed.intoto.jsonl"
    place.write_bytes(changed)
    found = verify(path, Options(), registry, keys.trust, (place,))
    assert found.ok == (changed.strip() == line.strip())


def blob(folder: Path, data: bytes) -> dict[str, Any]:
    digest = sha256(data).hexdigest()
    (folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    (folder / "blobs" / "sha256" / digest).write_bytes(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}


def layout(folder: Path, package: bytes, documents: dict[str, bytes]) -> Path:
    """An OCI image layout: the manifest of a package, and one that refers to it for each document."""
    manifest = "application/vnd.oci.image.manifest.v1+json"
    empty = {"mediaType": "application/vnd.oci.empty.v1+json"} | blob(folder, b"{}")
    layer = {"mediaType": "application/vnd.conda.package.v2"} | blob(folder, package)
    common = {"schemaVersion": 2, "mediaType": manifest, "config": empty}
    subject = {"mediaType": manifest} | blob(folder, orjson.dumps(common | {"layers": [layer]}))
    listed = [subject]
    for kind, data in documents.items():
        media_type = "application/vnd.in-toto.bundle" if "in-toto" in kind else kind
        referrer = common | {
            "artifactType": kind,
            "layers": [{"mediaType": media_type} | blob(folder, data)],
            "subject": subject,
        }
        listed.append({"mediaType": manifest, "artifactType": kind} | blob(folder, orjson.dumps(referrer)))
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": listed}
    (folder / "index.json").write_bytes(orjson.dumps(index))
    (folder / "oci-layout").write_bytes(b'{"imageLayoutVersion": "1.0.0"}')
    return folder


def test_documents_in_a_layout(
    demo: Path, ask: Callable[..., Verification], registry: Registry, keys: Keys, tmp_path: Path
) -> None:
    cdx, spdx = (path.read_bytes() for path in generate(demo, Options(), registry).paths)
    (signed,) = attest(demo, Options(outputs=()), registry, keys.signer).paths
    documents = {
        "application/vnd.cyclonedx+json": cdx,
        "application/spdx+json": spdx,
        "application/vnd.in-toto+json": signed.read_bytes(),
    }
    folder = layout(tmp_path / "layout", demo.read_bytes(), documents)
    found = ask(demo, folder, trust=keys.trust)
    assert found.ok
    assert [(a.kind, a.format, a.signer) for a in found.answers] == [
        ("layout", "cyclonedx-json", ""),
        ("layout", "spdx-json", ""),
        ("layout", "cyclonedx-json", "key.pub"),
        ("layout", "spdx-json", "key.pub"),
    ]
    other = layout(tmp_path / "other", b"another package", documents)
    assert ask(demo, other).missing == ("no document about the package is in what was named",)
    wrong = layout(
        tmp_path / "wrong",
        demo.read_bytes(),
        {"application/vnd.cyclonedx+json": cdx.replace(b'"Apache-2.0"', b'"ISC"')},
    )
    assert only(ask(demo, wrong)).refusals


@pytest.mark.parametrize("writer", ["by hand", "by push"])
def test_any_blob_of_a_layout(
    writer: str, demo: Path, ask: Callable[..., Verification], registry: Registry, tmp_path: Path
) -> None:
    """One changed bit in anything that the answer rests on."""
    wanted, folder = Options(outputs=(("cyclonedx-json", ""),)), tmp_path / "layout"
    (cdx,) = generate(demo, wanted, registry).paths
    if writer == "by push":
        push_to_layout(demo, folder, wanted, registry)
    else:
        layout(folder, demo.read_bytes(), {"application/vnd.cyclonedx+json": cdx.read_bytes()})
    assert ask(demo, folder).ok
    index = json.loads((folder / "index.json").read_bytes())["manifests"]
    read = {manifest["digest"].removeprefix("sha256:") for manifest in index} | {sha256(cdx.read_bytes()).hexdigest()}
    for place in sorted((folder / "blobs" / "sha256").iterdir()):
        data = place.read_bytes()
        if place.name not in read:  # configuration and layers of the package: the package itself is beside the layout
            continue
        place.write_bytes(bytes([data[0] ^ 1]) + data[1:])
        assert "the bytes under this digest are others" in only(ask(demo, folder)).refusals[0]
        place.write_bytes(data)


@pytest.mark.parametrize("name", [DEMO.name, DEMO.name.replace(".conda", ".tar.bz2")])
def test_all_ways_of_attachment_together(
    name: str, ask: Callable[..., Verification], registry: Registry, keys: Keys, tmp_path: Path
) -> None:
    """What embed, generate, attest and push make of one package holds, and none of it of a package that is another."""
    package, wanted = tmp_path / name, Options()
    package.write_bytes(next(p for p in fixture_packages() if p.name == name).read_bytes())
    embed(package, wanted, registry)
    other = package.read_bytes()
    embed(package, replace(wanted, timestamp="2001-01-01T00:00:00Z"), registry)
    generate(package, wanted, registry)
    attest(package, replace(wanted, outputs=()), registry, keys.signer)
    push_to_layout(package, tmp_path / "layout", wanted, registry)
    found, pushed = ask(package, trust=keys.trust), ask(package, tmp_path / "layout", trust=keys.trust)
    assert found.ok
    assert pushed.ok
    assert [a.kind for a in found.answers] == ["sidecar"] * 2 + ["statement"] * 2 + ["embedded"] * 2
    assert [(a.kind, bool(a.signer)) for a in pushed.answers] == [("layout", False)] * 2 + [("layout", True)] * 2

    package.write_bytes(other)
    refused = ask(package, trust=keys.trust)
    assert [(a.kind, a.ok) for a in refused.answers] == [
        *[("sidecar", False)] * 2,
        *[("statement", False)] * 2,
        *[("embedded", True)] * 2,
    ]
    for answer in refused.answers[:4]:
        assert answer.refusals[0].startswith(("size: ", "md5: "))
    for answer in refused.answers[2:4]:
        assert answer.refusals[-1] == "statement: the sha256 of its subject is not that of the package"
    assert ask(package, tmp_path / "layout").missing == ("no document about the package is in what was named",)


def test_an_envelope_says_what_it_is_in_what_is_signed(
    keys: Keys, demo: Path, ask: Callable[..., Verification]
) -> None:
    """A signature over the payload alone is none."""
    payload = b'{"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://cyclonedx.org/bom"}'
    right = keys.signer.sign(payload)
    assert signed_bytes(PAYLOAD, payload) != payload
    tree = json.loads(right) | {"payloadType": "application/vnd.in-toto.spdx+json"}
    path = demo.parent / "x.intoto.jsonl"
    path.write_bytes(orjson.dumps(tree))
    assert "not that of key.pub" in only(ask(demo, path, trust=keys.trust)).refusals[-1]


def test_answers_are_ok_without_refusals() -> None:
    answer = Answer(place="x", kind="sidecar")
    assert answer.ok
    assert not replace(answer, refusals=("no",)).ok
