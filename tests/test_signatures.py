"""Signatures: made with the keys that are promised, read back by others, and refused for one changed bit."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keys import KINDS, make_keys
from securesystemslib.dsse import Envelope as Witness
from securesystemslib.signer import SSlibKey

from cf_sbom.errors import DocumentError, KeyFileError, SettingsError
from cf_sbom.limits import Limits
from cf_sbom.signing.signatures import KeySigner, PublicKey, check_signatures, read_private_key, read_public_key
from cf_sbom.signing.statements import Envelope, Signature, read_envelopes, signed_bytes, write_statement

STATEMENT = write_statement("x-1.0-0.conda", "0" * 64, "cyclonedx-json", b'{"bomFormat": "CycloneDX"}')


def nothing() -> str:
    raise AssertionError("nobody asked for a passphrase")


def pair(folder: Path, kind: str = "ed25519", name: str = "key") -> tuple[KeySigner, PublicKey]:
    private, public = make_keys(folder, kind, name=name)
    return read_private_key(private, nothing), read_public_key(public)


def signed(signer: KeySigner) -> Envelope:
    (found,) = read_envelopes(signer.sign(STATEMENT), Limits())
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_key_signs_and_verifies(tmp_path: Path, kind: str) -> None:
    signer, public = pair(tmp_path, kind)
    assert check_signatures(signed(signer), (public,)).signer == "key.pub"


@pytest.mark.parametrize("kind", KINDS)
def test_securesystemslib_reads_our_envelopes(tmp_path: Path, kind: str) -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    signer, _ = pair(tmp_path, kind)
    witness = Witness.from_dict(json.loads(signer.sign(STATEMENT)))
    key = SSlibKey.from_crypto(load_pem_public_key((tmp_path / "key.pub").read_bytes()))
    assert witness.payload == STATEMENT
    assert witness.verify([key], 1)


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_verifies_our_signatures(tmp_path: Path, kind: str) -> None:
    """Another implementation, over bytes made as the specification of DSSE says."""
    signer, _ = pair(tmp_path, kind)
    envelope = signed(signer)
    (tmp_path / "data").write_bytes(signed_bytes(envelope.payload_type, envelope.payload))
    (tmp_path / "sig").write_bytes(envelope.signatures[0].value)
    hashing = {"ed25519": ["-rawin"], "p256": ["-rawin", "-digest", "sha256"]}
    hashing |= {"p384": ["-rawin", "-digest", "sha384"], "p521": ["-rawin", "-digest", "sha512"]}
    words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pub", *hashing[kind], "-in", "data"]
    ran = subprocess.run([*words, "-sigfile", "sig"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Signature Verified Successfully" in ran.stdout, ran.stderr


def test_ed25519_gives_the_same_bytes_each_time(tmp_path: Path) -> None:
    signer, _ = pair(tmp_path)
    assert signer.sign(STATEMENT) == signer.sign(STATEMENT)


def test_keys_are_told_apart(tmp_path: Path) -> None:
    (signer, own), (_, other) = pair(tmp_path), pair(tmp_path, name="other")
    envelope = signed(signer)
    assert check_signatures(envelope, (other,)).reason == f"key unknown: signed by {signer.keyid}"
    assert check_signatures(envelope, (other, own)).signer == "key.pub"
    nameless = replace(envelope, signatures=(replace(envelope.signatures[0], keyid=""),))
    assert check_signatures(nameless, (other, own)).signer == "key.pub"
    assert "none of the keys" in check_signatures(nameless, (other,)).reason
    assert check_signatures(replace(envelope, signatures=()), (own,)).reason == "no signature"


def test_one_of_several_signatures_is_enough_unless_one_is_forged(tmp_path: Path) -> None:
    (signer, own), (stranger, other) = pair(tmp_path), pair(tmp_path, name="other")
    both = replace(signed(signer), signatures=(signed(stranger).signatures[0], signed(signer).signatures[0]))
    assert check_signatures(both, (own,)).signer == "key.pub"
    forged = Signature(keyid=stranger.keyid, value=b"x" * 64)
    found = check_signatures(replace(both, signatures=(forged, both.signatures[1])), (own, other))
    assert found.forged
    assert "not that of other.pub" in found.reason


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_any_byte_of_a_signed_envelope(tmp_path_factory: pytest.TempPathFactory, kind: str) -> None:
    signer, public = pair(tmp_path_factory.mktemp("keys"), kind)
    line = signer.sign(STATEMENT)

    @given(position=st.integers(0, len(line) - 1), byte=st.integers(0, 255))
    def changed(position: int, byte: int) -> None:
        data = line[:position] + bytes([byte]) + line[position + 1 :]
        try:
            (envelope,) = read_envelopes(data, Limits())
        except DocumentError:
            return
        assert bool(check_signatures(envelope, (public,)).signer) == (data == line)

    changed()


def test_an_encrypted_key_asks_for_its_passphrase(tmp_path: Path) -> None:
    private, public = make_keys(tmp_path, passphrase="open sesame")
    signer = read_private_key(private, lambda: "open sesame")
    assert check_signatures(signed(signer), (read_public_key(public),)).signer
    for wrong in ("", "closed"):
        with pytest.raises(KeyFileError, match="the passphrase does not open"):
            read_private_key(private, lambda wrong=wrong: wrong)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a private"),
        (b"no key", "not a private"),
        (b"x" * 70_000, "too large"),
        (None, "no such file"),
    ],
)
def test_what_is_no_key_is_said(tmp_path: Path, data: bytes | None, reason: str) -> None:
    path = tmp_path / "k"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(KeyFileError, match=reason):
        read_private_key(path, nothing)
    with pytest.raises(KeyFileError, match=reason.replace("private", "public")):
        read_public_key(path)


def test_keys_of_other_kinds_and_halves_are_refused(tmp_path: Path) -> None:
    for kind in ("rsa", "p224"):
        private, public = make_keys(tmp_path, kind)
        with pytest.raises(KeyFileError, match="only ed25519 and ECDSA"):
            read_private_key(private, nothing)
        with pytest.raises(KeyFileError, match="only ed25519 and ECDSA"):
            read_public_key(public)
    with pytest.raises(KeyFileError, match="this is a private key"):
        read_public_key(private)
    with pytest.raises(KeyFileError, match="not a file"):
        read_public_key(tmp_path)


def test_a_missing_library_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    private, _ = make_keys(tmp_path)
    monkeypatch.setitem(sys.modules, "securesystemslib", None)
    with pytest.raises(SettingsError, match=r"pip install 'cf_sbom\[sign\]'"):
        read_private_key(private, nothing)
