"""One database: units of work on its writer thread, reads on a few read-only connections.

Two kinds of readers have threads and connections of their own: conversations on their way, which
ask for a few rows, and whoever looks at the account (pages, reports), who may ask for thousands.
However many look, a conversation waits behind none of them.

A unit of work is a plain function of a `sqlalchemy.Connection`, sent whole to the thread that runs
it: no statement crosses threads alone, and the same function runs on SQLite and on PostgreSQL.
It must not wait, and not commit or roll back by itself.
"""

import asyncio
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent import futures
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy

from orchestrator.adapters.storage import changes, dialect, prepared, settled, turns, whole, writer
from orchestrator.core.model import errors

T = TypeVar("T")

READERS: Final = 4
SURVEYORS: Final = 2
"""Threads for looks at an account: with one, a long look would keep all others waiting; with more,
they and the event loop take the interpreter from one another so often that all are late."""
MOST_SURVEYS: Final = 300
"""Looks that wait; more are refused at once, for whoever asked would have gone before they came."""


class Database:
    """An open database. Use `await Database.open(where)`; every method is for event loops."""

    def __init__(self, speech: dialect.Dialect) -> None:
        self._dialect = speech
        self._writer = writer.Writer(speech)
        self._engine = speech.engine("read")
        self._executor = futures.ThreadPoolExecutor(READERS, thread_name_prefix="storage-reader")
        self._surveyors = futures.ThreadPoolExecutor(
            SURVEYORS, thread_name_prefix="storage-surveyor"
        )
        self._surveys = 0
        self._is_closed = False
        self._mine = threading.local()
        self._turn = turns.Turn()
        self.kept = whole.Kept()
        self.settled = settled.Settled()
        self._all: list[sqlalchemy.Connection] = []
        self._watch = changes.Watch(self._engine, speech)

    @classmethod
    async def open(cls, where: Path | str) -> "Database":
        """Open a file, or the PostgreSQL database of a URL; brought to the newest schema first.

        A file is made (mode 0600) where there is none; a PostgreSQL database must exist. Raises
        `errors.Conflict` when it is not ours or was written by a newer program,
        `errors.Unavailable` when the disk, the server or another process is in the way, and
        `errors.BadInput` for a text that is no URL or when PostgreSQL's driver is not installed.
        """
        speech = dialect.of(where)
        await asyncio.to_thread(speech.prepare)
        return cls(speech)

    async def transact(
        self,
        work: Callable[[sqlalchemy.Connection], T],
        *,
        announce: Callable[[T], None] | None = None,
        tells: Callable[[T], bytes | None] | None = None,
    ) -> T:
        """Run ``work`` in one transaction and return its result once that is on the disk.

        An exception in ``work`` rolls back this unit alone and is raised here. ``announce`` is
        called with the result on the event loop, after the commit, in commit order, before this
        call returns; it must not raise. ``tells`` is what other processes are to `hear` of it,
        None for nothing; it is asked on the writer's thread, and only where there can be others.
        A unit that was handed over runs even if the caller is cancelled. Raises
        `errors.Unavailable` when the database fails or is closed: then the unit is not done, or,
        when the connection was lost in the commit itself, it may be.
        """
        return await self._writer.submit(work, announce=announce, tells=tells)

    async def jot(
        self,
        work: Callable[[sqlalchemy.Connection], T],
        *,
        announce: Callable[[T], None] | None = None,
        tells: Callable[[T], bytes | None] | None = None,
    ) -> T:
        """Run ``work``, which touches a few rows by their keys, as `transact` does.

        In a file that takes less than to hand it to another thread, so the event loop runs it;
        only the commit is waited for. Anything that may touch many rows is for `transact`.
        """
        return await self._writer.jot(work, announce=announce, tells=tells)

    async def hear(self, deliver: Callable[[Sequence[bytes]], None]) -> None:
        """Call ``deliver`` on this loop with what other processes tell from now on.

        Each call has what the units of one commit told, and comes in the order of the commits
        among the announcements of this process: all processes hear everything in the same order.
        It must not raise. On SQLite there is one server and nothing is ever heard.
        """
        await self._writer.hear(deliver)

    async def read(self, work: Callable[[sqlalchemy.Connection], T]) -> T:
        """Run ``work`` on one read-only snapshot and return its result.

        It sees everything committed before the call. Raises `errors.Unavailable` as `transact`.
        """
        # No variable for the future: a refusal's traceback would lead to it, which has the refusal.
        return await self._handed_over(work, self._executor)

    async def survey(self, work: Callable[[sqlalchemy.Connection], T]) -> T:
        """Run ``work``, which may find many rows, as `read` does, behind nobody but other looks.

        Raises `errors.Unavailable` as `transact`, and where `MOST_SURVEYS` wait already.
        """
        if self._surveys >= MOST_SURVEYS:
            raise errors.Unavailable(
                "The server is asked for more than it can look up at the moment. "
                "Try again in a few seconds."
            )
        self._surveys += 1
        try:
            return await self._handed_over(work, self._surveyors)
        finally:
            self._surveys -= 1

    async def glance(self, work: Callable[[sqlalchemy.Connection], T]) -> T:
        """Run ``work``, which finds a few rows by their keys, as `read` does.

        In a file this takes less than waking another thread would, and a reader waits for nobody:
        so it is done right here. Anything that may find many rows is for `read`.
        """
        if not self._dialect.is_at_hand:
            return await self.read(work)
        if self._is_closed:
            raise errors.Unavailable("The database is closed.")
        return self._read(work)

    async def first(self, statement: prepared.Statement, given: prepared.Given) -> Any:
        """Return the first row of a statement that finds it by its key, or None; as `glance`.

        A statement by itself needs no transaction around it, which would take most of its time.
        """
        if not self._dialect.is_at_hand:
            return await self.read(lambda connection: statement.first(connection, given))
        if self._is_closed:
            raise errors.Unavailable("The database is closed.")
        return self._read_alone(lambda connection: statement.first(connection, given))

    async def shared(self, question: Hashable, work: Callable[[sqlalchemy.Connection], T]) -> T:
        """Run ``work`` as `glance`, once for all who ask ``question`` in this turn of the loop.

        What it returns is everybody's: it must not be changed. See `turns` for why it is as new as
        if each had read it. The same question is always the same work, and that is one statement:
        it needs no transaction around it, which would take most of its time.
        """
        found = self._turn.get(question)
        if not self._dialect.is_at_hand:
            if found is turns.MISSING:
                found = asyncio.ensure_future(self.read(work))
                found.add_done_callback(_retrieve)  # perhaps nobody is left who waits for it
                self._turn.put(question, found)
            return await asyncio.shield(found)
        if found is turns.MISSING:
            if self._is_closed:
                raise errors.Unavailable("The database is closed.")
            found = self._read_alone(work)
            self._turn.put(question, found)
        return found

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

    async def prune_news(self, *, limit: int) -> int:
        """Delete at most ``limit`` rows of what every process has heard; return how many."""
        return await self.transact(lambda connection: self._dialect.prune_news(connection, limit))

    async def close(self) -> None:
        """Commit what waits and let go of the database. Nothing may be asked afterwards."""
        self._is_closed = True
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._executor.shutdown()
        self._surveyors.shutdown()
        self._watch.close()
        for connection in self._all:
            connection.close()
        self._all.clear()
        self._engine.dispose()
        self._writer.close()

    def _handed_over(
        self, work: Callable[[sqlalchemy.Connection], T], threads: futures.Executor
    ) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        try:
            return loop.run_in_executor(threads, self._read, work)
        except RuntimeError as error:
            raise errors.Unavailable("The database is closed.") from error

    def _read(self, work: Callable[[sqlalchemy.Connection], T]) -> T:
        try:
            try:
                return self._read_once(work)
            except sqlalchemy.exc.DBAPIError as error:
                if not self._dialect.is_lost(error):
                    raise
                return self._read_once(work)  # it died while it was idle; a read can be repeated
        except sqlalchemy.exc.DBAPIError as error:
            raise self._dialect.translated(error) from error

    def _read_alone(self, work: Callable[[sqlalchemy.Connection], T]) -> T:
        """Run ``work``, which is one statement, without a transaction."""
        try:
            connection = self._reader()
            found = work(connection)
            if connection.in_transaction():  # SQLAlchemy had to execute it, and began one
                connection.rollback()
        except sqlalchemy.exc.DBAPIError as error:
            self._forget_reader()
            raise self._dialect.translated(error) from error
        return found

    def _read_once(self, work: Callable[[sqlalchemy.Connection], T]) -> T:
        try:
            return self._dialect.snapshot(self._reader(), work)
        except sqlalchemy.exc.DBAPIError:
            self._forget_reader()  # a new one next time, whatever was wrong with this
            raise

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


def _retrieve(done: asyncio.Future[Any]) -> None:
    """Look at an error, so that the loop does not complain that nobody did."""
    if not done.cancelled():
        done.exception()
