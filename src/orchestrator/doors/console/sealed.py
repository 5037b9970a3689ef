"""What every answer of the console tells the browser: what it may load, and from where."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""No script and no style but our own files, and no page of ours inside another."""

_STATIC: Final = "/console/static/"


class Sealed:
    """An application whose answers carry `HEADERS`."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_file = scope["path"].startswith(_STATIC) and b"v=" in scope.get("query_string", b"")
        keeping = "public, max-age=31536000, immutable" if is_file else "no-store"

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if message["status"] < 400 or not is_file:  # noqa: PLR2004 - errors are not kept
                    headers.setdefault("Cache-Control", keeping)
            await send(message)

        await self._inner(scope, receive, marked)
