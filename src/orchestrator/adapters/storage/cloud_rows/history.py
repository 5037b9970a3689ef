"""Who had a conversation, and where it went."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select

from orchestrator.adapters.storage import tables
from orchestrator.adapters.storage.cloud_rows.rows import Rows
from orchestrator.core.model.ids import (
    ConsumerId,
    ConversationId,
)
from orchestrator.services.cloud import ports


class History(Rows):
    """Assignments and transfers."""

    def begin_assignment(self, assignment: ports.Assignment, consumer_id: ConsumerId) -> None:
        """Write that an agent has a conversation from now on."""
        self._put(
            tables.assignments,
            {
                "account": self._account,
                "conversation_id": assignment.conversation_id,
                "from_at": assignment.from_at,
                "user_id": assignment.user_id,
            },
            {
                "consumer_id": consumer_id,
                "skill_id": assignment.skill_id,
                "to_at": assignment.to_at,
            },
        )

    def end_assignment(self, conversation_id: ConversationId, at: datetime) -> None:
        """Write that nobody has the conversation any more."""
        table = tables.assignments
        self._connection.execute(
            table.update()
            .where(
                table.c.account == self._account,
                table.c.conversation_id == conversation_id,
                table.c.to_at.is_(None),
            )
            .values(to_at=at)
        )

    def assignments(self, conversation_id: ConversationId) -> Sequence[ports.Assignment]:
        """Return who had the conversation, the earliest first."""
        table = tables.assignments
        statement = (
            select(
                table.c.conversation_id,
                table.c.user_id,
                table.c.skill_id,
                table.c.from_at,
                table.c.to_at,
            )
            .where(table.c.account == self._account, table.c.conversation_id == conversation_id)
            .order_by(table.c.from_at)
        )
        return [ports.Assignment(*row) for row in self._connection.execute(statement)]

    def add_transfer(self, conversation_id: ConversationId, transfer: ports.Transfer) -> None:
        """Write that the conversation changed place."""
        self._connection.execute(
            tables.transfers.insert(),
            {
                "account": self._account,
                "conversation_id": conversation_id,
                **msgspec.structs.asdict(transfer),
            },
        )

    def transfers(self, conversation_id: ConversationId) -> Sequence[ports.Transfer]:
        """Return the conversation's changes of place, the earliest first."""
        table = tables.transfers
        statement = (
            select(*(table.c[name] for name in ports.Transfer.__struct_fields__))
            .where(table.c.account == self._account, table.c.conversation_id == conversation_id)
            .order_by(table.c.at, table.c.id)
        )
        return [ports.Transfer(*row) for row in self._connection.execute(statement)]
