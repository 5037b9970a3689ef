"""Conversations and their messages."""

import functools
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
import sqlalchemy
from sqlalchemy import and_, bindparam, exists, false, func, or_, select

from orchestrator.adapters.storage import prepared, tables
from orchestrator.adapters.storage.cloud_rows import rows
from orchestrator.core.model import times
from orchestrator.core.model.conversation import Conversation, Message
from orchestrator.core.model.ids import ConsumerId, ConversationId, DialogId
from orchestrator.services.cloud import ports

_conversation = msgspec.json.Decoder(Conversation)
_message = msgspec.json.Decoder(Message)

MOST_BYTES: Final = 4 << 20
"""Conversations or messages that are read at once: a client that comes back is told its past in
pieces that fit the queue of its socket, and one with a large past costs no more than others."""

_AT_A_TIME: Final = 100
"""Rows that a database hands over before their size is looked at."""

_TABLE: Final = tables.conversations
_MESSAGES: Final = tables.messages
_OWN: Final = select(_TABLE.c.body).where(_TABLE.c.account == rows.ACCOUNT)
_OPEN: Final = select(_TABLE.c.body).where(
    rows.among_few(_TABLE.c.account), _TABLE.c.state == rows.OPEN
)
_ONE: Final = prepared.Statement(_OWN.where(_TABLE.c.id == bindparam("id")))
_OWNER: Final = prepared.Statement(
    select(tables.dialogs.c.conversation_id).where(
        tables.dialogs.c.account == rows.ACCOUNT, tables.dialogs.c.dialog_id == bindparam("dialog")
    )
)
_SURVEYED: Final = (
    select(_TABLE.c.body)
    .where(
        rows.among_few(_TABLE.c.account),
        _TABLE.c.state == rows.CLOSED,
        _TABLE.c.stage == rows.OPEN,
        _TABLE.c.ended_at < bindparam("before"),
    )
    .order_by(_TABLE.c.ended_at)
    .limit(bindparam("most"))
)
_LAPSED: Final = (
    select(_TABLE.c.body)
    .where(
        _TABLE.c.account == rows.ACCOUNT,
        _TABLE.c.suggested_until.is_not(None),
        _TABLE.c.suggested_until <= bindparam("now"),
    )
    .order_by(_TABLE.c.suggested_until)
    .limit(bindparam("most"))
)
_ANY: Final = prepared.Statement(
    select(
        exists().where(
            _TABLE.c.account == rows.ACCOUNT, _TABLE.c.consumer_id == bindparam("consumer")
        )
    )
)
_LAST: Final = prepared.Statement(
    select(func.max(_MESSAGES.c.sequence)).where(
        _MESSAGES.c.account == rows.ACCOUNT, _MESSAGES.c.dialog_id == bindparam("dialog")
    )
)
_NEWER: Final = prepared.Statement(
    select(_MESSAGES.c.body)
    .where(
        _MESSAGES.c.account == rows.ACCOUNT,
        _MESSAGES.c.dialog_id == bindparam("dialog"),
        _MESSAGES.c.sequence > bindparam("after"),
    )
    .order_by(_MESSAGES.c.sequence)
    .limit(bindparam("most"))
)


