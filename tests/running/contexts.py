"""Contexts in memory or on a database, with a clock that is turned by hand."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import func, select

from orchestrator.adapters.storage import contexts as rows
from orchestrator.adapters.storage import engine, tables
from orchestrator.core.model import access
from orchestrator.core.model.access import Actor
from orchestrator.services.context import contexts, documents
from orchestrator.testing import clock as clocks
from orchestrator.testing import contexts as memory

ACTOR = access.operator("1")
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


class House:
    """Contexts over a store; ``database`` is None in memory."""

    def __init__(self, database: engine.Database | None) -> None:
        self.clock = clocks.TurnedClock(NOW)
        self.database = database
        self.store: Any = (
            memory.MemoryContexts() if database is None else rows.ContextStore(database)
        )
        self.contexts = contexts.Contexts(self.store, self.clock)
        self.documents = documents.Documents(self.store, self.clock)

    async def pass_seconds(self, seconds: float) -> None:
        """Turn the clock."""
        await self.clock.advance(timedelta(seconds=seconds))

    async def save(
        self, namespace: str, session: str | None, actor: Actor = ACTOR, /, **members: Any
    ) -> None:
        """Save plain values, as the first version does."""
        texts = {name: json.dumps(value) for name, value in members.items()}
        await self.contexts.save(actor, namespace, session, texts)

    async def read(
        self, namespace: str, session: str | None = None, account: str = "1"
    ) -> dict[str, Any]:
        """Return plain values, as the first version reads them."""
        return plain(await self.contexts.read(account, namespace, session))

    async def counted(self) -> int:
        """Return how many rows there are in the database."""

        def count(look: Any) -> int:
            kept = (tables.context_properties, tables.context_documents, tables.context_scopes)
            counted = (select(func.count()).select_from(table) for table in kept)
            return sum(look.connection.scalar(statement) for statement in counted)

        return await self.store.read(count)

    async def close(self) -> None:
        """Let go of the database."""
        if self.database is not None:
            await self.database.close()


async def house(place: Path | str | None) -> House:
    """Open contexts: in a file, on a URL, or with None in memory."""
    return House(None if place is None else await engine.Database.open(place))


def plain(payload: Mapping[str, msgspec.Raw]) -> dict[str, Any]:
    """Return values as Python's."""
    return {name: json.loads(bytes(raw)) for name, raw in payload.items()}
