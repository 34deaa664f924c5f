"""in-toto Statements about SBOMs, and the envelopes that carry their signatures: written and read, never judged.

Knows in-toto Statement v1, DSSE envelopes and sigstore bundles as JSON. What is read is untrusted: all of it stays
within the limits of JSON, base64 must be canonical, and fields that DSSE does not know are refused, so that one
statement has one form. Keys are signatures.py's.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

import orjson

from cf_sbom.errors import DocumentError
from cf_sbom.limits import Limits
from cf_sbom.parsing import ParseError, parse_strict_json

STATEMENT = "https://in-toto.io/Statement/v1"
PAYLOAD = "application/vnd.in-toto+json"
PREDICATES = {
    "cyclonedx-json": "https://cyclonedx.org/bom",
    "spdx-json": "https://spdx.dev/Document/v2.3",
    "spdx3-json": "https://spdx.dev/Document/v3",
}
"""Predicate types by format, as the predicates of in-toto are listed; a predicate is JSON, so others have none."""

_SBOM = re.compile(r"https://cyclonedx\.org/bom(?:/v[0-9.]+)?|https://spdx\.dev/Document(?:/v[0-9.]+)?")
_ENVELOPE = frozenset(("payload", "payloadType", "signatures"))
_SIGNATURE = frozenset(("keyid", "sig"))
_LINES = 1000  # of one file; each may be as large as one JSON file


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The bytes of a signature; keyid is what the signer calls its key, or ""."""

    keyid: str
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload, what it is, and its signatures: none for a bare statement. place is the line that it stands in;
    certificate the DER form of the one that a sigstore bundle has, and bundle that bundle."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...] = ()
    place: str = ""
    certificate: bytes = b""
    bundle: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is stated of which files: subjects are names and their sha256, "" for what is not there."""

    type: str
    subjects: tuple[tuple[str, str], ...]
    predicate_type: str
    predicate: Any

    @property
    def about_sbom(self) -> bool:
        """Whether in-toto calls a predicate of this type an SBOM, in any version."""
        return _SBOM.fullmatch(self.predicate_type) is not None


def write_statement(filename: str, sha256: str, document_format: str, data: bytes) -> bytes:
    """One document of a format in PREDICATES, stated of one file (CEP 27: its full name and its sha256)."""
    return orjson.dumps(
        {
            "_type": STATEMENT,
            "subject": [{"name": filename, "digest": {"sha256": sha256}}],
            "predicateType": PREDICATES[document_format],
            "predicate": orjson.loads(data),
        }
    )


def write_envelope(payload: bytes, signatures: tuple[Signature, ...]) -> bytes:
    """A DSSE envelope on one line, without the line's end."""
    return orjson.dumps(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD,
            "signatures": [{"keyid": s.keyid, "sig": base64.b64encode(s.value).decode()} for s in signatures],
        }
    )


