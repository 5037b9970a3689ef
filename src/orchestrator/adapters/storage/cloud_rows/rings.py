"""Rings, and the queues that they come from."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, bindparam, exists, func, or_, select

from orchestrator.adapters.storage import prepared, tables
from orchestrator.adapters.storage.cloud_rows import queueing, rows
from orchestrator.core.model.conversation import Ring, RingState
from orchestrator.core.model.ids import ConversationId, RingId, SkillId, UserId
from orchestrator.core.queueing import distribution
from orchestrator.services.cloud import ports

_TABLE: Final = tables.rings
_CONVERSATIONS: Final = tables.conversations
_COLUMNS: Final = {
    **{name: _TABLE.c[name] for name in Ring.__struct_fields__ if name != "consumer_id"},
    "consumer_id": _CONVERSATIONS.c.consumer_id,
}
_ALL: Final = (
    select(*(_COLUMNS[name] for name in Ring.__struct_fields__))
    .join(
        _CONVERSATIONS,
        and_(
            _CONVERSATIONS.c.account == _TABLE.c.account,
            _CONVERSATIONS.c.id == _TABLE.c.conversation_id,
        ),
    )
    .order_by(_TABLE.c.expires_at, _TABLE.c.ring_id)
)
_OWN: Final = _ALL.where(_TABLE.c.account == rows.ACCOUNT)
_ONE: Final = prepared.Statement(_OWN.where(_TABLE.c.ring_id == bindparam("ring")))
_WAITING: Final = _OWN.where(_TABLE.c.state == rows.WAITING)
_OF_CONVERSATION: Final = prepared.Statement(
    _WAITING.where(_TABLE.c.conversation_id == bindparam("conversation"))
)
_OF_USER: Final = prepared.Statement(_WAITING.where(_TABLE.c.user_id == bindparam("user")))
_DUE: Final = prepared.Statement(
    _ALL.where(
        rows.among_few(_TABLE.c.account),
        _TABLE.c.state == rows.WAITING,
        # A ring from the future was made before the clock was set back, and would ring for hours.
        or_(_TABLE.c.expires_at <= bindparam("now"), _TABLE.c.created_at > bindparam("future")),
    ).limit(bindparam("most"))
)
_END: Final = prepared.Statement(
    _TABLE.update().where(
        _TABLE.c.account == rows.MINE,
        _TABLE.c.ring_id == bindparam("ring"),
        _TABLE.c.state == rows.WAITING,
    )
)
_OFFERED: Final = prepared.Statement(
    tables.presence.update().where(
        tables.presence.c.account == rows.MINE, tables.presence.c.user_id == bindparam("user")
    )
)
_USERS: Final = tables.users
_ROW: Final = {
    name: bindparam(name, type_=_TABLE.c[name].type)
    for name in (
        *("account", "ring_id", "conversation_id", "skill_id"),
        *("user_id", "state", "created_at", "expires_at"),
    )
}
_HELD: Final = (
    select(func.count())
    .select_from(_CONVERSATIONS)
    .where(
        _CONVERSATIONS.c.account == rows.ACCOUNT,
        _CONVERSATIONS.c.state == rows.OPEN,
        _CONVERSATIONS.c.assigned_user == _ROW["user_id"],
    )
    .scalar_subquery()
)
_RINGING: Final = (
    select(func.count())
    .select_from(_TABLE)
    .where(
        _TABLE.c.account == rows.ACCOUNT,
        _TABLE.c.user_id == _ROW["user_id"],
        _TABLE.c.state == rows.WAITING,
    )
    .scalar_subquery()
)
_PUT: Final = prepared.Statement(
    _TABLE.insert()
    .from_select(
        list(_ROW),
        select(*_ROW.values()).where(
            exists().where(
                _CONVERSATIONS.c.account == rows.ACCOUNT,
                _CONVERSATIONS.c.id == _ROW["conversation_id"],
                _CONVERSATIONS.c.state == rows.OPEN,
                _CONVERSATIONS.c.assigned_user.is_(None),
            ),
            ~exists().where(
                _TABLE.c.account == rows.ACCOUNT,
                _TABLE.c.conversation_id == _ROW["conversation_id"],
                _TABLE.c.state == rows.WAITING,
            ),
            exists().where(
                _USERS.c.account == rows.ACCOUNT,
                _USERS.c.id == _ROW["user_id"],
                or_(_USERS.c.max_chats.is_(None), _USERS.c.max_chats > _HELD + _RINGING),
            ),
        ),
    )
    .execution_options(preserve_rowcount=True)
)
"""A ring is made only where it is right at that moment, whatever its maker has read before."""


FUTURE: Final = timedelta(minutes=1)
"""Two processes on one database may differ so much about the time."""


class Rings(rows.Rows):
    """Rings and queues."""

    def ring(self, ring_id: RingId) -> Ring | None:
        """Return the ring, or None."""
        found = self._rings(_ONE, ring=ring_id)
        return found[0] if found else None

    def rings_of_conversation(self, conversation_id: ConversationId) -> Sequence[Ring]:
        """Return the conversation's rings that wait for an answer."""
        return self._rings(_OF_CONVERSATION, conversation=conversation_id)

    def rings_of_user(self, user_id: UserId) -> Sequence[Ring]:
        """Return the user's rings that wait for an answer."""
        return self._rings(_OF_USER, user=user_id)

    def rings_due(self, now: datetime, *, limit: int) -> Sequence[Ring]:
        """Return waiting rings whose time is up."""
        return self._rings(_DUE, now=now, future=now + FUTURE, most=limit)

    def _rings(self, statement: prepared.Statement, **given: Any) -> list[Ring]:
        found = statement.all(self._connection, {"account": self._account, **given})
        return [Ring(*row) for row in found]

    def put_ring(self, ring: Ring) -> bool:
        """Store a new ring, and that its agent was just offered one; False when it may not be."""
        done = _PUT.run(
            self._connection,
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
        if done != 1:
            return False
        _OFFERED.run(
            self._connection,
            {"key_account": self._account, "user": ring.user_id, "offered_at": ring.created_at},
        )
        return True

    def end_ring(self, ring_id: RingId, state: RingState, at: datetime) -> bool:
        """Set the state of a ring that waits; False when it does not wait any more."""
        given = {"key_account": self._account, "ring": ring_id, "state": state, "ended_at": at}
        return _END.run(self._connection, given) == 1

    def waiting(
        self,
        *,
        skills: frozenset[SkillId],
        users: frozenset[UserId],
        now: datetime,
        limit: int,
        after: distribution.Waiting | None = None,
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
            after=after,
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
