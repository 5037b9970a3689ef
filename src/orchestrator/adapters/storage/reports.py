"""What people ask of conversations, queues and decisions, as reads of the rows."""

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import func, select, union_all

from orchestrator.adapters.storage import looking, sheets, tables, unit
from orchestrator.core.model import wanted as wants
from orchestrator.core.model.conversation import Conversation, Message, Presence
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.model.step import Outcome
from orchestrator.services.admin import ports
from orchestrator.services.directory import ports as directory

_CONVERSATION: Final = msgspec.json.Decoder(Conversation)
_MESSAGE: Final = msgspec.json.Decoder(Message)
_RECEIPT: Final = msgspec.json.Decoder(Receipt)
_OUTCOME: Final = msgspec.json.Decoder(Outcome)


class Reports:
    """The reading half of `ports.Reading` that concerns traffic, on a connection."""

    def __init__(
        self, connection: sqlalchemy.Connection, *, finding: Callable[..., list[Any]] | None = None
    ) -> None:
        self.connection = connection
        self._find = finding or functools.partial(unit.find, connection)

    def find(self, kind: type[ports.R], **equal: Any) -> list[ports.R]:
        """Return the directory's records of ``kind`` whose named fields have these values."""
        return self._find(kind, **equal)

    def sheet(
        self, kind: type[directory.L], account: str, *, search: str, skip: int, limit: int
    ) -> directory.Sheet[directory.L]:
        """Return one page of the directory's records, as its own port says."""
        return sheets.sheet(self.connection, kind, account, search=search, skip=skip, limit=limit)

    def conversations(
        self,
        account: str,
        *,
        limit: int,
        after: ports.Place | None = None,
        wanted: wants.ConversationsWanted = wants.ANY_CONVERSATION,
    ) -> list[Conversation]:
        """Return conversations, the newest start first; those behind ``after``."""
        table = tables.conversations
        at = looking.started_at(wanted)
        newest = (at.desc(), table.c.id)
        statement = select(table.c.body).order_by(*newest)
        statement = statement.where(
            *looking.conversations(account, wanted),
            *looking.behind(at, table.c.id, after),
        )
        return [_CONVERSATION.decode(body) for body in self._scalars(statement.limit(limit))]

    def conversation(self, account: str, conversation_id: str) -> Conversation | None:
        """Return one conversation, or None."""
        table = tables.conversations
        statement = select(table.c.body).where(
            table.c.account == account, table.c.id == conversation_id
        )
        body = self.connection.scalar(statement)
        return None if body is None else _CONVERSATION.decode(body)

    def conversation_ids(self, account: str, *, prefix: str, limit: int) -> list[str]:
        """Return the ids of conversations that begin with ``prefix``, in order."""
        table = tables.conversations
        statement = select(table.c.id).where(
            table.c.account == account, table.c.id.startswith(prefix, autoescape=True)
        )
        found = self._scalars(statement.order_by(table.c.id))
        exact = (each for each in found if each.startswith(prefix))  # LIKE ignores case
        return list(itertools.islice(exact, limit))

    def messages(self, account: str, conversation_id: str, *, limit: int) -> list[Message]:
        """Return the stored events of a conversation's dialogs, the earliest first."""
        table = tables.messages
        statement = select(table.c.body).where(
            table.c.account == account, table.c.conversation_id == conversation_id
        )
        order = (table.c.at, table.c.dialog_id, table.c.sequence)
        rows = self._scalars(statement.order_by(*order).limit(limit))
        return [_MESSAGE.decode(body) for body in rows]

    def ringing(self, account: str) -> frozenset[str]:
        """Return the conversations that ring at somebody right now."""
        table = tables.rings
        statement = select(table.c.conversation_id).where(
            table.c.account == account, table.c.state == "WAITING"
        )
        return frozenset(self._scalars(statement))

    def last_agents(self, account: str, conversations: Sequence[str]) -> Mapping[str, str]:
        """Return who had each of these conversations last."""
        table = tables.assignments
        statement = select(table.c.conversation_id, table.c.user_id).where(
            table.c.account == account, table.c.conversation_id.in_(conversations)
        )
        rows = self.connection.execute(statement.order_by(table.c.from_at))
        return {row.conversation_id: row.user_id for row in rows}

    def had_by(self, account: str, conversation_id: str) -> frozenset[str]:
        """Return everybody who was assigned the conversation, now or before."""
        table = tables.assignments
        statement = select(table.c.user_id).where(
            table.c.account == account, table.c.conversation_id == conversation_id
        )
        return frozenset(self._scalars(statement))

    def served(
        self, account: str, consumer_id: str, *, before: datetime, limit: int
    ) -> list[ports.Had]:
        """Return who got one of the consumer's conversations before a moment, the newest first."""
        column = tables.assignments.c
        statement = select(column.conversation_id, column.user_id, column.from_at).where(
            column.account == account, column.consumer_id == consumer_id, column.from_at < before
        )
        newest = (column.from_at.desc(), column.conversation_id)
        rows = self.connection.execute(statement.order_by(*newest).limit(limit))
        return [ports.Had(*row) for row in rows]

    def profile(self, account: str, consumer_id: str) -> Mapping[str, Any]:
        """Return what is known of a consumer, as on the wire; empty when that is nothing."""
        table = tables.consumers
        statement = select(table.c.profile).where(
            table.c.account == account, table.c.id == consumer_id
        )
        body = self.connection.scalar(statement)
        return {} if body is None else msgspec.json.decode(body, type=dict[str, Any])

    def last_policies(self, account: str, conversations: Sequence[str]) -> Mapping[str, str | None]:
        """Return the name of the policy that decided each of these conversations last."""
        table = tables.decisions
        statement = select(table.c.conversation_id, table.c.policy_name).where(
            table.c.account == account,
            table.c.conversation_id.in_(conversations),
            table.c.asked_by.is_(None),
        )
        rows = self.connection.execute(statement.order_by(table.c.at))
        return {row.conversation_id: row.policy_name for row in rows}

    def decisions(self, account: str, conversation_id: str) -> list[ports.Decided]:
        """Return a conversation's decisions, the earliest first."""
        table = tables.decisions
        statement = select(table.c.id, table.c.receipt).where(
            table.c.account == account, table.c.conversation_id == conversation_id
        )
        rows = self.connection.execute(statement.order_by(table.c.at, table.c.id))
        outcomes = self._outcomes(account, conversation_id)
        return [
            ports.Decided(_RECEIPT.decode(row.receipt), tuple(outcomes.get(row.id, ())))
            for row in rows
        ]

    def receipts(
        self,
        account: str,
        *,
        limit: int,
        after: ports.Place | None = None,
        wanted: wants.DecisionsWanted = wants.ANY_DECISION,
    ) -> list[ports.Filed]:
        """Return what was decided, what was kept last first; what is behind ``after``."""
        table = tables.decisions
        at = looking.kept_at(wanted)
        newest = (at.desc(), table.c.id)
        columns = (table.c.receipt, table.c.at, table.c.id)
        statement = select(*columns).order_by(*newest)
        statement = statement.where(
            *looking.decisions(account, wanted), *looking.behind(at, table.c.id, after)
        )
        return [
            ports.Filed(_RECEIPT.decode(row.receipt), ports.Place(row.at, row.id))
            for row in self.connection.execute(statement.limit(limit))
        ]

    def decided(self, account: str, decision_id: str) -> ports.Decided | None:
        """Return one decision, or None."""
        table, steps = tables.decisions, tables.steps
        body = self.connection.scalar(
            select(table.c.receipt).where(table.c.account == account, table.c.id == decision_id)
        )
        if body is None:
            return None
        statement = select(steps.c.outcome).where(
            steps.c.account == account,
            steps.c.decision_id == decision_id,
            steps.c.outcome.is_not(None),
        )
        rows = self._scalars(statement.order_by(steps.c.position))
        return ports.Decided(_RECEIPT.decode(body), tuple(_OUTCOME.decode(row) for row in rows))

    def waiting(self, account: str) -> list[ports.Waiting]:
        """Return the queues that are not empty."""
        table = tables.conversations
        statement = select(table.c.skill_id, func.count(), func.min(table.c.queued_at)).where(
            table.c.account == account, table.c.state == "OPEN", table.c.assigned_user.is_(None)
        )
        rows = self.connection.execute(statement.group_by(table.c.skill_id))
        return [ports.Waiting(*row) for row in rows]

    def loads(self, account: str) -> list[ports.Load]:
        """Return who is busy."""
        open_ones, rings = tables.conversations, tables.rings
        busy = union_all(
            select(open_ones.c.assigned_user.label("user_id")).where(
                open_ones.c.account == account,
                open_ones.c.state == "OPEN",
                open_ones.c.assigned_user.is_not(None),
            ),
            select(rings.c.user_id).where(rings.c.account == account, rings.c.state == "WAITING"),
        ).subquery()
        statement = select(busy.c.user_id, func.count()).group_by(busy.c.user_id)
        return [ports.Load(*row) for row in self.connection.execute(statement)]

    def presences(self, account: str) -> Mapping[str, Presence]:
        """Return who said what of themselves last."""
        table = tables.presence
        statement = select(table.c.user_id, table.c.availability, table.c.connected)
        rows = self.connection.execute(statement.where(table.c.account == account))
        return {row.user_id: Presence(*row) for row in rows}

    def _outcomes(self, account: str, conversation_id: str) -> dict[str, list[Outcome]]:
        table = tables.steps
        statement = select(table.c.decision_id, table.c.outcome).where(
            table.c.account == account,
            table.c.conversation_id == conversation_id,
            table.c.outcome.is_not(None),
        )
        found: dict[str, list[Outcome]] = {}
        rows = self.connection.execute(statement.order_by(table.c.decision_id, table.c.position))
        for row in rows:
            found.setdefault(row.decision_id, []).append(_OUTCOME.decode(row.outcome))
        return found

    def _scalars(self, statement: sqlalchemy.Select[Any]) -> sqlalchemy.ScalarResult[Any]:
        return self.connection.execute(statement).scalars()
