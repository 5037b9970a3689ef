"""The embedded cloud's rows on the database: implements `services.cloud.ports.CloudStore`."""

import functools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy
from sqlalchemy import select

from orchestrator.adapters.storage import engine, prepared, tables, unit
from orchestrator.adapters.storage.cloud_rows import retention, rows
from orchestrator.adapters.storage.cloud_rows.connections import Connections
from orchestrator.adapters.storage.cloud_rows.conversations import Conversations
from orchestrator.adapters.storage.cloud_rows.files import Files
from orchestrator.adapters.storage.cloud_rows.history import History
from orchestrator.adapters.storage.cloud_rows.people import People
from orchestrator.adapters.storage.cloud_rows.rings import Rings
from orchestrator.core.model import errors
from orchestrator.core.model.happening import Happening
from orchestrator.core.model.ids import AccountId, ConversationId
from orchestrator.services.cloud import ports

T = TypeVar("T")


_SETTINGS: Final = prepared.Statement(
    select(tables.accounts.c.ring_seconds, tables.accounts.c.suggestion_seconds).where(
        tables.accounts.c.id == rows.ACCOUNT
    )
)
# JSON as in the rows: what could be stored can be told, numbers of any size included.
_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(list[Happening])


def happenings(told: Sequence[bytes]) -> list[Happening]:
    """Return what other processes told, as `engine.Database.hear` delivers it."""
    return [happening for each in told for happening in _DECODER.decode(each)]


class CloudStore:
    """Implements `ports.CloudStore` on a `Database`; ``announce`` hears of commits in order."""

    def __init__(
        self,
        database: engine.Database,
        *,
        announce: Callable[[Sequence[Happening]], None],
        pause: timedelta,
    ) -> None:
        self._database = database
        self._announce = announce
        self._pause = pause

    async def transact(self, account: AccountId, work: Callable[[ports.CloudTransaction], T]) -> T:
        """Run ``work`` in one transaction; durable, and announced, on return."""
        run = functools.partial(self._run, account, work)
        result, _ = await self._database.transact(run, announce=self._tell, tells=_told)
        return result

    async def jot(self, account: AccountId, work: Callable[[ports.CloudTransaction], T]) -> T:
        """As `transact`, for work that touches a few rows by their keys."""
        run = functools.partial(self._run, account, work)
        result, _ = await self._database.jot(run, announce=self._tell, tells=_told)
        return result

    def _run(
        self,
        account: AccountId,
        work: Callable[[ports.CloudTransaction], T],
        connection: sqlalchemy.Connection,
    ) -> tuple[T, list[Happening]]:
        transaction = CloudTransaction(connection, account, pause=self._pause)
        return work(transaction), transaction.told

    def _tell(self, done: tuple[Any, list[Happening]]) -> None:
        self._announce(done[1])

    async def read(self, account: AccountId, work: Callable[[ports.CloudTransaction], T]) -> T:
        """Run ``work`` on one snapshot."""
        return await self._database.read(
            lambda connection: work(CloudTransaction(connection, account, pause=self._pause))
        )

    async def glance(self, account: AccountId, work: Callable[[ports.CloudTransaction], T]) -> T:
        """As `read`, for work that finds a few rows by their keys."""
        return await self._database.glance(
            lambda connection: work(CloudTransaction(connection, account, pause=self._pause))
        )

    async def accounts(self) -> Sequence[AccountId]:
        """Return the ids of all accounts."""
        return await self._database.read(
            lambda connection: list(connection.scalars(select(tables.accounts.c.id)))
        )

    async def prune(self, *, now: datetime, limit: int) -> int:
        """Delete at most ``limit`` conversations past their account's retention; return how many.

        Only ended ones: an open conversation is never too old.
        """
        return await self._database.transact(
            lambda connection: retention.prune(connection, now=now, limit=limit)
        )

    async def prune_strangers(self, *, now: datetime, limit: int) -> int:
        """Delete at most ``limit`` consumers who signed up before their account's retention began.

        Only unauthenticated ones without a conversation. Whoever of them still holds a token comes
        into being again with the first word.
        """
        return await self._database.transact(
            lambda connection: retention.prune_strangers(connection, now=now, limit=limit)
        )


def _told(done: tuple[Any, list[Happening]]) -> bytes | None:
    return _ENCODER.encode(done[1]) if done[1] else None


class CloudTransaction(Conversations, Rings, People, Connections, History, Files):
    """Implements `ports.CloudTransaction` on a connection."""

    def __init__(
        self, connection: sqlalchemy.Connection, account: AccountId, *, pause: timedelta
    ) -> None:
        super().__init__(connection, account, pause=pause)
        self.told: list[Happening] = []

    @property
    def account(self) -> AccountId:
        """The account whose data this is."""
        return self._account

    def tell(self, happening: Happening) -> None:
        """Announce after the commit."""
        self.told.append(happening)

    def note(
        self,
        who: str,
        conversation_id: ConversationId,
        *,
        before: dict[str, Any],
        after: dict[str, Any],
        at: datetime,
    ) -> None:
        """Write into the change log that ``who`` moved the conversation by hand."""
        changing = unit.Unit(self._connection, account=self._account, who=who, now=at)
        changing.note(ports.BY_HAND, conversation_id, before=before, after=after)

    def settings(self) -> ports.QueueSettings:
        """Return how long things may take in this account."""
        row = _SETTINGS.first(self._connection, {"account": self._account})
        if row is None:
            raise errors.NotFound(f"There is no account {self._account}.")
        return ports.QueueSettings(
            timedelta(seconds=row.ring_seconds),
            timedelta(seconds=row.suggestion_seconds),
            self._pause,
        )
