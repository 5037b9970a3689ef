"""What decisions read of the embedded cloud's rows: implements `routing.ports.Surroundings`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import bindparam, func, select

from orchestrator.adapters.storage import engine, prepared, tables
from orchestrator.adapters.storage.cloud_rows import queueing
from orchestrator.core.model.conversation import Availability, Conversation, Message
from orchestrator.core.model.ids import AccountId, ConsumerId, ConversationId, SkillId, UserId
from orchestrator.core.queueing import distribution
from orchestrator.core.ums import sdes
from orchestrator.services.routing import ports

_CONVERSATION: Final = msgspec.json.Decoder(Conversation)
_MESSAGE: Final = msgspec.json.Decoder(Message)

_FIRST_LOOKED_AT: Final = 50
"""Among so many of a consumer's first events a text is looked for; receipts may come before it."""

_ACCOUNT: Final = bindparam("account")
_ID: Final = bindparam("id")
_ELSEWHERE: Final = prepared.Statement(
    select(tables.bot_configs.c.domain).where(tables.bot_configs.c.account == _ACCOUNT)
)
_ONE: Final = prepared.Statement(
    select(tables.conversations.c.body).where(
        tables.conversations.c.account == _ACCOUNT, tables.conversations.c.id == _ID
    )
)
_PROFILE: Final = prepared.Statement(
    select(tables.consumers.c.profile).where(
        tables.consumers.c.account == _ACCOUNT, tables.consumers.c.id == _ID
    )
)
_FIRST: Final = prepared.Statement(
    select(tables.messages.c.body)
    .where(
        tables.messages.c.account == _ACCOUNT,
        tables.messages.c.conversation_id == _ID,
        tables.messages.c.dialog_id == _ID,
        tables.messages.c.role == "CONSUMER",
    )
    .order_by(tables.messages.c.sequence)
    .limit(_FIRST_LOOKED_AT)
)
_NAME: Final = prepared.Statement(
    select(tables.skills.c.name).where(
        tables.skills.c.account == _ACCOUNT, tables.skills.c.id == _ID
    )
)
_SKILLS: Final = select(tables.skills.c.id, tables.skills.c.schedule).where(
    tables.skills.c.account == _ACCOUNT, tables.skills.c.id.in_(bindparam("skills", expanding=True))
)
_QUEUED: Final = (
    select(
        tables.conversations.c.skill_id,
        func.count().label("waiting"),
        func.min(tables.conversations.c.queued_at).label("oldest"),
    )
    .where(
        tables.conversations.c.account == _ACCOUNT,
        tables.conversations.c.state == "OPEN",
        tables.conversations.c.assigned_user.is_(None),
        tables.conversations.c.skill_id.in_(bindparam("skills", expanding=True)),
    )
    .group_by(tables.conversations.c.skill_id)
)
_AGENTS: Final = select(tables.users.c.id, tables.users.c.max_chats).where(
    tables.users.c.account == _ACCOUNT,
    tables.users.c.enabled,
    tables.users.c.id.in_(bindparam("agents", expanding=True)),
)
_PRESENT: Final = select(
    tables.presence.c.user_id, tables.presence.c.availability, tables.presence.c.connected
).where(
    tables.presence.c.account == _ACCOUNT,
    tables.presence.c.user_id.in_(bindparam("agents", expanding=True)),
)