class Conversations(rows.Rows):
    """Snapshots and stored events."""

    def conversation(self, conversation_id: ConversationId) -> Conversation | None:
        """Return the snapshot, or None."""
        given = {"account": self._account, "id": conversation_id}
        body = _ONE.scalar(self._connection, given)
        return None if body is None else _conversation.decode(body)

    def conversation_of_dialog(self, dialog_id: DialogId) -> Conversation | None:
        """Return the conversation that holds the dialog: the main one shares its id."""
        found = self.conversation(dialog_id)
        if found is not None:
            return found
        given = {"account": self._account, "dialog": dialog_id}
        owner = _OWNER.scalar(self._connection, given)
        return None if owner is None else self.conversation(owner)

    def conversations(
        self, wanted: ports.ConversationFilter, *, limit: int, after: ports.Place | None = None
    ) -> ports.Matches:
        """Return matches, oldest start first; only such as come behind ``after``."""
        if wanted.agents is not None and not wanted.agents:
            return ports.Matches([], None)
        if wanted.consumer is not None and wanted.agents is None:
            return self._own(wanted, limit=limit, after=after)
        is_about_open = wanted.states == ("OPEN",) and wanted.consumer is None
        statement = (_OPEN if is_about_open else _OWN).where(*_conditions(wanted))
        if after is not None:
            statement = statement.where(_behind(after))
        ordered = statement.order_by(_TABLE.c.started_at, _TABLE.c.id).limit(limit)
        streamed = ordered.execution_options(yield_per=_AT_A_TIME)
        with self._connection.scalars(streamed, {"account": self._account}) as bodies:
            return _page(bodies, limit=limit)

    def _own(
        self, wanted: ports.ConversationFilter, *, limit: int, after: ports.Place | None
    ) -> ports.Matches:
        """Return matches of one consumer: what every consumer's socket asks as it opens."""
        most = min(limit, _AT_A_TIME)
        given: dict[str, Any] = {
            "account": self._account,
            "consumer": wanted.consumer,
            "since": wanted.changed_since or times.EPOCH,
            "most": most,
            "after_at": times.EPOCH if after is None else after.started_at,
            "after_id": "" if after is None else after.conversation_id,
        }
        states, stages = _distinct(wanted.states), _distinct(wanted.stages)
        given |= {f"state_{n}": state for n, state in enumerate(states or ())}
        given |= {f"stage_{n}": stage for n, stage in enumerate(stages or ())}
        statement = _of_consumer(
            None if states is None else len(states), None if stages is None else len(stages)
        )
        return _page(statement.scalars(self._connection, given), limit=most)

    def past(
        self,
        wanted: ports.PastFilter,
        *,
        limit: int,
        offset: int,
        order: Literal["asc", "desc"],
    ) -> tuple[Sequence[Conversation], int]:
        """Return one page of matches by start, and how many there are in all."""
        conditions = (_TABLE.c.account == self._account, *_past(wanted))
        start = _TABLE.c.started_at if order == "asc" else _TABLE.c.started_at.desc()
        page = select(_TABLE.c.body).where(*conditions).order_by(start, _TABLE.c.id)
        counted = select(func.count()).select_from(_TABLE).where(*conditions)
        found = self._decoded(page.limit(limit).offset(offset))
        return found, self._connection.scalar(counted) or 0

    def surveys_since(self, before: datetime, *, limit: int) -> Sequence[Conversation]:
        """Return ended conversations whose survey is still open."""
        return self._decoded(_SURVEYED, before=before, most=limit)

    def lapsed(self, now: datetime, *, limit: int) -> Sequence[Conversation]:
        """Return conversations whose time for the suggested agent is up."""
        return self._decoded(_LAPSED, now=now, most=limit)

    def newest(
        self, *, limit: int, before: datetime | None = None, consumer: ConsumerId | None = None
    ) -> Sequence[Conversation]:
        """Return conversations by start, the newest first; all, or one consumer's."""
        statement = _OWN.order_by(_TABLE.c.started_at.desc(), _TABLE.c.id).limit(limit)
        if before is not None:
            statement = statement.where(_TABLE.c.started_at < before)
        if consumer is not None:
            statement = statement.where(_TABLE.c.consumer_id == consumer)
        return self._decoded(statement)

    def _decoded(self, statement: sqlalchemy.Select[Any], **given: Any) -> list[Conversation]:
        bodies = self._connection.scalars(statement, {"account": self._account, **given})
        return [_conversation.decode(body) for body in bodies]

    def save(self, conversation: Conversation) -> None:
        """Insert or replace the snapshot."""
        assigned, suggested = conversation.assigned, conversation.suggested
        is_open = conversation.state == "OPEN"
        self._put(
            _TABLE,
            {"account": self._account, "id": conversation.conversation_id},
            {
                "consumer_id": conversation.consumer_id,
                "skill_id": conversation.skill_id,
                "entry_skill_id": conversation.entry_skill_id,
                "state": conversation.state,
                "stage": conversation.stage,
                "people": _people(conversation),
                "assigned_user": assigned.user_id if assigned and is_open else None,
                "suggested_user": suggested.user_id if suggested and is_open else None,
                "suggested_until": conversation.suggested_until if is_open else None,
                "queued_at": conversation.queued_at,
                "started_at": conversation.started_at,
                "changed_at": conversation.changed_at,
                "ended_at": conversation.ended_at,
                "campaign_id": conversation.campaign_id,
                "engagement_id": conversation.engagement_id,
                "body": msgspec.json.encode(conversation),
            },
        )
        for dialog in conversation.dialogs:
            if dialog.dialog_id != conversation.conversation_id:
                self._put(
                    tables.dialogs,
                    {"account": self._account, "dialog_id": dialog.dialog_id},
                    {"conversation_id": conversation.conversation_id},
                )

    def has_conversations(self, consumer_id: ConsumerId) -> bool:
        """Whether the consumer ever had one."""
        given = {"account": self._account, "consumer": consumer_id}
        return bool(_ANY.scalar(self._connection, given))

    def next_sequence(self, dialog_id: DialogId) -> int:
        """Return the next free sequence of the dialog."""
        given = {"account": self._account, "dialog": dialog_id}
        return (_LAST.scalar(self._connection, given) or 0) + 1

    def append(self, message: Message) -> None:
        """Store an event."""
        self._add(
            _MESSAGES,
            {
                "account": self._account,
                "dialog_id": message.dialog_id,
                "sequence": message.sequence,
                "conversation_id": message.conversation_id,
                "originator": message.originator,
                "role": message.role,
                "at": message.at,
                "body": msgspec.json.encode(message),
            },
        )

    def messages(self, dialog_id: DialogId, *, after: int, limit: int) -> Sequence[Message]:
        """Return stored events with a sequence above ``after``, in order."""
        found: list[Message] = []
        size = 0
        most = min(_AT_A_TIME, limit)
        while len(found) < limit:
            given = {"account": self._account, "dialog": dialog_id, "after": after, "most": most}
            bodies = _NEWER.scalars(self._connection, given)
            for body in bodies:
                found.append(_message.decode(body))
                size += len(body)
                if len(found) == limit or size >= MOST_BYTES:
                    return found
            if len(bodies) < most:
                break
            after = found[-1].sequence
        return found


