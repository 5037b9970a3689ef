"""The RSA keys by which tokens are signed: one for each name, made on first use, stored sealed."""

import asyncio
from collections import OrderedDict
from typing import Final, Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from orchestrator.core.model import errors

SMALLEST: Final = 2048
"""Bits of an RSA key; shorter ones are no longer safe (NIST SP 800-131A)."""

KEPT: Final = 256
"""Opened keys kept in memory, the least recently used out first."""


class Keys(Protocol):
    """Where the sealed private keys are (PKCS #8 PEM under the seal)."""

    async def find(self, account: str) -> bytes | None:
        """Return the sealed key kept under this name, an account's mostly, or None."""
        ...

    async def keep(self, account: str, *, sealed: bytes) -> bytes:
        """Store a key unless there is one; return the one that is stored now."""
        ...


class Seal(Protocol):
    """Encryption bound to a row."""

    def seal(self, secret: bytes, *, row: str) -> bytes:
        """Return ``secret`` sealed for ``row``."""
        ...

    def open(self, sealed: bytes, *, row: str) -> bytes:
        """Return the secret sealed for ``row``, or raise `errors.Conflict`."""
        ...


class PrivateKeys:
    """Keys by name. Raises `errors.Conflict` for one that the seal does not open."""

    def __init__(self, keys: Keys, seal: Seal) -> None:
        self._keys = keys
        self._seal = seal
        self._opened: OrderedDict[bytes, rsa.RSAPrivateKey] = OrderedDict()
        """By what is stored: an account that was removed and added again has another key."""

    async def known(self, name: str) -> rsa.RSAPrivateKey | None:
        """Return the key of this name; None: it never signed anything."""
        sealed = await self._keys.find(name)
        return None if sealed is None else self._open(name, sealed)

    async def of(self, name: str) -> rsa.RSAPrivateKey:
        """Return the key of this name, made now if there is none."""
        found = await self.known(name)
        if found is None:
            made = self._seal.seal(await asyncio.to_thread(_make), row=_row(name))
            found = self._open(name, await self._keys.keep(name, sealed=made))
        return found

    def _open(self, name: str, sealed: bytes) -> rsa.RSAPrivateKey:
        found = self._opened.get(sealed)
        if found is None:
            opened = self._seal.open(sealed, row=_row(name))
            loaded = serialization.load_pem_private_key(opened, None)
            if not isinstance(loaded, rsa.RSAPrivateKey):
                raise errors.Conflict(f"The signing key of {name} is not an RSA key.")
            found = self._opened[sealed] = loaded
        self._opened.move_to_end(sealed)
        while len(self._opened) > KEPT:
            self._opened.popitem(last=False)
        return found


def _row(name: str) -> str:
    """Return the place of the sealed key, to which the seal binds it."""
    return f"signing_keys/{name}/private_key"


def _make() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=SMALLEST).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
