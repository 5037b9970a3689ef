"""What every noun of the cloud needs: a connection, an account, and one way to put a row."""

from datetime import timedelta
from typing import Any

import sqlalchemy
from sqlalchemy import and_

from orchestrator.core.model.ids import (
    AccountId,
)


class Rows:
    """One account's rows within one unit of work."""

    def __init__(
        self, connection: sqlalchemy.Connection, account: AccountId, *, pause: timedelta
    ) -> None:
        self._connection = connection
        self._account = account
        self._pause = pause

    def _put(self, table: sqlalchemy.Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        """Update the row, or insert it where there is none: plain on both databases."""
        at_key = and_(*(table.c[name] == value for name, value in key.items()))
        done = self._connection.execute(table.update().where(at_key).values(**values))
        if done.rowcount == 0:
            self._connection.execute(table.insert(), {**key, **values})
