"""Tokens for consumers (service ``idp``)."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.rooms import Rooms

_ANYWHERE: Final = {
    # A chat window lives on pages of any origin. Whoever asks gets a new consumer, or renews a
    # token that they send themselves: no cookie counts.
    "Access-Control-Allow-Origin": "*"
}


class _Renewal(msgspec.Struct):
    id_token: str | None = None


class _Code(msgspec.Struct, rename={"auth_code": "authCode"}):
    auth_code: str | None = None
    id_token: str | None = None


class Identity:
    """Unauthenticated consumers sign up and renew; a brand's server vouches for the others."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def sign_up(self, request: Request) -> Response:
        """Answer with the token of a new consumer."""
        account = await self._account(request)
        token = await self._rooms.consumers.sign_up(
            account, issuer=web.issuer_of(self._rooms, request), address=web.address_of(request)
        )
        return web.json({"jwt": token}, headers=_ANYWHERE)

    async def anonymous(self, request: Request) -> Response:
        """Answer with a token: of a new consumer, or of the one whose token was sent along."""
        account = await self._account(request)
        sent = await web.body(request, _Renewal, limit=self._rooms.limits.body_bytes)
        issuer = web.issuer_of(self._rooms, request)
        consumers = self._rooms.consumers
        if sent.id_token is None:
            address = web.address_of(request)
            token = await consumers.sign_up(account, issuer=issuer, address=address)
        else:
            token = await consumers.renew(account, sent.id_token, issuer=issuer)
        return web.json({"token": token}, headers=_ANYWHERE)

    async def authenticate(self, request: Request) -> Response:
        """Answer what the brand's server says of a consumer with a token of this cloud."""
        return web.json({"jwt": await self._exchanged(request, None)})

    async def by_connector(self, request: Request) -> Response:
        """As `authenticate`, for the server of one connector."""
        connector = request.path_params["connector"]
        return web.json({"token": await self._exchanged(request, connector)})

    async def _exchanged(self, request: Request, connector: str | None) -> str:
        account = await self._account(request)
        sent = await web.body(request, _Code, limit=self._rooms.limits.body_bytes)
        code = sent.auth_code or sent.id_token
        if not code:
            raise errors.BadInput("Send authCode or id_token.", path="authCode")
        return await self._rooms.consumers.authenticate(
            account, code, issuer=web.issuer_of(self._rooms, request), connector=connector
        )

    async def _account(self, request: Request) -> str:
        account = web.account_of(request)
        if await self._rooms.directory.accounts.found(account) is None:
            raise errors.Unauthenticated(f"There is no account {account}.")
        return account
