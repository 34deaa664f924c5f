"""Statements and envelopes: written as others read them, read within limits, and only in one form."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
import pytest
from google.protobuf.json_format import ParseDict
from hypothesis import given
from hypothesis import strategies as st
from in_toto_attestation.v1.statement import Statement as Witness
from in_toto_attestation.v1.statement_pb2 import Statement as Message

from cf_sbom.errors import DocumentError
from cf_sbom.limits import Limits
from cf_sbom.signing.statements import (
    PREDICATES,
    Signature,
    read_envelopes,
    read_statement,
    signed_bytes,
    write_envelope,
    write_statement,
)

STATEMENT = write_statement("x-1.0-0.conda", "0" * 64, "cyclonedx-json", b'{"bomFormat": "CycloneDX"}')
ENVELOPE = write_envelope(STATEMENT, (Signature(keyid="k", value=b"signature"),))
BUNDLE = {
    "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
    "verificationMaterial": {"certificate": {"rawBytes": base64.b64encode(b"certificate").decode()}},
    "dsseEnvelope": json.loads(ENVELOPE),
}


def test_a_statement_has_the_subject_of_cep_27() -> None:
    assert json.loads(STATEMENT) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "x-1.0-0.conda", "digest": {"sha256": "0" * 64}}],
        "predicateType": "https://cyclonedx.org/bom",
        "predicate": {"bomFormat": "CycloneDX"},
    }


@pytest.mark.parametrize("name", sorted(PREDICATES))
def test_in_totos_own_library_takes_it(name: str) -> None:
    witness = Witness.copy_from_pb(ParseDict(json.loads(write_statement("x", "0" * 64, name, b'{"a": 1}')), Message()))
    witness.validate()
    assert witness.pb.predicate_type == PREDICATES[name]


def test_the_example_of_the_dsse_specification() -> None:
    assert signed_bytes("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_what_is_written_is_read() -> None:
    (found,) = read_envelopes(ENVELOPE, Limits())
    assert (found.payload, found.payload_type) == (STATEMENT, "application/vnd.in-toto+json")
    assert found.signatures == (Signature(keyid="k", value=b"signature"),)
    statement = read_statement(found.payload, Limits())
    assert statement.about_sbom
    assert statement.subjects == (("x-1.0-0.conda", "0" * 64),)


def test_lines_bundles_and_bare_statements() -> None:
    data = b"\n".join((ENVELOPE, orjson.dumps(BUNDLE), STATEMENT)) + b"\n"
    signed, bundle, bare = read_envelopes(data, Limits())
    assert [one.place for one in (signed, bundle, bare)] == ["line 1", "line 2", "line 3"]
    assert {one.payload for one in (signed, bundle, bare)} == {STATEMENT}
    assert (bundle.certificate, bare.signatures) == (b"certificate", ())
    assert json.loads(bundle.bundle) == BUNDLE
    (pretty,) = read_envelopes(json.dumps(BUNDLE, indent=2).encode(), Limits())
    assert pretty.payload == STATEMENT


def test_an_older_bundle_has_a_chain() -> None:
    chain = {"certificates": [{"rawBytes": base64.b64encode(b"first").decode()}, {"rawBytes": ""}]}
    (found,) = read_envelopes(
        orjson.dumps(BUNDLE | {"verificationMaterial": {"x509CertificateChain": chain}}), Limits()
    )
    assert found.certificate == b"first"


def changed(**fields: Any) -> bytes:
    tree = json.loads(ENVELOPE) | fields
    return orjson.dumps({key: value for key, value in tree.items() if value is not None})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"[]", "not an object"),
        (ENVELOPE + b"\nx", "line 2: not JSON"),
        (changed(payload=None), "no payload"),
        (changed(payload=7), "payload is no text"),
        (changed(payload="a"), "the payload is no base64"),
        (changed(payload="YR=="), "the payload is no canonical base64"),
        (changed(payload="ü"), "the payload is no base64"),
        (changed(signatures=None), "no list of signatures"),
        (changed(signatures=["x"]), "no list of signatures"),
        (changed(signatures=[{"sig": "YQ==", "keyie": "k"}]), "a signature has no field 'keyie'"),
        (changed(payloadTypf="x"), "a DSSE envelope has no field 'payloadTypf'"),
        (b'{"payload": "", "payload": "YQ=="}', "twice"),
        (orjson.dumps({"dsseEnvelope": 1}), "dsseEnvelope is no object"),
        (b"[" * 100_000, "nest"),
        (b"{}\n" * 1001, "more than 1000 lines"),
    ],
)
def test_what_is_no_envelope_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        read_envelopes(data, Limits())


def test_sizes_are_bounded() -> None:
    with pytest.raises(DocumentError, match="limit document_size"):
        read_envelopes(ENVELOPE, Limits(document_size=10))
    with pytest.raises(DocumentError, match="limit json_size"):
        read_envelopes(ENVELOPE, Limits(json_size=10))
    with pytest.raises(DocumentError, match="limit json_depth"):
        read_statement(b'{"predicate": [[[[]]]]}', Limits(json_depth=3))


@pytest.mark.parametrize(
    "tree",
    [{}, {"subject": 1}, {"subject": [1, {"digest": 1}, {"name": 1, "digest": {"sha256": 1}}]}, {"predicate": 0}],
)
def test_a_statement_may_lack_everything(tree: dict[str, Any]) -> None:
    found = read_statement(json.dumps(tree).encode(), Limits())
    assert not found.about_sbom
    assert set(found.subjects) <= {("", "")}


@pytest.mark.parametrize("data", [b"", b"\xff", b"7", b'{"_type": 1}', b'{"a": 1, "a": 2}'])
def test_what_is_no_statement_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError):
        read_statement(data, Limits())


READERS: list[Callable[[bytes, Limits], object]] = [read_envelopes, read_statement]


@pytest.mark.parametrize("read", READERS, ids=lambda r: r.__name__)
@given(data=st.binary() | st.binary().map(lambda b: ENVELOPE[:40] + b) | st.sampled_from([ENVELOPE, STATEMENT]))
def test_any_bytes_are_read_or_refused(read: Callable[[bytes, Limits], object], data: bytes) -> None:
    with suppress(DocumentError):
        read(data, Limits())
