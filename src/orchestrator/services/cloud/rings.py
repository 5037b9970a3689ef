"""Rings: who is offered what, who answers, and what becomes of those that run out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.conversation import Conversation, Ring
from orchestrator.core.model.happening import ConversationChanged, RingChanged
from orchestrator.core.model.ids import AccountId, RingId, SkillId
from orchestrator.core.model.times import milliseconds
from orchestrator.core.queueing import changes, distribution, snapshots
from orchestrator.services.clock import Clock
from orchestrator.services.cloud import conversations
from orchestrator.services.cloud.ports import CloudStore, CloudTransaction, Speaker

DISTRIBUTOR = "distributor"
"""Who moved a conversation, in its history, when nobody did."""

BATCH = 500
"""Conversations looked at in one pass: bounds a unit of work, the rest follows at once."""

FEW = 50
"""Conversations and rings in a look at the queues that is over in no time: the next is as short."""


class Rings:
    """Use cases on rings. Every method is one unit of work."""

    def __init__(self, store: CloudStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._short: set[AccountId] = set()
        """The accounts whose queues were short when they were last looked at."""
        self._served: dict[AccountId, frozenset[SkillId] | None] = {}
        """The skills that somebody served at the last look at the account's queues; None if it left
        anything in them, for whoever frees a place makes somebody come to it."""

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
            if answer == "REJECTED":
                return
            conversation = tx.conversation(ring.conversation_id)
            if conversation is None:
                raise errors.Conflict("The conversation is gone.")
            staff = tx.staff(agent.user_id)
            if staff is None or not staff.enabled:
                raise errors.Forbidden("This user may not take conversations.")
            taken = changes.assign(conversation, staff.as_participant("ASSIGNED_AGENT"), now=now)
            tx.save(taken)
            conversations.begin_assignment(tx, taken, now)
            tx.tell(ConversationChanged(agent.account, taken))

        await self._store.jot(agent.account, work)

    async def waiting_for(self, agent: Speaker) -> list[Ring]:
        """Return the rings that wait for this agent's answer (repeated after a reconnect)."""
        return list(
            await self._store.read(agent.account, lambda tx: tx.rings_of_user(agent.user_id))
        )

    def may_ring(self, conversation: Conversation) -> bool:
        """Tell whether a look at the queues could find anything to do, now that this one waits.

        Not, if the last look left nothing waiting for anybody who was there, and none of these
        serves its skill. Whatever brings somebody else there makes for a look of its own, or, at
        another process, for `forget`.
        """
        served = self._served.get(conversation.account)
        if served is None or conversation.suggested is not None:
            return True
        return conversation.skill_id in served

    def forget(self, account: AccountId) -> None:
        """Forget who served what at the last look, which others have made untrue."""
        self._served.pop(account, None)

    async def distribute(self, account: AccountId) -> datetime | None:
        """End what ran out, offer what waits, and return when to look again at the latest.

        A time that is not in the future means that there is more to do right now.
        """
        now = self._clock.now()

        def work(tx: CloudTransaction) -> tuple[datetime | None, int]:
            due = tx.rings_due(now, limit=BATCH)
            for ring in due:
                if tx.end_ring(ring.ring_id, "EXPIRED", now):
                    tx.tell(RingChanged(account, msgspec.structs.replace(ring, state="EXPIRED")))
            settings = tx.settings()
            agents = tx.agents()
            plan, looked, is_whole = _plan(tx, agents, now=now, pause=settings.pause)
            rung = 0
            for offer in plan.offers:
                ring = _ring(account, offer, now=now, lifetime=settings.ring)
                if tx.put_ring(ring):
                    rung += 1
                    tx.tell(RingChanged(account, ring))
            # Within the unit: what is announced next was written after this was read.
            is_empty = is_whole and looked == rung
            self._served[account] = _served(agents) if is_empty else None
            looked += len(due)
            if len(due) == BATCH or not is_whole:
                return now, looked
            times = [each for each in (plan.look_again, tx.next_deadline(now)) if each is not None]
            deadline = min(times, default=None)
            if deadline is not None and deadline <= now:
                _lapse(tx, now)
            return deadline, looked

        run = self._store.jot if account in self._short else self._store.transact
        deadline, looked = await run(account, work)
        if looked <= FEW:
            self._short.add(account)
        else:
            self._short.discard(account)
        return deadline


def _served(agents: Sequence[distribution.Agent]) -> frozenset[SkillId] | None:
    """Return whose conversations ring with these agents; None if one of them has no room now."""
    if not all(each.has_room for each in agents):
        return None
    return frozenset[SkillId]().union(*(each.served for each in agents if each.takes_from_queues))


def _lapse(tx: CloudTransaction, now: datetime) -> None:
    """End the suggestions that nobody took: the skill's agents are next.

    Where none of those is there, and the skill names another to fall back to, that one is.
    """
    served = frozenset[SkillId]().union(*(each.served for each in tx.agents()))
    for conversation in tx.lapsed(now, limit=BATCH):
        skill = conversation.skill_id
        rules = None if skill in served else tx.skill_rules(skill)
        instead = None if rules is None else rules.fallback_skill_id
        ended = snapshots.lapse(conversation, now=now, skill_id=instead)
        tx.save(ended)
        tx.tell(ConversationChanged(tx.account, ended))
        if instead is not None:
            conversations.keep_history(tx, conversation, ended, by=DISTRIBUTOR, now=now)
            conversations.withdraw(tx, tx.rings_of_conversation(ended.conversation_id), now)


def _plan(
    tx: CloudTransaction,
    there: Sequence[distribution.Agent],
    *,
    now: datetime,
    pause: timedelta,
) -> tuple[distribution.Distribution, int, bool]:
    """Return what to offer now, at how many was looked, and whether that is all there is to offer.

    A batch of which nothing can be offered (everybody who could take it has just refused it) does
    not hide what waits behind it: the next one is looked at.
    """
    agents = [agent for agent in there if agent.has_room]
    queues = (agent.served for agent in agents if agent.takes_from_queues)
    skills = frozenset[SkillId]().union(*queues)
    users = frozenset(agent.user_id for agent in agents)
    wake: list[datetime] = []
    last: distribution.Waiting | None = None
    looked = 0
    while True:
        batch = tx.waiting(skills=skills, users=users, now=now, limit=BATCH, after=last)
        plan = distribution.distribute(batch, agents, now=now, pause=pause)
        if plan.look_again is not None:
            wake.append(plan.look_again)
        is_last = len(batch) < BATCH
        looked += len(batch)
        if plan.offers or is_last:
            found = distribution.Distribution(plan.offers, min(wake, default=None))
            return found, looked, is_last
        last = batch[-1]


def _ring(
    account: AccountId, offer: distribution.Offer, *, now: datetime, lifetime: timedelta
) -> Ring:
    # The conversation comes first in the id: the gateway keeps what happens to it in order by that.
    name = f"{offer.conversation_id}_{account}_{offer.user_id}_{milliseconds(now)}"
    return Ring(
        ring_id=f"{name}_{uuid4().hex[:6]}",
        account=account,
        conversation_id=offer.conversation_id,
        consumer_id=offer.consumer_id,
        skill_id=offer.skill_id,
        user_id=offer.user_id,
        state="WAITING",
        created_at=now,
        expires_at=now + lifetime,
    )
