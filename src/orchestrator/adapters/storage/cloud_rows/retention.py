"""What is past its time: conversations that ended long ago, with all that is theirs."""

import uuid
from datetime import datetime, timedelta

import sqlalchemy
from sqlalchemy import exists, select

from orchestrator.adapters.storage import tables
from orchestrator.core.model.ids import AccountId, ConversationId

_THEIRS = (
    tables.messages,
    tables.rings,
    tables.assignments,
    tables.transfers,
    tables.dialogs,
)
"""Tables whose rows belong to a conversation and go with it."""


def prune(connection: sqlalchemy.Connection, *, now: datetime, limit: int) -> int:
    """Delete at most ``limit`` ended conversations; return how many.

    Their messages, rings and history go in the same unit of work, and so do the profiles of
    consumers of whom nothing is left.
    """
    accounts = tables.accounts
    gone = 0
    for row in connection.execute(select(accounts.c.id, accounts.c.retention_days)).all():
        before = now - timedelta(days=row.retention_days)
        gone += _ended(connection, row.id, before=before, limit=limit - gone)
        if gone >= limit:
            break
    return gone


def prune_strangers(connection: sqlalchemy.Connection, *, now: datetime, limit: int) -> int:
    """Delete unauthenticated consumers who signed up long ago and have no conversation.

    Looks at ``limit`` consumers of each account, from anywhere on: ids are random, so that in time
    everybody's turn comes, and nobody has to remember where the last look ended. Returns how many
    were deleted, ``limit`` at most.
    """
    accounts, table = tables.accounts, tables.consumers
    talks = tables.conversations
    gone = 0
    for row in connection.execute(select(accounts.c.id, accounts.c.retention_days)).all():
        some = (
            select(table.c.id)
            .where(table.c.account == row.id, table.c.id >= str(uuid.uuid4()))
            .order_by(table.c.id)
            .limit(limit - gone)
        )
        known = exists().where(talks.c.account == row.id, talks.c.consumer_id == table.c.id)
        gone += connection.execute(
            table.delete().where(
                table.c.account == row.id,
                table.c.id.in_(some),
                table.c.kind == "unauthenticated",
                table.c.created_at < now - timedelta(days=row.retention_days),
                ~known,
            )
        ).rowcount
        if gone >= limit:
            break
    return gone


def _ended(
    connection: sqlalchemy.Connection, account: AccountId, *, before: datetime, limit: int
) -> int:
    table = tables.conversations
    old = connection.execute(
        select(table.c.id, table.c.consumer_id)
        .where(table.c.account == account, table.c.ended_at < before)
        .order_by(table.c.ended_at)
        .limit(limit)
    ).all()
    ids: list[ConversationId] = [row.id for row in old]
    if not ids:
        return 0
    for theirs in _THEIRS:
        connection.execute(
            theirs.delete().where(theirs.c.account == account, theirs.c.conversation_id.in_(ids))
        )
    files = tables.files
    connection.execute(  # their bytes are not here: who deletes those looks for unwanted files
        files.update()
        .where(files.c.account == account, files.c.conversation_id.in_(ids))
        .values(conversation_id=None)
    )
    connection.execute(table.delete().where(table.c.account == account, table.c.id.in_(ids)))
    consumers = tables.consumers
    left = exists().where(table.c.account == account, table.c.consumer_id == consumers.c.id)
    connection.execute(
        consumers.delete().where(
            consumers.c.account == account,
            consumers.c.id.in_({row.consumer_id for row in old}),
            ~left,
        )
    )
    return len(ids)
