"""Functions (``faasGW``): this cloud hosts none, and says so as the platform does.

Source: messaging protocol 8. Which of its two dialects a client expects follows from the domain
name it was told, so the answers follow it as well.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from orchestrator.doors.gateway import credentials, web
from orchestrator.doors.gateway.rooms import Rooms

_SECOND: Final = ("fninvocations", "functions")
"""A domain name with one of these in it is of the second platform."""


class Functions:
    """Nothing is implemented for any event, and no function is there."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def is_implemented(self, request: Request) -> Response:
        """Answer that nothing waits for the event."""
        await credentials.asker(self._rooms, request)
        return web.json({"implemented": False})

    async def invoke(self, request: Request) -> Response:
        """Answer 404 in the dialect of the domain name."""
        await credentials.asker(self._rooms, request)
        host, about = request.url.hostname or "", "There is no such function here."
        if any(word in host for word in _SECOND):
            found = {"code": "com.liveperson.faas.function.not-found", "message": about}
        else:
            found = {"errorCode": "com.liveperson.faas.es.missinglambda", "errorMsg": about}
        return web.json(found, status=404)
