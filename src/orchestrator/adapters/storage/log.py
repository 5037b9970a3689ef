"""What the change log tells of a configuration: its revision, what changed, what is gone."""

from datetime import datetime
from typing import Any, Final

import sqlalchemy
from sqlalchemy import bindparam, func, select, union_all

from orchestrator.adapters.storage import prepared, tables
from orchestrator.adapters.storage.columns import Moment
from orchestrator.services.directory import ports


def _newest() -> sqlalchemy.Select[tuple[int]]:
    """Return the statement of `revision`: one look-up in the index for each noun."""
    table = tables.changes
    newest = union_all(
        *(
            select(func.max(table.c.sequence).label("sequence")).where(
                table.c.account == bindparam("account"), table.c.noun == noun
            )
            for noun in ports.CONFIGURATION.values()
        )
    ).subquery()
    return select(func.coalesce(func.max(newest.c.sequence), 0))


_NEWEST: Final = prepared.Statement(_newest())


def revision(connection: sqlalchemy.Connection, account: str) -> int:
    """Return the sequence of the newest change of the account's configuration, 0 without any.

    One look-up in the index for each noun, however long the log is.
    """
    return _NEWEST.first(connection, {"account": account})[0]


def changed(
    connection: sqlalchemy.Connection,
    kind: type[ports.Record],
    *,
    account: str,
    only: str | None = None,
) -> dict[str, datetime]:
    """Return when each record of ``kind`` was last changed, by the id that the log gives it."""
    table = tables.changes
    latest = func.max(table.c.at, type_=Moment)
    statement = select(table.c.id, latest).where(*_of(kind, account)).group_by(table.c.id)
    if only is not None:
        statement = statement.where(table.c.id == only)
    rows = connection.execute(statement)
    return {row[0]: row[1] for row in rows}


def removed(
    connection: sqlalchemy.Connection, kind: type[ports.Record], *, account: str
) -> dict[str, dict[str, Any]]:
    """Return what each record of ``kind`` was before it was removed, by the log's id of it."""
    table = tables.changes
    rows = connection.execute(
        select(table.c.id, table.c.before)
        .where(*_of(kind, account), table.c.after.is_(None), table.c.before.is_not(None))
        .order_by(table.c.sequence)
    )
    return {row[0]: row[1] for row in rows}


def _of(kind: type[ports.Record], account: str) -> tuple[sqlalchemy.ColumnElement[bool], ...]:
    table = tables.changes
    return table.c.account == account, table.c.noun == ports.CONFIGURATION[kind]
