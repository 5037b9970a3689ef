"""Contexts on a database, with a clock that is turned by hand."""

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from orchestrator.adapters.storage import contexts as rows
from orchestrator.adapters.storage import tables
from orchestrator.core.model import access
from orchestrator.services.context import contexts, documents
from orchestrator.testing import clock as clocks

ACTOR = access.operator("1")
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


class House:
    """Contexts on a database, with a clock that is turned by hand."""

    def __init__(self, database):
        self.clock = clocks.TurnedClock(NOW)
        self.database = database
        self.store = rows.ContextStore(database)
        self.contexts = contexts.Contexts(self.store, self.clock)
        self.documents = documents.Documents(self.store, self.clock)

    async def pass_seconds(self, seconds):
        await self.clock.advance(timedelta(seconds=seconds))

    async def save(self, namespace, session, actor=ACTOR, /, **members):
        texts = {name: json.dumps(value) for name, value in members.items()}
        await self.contexts.save(actor, namespace, session, texts)

    async def read(self, namespace, session=None, account="1"):
        return plain(await self.contexts.read(account, namespace, session))

    async def counted(self):
        def count(look):
            kept = (tables.context_properties, tables.context_documents, tables.context_scopes)
            counted = (select(func.count()).select_from(table) for table in kept)
            return sum(look.connection.scalar(statement) for statement in counted)

        return await self.store.read(count)


def plain(payload):
    return {name: json.loads(bytes(raw)) for name, raw in payload.items()}
