"""Which waiting conversation is offered to which agent, decided from one snapshot."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from orchestrator.core.model.conversation import Availability
from orchestrator.core.model.ids import (
    UNASSIGNED_SKILL,
    ConsumerId,
    ConversationId,
    SkillId,
    UserId,
)


class Waiting(msgspec.Struct, frozen=True):
    """A conversation without an agent and without a ring.

    ``refused`` says who rejected it, or let it ring out, and when, since it began to wait.
    """

    conversation_id: ConversationId
    consumer_id: ConsumerId
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
    """An agent whose socket is open.

    ``load`` counts conversations held and rings outstanding; for an unlimited agent, whose
    ``capacity`` is None, it may be left at 0. ``idle_since`` orders agents of equal load.
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
    def takes_from_queues(self) -> bool:
        """Whether what waits for anybody of a skill may ring here."""
        return self.availability == "ONLINE"

    @property
    def takes_transfers(self) -> bool:
        """Whether what was handed to this agent by name may ring here."""
        return self.availability in ("ONLINE", "OCCUPIED")

    @property
    def has_room(self) -> bool:
        """Whether one more would fit."""
        return self.capacity is None or self.load < self.capacity


class Offer(msgspec.Struct, frozen=True):
    """One conversation for one agent."""

    conversation_id: ConversationId
    consumer_id: ConsumerId
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
    then the one with fewer conversations, then the one idle longest, then the lowest id: the same
    snapshot always gives the same answer, whatever the order in which it is told.
    """
    desk = _Desk(agents)
    offers: list[Offer] = []
    wake: list[datetime] = []
    for conversation in sorted(waiting, key=lambda each: (each.queued_at, each.conversation_id)):
        reserved = conversation.reserved_for(now)
        candidates = desk.serving(conversation.skill_id) if reserved is None else desk.one(reserved)
        if reserved is not None and conversation.suggested_until is not None:
            wake.append(conversation.suggested_until)
        resting = {user: at + pause for user, at in conversation.refused if abs(now - at) < pause}
        wake.extend(resting[agent.user_id] for agent in candidates if agent.user_id in resting)
        chosen = desk.least_loaded(each for each in candidates if each.user_id not in resting)
        if chosen is not None:
            desk.loads[chosen.user_id] += 1
            offers.append(
                Offer(
                    conversation.conversation_id,
                    conversation.consumer_id,
                    conversation.skill_id,
                    chosen.user_id,
                )
            )
    return Distribution(tuple(offers), min(wake, default=None))


class _Desk:
    """The agents of one snapshot, and their loads as offers are made."""

    def __init__(self, agents: Iterable[Agent]) -> None:
        self.loads: dict[UserId, int] = {}
        self._by_id: dict[UserId, Agent] = {}
        self._by_skill: dict[SkillId, list[Agent]] = {}
        for agent in agents:
            self.loads[agent.user_id] = agent.load
            self._by_id[agent.user_id] = agent
            for skill in agent.served:
                self._by_skill.setdefault(skill, []).append(agent)

    def serving(self, skill: SkillId) -> list[Agent]:
        """Who takes what waits for anybody of the skill: ONLINE, for OCCUPIED takes transfers."""
        there = self._by_skill.get(skill, ())
        return [agent for agent in there if agent.takes_from_queues]

    def one(self, user: UserId) -> list[Agent]:
        """The agent to whom something was handed by name, if they take transfers."""
        agent = self._by_id.get(user)
        return [agent] if agent is not None and agent.takes_transfers else []

    def least_loaded(self, candidates: Iterable[Agent]) -> Agent | None:
        """The one of ``candidates`` who should get the next, None if nobody has room."""
        free = (agent for agent in candidates if self._has_room(agent))
        return min(free, key=self._rank, default=None)

    def _has_room(self, agent: Agent) -> bool:
        return agent.capacity is None or self.loads[agent.user_id] < agent.capacity

    def _rank(self, agent: Agent) -> tuple[float, int, datetime, UserId]:
        load = self.loads[agent.user_id]
        relative = 0.0 if agent.capacity is None else load / agent.capacity
        return (relative, load, agent.idle_since, agent.user_id)
