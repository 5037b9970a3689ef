"""The two ports, plain and TLS: one application, two servers, one process."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn

from orchestrator.core.model import errors

MAX_FRAME = 1 << 20
"""Bytes; a larger WebSocket message closes its socket with 1009."""

UNREAD_MILLISECONDS = 120_000
"""How long sent bytes may wait for a peer's acknowledgement."""


class _Server(uvicorn.Server):
    """Leaves signals to the program, which has more to stop than a server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def bind(hosts: tuple[str, ...], port: int) -> list[socket.socket]:
    """Open ``port`` on every host; port 0 takes one free port for all of them.

    Raises BadInput when a port is taken or a host is not one of this machine's.
    """
    opened: list[socket.socket] = []
    for host in hosts:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Accepted sockets inherit it: a peer that takes nothing for so long is given up by the
            # system, which no WebSocket close could do over the same full pipe.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MILLISECONDS)
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


class Listening:
    """Two running servers. ``start`` returns when both accept connections."""

    def __init__(self, app: Any, *, certificate: Path, key: Path, farewell: float) -> None:
        common: dict[str, Any] = {
            "app": app,
            "loop": "none",
            "lifespan": "off",
            "ws": "websockets-sansio",
            "http": "httptools",
            "ws_max_size": MAX_FRAME,
            "ws_ping_interval": 20.0,
            "ws_ping_timeout": 60.0,
            "ws_per_message_deflate": False,
            "log_config": None,
            "access_log": False,
            "server_header": False,
            "backlog": 4096,
        }
        self._servers = (
            _Server(uvicorn.Config(**common)),
            _Server(uvicorn.Config(**common, ssl_certfile=str(certificate), ssl_keyfile=str(key))),
        )
        self._farewell = farewell
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, plain: list[socket.socket], tls: list[socket.socket]) -> None:
        """Begin to serve on the opened sockets."""
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
