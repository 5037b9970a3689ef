"""A connection that outlives its sockets: asked again after a death, and never in a quarrel."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from orchestrator.client.messaging.socket import Closed, ConnectionLost
from orchestrator.core.model import errors
from orchestrator.simulator import steady


class Socket:
    """A connection that says what it is told to, and may be cut."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.closed: Closed | None = None
        self.told: asyncio.Queue[Any] = asyncio.Queue()

    def cut(self, code: int = 1006) -> None:
        """Lose it."""
        self.closed = Closed(code)
        self.told.put_nowait(None)

    async def close(self) -> None:
        """Close it."""
        if self.closed is None:
            self.cut(1000)

    async def events(self) -> AsyncIterator[Any]:
        """Yield what is told."""
        while (told := await self.told.get()) is not None:
            yield told

    async def name(self) -> int:
        """Answer, while it is open."""
        if self.closed is not None:
            raise ConnectionLost("lost", closed=self.closed)
        return self.number


class Host:
    """Opens sockets, unless it is away."""

    def __init__(self) -> None:
        self.sockets: list[Socket] = []
        self.refusals = 0

    async def open(self) -> Any:
        """Open one."""
        if self.refusals:
            self.refusals -= 1
            raise errors.Unavailable("away")
        self.sockets.append(Socket(len(self.sockets)))
        return self.sockets[-1]


def name(connection: Any) -> Any:
    """Ask for its number."""
    return cast("Socket", connection).name()


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    """Somebody to connect to; nobody waits long."""
    monkeypatch.setattr(steady, "_PAUSE_SECONDS", 0.0)
    return Host()


async def test_what_was_lost_is_asked_again_once_somebody_answers(host: Host) -> None:
    """A request in the hands of a server that dies is answered by the one that comes back."""
    async with steady.Steady(host.open) as there:
        assert await there.ask(name) == 0
        host.sockets[0].cut()
        assert not there.is_open
        host.refusals = 3
        assert await there.ask(name) == 1
        assert there.is_open
    assert all(each.closed for each in host.sockets)


async def test_events_go_on_with_the_next_socket(host: Host) -> None:
    """Whoever reads them does not notice."""
    async with steady.Steady(host.open) as there:
        host.sockets[0].told.put_nowait("before")
        seen = []
        async for told in there.events():
            seen.append(told)
            if told == "after":
                break
            host.sockets[0].cut()
            asyncio.get_running_loop().call_soon(lambda: host.sockets[-1].told.put_nowait("after"))
        assert seen == ["before", "after"]


async def test_who_is_sent_away_does_not_come_back(host: Host) -> None:
    """A code that is meant for this agent, such as that somebody else signed in, ends it."""
    async with steady.Steady(host.open) as there:
        host.sockets[0].cut(4409)
        with pytest.raises(errors.Unavailable, match="4409"):
            await there.ask(name)
    assert len(host.sockets) == 1


async def test_the_first_failure_and_other_refusals_go_through(host: Host) -> None:
    """Nobody waits for a server that was never there, nor for one that lives and says no."""
    host.refusals = 1
    with pytest.raises(errors.Unavailable):
        await steady.Steady(host.open).__aenter__()

    async def refused(_connection: Any) -> None:
        raise errors.Unavailable("no answer in time")

    async with steady.Steady(host.open) as there:
        with pytest.raises(errors.Unavailable, match="in time"):
            await there.ask(refused)
