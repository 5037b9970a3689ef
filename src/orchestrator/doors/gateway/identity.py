"""Tokens for consumers (service ``idp``)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.rooms import Rooms


class _Renewal(msgspec.Struct):
    id_token: str | None = None


class Identity:
    """Unauthenticated consumers sign up, and renew what they have."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def sign_up(self, request: Request) -> Response:
        """Answer with the token of a new consumer."""
        account = await self._account(request)
        token = await self._rooms.consumers.sign_up(account, issuer=self._issuer(request))
        return web.json({"jwt": token})

    async def anonymous(self, request: Request) -> Response:
        """Answer with a token: of a new consumer, or of the one whose token was sent along."""
        account = await self._account(request)
        sent = await web.body(request, _Renewal, limit=self._rooms.limits.body_bytes)
        issuer = self._issuer(request)
        if sent.id_token is None:
            return web.json({"token": await self._rooms.consumers.sign_up(account, issuer=issuer)})
        consumer = await self._rooms.consumers.identify(account, sent.id_token)
        token = await self._rooms.consumers.token(account, consumer.user_id, issuer=issuer)
        return web.json({"token": token})

    async def authenticate(self, request: Request) -> Response:
        """Answer a token of this cloud with a fresh one for the same consumer."""
        account = await self._account(request)
        sent = await web.body(request, dict, limit=self._rooms.limits.body_bytes)
        code = sent.get("authCode") or sent.get("id_token")
        if not isinstance(code, str):
            raise errors.BadInput("Send authCode.", path="authCode")
        consumer = await self._rooms.consumers.identify(account, code)
        token = await self._rooms.consumers.token(
            account, consumer.user_id, issuer=self._issuer(request)
        )
        return web.json({"jwt": token})

    async def _account(self, request: Request) -> str:
        account = web.account_of(request)
        if await self._rooms.directory.accounts.found(account) is None:
            raise errors.Unauthenticated(f"There is no account {account}.")
        return account

    def _issuer(self, request: Request) -> str:
        return f"https://{self._rooms.address().authority(request.url.hostname)}"
