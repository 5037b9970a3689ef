"""Files (service ``swift``): put and got at a signed address, streamed, without a header."""

import re
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from orchestrator.core.model import errors
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.services.cloud.files import Signed

_LONGEST: Final = 15
"""Digits of a time that is still a time."""

_UNQUOTABLE: Final = re.compile(r'[^ -~]|["\\%]')
"""What some browsers read otherwise in a quoted name; a percent sign begins an escape for some."""

_ANYWHERE: Final = {
    # The signature is what opens a file; a page of any origin may carry it, and no cookie counts.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, PUT, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "600",
}
_HARMLESS: Final = {
    # What somebody uploaded is shown or saved by a browser, and never run in our name.
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=600",
}


class Files:
    """One path a file: ``/v1/AUTH_{account}/{file}`` (messaging protocol 4.14)."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def put(self, request: Request) -> Response:
        """Store the body; 201, as the original's object store says."""
        await self._rooms.files.put(_signed(request), _body(request))
        return Response(status_code=201, headers=_ANYWHERE)

    async def get(self, request: Request) -> Response:
        """Answer with the file."""
        found = await self._rooms.files.get(_signed(request))
        kind = "inline" if found.type.startswith("image/") else "attachment"
        headers = {
            **_ANYWHERE,
            **_HARMLESS,
            "Content-Length": str(found.size),
            "Content-Disposition": disposition(kind, found.name),
        }
        return StreamingResponse(found.chunks, headers=headers, media_type=found.type)

    async def options(self, _request: Request) -> Response:
        """Answer a browser that asks before it puts."""
        return Response(status_code=204, headers=_ANYWHERE)


def disposition(kind: str, name: str) -> str:
    """Return a header that names a file (RFC 6266): in ASCII, and whole where that is less."""
    if not name:
        return kind
    plain = _UNQUOTABLE.sub("_", name)
    whole = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{kind}; filename="{plain}"{whole}'


def _signed(request: Request) -> Signed:
    query = request.query_params
    expires = query.get("temp_url_expires", "")
    if not (expires.isascii() and expires.isdigit() and len(expires) <= _LONGEST):
        raise errors.Unauthenticated("The address is not signed.")
    return Signed(request.url.path, query.get("temp_url_sig", ""), int(expires))


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as error:
        raise errors.BadInput("The client left before it had sent the file.") from error
