"""How a SQLite connection is opened, and how its errors are put into our words."""

import sqlite3
from pathlib import Path
from typing import Final, Literal

import sqlalchemy
from sqlalchemy import event, exc, pool

from orchestrator.core.model import errors

BUSY_SECONDS: Final = 10.0
"""How long a unit of work waits for another process (the command line beside a server)."""

Access = Literal["write", "read"]

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
        except BaseException:
            connection.close()
            raise
        return connection

    made = sqlalchemy.create_engine("sqlite+pysqlite://", creator=connect, poolclass=pool.NullPool)
    begin = "BEGIN IMMEDIATE" if access == "write" else "BEGIN"

    def begin_transaction(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(made, "begin", begin_transaction)
    return made


def driver(connection: sqlalchemy.Connection) -> sqlite3.Connection:
    """Return the driver's own connection, for savepoints and pragmas."""
    found = connection.connection.driver_connection
    if not isinstance(found, sqlite3.Connection):
        raise TypeError(f"expected a SQLite connection, not {type(found).__name__}")
    return found


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
