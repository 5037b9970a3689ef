"""The one who writes: whatever waits is run, one unit after the other, and committed together.

A commit costs a synchronous write to the disk, whatever is in it. So every unit of work that is
waiting gets a savepoint of its own, and all are committed at once (group commit). A unit that fails
is rolled back alone. When the commit itself fails, or the disk does, every unit of the group fails
with `errors.Unavailable`; the connection is replaced, and it goes on.

How to think about this
=======================

There is one connection and one turn: whoever has the turn uses the connection, takes what waits,
and passes the turn on. A commit, and any unit that may be long, is the writer's thread's. But a
thread that shares the interpreter with a busy event loop waits for it again after every statement,
and a statement in a file takes microseconds: a few of them cost more to hand over than to run. So
brief units are run by the event loop itself, and their group is handed to the thread for the
commit; while that waits for the disk, the loop goes on, and the next group gathers.

Where several processes share the database, the thread first delivers what the others committed
since, and only then writes: so everybody hears everything, their own included, in one order.
"""

import asyncio
import contextlib
import enum
import functools
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy

from orchestrator.adapters.storage import dialect, jobs
from orchestrator.core.model import errors

MOST_TOGETHER: Final = 512
"""Units in one commit: bounds how long the first of them waits for the last."""

MOST_HERE: Final = 64
"""Brief units in one group on the event loop: bounds how long everybody else waits for them."""


class _Word(enum.Enum):
    """What the thread is told beside the groups that it is to commit."""

    TAKE = enum.auto()
    CATCH_UP = enum.auto()
    END = enum.auto()


class _Turn(enum.Enum):
    """Who may use the connection."""

    NOBODY = enum.auto()
    LOOP_ASKED = enum.auto()  # to take the turn as soon as it gets to it; the thread may be faster
    LOOP = enum.auto()
    THREAD = enum.auto()


class _Ran(msgspec.Struct, frozen=True):
    """A group that the event loop has run: it is to be committed, or was lost."""

    group: list[jobs.Job]
    outcomes: list[jobs.Outcome]
    error: BaseException | None = None


