"""A connector's way in: what its consumers say, over REST and without a socket (protocol 6.3).

Two proofs travel with every call: ``Authorization`` holds the connector's own token (of the token
service, scope ``msg.consumer``), and ``X-LP-ON-BEHALF`` the token of the consumer who speaks. The
body holds the same requests that a consumer's socket would carry, and they are served by the same
desk, one after the other; after one that is refused the rest is not tried.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.ums import host_side, refusals
from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.doors.gateway.visitors import VisitorDesk, properties_of

SCOPE: Final = "msg.consumer"
"""What a program's token must be good for; the name is the platform's."""

ON_BEHALF: Final = "x-lp-on-behalf"

MOST: Final = 20
"""Requests in one body. Connectors send two."""

SERVED: Final = frozenset(
    {
        "SetUserProfile",
        "GetUserProfile",
        "ConsumerRequestConversation",
        "PublishEvent",
        "UpdateConversationField",
        "GenerateURLForUploadFile",
        "GenerateURLForDownloadFile",
    }
)
"""What makes sense without a socket: whatever does not subscribe, or keep one alive."""


class _Introduced(msgspec.Struct):
    ext_consumer_id: str


class _Frame(msgspec.Struct, rename={"request_id": "reqId"}):
    request_id: str
    code: int
    body: Any


class ConnectorRest:
    """The calls of connectors."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def consumer(self, request: Request) -> Response:
        """Answer with the token of a consumer whom the connector knows by an id of its own.

        The same id is the same consumer at every call, and for this connector alone.
        """
        client = await self._client(request)
        sent = await web.body(request, _Introduced, limit=self._rooms.limits.body_bytes)
        token = await self._rooms.consumers.introduced(
            web.account_of(request),
            sent.ext_consumer_id,
            by=client,
            issuer=web.issuer_of(self._rooms, request),
        )
        return web.json({"token": token})

    async def ask(self, request: Request) -> Response:
        """Serve the requests in the body: one, or an array of them; the answer has that shape.

        An answer is ``{"code":"OK","body":…,"reqId":"1"}``; the status is that of the request which
        was refused, if one was.
        """
        await self._client(request)
        account = web.account_of(request)
        behalf = request.headers.get(ON_BEHALF, "").removeprefix("Bearer ").strip()
        if not behalf:
            raise errors.Unauthenticated("Send X-LP-ON-BEHALF with the consumer's token.")
        visitor = await self._rooms.consumers.identify(account, behalf)
        sent = await web.body(
            request, list[msgspec.Raw] | dict[str, msgspec.Raw], limit=self._rooms.limits.body_bytes
        )
        asked = sent if isinstance(sent, list) else [msgspec.json.encode(sent)]
        if not 0 < len(asked) <= MOST:
            raise errors.BadInput(f"Send 1 to {MOST} requests.")
        host = host_side.HostSide(account, "consumer", limits=self._rooms.limits.frames)
        desk = VisitorDesk(self._rooms, host, account)
        desk.attach(None, properties_of(request.headers))
        desk.introduce(visitor)
        answers = await self._served(host, desk, asked)
        worst = max(answer.code for answer in answers)
        shown = [_shown(answer) for answer in answers]
        status = worst if worst >= HTTPStatus.BAD_REQUEST else 200
        return web.json(shown if isinstance(sent, list) else shown[0], status=status)

    async def _client(self, request: Request) -> str:
        """Return the id of the connector's client; its token may come without a scheme."""
        given = request.headers.get("authorization", "").strip()
        scheme, _, rest = given.partition(" ")
        token = rest.strip() if scheme.lower() == "bearer" else given
        if not token:
            raise errors.Unauthenticated("Send Authorization with the token of the token service.")
        account = web.account_of(request)
        found = await self._rooms.callers.demand_scope(account, token, scope=SCOPE)
        return found.client_id

    async def _served(
        self, host: host_side.HostSide, desk: VisitorDesk, asked: list[Any]
    ) -> list[_Frame]:
        answers: list[_Frame] = []
        for each in asked:
            answers += [
                msgspec.json.decode(frame, type=_Frame) for frame in await _answer(host, desk, each)
            ]
            if answers[-1].code >= HTTPStatus.BAD_REQUEST:
                break
        return answers


async def _answer(host: host_side.HostSide, desk: VisitorDesk, sent: Any) -> list[str]:
    """Return the frame that answers one request."""
    match host.receive(bytes(sent)):
        case host_side.Replied(frames):
            return list(frames)
        case host_side.Broken(reason):
            raise errors.BadInput(reason)
        case host_side.Asked() as asked:
            handler = desk.handlers.get(asked.name) if asked.name in SERVED else None
            if handler is None:
                return host.refuse(asked, f"{asked.name} needs a socket.")
            try:
                async with asyncio.timeout(desk.patience):
                    answer = await handler(asked)
            except TimeoutError:
                return host.refuse(asked, "That took too long; try again later.", code=504)
            except errors.OrchestratorError as error:
                return host.refuse(asked, error.message, code=refusals.code_of(error))
            return answer if isinstance(answer, list) else answer.frames


def _shown(answer: _Frame) -> dict[str, Any]:
    code = HTTPStatus(answer.code).phrase.upper().replace(" ", "_").replace("-", "_")
    return {"code": code, "body": answer.body, "reqId": answer.request_id}
