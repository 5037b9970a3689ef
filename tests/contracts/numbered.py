"""The smallest unit of work: one row with a number, and how the rows are read back."""

from collections.abc import Callable

import sqlalchemy
from sqlalchemy import insert, select

from orchestrator.adapters.storage import tables


def sets(account: str, number: int) -> Callable[[sqlalchemy.Connection], str]:
    """A unit that adds the row and returns its key; a key that is taken makes it fail."""

    def work(connection: sqlalchemy.Connection) -> str:
        connection.execute(insert(tables.policy_sets), {"account": account, "number": number})
        return account

    return work


def stored(connection: sqlalchemy.Connection) -> dict[str, int]:
    """Every row, number by key."""
    table = tables.policy_sets
    return dict(connection.execute(select(table.c.account, table.c.number)).all())
