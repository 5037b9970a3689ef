"""Consumers: their tokens, and what they (or the brand) say about themselves."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import uuid4

import msgspec

from orchestrator.core.model import allowances, errors
from orchestrator.core.model.allowances import Allowance, Allowances
from orchestrator.core.model.directory import Connector
from orchestrator.core.model.ids import AccountId, ConsumerId
from orchestrator.core.model.tokens import ConsumerToken, Standing, Vouched
from orchestrator.services.clock import Clock
from orchestrator.services.cloud.ports import CloudStore, CloudTransaction, Speaker

RENEWABLE: Final = timedelta(hours=730)
"""How long after its making an unauthenticated token can be renewed (messaging protocol 6.1)."""

NEWCOMERS: Final = Allowance(10_000, 0.01)
"""New unauthenticated consumers from one address, which may be that of a load balancer."""

REMEMBERED: Final = 20_000
"""Addresses whose newcomers are counted."""

LONGEST_SUBJECT: Final = 1000
"""Characters of the id under which a program knows a consumer."""


class Expired(errors.Unauthenticated):
    """The token was good once. ``renewable``: `Consumers.renew` still takes it."""

    code = "expired"

    def __init__(self, *, renewable: bool) -> None:
        super().__init__("The consumer's token has expired.")
        self.renewable = renewable


class Visitor(msgspec.Struct, frozen=True):
    """A consumer who has shown a token, and how long it is good."""

    speaker: Speaker
    standing: Standing
    expires_at: datetime


class Tokens(Protocol):
    """Signs and verifies consumers' tokens (JWT, RS256)."""

    async def sign(
        self,
        account: AccountId,
        consumer: ConsumerId,
        *,
        issuer: str,
        lifetime: timedelta,
        vouched: Vouched | None = None,
    ) -> str:
        """Return a token whose ``sub`` is the consumer id."""
        ...

    async def verify(self, account: AccountId, token: str) -> ConsumerToken:
        """Return what a token of ours says, however old; Unauthenticated when it is not ours."""
        ...

    def issuer_of(self, token: str) -> str | None:
        """Return the issuer that a token claims, unverified."""
        ...

    def vouched(self, token: str, *, connector: Connector) -> Vouched:
        """Return what the connector's server says; Unauthenticated when it did not say so."""
        ...


Connectors = Callable[[AccountId], Awaitable[Sequence[Connector]]]
"""Returns who may vouch for the consumers of an account."""


async def nobody(_account: AccountId) -> Sequence[Connector]:
    """Return no connector: all consumers are unauthenticated."""
    return ()


