"""A proxy between bot and cloud, with TLS on both sides, that does to the traffic what it is told.

Discovery passes through and is rewritten, so that every service is reached through the proxy.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from chaos import framing
from chaos.faults import Faults, Frame, Peace, Request, Side, Treatment
from orchestrator.adapters import certificates

_ENDED: Final = (EOFError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
_HOLD: Final = 0.5
"""Seconds that a frame to be reordered waits for the one that overtakes it."""
_HTML: Final = b"<!doctype html><title>Welcome to our network</title><h1>Please sign in</h1>"
_REASONS: Final = {200: "OK", 401: "Unauthorized", 403: "Forbidden", 503: "Service Unavailable"}

Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Listens on 127.0.0.1 once ``open``ed; ``faults`` may be replaced at any time."""

    def __init__(self, target: str, *, trusting: Path, plan: Faults) -> None:
        self.faults = plan
        self._host, _, port = target.rpartition(":")
        self._port = int(port)
        self._trusting = trusting
        self._sockets = 0
        self._requests = 0
        self._open: dict[int, _Socket] = {}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._openings: set[asyncio.Task[Pipe]] = set()
        self._ends: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.domain = ""
        self.ca = Path()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, target: str, *, trusting: Path, folder: Path, plan: Faults
    ) -> AsyncGenerator["Proxy"]:
        """Open one before ``target`` (``host:port``); its own authority is in ``folder``."""
        proxy = cls(target, trusting=trusting, plan=plan)
        pems = await asyncio.to_thread(certificates.ensure, folder, now=datetime.now(UTC))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pems.chain, pems.key)
        proxy.ca = pems.ca
        server = await asyncio.start_server(proxy._accepted, "127.0.0.1", 0, ssl=context)
        proxy._server = server
        proxy.domain = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield proxy
        finally:
            await _close(server)
            for task in tuple(proxy._tasks):
                task.cancel()
            await asyncio.gather(*proxy._tasks, return_exceptions=True)
            await proxy._ended()

    @property
    def sockets(self) -> int:
        """How many sockets are open through it."""
        return len(self._open)

    def heal(self) -> None:
        """Let everything pass from now on; what was swallowed stays so."""
        self.faults = Peace()
        for socket in self._open.values():
            socket.is_stalled = False

    def cut(self, code: int) -> int:
        """Close every open socket with ``code``; returns how many."""
        for socket in tuple(self._open.values()):
            socket.cut(code)
        return len(self._open)

    async def _ended(self) -> None:
        """Wait for the end of every connection: TLS takes its time, and the loop ends before."""
        await asyncio.gather(*self._openings, return_exceptions=True)
        for writer in self._ends.values():
            writer.transport.abort()
        await asyncio.gather(*self._ends, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._start(self._serve((reader, writer)))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, client: Pipe) -> None:
        reader, writer = client
        self._hold(writer)
        try:
            with contextlib.suppress(*_ENDED):
                head = await framing.read_head(reader)
                body = await framing.read_body(reader, head, until_end="of the head")
                await self._request(client, head, body)
        finally:
            _let_go(writer)

    def _hold(self, writer: asyncio.StreamWriter) -> None:
        end = asyncio.create_task(_end_of(writer))
        self._ends[end] = writer
        end.add_done_callback(self._ends.pop)

    async def _request(self, client: Pipe, head: framing.Head, body: bytes) -> None:
        self._requests += 1
        method, path, *_ = head.line.split(" ")
        treatment = self.faults.request(Request(self._requests, method, path))
        match treatment.kind:
            case "reset":
                client[1].transport.abort()
                return
            case "refuse":
                client[1].write(_refusal(treatment.number))
                await client[1].drain()
                return
            case "slow":
                await asyncio.sleep(treatment.seconds)
            case _:
                pass
        tls = ssl.create_default_context(cafile=str(self._trusting))
        upstream = await self._reach(tls)
        self._hold(upstream[1])
        try:
            if head.get("upgrade") is not None:
                await self._upgrade(client, upstream, head)
            else:
                await self._pass_on(client, upstream, head, body)
        finally:
            _let_go(upstream[1])

    async def _reach(self, tls: ssl.SSLContext) -> Pipe:
        """Connect to the target.

        asyncio forgets a connection whose opener is cancelled before TLS has its first turn. So the
        opening goes on, and what comes of it is closed.
        """
        opening = asyncio.create_task(asyncio.open_connection(self._host, self._port, ssl=tls))
        self._openings.add(opening)
        opening.add_done_callback(self._openings.discard)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_abort)
            raise

    async def _pass_on(self, client: Pipe, upstream: Pipe, head: framing.Head, body: bytes) -> None:
        upstream[1].write(head.packed(connection="close") + body)
        await upstream[1].drain()
        answer = await framing.read_head(upstream[0])
        content = await framing.read_body(upstream[0], answer, until_end="of the connection")
        if "/service/baseURI" in head.line:
            content = self._rewritten(content)
        length = str(len(content)) if answer.get("content-length") is not None else None
        client[1].write(answer.packed(connection="close", content_length=length) + content)
        await client[1].drain()

    def _rewritten(self, content: bytes) -> bytes:
        try:
            found = msgspec.json.decode(content)
            for entry in found["baseURIs"]:
                entry["baseURI"] = self.domain
        except (msgspec.MsgspecError, KeyError, TypeError):
            return content  # a refusal
        return msgspec.json.encode(found)

    async def _upgrade(self, client: Pipe, upstream: Pipe, head: framing.Head) -> None:
        upstream[1].write(head.packed())
        await upstream[1].drain()
        answer = await framing.read_head(upstream[0])
        client[1].write(answer.packed())
        if " 101 " not in answer.line:
            body = await framing.read_body(upstream[0], answer, until_end="of the connection")
            client[1].write(body)
            await client[1].drain()
            return
        self._sockets += 1
        number = self._sockets
        socket = self._open[number] = _Socket(number, self, client=client, upstream=upstream)
        try:
            await socket.run()
        finally:
            del self._open[number]


