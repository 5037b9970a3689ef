"""How REST requests are unpacked and answers packed, and how errors look on this side."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from orchestrator.core.model import errors
from orchestrator.core.ums import refusals
from orchestrator.doors.gateway.rooms import Rooms

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]

_log = structlog.get_logger(__name__)

UNAUTHORIZED: Final = 10
"""The platform's ``internalCode`` of a refused session (messaging protocol 2.4)."""


class TooLarge(errors.BadInput):
    """The body is larger than the door lets in."""

    code = "too-large"


def json(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON answer."""
    return Response(
        msgspec.json.encode(body), status, headers=headers, media_type="application/json"
    )


def failure(error: errors.OrchestratorError, *, now: datetime) -> Response:
    """Return an error as the platform words it: one object under ``error``."""
    status = 413 if isinstance(error, TooLarge) else refusals.code_of(error)
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, errors.TooMany) else None
    return refusal(error.message, status=status, now=now, headers=headers)


def refusal(
    message: str, *, status: int, now: datetime, headers: dict[str, str] | None = None
) -> Response:
    """Return a refusal in the platform's shape, for whatever reason."""
    return json(
        {
            "error": {
                "time": now.strftime("%b %-d, %Y %-I:%M:%S %p"),
                "message": message,
                "internalCode": UNAUTHORIZED if status == HTTPStatus.UNAUTHORIZED else status,
                "responseStatus": HTTPStatus(status).phrase.upper().replace(" ", "_"),
            }
        },
        status=status,
        headers=headers,
    )


def guarded(rooms: Rooms, endpoint: Endpoint) -> Endpoint:
    """Return ``endpoint`` with every error answered: ours by their kind, others as 500."""

    async def guard(request: Request) -> Response:
        try:
            _demand_names(request)
            return await endpoint(request)
        except errors.OrchestratorError as error:
            return failure(error, now=rooms.clock.now())
        except Exception:  # noqa: BLE001 - the last fence: a bug costs this request only
            _log.exception("gateway.bug", endpoint=endpoint.__qualname__)
            return failure(
                errors.OrchestratorError("Something went wrong here; it has been logged."),
                now=rooms.clock.now(),
            )

    return guard


def _demand_names(request: Request) -> None:
    """Control characters name nothing, and not every database takes them in a question."""
    if not all(str(each).isprintable() for each in request.path_params.values()):
        raise errors.NotFound("There is nothing at this address.")


async def content(request: Request, *, limit: int) -> bytes:
    """Read the body. Raises `TooLarge`, or BadInput when the client leaves before its end."""
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"The body is larger than {limit} bytes.")
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise errors.BadInput("The client left before it had sent its request.") from error
    return b"".join(chunks)


async def body(request: Request, kind: type[T], *, limit: int) -> T:
    """Read and type the JSON body; BadInput with a path when it does not fit."""
    sent = await content(request, limit=limit)
    try:
        return msgspec.json.decode(sent or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise errors.BadInput(f"The body is not as it should be: {error}.") from error


def introduced(socket: WebSocket) -> None:
    """Tell the port that this peer has said who they are, and is no stranger any more."""
    tell = socket.scope.get("state", {}).get("introduced")
    if tell is not None:  # another server than ours may not ask
        tell()


def account_of(request: Request) -> str:
    """Return the account in the path."""
    return request.path_params["account"]


def address_of(request: Request) -> str | None:
    """Return from where the request came, if that is known."""
    return None if request.client is None else request.client.host


def issuer_of(rooms: Rooms, request: Request) -> str:
    """Return who issues consumers' tokens, as the client came to know this server."""
    return f"https://{rooms.address().authority(request.url.hostname)}"
