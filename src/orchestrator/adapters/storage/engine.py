"""One database: units of work on its writer thread, reads on a few read-only connections.

A unit of work is a plain function of a `sqlalchemy.Connection`, sent whole to the thread that runs
it: no statement crosses threads alone, and the same function can run on a pooled connection of
another database later. It must not wait, and not commit or roll back by itself.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent import futures
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy

from orchestrator.adapters.storage import changes, connections, schema, writer
from orchestrator.core.model import errors

T = TypeVar("T")

READERS: Final = 4


class Database:
    """An open database file. Use `await Database.open(path)`; every method is for event loops."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = writer.Writer(path)
        self._engine = connections.engine(path, access="read")
        self._executor = futures.ThreadPoolExecutor(READERS, thread_name_prefix="storage-reader")
        self._mine = threading.local()
        self._all: list[sqlalchemy.Connection] = []
        self._watch = changes.Watch(self._engine)

    @classmethod
    async def open(cls, path: Path) -> "Database":
        """Open ``path``, made (mode 0600) and brought to the newest schema where needed.

        Raises `errors.Conflict` when the file is not ours or was written by a newer program, and
        `errors.Unavailable` when the disk or another process is in the way.
        """
        await asyncio.to_thread(schema.prepare, path)
        return cls(path)

    async def transact(
        self,
        work: Callable[[sqlalchemy.Connection], T],
        *,
        announce: Callable[[T], None] | None = None,
    ) -> T:
        """Run ``work`` in one transaction and return its result once that is on the disk.

        An exception in ``work`` rolls back this unit alone and is raised here. ``announce`` is
        called with the result on the event loop, after the commit, in commit order, before this
        call returns; it must not raise. A unit that was handed over runs even if the caller is
        cancelled. Raises `errors.Unavailable` when the disk fails or the database is closed.
        """
        return await self._writer.submit(work, announce=announce)

    async def read(self, work: Callable[[sqlalchemy.Connection], T]) -> T:
        """Run ``work`` on one read-only snapshot and return its result.

        It sees everything committed before the call. Raises `errors.Unavailable` as `transact`.
        """
        loop = asyncio.get_running_loop()
        try:
            future = loop.run_in_executor(self._executor, self._read, work)
        except RuntimeError as error:
            raise errors.Unavailable("The database is closed.") from error
        return await future

    async def changes_since(self, sequence: int, *, limit: int = 1000) -> Sequence[changes.Change]:
        """Return the changes after ``sequence``, oldest first, at most ``limit``.

        Cheap enough to be asked several times a second: nothing is queried while no process has
        written to the file. Ask again at once when ``limit`` came back.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._watch.since, sequence, limit)

    async def newest_change(self) -> int:
        """Return the sequence of the newest change, 0 when there is none: where to begin."""
        return await self.read(changes.newest)

    async def close(self) -> None:
        """Commit what waits and let go of the file. Nothing may be asked afterwards."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._executor.shutdown()
        self._watch.close()
        for connection in self._all:
            connection.close()
        self._all.clear()
        self._engine.dispose()
        self._writer.close()

    def _read(self, work: Callable[[sqlalchemy.Connection], T]) -> T:
        try:
            connection = self._reader()
            with connection.begin():
                return work(connection)
        except sqlalchemy.exc.DBAPIError as error:
            self._forget_reader()  # a new one next time, whatever was wrong with this
            raise connections.translated(error) from error

    def _forget_reader(self) -> None:
        connection, self._mine.connection = getattr(self._mine, "connection", None), None
        if connection is not None:
            self._all.remove(connection)
            connection.close()

    def _reader(self) -> sqlalchemy.Connection:
        connection: Any = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = self._engine.connect()
            self._all.append(connection)
        return connection
