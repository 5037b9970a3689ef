"""A route of the same framework that validates a body and answers, and does nothing else.

Run as a program it prints its port: what the framework alone takes on this machine, now.
"""

import socket
import sys
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class Question(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of a decision."""

    attributes: dict[str, Any] | None = None
    conversation_id: str | None = None
    consumer_id: str | None = None
    record: bool = True


_QUESTION = msgspec.json.Decoder(Question)


async def answer(request: Request) -> Response:
    """Answer as a decision looks like."""
    asked = _QUESTION.decode(await request.body())
    found = {"policyId": asked.consumer_id, "policyName": "P", "actions": [], "decisionId": None}
    return Response(msgspec.json.encode(found), media_type="application/json")


def main() -> None:
    """Serve on a free port until terminated."""
    listening = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    app = Starlette(routes=[Route("/bare", answer, methods=["POST"])])
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
