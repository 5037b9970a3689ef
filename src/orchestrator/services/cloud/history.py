"""What was: a consumer's conversations, a conversation's transfers, how busy agents are."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.conversation import Availability, Conversation, Message
from orchestrator.core.model.floor import Transfer
from orchestrator.core.model.ids import AccountId, ConsumerId, ConversationId, SkillId, UserId
from orchestrator.services.cloud.ports import (
    Assignment,
    CloudStore,
    CloudTransaction,
    PastFilter,
    QueueRow,
)

Part = Literal["transfers", "messages"]
"""What of a record is read only on demand: a long conversation has many."""

PARTS: Final[frozenset[Part]] = frozenset({"transfers", "messages"})


class Record(msgspec.Struct, frozen=True):
    """One conversation as history keeps it; a part that was not asked for is empty."""

    conversation: Conversation
    assignments: tuple[Assignment, ...]
    transfers: tuple[Transfer, ...]
    messages: tuple[Message, ...] = ()

    @property
    def latest_agent(self) -> UserId | None:
        """The last agent who had it."""
        return self.assignments[-1].user_id if self.assignments else None


class AgentStatus(msgspec.Struct, frozen=True):
    """How an agent is doing. ``slots`` None is unlimited."""

    user_id: UserId
    availability: Availability
    connected: bool
    slots: int | None
    busy: int
    """Conversations held, and rings that wait."""
    held: int
    skills: tuple[tuple[SkillId, str], ...]


class Page(msgspec.Struct, frozen=True):
    """Which part of what a search finds, by start."""

    limit: int = 50
    offset: int = 0
    order: Literal["asc", "desc"] = "desc"


class Found(msgspec.Struct, frozen=True):
    """One page of a search, and how many records there are in all."""

    records: Sequence[Record]
    count: int


class History:
    """Reads of the past and of the moment; nothing here changes anything."""

    def __init__(self, store: CloudStore) -> None:
        self._store = store

    async def search(
        self, account: AccountId, wanted: PastFilter, *, parts: Collection[Part], page: Page
    ) -> Found:
        """Return a page of the account's conversations."""

        def work(tx: CloudTransaction) -> Found:
            agents = wanted.agents
            if agents is not None:
                staff = [tx.staff(each) for each in agents]
                agents = tuple(each.user_id for each in staff if each is not None)
            found, count = tx.past(
                msgspec.structs.replace(wanted, agents=agents),
                limit=page.limit,
                offset=page.offset,
                order=page.order,
            )
            return Found([_record(tx, each, parts) for each in found], count)

        return await self._store.read(account, work)

    async def of_consumer(
        self,
        account: AccountId,
        consumer: ConsumerId,
        *,
        parts: Collection[Part] = PARTS,
        limit: int = 100,
    ) -> Sequence[Record]:
        """Return the consumer's newest conversations, at most ``limit``, oldest first."""

        def work(tx: CloudTransaction) -> Sequence[Record]:
            found = tx.newest(limit=limit, consumer=consumer)
            return [_record(tx, conversation, parts) for conversation in reversed(found)]

        return await self._store.read(account, work)

    async def of_conversation(
        self,
        account: AccountId,
        conversation: ConversationId,
        *,
        parts: Collection[Part] = PARTS,
    ) -> Record:
        """Return one conversation's record; NotFound when there is none."""

        def work(tx: CloudTransaction) -> Record:
            found = tx.conversation(conversation)
            if found is None:
                raise errors.NotFound("There is no such conversation.")
            return _record(tx, found, parts)

        return await self._store.read(account, work)

    async def agents(
        self, account: AccountId, references: Sequence[str] | None = None
    ) -> Sequence[AgentStatus]:
        """Return the status of each user that exists, in the order asked.

        None asks for everybody who ever was there.
        """

        def work(tx: CloudTransaction) -> Sequence[AgentStatus]:
            wanted = tx.known_staff() if references is None else references
            found = [tx.staff(reference) for reference in wanted]
            statuses = []
            for staff in found:
                if staff is None or not staff.enabled:
                    continue
                presence = tx.presence(staff.user_id)
                named = tuple((skill, tx.skill_name(skill) or "") for skill in sorted(staff.skills))
                statuses.append(
                    AgentStatus(
                        staff.user_id,
                        presence.availability,
                        presence.connected,
                        staff.capacity,
                        tx.load(staff.user_id),
                        tx.held(staff.user_id),
                        named,
                    )
                )
            return statuses

        return await self._store.read(account, work)

    async def queues(self, account: AccountId) -> Sequence[QueueRow]:
        """Return every skill's queue and staffing, by name."""
        return await self._store.read(account, lambda tx: tx.queues())

    async def newest(
        self, account: AccountId, *, limit: int, before: datetime | None = None
    ) -> Sequence[Conversation]:
        """Return conversations, the newest first."""

        def work(tx: CloudTransaction) -> Sequence[Conversation]:
            return tx.newest(limit=limit, before=before)

        return await self._store.read(account, work)


def _record(tx: CloudTransaction, conversation: Conversation, parts: Collection[Part]) -> Record:
    key = conversation.conversation_id
    messages = tuple(
        message
        for dialog in conversation.dialogs
        if "messages" in parts
        for message in tx.messages(dialog.dialog_id, after=0, limit=10_000)
    )
    return Record(
        conversation,
        tuple(tx.assignments(key)),  # always: the newest of them is the latest agent
        tuple(tx.transfers(key)) if "transfers" in parts else (),
        messages,
    )
