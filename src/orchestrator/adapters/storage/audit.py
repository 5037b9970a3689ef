"""The change log of one account, as the audit trail reads it."""

from collections.abc import Sequence

import sqlalchemy
from sqlalchemy import func, select

from orchestrator.adapters.storage import engine, tables
from orchestrator.services.admin.ports import Line


class AuditLog:
    """Implements `services.admin.ports.Log` on a `Database`."""

    def __init__(self, database: engine.Database) -> None:
        self._database = database

    async def since(self, account: str, sequence: int, *, limit: int) -> Sequence[Line]:
        """Return an account's lines after ``sequence``, oldest first, at most ``limit``."""
        table = tables.changes
        statement = (
            select(
                table.c.sequence,
                table.c.at,
                table.c.who,
                table.c.noun,
                table.c.id,
                table.c.before,
                table.c.after,
            )
            .where(table.c.account == account, table.c.sequence > sequence)
            .order_by(table.c.sequence)
            .limit(limit)
        )

        def work(connection: sqlalchemy.Connection) -> list[Line]:
            return [Line(*row) for row in connection.execute(statement)]

        return await self._database.read(work)

    async def newest(self, account: str) -> int:
        """Return the sequence of an account's newest line, 0 where there is none."""
        table = tables.changes
        statement = select(func.max(table.c.sequence)).where(table.c.account == account)
        return await self._database.read(lambda connection: connection.scalar(statement) or 0)
