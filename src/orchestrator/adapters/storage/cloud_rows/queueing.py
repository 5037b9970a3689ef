"""The statements behind the queues: who waits, who could take it, and until when."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy
from sqlalchemy import and_, exists, func, or_, select

from orchestrator.adapters.storage import tables
from orchestrator.core.model.ids import AccountId, SkillId, UserId
from orchestrator.core.queueing import distribution
from orchestrator.services.cloud import ports

_RUNG_ROLES = frozenset({"Agent", "Agent Manager"})
"""Only users in these roles take conversations (the guide gives the bot the role Agent)."""


def waiting(
    connection: sqlalchemy.Connection,
    account: AccountId,
    *,
    skills: frozenset[SkillId],
    users: frozenset[UserId],
    now: datetime,
    pause: timedelta,
    limit: int,
) -> list[distribution.Waiting]:
    """Return conversations that one of ``users`` could take, the longest waiting first."""
    if not users:
        return []
    table, rings = tables.conversations, tables.rings
    kept = and_(table.c.suggested_user.is_not(None), table.c.suggested_until > now)
    statement = (
        select(
            table.c.id,
            table.c.skill_id,
            table.c.queued_at,
            table.c.suggested_user,
            table.c.suggested_until,
        )
        .where(
            table.c.account == account,
            table.c.state == "OPEN",
            table.c.assigned_user.is_(None),
            table.c.queued_at.is_not(None),
            or_(
                and_(kept, table.c.suggested_user.in_(users)),
                and_(~kept, table.c.skill_id.in_(skills)),
                and_(table.c.suggested_user.is_(None), table.c.skill_id.in_(skills)),
            ),
            ~exists().where(
                rings.c.account == account,
                rings.c.conversation_id == table.c.id,
                rings.c.state == "WAITING",
            ),
        )
        .order_by(table.c.queued_at)
        .limit(limit)
    )
    rows = connection.execute(statement).all()
    refused = _refused(connection, account, since=now - pause) if rows else {}
    return [
        distribution.Waiting(
            conversation_id=row.id,
            skill_id=row.skill_id,
            queued_at=row.queued_at,
            suggested=row.suggested_user,
            suggested_until=row.suggested_until,
            refused=tuple(each for each in refused.get(row.id, ()) if each[1] >= row.queued_at),
        )
        for row in rows
    ]


def _refused(
    connection: sqlalchemy.Connection, account: AccountId, *, since: datetime
) -> dict[str, list[tuple[UserId, datetime]]]:
    table = tables.rings
    found: dict[str, list[tuple[UserId, datetime]]] = {}
    statement = select(table.c.conversation_id, table.c.user_id, table.c.ended_at).where(
        table.c.account == account,
        table.c.ended_at > since,
        table.c.state.in_(("REJECTED", "EXPIRED")),
    )
    for row in connection.execute(statement):
        found.setdefault(row.conversation_id, []).append((row.user_id, row.ended_at))
    return found


def agents(connection: sqlalchemy.Connection, account: AccountId) -> list[distribution.Agent]:
    """Return the connected agents who are ONLINE or OCCUPIED, with their loads."""
    users, presence = tables.users, tables.presence
    rows = connection.execute(
        select(
            users.c.id,
            users.c.type,
            users.c.roles,
            users.c.max_chats,
            presence.c.availability,
            presence.c.changed_at,
            presence.c.offered_at,
        )
        .join(presence, and_(presence.c.account == account, presence.c.user_id == users.c.id))
        .where(
            users.c.account == account,
            users.c.enabled,
            presence.c.connected,
            presence.c.availability.in_(("ONLINE", "OCCUPIED")),
        )
    ).all()
    there = [row for row in rows if not _RUNG_ROLES.isdisjoint(row.roles)]
    skills = _skills(connection, account, [row.id for row in there])
    limited = [row.id for row in there if row.max_chats is not None]
    busy = loads(connection, account, users=limited)
    return [
        distribution.Agent(
            user_id=row.id,
            skills=frozenset(skills.get(row.id, ())),
            availability=row.availability,
            capacity=row.max_chats,
            load=busy.get(row.id, 0),
            idle_since=row.offered_at or row.changed_at,
            takes_unassigned=row.type == "human",
        )
        for row in there
    ]


def _skills(
    connection: sqlalchemy.Connection, account: AccountId, users: Sequence[UserId]
) -> dict[UserId, list[SkillId]]:
    table = tables.skill_assignments
    found: dict[UserId, list[SkillId]] = {}
    if users:
        statement = select(table.c.user_id, table.c.skill_id).where(
            table.c.account == account, table.c.user_id.in_(users)
        )
        for row in connection.execute(statement):
            found.setdefault(row.user_id, []).append(row.skill_id)
    return found


def loads(
    connection: sqlalchemy.Connection, account: AccountId, *, users: Iterable[UserId]
) -> dict[UserId, int]:
    """Return per user: open conversations assigned plus rings waiting."""
    wanted = list(users)
    if not wanted:
        return {}
    conversations, rings = tables.conversations, tables.rings
    found: dict[UserId, int] = {}
    held = (
        select(conversations.c.assigned_user, func.count())
        .where(
            conversations.c.account == account,
            conversations.c.state == "OPEN",
            conversations.c.assigned_user.in_(wanted),
        )
        .group_by(conversations.c.assigned_user)
    )
    ringing = (
        select(rings.c.user_id, func.count())
        .where(rings.c.account == account, rings.c.state == "WAITING", rings.c.user_id.in_(wanted))
        .group_by(rings.c.user_id)
    )
    for statement in (held, ringing):
        for user, count in connection.execute(statement):
            found[user] = found.get(user, 0) + count
    return found


def next_deadline(
    connection: sqlalchemy.Connection, account: AccountId, *, now: datetime
) -> datetime | None:
    """Return when, after ``now``, the next ring or suggestion runs out."""
    rings, conversations = tables.rings, tables.conversations
    ring = connection.scalar(
        select(rings.c.expires_at)
        .where(rings.c.account == account, rings.c.state == "WAITING", rings.c.expires_at > now)
        .order_by(rings.c.expires_at)
        .limit(1)
    )
    suggestion = connection.scalar(
        select(conversations.c.suggested_until)
        .where(
            conversations.c.account == account,
            conversations.c.suggested_until.is_not(None),
            conversations.c.suggested_until > now,
        )
        .order_by(conversations.c.suggested_until)
        .limit(1)
    )
    return min((each for each in (ring, suggestion) if each is not None), default=None)


def queues(connection: sqlalchemy.Connection, account: AccountId) -> list[ports.QueueRow]:
    """Return every skill's queue and staffing, by name."""
    skills, conversations = tables.skills, tables.conversations
    waits = {
        row.skill_id: (row.waiting, row.oldest)
        for row in connection.execute(
            select(
                conversations.c.skill_id,
                func.count().label("waiting"),
                func.min(conversations.c.queued_at).label("oldest"),
            )
            .where(
                conversations.c.account == account,
                conversations.c.state == "OPEN",
                conversations.c.assigned_user.is_(None),
            )
            .group_by(conversations.c.skill_id)
        )
    }
    online = [each for each in agents(connection, account) if each.availability == "ONLINE"]
    rows = []
    for skill in connection.execute(
        select(skills.c.id, skills.c.name)
        .where(skills.c.account == account)
        .order_by(skills.c.name)
    ):
        staff = [agent for agent in online if skill.id in agent.skills]
        waiting_now, oldest = waits.get(skill.id, (0, None))
        capacities = [agent.capacity for agent in staff]
        unlimited = None in capacities
        rows.append(
            ports.QueueRow(
                skill_id=skill.id,
                skill=skill.name,
                waiting=waiting_now,
                oldest=oldest,
                online_agents=len(staff),
                slots=None if unlimited else sum(each for each in capacities if each),
                free_slots=None
                if unlimited
                else sum(max(0, (agent.capacity or 0) - agent.load) for agent in staff),
            )
        )
    return rows
