"""SQLite: how a connection is opened, whose errors mean what, how changes are noticed."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy
from sqlalchemy import event, exc, pool

from orchestrator.adapters.storage.dialect import Access
from orchestrator.core.model import errors

T = TypeVar("T")

BUSY_SECONDS: Final = 10.0
"""How long a unit of work waits for another process (the command line beside a server)."""

_PRAGMAS: Final[dict[Access, tuple[str, ...]]] = {
    "write": (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",  # a commit survives the loss of power, not only of the process
        "PRAGMA temp_store=MEMORY",
        "PRAGMA cache_size=-16384",
        "PRAGMA wal_autocheckpoint=2000",
        "PRAGMA journal_size_limit=67108864",
    ),
    "read": ("PRAGMA temp_store=MEMORY", "PRAGMA cache_size=-8192", "PRAGMA query_only=ON"),
}

_DISK: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
"""Primary result codes that speak of the disk or of another process, never of our statements."""


def engine(path: Path, *, access: Access) -> sqlalchemy.Engine:
    """Return an engine on ``path`` whose transactions are begun by us, not by the driver.

    A writer takes the write lock when it begins (``BEGIN IMMEDIATE``), so that what it reads
    cannot be outdated when it writes; a reader sees one snapshot and cannot write.
    """

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,  # closed by another thread than the one that used it
            cached_statements=512,
        )
        try:
            for pragma in _PRAGMAS[access]:
                connection.execute(pragma)
            connection.create_function("casefold", 1, str.casefold, deterministic=True)
        except BaseException:
            connection.close()
            raise
        return connection

    made = sqlalchemy.create_engine("sqlite+pysqlite://", creator=connect, poolclass=pool.NullPool)
    begin = "BEGIN IMMEDIATE" if access == "write" else "BEGIN"

    def begin_transaction(connection: sqlalchemy.Connection) -> None:
        if driver(connection).in_transaction:  # by `Sqlite` itself
            return
        _execute(connection, begin)

    event.listen(made, "begin", begin_transaction)
    return made


def driver(connection: sqlalchemy.Connection) -> sqlite3.Connection:
    """Return the driver's own connection, for savepoints and pragmas."""
    found = connection.connection.driver_connection
    if not isinstance(found, sqlite3.Connection):
        raise TypeError(f"expected a SQLite connection, not {type(found).__name__}")
    return found


def _execute(connection: sqlalchemy.Connection, text: str) -> None:
    """Execute on the driver, which takes a twentieth of the time, with SQLAlchemy's errors."""
    try:
        driver(connection).execute(text)
    except sqlite3.Error as error:
        raise exc.DBAPIError.instance(
            text, None, error, sqlite3.Error, dialect=connection.dialect
        ) from error


def translated(error: BaseException) -> BaseException:
    """Return ``Unavailable`` for errors of the disk or of a lock; any other error unchanged."""
    original = error.orig if isinstance(error, exc.DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", None)
    if code is None or code & 0xFF not in _DISK:
        return error
    unavailable = errors.Unavailable(
        f"The database could not be read or written: {original}. "
        "Check the disk of the data folder and who else uses it, then try again."
    )
    unavailable.__cause__ = error
    return unavailable


class Sqlite:
    """Implements `dialect.Dialect` on a file."""

    is_at_hand: Final = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin_at_once(self, connection: sqlalchemy.Connection) -> bool:
        """Take the write lock if it is free."""
        found = driver(connection)
        found.execute("PRAGMA busy_timeout=0")
        try:
            found.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        finally:
            found.execute(f"PRAGMA busy_timeout={round(BUSY_SECONDS * 1000)}")
        return True

    def engine(self, access: Access) -> sqlalchemy.Engine:
        """Return an engine whose connections are configured for ``access``."""
        return engine(self._path, access=access)

    def snapshot(self, connection: sqlalchemy.Connection, work: Callable[..., T]) -> T:
        """Run ``work`` between the driver's own BEGIN and COMMIT.

        SQLAlchemy, which would take longer for these than a short ``work``, joins in if it is used.
        """
        found = driver(connection)
        _execute(connection, "BEGIN")
        try:
            return work(connection)
        finally:
            if connection.in_transaction():
                connection.rollback()
            elif found.in_transaction:
                found.rollback()

    def prepare(self) -> None:
        """Make the file, or bring it to the newest schema."""
        from orchestrator.adapters.storage import schema

        schema.prepare(self._path)

    def translated(self, error: BaseException) -> BaseException:
        """Return the error to raise for ``error``."""
        return translated(error)

    def is_broken(self, connection: sqlalchemy.Connection) -> bool:
        """Tell whether the whole transaction is lost: a full disk, an I/O error."""
        return connection.closed or not driver(connection).in_transaction

    def is_lost(self, error: BaseException) -> bool:  # noqa: ARG002 - a file has no line to lose
        """Tell whether only the connection is at fault: never."""
        return False

    def next_savepoint(self, driver: sqlite3.Connection, name: str) -> None:
        """Release the savepoint of that name and set it again."""
        driver.execute(f"RELEASE {name}")
        driver.execute(f"SAVEPOINT {name}")

    def end(self, connection: sqlalchemy.Connection) -> None:
        """Fold the log into the file and let go of it."""
        found = driver(connection)
        try:
            found.execute("PRAGMA busy_timeout=0")  # whoever still reads is not waited for
            found.execute("PRAGMA optimize")
            found.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            pass  # another process is reading; the next one to close does it
        finally:
            connection.close()

    def version(self, connection: sqlalchemy.Connection) -> int | None:
        """Return a number that differs when anybody else has committed since."""
        return int(driver(connection).execute("PRAGMA data_version").fetchone()[0])

    def news(self) -> None:
        """Return nothing: one server has the file to itself."""

    def prune_news(self, connection: sqlalchemy.Connection, limit: int) -> int:  # noqa: ARG002 - there are none
        """Return 0."""
        return 0
