"""Rings: who is offered what, who answers, and what becomes of those that run out."""

from datetime import datetime
from typing import Literal
from uuid import uuid4

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.conversation import Ring
from orchestrator.core.model.happening import ConversationChanged, RingChanged
from orchestrator.core.model.ids import AccountId, RingId
from orchestrator.core.model.times import milliseconds
from orchestrator.core.queueing import changes, distribution
from orchestrator.services.clock import Clock
from orchestrator.services.cloud import conversations
from orchestrator.services.cloud.ports import CloudStore, CloudTransaction, Speaker

BATCH = 500
"""Conversations looked at in one pass: bounds a unit of work, the rest follows at once."""


class Rings:
    """Use cases on rings. Every method is one unit of work."""

    def __init__(self, store: CloudStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def answer(
        self, agent: Speaker, ring_id: RingId, answer: Literal["ACCEPTED", "REJECTED"]
    ) -> None:
        """Accept or reject a ring.

        Raises NotFound for a ring that is not this agent's, Conflict for one that was answered,
        withdrawn or ran out.
        """
        now = self._clock.now()

        def work(tx: CloudTransaction) -> None:
            ring = tx.ring(ring_id)
            if ring is None or ring.user_id != agent.user_id:
                raise errors.NotFound("There is no such ring.")
            if ring.state != "WAITING" or ring.expires_at <= now:
                raise errors.Conflict("The ring is over.")
            tx.end_ring(ring_id, answer, now)
            tx.tell(RingChanged(agent.account, msgspec.structs.replace(ring, state=answer)))
            conversation = tx.conversation(ring.conversation_id)
            if conversation is None:
                raise errors.Conflict("The conversation is gone.")
            if answer == "REJECTED":
                # Its place in the queue is free again: observers look at the queue.
                tx.tell(ConversationChanged(agent.account, conversation))
                return
            staff = tx.staff(agent.user_id)
            if staff is None or not staff.enabled:
                raise errors.Forbidden("This user may not take conversations.")
            taken = changes.assign(conversation, staff.as_participant("ASSIGNED_AGENT"), now=now)
            tx.save(taken)
            conversations.begin_assignment(tx, taken, now)
            tx.tell(ConversationChanged(agent.account, taken))

        await self._store.transact(agent.account, work)

    async def waiting_for(self, agent: Speaker) -> list[Ring]:
        """Return the rings that wait for this agent's answer (repeated after a reconnect)."""
        return list(
            await self._store.read(agent.account, lambda tx: tx.rings_waiting(user=agent.user_id))
        )

    async def distribute(self, account: AccountId) -> datetime | None:
        """End what ran out, offer what waits, and return when to look again at the latest.

        A time that is not in the future means that there is more to do right now.
        """
        now = self._clock.now()

        def work(tx: CloudTransaction) -> datetime | None:
            due = tx.rings_due(now, limit=BATCH)
            for ring in due:
                if tx.end_ring(ring.ring_id, "EXPIRED", now):
                    tx.tell(RingChanged(account, msgspec.structs.replace(ring, state="EXPIRED")))
            settings = tx.settings()
            agents = [agent for agent in tx.agents() if agent.has_room]
            waiting = tx.waiting(
                skills=frozenset().union(*(agent.served for agent in agents)),
                users=frozenset(agent.user_id for agent in agents),
                now=now,
                limit=BATCH,
            )
            plan = distribution.distribute(waiting, agents, now=now, pause=settings.pause)
            for offer in plan.offers:
                conversation = tx.conversation(offer.conversation_id)
                if conversation is None:
                    continue
                ring = Ring(
                    ring_id=f"{offer.conversation_id}_{account}_{offer.user_id}_"
                    f"{milliseconds(now)}_{uuid4().hex[:6]}",
                    account=account,
                    conversation_id=offer.conversation_id,
                    consumer_id=conversation.consumer_id,
                    skill_id=offer.skill_id,
                    user_id=offer.user_id,
                    state="WAITING",
                    created_at=now,
                    expires_at=now + settings.ring,
                )
                tx.put_ring(ring)
                tx.tell(RingChanged(account, ring))
            full = len(due) == BATCH or (len(waiting) == BATCH and plan.offers)
            if full:
                return now
            times = [each for each in (plan.look_again, tx.next_deadline(now)) if each is not None]
            return min(times, default=None)

        return await self._store.transact(account, work)
