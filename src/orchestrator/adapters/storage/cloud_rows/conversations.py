"""Conversations and their messages."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import exists, func, or_, select

from orchestrator.adapters.storage import tables
from orchestrator.adapters.storage.cloud_rows.rows import Rows
from orchestrator.core.model.conversation import (
    Conversation,
    Message,
)
from orchestrator.core.model.ids import (
    ConsumerId,
    ConversationId,
    DialogId,
)
from orchestrator.services.cloud import ports

_conversation = msgspec.json.Decoder(Conversation)
_message = msgspec.json.Decoder(Message)


class Conversations(Rows):
    """Snapshots and stored events."""

    def conversation(self, conversation_id: ConversationId) -> Conversation | None:
        """Return the snapshot, or None."""
        table = tables.conversations
        body = self._connection.scalar(
            select(table.c.body).where(
                table.c.account == self._account, table.c.id == conversation_id
            )
        )
        return None if body is None else _conversation.decode(body)

    def conversation_of_dialog(self, dialog_id: DialogId) -> Conversation | None:
        """Return the conversation that holds the dialog: the main one shares its id."""
        found = self.conversation(dialog_id)
        if found is not None:
            return found
        table = tables.messages
        owner = self._connection.scalar(
            select(table.c.conversation_id)
            .where(table.c.account == self._account, table.c.dialog_id == dialog_id)
            .limit(1)
        )
        return None if owner is None else self.conversation(owner)

    def conversations(
        self, wanted: ports.ConversationFilter, *, limit: int
    ) -> Sequence[Conversation]:
        """Return matches, oldest start first."""
        table = tables.conversations
        statement = select(table.c.body).where(table.c.account == self._account)
        if wanted.states is not None:
            statement = statement.where(table.c.state.in_(wanted.states))
        if wanted.stages is not None:
            statement = statement.where(table.c.stage.in_(wanted.stages))
        if wanted.consumer is not None:
            statement = statement.where(table.c.consumer_id == wanted.consumer)
        if wanted.changed_since is not None:
            statement = statement.where(table.c.changed_at >= wanted.changed_since)
        if wanted.agents is not None:
            statement = statement.where(
                or_(
                    *(
                        table.c.people.contains(f" {agent} ", autoescape=True)
                        for agent in wanted.agents
                    )
                )
            )
        statement = statement.order_by(table.c.started_at, table.c.id).limit(limit)
        return [_conversation.decode(body) for body in self._connection.scalars(statement)]

    def newest(self, *, limit: int, before: datetime | None) -> Sequence[Conversation]:
        """Return conversations by start, the newest first."""
        table = tables.conversations
        statement = select(table.c.body).where(table.c.account == self._account)
        if before is not None:
            statement = statement.where(table.c.started_at < before)
        statement = statement.order_by(table.c.started_at.desc(), table.c.id).limit(limit)
        return [_conversation.decode(body) for body in self._connection.scalars(statement)]

    def save(self, conversation: Conversation) -> None:
        """Insert or replace the snapshot."""
        assigned, suggested = conversation.assigned, conversation.suggested
        is_open = conversation.state == "OPEN"
        self._put(
            tables.conversations,
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

    def has_conversations(self, consumer_id: ConsumerId) -> bool:
        """Whether the consumer ever had one."""
        table = tables.conversations
        statement = select(
            exists().where(table.c.account == self._account, table.c.consumer_id == consumer_id)
        )
        return bool(self._connection.scalar(statement))

    def next_sequence(self, dialog_id: DialogId) -> int:
        """Return the next free sequence of the dialog."""
        table = tables.messages
        last = self._connection.scalar(
            select(func.max(table.c.sequence)).where(
                table.c.account == self._account, table.c.dialog_id == dialog_id
            )
        )
        return (last or 0) + 1

    def append(self, message: Message) -> None:
        """Store an event."""
        self._connection.execute(
            tables.messages.insert(),
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
        table = tables.messages
        statement = (
            select(table.c.body)
            .where(
                table.c.account == self._account,
                table.c.dialog_id == dialog_id,
                table.c.sequence > after,
            )
            .order_by(table.c.sequence)
            .limit(limit)
        )
        return [_message.decode(body) for body in self._connection.scalars(statement)]


def _people(conversation: Conversation) -> str:
    """Return the staff who take part, each between blanks, for subscriptions to look for."""
    staff = [each.user_id for each in conversation.participants if each.role != "CONSUMER"]
    return f" {' '.join(staff)} "
