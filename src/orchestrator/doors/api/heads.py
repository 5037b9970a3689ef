"""HEAD, wherever GET is served: the same answer without its body. Source: RFC 9110, 9.3.2."""

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class _Enough(OSError):
    """The head has been sent: what an answer goes on to say, such as a stream, is for nobody."""


class Heads:
    """An application that answers HEAD as its own application answers GET."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._application(scope, receive, send)
            return
        is_over = False

        async def head_alone(message: Message) -> None:
            nonlocal is_over
            if is_over:
                raise _Enough
            if message["type"] == "http.response.body":
                is_over = True
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        try:
            await self._application({**scope, "method": "GET"}, receive, head_alone)
        except (_Enough, ClientDisconnect):
            if not is_over:
                raise
