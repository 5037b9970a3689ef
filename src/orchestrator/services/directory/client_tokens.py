"""Tokens of clients of the REST interfaces.

A token is the seal's: nothing is stored for it, and it works on every server that has the master
key. It ends after an hour, or with its client.
"""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.services.directory.ports import Seal

LIFETIME: Final = timedelta(seconds=3600)
"""The original's figure."""

MARK: Final = "co_token."
"""How tokens begin. No key does: its prefix has no dot."""

_ROW: Final = "api-tokens"


class Token(msgspec.Struct, frozen=True):
    """A client's token."""

    token: str
    lifetime: timedelta

    def __repr__(self) -> str:
        """Name the lifetime alone: a repr ends up in logs and tracebacks."""
        return f"Token(lifetime={self.lifetime!r}, …)"


class _Claims(msgspec.Struct, frozen=True):
    """What a token says: whose it is, and its end in epoch seconds."""

    id: str
    ends: int


class ClientTokens:
    """Makes tokens, and reads those that it made."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def issue(self, client_id: str, *, now: datetime) -> Token:
        """Return a token that is good for an hour from now."""
        claims = msgspec.json.encode(_Claims(client_id, int((now + LIFETIME).timestamp())))
        sealed = base64.urlsafe_b64encode(self._seal.seal(claims, row=_ROW))
        return Token(MARK + sealed.decode().rstrip("="), LIFETIME)

    def read(self, token: str, *, now: datetime) -> str | None:
        """Return the client's id, or None for what is no token of ours or has ended."""
        text = token.removeprefix(MARK)
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            said = self._seal.open(sealed, row=_ROW)
        except (binascii.Error, ValueError, errors.Conflict):
            return None
        claims = msgspec.json.decode(said, type=_Claims)
        return claims.id if claims.ends > now.timestamp() else None
