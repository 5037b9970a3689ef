"""What waits to be sent on one socket: in order, and bounded."""

import asyncio
from collections import deque

from starlette.websockets import WebSocket

from orchestrator.doors.gateway.rooms import Limits

OVERFLOW = 1013
"""Close code "try again later": the peer reads too slowly to be kept."""

_SPARE = 4
"""What is not urgent waits until only this part of the room is taken."""


class Outgoing:
    """Frames for one socket. `put` never waits; a reader who falls behind is cut off."""

    def __init__(self, limits: Limits) -> None:
        self._frames: deque[str] = deque()
        self._bytes = 0
        self._limits = limits
        self._bell = asyncio.Event()
        self._closing = asyncio.Event()
        self._relief = asyncio.Event()
        self._code: int | None = None

    @property
    def is_closing(self) -> bool:
        """Whether nothing more will be taken."""
        return self._code is not None

    async def closing(self) -> int:
        """Return the close code once the socket is to be closed."""
        while self._code is None:
            self._closing.clear()
            await self._closing.wait()
        return self._code

    def put(self, frames: list[str]) -> None:
        """Queue ``frames``; on overflow everything that waits is dropped and the socket closes."""
        if self._code is not None:
            return
        self._frames.extend(frames)
        self._bytes += sum(map(len, frames))
        if (
            len(self._frames) > self._limits.waiting_frames
            or self._bytes > self._limits.waiting_bytes
        ):
            self._frames.clear()
            self._bytes = 0
            self.close(OVERFLOW)
        self._bell.set()

    async def room(self) -> None:
        """Return once the reader has caught up enough for more that could wait, or all is over."""
        while self._code is None and (
            len(self._frames) * _SPARE > self._limits.waiting_frames
            or self._bytes * _SPARE > self._limits.waiting_bytes
        ):
            self._relief.clear()
            await self._relief.wait()

    def close(self, code: int) -> None:
        """Close the socket with ``code`` once everything before has been sent."""
        if self._code is None:
            self._code = code
        self._bell.set()
        self._closing.set()
        self._relief.set()

    async def send(self, socket: WebSocket) -> int:
        """Send until closed; return the close code. Ends with the socket's own errors."""
        while True:
            while self._frames:
                frame = self._frames.popleft()
                self._bytes -= len(frame)
                await socket.send_text(frame)
                self._relief.set()
            if self._code is not None:
                return self._code
            self._bell.clear()
            await self._bell.wait()