def signed_bytes(payload_type: str, payload: bytes) -> bytes:
    """What a DSSE signature signs (pre-authentication encoding of DSSE 1)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def read_envelopes(data: bytes, limits: Limits) -> tuple[Envelope, ...]:
    """All envelopes of a file: one JSON value, or one a line. Each is a DSSE envelope, a sigstore bundle with one, or a
    bare statement. Raises DocumentError for anything else."""
    if len(data) > limits.document_size:
        raise DocumentError(f"larger than {limits.document_size} bytes (limit document_size)")
    try:
        return (_envelope(parse_strict_json(data, limits), data, ""),)
    except ParseError as error:
        lines = [line for line in data.split(b"\n") if line.strip()]
        if len(lines) < 2:
            raise DocumentError(str(error)) from None
    if len(lines) > _LINES:
        raise DocumentError(f"more than {_LINES} lines")
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(_envelope(parse_strict_json(line, limits), line, f"line {number}"))
        except (ParseError, DocumentError) as error:
            raise DocumentError(f"line {number}: {error}") from None
    return tuple(found)


def read_statement(payload: bytes, limits: Limits) -> Statement:
    """The statement in a payload. Raises DocumentError."""
    try:
        tree = parse_strict_json(payload, limits)
    except ParseError as error:
        raise DocumentError(f"the statement is {error}") from None
    if not isinstance(tree, dict):
        raise DocumentError("the statement is no object")
    subjects = tree.get("subject")
    found = []
    for subject in subjects if isinstance(subjects, list) else ():
        name = subject.get("name") if isinstance(subject, dict) else None
        digest = subject.get("digest") if isinstance(subject, dict) else None
        sha256 = digest.get("sha256") if isinstance(digest, dict) else None
        found.append((name if isinstance(name, str) else "", sha256 if isinstance(sha256, str) else ""))
    return Statement(
        type=_text(tree, "_type"),
        subjects=tuple(found),
        predicate_type=_text(tree, "predicateType"),
        predicate=tree.get("predicate"),
    )


def _envelope(tree: Any, data: bytes, place: str) -> Envelope:
    if not isinstance(tree, dict):
        raise DocumentError("not an object")
    if "_type" in tree:
        return Envelope(payload_type=PAYLOAD, payload=data, place=place)
    inner = tree.get("dsseEnvelope")
    if inner is None:
        return _dsse(tree, place)
    if not isinstance(inner, dict):
        raise DocumentError("dsseEnvelope is no object")
    certificate = _certificate(tree.get("verificationMaterial"))
    found = _dsse(inner, place)
    return Envelope(
        payload_type=found.payload_type,
        payload=found.payload,
        signatures=found.signatures,
        place=place,
        certificate=certificate,
        bundle=data,
    )


def _dsse(tree: dict[str, Any], place: str) -> Envelope:
    _only(tree, _ENVELOPE, "a DSSE envelope")
    signatures = tree.get("signatures")
    if not isinstance(signatures, list) or not all(isinstance(one, dict) for one in signatures):
        raise DocumentError("the envelope has no list of signatures")
    found = []
    for one in signatures:
        _only(one, _SIGNATURE, "a signature")
        found.append(Signature(keyid=_text(one, "keyid"), value=_base64(_text(one, "sig"), "a signature")))
    if "payload" not in tree:
        raise DocumentError("the envelope has no payload")
    return Envelope(
        payload_type=_text(tree, "payloadType"),
        payload=_base64(_text(tree, "payload"), "the payload"),
        signatures=tuple(found),
        place=place,
    )


def _certificate(material: Any) -> bytes:
    """The signer's certificate in a bundle; bundles before 0.3 have a chain of them, the signer's first."""
    if not isinstance(material, dict):
        return b""
    found = material.get("certificate")
    chain = material.get("x509CertificateChain")
    if found is None and isinstance(chain, dict):
        certificates = chain.get("certificates")
        found = certificates[0] if isinstance(certificates, list) and certificates else None
    return _base64(_text(found, "rawBytes"), "the certificate") if isinstance(found, dict) else b""


def _only(tree: dict[str, Any], known: frozenset[str], what: str) -> None:
    """What is not known is not signed either, and JSON forms of protocol buffers have no such fields."""
    if unknown := sorted(set(tree) - known):
        raise DocumentError(f"{what} has no field {unknown[0][:60]!r}")


def _text(tree: dict[str, Any], name: str) -> str:
    value = tree.get(name, "")
    if not isinstance(value, str):
        raise DocumentError(f"{name} is no text")
    return value


def _base64(text: str, what: str) -> bytes:
    """Standard or URL-safe (RFC 4648), in the one form that encoding the bytes again gives."""
    try:
        data = text.encode("ascii")
        value = base64.b64decode(data.translate(bytes.maketrans(b"-_", b"+/")), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise DocumentError(f"{what} is no base64") from None
    if data not in (base64.b64encode(value), base64.urlsafe_b64encode(value)):
        raise DocumentError(f"{what} is no canonical base64")
    return value
