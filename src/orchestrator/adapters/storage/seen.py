"""Values that attributes were last seen with: implements `routing.ports.Remembered`."""

from collections.abc import Sequence
from typing import Final

import msgspec
import sqlalchemy
from sqlalchemy import bindparam

from orchestrator.adapters.storage import engine, prepared, tables
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
