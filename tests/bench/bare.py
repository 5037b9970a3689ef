"""A server of the same library that does nothing else: what the network and the library cost.

Run as ``python -m bench.bare``; it prints its port. Uvicorn and Starlette with the settings of
`orchestrator.serve.listening`, a socket that answers every frame with one like GetClock's, a route
that reads JSON and answers JSON, and one that validates a body and answers as decisions look.
"""

import asyncio
import socket
import sys
import time
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect


class Question(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of a decision."""

    attributes: dict[str, Any] | None = None
    conversation_id: str | None = None
    consumer_id: str | None = None
    record: bool = True


_QUESTION = msgspec.json.Decoder(Question)


async def echo(connection: WebSocket) -> None:
    """Answer every request with the time."""
    await connection.accept()
    try:
        while True:
            asked = msgspec.json.decode(await connection.receive_text())
            answer = {
                "kind": "resp",
                "reqId": asked["id"],
                "code": 200,
                "type": "GetClock$Response",
                "body": {"currentTime": int(time.time() * 1000)},
            }
            await connection.send_text(msgspec.json.encode(answer).decode())
    except WebSocketDisconnect:
        return


async def login(request: Request) -> Response:
    """Read JSON and answer JSON."""
    sent = msgspec.json.decode(await request.body())
    body = msgspec.json.encode({"bearer": "", "loginName": sent.get("username")})
    return Response(body, media_type="application/json")


async def answer(request: Request) -> Response:
    """Answer as a decision looks like."""
    asked = _QUESTION.decode(await request.body())
    found = {"policyId": asked.consumer_id, "policyName": "P", "actions": [], "decisionId": None}
    return Response(msgspec.json.encode(found), media_type="application/json")


async def _serve() -> None:
    application = Starlette(
        routes=[
            Route("/login", login, methods=["POST"]),
            Route("/bare", answer, methods=["POST"]),
            WebSocketRoute("/echo", echo),
        ]
    )
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    config = uvicorn.Config(
        application,
        loop="none",
        lifespan="off",
        ws="websockets-sansio",
        http="httptools",
        ws_max_size=1 << 20,
        ws_ping_interval=20.0,
        ws_ping_timeout=60.0,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    await uvicorn.Server(config).serve(sockets=[listener])


def main() -> None:
    """Serve until SIGTERM."""
    try:
        import uvloop
    except ImportError:  # there is none for this system
        asyncio.run(_serve())
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve())


if __name__ == "__main__":
    main()
