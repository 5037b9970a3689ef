"""Whether the process lives, and whether it can do its work."""

from starlette.requests import Request
from starlette.responses import Response

from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.rooms import Rooms


class Health:
    """The two questions of a supervisor."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def alive(self, _request: Request) -> Response:
        """200 as long as the event loop turns."""
        return web.json({"status": "ok"})

    async def ready(self, _request: Request) -> Response:
        """200 when everything has started and the storage answers, else 503 with the reason."""
        reason = self._rooms.ready()
        if reason is None:
            await self._rooms.directory.accounts.found("0")
            return web.json({"status": "ready"})
        return web.json({"status": "not ready", "reason": reason}, status=503)
