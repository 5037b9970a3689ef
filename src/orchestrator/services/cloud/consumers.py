"""Consumers: their tokens, and what they (or the brand) say about themselves."""

from datetime import timedelta
from typing import Any, Protocol
from uuid import uuid4

from orchestrator.core.model import errors
from orchestrator.core.model.ids import AccountId, ConsumerId
from orchestrator.services.clock import Clock
from orchestrator.services.cloud.ports import CloudStore, Speaker


class Tokens(Protocol):
    """Signs and verifies the cloud's consumer tokens (JWT, RS256)."""

    async def sign(
        self, account: AccountId, consumer: ConsumerId, *, issuer: str, lifetime: timedelta
    ) -> str:
        """Return a token whose ``sub`` is the consumer id."""
        ...

    async def verify(self, account: AccountId, token: str) -> ConsumerId:
        """Return the consumer id; Unauthenticated when the token is not ours or is too old."""
        ...


class Consumers:
    """Use cases on consumers."""

    def __init__(
        self, store: CloudStore, clock: Clock, tokens: Tokens, *, lifetime: timedelta
    ) -> None:
        self._store = store
        self._clock = clock
        self._tokens = tokens
        self._lifetime = lifetime

    async def sign_up(self, account: AccountId, *, issuer: str) -> str:
        """Create an unauthenticated consumer and return a token for it."""
        return await self.token(account, str(uuid4()), issuer=issuer)

    async def token(self, account: AccountId, consumer: ConsumerId, *, issuer: str) -> str:
        """Return a token for ``consumer``, who comes into being on first use."""
        now = self._clock.now()
        await self._store.transact(
            account, lambda tx: tx.add_consumer(consumer, "unauthenticated", now)
        )
        return await self._tokens.sign(account, consumer, issuer=issuer, lifetime=self._lifetime)

    async def identify(self, account: AccountId, token: str) -> Speaker:
        """Return who bears ``token``; Unauthenticated otherwise."""
        consumer = await self._tokens.verify(account, token)
        return Speaker(account, consumer, consumer, "consumer")

    async def set_profile(self, consumer: Speaker, profile: dict[str, Any]) -> None:
        """Replace what is known of the consumer, as sent (SDEs in ``authenticatedData``)."""
        await self._store.transact(
            consumer.account, lambda tx: tx.put_profile(consumer.user_id, profile)
        )

    async def profile(self, asker: Speaker, consumer: ConsumerId | None) -> dict[str, Any]:
        """Return a consumer's profile, the asker's own for None. Agents may ask for any.

        NotFound for a consumer who was never seen.
        """
        wanted = consumer or asker.user_id
        if asker.kind == "consumer" and wanted != asker.user_id:
            raise errors.Forbidden("A consumer may read their own profile only.")
        found = await self._store.read(asker.account, lambda tx: tx.profile(wanted))
        if found is None:
            raise errors.NotFound("There is no such consumer.")
        return found
