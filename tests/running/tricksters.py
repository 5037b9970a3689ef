"""Somebody else's HTTPS server, on this machine: honest, slow, lying or hostile, as a path says."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from orchestrator.adapters import certificates
from orchestrator.core.model.function import Host

Behaviour = Callable[["Received", asyncio.StreamWriter], Awaitable[None]]


class Received(msgspec.Struct):
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        """Its body."""
        return msgspec.json.decode(self.body)


class Trickster:
    """The running server. ``paths`` says how each path behaves; ``received`` is what came."""

    def __init__(self, ca: str) -> None:
        self.port = 0
        self.ca = ca
        self.paths: dict[str, Behaviour] = {}
        self.received: list[Received] = []

    @property
    def allowed(self) -> Host:
        """What an administrator says of it."""
        return Host("localhost", self.port, authority=self.ca)

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"https://localhost:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and hang up."""
        try:
            request = await _read(reader)
            self.received.append(request)
            await self.paths[request.path.partition("?")[0]](request, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the caller has seen enough
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    pairs = (line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, path, headers, body)


@asynccontextmanager
async def trickster(folder: Path) -> AsyncIterator[Trickster]:
    """Run one for the length of the block; its certificate is for ``functions.test`` too."""
    made = await asyncio.to_thread(
        certificates.ensure, folder, now=datetime.now(UTC), hosts=("functions.test",)
    )
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(made.chain, made.key)
    running = Trickster(made.ca.read_text())
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0, ssl=tls)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()


def says(body: bytes | object, *, status: int = 200, headers: tuple[str, ...] = ()) -> Behaviour:
    """Answer with a JSON value, or with these bytes."""
    sent = body if isinstance(body, bytes) else msgspec.json.encode(body)

    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} Whatever", "Connection: close", *headers]
        if not any(line.lower().startswith("content-length") for line in headers):
            lines.append(f"Content-Length: {len(sent)}")
        writer.write("\r\n".join([*lines, "", ""]).encode() + sent)

    return answer


async def hangs(_: Received, writer: asyncio.StreamWriter) -> None:
    """Never answer, until the caller hangs up."""
    await writer.wait_closed()


async def floods(_: Received, writer: asyncio.StreamWriter) -> None:
    """Send a body without an end, 50 MB at least if nobody stops it."""
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    for _index in range(50):
        writer.write(b"1" * 1_000_000)
        await writer.drain()


async def drips(_: Received, writer: asyncio.StreamWriter) -> None:
    """Send a byte now and then, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"1")
        await writer.drain()
        await asyncio.sleep(0.02)
