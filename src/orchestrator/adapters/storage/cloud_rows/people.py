"""Staff, consumers, skills and presence, as the cloud sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, or_, select

from orchestrator.adapters.storage import prepared, tables
from orchestrator.adapters.storage.cloud_rows import queueing, rows
from orchestrator.core.model.conversation import (
    Presence,
)
from orchestrator.core.model.directory import SkillRules
from orchestrator.core.model.ids import (
    ConsumerId,
    SkillId,
    UserId,
    user_of,
)
from orchestrator.services.cloud import ports

_SUPERVISORS = frozenset({"Agent Manager", "Administrator"})

_ID: Final = bindparam("id")
_USER: Final = prepared.Statement(
    select(tables.users).where(
        tables.users.c.account == rows.ACCOUNT,
        or_(tables.users.c.id == _ID, tables.users.c.pid == bindparam("pid")),
    )
)
_SKILLS: Final = prepared.Statement(
    select(tables.skill_assignments.c.skill_id).where(
        tables.skill_assignments.c.account == rows.ACCOUNT,
        tables.skill_assignments.c.user_id == _ID,
    )
)
_SKILL: Final = prepared.Statement(
    select(tables.skills.c.name).where(
        tables.skills.c.account == rows.ACCOUNT, tables.skills.c.id == _ID
    )
)
_RULES: Final = prepared.Statement(
    select(*(tables.skills.c[name] for name in SkillRules.__struct_fields__)).where(
        tables.skills.c.account == rows.ACCOUNT, tables.skills.c.id == _ID
    )
)
_ENGAGED: Final = prepared.Statement(
    select(tables.engagements.c.skill_id).where(
        tables.engagements.c.account == rows.ACCOUNT, tables.engagements.c.id == _ID
    )
)
_PRESENT: Final = prepared.Statement(
    select(tables.presence.c.availability, tables.presence.c.connected).where(
        tables.presence.c.account == rows.ACCOUNT, tables.presence.c.user_id == _ID
    )
)
_KNOWN: Final = (
    select(tables.presence.c.user_id)
    .where(tables.presence.c.account == rows.ACCOUNT)
    .order_by(tables.presence.c.user_id)
)
_PROFILE: Final = prepared.Statement(
    select(tables.consumers.c.profile).where(
        tables.consumers.c.account == rows.ACCOUNT, tables.consumers.c.id == _ID
    )
)
_PUT: Final = prepared.Statement(
    tables.consumers.update().where(
        tables.consumers.c.account == rows.MINE, tables.consumers.c.id == bindparam("key_id")
    )
)


class People(rows.Rows):
    """Who is who, and who is there."""

    def staff(self, reference: str) -> ports.Staff | None:
        """Find a user by user id, ``account.user`` or PID."""
        user_id = user_of(reference, self._account)
        given = {"account": self._account, "id": user_id, "pid": reference}
        row = _USER.first(self._connection, given)
        if row is None:
            return None
        skills = _SKILLS.scalars(self._connection, {"account": self._account, "id": row.id})
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
        return _SKILL.scalar(self._connection, {"account": self._account, "id": skill_id})

    def skill_rules(self, skill_id: SkillId) -> SkillRules | None:
        """Return what the skill says of its conversations."""
        row = _RULES.first(self._connection, {"account": self._account, "id": skill_id})
        return None if row is None else SkillRules(*row)

    def engagement_skill(self, engagement_id: str) -> SkillId | None:
        """Return the skill of the engagement's routing."""
        return _ENGAGED.scalar(self._connection, {"account": self._account, "id": engagement_id})

    def presence(self, user_id: UserId) -> Presence:
        """Return the user's presence, OFFLINE when nothing is known."""
        given = {"account": self._account, "id": user_id}
        row = _PRESENT.first(self._connection, given)
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

    def load(self, user_id: UserId) -> int:
        """Return open conversations assigned to the user plus rings waiting for them."""
        loads = queueing.loads(self._connection, self._account, users=[user_id])
        return loads.get(user_id, 0)

    def known_staff(self) -> Sequence[UserId]:
        """Return everybody whose presence is known."""
        return list(self._connection.scalars(_KNOWN, {"account": self._account}))

    def held(self, user_id: UserId) -> int:
        """Return open conversations assigned to the user."""
        return queueing.held(self._connection, self._account, users=[user_id]).get(user_id, 0)

    def profile(self, consumer_id: ConsumerId) -> dict[str, Any] | None:
        """Return what is known of the consumer."""
        body = _PROFILE.scalar(self._connection, {"account": self._account, "id": consumer_id})
        return None if body is None else msgspec.json.decode(body, type=dict[str, Any])

    def put_profile(self, consumer_id: ConsumerId, profile: dict[str, Any]) -> None:
        """Replace what is known of the consumer."""
        body = msgspec.json.encode(profile)
        given = {"key_account": self._account, "key_id": consumer_id, "profile": body}
        _PUT.run(self._connection, given)

    def add_consumer(self, consumer_id: ConsumerId, kind: str, at: datetime) -> None:
        """Note a consumer who got a token; what is known of one who had one before stays."""
        if self.profile(consumer_id) is None:
            row = {"id": consumer_id, "kind": kind, "created_at": at, "profile": b"{}"}
            self._add(tables.consumers, {"account": self._account, **row})
        else:
            given = {"key_account": self._account, "key_id": consumer_id, "created_at": at}
            _PUT.run(self._connection, given)
