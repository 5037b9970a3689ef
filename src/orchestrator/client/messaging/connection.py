"""What the sockets of agents and consumers share: one reading task, one timer, many requests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final, Self, TypeVar

from websockets import exceptions
from websockets.asyncio import client as websocket

from orchestrator.client.messaging import socket
from orchestrator.core.model import errors
from orchestrator.core.ums import asks, client_side
from orchestrator.core.ums.events import (
    Answered,
    Ending,
    Event,
    Lost,
    Refused,
    TimedOut,
    Told,
)

T = TypeVar("T")

_ABNORMAL: Final = 1006


class Connection:
    """One socket, open inside ``async with``; use the two subclasses.

    Requests may overlap freely, also with the reading of events. Whoever asked for subscriptions
    reads ``events``: what is not read waits, up to ``options.waiting_events``, and then the socket
    is closed with ``socket.NOT_READ`` rather than let memory grow.
    """

    def __init__(self, side: client_side.ClientSide, *, options: socket.Options) -> None:
        self._side = side
        self._options = options
        self._socket: websocket.ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Future[Answered]] = {}
        self._events: asyncio.Queue[Told | None] = asyncio.Queue()
        self._timer: asyncio.TimerHandle | None = None
        self._overflowed = False
        self._closed: socket.Closed | None = None

    async def _connect(self) -> websocket.ClientConnection:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        """Open the socket; raises as ``socket.connect`` does."""
        self._socket = await self._connect()
        self._reading = asyncio.create_task(self._read(self._socket))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def closed(self) -> socket.Closed | None:
        """Why the socket is closed; None while it is open."""
        return self._closed

    @property
    def standing(self) -> tuple[client_side.Standing, ...]:
        """The subscriptions granted here, to be asked again on the next connection."""
        return self._side.standing

    async def close(self) -> None:
        """Close the socket; open requests end with ``socket.ConnectionLost``."""
        if self._socket is not None:
            try:
                await self._socket.close()
            finally:
                self._socket.transport.abort()  # also when nobody has the patience to say good-bye
        if self._reading is not None:
            await asyncio.wait([self._reading])

    async def events(self) -> AsyncIterator[Told]:
        """Yield what the host tells, in order, until the socket is closed; then see ``closed``."""
        while (event := await self._events.get()) is not None:
            yield event
        self._events.put_nowait(None)  # so that another reader ends as well

    async def request(self, ask: asks.Ask, *, timeout_seconds: float | None = None) -> Answered:
        """Ask, and return the good answer.

        Raises the error of ``core.ums.refusals`` for a refusal, ``errors.Unavailable`` when no
        answer comes in time, and ``socket.ConnectionLost`` when the socket is or gets closed.
        """
        if self._socket is None or self._closed is not None:
            raise self._lost(ask.name)
        loop = asyncio.get_running_loop()
        outgoing = self._side.ask(ask, now=loop.time(), timeout_seconds=timeout_seconds)
        answer: asyncio.Future[Answered] = loop.create_future()
        self._waiting[outgoing.request_id] = answer
        self._arm(outgoing.deadline)
        try:
            # A socket that closes now ends the reading too, which resolves the answer.
            with contextlib.suppress(exceptions.ConnectionClosed):
                await self._socket.send(outgoing.text)
            return await answer
        finally:
            self._waiting.pop(outgoing.request_id, None)

    async def resubscribe(self, standing: tuple[client_side.Standing, ...]) -> None:
        """Ask again for what an earlier connection was granted; raises as ``request`` does."""
        for one in standing:
            await self.request(one.ask)

    async def _read(self, opened: websocket.ClientConnection) -> None:
        try:
            with contextlib.suppress(exceptions.ConnectionClosed):
                async for text in opened:
                    for event in self._side.receive(text):
                        self._take(event)
                    if self._overflowed:
                        await opened.close(socket.NOT_READ, "events are not being read")
        finally:
            self._finish(opened)

    def _take(self, event: Event) -> None:
        match event:
            case Answered() | Refused() | TimedOut() | Lost():
                self._end(event)
            case _ if self._events.qsize() < self._options.waiting_events:
                self._events.put_nowait(event)
            case _:
                self._overflowed = True

    def _end(self, ending: Ending) -> None:
        answer = self._waiting.pop(ending.request_id, None)
        if answer is None or answer.done():
            return
        match ending:
            case Answered():
                answer.set_result(ending)
            case Refused() | TimedOut():
                answer.set_exception(ending.error())
            case Lost(_, name):
                answer.set_exception(self._lost(name))

    def _finish(self, opened: websocket.ClientConnection) -> None:
        code = socket.NOT_READ if self._overflowed else opened.close_code
        self._closed = socket.Closed(code or _ABNORMAL, opened.close_reason or "")
        if self._timer is not None:
            self._timer.cancel()
        for lost in self._side.lose():
            self._end(lost)
        self._events.put_nowait(None)

    def _lost(self, name: str) -> socket.ConnectionLost:
        closed = self._closed or socket.Closed(_ABNORMAL, "not open")
        return socket.ConnectionLost(
            f"{name} was not answered: the socket is closed ({closed.code}).", closed=closed
        )

    def _arm(self, deadline: float) -> None:
        """Keep one timer for all requests, set to the nearest deadline."""
        if self._timer is not None and self._timer.when() <= deadline:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._timer = None
        for late in self._side.expire(asyncio.get_running_loop().time()):
            self._end(late)
        if (nearest := self._side.deadline) is not None:
            self._arm(nearest)


def field(answer: Answered, name: str, kind: type[T]) -> T:
    """Return a field of a good answer; ``errors.Unavailable`` when the host left it out."""
    body = answer.body
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, kind):
        raise errors.Unavailable(f"The host's answer to {answer.name} has no {name}.")
    return value
