"""Who had a conversation, and where it went."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import bindparam, select

from orchestrator.adapters.storage import prepared, tables
from orchestrator.adapters.storage.cloud_rows import rows
from orchestrator.core.model.floor import Transfer
from orchestrator.core.model.ids import (
    ConsumerId,
    ConversationId,
)
from orchestrator.services.cloud import ports

_OWNED: Final = tables.assignments
_MOVED: Final = tables.transfers
_OF: Final = bindparam("conversation")
_END: Final = prepared.Statement(
    _OWNED.update().where(
        _OWNED.c.account == rows.MINE, _OWNED.c.conversation_id == _OF, _OWNED.c.to_at.is_(None)
    )
)
_ASSIGNED: Final = prepared.Statement(
    select(*(_OWNED.c[name] for name in ports.Assignment.__struct_fields__))
    .where(_OWNED.c.account == rows.ACCOUNT, _OWNED.c.conversation_id == _OF)
    .order_by(_OWNED.c.from_at)
)
_TRANSFERS: Final = prepared.Statement(
    select(*(_MOVED.c[name] for name in Transfer.__struct_fields__))
    .where(_MOVED.c.account == rows.ACCOUNT, _MOVED.c.conversation_id == _OF)
    .order_by(_MOVED.c.at, _MOVED.c.id)
)


class History(rows.Rows):
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
        given = {"key_account": self._account, "conversation": conversation_id, "to_at": at}
        _END.run(self._connection, given)

    def assignments(self, conversation_id: ConversationId) -> Sequence[ports.Assignment]:
        """Return who had the conversation, the earliest first."""
        given = {"account": self._account, "conversation": conversation_id}
        return [ports.Assignment(*row) for row in _ASSIGNED.all(self._connection, given)]

    def add_transfer(self, conversation_id: ConversationId, transfer: Transfer) -> None:
        """Write that the conversation changed place."""
        self._add(
            tables.transfers,
            {
                "account": self._account,
                "conversation_id": conversation_id,
                **msgspec.structs.asdict(transfer),
            },
        )

    def transfers(self, conversation_id: ConversationId) -> Sequence[Transfer]:
        """Return the conversation's changes of place, the earliest first."""
        given = {"account": self._account, "conversation": conversation_id}
        return [Transfer(*row) for row in _TRANSFERS.all(self._connection, given)]
