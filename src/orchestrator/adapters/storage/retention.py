"""What of decisions, steps and claims is past its account's retention."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy
from sqlalchemy import exists, select

from orchestrator.adapters.storage import tables, tallies, usage
from orchestrator.core.model.ids import AccountId


def prune(connection: sqlalchemy.Connection, *, now: datetime, limit: int) -> int:
    """Delete at most ``limit`` decisions, claims and counts past their account's retention."""
    accounts = tables.accounts
    gone = 0
    for row in connection.execute(select(accounts.c.id, accounts.c.retention_days)).all():
        before = now - timedelta(days=row.retention_days)
        for broom in (_prune_decisions, _prune_claims, tallies.prune, usage.prune):
            gone += broom(connection, row.id, before=before, limit=limit - gone)
            if gone >= limit:
                return gone
    return gone


def _prune_decisions(
    connection: sqlalchemy.Connection, account: AccountId, *, before: datetime, limit: int
) -> int:
    """Delete decisions that are carried out, with their steps and claims."""
    decisions, steps = tables.decisions, tables.steps
    unfinished = exists().where(
        steps.c.account == decisions.c.account,
        steps.c.decision_id == decisions.c.id,
        steps.c.state == "pending",
    )
    old = connection.execute(
        select(decisions.c.id, decisions.c.conversation_id, decisions.c.arrival)
        .where(decisions.c.account == account, decisions.c.at < before, ~unfinished)
        .limit(limit)
    ).all()
    ids = [row.id for row in old]
    uses = tables.function_uses
    for table, column in (
        (steps, steps.c.decision_id),
        (uses, uses.c.decision_id),
        (decisions, decisions.c.id),
    ):
        connection.execute(table.delete().where(table.c.account == account, column.in_(ids)))
    _delete_claims(connection, account, [(row.conversation_id, row.arrival) for row in old])
    return len(old)


def _prune_claims(
    connection: sqlalchemy.Connection, account: AccountId, *, before: datetime, limit: int
) -> int:
    """Delete claims that came to nothing: withdrawn, or never accepted, or never decided.

    If the bot should have such a conversation still, it comes in at the front door once more.
    """
    claims = tables.claims
    old = connection.execute(
        select(claims.c.conversation_id, claims.c.arrival)
        .where(
            claims.c.account == account, claims.c.state != "DECIDED", claims.c.opened_at < before
        )
        .limit(limit)
    ).all()
    _delete_claims(connection, account, [(row.conversation_id, row.arrival) for row in old])
    return len(old)


def _delete_claims(
    connection: sqlalchemy.Connection, account: AccountId, keys: Sequence[tuple[str, str]]
) -> None:
    claims = tables.claims
    for conversation_id, arrival in keys:
        connection.execute(
            claims.delete().where(
                claims.c.account == account,
                claims.c.conversation_id == conversation_id,
                claims.c.arrival == arrival,
            )
        )
