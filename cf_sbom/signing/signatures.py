"""Keys: who signs a statement, and whether a signature is that of a key.

Knows PEM files and securesystemslib, which comes with the extra `sign`. A private key never leaves its object; messages
name key files and key ids only.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cf_sbom.errors import KeyFileError, SettingsError
from cf_sbom.signing.statements import PAYLOAD, Envelope, Signature, signed_bytes, write_envelope

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, SSlibKey

_MISSING = "signatures need the library securesystemslib: pip install 'cf_sbom[sign]'"
_KINDS = "only ed25519 and ECDSA keys (P-256, P-384, P-521) are used"
_LARGEST = 64 * 1024  # bytes of a key file


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key. ids: the names by which signers call it; the first is securesystemslib's."""

    name: str
    ids: tuple[str, ...]
    _key: SSlibKey

    def signed(self, data: bytes, signature: bytes) -> bool:
        """Whether a signature over the data is that of this key."""
        from securesystemslib.exceptions import UnverifiedSignatureError
        from securesystemslib.signer import Signature as Stated

        try:
            self._key.verify_signature(Stated(self._key.keyid, signature.hex()), data)
        except UnverifiedSignatureError:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of the signatures of an envelope: the name of who signed it, or why none is accepted. forged: one
    names a key and is not that key's."""

    signer: str = ""
    reason: str = ""
    forged: bool = False


class KeySigner:
    """Signs statements with a private key. ed25519 gives the same bytes each time, ECDSA does not."""

    def __init__(self, signer: CryptoSigner) -> None:
        self._signer = signer

    @property
    def keyid(self) -> str:
        return self._signer.public_key.keyid

    def sign(self, statement: bytes) -> bytes:
        """The statement in a signed DSSE envelope, one line without its end."""
        found = self._signer.sign(signed_bytes(PAYLOAD, statement))
        return write_envelope(statement, (Signature(keyid=found.keyid, value=bytes.fromhex(found.signature)),))


def read_private_key(path: Path, passphrase: Callable[[], str]) -> KeySigner:
    """The signer of a PEM file. passphrase is asked only where the key is encrypted. Raises KeyFileError for what is no
    such key, SettingsError where securesystemslib is missing."""
    crypto, serialization = _library()
    data = _read(path)
    try:
        key = serialization.load_pem_private_key(data, None)
    except TypeError:  # as the library says that it is encrypted
        try:
            key = serialization.load_pem_private_key(data, passphrase().encode())
        except (ValueError, TypeError):
            raise KeyFileError(f"{path.name}: the passphrase does not open the key") from None
    except ValueError:
        raise KeyFileError(f"{path.name}: not a private key in PEM form") from None
    except Exception as error:  # UnsupportedAlgorithm is no ValueError
        raise KeyFileError(f"{path.name}: {type(error).__name__}; {_KINDS}") from None
    public = _public(key.public_key(), path)
    return KeySigner(crypto.CryptoSigner(key, public))


def read_public_key(path: Path) -> PublicKey:
    """The public key of a PEM file. Raises KeyFileError for what is none, SettingsError where securesystemslib is
    missing."""
    _, serialization = _library()
    data = _read(path)
    if b"PRIVATE KEY" in data:
        raise KeyFileError(f"{path.name}: this is a private key; signatures are verified with the public one")
    try:
        key = serialization.load_pem_public_key(data)
    except ValueError:
        raise KeyFileError(f"{path.name}: not a public key in PEM form") from None
    except Exception as error:
        raise KeyFileError(f"{path.name}: {type(error).__name__}; {_KINDS}") from None
    found = _public(key, path)
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    digest = sha256(der).digest()
    ids = (found.keyid, digest.hex(), base64.b64encode(digest).decode(), f"SHA256:{digest.hex()}")
    return PublicKey(name=path.name, ids=ids, _key=found)


def check_signatures(envelope: Envelope, keys: Iterable[PublicKey]) -> Checked:
    """Whether one of the keys signed the envelope. A signature that names one of the keys must be its own; one that
    names none is tried with each; one that names another says nothing here."""
    known = tuple(keys)
    data = signed_bytes(envelope.payload_type, envelope.payload)
    signer, strangers = None, []
    for signature in envelope.signatures:
        named = [key for key in known if signature.keyid in key.ids]
        candidates = named if signature.keyid else known
        found = next((key for key in candidates if key.signed(data, signature.value)), None)
        if found is None and named:
            reason = f"the signature is not that of {named[0].name} over this statement"
            return Checked(reason=reason, forged=True)
        if found is None:
            strangers.append(signature.keyid)
        signer = signer or found
    if signer is not None:
        return Checked(signer=signer.name)
    if not strangers:
        return Checked(reason="no signature")
    if not any(strangers):
        return Checked(reason="the signature is of none of the keys: wrong, or the key is unknown")
    return Checked(reason=f"key unknown: signed by {next(filter(None, strangers))[:80]}")


def _public(key: Any, path: Path) -> SSlibKey:
    from securesystemslib.signer import SSlibKey

    try:
        found = SSlibKey.from_crypto(key)
    except (ValueError, TypeError):
        raise KeyFileError(f"{path.name}: {_KINDS}") from None
    if found.keytype not in ("ed25519", "ecdsa"):
        raise KeyFileError(f"{path.name}: a key of the kind {found.keytype}; {_KINDS}")
    return found


def _library() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from securesystemslib import signer
    except ImportError:
        raise SettingsError(_MISSING) from None
    return signer, serialization


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise KeyFileError(f"{path.name}: {'not a file' if path.exists() else 'no such file'}")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise KeyFileError(f"{path.name}: cannot be read: {error.strerror}") from error
    if len(data) > _LARGEST:
        raise KeyFileError(f"{path.name}: too large for a key")
    return data
