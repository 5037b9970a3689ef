"""The sealed keys with which tokens are signed: implements `tokens.private_keys.Keys`."""

from typing import Final

import sqlalchemy
from sqlalchemy import bindparam, insert, select

from orchestrator.adapters.storage import engine, prepared, tables
from orchestrator.services.clock import Clock

_KEY: Final = prepared.Statement(
    select(tables.signing_keys.c.private_key).where(
        tables.signing_keys.c.account == bindparam("account")
    )
)


class SigningKeys:
    """One key for each account, on a `Database`."""

    def __init__(self, database: engine.Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find(self, account: str) -> bytes | None:
        """Return the account's sealed key, or None."""
        return await self._database.glance(lambda connection: _find(connection, account))

    async def keep(self, account: str, *, sealed: bytes) -> bytes:
        """Store the account's key unless there is one; return the one that is stored now.

        Two processes that make a key at once end up with the same one.
        """
        row = {"account": account, "private_key": sealed, "created_at": self._clock.now()}

        def work(connection: sqlalchemy.Connection) -> bytes:
            found = _find(connection, account)  # nobody else writes between these two
            if found is None:
                connection.execute(insert(tables.signing_keys), row)
            return found or sealed

        return await self._database.transact(work)


def _find(connection: sqlalchemy.Connection, account: str) -> bytes | None:
    return _KEY.scalar(connection, {"account": account})