class Writer:
    """The writer thread of one database. Started by its constructor, ended by `close`."""

    def __init__(self, speech: dialect.Dialect) -> None:
        self._dialect = speech
        self._engine = speech.engine("write")
        self._connection: sqlalchemy.Connection | None = None
        self._news = speech.news()
        self._waiting: deque[jobs.Job] = deque()
        self._turn = _Turn.NOBODY
        self._asked: asyncio.AbstractEventLoop | None = None
        self._words: queue.SimpleQueue[_Ran | list[jobs.Job] | _Word] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="storage-writer", daemon=True)
        self._thread.start()

    def submit(
        self,
        work: jobs.Work,
        *,
        announce: Callable[[Any], None] | None,
        tells: Callable[[Any], bytes | None] | None = None,
    ) -> asyncio.Future[Any]:
        """Queue a unit of work and return the future of its result, on the running event loop.

        Cancelling the future does not stop the unit: once handed over it runs and is announced.
        ``tells`` is asked, with the unit, what other processes must hear of it; None is nothing.
        Raises `errors.Unavailable` once the database is closed.
        """
        return self._queue(work, announce=announce, tells=tells, is_brief=False)

    def jot(
        self,
        work: jobs.Work,
        *,
        announce: Callable[[Any], None] | None,
        tells: Callable[[Any], bytes | None] | None = None,
    ) -> asyncio.Future[Any]:
        """As `submit`, for a unit that touches a few rows: the loop itself runs it if it can."""
        is_brief = self._dialect.is_at_hand
        return self._queue(work, announce=announce, tells=tells, is_brief=is_brief)

    def _queue(
        self,
        work: jobs.Work,
        *,
        announce: Callable[[Any], None] | None,
        tells: Callable[[Any], bytes | None] | None,
        is_brief: bool,
    ) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        with self._lock:  # nothing is queued behind the word that ends the thread
            if not self._open:
                raise errors.Unavailable("The database is closed.")
            self._waiting.append(jobs.Job(work, announce, tells, loop, future, is_brief))
            is_free = self._turn is _Turn.NOBODY
            if self._turn is _Turn.LOOP_ASKED and self._asked is not loop:
                is_free = self._asked is None or self._asked.is_closed()  # and will never come
            if not is_free:
                return future  # whoever has the turn passes it on
            self._turn = _Turn.LOOP_ASKED if is_brief else _Turn.THREAD
            self._asked = loop
        if is_brief:
            loop.call_soon(self._take_here)  # what is handed over until then shares the commit
        else:
            self._words.put(_Word.TAKE)
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
        news.listen(lambda: self._words.put(_Word.CATCH_UP))

    def close(self) -> None:
        """Commit what waits, let go of the database and end the thread. Blocks."""
        if self._news is not None:
            self._news.close()
        with self._lock:
            if self._open:
                self._open = False
                self._words.put(_Word.END)
        self._thread.join()

    # On the event loop ----------------------------------------------------------------------------

    def _take_here(self) -> None:
        """Run what waits and is brief, and hand it over to be committed."""
        with self._lock:
            if self._turn is not _Turn.LOOP_ASKED:
                return  # the database is being closed: the thread was faster
            self._turn = _Turn.LOOP
            group = self._taken(MOST_HERE, here=True)
        ran: _Ran | list[jobs.Job] = group  # then the thread begins, which may wait
        try:
            transaction = self._begun_here()
            if transaction is not None:
                ran = _Ran(group, self._run_units(transaction, group, []))
        except BaseException as error:  # noqa: BLE001 - handed to the callers
            ran = _Ran(group, [], error)
        finally:  # whatever happens, the turn goes on
            self._words.put(ran)

    def _begun_here(self) -> sqlalchemy.RootTransaction | None:
        """Begin a transaction, or return None where that would take waiting."""
        connection = self._connection
        try:
            if connection is None or not self._dialect.begin_at_once(connection):
                return None
            return connection.begin()
        except Exception:  # noqa: BLE001 - the thread tries again, and says what is wrong
            return None

    # On the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        is_ending = False
        while not (is_ending and self._turn is _Turn.NOBODY):
            word = self._words.get()
            match word:
                case _Ran():
                    self._pass_on(word.group, self._finish(word))
                case list():
                    self._pass_on(word, self._commit(word))
                case _Word.TAKE:
                    self._take()
                case _Word.CATCH_UP:
                    self._catch_up()
                case _Word.END:
                    is_ending = True
                    with self._lock:
                        is_free = self._turn is _Turn.LOOP_ASKED  # perhaps by a loop that is closed
                        if is_free:
                            self._turn = _Turn.THREAD
                    if is_free:
                        self._take()
        self._end()

    def _take(self) -> None:
        with self._lock:
            group = self._taken(MOST_TOGETHER, here=False)
        self._pass_on(group, self._commit(group))

    def _taken(self, most: int, *, here: bool) -> list[jobs.Job]:
        """Take the first of what waits; ``here`` only what the loop runs."""
        waiting = self._waiting
        group: list[jobs.Job] = []
        while waiting and len(group) < most and (waiting[0].is_brief or not here):
            group.append(waiting.popleft())
        return group

    def _pass_on(self, group: list[jobs.Job], outcomes: list[jobs.Outcome]) -> None:
        """Deliver, and give the turn to whoever is to take what waits."""
        with self._lock:
            first = self._waiting[0] if self._waiting else None
            if first is None:
                self._turn = _Turn.NOBODY
            elif first.is_brief and self._open:
                self._turn, self._asked = _Turn.LOOP_ASKED, first.loop
            else:
                self._turn = _Turn.THREAD
            turn = self._turn
        jobs.deliver(group, outcomes)
        if turn is _Turn.THREAD:
            self._words.put(_Word.TAKE)
        elif first is not None:
            # Behind whoever has just been answered: what they ask for next shares the commit.
            jobs.soon(first.loop, functools.partial(first.loop.call_soon, self._take_here))

    def _commit(self, group: list[jobs.Job]) -> list[jobs.Outcome]:
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
            return [jobs.Outcome(error=reason)] * len(group)
        else:
            return outcomes

    def _finish(self, ran: _Ran) -> list[jobs.Outcome]:
        """Commit what the event loop has run."""
        error = ran.error
        if error is None:
            try:
                self._commit_open(ran)
            except BaseException as raised:  # noqa: BLE001 - as in `_commit`
                error = raised
            else:
                return ran.outcomes
        self._forget_connection()
        return [jobs.Outcome(error=self._dialect.translated(error))] * len(ran.group)

    def _commit_open(self, ran: _Ran) -> None:
        transaction = None if self._connection is None else self._connection.get_transaction()
        if transaction is not None:
            transaction.commit()
        elif any(each.error is None for each in ran.outcomes):  # not the only one, and undone
            raise errors.Unavailable("The transaction was lost.")

    def _run_units(
        self, transaction: sqlalchemy.RootTransaction, group: list[jobs.Job], told: list[bytes]
    ) -> list[jobs.Outcome]:
        """Run the units one after the other; one that fails is undone alone.

        Raises only when the whole group is lost.
        """
        connection = transaction.connection
        if len(group) == 1:  # the transaction itself is what is undone
            return [self._attempt(connection, group[0], told, undo=transaction.rollback)]
        driver = dialect.driver(connection)
        driver.execute("SAVEPOINT unit")
        outcomes: list[jobs.Outcome] = []
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
        job: jobs.Job,
        told: list[bytes],
        *,
        undo: Callable[[], object],
    ) -> jobs.Outcome:
        """Run one unit; raises only when the whole group is lost."""
        try:
            value = job.work(connection)
            news = job.tells(value) if self._news is not None and job.tells is not None else None
        except BaseException as error:
            if self._dialect.is_broken(connection):
                raise
            undo()
            reason = self._dialect.translated(error)
            if isinstance(reason, errors.OrchestratorError):
                # What it says is all there is to it. The way it came leads to the future that will
                # hold it: a circle, which with all that its caller has would wait for a collector.
                reason.__traceback__ = None
            return jobs.Outcome(error=reason)
        if news is not None:
            told.append(news)
        return jobs.Outcome(value=value)

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
