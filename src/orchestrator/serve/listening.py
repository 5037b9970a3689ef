"""The two ports, plain and TLS: one application, two servers, one process."""

import asyncio
import contextlib
import logging
import math
import resource
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog
import uvicorn

from orchestrator.core.model import errors
from orchestrator.serve import peers
from orchestrator.serve.bounds import Bounds
from orchestrator.serve.guests import Guest, Guests

USUAL: Final = Bounds()

ACCEPTED_AT_ONCE: Final = 128
"""Connections taken from a port before what is under way has its turn."""

REST: Final = 0.2
"""Seconds without accepting when the system has no room for another connection."""

COMPLAINT: Final = 60.0
"""Seconds between two lines in the log that say so."""

SPARE_FILES: Final = 256
"""Open files kept back for the database, the bots and the rest of the program."""

_log = structlog.get_logger(__name__)


def bind(hosts: tuple[str, ...], port: int, *, bounds: Bounds = USUAL) -> list[socket.socket]:
    """Open ``port`` on every host; port 0 takes one free port for all of them.

    Raises BadInput when a port is taken or a host is not one of this machine's.
    """
    opened: list[socket.socket] = []
    patience = round(bounds.unread.total_seconds() * 1000)
    for host in hosts:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Accepted sockets inherit it: a peer that takes nothing for so long is given up by the
            # system, which no WebSocket close could do over the same full pipe.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience)
        try:
            listener.bind((host, port))
        except OSError as error:
            for each in (*opened, listener):
                each.close()
            raise errors.BadInput(
                f"{host}:{port} cannot be opened: {error.strerror}. Choose another, or 0.",
                path="--port",
            ) from error
        listener.setblocking(False)
        port = listener.getsockname()[1]
        opened.append(listener)
    return opened


def room_for(connections: int) -> int:
    """Allow this process as many open files as that takes; return for how many it is enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    allowed = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    with contextlib.suppress(OSError, ValueError):  # then it stays as it is
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    return max(soft - SPARE_FILES, soft // 2)


class _Server(uvicorn.Server):
    """Accepts connections itself, so that nobody costs anything before they are counted."""

    def __init__(
        self, config: uvicorn.Config, *, bounds: Bounds, guests: Guests, tls: bool
    ) -> None:
        super().__init__(config)
        self.servers = []
        self._bounds = bounds
        self._guests = guests
        self._is_tls = tls
        self._shaking: set[asyncio.Task[None]] = set()
        self._listeners: list[socket.socket] = []
        self._complained = -math.inf

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the program, which has more to stop than a server."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen on ``sockets``, without uvicorn's own servers."""
        self._listeners = list(sockets or ())
        for listener in self._listeners:
            listener.listen(self.config.backlog)
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, and see everybody off."""
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener)
        self._listeners.clear()
        for task in tuple(self._shaking):
            task.cancel()
        await super().shutdown(sockets)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                connection, address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(listener, error.strerror or str(error))
                return
            self._let_in(connection, address[0])

    def _let_in(self, connection: socket.socket, address: str) -> None:
        guest = self._guests.admit(address, expel=connection.close)
        if guest is None:
            connection.close()
            self._complain("there are as many connections as may be")
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.create_task(self._shake_hands(connection, guest))
        guest.expel = task.cancel
        self._shaking.add(task)

        task.add_done_callback(partial(self._shaken, connection, guest))

    def _shaken(self, connection: socket.socket, guest: Guest, done: asyncio.Task[None]) -> None:
        """Forget who failed at TLS, or was cancelled, maybe before it began."""
        self._shaking.discard(done)
        if done.cancelled() or isinstance(done.exception(), OSError):  # TLS' errors are OSErrors
            guest.left()
            connection.close()

    async def _shake_hands(self, connection: socket.socket, guest: Guest) -> None:
        """Make a connection speak HTTP."""
        tls: dict[str, Any] = {}
        if self._is_tls:
            patience = self._bounds.handshake.total_seconds()
            tls = {"ssl": self.config.ssl, "ssl_handshake_timeout": patience}
            tls["ssl_shutdown_timeout"] = patience

        def peer() -> peers.Web:
            return peers.Web(
                self.config, server_state=self.server_state, bounds=self._bounds, guest=guest
            )

        await asyncio.get_running_loop().connect_accepted_socket(peer, connection, **tls)

    def _pause(self, listener: socket.socket, reason: str) -> None:
        """Let the system recover: it has no file or memory left for another connection."""
        self._guests.make_room()
        self._complain(reason)
        loop = asyncio.get_running_loop()
        loop.remove_reader(listener)

        def resume() -> None:
            if listener in self._listeners:
                loop.add_reader(listener, self._accept, listener)

        loop.call_later(REST, resume)

    def _complain(self, reason: str) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._complained >= COMPLAINT:
            self._complained = now
            _log.warning(
                "serve.crowded",
                reason=reason,
                connections=len(self._guests),
                strangers=self._guests.waiting,
            )


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a line of uvicorn's is about us: what strangers send is no fault of this program."""
    return record.msg not in _STRANGERS


_STRANGERS: Final = frozenset(
    {
        "Invalid HTTP request received.",
        "Unsupported upgrade request.",
        "Invalid UTF-8 sequence received from client.",
    }
)


class Listening:
    """Two running servers. ``start`` returns when both accept connections."""

    def __init__(
        self,
        app: Any,
        *,
        certificate: Path,
        key: Path,
        farewell: float,
        bounds: Bounds = USUAL,
    ) -> None:
        common: dict[str, Any] = {
            "app": app,
            "loop": "none",
            "lifespan": "off",
            "ws": "websockets-sansio",
            "http": "httptools",
            "ws_max_size": bounds.frame_bytes,
            "ws_ping_interval": 20.0,
            "ws_ping_timeout": 60.0,
            "ws_per_message_deflate": False,
            "log_config": None,
            "access_log": False,
            "server_header": False,
            # A proxy on this machine may pass on what a stranger wrote: allowances go by addresses.
            "proxy_headers": False,
            "backlog": 4096,
        }
        tls = uvicorn.Config(**common, ssl_certfile=str(certificate), ssl_keyfile=str(key))
        guests = Guests(most=room_for(bounds.connections), strangers=bounds.strangers)
        self._servers = (
            _Server(uvicorn.Config(**common), bounds=bounds, guests=guests, tls=False),
            _Server(tls, bounds=bounds, guests=guests, tls=True),
        )
        self._farewell = farewell
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, plain: list[socket.socket], tls: list[socket.socket]) -> None:
        """Begin to serve on the opened sockets."""
        logging.getLogger("uvicorn.error").addFilter(_is_ours)
        for server, sockets in zip(self._servers, (plain, tls), strict=True):
            self._tasks.append(asyncio.create_task(server.serve(sockets=sockets)))
        while not all(server.started for server in self._servers):
            for task in self._tasks:
                if task.done():
                    await task
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Close every connection, politely where the client answers, and both ports."""
        for server in self._servers:
            server.should_exit = True
        if not self._tasks:
            return
        _, silent = await asyncio.wait(self._tasks, timeout=self._farewell)
        if silent:
            for server in self._servers:
                _cut(server)
            await asyncio.wait(self._tasks, timeout=self._farewell)
        for server in self._servers:
            server.force_exit = True
            for answering in tuple(server.server_state.tasks):
                answering.cancel()  # nobody is there to hear the answer
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _cut(server: uvicorn.Server) -> None:
    """Let go of clients that do not answer: a TLS connection would be kept half a minute."""
    for connection in tuple(server.server_state.connections):
        transport = getattr(connection, "transport", None)
        if transport is not None:
            transport.abort()
