"""The one thread that writes: it runs whatever waits and commits it together.

A commit costs a synchronous write to the disk, whatever is in it. So the thread takes every unit of
work that is waiting, gives each a savepoint of its own and commits once for all (group commit).
A unit that fails is rolled back alone. When the commit itself fails, or the disk does, every unit
of the group fails with `errors.Unavailable`; the thread opens a new connection and goes on.

Where several processes share the database, the thread first delivers what the others committed
since, and only then writes: so everybody hears everything, their own included, in one order.
"""

import asyncio
import contextlib
import enum
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy

from orchestrator.adapters.storage import dialect
from orchestrator.core.model import errors

MOST_TOGETHER: Final = 512
"""Units in one commit: bounds how long the first of them waits for the last."""

Work = Callable[[sqlalchemy.Connection], Any]


class _Word(enum.Enum):
    """What the thread is told beside its jobs."""

    END = enum.auto()
    CATCH_UP = enum.auto()


class _Outcome(msgspec.Struct, frozen=True):
    value: Any = None
    error: BaseException | None = None


class _Job(msgspec.Struct, frozen=True):
    work: Work
    announce: Callable[[Any], None] | None
    tells: Callable[[Any], bytes | None] | None
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Writer:
    """The writer thread of one database. Started by its constructor, ended by `close`."""

    def __init__(self, speech: dialect.Dialect) -> None:
        self._dialect = speech
        self._engine = speech.engine("write")
        self._connection: sqlalchemy.Connection | None = None
        self._news = speech.news()
        self._jobs: queue.SimpleQueue[_Job | _Word] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="storage-writer", daemon=True)
        self._thread.start()

    def submit(
        self,
        work: Work,
        *,
        announce: Callable[[Any], None] | None,
        tells: Callable[[Any], bytes | None] | None = None,
    ) -> asyncio.Future[Any]:
        """Queue a unit of work and return the future of its result, on the running event loop.

        Cancelling the future does not stop the unit: once handed over it runs and is announced.
        ``tells`` is asked, on the thread, what other processes must hear of it; None is nothing.
        Raises `errors.Unavailable` once the database is closed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        with self._lock:  # nothing is queued behind the word that ends the thread
            if not self._open:
                raise errors.Unavailable("The database is closed.")
            self._jobs.put(_Job(work, announce, tells, loop, future))
        return future

    async def hear(self, deliver: Callable[[Sequence[bytes]], None]) -> None:
        """Call ``deliver`` on the running loop with what other processes tell from now on.

        It is called in the order of the commits, between the announcements of this process, with
        what the units of one commit told. Nothing happens where there are no other processes.
        """
        news = self._news
        if news is None:
            return
        loop = asyncio.get_running_loop()

        def hand_over(told: Sequence[bytes]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to hear
                loop.call_soon_threadsafe(deliver, told)

        await self.submit(lambda connection: news.begin(connection, hand_over), announce=None)
        news.listen(lambda: self._jobs.put(_Word.CATCH_UP))

    def close(self) -> None:
        """Commit what waits, let go of the database and end the thread. Blocks."""
        if self._news is not None:
            self._news.close()
        with self._lock:
            if self._open:
                self._open = False
                self._jobs.put(_Word.END)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            group, going = self._next()
            if group:
                _deliver(group, self._commit(group))
            elif going:
                self._catch_up()
        self._end()

    def _next(self) -> tuple[list[_Job], bool]:
        """Wait for what is to be done; return it, and whether there may be more.

        A group catches up before it writes, so being told to is nothing more to do then.
        """
        group: list[_Job] = []
        while True:
            job = self._jobs.get()
            if isinstance(job, _Job):
                group.append(job)
            elif job is _Word.END:
                return group, False
            if len(group) == MOST_TOGETHER or self._jobs.empty():
                return group, True

    def _commit(self, group: list[_Job]) -> list[_Outcome]:
        news = self._news
        told: list[bytes] = []
        try:
            with self._begin() as transaction:
                if news is not None:
                    news.catch_up(transaction.connection)
                outcomes = self._run_units(transaction, group, told)
                if told and news is not None:
                    news.tell(transaction.connection, told)
            if told and news is not None:
                news.committed()
        except BaseException as error:  # noqa: BLE001 - handed to the callers, the thread survives
            self._forget_connection()
            reason = self._dialect.translated(error)
            return [_Outcome(error=reason)] * len(group)
        else:
            return outcomes

    def _run_units(
        self, transaction: sqlalchemy.RootTransaction, group: list[_Job], told: list[bytes]
    ) -> list[_Outcome]:
        """Run the units one after the other; one that fails is undone alone.

        Raises only when the whole group is lost.
        """
        connection = transaction.connection
        if len(group) == 1:  # the transaction itself is what is undone
            return [self._attempt(connection, group[0], told, undo=transaction.rollback)]
        driver = dialect.driver(connection)
        driver.execute("SAVEPOINT unit")
        outcomes: list[_Outcome] = []
        for job in group:
            outcomes.append(
                self._attempt(
                    connection, job, told, undo=lambda: driver.execute("ROLLBACK TO unit")
                )
            )
            if outcomes[-1].error is None and len(outcomes) < len(group):
                self._dialect.next_savepoint(driver, "unit")
        return outcomes

    def _attempt(
        self,
        connection: sqlalchemy.Connection,
        job: _Job,
        told: list[bytes],
        *,
        undo: Callable[[], object],
    ) -> _Outcome:
        """Run one unit; raises only when the whole group is lost."""
        try:
            value = job.work(connection)
            news = job.tells(value) if self._news is not None and job.tells is not None else None
        except BaseException as error:
            if self._dialect.is_broken(connection):
                raise
            undo()
            return _Outcome(error=self._dialect.translated(error))
        if news is not None:
            told.append(news)
        return _Outcome(value=value)

    def _begin(self) -> sqlalchemy.RootTransaction:
        """Begin a transaction; a connection that died while it was idle is replaced."""
        if self._connection is not None:
            try:
                return self._connection.begin()
            except Exception as error:
                if not self._dialect.is_lost(error):
                    raise
                self._forget_connection()
        self._connection = self._engine.connect()
        return self._connection.begin()

    def _catch_up(self) -> None:
        """Deliver what others committed, while there is nothing to write."""
        if self._news is None:
            return
        for _ in range(2):  # a connection that died while it was idle is replaced
            with contextlib.suppress(Exception):  # the listener's next word tries again
                if self._connection is None:
                    self._connection = self._engine.connect()
                self._news.catch_up(self._connection)
                dialect.driver(self._connection).rollback()
                return
            self._forget_connection()

    def _forget_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # it is broken already; the thread must go on
                connection.invalidate()
                connection.close()

    def _end(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            self._dialect.end(connection)
        self._engine.dispose()


def _deliver(group: list[_Job], outcomes: list[_Outcome]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Job, _Outcome]]] = {}
    for job, outcome in zip(group, outcomes, strict=True):
        by_loop.setdefault(job.loop, []).append((job, outcome))
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, loop, settled)
        except RuntimeError:
            continue  # the loop is closed: nobody is left to be told


def _settle(loop: asyncio.AbstractEventLoop, settled: list[tuple[_Job, _Outcome]]) -> None:
    """Announce and resolve in commit order, on the event loop."""
    for job, outcome in settled:
        if outcome.error is not None:
            if not job.future.done():
                job.future.set_exception(_raisable(outcome.error))
            continue
        if job.announce is not None:
            try:
                job.announce(outcome.value)
            except Exception as error:  # noqa: BLE001 - it is committed: the caller must learn so
                loop.call_exception_handler(
                    {"message": "announcing a committed unit of work failed", "exception": error}
                )
        if not job.future.done():
            job.future.set_result(outcome.value)


def _raisable(error: BaseException) -> BaseException:
    """Wrap what a future refuses to carry."""
    if isinstance(error, StopIteration):
        wrapped = RuntimeError("a unit of work raised StopIteration")
        wrapped.__cause__ = error
        return wrapped
    return error
