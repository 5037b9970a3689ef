"""Which waiting conversation is offered to which agent, decided from one snapshot."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from orchestrator.core.model.conversation import Availability
from orchestrator.core.model.ids import UNASSIGNED_SKILL, ConversationId, SkillId, UserId


class Waiting(msgspec.Struct, frozen=True):
    """A conversation without an agent and without a ring.

    ``refused`` says who rejected it, or let it ring out, and when, since it began to wait.
    """

    conversation_id: ConversationId
    skill_id: SkillId
    queued_at: datetime
    suggested: UserId | None = None
    suggested_until: datetime | None = None
    refused: tuple[tuple[UserId, datetime], ...] = ()

    def reserved_for(self, now: datetime) -> UserId | None:
        """Return the agent for whom alone it is kept at ``now``, if any."""
        if self.suggested is None:
            return None
        expired = self.suggested_until is not None and now >= self.suggested_until
        return None if expired else self.suggested


class Agent(msgspec.Struct, frozen=True):
    """An agent whose socket is open. ``load`` counts conversations held and rings outstanding.

    ``capacity`` None is unlimited. ``idle_since`` orders agents of equal load.
    """

    user_id: UserId
    skills: frozenset[SkillId]
    availability: Availability
    capacity: int | None
    load: int
    idle_since: datetime
    takes_unassigned: bool = False
    """Whether conversations without any skill ring here (humans, not bots)."""

    @property
    def served(self) -> frozenset[SkillId]:
        """The skills whose conversations ring here."""
        return self.skills | {UNASSIGNED_SKILL} if self.takes_unassigned else self.skills

    @property
    def has_room(self) -> bool:
        """Whether one more would fit."""
        return self.capacity is None or self.load < self.capacity


class Offer(msgspec.Struct, frozen=True):
    """One conversation for one agent."""

    conversation_id: ConversationId
    skill_id: SkillId
    user_id: UserId


class Distribution(msgspec.Struct, frozen=True):
    """What to offer now, and when to look again even if nothing else happens."""

    offers: tuple[Offer, ...]
    look_again: datetime | None


def distribute(
    waiting: Sequence[Waiting], agents: Iterable[Agent], *, now: datetime, pause: timedelta
) -> Distribution:
    """Offer each conversation to at most one agent, the longest waiting first.

    A suggested conversation rings only for the agent it was suggested to, until its time is up. An
    agent who refused a conversation is not offered it again within ``pause``, so that a lone agent
    who declines is not rung without end. Of several agents the relatively least loaded gets it,
    then the one idle longest, then the lowest id: the same snapshot always gives the same answer.
    """
    loads: dict[UserId, int] = {}
    by_skill: dict[SkillId, list[Agent]] = {}
    by_id: dict[UserId, Agent] = {}
    for agent in agents:
        loads[agent.user_id] = agent.load
        by_id[agent.user_id] = agent
        for skill in agent.served:
            by_skill.setdefault(skill, []).append(agent)
    offers: list[Offer] = []
    wake: list[datetime] = []
    for conversation in sorted(waiting, key=lambda each: (each.queued_at, each.conversation_id)):
        reserved = conversation.reserved_for(now)
        if reserved is not None:
            only = by_id.get(reserved)
            candidates = [only] if only is not None and _takes_transfers(only) else []
            if conversation.suggested_until is not None:
                wake.append(conversation.suggested_until)
        else:
            candidates = [
                agent
                for agent in by_skill.get(conversation.skill_id, ())
                if agent.availability == "ONLINE"
            ]
        resting = {user: at + pause for user, at in conversation.refused if at + pause > now}
        wake.extend(resting[agent.user_id] for agent in candidates if agent.user_id in resting)
        free = [
            agent
            for agent in candidates
            if agent.user_id not in resting and _has_room(agent, loads[agent.user_id])
        ]
        if free:
            chosen = min(free, key=lambda agent: _rank(agent, loads[agent.user_id]))
            loads[chosen.user_id] += 1
            offers.append(
                Offer(conversation.conversation_id, conversation.skill_id, chosen.user_id)
            )
    return Distribution(tuple(offers), min(wake, default=None))


def _takes_transfers(agent: Agent) -> bool:
    return agent.availability in ("ONLINE", "OCCUPIED")


def _has_room(agent: Agent, load: int) -> bool:
    return agent.capacity is None or load < agent.capacity


def _rank(agent: Agent, load: int) -> tuple[float, datetime, str]:
    relative = 0.0 if not agent.capacity else load / agent.capacity
    return (relative, agent.idle_since, agent.user_id)
