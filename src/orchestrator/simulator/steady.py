"""Staying with a server that may die: what was lost is opened again, and asked again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from orchestrator.client.messaging.connection import Connection
from orchestrator.core.model import errors
from orchestrator.core.ums.events import Told

C = TypeVar("C", bound=Connection)
T = TypeVar("T")

_PAUSE_SECONDS: Final = 0.2
_DIED: Final = frozenset({1001, 1006, 1012, 1013})
"""How sockets of a server close that dies or leaves; any other code is meant for whoever is told
so, and coming back would be a quarrel."""


class Steady(Generic[C]):
    """A connection that outlives its sockets; open inside ``async with``.

    ``open_`` opens one, signed in and subscribed; what it raises the first time goes through. After
    the server has died it is called for as long as nobody answers: whoever loses patience cancels.
    """

    def __init__(self, open_: Callable[[], Awaitable[C]]) -> None:
        self._open = open_
        self._turn = asyncio.Lock()
        self._connection: C | None = None

    async def __aenter__(self) -> Self:
        self._connection = await self._open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

    @property
    def is_open(self) -> bool:
        """Whether there is a socket right now."""
        return self._connection is not None and self._connection.closed is None

    async def there(self) -> C:
        """Return an open connection, once there is one.

        Raises ``errors.Unavailable`` when the server has closed the last one and lives on.
        """
        async with self._turn:
            while (last := self._connection) is None or last.closed is not None:
                if last is not None and last.closed is not None:
                    if last.closed.code not in _DIED:
                        raise errors.Unavailable(
                            f"A socket was closed by the server ({last.closed.code})."
                        )
                    await last.close()
                self._connection = None
                self._connection = await until_back(self._open)
            return last

    async def ask(self, act: Callable[[C], Awaitable[T]]) -> T:
        """Return what ``act`` does; once more on the next socket where the first was lost.

        What was asked may have been done by then: whoever minds looks first. Raises as ``act`` and
        ``there``.
        """
        while True:
            connection = await self.there()
            try:
                return await act(connection)
            except errors.Unavailable:
                if connection.closed is None:
                    raise

    async def events(self) -> AsyncIterator[Told]:
        """Yield what the host tells, on one socket after the other. Raises as ``there``."""
        while True:
            connection = await self.there()
            async for told in connection.events():
                yield told


async def until_back(act: Callable[[], Awaitable[T]]) -> T:
    """Return what ``act`` does, for as long as nobody answers it."""
    while True:
        try:
            return await act()
        except errors.Unavailable:
            await asyncio.sleep(_PAUSE_SECONDS)