class Surroundings:
    """Reads of one database; none of them writes."""

    def __init__(self, database: engine.Database) -> None:
        self._database = database

    async def is_elsewhere(self, account: AccountId) -> bool:
        """Whether the account's bot works on another cloud than this one."""
        row = await self._database.first(_ELSEWHERE, {"account": account})
        return row is not None and row.domain is not None

    async def conversation(
        self, account: AccountId, conversation_id: ConversationId
    ) -> Conversation | None:
        """Return a conversation of the account, or None."""
        body = await self._scalar(_ONE, account, conversation_id)
        return None if body is None else _CONVERSATION.decode(body)

    async def profile(self, account: AccountId, consumer_id: ConsumerId) -> dict[str, Any]:
        """Return a consumer's SDEs; empty for an unknown one."""
        body = await self._scalar(_PROFILE, account, consumer_id)
        return {} if body is None else sdes.profile(msgspec.json.decode(body))

    async def first_message(
        self, account: AccountId, conversation_id: ConversationId
    ) -> Message | None:
        """Return the consumer's first text so far."""
        given = {"account": account, "id": conversation_id}
        bodies = await self._database.glance(lambda connection: _FIRST.scalars(connection, given))
        return next((one for one in map(_MESSAGE.decode, bodies) if one.text), None)

    async def skill_name(self, account: AccountId, skill_id: SkillId) -> str | None:
        """Return a skill's name, or None."""
        return await self._scalar(_NAME, account, skill_id)

    async def staffing(
        self, account: AccountId, *, skills: frozenset[SkillId], agents: frozenset[UserId]
    ) -> ports.Staffing:
        """Return how these skills and agents are doing, on one snapshot."""
        return await self._database.read(
            lambda connection: _staffing(connection, account, skills, agents)
        )

    async def _scalar(self, statement: prepared.Statement, account: AccountId, key: str) -> Any:
        given = {"account": account, "id": key}
        row = await self._database.first(statement, given)
        return None if row is None else row[0]


def _staffing(
    connection: sqlalchemy.Connection,
    account: AccountId,
    skills: frozenset[SkillId],
    agents: frozenset[UserId],
) -> ports.Staffing:
    return ports.Staffing(
        datetime.min.replace(tzinfo=UTC),  # whoever asked knows when
        _skills(connection, account, skills),
        _statuses(connection, account, agents),
    )


def _skills(
    connection: sqlalchemy.Connection, account: AccountId, wanted: frozenset[SkillId]
) -> dict[SkillId, ports.SkillStaff]:
    if not wanted:
        return {}
    given = {"account": account, "skills": sorted(wanted)}
    queued = {row.skill_id: (row.waiting, row.oldest) for row in connection.execute(_QUEUED, given)}
    there = queueing.agents(connection, account)
    online = [agent for agent in there if agent.availability == "ONLINE"]
    return {
        row.id: _staff(
            [agent for agent in online if row.id in agent.skills],
            queued.get(row.id, (0, None)),
            schedule=row.schedule,
        )
        for row in connection.execute(_SKILLS, given)
    }


def _staff(
    serving: Sequence[distribution.Agent],
    queued: tuple[int, datetime | None],
    *,
    schedule: str | None,
) -> ports.SkillStaff:
    limited = [(agent.capacity, agent.load) for agent in serving if agent.capacity is not None]
    is_unlimited = len(limited) < len(serving)
    return ports.SkillStaff(
        online_agents=len(serving),
        slots=None if is_unlimited else sum(capacity for capacity, _ in limited),
        free_slots=None
        if is_unlimited
        else sum(max(0, capacity - load) for capacity, load in limited),
        is_unlimited=is_unlimited,
        waiting=queued[0],
        oldest=queued[1],
        schedule=schedule,
    )


def _statuses(
    connection: sqlalchemy.Connection, account: AccountId, wanted: frozenset[UserId]
) -> dict[UserId, ports.AgentStatus]:
    if not wanted:
        return {}
    given = {"account": account, "agents": sorted(wanted)}
    present: dict[UserId, Availability] = {
        row.user_id: row.availability if row.connected else "OFFLINE"
        for row in connection.execute(_PRESENT, given)
    }
    capacities = {row.id: row.max_chats for row in connection.execute(_AGENTS, given)}
    limited = [user for user, capacity in capacities.items() if capacity is not None]
    busy = queueing.loads(connection, account, users=limited)
    return {
        user: ports.AgentStatus(
            present.get(user, "OFFLINE"),
            None if capacity is None else max(0, capacity - busy.get(user, 0)),
        )
        for user, capacity in capacities.items()
    }
