"""Staff, consumers, skills and presence, as the cloud sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import or_, select

from orchestrator.adapters.storage import tables
from orchestrator.adapters.storage.cloud_rows import queueing
from orchestrator.adapters.storage.cloud_rows.rows import Rows
from orchestrator.core.model.conversation import (
    Presence,
)
from orchestrator.core.model.ids import (
    ConsumerId,
    SkillId,
    UserId,
    user_of,
)
from orchestrator.services.cloud import ports

_SUPERVISORS = frozenset({"Agent Manager", "Administrator"})


class People(Rows):
    """Who is who, and who is there."""

    def staff(self, reference: str) -> ports.Staff | None:
        """Find a user by user id, ``account.user`` or PID."""
        table, assigned = tables.users, tables.skill_assignments
        row = self._connection.execute(
            select(table).where(
                table.c.account == self._account,
                or_(table.c.id == user_of(reference, self._account), table.c.pid == reference),
            )
        ).first()
        if row is None:
            return None
        skills = self._connection.scalars(
            select(assigned.c.skill_id).where(
                assigned.c.account == self._account, assigned.c.user_id == row.id
            )
        )
        return ports.Staff(
            user_id=row.id,
            pid=row.pid,
            login=row.login,
            type=row.type,
            skills=frozenset(skills),
            capacity=row.max_chats,
            supervises=not _SUPERVISORS.isdisjoint(row.roles),
            enabled=row.enabled,
        )

    def skill_name(self, skill_id: SkillId) -> str | None:
        """Return the skill's name."""
        table = tables.skills
        return self._connection.scalar(
            select(table.c.name).where(table.c.account == self._account, table.c.id == skill_id)
        )

    def engagement_skill(self, engagement_id: str) -> SkillId | None:
        """Return the skill of the engagement's routing."""
        table = tables.engagements
        return self._connection.scalar(
            select(table.c.skill_id).where(
                table.c.account == self._account, table.c.id == engagement_id
            )
        )

    def presence(self, user_id: UserId) -> Presence:
        """Return the user's presence, OFFLINE when nothing is known."""
        table = tables.presence
        row = self._connection.execute(
            select(table.c.availability, table.c.connected).where(
                table.c.account == self._account, table.c.user_id == user_id
            )
        ).first()
        if row is None:
            return Presence(user_id, "OFFLINE", connected=False)
        return Presence(user_id, row.availability, connected=row.connected)

    def put_presence(self, presence: Presence, at: datetime) -> None:
        """Store the user's presence."""
        self._put(
            tables.presence,
            {"account": self._account, "user_id": presence.user_id},
            {
                "availability": presence.availability,
                "connected": presence.connected,
                "changed_at": at,
            },
        )

    def connected_staff(self) -> Sequence[UserId]:
        """Return everybody whose row says that a socket is open."""
        table = tables.presence
        statement = select(table.c.user_id).where(
            table.c.account == self._account, table.c.connected
        )
        return list(self._connection.scalars(statement))

    def load(self, user_id: UserId) -> int:
        """Return open conversations assigned to the user plus rings waiting for them."""
        loads = queueing.loads(self._connection, self._account, users=[user_id])
        return loads.get(user_id, 0)

    def profile(self, consumer_id: ConsumerId) -> dict[str, Any] | None:
        """Return what is known of the consumer."""
        table = tables.consumers
        body = self._connection.scalar(
            select(table.c.profile).where(
                table.c.account == self._account, table.c.id == consumer_id
            )
        )
        return None if body is None else msgspec.json.decode(body, type=dict[str, Any])

    def put_profile(self, consumer_id: ConsumerId, profile: dict[str, Any]) -> None:
        """Replace what is known of the consumer."""
        table = tables.consumers
        self._connection.execute(
            table.update()
            .where(table.c.account == self._account, table.c.id == consumer_id)
            .values(profile=msgspec.json.encode(profile))
        )

    def add_consumer(self, consumer_id: ConsumerId, kind: str, at: datetime) -> None:
        """Note a consumer; does nothing for one that is known."""
        if self.profile(consumer_id) is None:
            self._connection.execute(
                tables.consumers.insert(),
                {
                    "account": self._account,
                    "id": consumer_id,
                    "kind": kind,
                    "created_at": at,
                    "profile": b"{}",
                },
            )
