"""Keyless signatures by sigstore: a certificate for an identity, a signature, and an entry in a public log.

Knows sigstore's client, which comes with the extra `sigstore`. Signing talks to sigstore's services and is never done
unless the user allows the network; verifying uses the roots of trust that the client has with it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from cf_sbom.errors import SettingsError, SigningError

if TYPE_CHECKING:
    from sigstore.oidc import IdentityToken
    from sigstore.sign import SigningContext

_MISSING = "keyless signatures need the library sigstore: pip install 'cf_sbom[sigstore]'"


class KeylessSigner:
    """Signs statements as the identity that the surroundings give: that of a CI job, else of who is at the terminal."""

    def __init__(self, context: SigningContext | None = None, token: IdentityToken | None = None) -> None:
        """Without arguments sigstore's public services are asked when the first statement is signed. Raises
        SettingsError where the library is missing."""
        if find_spec("sigstore") is None:
            raise SettingsError(_MISSING)
        self._context = context
        self._token = token

    def sign(self, statement: bytes) -> bytes:
        """A sigstore bundle that holds the signed statement, as JSON. Raises SigningError."""
        from sigstore.dsse import Statement

        try:
            if self._context is None or self._token is None:
                self._context, self._token = _public_services()
            with self._context.signer(self._token) as signer:
                return signer.sign_dsse(Statement(statement)).to_json().encode()
        except SigningError:
            raise
        except Exception as error:  # the client raises many kinds that have no root in common
            raise SigningError(f"sigstore did not sign: {_line(error)}") from error


def check_bundle(bundle: bytes, identity: str, issuer: str) -> str:
    """Why a sigstore bundle is not one that the identity signed, or "". Asks no service. Raises SettingsError."""
    try:
        from sigstore.errors import Error
        from sigstore.models import Bundle
        from sigstore.verify import Verifier
        from sigstore.verify.policy import Identity
    except ImportError:
        raise SettingsError(_MISSING) from None
    try:
        Verifier.production(offline=True).verify_dsse(
            Bundle.from_json(bundle), Identity(identity=identity, issuer=issuer or None)
        )
    except (Error, ValueError) as error:
        return f"sigstore: {_line(error)}"
    return ""


def _public_services() -> tuple[SigningContext, IdentityToken]:
    from sigstore.models import ClientTrustConfig
    from sigstore.oidc import IdentityToken, Issuer, detect_credential
    from sigstore.sign import SigningContext

    config = ClientTrustConfig.production()
    credential = detect_credential()
    if credential is not None:
        token = IdentityToken(credential)
    elif sys.stderr.isatty():
        token = Issuer(config.signing_config.get_oidc_url()).identity_token()
    else:
        raise SigningError("sigstore: no identity: this is neither a CI job that has one nor a terminal to ask at")
    return SigningContext.from_trust_config(config), token


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
