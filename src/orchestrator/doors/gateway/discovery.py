"""Where every service of an account is (CSDS); here that is always this server's TLS port."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.rooms import Rooms

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
        account = web.account_of(request)
        if await self._rooms.directory.accounts.found(account) is None:
            # The platform's answer to a bad site, and what clients look for.
            raise errors.Unauthenticated(f"There is no account {account}.")
        return account
