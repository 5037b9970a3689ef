"""The change log: who changed what, read by the audit trail and by other processes."""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy
from sqlalchemy import func, select

from orchestrator.adapters.storage import dialect, tables


class Change(msgspec.Struct, frozen=True, rename="camel"):
    """One change of one thing. ``before`` is None for a new thing, ``after`` for a removed one.

    Both are JSON objects without secrets. ``noun`` is the plural of interfaces ("skills").
    """

    sequence: int
    account: str
    at: datetime
    who: str
    noun: str
    id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def since(connection: sqlalchemy.Connection, sequence: int, limit: int) -> list[Change]:
    """Return the changes after ``sequence``, oldest first, at most ``limit``."""
    table = tables.changes
    statement = select(table).where(table.c.sequence > sequence).order_by(table.c.sequence)
    rows = connection.execute(statement.limit(limit))
    return [Change(*row) for row in rows]  # the columns are in the order of the fields


def newest(connection: sqlalchemy.Connection) -> int:
    """Return the sequence of the newest change, 0 when there is none."""
    return connection.scalar(select(func.coalesce(func.max(tables.changes.c.sequence), 0))) or 0


class Watch:
    """Notices changes of every process by a connection of its own, which never writes.

    Where the database can say cheaply that nobody has committed since, the table is read only
    after somebody has. Safe to call from any thread.
    """

    def __init__(self, engine: sqlalchemy.Engine, speech: dialect.Dialect) -> None:
        self._engine = engine
        self._dialect = speech
        self._lock = threading.Lock()
        self._connection: sqlalchemy.Connection | None = None
        self._version: int | None = None
        self._newest = 0

    def since(self, sequence: int, limit: int) -> Sequence[Change]:
        """Return the changes after ``sequence``, oldest first, at most ``limit``."""
        with self._lock:
            try:
                return self._since(sequence, limit)
            except sqlalchemy.exc.DBAPIError as error:
                self._forget()
                raise self._dialect.translated(error) from error

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._forget()

    def _since(self, sequence: int, limit: int) -> Sequence[Change]:
        if self._connection is None:
            self._connection = self._engine.connect()
        # Read before the table: a commit in between is seen now and looked for once more later.
        version = self._dialect.version(self._connection)
        if version is not None and version == self._version and sequence >= self._newest:
            return ()
        with self._connection.begin():
            found = since(self._connection, sequence, limit)
            if version is not None:
                self._newest = newest(self._connection)
        self._version = version
        return found

    def _forget(self) -> None:
        connection, self._connection, self._version = self._connection, None, None
        if connection is not None:
            connection.close()