class Consumers:
    """Use cases on consumers."""

    def __init__(
        self,
        store: CloudStore,
        clock: Clock,
        tokens: Tokens,
        *,
        lifetime: timedelta,
        connectors: Connectors = nobody,
        newcomers: Allowance = NEWCOMERS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._tokens = tokens
        self._lifetime = lifetime
        self._connectors = connectors
        self._newcomers = newcomers
        self._came = Allowances(remembered=REMEMBERED)

    async def sign_up(self, account: AccountId, *, issuer: str, address: str | None = None) -> str:
        """Create an unauthenticated consumer and return a token for it.

        ``address`` is where the caller is, None for nobody from outside. Raises `errors.TooMany`
        when more come from there than the server allows: each costs a signature and a row.
        """
        if address is not None:
            counted = [(allowances.neighbourhood(address), self._newcomers)]
            now = self._clock.now()
            if seconds := self._came.wait(counted, now=now):
                raise errors.TooMany("Too many consumers sign up from there.", seconds=seconds)
            self._came.spend(counted, now=now)
        return await self.token(account, str(uuid4()), issuer=issuer)

    async def token(self, account: AccountId, consumer: ConsumerId, *, issuer: str) -> str:
        """Return a token for ``consumer``, who comes into being on first use."""
        now = self._clock.now()
        await self._store.jot(account, lambda tx: tx.add_consumer(consumer, "unauthenticated", now))
        return await self._tokens.sign(account, consumer, issuer=issuer, lifetime=self._lifetime)

    async def renew(self, account: AccountId, token: str, *, issuer: str) -> str:
        """Return a fresh token for the unauthenticated consumer of an older one.

        Raises Unauthenticated for a token that is not ours, or was made more than 730 hours ago,
        or is an authenticated consumer's: for those their own server speaks.
        """
        shown = await self._tokens.verify(account, token)
        if shown.standing == "authenticated" or not self._is_renewable(shown):
            raise errors.Unauthenticated("This token cannot be renewed. Sign up again.")
        return await self.token(account, shown.consumer, issuer=issuer)

    async def authenticate(
        self, account: AccountId, code: str, *, issuer: str, connector: str | None = None
    ) -> str:
        """Return a token of this cloud for the one in ``code``, good for the same consumer.

        ``code`` is signed by the server of one of the account's connectors (of this one, where
        ``connector`` names it by id), or it is an unexpired token of an unauthenticated consumer of
        this cloud, which web clients exchange in this way. What the connector's server says of the
        consumer becomes part of the profile. Raises Unauthenticated.
        """
        claimed = self._tokens.issuer_of(code)
        for each in await self._connectors(account):
            if each.issuer == claimed and connector in (None, each.id):
                vouched = self._tokens.vouched(code, connector=each)
                return await self._admit(account, vouched, issuer=issuer)
        visitor = await self.identify(account, code)
        if visitor.standing == "authenticated":
            raise errors.Unauthenticated("Send the token that your own server has signed.")
        return await self.token(account, visitor.speaker.user_id, issuer=issuer)

    async def introduced(self, account: AccountId, subject: str, *, by: str, issuer: str) -> str:
        """Return a token for the consumer whom the program ``by`` knows as ``subject``.

        Such a consumer is authenticated: the program proved who it is, and speaks for them.
        """
        if not 0 < len(subject) <= LONGEST_SUBJECT:
            raise errors.BadInput(
                f"An id has 1 to {LONGEST_SUBJECT} characters.", path="ext_consumer_id"
            )
        ends = self._clock.now() + self._lifetime
        return await self._admit(account, Vouched(subject, by, ends), issuer=issuer)

    async def _admit(self, account: AccountId, vouched: Vouched, *, issuer: str) -> str:
        consumer = authenticated_id(account, vouched)
        now = self._clock.now()

        def work(tx: CloudTransaction) -> None:
            tx.add_consumer(consumer, "authenticated", now)
            tx.put_profile(consumer, admitted(tx.profile(consumer) or {}, vouched))

        await self._store.jot(account, work)
        return await self._tokens.sign(
            account, consumer, issuer=issuer, lifetime=self._lifetime, vouched=vouched
        )

    async def identify(self, account: AccountId, token: str) -> Visitor:
        """Return who bears ``token``. Raises Expired for an old one, else Unauthenticated."""
        shown = await self._tokens.verify(account, token)
        if shown.expires_at <= self._clock.now():
            unknown = shown.standing == "unauthenticated"
            raise Expired(renewable=unknown and self._is_renewable(shown))
        speaker = Speaker(account, shown.consumer, shown.consumer, "consumer")
        return Visitor(speaker, shown.standing, shown.expires_at)

    def _is_renewable(self, shown: ConsumerToken) -> bool:
        return self._clock.now() - shown.issued_at < RENEWABLE

    async def set_profile(self, consumer: Speaker, profile: dict[str, Any]) -> None:
        """Replace what is known of the consumer, as sent (SDEs in ``authenticatedData``).

        What a connector's server has said stays, and nobody's browser can say otherwise.
        """
        now = self._clock.now()

        def work(tx: CloudTransaction) -> None:
            before = tx.profile(consumer.user_id)
            if before is None:  # they were forgotten since they got their token
                tx.add_consumer(consumer.user_id, "unauthenticated", now)
            tx.put_profile(consumer.user_id, _kept(before or {}, profile))

        await self._store.jot(consumer.account, work)

    async def profile(self, asker: Speaker, consumer: ConsumerId | None) -> dict[str, Any]:
        """Return a consumer's profile, the asker's own for None. Agents may ask for any.

        NotFound for another who was never seen.
        """
        wanted = consumer or asker.user_id
        if asker.kind == "consumer" and wanted != asker.user_id:
            raise errors.Forbidden("A consumer may read their own profile only.")
        found = await self._store.glance(asker.account, lambda tx: tx.profile(wanted))
        if found is None and wanted != asker.user_id:
            raise errors.NotFound("There is no such consumer.")
        return found or {}


def authenticated_id(account: AccountId, vouched: Vouched) -> ConsumerId:
    """Return the id of an authenticated consumer: 64 hex digits, the same at every visit."""
    parts = f"{account}\n{vouched.issuer}\n{vouched.subject}"  # neither of the first has a line
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()


def admitted(profile: dict[str, Any], vouched: Vouched) -> dict[str, Any]:
    """Return a profile with what the brand's server says; where it says nothing, as before."""
    names = {"firstName": vouched.given_name, "lastName": vouched.family_name}
    private = {"mail": vouched.mail, "mobileNum": vouched.phone}
    sdes = list(vouched.sdes)
    return {
        **profile,
        **{key: value for key, value in names.items() if value is not None},
        "privateData": {
            **(profile.get("privateData") or {}),
            **{key: value for key, value in private.items() if value is not None},
        },
        "acr": "loa1",
        "claims": {"iss": vouched.issuer, "lp_sdes": sdes},
        "authenticatedData": _with_vouched(profile.get("authenticatedData"), sdes),
    }


def _kept(before: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Return the profile sent, with the claims of the one before."""
    if "claims" not in before:
        return sent
    vouched = before["claims"]["lp_sdes"]
    return {
        **sent,
        "acr": before["acr"],
        "claims": before["claims"],
        "authenticatedData": _with_vouched(sent.get("authenticatedData"), vouched),
    }


def _with_vouched(data: dict[str, Any] | None, vouched: list[dict[str, Any]]) -> dict[str, Any]:
    """Return authenticated data with the SDEs that are vouched for in place of others like them."""
    data = data or {}
    sent = data.get("lp_sdes")
    kinds = [each.get("type") for each in vouched]
    others = [
        each
        for each in (sent if isinstance(sent, list) else ())
        if isinstance(each, dict) and each.get("type") not in kinds
    ]
    return {**data, "lp_sdes": [*vouched, *others]}
