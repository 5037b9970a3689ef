"""The one thread that writes: it runs whatever waits and commits it together.

A commit costs a synchronous write to the disk, whatever is in it. So the thread takes every unit of
work that is waiting, gives each a savepoint of its own and commits once for all (group commit).
A unit that fails is rolled back alone. When the commit itself fails, or the disk does, every unit
of the group fails with `errors.Unavailable`; the thread opens a new connection and goes on.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy

from orchestrator.adapters.storage import connections
from orchestrator.core.model import errors

MOST_TOGETHER: Final = 512
"""Units in one commit: bounds how long the first of them waits for the last."""

Work = Callable[[sqlalchemy.Connection], Any]


class _Outcome(msgspec.Struct, frozen=True):
    value: Any = None
    error: BaseException | None = None


class _Job(msgspec.Struct, frozen=True):
    work: Work
    announce: Callable[[Any], None] | None
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Writer:
    """The writer thread of one database file. Started by its constructor, ended by `close`."""

    def __init__(self, path: Path) -> None:
        self._engine = connections.engine(path, access="write")
        self._connection: sqlalchemy.Connection | None = None
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="storage-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work, *, announce: Callable[[Any], None] | None) -> asyncio.Future[Any]:
        """Queue a unit of work and return the future of its result, on the running event loop.

        Cancelling the future does not stop the unit: once handed over it runs and is announced.
        Raises `errors.Unavailable` once the database is closed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        with self._lock:  # nothing is queued behind the word that ends the thread
            if not self._open:
                raise errors.Unavailable("The database is closed.")
            self._jobs.put(_Job(work, announce, loop, future))
        return future

    def close(self) -> None:
        """Commit what waits, fold the log into the file and end the thread. Blocks."""
        with self._lock:
            if self._open:
                self._open = False
                self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            group: list[_Job] = []
            job = self._jobs.get()
            while job is not None:
                group.append(job)
                if len(group) == MOST_TOGETHER or self._jobs.empty():
                    break
                job = self._jobs.get()
            going = job is not None
            if group:
                _deliver(group, self._commit(group))
        self._end()

    def _commit(self, group: list[_Job]) -> list[_Outcome]:
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                driver = connections.driver(self._connection)
                return [_attempt(self._connection, driver, job.work) for job in group]
        except BaseException as error:  # noqa: BLE001 - handed to the callers, the thread survives
            self._forget_connection()
            reason = connections.translated(error)
            return [_Outcome(error=reason)] * len(group)

    def _forget_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # it is broken already; the thread must go on
                connection.invalidate()
                connection.close()

    def _end(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            driver = connections.driver(connection)
            try:
                driver.execute("PRAGMA busy_timeout=0")  # whoever still reads is not waited for
                driver.execute("PRAGMA optimize")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error:
                pass  # another process is reading; the next one to close does it
            finally:
                connection.close()
        self._engine.dispose()


def _attempt(connection: sqlalchemy.Connection, driver: sqlite3.Connection, work: Work) -> _Outcome:
    """Run one unit between savepoints; raises only when the whole group is lost."""
    driver.execute("SAVEPOINT unit")
    try:
        outcome = _Outcome(value=work(connection))
    except BaseException as error:
        if not driver.in_transaction:
            raise  # SQLite rolled back everything: a full disk, an I/O error
        driver.execute("ROLLBACK TO unit")
        outcome = _Outcome(error=connections.translated(error))
    driver.execute("RELEASE unit")
    return outcome


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