@functools.cache
def _of_consumer(states: int | None, stages: int | None) -> prepared.Statement:
    """Return the select of a consumer's conversations in one of so many states and stages."""
    conditions = [_TABLE.c.consumer_id == bindparam("consumer")]
    for column, name, count in (
        (_TABLE.c.state, "state", states),
        (_TABLE.c.stage, "stage", stages),
    ):
        if count is not None:
            either = [column == bindparam(f"{name}_{n}") for n in range(count)]
            conditions.append(or_(false(), *either))
    started, after_at = _TABLE.c.started_at, bindparam("after_at", type_=_TABLE.c.started_at.type)
    same = and_(started == after_at, _TABLE.c.id > bindparam("after_id"))
    return prepared.Statement(
        _OWN.where(
            *conditions, _TABLE.c.changed_at >= bindparam("since"), or_(started > after_at, same)
        )
        .order_by(started, _TABLE.c.id)
        .limit(bindparam("most"))
    )


def _distinct(words: Collection[str] | None) -> list[str] | None:
    return None if words is None else sorted(set(words))


def _page(bodies: Iterable[bytes], *, limit: int) -> ports.Matches:
    """Return as many as make a page; there may be more behind a full one."""
    found: list[Conversation] = []
    size = 0
    for body in bodies:
        found.append(_conversation.decode(body))
        size += len(body)
        if len(found) == limit or size >= MOST_BYTES:
            last = found[-1]
            return ports.Matches(found, ports.Place(last.started_at, last.conversation_id))
    return ports.Matches(found, None)


def _conditions(wanted: ports.ConversationFilter) -> list[sqlalchemy.ColumnElement[bool]]:
    found: list[sqlalchemy.ColumnElement[bool]] = []
    if wanted.states is not None:
        found.append(_TABLE.c.state.in_(wanted.states))
    if wanted.stages is not None:
        found.append(_TABLE.c.stage.in_(wanted.stages))
    if wanted.consumer is not None:
        found.append(_TABLE.c.consumer_id == wanted.consumer)
    if wanted.changed_since is not None:
        found.append(_TABLE.c.changed_at >= wanted.changed_since)
    if wanted.agents is not None:
        people = _TABLE.c.people
        found.append(
            or_(*(people.contains(f" {agent} ", autoescape=True) for agent in wanted.agents))
        )
    return found


def _behind(place: ports.Place) -> sqlalchemy.ColumnElement[bool]:
    started = _TABLE.c.started_at
    same = and_(started == place.started_at, _TABLE.c.id > place.conversation_id)
    return or_(started > place.started_at, same)


def _past(wanted: ports.PastFilter) -> list[sqlalchemy.ColumnElement[bool]]:
    found = [_TABLE.c.started_at >= wanted.since, _TABLE.c.started_at <= wanted.until]
    if wanted.states is not None:
        found.append(_TABLE.c.state.in_(wanted.states))
    if wanted.skills is not None:
        found.append(_TABLE.c.skill_id.in_(wanted.skills))
    if wanted.agents is not None:
        held = tables.assignments
        found.append(
            exists().where(
                held.c.account == _TABLE.c.account,
                held.c.conversation_id == _TABLE.c.id,
                held.c.user_id.in_(wanted.agents),
            )
        )
    return found


def _people(conversation: Conversation) -> str:
    """Return the staff who take part, each between blanks, for subscriptions to look for."""
    staff = [each.user_id for each in conversation.participants if each.role != "CONSUMER"]
    return f" {' '.join(staff)} "
