"""What processes on one PostgreSQL tell each other: one row for each commit, and a bell.

A row is written by the commit that it tells of, under the write lock, so the order of the rows is
the order of the commits. The writer's thread reads what is new before it writes, so its process
hears of a foreign commit before its own next one. A process that does not write is woken by
LISTEN/NOTIFY.
"""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import msgspec
import sqlalchemy

from orchestrator.adapters.storage import dialect

if TYPE_CHECKING:
    import psycopg

CHANNEL: Final = "orchestrator_happenings"

PAGE: Final = 100
"""Commits read at a time."""

CHECK_SECONDS: Final = 20.0
"""How often a listener that hears nothing makes sure that the line is alive, and looks."""

RECONNECT_SECONDS: Final = 1.0

KEPT_MS: Final = 600_000
"""How long what was told is kept: longer than a living process can be behind."""

_NEWEST: Final = b"SELECT coalesce(max(sequence), 0) FROM happenings"
_SINCE: Final = (
    b"SELECT sequence, body FROM happenings WHERE sequence > %s ORDER BY sequence LIMIT %s"
)
_TELL: Final = b"""
WITH told AS (
    INSERT INTO happenings (origin, at, body)
    VALUES (%s, floor(extract(epoch FROM clock_timestamp()) * 1000), %s)
    RETURNING sequence
)
SELECT sequence, pg_notify(%s, %s) FROM told
"""
# By the server's clock, which also stamped them: those of the processes may differ.
_PRUNE: Final = b"""
DELETE FROM happenings WHERE sequence IN (
    SELECT sequence FROM happenings
    WHERE at < extract(epoch FROM now()) * 1000 - %s
    ORDER BY sequence LIMIT %s
)
"""


def prune(connection: sqlalchemy.Connection, *, limit: int) -> int:
    """Delete at most ``limit`` rows that every living process has heard; return how many."""
    return int(dialect.driver(connection).execute(_PRUNE, (KEPT_MS, limit)).rowcount)


class News:
    """Implements `dialect.News`. The state belongs to the writer's thread."""

    def __init__(self, connect: "Callable[[], psycopg.Connection[Any]]") -> None:
        self._connect = connect
        self._origin = uuid4().hex
        self._deliver: Callable[[Sequence[bytes]], None] | None = None
        self._seen = 0
        self._told = 0
        self._listener: _Listener | None = None

    def begin(
        self, connection: sqlalchemy.Connection, deliver: Callable[[Sequence[bytes]], None]
    ) -> None:
        """Hear what is committed from now on; called within a unit of work, under the lock."""
        self._seen = int(dialect.driver(connection).execute(_NEWEST).fetchone()[0])
        self._deliver = deliver

    def catch_up(self, connection: sqlalchemy.Connection) -> None:
        """Deliver what others committed since.

        Also what a commit of ours told whose answer was lost: nobody here has announced it.
        """
        deliver = self._deliver
        if deliver is None:
            return
        driver = dialect.driver(connection)
        while True:
            rows = driver.execute(_SINCE, (self._seen, PAGE)).fetchall()
            for sequence, body in rows:
                self._seen = sequence
                deliver(msgspec.msgpack.decode(body, type=list[bytes]))
            if len(rows) < PAGE:
                return

    def tell(self, connection: sqlalchemy.Connection, told: Sequence[bytes]) -> None:
        """Write, in the transaction, what its units tell, and ring the bell at its commit."""
        given = (self._origin, msgspec.msgpack.encode(told), CHANNEL, self._origin)
        self._told = dialect.driver(connection).execute(_TELL, given).fetchone()[0]

    def committed(self) -> None:
        """Our own commit is announced here already; what comes next is somebody else's."""
        self._seen = self._told

    def listen(self, wake: Callable[[], None]) -> None:
        """Start the thread that waits for the bell."""
        self._listener = _Listener(self._connect, wake=wake, origin=self._origin)

    def close(self) -> None:
        """End that thread."""
        if self._listener is not None:
            self._listener.close()


class _Listener:
    """A thread with a session of its own, which sleeps until somebody else rings the bell."""

    def __init__(
        self,
        connect: "Callable[[], psycopg.Connection[Any]]",
        *,
        wake: Callable[[], None],
        origin: str,
    ) -> None:
        self._connect = connect
        self._wake = wake
        self._origin = origin
        self._ending, self._end = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="storage-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and its session. Blocks for a moment."""
        self._end.send(b"x")
        self._thread.join()
        self._ending.close()
        self._end.close()

    def _run(self) -> None:
        while True:
            with contextlib.suppress(Exception):  # whatever it is, another session may work
                self._listen()
            if _ready(self._ending, seconds=RECONNECT_SECONDS):
                return

    def _listen(self) -> None:
        """Wake the writer whenever the bell rings, until asked to end."""
        connection = self._connect()
        try:
            connection.execute(f"LISTEN {CHANNEL}".encode())
            is_rung = True  # for what was told before we listened
            while True:
                if is_rung:
                    self._wake()
                ready = _ready(self._ending, connection, seconds=CHECK_SECONDS)
                if self._ending in ready:
                    return
                if not ready:
                    connection.execute(b"SELECT 1")  # raises when the line is dead
                heard = list(connection.notifies(timeout=0))  # half read, it keeps its lock
                is_rung = not ready or any(each.payload != self._origin for each in heard)
        finally:
            connection.close()


def _ready(*sources: Any, seconds: float) -> list[Any]:
    """Return those of ``sources`` that have something to read, after at most ``seconds``."""
    with selectors.DefaultSelector() as selector:  # unlike select(), for any number of files
        for each in sources:
            selector.register(each, selectors.EVENT_READ)
        return [key.fileobj for key, _ in selector.select(seconds)]
