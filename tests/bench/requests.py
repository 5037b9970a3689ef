"""Many HTTP requests over a few kept connections, by a client with as little in it as possible."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, cast

import msgspec

from bench import figures

CONNECTIONS: Final = 32
_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length: "


class Answered(msgspec.Struct, frozen=True):
    """What a load came to: requests a second, milliseconds each, and answers that were not 2xx."""

    per_second: float
    took_ms: dict[str, float | None]
    refused: int

    def shown(self) -> str:
        """Return it as text."""
        refused = f", {self.refused} REFUSED" if self.refused else ""
        return f"{self.per_second:,.0f} a second, {figures.shown(self.took_ms)}{refused}"


def request(method: str, path: str, body: Any, *, key: str = "") -> bytes:
    """Return a request as it travels."""
    sent = msgspec.json.encode(body)
    bearer = f"Authorization: Bearer {key}\r\n" if key else ""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{bearer}"
        f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
    )
    return head.encode() + sent


class _Lane(asyncio.Protocol):
    """One connection: the next request goes out as the last answer has come in whole."""

    def __init__(self, make: Callable[[], bytes], until: float, took: list[float]) -> None:
        self._make = make
        self._until = until
        self._took = took
        self._buffer = b""
        self._began = 0.0
        self._transport: asyncio.Transport | None = None
        self.refused = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclass
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(_END)
        if not found:
            return
        lowered = head.lower()
        start = lowered.find(_LENGTH)
        length = int(lowered[start + len(_LENGTH) :].partition(b"\r")[0]) if start >= 0 else 0
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        self._took.append((time.perf_counter() - self._began) * 1000)
        if not head.startswith(b"HTTP/1.1 2"):
            self.refused += 1
        if time.perf_counter() < self._until:
            self._send()
        else:
            assert self._transport is not None
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        assert self._transport is not None
        self._began = time.perf_counter()
        self._transport.write(self._make())


async def load(port: int, make: Callable[[], bytes], *, seconds: float) -> Answered:
    """Send what ``make`` returns over all connections for ``seconds``, one at a time on each."""
    took: list[float] = []
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    lanes = [
        (
            await loop.create_connection(
                lambda: _Lane(make, began + seconds, took), "127.0.0.1", port
            )
        )
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(lane.done for _, lane in lanes))
    spent = time.perf_counter() - began
    refused = sum(lane.refused for _, lane in lanes)
    return Answered(round(len(took) / spent, 1), figures.milliseconds(took), refused)