def _abort(opened: asyncio.Task[Pipe]) -> None:
    """Let go of a connection that nobody waits for any more."""
    if not opened.cancelled() and opened.exception() is None:
        opened.result()[1].transport.abort()


async def _close(server: asyncio.Server) -> None:
    """Close a server whose last guests are on the threshold.

    asyncio makes the transport of an accepted connection a turn later, and cannot do so for a
    server that is closed by then: the connection would be nobody's.
    """
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener.fileno())
    await asyncio.sleep(0)
    server.close()


class _Socket:
    """One WebSocket through the proxy: a relay in each direction."""

    def __init__(self, number: int, proxy: Proxy, *, client: Pipe, upstream: Pipe) -> None:
        self._number = number
        self._proxy = proxy
        self._client = client
        self._upstream = upstream
        self.is_stalled = False
        self._cut = asyncio.Event()
        self._later: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Relay until either side, or a fault, ends it."""
        relays = [
            asyncio.create_task(self._relay("bot", self._client[0], self._upstream[1])),
            asyncio.create_task(self._relay("cloud", self._upstream[0], self._client[1])),
            asyncio.create_task(self._cut.wait()),
        ]
        try:
            await asyncio.wait(relays, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*relays, *self._later):
                task.cancel()
            await asyncio.gather(*relays, *self._later, return_exceptions=True)

    def cut(self, code: int) -> None:
        """End it: towards the bot with ``code``, 1006 being no word at all."""
        writer = self._client[1]
        if code == 1006:
            writer.transport.abort()
        else:
            writer.write(framing.closing(code).packed(masked=False))
        self._upstream[1].transport.abort()
        self._cut.set()

    async def _relay(
        self, side: Side, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        index, held = 0, list[bytes]()
        with contextlib.suppress(*_ENDED):
            while True:
                raw = await framing.read_frame(reader)
                if self.is_stalled:
                    continue  # as if the network swallowed everything, without a word
                packed = raw.packed(masked=side == "bot")
                if raw.opcode != framing.TEXT or not raw.is_last:
                    writer.write(packed)
                    continue
                index += 1
                frame = Frame(self._number, side, index, raw.payload)
                treatment = self._proxy.faults.frame(frame)
                if treatment.kind == "reorder":
                    held.append(packed)
                    self._send_later(writer, held, seconds=_HOLD)
                    continue
                await self._treat(treatment, raw, packed, writer=writer, side=side)
                while held:
                    writer.write(held.pop(0))

    async def _treat(
        self,
        treatment: Treatment,
        raw: framing.Raw,
        packed: bytes,
        *,
        writer: asyncio.StreamWriter,
        side: Side,
    ) -> None:
        match treatment.kind:
            case "drop":
                return
            case "delay":
                await asyncio.sleep(treatment.seconds)
            case "late":
                self._send_later(writer, [packed], seconds=treatment.seconds)
                return
            case "repeat":
                self._send_later(writer, [packed], seconds=treatment.seconds)
            case "duplicate":
                writer.write(packed)
            case "truncate":
                half = framing.Raw(True, raw.opcode, raw.payload[: len(raw.payload) // 2])
                packed = half.packed(masked=side == "bot")
            case "cut":
                self.cut(treatment.number)
                return
            case "stall":
                self.is_stalled = True
                return
            case _:
                pass
        writer.write(packed)
        await writer.drain()

    def _send_later(
        self, writer: asyncio.StreamWriter, held: list[bytes], *, seconds: float
    ) -> None:
        """Send what is ``held`` then, unless somebody has sent it before."""

        async def send() -> None:
            await asyncio.sleep(seconds)
            while held:
                packed = held.pop(0)
                if not self.is_stalled:
                    writer.write(packed)

        task = asyncio.create_task(send())
        self._later.add(task)
        task.add_done_callback(self._later.discard)


def _refusal(status: int) -> bytes:
    body = _HTML if status == 200 else b'{"error":{"internalCode":"0004"}}'
    kind = "text/html" if status == 200 else "application/json"
    head = framing.Head(
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Internal Server Error')}",
        (("content-type", kind), ("content-length", str(len(body))), ("connection", "close")),
    )
    return head.packed() + body


def _let_go(writer: asyncio.StreamWriter) -> None:
    # Twice would be too much: a TLS transport then forgets its connection and cannot be aborted.
    if not writer.transport.is_closing():
        writer.close()


async def _end_of(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(*_ENDED):
        await writer.wait_closed()
