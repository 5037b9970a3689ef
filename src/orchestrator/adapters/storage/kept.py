"""Decisions that programs asked for: those of one moment are written by one statement.

A row of its own unit would cost more around it than in it: a future, a savepoint, a word to the
writer. So there is one unit at a time; what comes in while it is being committed waits, and is all
in the next. Whoever waits is answered after the commit that has theirs.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy

from orchestrator.adapters.storage import engine, processes
from orchestrator.core.model import errors

MOST_AT_ONCE: Final = 128
"""Rows of one unit, which the event loop may run itself: longer ones are the writer's."""

Write = Callable[[sqlalchemy.Connection, Sequence[dict[str, Any]]], None]
"""Writes rows of many callers at once, each of which it could write alone."""


class _Wish(msgspec.Struct, frozen=True):
    """Rows that are to be written together, and who waits for that."""

    rows: Sequence[dict[str, Any]]
    done: asyncio.Future[None]


class Together:
    """Writes the rows of many callers in one unit. For one event loop."""

    def __init__(self, database: engine.Database | processes.Fenced, write: Write) -> None:
        self._database = database
        self._put = write
        self._waiting: deque[_Wish] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write ``rows``, all or none; durable on return. They have the same columns.

        Raises as a unit of work; what is wrong with somebody else's rows is not our caller's.
        """
        if len(rows) > MOST_AT_ONCE:
            await self._database.transact(self._work(rows))
            return
        wish = _Wish(rows, asyncio.get_running_loop().create_future())
        self._waiting.append(wish)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self._write())
        await wish.done

    async def _write(self) -> None:
        while self._waiting:
            group: list[_Wish] = []
            try:
                await self._database.jot(lambda connection: self._take(connection, group))  # noqa: B023 - it is run before the next group is made
            except errors.Unavailable as error:
                _fail(group or self._all(), error)
            except Exception as error:  # noqa: BLE001 - told to whoever waits
                if len(group) > 1:
                    await self._one_by_one(group)
                else:
                    _fail(group or self._all(), error)
            else:
                _succeed(group)

    def _take(self, connection: sqlalchemy.Connection, group: list[_Wish]) -> None:
        """Write what waits by now, and leave in ``group`` whose it was."""
        rows: list[dict[str, Any]] = []
        while self._waiting and len(rows) < MOST_AT_ONCE:
            group.append(self._waiting.popleft())
            rows += group[-1].rows
        self._put(connection, rows)

    async def _one_by_one(self, group: Sequence[_Wish]) -> None:
        """Write each one's rows alone: one of them cannot be written."""
        for wish in group:
            try:
                await self._database.jot(self._work(wish.rows))
            except Exception as error:  # noqa: BLE001 - told to whoever waits
                _fail([wish], error)
            else:
                _succeed([wish])

    def _work(self, rows: Sequence[dict[str, Any]]) -> Callable[[sqlalchemy.Connection], None]:
        return lambda connection: self._put(connection, rows)

    def _all(self) -> list[_Wish]:
        """Take whatever waits: the unit was not even begun."""
        found = list(self._waiting)
        self._waiting.clear()
        return found


def _succeed(group: Sequence[_Wish]) -> None:
    for wish in group:
        if not wish.done.done():  # cancelled: nobody is left who waits
            wish.done.set_result(None)


def _fail(group: Sequence[_Wish], error: BaseException) -> None:
    for wish in group:
        if not wish.done.done():
            wish.done.set_exception(error)
