"""uvicorn's two protocols, HTTP and WebSocket, with bounds on what one peer may cost.

uvicorn leaves these to a proxy in front of it. Here there may be none, so: a request arrives in
time and with a head of a bounded size, or not at all; a socket's messages come in a bounded number
of pieces, few at a time are taken from a peer who sends many, and control frames are counted,
because each of them is answered without asking the application.
"""

import asyncio
from functools import partial
from typing import Any, Final

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request

from orchestrator.serve.bounds import Bounds
from orchestrator.serve.guests import Guest

PIECE: Final = 16 << 10
"""Bytes of a socket that are read at once; the rest waits until their messages have been taken."""

TURN: Final = 32
"""Messages of one socket in a row before others have their turn."""

WINDOW: Final = 10.0
"""Seconds over which control frames are counted."""

PONGS: Final = 1 << 20
"""Bytes that may wait to be sent when a ping is to be answered."""

POLICY: Final = 1008
"""Close code "policy violation": the peer does what no client has to."""


class Web(HttpToolsProtocol):
    """One connection that speaks HTTP, until it becomes a `Socket` or closes."""

    def __init__(
        self, config: Config, *, server_state: ServerState, bounds: Bounds, guest: Guest
    ) -> None:
        super().__init__(config, server_state, app_state={})
        self.ws_protocol_class: Any = partial(Socket, bounds=bounds, guest=guest)
        self._bounds = bounds
        self._guest = guest
        self._deadline: asyncio.TimerHandle | None = None
        self._has_head = False
        self._bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        self._guest.expel = transport.abort
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._expect_no_more()
        self._guest.left()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on. The first byte of a request starts its time."""
        if self._deadline is None:
            self._expect()
        if not self._has_head:
            self._bytes += len(data)
        super().data_received(data)
        if not self._has_head and self._bytes > self._bounds.head_bytes:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_headers_complete(self) -> None:
        """The head is whole; httptools makes a 400 of what is raised here."""
        self._has_head = True
        super().on_headers_complete()
        if len(self.pipeline) > self._bounds.pipelined:
            raise ValueError("too many requests wait behind one another")

    def on_message_complete(self) -> None:
        """The request is whole: its time stands still until the next one begins."""
        super().on_message_complete()
        self._expect_no_more()
        if not (self.parser.should_upgrade() and self._should_upgrade()):
            self._guest.introduced()
        self._has_head = False
        self._bytes = 0

    def on_message_begin(self) -> None:
        """Another request may begin in the bytes that ended the last one."""
        super().on_message_begin()
        self._bytes = self._bytes or 1
        if self._deadline is None:
            self._expect()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over."""
        self._expect_no_more()
        super().handle_websocket_upgrade()
        # A head that httptools takes and websockets does not would wait for nothing, for ever.
        socket = self.transport.get_protocol()
        if isinstance(socket, Socket) and not socket.handshake_initiated:
            self._refuse(b"400 Bad Request")
        # The parser and this know each other. Nobody ends this protocol, so that both would stay
        # until the garbage collector comes, and with them what TLS keeps of a connection: 256 KiB.
        self.parser: Any = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, unless it has been refused already."""
        self._expect_no_more()
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _expect(self) -> None:
        patience = self._bounds.request.total_seconds()
        self._deadline = self.loop.call_later(patience, self._late)

    def _expect_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if self.transport.is_closing() or self._is_answering():
            self.transport.abort()  # what is still to be sent waits for a peer that does not read
        elif self._has_head or self._bytes:
            self._refuse(b"408 Request Timeout")
        else:
            self.transport.close()

    def _is_answering(self) -> bool:
        """Whether a refusal would come into the middle of another answer."""
        if self.cycle is None or self.cycle.response_complete:
            return False
        return self.cycle.response_started or not self._has_head

    def _refuse(self, status: bytes) -> None:
        self._expect_no_more()
        if self.transport.is_closing():
            return
        head = b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        self.transport.write(head)
        self.transport.close()


class Socket(WebSocketsSansIOProtocol):
    """One WebSocket."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        bounds: Bounds,
        guest: Guest,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._bounds = bounds
        self._guest = guest
        self._rest = bytearray()
        self._in_a_row = 0
        self._controls = 0
        self._window_ends = 0.0

    def handle_connect(self, event: Request) -> None:
        """Begin. It is the application that knows when the peer has said who they are."""
        super().handle_connect(event)
        if not self.close_sent:
            state: dict[str, Any] = dict(self.scope["state"])
            self.scope["state"] = {**state, "introduced": self._guest.introduced}

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._rest.clear()
        self._guest.left()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as far as the application has kept up."""
        if len(data) <= PIECE and not self._rest:
            super().data_received(data)
        else:
            self._rest += data
            self._read_on()

    def _read_on(self) -> None:
        while self._rest and not self.read_paused and not self.transport.is_closing():
            piece = bytes(self._rest[:PIECE])
            del self._rest[:PIECE]
            super().data_received(piece)

    def handle_cont(self, event: Frame) -> None:
        """Take a piece of a message."""
        if len(self.frames) >= self._bounds.fragments:
            self._break_off("too many fragments")
        elif not self.transport.is_closing():
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer, unless there are too many, or nobody reads the answers."""
        if self.transport.get_write_buffer_size() > PONGS:
            self.transport.abort()
        elif self._is_bearable():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Take a sign of life, or what pretends to be one."""
        if self._is_bearable():
            super().handle_pong(event)

    def _is_bearable(self) -> bool:
        now = self.loop.time()
        if now >= self._window_ends:
            self._window_ends = now + WINDOW
            self._controls = 0
        self._controls += 1
        if self._controls > self._bounds.controls:
            self._break_off("too many control frames")
            return False
        return True

    def _break_off(self, reason: str) -> None:
        if self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": POLICY, "reason": reason})
        self.conn.fail(POLICY, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()

    async def receive(self) -> Any:
        """Return the next message; a peer who sends many lets others have their turn."""
        self._in_a_row = 0 if self.queue.empty() else self._in_a_row + 1
        if self._in_a_row >= TURN:
            self._in_a_row = 0
            await asyncio.sleep(0)
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self._read_on()
            if not self.read_paused:
                self.transport.resume_reading()
        return message

    async def send(self, message: Any) -> None:
        """Send; after a close, the peer's answer to it may be waiting unread."""
        await super().send(message)
        if self.close_sent:
            self.read_paused = False
            self._read_on()
