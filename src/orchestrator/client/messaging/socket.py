"""Opening the real socket, with what can go wrong translated."""

import ssl
from collections.abc import Mapping
from typing import Final

import msgspec
from websockets import exceptions
from websockets.asyncio import client as websocket

from orchestrator.client.messaging import web
from orchestrator.core.model import errors
from orchestrator.core.ums import client_side

TOKEN_EXPIRED: Final = 4401
IDENTITY_EXPIRED: Final = 4407
NOT_READ: Final = 4000
"""Our own code: this program let more events pile up than it wanted to keep."""


class Options(msgspec.Struct, frozen=True):
    """How a socket behaves; all durations in seconds. ``ping_seconds`` None: no pings of ours.

    ``waiting_events`` bounds what this program has not read yet.
    """

    open_seconds: float = 10.0
    request_seconds: float = 10.0
    ping_seconds: float | None = 20.0
    pong_seconds: float = 20.0
    close_seconds: float = 5.0
    max_bytes: int = client_side.FROM_HOST.max_bytes
    waiting_events: int = 50_000


DEFAULT: Final = Options()


class Closed(msgspec.Struct, frozen=True):
    """Why a socket is closed. 1006: without a word. See ``needs_login``."""

    code: int
    reason: str = ""

    @property
    def needs_login(self) -> bool:
        """Whether the platform asks for a new login rather than the old token (§3.4)."""
        return self.code in {TOKEN_EXPIRED, IDENTITY_EXPIRED, 1011, 1008}


class ConnectionLost(errors.Unavailable):
    """The socket closed before the answer came; what was asked may or may not have been done."""

    code = "connection-lost"

    def __init__(self, message: str, *, closed: Closed) -> None:
        super().__init__(message)
        self.closed = closed


async def connect(
    url: str,
    *,
    tls: ssl.SSLContext,
    headers: Mapping[str, str] | None = None,
    options: Options = DEFAULT,
) -> websocket.ClientConnection:
    """Open a socket; whoever opens it closes it.

    Raises ``errors.Unauthenticated`` when the handshake is answered with 401 or 403, which is to
    be treated as the close code 4401, and ``errors.Unavailable`` for everything else.
    """
    host = url.partition("://")[2].partition("/")[0].rpartition(":")
    is_loopback = (host[0] or host[2]) in web.LOOPBACK
    try:
        return await websocket.connect(
            url,
            ssl=tls,
            additional_headers=dict(headers or {}),
            compression=None,
            max_size=options.max_bytes,
            open_timeout=options.open_seconds,
            ping_interval=options.ping_seconds,
            ping_timeout=options.pong_seconds,
            close_timeout=options.close_seconds,
            proxy=None if is_loopback else True,
        )
    except exceptions.InvalidStatus as error:
        status = error.response.status_code
        if status in {401, 403}:
            raise errors.Unauthenticated("The socket was refused: log in again.") from error
        raise errors.Unavailable(f"The socket was refused with {status}.") from error
    except (OSError, exceptions.WebSocketException) as error:
        raise errors.Unavailable(f"The socket did not open: {type(error).__name__}.") from error
