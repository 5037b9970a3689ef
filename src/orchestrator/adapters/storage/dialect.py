"""What differs between the databases that we run on, and which one a place names."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import sqlalchemy

Access = Literal["write", "read"]
T = TypeVar("T")


class News(Protocol):
    """What processes on one database tell each other. Every method is for the writer's thread.

    What one commit tells is one row, written by that commit; there is one writer at a time, so the
    order of the rows is the order of the commits, and every process hears all of them in it.
    """

    def begin(
        self, connection: sqlalchemy.Connection, deliver: Callable[[Sequence[bytes]], None]
    ) -> None:
        """Hear what is committed from now on; called within a unit of work."""
        ...

    def catch_up(self, connection: sqlalchemy.Connection) -> None:
        """Deliver what others committed since, or what a lost commit of ours may have told."""
        ...

    def tell(self, connection: sqlalchemy.Connection, told: Sequence[bytes]) -> None:
        """Write, in the transaction, what its units tell."""
        ...

    def committed(self) -> None:
        """Take note that what was told last is told."""
        ...

    def listen(self, wake: Callable[[], None]) -> None:
        """Call ``wake``, from a thread, whenever there may be something to catch up with."""
        ...

    def close(self) -> None:
        """Listen no more."""
        ...


class Dialect(Protocol):
    """One database: how it is opened and prepared, and what its errors mean."""

    @property
    def is_at_hand(self) -> bool:
        """Whether a few rows are found in less time than another thread takes to wake up."""
        ...

    def begin_at_once(self, connection: sqlalchemy.Connection) -> bool:
        """Begin the driver's transaction unless somebody else is writing: False, without waiting.

        ``connection.begin()`` then goes on with it. Only called where the database is at hand.
        """
        ...

    def engine(self, access: Access) -> sqlalchemy.Engine:
        """Return an engine whose transactions are ours alone ("write") or one snapshot ("read").

        A writer holds the database's one write lock from its first moment to its commit, so that
        what it reads cannot be outdated when it writes.
        """
        ...

    def snapshot(
        self, connection: sqlalchemy.Connection, work: Callable[[sqlalchemy.Connection], T]
    ) -> T:
        """Run ``work``, which only reads, on one snapshot."""
        ...

    def prepare(self) -> None:
        """Bring the database to the newest schema. Blocks; safe beside other processes.

        Raises `errors.Conflict` for a database that is not ours or newer than this program, and
        `errors.Unavailable` when it cannot be reached or written.
        """
        ...

    def translated(self, error: BaseException) -> BaseException:
        """Return the error to raise for ``error``; one that is not the database's is unchanged."""
        ...

    def is_broken(self, connection: sqlalchemy.Connection) -> bool:
        """Tell whether the whole transaction is lost, not only the statement that failed."""
        ...

    def is_lost(self, error: BaseException) -> bool:
        """Tell whether ``error`` only says that the connection is gone; a new one may work."""
        ...

    def next_savepoint(self, driver: Any, name: str) -> None:
        """Release the savepoint of that name and set it again."""
        ...

    def end(self, connection: sqlalchemy.Connection) -> None:
        """Let go of the writer's connection in good order."""
        ...

    def version(self, connection: sqlalchemy.Connection) -> int | None:
        """Return a number that differs after a commit of anybody; None: one must look."""
        ...

    def news(self) -> News | None:
        """Return how processes tell each other what happened; None where there is only one."""
        ...

    def prune_news(self, connection: sqlalchemy.Connection, limit: int) -> int:
        """Delete at most ``limit`` rows of old news; return how many."""
        ...


def of(where: Path | str) -> Dialect:
    """Return the dialect of a file, or of a ``postgresql://`` URL.

    Raises `errors.BadInput` for a text that is no such URL, and when the driver is not installed.
    """
    if isinstance(where, Path):
        from orchestrator.adapters.storage import sqlite

        return sqlite.Sqlite(where)
    from orchestrator.adapters.storage import postgresql

    return postgresql.PostgreSql(where)


def driver(connection: sqlalchemy.Connection) -> Any:
    """Return the driver's own connection; both drivers have ``execute``."""
    return connection.connection.driver_connection
