"""The floor as supervisors see it: every queue and every agent, now, and who waits in a queue."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from orchestrator.core.model import access
from orchestrator.core.model.access import Actor
from orchestrator.core.model.conversation import Availability, Conversation
from orchestrator.core.model.directory import BotConfig, Skill, SkillAssignment, User
from orchestrator.core.model.floor import Busy, Stated
from orchestrator.core.model.ids import UNASSIGNED_SKILL, ConversationId, SkillId, UserId
from orchestrator.core.queueing import snapshots
from orchestrator.services.admin import customers, moves, reports
from orchestrator.services.admin.floor_ports import FloorReading, FloorStore
from orchestrator.services.admin.moves import Cause
from orchestrator.services.admin.ports import Place
from orchestrator.services.admin.reports import Names, Server
from orchestrator.services.clock import Clock

Cloud = Literal["here", "elsewhere"]

_NOBODY: Final = Busy()


class Staff(msgspec.Struct, frozen=True, rename="camel"):
    """How many of a skill's agents are in which state."""

    online: int = 0
    occupied: int = 0
    back_soon: int = 0
    away: int = 0
    offline: int = 0


class QueueNow(msgspec.Struct, frozen=True, rename="camel"):
    """One skill now. ``skill`` is its name, "" for what has no skill (``skill_id`` -1).

    ``open`` counts its open conversations, those that wait included; ``longest_wait_seconds`` is
    None where nobody waits. ``slots`` are those of its agents who are online, ``busy_slots`` as
    many of them as are taken, ``load`` their share in per cent; all None where one of these agents
    takes any number, ``load`` also where nobody is online.
    """

    skill_id: SkillId
    skill: str
    waiting: int
    longest_wait_seconds: float | None
    open: int
    staff: Staff
    slots: int | None
    busy_slots: int | None
    load: float | None


class AgentNow(msgspec.Struct, frozen=True, rename="camel"):
    """One agent now, ``since`` when in this state; None for one who never came.

    ``conversations`` are those that they have, ``ringing`` those that ring at them; ``most`` is how
    many they take, None any number; ``load`` the share in per cent, None where ``most`` is.
    """

    user_id: UserId
    login: str
    name: str
    type: Literal["human", "bot"]
    availability: Availability
    since: datetime | None
    skills: tuple[str, ...]
    conversations: int
    ringing: int
    most: int | None
    load: float | None


class FloorNow(msgspec.Struct, frozen=True, rename="camel"):
    """Queues by name, what has no skill last; agents by login.

    ``cloud`` elsewhere: the account's bot works on another messaging cloud, whose queues and agents
    are not these; both are empty then.
    """

    at: datetime
    cloud: Cloud
    queues: tuple[QueueNow, ...] = ()
    agents: tuple[AgentNow, ...] = ()


class Queued(msgspec.Struct, frozen=True, rename="camel"):
    """A conversation that waits. ``customer`` is their name, "" where nobody said so.

    ``ringing_at`` and ``offered_to`` are logins. ``place`` is what a move of it says to be told
    when it is not there any more.
    """

    conversation_id: ConversationId
    consumer_id: str
    customer: str
    since: datetime
    ringing_at: str | None
    offered_to: str | None
    cause: Cause
    place: str


class Standing(msgspec.Struct, frozen=True, rename="camel"):
    """Where one conversation is, and how people moved it. ``skill`` is "" for none.

    ``agent`` has it, ``offered_to`` was offered it by name; both are logins.
    """

    conversation_id: ConversationId
    customer: str
    skill_id: SkillId
    skill: str
    agent_id: UserId | None
    agent: str | None
    offered_to: str | None
    state: Literal["OPEN", "CLOSE"]
    place: str
    moves: tuple[Cause, ...]


