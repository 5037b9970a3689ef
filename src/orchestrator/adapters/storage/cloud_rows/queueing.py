"""The statements behind the queues: who waits, who could take it, and until when."""

import functools
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy
from sqlalchemy import and_, bindparam, exists, func, or_, select

from orchestrator.adapters.storage import prepared, tables
from orchestrator.adapters.storage.cloud_rows import lists, rows
from orchestrator.core.model import access
from orchestrator.core.model.ids import AccountId, SkillId, UserId
from orchestrator.core.queueing import distribution
from orchestrator.services.cloud import ports

_CONVERSATIONS: Final = tables.conversations
_RINGS: Final = tables.rings
_USERS: Final = tables.users
_PRESENCE: Final = tables.presence
_ASSIGNED: Final = tables.skill_assignments

_KEPT: Final = and_(
    _CONVERSATIONS.c.suggested_user.is_not(None),
    _CONVERSATIONS.c.suggested_until > bindparam("now"),
)
_BEHIND: Final = or_(
    _CONVERSATIONS.c.queued_at > bindparam("after_at"),
    and_(
        _CONVERSATIONS.c.queued_at == bindparam("after_at"),
        _CONVERSATIONS.c.id > bindparam("after_id"),
    ),
)
_WITHOUT_RING: Final = ~exists().where(
    _RINGS.c.account == rows.ACCOUNT,
    _RINGS.c.conversation_id == _CONVERSATIONS.c.id,
    _RINGS.c.state == rows.WAITING,
)


@functools.cache
def _waiting(skills: int, users: int) -> prepared.Statement:
    """Return the select of what waits for one of so many skills, or one of so many users."""
    return prepared.Statement(_waiting_for(skills, users))


@functools.cache
def _further(skills: int, users: int) -> prepared.Statement:
    """Return the same, of what waits behind another."""
    return prepared.Statement(_waiting_for(skills, users).where(_BEHIND))


def _waiting_for(skills: int, users: int) -> sqlalchemy.Select[*tuple[Any, ...]]:
    in_skills = _CONVERSATIONS.c.skill_id.in_(lists.parameters("skill", skills))
    return (
        select(
            _CONVERSATIONS.c.id,
            _CONVERSATIONS.c.consumer_id,
            _CONVERSATIONS.c.skill_id,
            _CONVERSATIONS.c.queued_at,
            _CONVERSATIONS.c.suggested_user,
            _CONVERSATIONS.c.suggested_until,
        )
        .where(
            _CONVERSATIONS.c.account == rows.ACCOUNT,
            _CONVERSATIONS.c.state == rows.OPEN,
            _CONVERSATIONS.c.assigned_user.is_(None),
            _CONVERSATIONS.c.queued_at.is_not(None),
            or_(
                and_(
                    _KEPT,
                    _CONVERSATIONS.c.suggested_user.in_(lists.parameters("user", users)),
                ),
                and_(~_KEPT, in_skills),
                and_(_CONVERSATIONS.c.suggested_user.is_(None), in_skills),
            ),
            _WITHOUT_RING,
        )
        .order_by(_CONVERSATIONS.c.queued_at, _CONVERSATIONS.c.id)
        .limit(bindparam("most"))
    )


_REFUSED: Final = prepared.Statement(
    select(_RINGS.c.conversation_id, _RINGS.c.user_id, _RINGS.c.ended_at).where(
        _RINGS.c.account == rows.ACCOUNT,
        _RINGS.c.ended_at > bindparam("since"),
        or_(_RINGS.c.state == "REJECTED", _RINGS.c.state == "EXPIRED"),
    )
)
_THERE: Final = prepared.Statement(
    select(
        _USERS.c.id,
        _USERS.c.type,
        _USERS.c.roles,
        _USERS.c.max_chats,
        _PRESENCE.c.availability,
        _PRESENCE.c.changed_at,
        _PRESENCE.c.offered_at,
    )
    .join(
        _PRESENCE,
        and_(_PRESENCE.c.account == _USERS.c.account, _PRESENCE.c.user_id == _USERS.c.id),
    )
    .where(
        _PRESENCE.c.account == rows.ACCOUNT,
        _USERS.c.enabled,
        _PRESENCE.c.connected,
        or_(_PRESENCE.c.availability == "ONLINE", _PRESENCE.c.availability == "OCCUPIED"),
    )
)


@functools.cache
def _skills_of(users: int) -> prepared.Statement:
    """Return the select of the skills of so many users."""
    return prepared.Statement(
        select(_ASSIGNED.c.user_id, _ASSIGNED.c.skill_id).where(
            _ASSIGNED.c.account == rows.ACCOUNT,
            _ASSIGNED.c.user_id.in_(lists.parameters("user", users)),
        )
    )


@functools.cache
def _held_by(users: int) -> prepared.Statement:
    """Return the select of how many open conversations so many users have."""
    return prepared.Statement(
        select(_CONVERSATIONS.c.assigned_user, func.count())
        .where(
            _CONVERSATIONS.c.account == rows.ACCOUNT,
            _CONVERSATIONS.c.state == rows.OPEN,
            _CONVERSATIONS.c.assigned_user.in_(lists.parameters("user", users)),
        )
        .group_by(_CONVERSATIONS.c.assigned_user)
    )


@functools.cache
def _ringing_at(users: int) -> prepared.Statement:
    """Return the select of how many rings wait at so many users."""
    return prepared.Statement(
        select(_RINGS.c.user_id, func.count())
        .where(
            _RINGS.c.account == rows.ACCOUNT,
            _RINGS.c.state == rows.WAITING,
            _RINGS.c.user_id.in_(lists.parameters("user", users)),
        )
        .group_by(_RINGS.c.user_id)
    )


