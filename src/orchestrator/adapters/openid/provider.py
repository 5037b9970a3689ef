"""The provider itself: implements `services.directory.ports.Provider`."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import jwt
import msgspec
import structlog

from orchestrator.adapters.openid import calls, proofs
from orchestrator.adapters.openid.calls import Calls, Refused
from orchestrator.core.model import errors
from orchestrator.services.clock import Clock
from orchestrator.services.directory.ports import Vouched

KEPT: Final = timedelta(hours=1)
"""How long its documents and keys are good; `OpenIdProvider.run` looks anew before that."""

LOOKED_ANEW: Final = timedelta(minutes=30)
TRIED_AGAIN: Final = timedelta(seconds=30)
"""How soon a provider that was away is looked at again."""

MOST_AT_ONCE: Final = 32
"""How many sign-ins may be under way with the provider at a time."""

_log = structlog.get_logger(__name__)


class Client(msgspec.Struct, frozen=True):
    """How this program is known to the provider. Without a secret, PKCE alone proves who asks."""

    issuer: str
    id: str
    secret: str | None
    scopes: tuple[str, ...]
    ca_file: Path | None = None

    def __repr__(self) -> str:
        """Leave the secret out: a repr ends up in logs and tracebacks."""
        return f"Client(issuer={self.issuer!r}, id={self.id!r}, …)"


class Metadata(msgspec.Struct, frozen=True):
    """What is used of the discovery document (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Known(msgspec.Struct, frozen=True):
    metadata: Metadata
    keys: jwt.PyJWKSet
    at: datetime


class OpenIdProvider:
    """Knows where the provider is and how it signs, from its own documents, for a while."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._calls = Calls(ca_file=client.ca_file)
        self._known: _Known | None = None
        self._away: tuple[datetime, str] | None = None
        self._looking = asyncio.Lock()
        self._under_way = 0

    @property
    def issuer(self) -> str:
        """The address by which it names itself."""
        return self._client.issuer

    async def run(self) -> None:
        """Look at the documents now and again, for ever, so that nobody who signs in waits."""
        while True:
            pause = LOOKED_ANEW
            try:
                await self._look(self._clock.now())
            except errors.Unavailable as error:
                pause = TRIED_AGAIN
                _log.warning("openid.away", issuer=self.issuer, said=error.message)
            await self._clock.sleep(pause.total_seconds())

    async def look(self) -> Metadata:
        """Look at the documents anew. Raises `errors.Unavailable` that says what is wrong."""
        return (await self._look(self._clock.now())).metadata

    async def close(self) -> None:
        """Close every connection."""
        await self._calls.close()

    async def entrance(self, *, redirect: str, state: str, nonce: str, challenge: str) -> str:
        """Return where to send a browser."""
        known = await self._found()
        asked = {
            "response_type": "code",
            "client_id": self._client.id,
            "redirect_uri": redirect,
            "scope": " ".join(self._client.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return _with(known.metadata.authorization_endpoint, asked)

    async def vouch(self, code: str, *, redirect: str, nonce: str, verifier: str) -> Vouched:
        """Exchange the code, and check the ID token."""
        if self._under_way >= MOST_AT_ONCE:
            raise errors.TooMany("Too many sign in just now.", seconds=5)
        self._under_way += 1
        try:
            found = await self._exchange(code, redirect=redirect, verifier=verifier)
            token, access = found.get("id_token"), found.get("access_token")
            if not isinstance(token, str) or not isinstance(access, str):
                raise calls.unusable("it gave no ID token; is “openid” among the scopes?")
            return Vouched(await self._checked(token, nonce), token, access)
        finally:
            self._under_way -= 1

    async def more(self, vouched: Vouched) -> Mapping[str, Any]:
        """Return the claims of the userinfo endpoint, which must be about the same subject."""
        place = (await self._found()).metadata.userinfo_endpoint
        if place is None:
            return {}
        try:
            found = await self._calls.get(place, bearer=vouched.access_token)
        except Refused as error:
            raise calls.unusable(f"its userinfo endpoint refuses the token ({error})") from error
        if found.get("sub") != vouched.claims["sub"]:
            raise errors.Unauthenticated("The sign-in service spoke of somebody else.")
        return found

    async def farewell(self, *, id_token: str | None, back: str) -> str | None:
        """Return where a browser signs out (OpenID Connect RP-Initiated Logout 1.0)."""
        place = (await self._found()).metadata.end_session_endpoint
        if place is None:
            return None
        said = {"client_id": self._client.id, "post_logout_redirect_uri": back}
        return _with(place, ({"id_token_hint": id_token} if id_token else {}) | said)

    async def _exchange(self, code: str, *, redirect: str, verifier: str) -> dict[str, Any]:
        metadata = (await self._found()).metadata
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        basic = None
        known, secret = self._client.id, self._client.secret
        if secret is None:
            form["client_id"] = known
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            basic = (quote(known, safe=""), quote(secret, safe=""))  # RFC 6749, section 2.3.1
        else:
            form |= {"client_id": known, "client_secret": secret}
        try:
            return await self._calls.post(metadata.token_endpoint, form, basic=basic)
        except Refused as error:
            _log.warning("openid.refused", issuer=self.issuer, said=str(error))
            if error.code == "invalid_grant":
                raise errors.Unauthenticated(
                    "The sign-in service did not accept this attempt. Begin again."
                ) from error
            raise calls.unusable(f"it refused this server ({error})") from error

    async def _checked(self, token: str, nonce: str) -> Mapping[str, Any]:
        expected = proofs.Expected(self._client.issuer, self._client.id, nonce)
        known = await self._found()
        try:
            try:
                return proofs.claims(token, known.keys, expected=expected, now=self._clock.now())
            except proofs.UnknownKey:
                newer = await self._look(known.at + timedelta(microseconds=1))
                return proofs.claims(token, newer.keys, expected=expected, now=self._clock.now())
        except proofs.Bad as error:
            _log.warning("openid.bad_token", issuer=self.issuer, said=str(error))
            raise errors.Unauthenticated(
                "What the sign-in service says of you cannot be trusted. Begin again; when it "
                "comes back, whoever runs this server finds the reason in its log."
            ) from error

    async def _found(self) -> _Known:
        known = self._known
        if known is not None and self._clock.now() - known.at < KEPT:
            return known
        return await self._look(self._clock.now() - KEPT)

    async def _look(self, since: datetime) -> _Known:
        """Return what was looked at since then; of many who ask at once, one looks."""
        began = self._clock.now()
        async with self._looking:
            if self._known is not None and self._known.at > since:
                return self._known
            if self._away is not None and self._away[0] > began:
                raise errors.Unavailable(self._away[1])  # whoever was first has waited for all
            try:
                metadata = await self._metadata()
                self._known = _Known(metadata, await self._keys(metadata), self._clock.now())
            except errors.Unavailable as error:
                self._away = (self._clock.now(), error.message)
                raise
            return self._known

    async def _metadata(self) -> Metadata:
        place = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            found = msgspec.convert(await self._document(place), Metadata)
        except msgspec.ValidationError as error:
            raise calls.unusable(f"its discovery document is wrong: {error}") from error
        if found.issuer != self.issuer:
            raise calls.unusable(
                f"it names itself {found.issuer[:200]}, not {self.issuer}, to the letter"
            )
        for url in (
            found.authorization_endpoint,
            found.token_endpoint,
            found.jwks_uri,
            found.userinfo_endpoint,
            found.end_session_endpoint,
        ):
            if url is not None:
                calls.demand_safe(url)
        return found

    async def _document(self, url: str) -> dict[str, Any]:
        try:
            return await self._calls.get(url)
        except Refused as error:
            raise calls.unusable(f"its documents cannot be read ({error})") from error

    async def _keys(self, metadata: Metadata) -> jwt.PyJWKSet:
        try:
            return jwt.PyJWKSet.from_dict(await self._document(metadata.jwks_uri))
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
            raise calls.unusable("none of its keys can be used") from error


def _with(place: str, asked: Mapping[str, str]) -> str:
    """Return an address with a query; it may have one of its own already."""
    return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"