class Floor:
    """Reads for supervisors and dashboards; none takes work that grows with the past."""

    def __init__(self, store: FloorStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def now(self, actor: Actor, *, server: Server = "running") -> FloorNow:
        """Return all queues and agents.

        ``server`` says whether one runs: without, nobody is there, whatever a killed one left.
        """
        access.demand(actor, "conversations.read")
        now = self._clock.now()

        def work(rows: FloorReading) -> FloorNow:
            if _is_elsewhere(rows, actor.account):
                return FloorNow(now, "elsewhere")
            return _floor(rows, actor.account, now, server=server)

        return await self._store.read(work)

    async def queue(
        self, actor: Actor, skill_id: SkillId, *, limit: int, after: Place | None = None
    ) -> list[Queued]:
        """Return who waits for a skill (-1: for none), the longest first; behind ``after``."""
        access.demand(actor, "conversations.read")

        def work(rows: FloorReading) -> list[Queued]:
            found = rows.queued(actor.account, skill_id, limit=limit, after=after)
            return _queued(rows, actor.account, found)

        return await self._store.read(work)

    async def standing(self, actor: Actor, conversation_id: ConversationId) -> Standing:
        """Return where a conversation is, and how people moved it; `errors.NotFound`."""
        access.demand(actor, "conversations.read")

        def work(rows: FloorReading) -> Standing:
            found = reports.meant(rows, actor.account, conversation_id)
            names = reports.names_of(rows, actor.account)
            key = found.conversation_id
            agent = found.assigned.user_id if found.assigned else None
            return Standing(
                key,
                customers.name_of(rows.profile(actor.account, found.consumer_id)),
                found.skill_id,
                _skill(names, found.skill_id),
                agent,
                names.user(agent),
                names.user(found.suggested.user_id) if found.suggested else None,
                found.state,
                snapshots.place(found),
                tuple(moves.by_people(rows.transfers(actor.account, [key]).get(key, ()), names)),
            )

        return await self._store.read(work)


def _is_elsewhere(rows: FloorReading, account: str) -> bool:
    return any(each.domain is not None for each in rows.find(BotConfig, account=account))


def _floor(rows: FloorReading, account: str, now: datetime, *, server: Server) -> FloorNow:
    skills = {each.id: each for each in rows.find(Skill, account=account)}
    stated = rows.stated(account) if server == "running" else {}
    busy = rows.busy(account)
    serving: dict[UserId, set[SkillId]] = {}
    for one in rows.find(SkillAssignment, account=account):
        serving.setdefault(one.user_id, set()).add(one.skill_id)
    agents: list[AgentNow] = []
    of_skill: dict[SkillId, list[AgentNow]] = {}
    for user in sorted(rows.find(User, account=account), key=_by_login):
        if not user.enabled or access.RUNG.isdisjoint(user.roles):
            continue
        theirs = serving.get(user.id, set()) & skills.keys()
        names = sorted((skills[each].name for each in theirs), key=str.casefold)
        agent = _agent(user, stated.get(user.id), busy.get(user.id, _NOBODY), skills=names)
        agents.append(agent)
        for each in theirs:
            of_skill.setdefault(each, []).append(agent)
    waiting = {each.skill_id: each for each in rows.waiting(account)}
    open_in = rows.open_in(account)
    places = [
        (each.id, each.name)
        for each in sorted(skills.values(), key=lambda each: (each.name.casefold(), each.id))
    ]
    if open_in.get(UNASSIGNED_SKILL):
        places.append((UNASSIGNED_SKILL, ""))
    queues = []
    for skill_id, name in places:
        queue = waiting.get(skill_id)
        oldest = queue.oldest if queue else None
        slots, taken, load = _slots(of_skill.get(skill_id, []))
        queues.append(
            QueueNow(
                skill_id,
                name,
                queue.conversations if queue else 0,
                None if oldest is None else round(max(0.0, (now - oldest).total_seconds()), 1),
                open_in.get(skill_id, 0),
                _staff(of_skill.get(skill_id, [])),
                slots,
                taken,
                load,
            )
        )
    return FloorNow(now, "here", tuple(queues), tuple(agents))


def _by_login(user: User) -> tuple[str, str]:
    return user.login.casefold(), user.id


def _agent(user: User, stated: Stated | None, busy: Busy, *, skills: Sequence[str]) -> AgentNow:
    most = user.max_chats
    taken = busy.conversations + busy.ringing
    return AgentNow(
        user.id,
        user.login,
        user.full_name,
        user.type,
        stated.availability if stated is not None and stated.connected else "OFFLINE",
        stated.since if stated is not None else None,
        tuple(skills),
        busy.conversations,
        busy.ringing,
        most,
        None if most is None else _percent(taken, most),
    )


_STATES: Final[Mapping[Availability, str]] = {
    "ONLINE": "online",
    "OCCUPIED": "occupied",
    "BACK_SOON": "back_soon",
    "AWAY": "away",
    "OFFLINE": "offline",
}


def _staff(agents: Sequence[AgentNow]) -> Staff:
    counts = dict.fromkeys(_STATES.values(), 0)
    for agent in agents:
        counts[_STATES[agent.availability]] += 1
    return Staff(**counts)


def _slots(agents: Sequence[AgentNow]) -> tuple[int | None, int | None, float | None]:
    """Return the slots of those who are online, how many are taken, and the share."""
    online = [each for each in agents if each.availability == "ONLINE"]
    limits = [each.most for each in online if each.most is not None]
    if len(limits) < len(online):
        return None, None, None
    taken = sum(min(each.most or 0, each.conversations + each.ringing) for each in online)
    return sum(limits), taken, _percent(taken, sum(limits)) if online else None


def _percent(taken: int, slots: int) -> float:
    """Return the share of slots that are taken; where there are none, all of them."""
    return 100.0 if slots <= 0 else round(min(100.0, 100 * taken / slots), 1)


def _queued(rows: FloorReading, account: str, found: Sequence[Conversation]) -> list[Queued]:
    names = reports.names_of(rows, account)
    ids = [each.conversation_id for each in found]
    ringing = rows.ringing_at(account, ids)
    causes = moves.of(rows, account, found, names=names)
    return [
        Queued(
            each.conversation_id,
            each.consumer_id,
            customers.name_of(rows.profile(account, each.consumer_id)),
            each.queued_at or each.started_at,
            names.user(ringing.get(each.conversation_id)),
            names.user(each.suggested.user_id) if each.suggested else None,
            causes[each.conversation_id],
            snapshots.place(each),
        )
        for each in found
    ]


def _skill(names: Names, skill_id: SkillId) -> str:
    return "" if skill_id == UNASSIGNED_SKILL else names.skill(skill_id)
