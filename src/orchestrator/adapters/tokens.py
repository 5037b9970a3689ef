"""Consumer tokens: JWTs signed with a key of the account's own (RS256), made on first use."""

import asyncio
from collections import OrderedDict
from datetime import timedelta
from typing import Any, Final, Protocol

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from orchestrator.core.model import errors
from orchestrator.services.clock import Clock

ALGORITHM: Final = "RS256"
KEPT: Final = 256
"""Opened keys kept in memory, the least recently used out first."""


class Keys(Protocol):
    """Where the sealed private keys are (PKCS #8 PEM under the seal)."""

    async def find(self, account: str) -> bytes | None:
        """Return the account's sealed key, or None."""
        ...

    async def keep(self, account: str, *, sealed: bytes) -> bytes:
        """Store the account's key unless there is one; return the one that is stored now."""
        ...


class Seal(Protocol):
    """Encryption bound to a row."""

    def seal(self, secret: bytes, *, row: str) -> bytes:
        """Return ``secret`` sealed for ``row``."""
        ...

    def open(self, sealed: bytes, *, row: str) -> bytes:
        """Return the secret sealed for ``row``, or raise `errors.Conflict`."""
        ...


class ConsumerTokens:
    """Implements `services.cloud.consumers.Tokens`."""

    def __init__(self, keys: Keys, seal: Seal, clock: Clock) -> None:
        self._keys = keys
        self._seal = seal
        self._clock = clock
        self._opened: OrderedDict[str, rsa.RSAPrivateKey] = OrderedDict()

    async def sign(self, account: str, consumer: str, *, issuer: str, lifetime: timedelta) -> str:
        """Return a token whose ``sub`` is the consumer id, good for ``lifetime`` from now."""
        key = await self._key(account)
        now = self._clock.now()
        claims = {
            "sub": consumer,
            "aud": f"acc:{account}",
            "iss": issuer,
            "iat": now,
            "exp": now + lifetime,
        }
        return await asyncio.to_thread(jwt.encode, claims, key, ALGORITHM)

    async def verify(self, account: str, token: str) -> str:
        """Return the consumer id.

        Raises `errors.Unauthenticated` when the token is malformed, not signed by the account's
        key, meant for another account, or too old by the clock.
        """
        sealed = await self._keys.find(account)
        if sealed is None:  # nothing was ever signed here
            raise _refused()
        key = await self._key(account)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.public_key(),
                algorithms=[ALGORITHM],
                audience=f"acc:{account}",
                # The lifetime is held against our clock, not against the library's.
                options={"require": ["sub", "exp"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError as error:
            raise _refused() from error
        if not isinstance(claims["exp"], int) or claims["exp"] <= self._clock.now().timestamp():
            raise _refused()
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise _refused()
        return claims["sub"]

    async def _key(self, account: str) -> rsa.RSAPrivateKey:
        found = self._opened.get(account)
        if found is None:
            found = self._opened[account] = await self._stored(account)
        self._opened.move_to_end(account)
        while len(self._opened) > KEPT:
            self._opened.popitem(last=False)
        return found

    async def _stored(self, account: str) -> rsa.RSAPrivateKey:
        sealed = await self._keys.find(account)
        row = f"signing_keys/{account}/private_key"
        if sealed is None:
            made = await asyncio.to_thread(_make)
            sealed = await self._keys.keep(account, sealed=self._seal.seal(made, row=row))
        opened = serialization.load_pem_private_key(self._seal.open(sealed, row=row), None)
        if not isinstance(opened, rsa.RSAPrivateKey):
            raise errors.Conflict("The account's signing key is not an RSA key.")
        return opened


def _make() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _refused() -> errors.Unauthenticated:
    return errors.Unauthenticated("The consumer's token is not valid. Sign up again.")
