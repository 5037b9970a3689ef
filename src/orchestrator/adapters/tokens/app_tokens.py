"""Tokens of programs: JWTs signed (RS256) by one key of the token service, made on first use.

The key is neither an account's nor a consumer's: a token of one kind can never pass for the other.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt import algorithms

from orchestrator.adapters.tokens.private_keys import Keys, PrivateKeys, Seal
from orchestrator.core.model import errors
from orchestrator.services.clock import Clock
from orchestrator.services.directory.ports import AppToken

ALGORITHM: Final = "RS256"
OWNER: Final = "sentinel"
"""Under which name the key is kept among those of the accounts, whose names are digits."""

_UNTIMED: Final = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
"""Lifetimes are held against our clock, not against the library's."""


class AppTokens:
    """Implements `services.directory.ports.AppTokens`."""

    def __init__(self, keys: Keys, seal: Seal, clock: Clock) -> None:
        self._keys = PrivateKeys(keys, seal)
        self._clock = clock

    async def sign(
        self, account: str, client_id: str, *, scopes: Sequence[str], expires_at: datetime
    ) -> str:
        """Return a token of the client that is good until ``expires_at``."""
        key = await self._keys.of(OWNER)
        claims = {
            "iss": OWNER,
            "sub": client_id,
            "aud": f"acc:{account}",
            "azp": client_id,
            "scope": " ".join(scopes),
            "iat": self._clock.now(),
            "exp": expires_at,
        }
        headers = {"kid": _name(key)}
        return await asyncio.to_thread(jwt.encode, claims, key, ALGORITHM, headers)

    async def verify(self, account: str, token: str) -> AppToken:
        """Return whose token it is.

        Raises `errors.Unauthenticated` when it is malformed, not signed by the token service, meant
        for another account, or too old.
        """
        key = await self._keys.of(OWNER)
        options: Any = {"require": ["sub", "exp", "scope"], **_UNTIMED}
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.public_key(),
                algorithms=[ALGORITHM],
                audience=f"acc:{account}",
                issuer=OWNER,
                options=options,
            )
        except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
            raise _refused() from error
        subject, scope, expires = claims["sub"], claims["scope"], claims["exp"]
        if not isinstance(expires, int) or expires <= self._clock.now().timestamp():
            raise _refused()
        if not isinstance(subject, str) or not isinstance(scope, str):
            raise _refused()
        return AppToken(subject, tuple(scope.split()))

    async def published(self) -> dict[str, Any]:
        """Return the key set (RFC 7517) by which others verify our tokens."""
        key = await self._keys.of(OWNER)
        public = algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": _name(key), "use": "sig", "alg": ALGORITHM}]}


def _name(key: rsa.RSAPrivateKey) -> str:
    """Return the ``kid``: it follows from the key, so that every process says the same."""
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(public).hexdigest()[:32]


def _refused() -> errors.Unauthenticated:
    return errors.Unauthenticated("The token is not valid. Fetch another one.")
