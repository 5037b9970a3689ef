"""What attributes an account has, and the values they were last seen with.

Implements `routing.ports.Remembered` and `admin.ports.Observed`.
"""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
import sqlalchemy
from sqlalchemy import bindparam, select

from orchestrator.adapters.storage import engine, prepared, tables
from orchestrator.core.model.attributes import LastSeen
from orchestrator.core.model.ids import AccountId
from orchestrator.services.routing import ports

_TABLE: Final = tables.attribute_values
_CHANGE: Final = prepared.Statement(
    _TABLE.update().where(
        _TABLE.c.account == bindparam("key_account"), _TABLE.c.name == bindparam("key_name")
    )
)
_ADD: Final = prepared.Statement(_TABLE.insert())


class SeenValues:
    """The newest value of each attribute, on a `Database`."""

    def __init__(self, database: engine.Database) -> None:
        self._database = database

    async def put(self, values: Sequence[ports.SeenValue]) -> None:
        """Write them in one transaction."""

        def work(connection: sqlalchemy.Connection) -> None:
            for each in values:
                kept = {"value": each.value, "source": each.source, "seen_at": each.seen_at}
                named = {"key_account": each.account, "key_name": each.name}
                if _CHANGE.run(connection, {**named, **kept}) == 0:
                    _ADD.run(connection, msgspec.structs.asdict(each))

        await self._database.transact(work)

    async def seen(
        self, account: AccountId, *, names: Collection[str] | None = None
    ) -> Sequence[LastSeen]:
        """Return the values that decisions have read, by name; ``names``: of these alone."""
        statement = (
            select(_TABLE.c.name, _TABLE.c.value, _TABLE.c.seen_at)
            .where(_TABLE.c.account == account)
            .order_by(_TABLE.c.name)
        )
        if names is not None:
            statement = statement.where(_TABLE.c.name.in_(names))
        return await self._database.read(
            lambda connection: [LastSeen(*row) for row in connection.execute(statement)]
        )

    async def names(self, account: AccountId) -> Sequence[str]:
        """Return the names of what decisions have read, in order."""
        statement = select(_TABLE.c.name).where(_TABLE.c.account == account).order_by(_TABLE.c.name)
        return await self._database.read(
            lambda connection: list(connection.execute(statement).scalars())
        )

    async def functions(self, account: AccountId) -> Sequence[str]:
        """Return the names of the account's functions."""
        table = tables.functions
        statement = select(table.c.name).where(table.c.account == account).order_by(table.c.name)
        return await self._database.read(
            lambda connection: list(connection.execute(statement).scalars())
        )
