"""Everything that is held of one consumer: implements `services.admin.ports.ErasureStore`."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy
from sqlalchemy import Table, delete, or_, select, update

from orchestrator.adapters.storage import engine, tables, unit
from orchestrator.core.model.access import Actor
from orchestrator.services.admin.ports import ConsumerRow, Erased, Held
from orchestrator.services.cloud.ports import BY_HAND

AT_ONCE: Final = 500
"""Ids in one question, and receipts read at a time."""

_OF_CONVERSATIONS: Final = (
    tables.messages,
    tables.rings,
    tables.assignments,
    tables.transfers,
    tables.dialogs,
    tables.claims,
    tables.steps,
    tables.decisions,
)
"""Tables whose rows go with their conversation."""

_OF_SESSIONS: Final = (
    tables.context_scopes,
    tables.context_properties,
    tables.context_documents,
)
"""Tables of the context service; sessions are named by whoever saves."""


class Consumers:
    """Implements `services.admin.ports.ErasureStore` on a `Database`."""

    def __init__(self, database: engine.Database) -> None:
        self._database = database

    async def all(self, account: str, *, limit: int, after: str) -> Sequence[ConsumerRow]:
        """Return consumers by id, those behind ``after``."""
        table = tables.consumers
        statement = (
            select(table.c.id, table.c.kind, table.c.created_at)
            .where(table.c.account == account, table.c.id > after)
            .order_by(table.c.id)
            .limit(limit)
        )
        return await self._database.read(
            lambda connection: [ConsumerRow(*row) for row in connection.execute(statement)]
        )

    async def held(self, account: str, consumer: str) -> Held:
        """Return what is there to erase."""
        return await self._database.read(lambda connection: _held(connection, account, consumer))

    async def erase(
        self, actor: Actor, at: datetime, consumer: str, *, shelved: Collection[str]
    ) -> Erased | None:
        """Delete all of it in one unit of work; None, and nothing, while a conversation is open.

        The same for a file that is not among ``shelved``: its bytes are still there, and without
        its row nobody would know of them.
        Receipts of decisions that were asked for in the consumer's name are looked for before, on a
        connection that only reads: that may take long.
        """
        asked = await self._database.read(
            lambda connection: list(_asked(connection, actor.account, consumer))
        )

        def run(connection: sqlalchemy.Connection) -> Erased | None:
            found = _held(connection, actor.account, consumer)
            if found.open or not set(found.files) <= set(shelved):
                return None
            erased = _erase(connection, actor.account, consumer, found=found, asked=asked)
            if any(msgspec.structs.astuple(erased)):
                changing = unit.Unit(connection, account=actor.account, who=actor.who, now=at)
                after = msgspec.to_builtins(erased)
                changing.note("consumers", "erased", before=None, after=after)
            return erased

        return await self._database.transact(run)


def _held(connection: sqlalchemy.Connection, account: str, consumer: str) -> Held:
    table, files, people = tables.conversations, tables.files, tables.consumers
    mine = select(table.c.id, table.c.state).where(
        table.c.account == account, table.c.consumer_id == consumer
    )
    rows = connection.execute(mine.order_by(table.c.started_at.desc(), table.c.id)).all()
    theirs = tuple(row.id for row in rows)
    of_them = [files.c.owner == consumer]
    found: set[str] = set()
    for some in _some(theirs) or [()]:
        either = or_(*of_them, files.c.conversation_id.in_(some)) if some else of_them[0]
        statement = select(files.c.id).where(files.c.account == account, either)
        found.update(connection.scalars(statement))
    profile = connection.scalar(
        select(people.c.profile).where(people.c.account == account, people.c.id == consumer)
    )
    return Held(
        None if profile is None else msgspec.json.decode(profile),
        theirs,
        tuple(row.id for row in rows if row.state == "OPEN"),
        tuple(sorted(found)),
    )


def _asked(connection: sqlalchemy.Connection, account: str, consumer: str) -> Iterator[str]:
    """Yield decisions whose receipt holds the consumer's id as a value of its own."""
    table = tables.decisions
    wanted = msgspec.json.encode(consumer)
    after = ""
    while True:
        statement = (
            select(table.c.id, table.c.receipt)
            .where(table.c.account == account, table.c.id > after)
            .order_by(table.c.id)
            .limit(AT_ONCE)
        )
        rows = connection.execute(statement).all()
        yield from (row.id for row in rows if wanted in row.receipt)
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].id


def _erase(
    connection: sqlalchemy.Connection,
    account: str,
    consumer: str,
    *,
    found: Held,
    asked: Sequence[str],
) -> Erased:
    gone: dict[str, int] = {}

    def drop(table: Table, *where: sqlalchemy.ColumnElement[bool]) -> None:
        done = connection.execute(delete(table).where(table.c.account == account, *where))
        gone[table.name] = gone.get(table.name, 0) + done.rowcount

    decided, uses = tables.decisions.c, tables.function_uses

    def drop_uses(*where: sqlalchemy.ColumnElement[bool]) -> None:
        theirs = select(decided.id).where(decided.account == account, *where)
        drop(uses, uses.c.decision_id.in_(theirs))

    for ids in _some(found.conversations):
        drop_uses(decided.conversation_id.in_(ids))
        for table in _OF_CONVERSATIONS:
            drop(table, table.c.conversation_id.in_(ids))
        drop(tables.conversations, tables.conversations.c.id.in_(ids))
        _forget_reasons(connection, account, ids)
    for ids in _some(asked):
        drop(tables.steps, tables.steps.c.decision_id.in_(ids))
        drop(uses, uses.c.decision_id.in_(ids))
        drop(tables.decisions, tables.decisions.c.id.in_(ids))
    # Once more by the column: others may have been asked for while receipts were looked through.
    drop_uses(decided.consumer_id == consumer)
    drop(tables.decisions, tables.decisions.c.consumer_id == consumer)
    for ids in _some((consumer, *found.conversations)):
        for table in _OF_SESSIONS:
            drop(table, table.c.session.in_(ids), table.c.session != "")
    for ids in _some(found.files):
        drop(tables.files, tables.files.c.id.in_(ids))
    drop(tables.consumers, tables.consumers.c.id == consumer)
    if any(gone.values()):
        # Whose the last seen values of attributes were is not kept: they come again by themselves.
        drop(tables.attribute_values)
    return Erased(
        conversations=gone.get("conversations", 0),
        messages=gone.get("messages", 0),
        decisions=gone.get("decisions", 0),
        files=gone.get("files", 0),
        contexts=gone.get("context_properties", 0) + gone.get("context_documents", 0),
        profiles=gone.get("consumers", 0),
    )


def _forget_reasons(connection: sqlalchemy.Connection, account: str, ids: Sequence[str]) -> None:
    """Take what supervisors wrote about conversations from the change log; that they did stays."""
    table = tables.changes
    mine = (table.c.account == account, table.c.noun == BY_HAND, table.c.id.in_(ids))
    connection.execute(update(table).where(*mine).values(after={"reason": "erased"}))


def _some(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
