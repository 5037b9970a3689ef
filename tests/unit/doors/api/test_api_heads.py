"""HEAD is answered as GET is, without the body."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from orchestrator.doors.api.heads import Heads


async def _shown(_request: Request) -> Response:
    return JSONResponse({"name": "Billing"}, headers={"ETag": '"7"'})


async def _streamed(_request: Request) -> Response:
    async def forever() -> AsyncIterator[bytes]:
        while True:
            yield b": still here\n\n"
            await asyncio.sleep(0)

    return StreamingResponse(forever(), media_type="text/event-stream")


APPLICATION = Heads(Starlette(routes=[Route("/shown", _shown), Route("/streamed", _streamed)]))


async def _answered(method: str, path: str) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()  # the client stays
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [],
    }
    async with asyncio.timeout(10):
        await APPLICATION(scope, receive, send)
    return sent


async def test_head_has_the_headers_of_get_and_no_body() -> None:
    """Length, type and version are those that GET would have sent."""
    head = await _answered("HEAD", "/shown")
    get = await _answered("GET", "/shown")
    assert head[0] == get[0]
    assert get[1]["body"] == b'{"name":"Billing"}'
    assert head[1:] == [{"type": "http.response.body", "body": b"", "more_body": False}]


async def test_the_head_of_a_stream_ends() -> None:
    """Nobody reads on, so nothing goes on: the stream's answer is over after its head."""
    head = await _answered("HEAD", "/streamed")
    assert [message["type"] for message in head] == ["http.response.start", "http.response.body"]
    assert head[0]["status"] == 200
