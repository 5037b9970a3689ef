"""Rings, and the queues that they come from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from orchestrator.adapters.storage import tables
from orchestrator.adapters.storage.cloud_rows import queueing
from orchestrator.adapters.storage.cloud_rows.rows import Rows
from orchestrator.core.model.conversation import (
    Ring,
    RingState,
)
from orchestrator.core.model.ids import (
    ConversationId,
    RingId,
    SkillId,
    UserId,
)
from orchestrator.core.queueing import distribution
from orchestrator.services.cloud import ports


class Rings(Rows):
    """Rings and queues."""

    def ring(self, ring_id: RingId) -> Ring | None:
        """Return the ring, or None."""
        table = tables.rings
        found = self._rings(table.c.ring_id == ring_id)
        return found[0] if found else None

    def rings_waiting(
        self, *, conversation: ConversationId | None = None, user: UserId | None = None
    ) -> Sequence[Ring]:
        """Return rings that wait for an answer."""
        table = tables.rings
        conditions = [table.c.state == "WAITING"]
        if conversation is not None:
            conditions.append(table.c.conversation_id == conversation)
        if user is not None:
            conditions.append(table.c.user_id == user)
        return self._rings(*conditions)

    def rings_due(self, now: datetime, *, limit: int) -> Sequence[Ring]:
        """Return waiting rings whose time is up."""
        table = tables.rings
        return self._rings(table.c.state == "WAITING", table.c.expires_at <= now, limit=limit)

    def _rings(self, *conditions: Any, limit: int = 10_000) -> list[Ring]:
        table, conversations = tables.rings, tables.conversations
        statement = (
            select(table, conversations.c.consumer_id)
            .join(
                conversations,
                and_(
                    conversations.c.account == table.c.account,
                    conversations.c.id == table.c.conversation_id,
                ),
            )
            .where(table.c.account == self._account, *conditions)
            .order_by(table.c.expires_at)
            .limit(limit)
        )
        return [
            Ring(
                ring_id=row.ring_id,
                account=row.account,
                conversation_id=row.conversation_id,
                consumer_id=row.consumer_id,
                skill_id=row.skill_id,
                user_id=row.user_id,
                state=row.state,
                created_at=row.created_at,
                expires_at=row.expires_at,
            )
            for row in self._connection.execute(statement)
        ]

    def put_ring(self, ring: Ring) -> None:
        """Store a new ring, and that its agent was just offered one."""
        self._connection.execute(
            tables.rings.insert(),
            {
                "account": self._account,
                "ring_id": ring.ring_id,
                "conversation_id": ring.conversation_id,
                "skill_id": ring.skill_id,
                "user_id": ring.user_id,
                "state": ring.state,
                "created_at": ring.created_at,
                "expires_at": ring.expires_at,
            },
        )
        presence = tables.presence
        self._connection.execute(
            presence.update()
            .where(presence.c.account == self._account, presence.c.user_id == ring.user_id)
            .values(offered_at=ring.created_at)
        )

    def end_ring(self, ring_id: RingId, state: RingState, at: datetime) -> bool:
        """Set the state of a ring that waits; False when it does not wait any more."""
        table = tables.rings
        done = self._connection.execute(
            table.update()
            .where(
                table.c.account == self._account,
                table.c.ring_id == ring_id,
                table.c.state == "WAITING",
            )
            .values(state=state, ended_at=at)
        )
        return done.rowcount == 1

    def waiting(
        self,
        *,
        skills: frozenset[SkillId],
        users: frozenset[UserId],
        now: datetime,
        limit: int,
    ) -> Sequence[distribution.Waiting]:
        """Return conversations that somebody there could take, the longest waiting first."""
        return queueing.waiting(
            self._connection,
            self._account,
            skills=skills,
            users=users,
            now=now,
            pause=self._pause,
            limit=limit,
        )

    def agents(self) -> Sequence[distribution.Agent]:
        """Return the connected agents who are ONLINE or OCCUPIED, with their loads."""
        return queueing.agents(self._connection, self._account)

    def next_deadline(self, now: datetime) -> datetime | None:
        """Return when the next ring or suggestion runs out."""
        return queueing.next_deadline(self._connection, self._account, now=now)

    def queues(self) -> Sequence[ports.QueueRow]:
        """Return every skill's queue, by name."""
        return queueing.queues(self._connection, self._account)
