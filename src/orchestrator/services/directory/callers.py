"""Who calls a REST door with something other than a session: a signature, or a program's token."""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from orchestrator.core.model import access, errors, times
from orchestrator.core.model.access import Actor
from orchestrator.services.clock import Clock
from orchestrator.services.directory import clients, keys, sessions
from orchestrator.services.directory.ports import AppToken, AppTokens, Reading, Signing, Store

WINDOW: Final = timedelta(minutes=5)
"""How far a signature's timestamp may be from our clock, either way."""

NONCES_KEPT: Final = 200_000
"""Nonces of good signatures remembered at most, the oldest out first: a bound on memory. Who fills
it has a key, and gains only that they can repeat a request of their own."""

TOKEN_LIFETIME: Final = timedelta(hours=1)
"""Clients renew half an hour before the end (messaging protocol 8), so it must be longer."""

SIGNED_BY: Final = "HMAC-SHA1"


class SignedRequest(msgspec.Struct, frozen=True):
    """A request with an OAuth1 header, taken apart. Parameters are decoded."""

    method: str
    urls: tuple[str, ...]
    """Under which URLs, without query, the client may have signed it."""
    query: tuple[tuple[str, str], ...]
    header: dict[str, str]


class Issued(msgspec.Struct, frozen=True):
    """A token of the token service."""

    token: str
    scopes: tuple[str, ...]
    lifetime: timedelta


class Callers:
    """Use cases of proving who calls. Whatever is wrong is always the same error."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        login_keys: keys.Keys,
        signing: Signing,
        tokens: AppTokens,
    ) -> None:
        self._store = store
        self._clock = clock
        self._keys = login_keys
        self._signing = signing
        self._tokens = tokens
        self._nonces: OrderedDict[bytes, datetime] = OrderedDict()
        """Digests, which are short however long a nonce is → until when it is used up."""

    async def by_signature(self, account: str, request: SignedRequest) -> Actor:
        """Return the user with whose key the request was signed, once for each nonce.

        Source: messaging protocol 7.7 and RFC 5849. Raises `errors.Unauthenticated`.
        """
        header, now = request.header, self._clock.now()
        nonce = header.get("oauth_nonce", "")
        app_key, token = header.get("oauth_consumer_key", ""), header.get("oauth_token", "")
        is_ours = header.get("oauth_signature_method") == SIGNED_BY and nonce
        if not is_ours or not _is_recent(header, now):
            raise _refused()
        if not app_key.isprintable():  # no key's, and not every database takes it in a question
            raise _refused()

        def work(rows: Reading) -> keys.Signatory | None:
            return self._keys.signatory(rows, account, app_key=app_key, access_token=token)

        signatory = await self._store.read(work)
        if signatory is None or not self._is_signed(request, signatory):
            raise _refused()
        self._use(_digest(account, app_key, nonce), now)
        return sessions.actor_of(signatory.user)

    async def by_token(self, account: str, token: str) -> Actor:
        """Return the program whose token it is, as somebody who asks.

        Raises `errors.Unauthenticated`, also for a client that was revoked since.
        """
        found, name = await self._client(account, token)
        return Actor(account, f"client {name}", access.of_scopes(found.scopes))

    async def demand_scope(self, account: str, token: str, *, scope: str) -> AppToken:
        """Return what a program's token says.

        Raises `errors.Unauthenticated` as `by_token`, and `errors.Forbidden` without the scope.
        """
        found, name = await self._client(account, token)
        if scope not in found.scopes:
            raise errors.Forbidden(f"The client {name} has not got the scope {scope}.")
        return found

    async def issue(self, account: str, *, client_id: str, secret: str) -> Issued:
        """Return a new token for a client. Raises `errors.Unauthenticated`."""
        client = None
        if client_id.isprintable():  # as above
            client = await self._store.read(
                lambda rows: clients.owner(rows, account, client_id=client_id, secret=secret)
            )
        if client is None:
            raise errors.Unauthenticated("The client id or secret is not valid.")
        ends = self._clock.now() + TOKEN_LIFETIME
        token = await self._tokens.sign(account, client.id, scopes=client.scopes, expires_at=ends)
        return Issued(token, client.scopes, TOKEN_LIFETIME)

    async def published(self) -> dict[str, Any]:
        """Return the key set by which others verify tokens of the token service."""
        return await self._tokens.published()

    async def _client(self, account: str, token: str) -> tuple[AppToken, str]:
        found = await self._tokens.verify(account, token)
        client = await self._store.read(lambda rows: clients.living(rows, account, found.client_id))
        if client is None:
            raise errors.Unauthenticated("The token's client was revoked.")
        return found, client.name

    def _is_signed(self, request: SignedRequest, signatory: keys.Signatory) -> bool:
        """Whether the signature fits one of the URLs; all are compared, each in constant time."""
        given = request.header.get("oauth_signature", "").encode()
        parameters = [*request.query, *_signed(request.header)]
        expected = self._expected(request, parameters, signatory)
        return sum(hmac.compare_digest(given, each) for each in expected) > 0

    def _expected(
        self,
        request: SignedRequest,
        parameters: Sequence[tuple[str, str]],
        signatory: keys.Signatory,
    ) -> list[bytes]:
        try:
            return [
                self._signing.sign(
                    request.method,
                    url,
                    parameters,
                    secret=signatory.secret,
                    token_secret=signatory.token_secret,
                ).encode()
                for url in request.urls
            ]
        except ValueError as error:
            raise _refused() from error

    def _use(self, nonce: bytes, now: datetime) -> None:
        """Remember a nonce for as long as its timestamp can pass, or refuse it as used."""
        while self._nonces:
            oldest = next(iter(self._nonces))
            if self._nonces[oldest] > now and len(self._nonces) < NONCES_KEPT:
                break
            del self._nonces[oldest]
        if nonce in self._nonces:
            raise _refused()
        self._nonces[nonce] = now + 2 * WINDOW


def _digest(*parts: str) -> bytes:
    return hashlib.sha256(msgspec.json.encode(parts)).digest()


def _is_recent(header: dict[str, str], now: datetime) -> bool:
    stamp = header.get("oauth_timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > len("9999999999"):
        return False
    return abs(times.moment(int(stamp) * 1000) - now) <= WINDOW


def _signed(header: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in header.items() if name != "oauth_signature"]


def _refused() -> errors.Unauthenticated:
    return errors.Unauthenticated("The signature is not valid.")
