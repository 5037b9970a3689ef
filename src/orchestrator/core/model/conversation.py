"""Conversations, dialogs, messages and rings, as the messaging platform knows them."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from orchestrator.core.model.ids import (
    UNASSIGNED_SKILL,
    AccountId,
    ConsumerId,
    ConversationId,
    DialogId,
    Pid,
    RingId,
    SkillId,
    UserId,
)

ParticipantRole = Literal["CONSUMER", "ASSIGNED_AGENT", "AGENT", "MANAGER", "READER"]
OpenOrClosed = Literal["OPEN", "CLOSE"]
RingState = Literal["WAITING", "ACCEPTED", "REJECTED", "EXPIRED", "CANCELLED"]
Availability = Literal["ONLINE", "OCCUPIED", "BACK_SOON", "AWAY", "OFFLINE"]
Audience = Literal["ALL", "AGENTS_AND_MANAGERS"]
DialogType = Literal["MAIN", "POST_SURVEY"]


class Participant(msgspec.Struct, frozen=True):
    """Somebody in a dialog. A consumer's ``user_id`` and ``pid`` are both the consumer id."""

    user_id: UserId
    pid: Pid
    role: ParticipantRole
    suggested: bool = False
    """An agent to whom it was offered by name and who has not accepted yet."""


class Dialog(msgspec.Struct, frozen=True):
    """One dialog; the main one has the conversation's id."""

    dialog_id: DialogId
    participants: tuple[Participant, ...]
    created_at: datetime
    changed_at: datetime
    type: DialogType = "MAIN"
    state: OpenOrClosed = "OPEN"
    ended_at: datetime | None = None
    closed_by: str | None = None
    closed_cause: str | None = None
    metadata: dict[str, Any] | None = None
    """What it is about: of a survey, the application that asks."""
    annotations: tuple[Any, ...] = ()
    """What programs attached to it, as sent; of each type the newest."""


class Message(msgspec.Struct, frozen=True):
    """A stored event of a dialog: content, or a receipt. ``event`` and ``metadata`` as sent.

    ``sequence`` counts from 1 in each dialog. ``originator`` is a user id or a consumer id.
    """

    conversation_id: ConversationId
    dialog_id: DialogId
    sequence: int
    originator: UserId
    originator_pid: Pid
    role: ParticipantRole
    at: datetime
    event: dict[str, Any]
    metadata: list[Any] | None = None
    audience: Audience = "ALL"
    client_properties: dict[str, Any] | None = None

    @property
    def text(self) -> str | None:
        """The plain text, or None for receipts, files and rich content."""
        message = self.event.get("message")
        is_text = self.event.get("type") == "ContentEvent" and isinstance(message, str)
        return message if is_text else None


class Conversation(msgspec.Struct, frozen=True):
    """A snapshot of one conversation. All times are aware UTC."""

    account: AccountId
    conversation_id: ConversationId
    consumer_id: ConsumerId
    skill_id: SkillId
    entry_skill_id: SkillId
    started_at: datetime
    changed_at: datetime
    """Never goes back: the wire's ``metaDataLastUpdateTs``."""
    dialogs: tuple[Dialog, ...]
    state: OpenOrClosed = "OPEN"
    stage: OpenOrClosed = "OPEN"
    """Stays open while a survey dialog is."""
    first: bool = False
    campaign_id: str | None = None
    engagement_id: str | None = None
    context: dict[str, Any] | None = None
    """``conversationContext`` and client properties, as the consumer's program sent them."""
    ttr_type: str = "NORMAL"
    ttr_seconds: int = 600
    ended_at: datetime | None = None
    close_reason: str | None = None
    csat: dict[str, Any] | None = None
    last_message: Message | None = None
    queued_at: datetime | None = None
    """Since when it waits in the queue of its skill; None while an agent has it, or when closed."""
    suggested_until: datetime | None = None
    """Until when only the suggested agent is rung; afterwards any agent of the skill."""
    note: str = ""
    topic: Any = None
    manual_ettr: int | None = None
    """By when an answer is due, set by hand; epoch milliseconds."""
    delay: dict[str, Any] | None = None
    """Why and until when nobody answers: ``type`` and ``tillWhen``."""

    @property
    def main(self) -> Dialog:
        """The main dialog."""
        return self.dialogs[-1]

    @property
    def participants(self) -> tuple[Participant, ...]:
        """Everybody in the newest open dialog, else in the main one; suggested ones last."""
        for dialog in self.dialogs:
            if dialog.state == "OPEN":
                return dialog.participants
        return self.main.participants

    def dialog(self, dialog_id: DialogId) -> Dialog | None:
        """Return one of its dialogs."""
        return next((each for each in self.dialogs if each.dialog_id == dialog_id), None)

    @property
    def assigned(self) -> Participant | None:
        """The agent who has the conversation now."""
        for participant in self.participants:
            if participant.role == "ASSIGNED_AGENT" and not participant.suggested:
                return participant
        return None

    @property
    def suggested(self) -> Participant | None:
        """The agent to whom it is offered by name."""
        for participant in self.participants:
            if participant.role == "ASSIGNED_AGENT" and participant.suggested:
                return participant
        return None

    @property
    def has_skill(self) -> bool:
        """Whether any skill is set."""
        return self.skill_id != UNASSIGNED_SKILL


class Ring(msgspec.Struct, frozen=True):
    """An offer of one conversation to one agent, good until ``expires_at``."""

    ring_id: RingId
    account: AccountId
    conversation_id: ConversationId
    consumer_id: ConsumerId
    skill_id: SkillId
    user_id: UserId
    state: RingState
    created_at: datetime
    expires_at: datetime


class Presence(msgspec.Struct, frozen=True):
    """What an agent says of themselves, and whether a socket of theirs is open."""

    user_id: UserId
    availability: Availability
    connected: bool


class StoredFile(msgspec.Struct, frozen=True):
    """A file of somebody. ``conversation_id`` None: not sent yet, or its conversation is gone.

    ``name`` is what its sender called it, with its ending; empty where they did not say.
    """

    id: str
    owner: UserId
    type: str
    size: int
    created_at: datetime
    stored_at: datetime | None = None
    conversation_id: ConversationId | None = None
    name: str = ""
