"""A WebSocket and an HTTP client with as little in them as possible, so that they cost nothing.

What is measured is the server. The load generator has one core for thousands of consumers, and a
complete client would spend most of it on itself.
"""

import asyncio
import base64
import itertools
import os
import ssl
from collections.abc import Callable
from typing import Any, Final, cast

import msgspec

from orchestrator.core.model import errors

_TEXT: Final = 0x81
_PONG: Final = 0x8A
_NO_MASK: Final = b"\0\0\0\0"
"""A masking key that changes nothing: legal, and the server unmasks all the same."""


class Told(msgspec.Struct, rename="camel"):
    """A frame of the server: an answer (``req_id``) or a notification (``type``)."""

    type: str = ""
    req_id: str | None = None
    code: int = 200
    body: msgspec.Raw = msgspec.Raw(b"")


_TOLD: Final = msgspec.json.Decoder(Told)
_ENCODER: Final = msgspec.json.Encoder()


class Socket(asyncio.Protocol):
    """One open WebSocket: requests with their answers, and a callback for notifications."""

    def __init__(self, hear: Callable[[Told], None]) -> None:
        self._hear = hear
        self._buffer = bytearray()
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Told]] = {}
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._is_open = False
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        """Whether the server still holds it."""
        return self._is_open

    async def open(self, path: str, *, host: str) -> None:
        """Shake hands; raises Unavailable when the server does not want to."""
        key = base64.b64encode(os.urandom(16)).decode()
        self._write(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await self._opened

    async def ask(self, kind: str, body: Any = None, *, headers: list[Any] | None = None) -> Told:
        """Send a request and return its good answer; raises Unavailable for any other."""
        request = str(next(self._ids))
        frame = {"kind": "req", "id": request, "type": kind, "body": body}
        if headers is not None:
            frame["headers"] = headers
        answer = self._waiting[request] = asyncio.get_running_loop().create_future()
        self._send(_TEXT, _ENCODER.encode(frame))
        told = await answer
        if told.code >= 300:
            raise errors.Unavailable(f"{kind} was answered {told.code}: {bytes(told.body)[:200]!r}")
        return told

    def close(self) -> None:
        """Hang up."""
        self._is_open = False
        if self._transport is not None:
            self._transport.close()

    # asyncio.Protocol ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more comes."""
        self._is_open = False
        lost = errors.Unavailable(f"The server closed the socket ({exc}).")
        for future in (self._opened, *self._waiting.values()):
            if not future.done():
                future.set_exception(lost)
                future.exception()  # whoever waits may be gone already

    def data_received(self, data: bytes) -> None:
        """Take frames apart."""
        self._buffer += data
        if not self._is_open and not self._shaken():
            return
        while (frame := self._frame()) is not None:
            self._take(*frame)

    def _shaken(self) -> bool:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        self._buffer = rest
        if b" 101 " not in head[:20]:
            self._opened.set_exception(errors.Unavailable(f"No handshake: {bytes(head[:40])!r}"))
            return False
        self._is_open = True
        self._opened.set_result(None)
        return True

    def _frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 0x7F, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start])
        if len(buffer) < start + size:
            return None
        payload = bytes(buffer[start : start + size])
        first = buffer[0]
        del buffer[: start + size]
        return first, payload

    def _take(self, first: int, payload: bytes) -> None:
        match first & 0x0F:
            case 0x1:
                told = _TOLD.decode(payload)
                if told.req_id is None:
                    self._hear(told)
                elif (answer := self._waiting.pop(told.req_id, None)) is not None:
                    answer.set_result(told)
            case 0x8:
                self.close()
            case 0x9:
                self._send(_PONG, payload)
            case _:
                pass

    def _send(self, first: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = bytes((first, 0x80 | size))
        elif size < 1 << 16:
            head = bytes((first, 0x80 | 126)) + size.to_bytes(2)
        else:
            head = bytes((first, 0x80 | 127)) + size.to_bytes(8)
        self._write(head + _NO_MASK + payload)

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise errors.Unavailable("The socket is closed.")
        self._transport.write(data)


async def connect(
    port: int, path: str, *, hear: Callable[[Told], None], tls: ssl.SSLContext | None = None
) -> Socket:
    """Open a socket on this machine; raises Unavailable when that fails."""
    loop = asyncio.get_running_loop()
    try:
        _, socket = await loop.create_connection(
            lambda: Socket(hear),
            "127.0.0.1",
            port,
            ssl=tls,
            server_hostname="localhost" if tls else None,
        )
        await socket.open(path, host=f"localhost:{port}")
    except OSError as error:
        raise errors.Unavailable(f"No connection: {error}.") from error
    return socket


class Http:
    """One kept connection for requests one after the other."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes) -> bytes:
        """Return the body of the answer; raises Unavailable for any status but 200."""
        if self._streams is None:
            try:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError as error:
                raise errors.Unavailable(f"No connection: {error}.") from error
        reader, writer = self._streams
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: localhost:{self._port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(size)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise errors.Unavailable(f"POST {path} was not answered.") from error
        if not head.startswith(b"HTTP/1.1 200"):
            raise errors.Unavailable(f"POST {path}: {head[:12]!r} {answer[:200]!r}")
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
