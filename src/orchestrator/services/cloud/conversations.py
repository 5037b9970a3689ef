"""What people do with conversations: open, speak, change, read."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.conversation import (
    Audience,
    Conversation,
    Message,
    ParticipantRole,
    Ring,
)
from orchestrator.core.model.floor import Transfer
from orchestrator.core.model.happening import ConversationChanged, MessagePublished, RingChanged
from orchestrator.core.model.ids import UNASSIGNED_SKILL, ConversationId, DialogId, SkillId, UserId
from orchestrator.core.queueing import changes
from orchestrator.services.clock import Clock
from orchestrator.services.cloud import files, requests
from orchestrator.services.cloud.ports import (
    Assignment,
    CloudStore,
    CloudTransaction,
    ConversationFilter,
    Matches,
    Place,
    Speaker,
)

MAX_MESSAGES = 10_000
"""The most messages one query returns, and fewer where they are large (see `CloudTransaction`).

The rest is asked for by ``newerThanSequence``."""


class Opening(msgspec.Struct, frozen=True):
    """What a consumer's program says when it asks for a conversation."""

    skill_id: SkillId | None = None
    campaign_id: str | None = None
    engagement_id: str | None = None
    context: dict[str, Any] | None = None
    ttr_type: str = "NORMAL"


class Conversations:
    """Use cases on single conversations. Every method is one unit of work."""

    def __init__(self, store: CloudStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def open(self, consumer: Speaker, opening: Opening) -> Conversation:
        """Begin a conversation in the queue of the skill it was meant for.

        A skill that is named wins; otherwise the engagement's routing ("specific skill") decides.
        Raises BadInput for a skill that does not exist.
        """
        now = self._clock.now()

        def work(tx: CloudTransaction) -> Conversation:
            skill = _entry_skill(tx, opening)
            conversation = changes.start(
                str(uuid4()),
                consumer.user_id,
                account=consumer.account,
                skill_id=skill,
                first=not tx.has_conversations(consumer.user_id),
                campaign_id=opening.campaign_id,
                engagement_id=opening.engagement_id,
                context=opening.context,
                ttr_type=opening.ttr_type,
                now=now,
            )
            tx.save(conversation)
            tx.tell(ConversationChanged(consumer.account, conversation))
            return conversation

        return await self._store.jot(consumer.account, work)

    async def publish(
        self,
        speaker: Speaker,
        dialog_id: DialogId,
        *,
        event: dict[str, Any],
        metadata: list[Any] | None = None,
        audience: Audience = "ALL",
        client_properties: dict[str, Any] | None = None,
    ) -> int:
        """Say something in a dialog and return its sequence (0 for a chat state, never stored).

        Raises BadInput when the speaker takes no part in it, Conflict when it is closed; receipts
        are welcome after the end as well.
        """
        now = self._clock.now()

        def work(tx: CloudTransaction) -> int:
            conversation = tx.conversation_of_dialog(dialog_id)
            if conversation is None:
                raise errors.BadInput("There is no such dialog.")
            role = _role_of(conversation, speaker, dialog_id)
            kind = event.get("type")
            if kind in _CONTENT and not _is_open(conversation, dialog_id):
                raise errors.Conflict("The dialog is closed.")
            if kind in _CONTENT and role == "READER":
                raise errors.Forbidden("A reader of a conversation says nothing in it.")
            stored = kind != "ChatStateEvent"
            message = Message(
                conversation_id=conversation.conversation_id,
                dialog_id=dialog_id,
                sequence=tx.next_sequence(dialog_id) if stored else 0,
                originator=speaker.user_id,
                originator_pid=speaker.pid,
                role=role,
                at=now,
                event=event,
                metadata=metadata,
                audience=audience,
                client_properties=client_properties,
            )
            if stored:
                tx.append(message)
                files.note_sent(tx, speaker, message)
            if kind in _CONTENT:
                conversation = msgspec.structs.replace(conversation, last_message=message)
                tx.save(conversation)
            tx.tell(MessagePublished(speaker.account, conversation, message))
            return message.sequence

        return await self._store.jot(speaker.account, work)

    async def change(
        self,
        speaker: Speaker,
        conversation_id: ConversationId,
        wanted: Sequence[requests.ChangeRequest],
    ) -> Conversation:
        """Apply all of ``wanted`` or none.

        Raises NotFound for an unknown conversation, BadInput for an unknown skill or user or a role
        that nobody holds, Forbidden for a stranger, Conflict when it is closed.
        """
        now = self._clock.now()

        def work(tx: CloudTransaction) -> Conversation:
            before = tx.conversation(conversation_id)
            if before is None:
                raise errors.NotFound("There is no such conversation.")
            requests.may_change(before, speaker, wanted)
            resolved = [requests.resolve(tx, speaker, each, of=before) for each in wanted]
            wait = requests.suggestion_wait(tx, before, resolved)
            after = changes.apply(before, resolved, now=now, suggestion_wait=wait)
            keep(tx, before, after, by=speaker.user_id, now=now)
            return after

        return await self._store.jot(speaker.account, work)

    async def messages(
        self,
        speaker: Speaker,
        dialog_id: DialogId,
        *,
        newer_than: int = 0,
        limit: int = MAX_MESSAGES,
    ) -> Sequence[Message]:
        """Return stored events of a dialog in order; NotFound where the speaker may not look."""

        def work(tx: CloudTransaction) -> Sequence[Message]:
            conversation = tx.conversation_of_dialog(dialog_id)
            if conversation is None or not requests.may_see(conversation, speaker, tx):
                raise errors.NotFound("There is no such dialog.")
            found = tx.messages(dialog_id, after=newer_than, limit=min(limit, MAX_MESSAGES))
            if speaker.kind == "consumer":
                return [each for each in found if each.audience == "ALL"]
            return found

        return await self._store.read(speaker.account, work)

    async def matching(
        self,
        speaker: Speaker,
        wanted: ConversationFilter,
        *,
        limit: int = 1000,
        after: Place | None = None,
    ) -> Matches:
        """Return conversations of a subscription, oldest first, as far as they may be seen.

        At most ``limit``, fewer where they are large, and those behind ``after``: the answer says
        where the next page begins.
        References to agents in ``wanted`` may be user ids, ``account.user`` or PIDs.
        """

        def work(tx: CloudTransaction) -> Matches:
            seen, agents = _scope(tx, speaker, wanted)
            page = tx.conversations(seen, limit=limit, after=after)
            if agents is None:
                return page
            return Matches([each for each in page.found if _has_one_of(each, agents)], page.next)

        if speaker.kind == "consumer":  # whose own conversations are few
            return await self._store.glance(speaker.account, work)
        return await self._store.read(speaker.account, work)

    async def find(self, account: str, conversation_id: ConversationId) -> Conversation:
        """Return one conversation; NotFound when there is none."""
        found = await self._store.read(account, lambda tx: tx.conversation(conversation_id))
        if found is None:
            raise errors.NotFound("There is no such conversation.")
        return found


_CONTENT = frozenset({"ContentEvent", "RichContentEvent"})


def _entry_skill(tx: CloudTransaction, opening: Opening) -> SkillId:
    if opening.skill_id is not None and opening.skill_id != UNASSIGNED_SKILL:
        if tx.skill_name(opening.skill_id) is None:
            raise errors.BadInput(f"There is no skill {opening.skill_id}.", path="skillId")
        return opening.skill_id
    if opening.engagement_id is not None:
        return tx.engagement_skill(opening.engagement_id) or UNASSIGNED_SKILL
    return UNASSIGNED_SKILL


def _scope(
    tx: CloudTransaction, speaker: Speaker, wanted: ConversationFilter
) -> tuple[ConversationFilter, Collection[UserId] | None]:
    """Return what the speaker may look for, and whose conversations are to be picked from it."""
    if speaker.kind == "consumer":
        own = msgspec.structs.replace(wanted, agents=None, consumer=speaker.user_id)
        return own, None
    agents = wanted.agents
    if agents is not None:
        staff = [tx.staff(each) for each in agents]
        agents = tuple(each.user_id for each in staff if each is not None)
    if speaker.supervises:
        return msgspec.structs.replace(wanted, agents=agents), None
    return msgspec.structs.replace(wanted, agents=(speaker.user_id,)), agents


def _has_one_of(conversation: Conversation, users: Collection[UserId]) -> bool:
    return any(
        each.role != "CONSUMER" and each.user_id in users for each in conversation.participants
    )


def _role_of(conversation: Conversation, speaker: Speaker, dialog_id: DialogId) -> ParticipantRole:
    for dialog in conversation.dialogs:
        if dialog.dialog_id == dialog_id:
            for participant in dialog.participants:
                if participant.user_id == speaker.user_id and not participant.suggested:
                    return participant.role
    # The platform's own words: programs look for them (messaging protocol 4.10).
    raise errors.BadInput("Agent does not exist in conversation")


def _is_open(conversation: Conversation, dialog_id: DialogId) -> bool:
    return any(
        dialog.dialog_id == dialog_id and dialog.state == "OPEN" for dialog in conversation.dialogs
    )


def keep(
    tx: CloudTransaction, before: Conversation, after: Conversation, *, by: str, now: datetime
) -> None:
    """Keep a conversation that somebody changed: its history, who is told, the rings it left."""
    tx.save(after)
    keep_history(tx, before, after, by=by, now=now)
    tx.tell(ConversationChanged(after.account, after))
    _withdraw_rings(tx, before, after, now)


def keep_history(
    tx: CloudTransaction, before: Conversation, after: Conversation, *, by: str, now: datetime
) -> None:
    """Write who had it until now and where it went, ``by`` whom: later decisions read it."""
    held, holds = before.assigned, after.assigned
    if held is not None and (holds is None or holds.user_id != held.user_id):
        tx.end_assignment(before.conversation_id, now)
    if holds is not None and (held is None or holds.user_id != held.user_id):
        begin_assignment(tx, after, now)
    if after.state != "OPEN":
        tx.end_assignment(before.conversation_id, now)
        return
    moved = before.skill_id != after.skill_id
    offered, suggested = before.suggested, after.suggested
    taken_over = holds is not None and (held is None or holds.user_id != held.user_id)
    has_new_offer = suggested is not None and suggested != offered
    is_let_go = (held is not None and holds is None) or (offered is not None and suggested is None)
    if moved or taken_over or has_new_offer or is_let_go:
        tx.add_transfer(
            before.conversation_id,
            Transfer(
                at=now,
                source_skill=before.skill_id,
                target_skill=after.skill_id,
                source_agent=None if held is None else held.user_id,
                target_agent=_next_agent(after),
                reason="TakeOver"
                if taken_over
                else "Agent"
                if suggested
                else "Skill"
                if moved
                else "back2Q",
                by=by,
            ),
        )


def _next_agent(conversation: Conversation) -> UserId | None:
    agent = conversation.assigned or conversation.suggested
    return None if agent is None else agent.user_id


def begin_assignment(tx: CloudTransaction, conversation: Conversation, now: datetime) -> None:
    """Record that the assigned agent has the conversation from ``now`` on."""
    agent = conversation.assigned
    if agent is None:
        raise errors.Conflict("The conversation has no assigned agent.")
    assignment = Assignment(
        conversation.conversation_id, agent.user_id, conversation.skill_id, now, None
    )
    tx.begin_assignment(assignment, conversation.consumer_id)


def _withdraw_rings(
    tx: CloudTransaction, before: Conversation, after: Conversation, now: datetime
) -> None:
    """A ring for a place in a queue that the conversation has left is over."""
    same_place = (
        after.state == "OPEN"
        and after.assigned is None
        and after.skill_id == before.skill_id
        and after.suggested == before.suggested
    )
    if not same_place:
        withdraw(tx, tx.rings_of_conversation(after.conversation_id), now)


def withdraw(tx: CloudTransaction, rings: Sequence[Ring], now: datetime) -> None:
    """Cancel waiting rings and tell their agents."""
    for ring in rings:
        if tx.end_ring(ring.ring_id, "CANCELLED", now):
            tx.tell(RingChanged(ring.account, msgspec.structs.replace(ring, state="CANCELLED")))