_NEXT_RING: Final = prepared.Statement(
    select(func.min(_RINGS.c.expires_at)).where(
        rows.among_few(_RINGS.c.account),
        _RINGS.c.state == rows.WAITING,
        _RINGS.c.expires_at > bindparam("now"),
    )
)
_NEXT_SUGGESTION: Final = prepared.Statement(
    select(func.min(_CONVERSATIONS.c.suggested_until)).where(
        _CONVERSATIONS.c.account == rows.ACCOUNT,
        _CONVERSATIONS.c.suggested_until.is_not(None),
    )
)
_QUEUED: Final = (
    select(
        _CONVERSATIONS.c.skill_id,
        func.count().label("waiting"),
        func.min(_CONVERSATIONS.c.queued_at).label("oldest"),
    )
    .where(
        _CONVERSATIONS.c.account == rows.ACCOUNT,
        _CONVERSATIONS.c.state == rows.OPEN,
        _CONVERSATIONS.c.assigned_user.is_(None),
    )
    .group_by(_CONVERSATIONS.c.skill_id)
)


def waiting(
    connection: sqlalchemy.Connection,
    account: AccountId,
    *,
    skills: frozenset[SkillId],
    users: frozenset[UserId],
    now: datetime,
    pause: timedelta,
    limit: int,
    after: distribution.Waiting | None,
) -> list[distribution.Waiting]:
    """Return conversations that one of ``users`` could take, the longest waiting first."""
    if not users:
        return []
    in_skills, among = lists.filled("skill", sorted(skills)), lists.filled("user", sorted(users))
    given = {"account": account, "now": now, "most": limit, **in_skills, **among}
    statement = _waiting
    if after is not None:
        statement = _further
        given |= {"after_at": after.queued_at, "after_id": after.conversation_id}
    found = statement(len(in_skills), len(among)).all(connection, given)
    refused = _refused(connection, account, since=now - pause) if found else {}
    return [
        distribution.Waiting(
            conversation_id=row.id,
            consumer_id=row.consumer_id,
            skill_id=row.skill_id,
            queued_at=row.queued_at,
            suggested=row.suggested_user,
            suggested_until=row.suggested_until,
            refused=tuple(each for each in refused.get(row.id, ()) if each[1] >= row.queued_at),
        )
        for row in found
    ]


def _refused(
    connection: sqlalchemy.Connection, account: AccountId, *, since: datetime
) -> dict[str, list[tuple[UserId, datetime]]]:
    found: dict[str, list[tuple[UserId, datetime]]] = {}
    for row in _REFUSED.all(connection, {"account": account, "since": since}):
        found.setdefault(row.conversation_id, []).append((row.user_id, row.ended_at))
    return found


def agents(connection: sqlalchemy.Connection, account: AccountId) -> list[distribution.Agent]:
    """Return the connected agents who are ONLINE or OCCUPIED, with their loads."""
    found = _THERE.all(connection, {"account": account})
    there = [row for row in found if not access.RUNG.isdisjoint(row.roles)]
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
    found: dict[UserId, list[SkillId]] = {}
    if users:
        among = lists.filled("user", users)
        for row in _skills_of(len(among)).all(connection, {"account": account, **among}):
            found.setdefault(row.user_id, []).append(row.skill_id)
    return found


def loads(
    connection: sqlalchemy.Connection, account: AccountId, *, users: Iterable[UserId]
) -> dict[UserId, int]:
    """Return per user: open conversations assigned plus rings waiting."""
    wanted = list(users)
    found: dict[UserId, int] = {}
    if wanted:
        among = lists.filled("user", wanted)
        given = {"account": account, **among}
        for statement in (_held_by, _ringing_at):
            for user, count in statement(len(among)).all(connection, given):
                found[user] = found.get(user, 0) + count
    return found


def held(
    connection: sqlalchemy.Connection, account: AccountId, *, users: Sequence[UserId]
) -> dict[UserId, int]:
    """Return per user: open conversations assigned."""
    among = lists.filled("user", users)
    found = _held_by(len(among)).all(connection, {"account": account, **among})
    return {row[0]: row[1] for row in found}


def next_deadline(
    connection: sqlalchemy.Connection, account: AccountId, *, now: datetime
) -> datetime | None:
    """Return when the next ring or suggestion runs out: of rings, the next after ``now``.

    A suggestion that has run out counts until it is ended.
    """
    given = {"account": account, "now": now}
    times = [each.scalar(connection, given) for each in (_NEXT_RING, _NEXT_SUGGESTION)]
    return min((each for each in times if each is not None), default=None)


def queues(connection: sqlalchemy.Connection, account: AccountId) -> list[ports.QueueRow]:
    """Return every skill's queue and staffing, by name."""
    skills = tables.skills
    waits = {
        row.skill_id: (row.waiting, row.oldest)
        for row in connection.execute(_QUEUED, {"account": account})
    }
    online = [each for each in agents(connection, account) if each.availability == "ONLINE"]
    found = []
    for skill in connection.execute(
        select(skills.c.id, skills.c.name)
        .where(skills.c.account == account)
        .order_by(skills.c.name)
    ):
        staff = [agent for agent in online if skill.id in agent.skills]
        waiting_now, oldest = waits.get(skill.id, (0, None))
        capacities = [agent.capacity for agent in staff]
        unlimited = None in capacities
        found.append(
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
    return found
