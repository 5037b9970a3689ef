"""What every noun of the cloud needs: a connection, an account, and one way to put a row."""

import functools
from datetime import timedelta
from typing import Any, Final

import sqlalchemy
from sqlalchemy import bindparam, literal_column

from orchestrator.adapters.storage import prepared
from orchestrator.core.model.ids import AccountId

OPEN: Final = literal_column("'OPEN'")
CLOSED: Final = literal_column("'CLOSE'")
WAITING: Final = literal_column("'WAITING'")
"""Words that partial indexes name: a database uses these indexes for a word that stands in the
statement, never for a parameter that could be any word."""

ACCOUNT: Final = bindparam("account")
"""The account of the unit of work, a parameter of nearly every statement here."""

MINE: Final = bindparam("key_account")
"""The same in an update, where the plain name would mean that the column is to be set."""


def among_few(account: sqlalchemy.Column[str]) -> sqlalchemy.ColumnElement[bool]:
    """Return the condition that a row is the account's, for statements on a partial index.

    Without statistics SQLite takes any index that begins with the account for better than a partial
    one that does not, and would read everything that ever was; an expression it cannot look up.
    """
    return account.concat("") == ACCOUNT


@functools.cache
def _update(table: sqlalchemy.Table, key: tuple[str, ...]) -> prepared.Statement:
    at_key = (table.c[name] == bindparam(f"key_{name}") for name in key)
    return prepared.Statement(table.update().where(*at_key))


@functools.cache
def _insert(table: sqlalchemy.Table) -> prepared.Statement:
    return prepared.Statement(table.insert())


class Rows:
    """One account's rows within one unit of work.

    Statements are built once, as constants beside the class that uses them: building one costs as
    much as running it.
    """

    def __init__(
        self, connection: sqlalchemy.Connection, account: AccountId, *, pause: timedelta
    ) -> None:
        self._connection = connection
        self._account = account
        self._pause = pause

    def _put(self, table: sqlalchemy.Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        """Update the row, or insert it where there is none: plain on both databases."""
        at_key = {f"key_{name}": value for name, value in key.items()}
        if not _update(table, tuple(key)).run(self._connection, {**values, **at_key}):
            self._add(table, {**key, **values})

    def _add(self, table: sqlalchemy.Table, row: dict[str, Any]) -> None:
        """Insert a row whose key must be new."""
        _insert(table).run(self._connection, row)
