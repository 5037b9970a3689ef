"""What a look at the floor reads of the rows: implements `services.admin.floor_ports`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy
from sqlalchemy import and_, bindparam, func, or_, select

from orchestrator.adapters.storage import admin, engine, tables, whole
from orchestrator.adapters.storage.cloud_rows import rows
from orchestrator.core.model import floor
from orchestrator.core.model.conversation import Conversation
from orchestrator.services.admin import ports

T = TypeVar("T")

_CONVERSATION: Final = msgspec.json.Decoder(Conversation)
_TABLE: Final = tables.conversations
_RINGS: Final = tables.rings
_MOVED: Final = tables.transfers

_STATED: Final = select(
    tables.presence.c.user_id,
    tables.presence.c.availability,
    tables.presence.c.connected,
    tables.presence.c.changed_at,
).where(tables.presence.c.account == rows.ACCOUNT)
_HELD: Final = (
    select(_TABLE.c.assigned_user, func.count())
    .where(
        _TABLE.c.account == rows.ACCOUNT,
        _TABLE.c.state == rows.OPEN,
        _TABLE.c.assigned_user.is_not(None),
    )
    .group_by(_TABLE.c.assigned_user)
)
_RINGING: Final = (
    select(_RINGS.c.user_id, func.count())
    .where(rows.among_few(_RINGS.c.account), _RINGS.c.state == rows.WAITING)
    .group_by(_RINGS.c.user_id)
)
_OPEN: Final = (
    select(_TABLE.c.skill_id, func.count())
    .where(rows.among_few(_TABLE.c.account), _TABLE.c.state == rows.OPEN)
    .group_by(_TABLE.c.skill_id)
)
_QUEUED: Final = (
    select(_TABLE.c.body)
    .where(
        _TABLE.c.account == rows.ACCOUNT,
        _TABLE.c.skill_id == bindparam("skill"),
        _TABLE.c.state == rows.OPEN,
        _TABLE.c.assigned_user.is_(None),
    )
    .order_by(_TABLE.c.queued_at, _TABLE.c.id)
)


class FloorReading(admin.AdminReading):
    """Implements `floor_ports.FloorReading` on a connection."""

    def stated(self, account: str) -> Mapping[str, floor.Stated]:
        """Return what people said of themselves."""
        found = self.connection.execute(_STATED, {"account": account})
        return {
            row.user_id: floor.Stated(row.availability, row.connected, row.changed_at)
            for row in found
        }

    def busy(self, account: str) -> Mapping[str, floor.Busy]:
        """Return who is busy, with what."""
        held, ringing = self._counts(_HELD, account), self._counts(_RINGING, account)
        return {
            user: floor.Busy(held.get(user, 0), ringing.get(user, 0))
            for user in held.keys() | ringing.keys()
        }

    def open_in(self, account: str) -> Mapping[str, int]:
        """Return how many conversations are open under each skill."""
        return self._counts(_OPEN, account)

    def queued(
        self, account: str, skill_id: str, *, limit: int, after: ports.Place | None = None
    ) -> Sequence[Conversation]:
        """Return what waits for a skill, the longest first."""
        statement = _QUEUED.limit(limit)
        if after is not None:
            at = _TABLE.c.queued_at
            statement = statement.where(
                or_(at > after.at, and_(at == after.at, _TABLE.c.id > after.id))
            )
        given = {"account": account, "skill": skill_id}
        bodies = self.connection.execute(statement, given).scalars()
        return [_CONVERSATION.decode(body) for body in bodies]

    def ringing_at(self, account: str, conversations: Sequence[str]) -> Mapping[str, str]:
        """Return at whom these conversations ring."""
        statement = select(_RINGS.c.conversation_id, _RINGS.c.user_id).where(
            _RINGS.c.account == account,
            _RINGS.c.conversation_id.in_(conversations),
            _RINGS.c.state == rows.WAITING,
        )
        found = self.connection.execute(statement)
        return {row.conversation_id: row.user_id for row in found}

    def transfers(
        self, account: str, conversations: Sequence[str]
    ) -> Mapping[str, Sequence[floor.Transfer]]:
        """Return how these conversations moved."""
        names = floor.Transfer.__struct_fields__
        statement = (
            select(_MOVED.c.conversation_id, *(_MOVED.c[name] for name in names))
            .where(_MOVED.c.account == account, _MOVED.c.conversation_id.in_(conversations))
            .order_by(_MOVED.c.at, _MOVED.c.id)
        )
        found: dict[str, list[floor.Transfer]] = {}
        for row in self.connection.execute(statement):
            found.setdefault(row.conversation_id, []).append(floor.Transfer(*row[1:]))
        return found

    def _counts(self, statement: Any, account: str) -> dict[str, int]:
        found: Iterable[Any] = self.connection.execute(statement, {"account": account})
        return {row[0]: row[1] for row in found}


class FloorStore:
    """Implements `floor_ports.FloorStore` on a `Database`."""

    def __init__(self, database: engine.Database) -> None:
        self._database = database

    async def read(self, work: Callable[[FloorReading], T]) -> T:
        """Run ``work`` on one snapshot. Raises `errors.Unavailable` when the disk fails."""
        return await self._database.survey(lambda connection: work(self._reading(connection)))

    def _reading(self, connection: sqlalchemy.Connection) -> FloorReading:
        snapshot = whole.Snapshot(connection, self._database.kept)
        return FloorReading(connection, finding=snapshot.find)
