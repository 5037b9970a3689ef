"""Where every service of an account is (CSDS); here that is always this server's TLS port."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.rooms import Rooms

PATIENCE: Final = 2.0
"""Seconds to wait for the database. SDKs give an answer some ten."""

SERVICES: Final[tuple[str, ...]] = (
    "agentVep",
    "asyncMessagingEnt",
    "facadeMsg",
    "idp",
    "accountConfigReadOnly",
    "accountConfigReadWrite",
    "msgHist",
    "sentinel",
    "faasGW",
    "runtimeFormLogic",
    "swift",
    "ccs",
)


class Discovery:
    """The two look-ups."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def all(self, request: Request) -> Response:
        """Answer with every service; 401 for an unknown account."""
        account = await self._account(request)
        return web.json({"baseURIs": self.entries(account, request.url.hostname)})

    async def one(self, request: Request) -> Response:
        """Answer with one service; 404 for one that nobody has."""
        account = await self._account(request)
        wanted = request.path_params["service"]
        for entry in self.entries(account, request.url.hostname):
            if entry["service"] == wanted:
                return web.json(entry)
        raise errors.NotFound(f"There is no service {wanted}.")

    def entries(self, account: str, host: str | None) -> list[dict[str, str]]:
        """Return the list of services as discovery and login show it."""
        authority = self._rooms.address().authority(host)
        return [
            {"service": service, "account": account, "baseURI": authority} for service in SERVICES
        ]

    async def _account(self, request: Request) -> str:
        """Return the account that is asked for, if it exists.

        When the database does not say so in time, every account exists: SDK 1.2.0 dies of any
        answer without ``baseURIs`` (conformance 2), and where this server is, is no secret.
        """
        account = web.account_of(request)
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self._rooms.directory.accounts.found(account)
        except (errors.Unavailable, TimeoutError):
            return account
        if found is None:
            # The platform's answer to a bad site, and what clients look for.
            raise errors.Unauthenticated(f"There is no account {account}.")
        return account
