"""Keyless signing with sigstore's real client, whose two services are stand-ins in this process; no network."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sigstore.models import Bundle, TransparencyLogEntry
from sigstore.sign import SigningContext
from sigstore_models.common.v1 import LogId
from sigstore_models.rekor import v1 as rekor
from support import fixture_packages

from cf_sbom.answers.verify import Trust, verify
from cf_sbom.attesting import attest
from cf_sbom.errors import SettingsError, SigningError
from cf_sbom.hookspecs import Options
from cf_sbom.limits import Limits
from cf_sbom.plugins import Registry
from cf_sbom.signing.keyless import KeylessSigner, check_bundle
from cf_sbom.signing.signatures import check_signatures, read_public_key
from cf_sbom.signing.statements import read_envelopes, write_statement

DEMO = next(p for p in fixture_packages() if p.name.startswith("demo-py") and p.suffix == ".conda")
STATEMENT = write_statement("x-1.0-0.conda", "0" * 64, "cyclonedx-json", b'{"bomFormat": "CycloneDX"}')


class Authority:
    """A certificate authority that certifies any key at once, in the place of Fulcio."""

    def __init__(self) -> None:
        self.signing_cert = self
        self._key = ec.generate_private_key(ec.SECP256R1())

    def post(self, request: x509.CertificateSigningRequest, token: object) -> Any:
        now = datetime.now(timezone.utc)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
        builder = x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=request.public_key())
        builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(minutes=10))
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name("a@example.org")]), critical=True)
        return SimpleNamespace(cert=builder.sign(self._key, hashes.SHA256()), chain=[])


class Log:
    """A log that takes every entry, in the place of Rekor."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure

    def _build_dsse_request(self, envelope: Any, certificate: Any) -> Any:
        return {"kind": "dsse"}

    def create_entry(self, request: Any) -> TransparencyLogEntry:
        if self.failure:
            raise self.failure
        number: Any = "1"
        size: Any = "2"
        data: Any = base64.b64encode(b"x" * 32)
        return TransparencyLogEntry(
            rekor.TransparencyLogEntry(
                log_index=number,
                log_id=LogId(key_id=data),
                kind_version=rekor.KindVersion(kind="dsse", version="0.0.1"),
                integrated_time=number,
                inclusion_promise=rekor.InclusionPromise(signed_entry_timestamp=data),
                inclusion_proof=rekor.InclusionProof(
                    log_index=number,
                    root_hash=data,
                    tree_size=size,
                    hashes=[],
                    checkpoint=rekor.Checkpoint(envelope="stand-in"),
                ),
                canonicalized_body=data,
            )
        )


@pytest.fixture
def signer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., KeylessSigner]:
    monkeypatch.setattr("sigstore.sign.verify_sct", lambda *arguments: None)  # only Fulcio's log could give one

    def make(failure: Exception | None = None) -> KeylessSigner:
        keyring: Any = SimpleNamespace(ct_keyring=lambda purpose: None)
        fulcio: Any = Authority()
        log: Any = Log(failure)
        token: Any = SimpleNamespace(in_validity_period=lambda: True)
        return KeylessSigner(SigningContext(fulcio=fulcio, rekor=log, trusted_root=keyring), token)

    return make


def test_a_bundle_is_signed_by_the_key_that_it_certifies(signer: Callable[..., KeylessSigner], tmp_path: Path) -> None:
    bundle = signer().sign(STATEMENT)
    (envelope,) = read_envelopes(bundle, Limits())
    assert envelope.payload == STATEMENT
    certificate = Bundle.from_json(bundle).signing_certificate
    assert certificate.public_bytes(serialization.Encoding.DER) == envelope.certificate
    place = tmp_path / "certified.pub"
    place.write_bytes(
        certificate.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    assert check_signatures(envelope, (read_public_key(place),)).signer == "certified.pub"


def test_an_identity_that_nobody_vouches_for_is_refused(
    signer: Callable[..., KeylessSigner], registry: Registry, tmp_path: Path
) -> None:
    """sigstore's own verifier, with the roots it has with it: the stand-in is none of them."""
    path = tmp_path / DEMO.name
    path.write_bytes(DEMO.read_bytes())
    found = attest(path, Options(outputs=()), registry, signer())
    assert [place.name for place in found.paths] == [
        f"{path.name}.cdx.sigstore.json",
        f"{path.name}.spdx.sigstore.json",
    ]
    assert attest(path, Options(outputs=()), registry, signer()).paths == found.paths
    unchecked = verify(path, Options(), registry, Trust())
    assert unchecked.ok
    assert [answer.signed for answer in unchecked.answers] == [True, True]
    answers = verify(path, Options(), registry, Trust(identity="a@example.org")).answers
    assert [answer.refusals[-1].partition(":")[0] for answer in answers] == ["sigstore", "sigstore"]


def test_what_is_no_bundle_is_said() -> None:
    assert check_bundle(b"{}", "a@example.org", "").startswith("sigstore: ")


@pytest.mark.parametrize("failure", [RuntimeError("the log is full\nof lines"), OSError("unreachable"), KeyError()])
def test_a_service_that_fails_is_said_in_one_line(signer: Callable[..., KeylessSigner], failure: Exception) -> None:
    with pytest.raises(SigningError, match="sigstore did not sign: ") as error:
        signer(failure).sign(STATEMENT)
    assert "\n" not in str(error.value)


def test_nobody_to_ask_is_an_error_and_no_question(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def nothing() -> Iterator[None]:
        yield

    configuration = SimpleNamespace(signing_config=None)
    monkeypatch.setattr("sigstore.models.ClientTrustConfig.production", lambda: configuration)
    monkeypatch.setattr("sigstore.oidc.detect_credential", lambda: None)
    with pytest.raises(SigningError, match="neither a CI job"):
        KeylessSigner().sign(STATEMENT)


def test_a_missing_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cf_sbom.signing.keyless.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"pip install 'cf_sbom\[sigstore\]'"):
        KeylessSigner()


def test_a_bundle_is_json_on_one_line(signer: Callable[..., KeylessSigner]) -> None:
    bundle = signer().sign(STATEMENT)
    assert b"\n" not in bundle
    assert json.loads(bundle)["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
