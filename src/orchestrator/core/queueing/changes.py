"""What may be done to a conversation, as data, and its effect, as a pure function.

A request may hold several changes. They apply all or not at all, whatever their order in the
request: removals first, then additions, then the skill, then the rest. Source: `ParticipantsChange`
and its kin in `docs/reference/protocol.md`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.conversation import (
    Conversation,
    Dialog,
    Participant,
    ParticipantRole,
)
from orchestrator.core.model.ids import ConversationId, DialogId, SkillId
from orchestrator.core.queueing import snapshots


class Join(msgspec.Struct, frozen=True):
    """Add ``participant`` to the open dialog, or to ``dialog_id``."""

    participant: Participant
    dialog_id: DialogId | None = None


class Leave(msgspec.Struct, frozen=True):
    """Remove the holder of ``role``: ``user_id``, or whoever holds it."""

    role: ParticipantRole
    user_id: str | None = None
    dialog_id: DialogId | None = None


class Recast(msgspec.Struct, frozen=True):
    """Give somebody who takes part already the role of ``participant`` instead of their own."""

    participant: Participant
    dialog_id: DialogId | None = None


class Suggest(msgspec.Struct, frozen=True):
    """Offer the conversation to one agent by name."""

    participant: Participant


class MoveToSkill(msgspec.Struct, frozen=True):
    """Put the conversation under another skill."""

    skill_id: SkillId


class Close(msgspec.Struct, frozen=True):
    """End the conversation with all its dialogs. ``reason`` is AGENT, CONSUMER, TIMEOUT, SYSTEM."""

    reason: str


class CloseDialog(msgspec.Struct, frozen=True):
    """End one dialog; the last one ends the conversation. A ``survey`` follows the main one."""

    dialog_id: DialogId
    reason: str
    cause: str | None = None
    survey: snapshots.Survey | None = None


class AnnotateDialog(msgspec.Struct, frozen=True):
    """Attach what programs say of a dialog, as sent, and leave it as it is."""

    dialog_id: DialogId
    annotations: tuple[Any, ...] = ()


class SetResponseTime(msgspec.Struct, frozen=True):
    """Change the target time to respond: whole seconds, at most `MOST_SECONDS` (wire: TTR)."""

    ttr_type: str
    seconds: int | None = None


class Rate(msgspec.Struct, frozen=True):
    """Keep the consumer's satisfaction rating as sent."""

    csat: dict[str, Any]


class Keep(msgspec.Struct, frozen=True):
    """Keep one thing that people write on a conversation; what it says is theirs."""

    field: Literal["note", "topic", "manual_ettr", "delay"]
    value: Any


Change = (
    Join
    | Leave
    | Recast
    | Suggest
    | MoveToSkill
    | Close
    | CloseDialog
    | AnnotateDialog
    | SetResponseTime
    | Rate
    | Keep
)

MOST_SECONDS: Final = 366 * 24 * 3600
"""The longest response time, a year: a larger number is no time, and would not fit the wire."""

_ORDER: tuple[type, ...] = (
    Leave,
    Recast,
    Join,
    Suggest,
    MoveToSkill,
    SetResponseTime,
    Rate,
    Keep,
    AnnotateDialog,
    CloseDialog,
    Close,
)

_LATE: Final = (CloseDialog, AnnotateDialog, Rate, Keep, Close)
"""What may still be done to a conversation that has ended."""


def start(
    conversation_id: ConversationId,
    consumer_id: str,
    *,
    account: str,
    skill_id: SkillId,
    first: bool,
    campaign_id: str | None,
    engagement_id: str | None,
    context: dict[str, Any] | None,
    ttr_type: str,
    now: datetime,
) -> Conversation:
    """Return a new conversation that waits in the queue of ``skill_id``."""
    consumer = Participant(consumer_id, consumer_id, "CONSUMER")
    return Conversation(
        account=account,
        conversation_id=conversation_id,
        consumer_id=consumer_id,
        skill_id=skill_id,
        entry_skill_id=skill_id,
        started_at=now,
        changed_at=now,
        dialogs=(Dialog(conversation_id, (consumer,), now, now),),
        first=first,
        campaign_id=campaign_id,
        engagement_id=engagement_id,
        context=context,
        ttr_type=ttr_type,
        queued_at=now,
    )


def assign(conversation: Conversation, agent: Participant, *, now: datetime) -> Conversation:
    """Give the conversation to ``agent``, who answered a ring. Ends any suggestion.

    Whoever takes it gives up any other role in it: nobody speaks in two roles.

    Raises Conflict when it is closed or somebody else has it.
    """
    if conversation.state != "OPEN":
        raise errors.Conflict("The conversation is closed.")
    if conversation.assigned is not None:
        raise errors.Conflict("The conversation already has an agent.")
    others = tuple(
        each
        for each in conversation.participants
        if each.role != "ASSIGNED_AGENT" and each.user_id != agent.user_id
    )
    changed = snapshots.with_participants(conversation, (*others, agent), now)
    return msgspec.structs.replace(changed, queued_at=None, suggested_until=None)


def apply(
    conversation: Conversation,
    changes: Sequence[Change],
    *,
    now: datetime,
    suggestion_wait: timedelta,
) -> Conversation:
    """Return the conversation after all ``changes``, or raise and change nothing.

    BadInput when a change contradicts the conversation (removing a role nobody holds, an unknown
    dialog) or makes no sense; Conflict when the conversation is closed or has another agent.
    """
    if conversation.state != "OPEN" and not all(_is_late(conversation, one) for one in changes):
        raise errors.Conflict("The conversation is closed.")
    held = conversation.assigned
    for change in sorted(changes, key=lambda each: _ORDER.index(type(each))):
        conversation = _EFFECTS[type(change)](conversation, change, now)
    return _requeue(conversation, held, now, suggestion_wait)


def _is_late(conversation: Conversation, change: Change) -> bool:
    """Whether it may be done after the end: people still come to a survey, and leave it."""
    if isinstance(change, Join | Leave):
        return conversation.stage == "OPEN" and (
            snapshots.dialog(conversation, change.dialog_id).state == "OPEN"
        )
    return isinstance(change, _LATE)


def _requeue(
    conversation: Conversation,
    held: Participant | None,
    now: datetime,
    suggestion_wait: timedelta,
) -> Conversation:
    """Put a conversation that lost its agent back into the queue, and one that moved at its end."""
    if conversation.state != "OPEN" or conversation.assigned is not None:
        return msgspec.structs.replace(conversation, queued_at=None, suggested_until=None)
    suggested = conversation.suggested
    return msgspec.structs.replace(
        conversation,
        queued_at=now if held is not None else (conversation.queued_at or now),
        suggested_until=(
            conversation.suggested_until or now + suggestion_wait if suggested else None
        ),
    )


def _join(conversation: Conversation, change: Join, now: datetime) -> Conversation:
    newcomer = change.participant
    dialog = snapshots.dialog(conversation, change.dialog_id)
    if dialog.state != "OPEN":
        raise errors.Conflict("The dialog is closed.")
    if dialog.type == "POST_SURVEY" and newcomer.role != "AGENT":
        # Clients match the n-th of a role in a dialog with the n-th of the conversation: a role
        # that people of the main dialog hold as well would show somebody else's name.
        raise errors.BadInput("A survey is joined in the role AGENT.", path="role")
    if any(
        each.user_id == newcomer.user_id and each.role == newcomer.role and not each.suggested
        for each in dialog.participants
    ):
        raise errors.BadInput("The user already takes part in this role.")
    if newcomer.role == "ASSIGNED_AGENT" and any(
        each.role == "ASSIGNED_AGENT" and not each.suggested for each in dialog.participants
    ):
        raise errors.Conflict("The conversation already has an assigned agent.")
    kept = tuple(
        each
        for each in dialog.participants
        if each.user_id != newcomer.user_id
        and not (newcomer.role == "ASSIGNED_AGENT" and each.suggested)
    )
    suggested = tuple(each for each in kept if each.suggested)
    active = tuple(each for each in kept if not each.suggested)
    return snapshots.with_dialog(
        conversation,
        msgspec.structs.replace(
            dialog, participants=(*active, newcomer, *suggested), changed_at=now
        ),
        now,
    )


def _leave(conversation: Conversation, change: Leave, now: datetime) -> Conversation:
    dialog = snapshots.dialog(conversation, change.dialog_id)
    kept = tuple(
        each
        for each in dialog.participants
        if each.role != change.role or change.user_id not in (None, each.user_id)
    )
    if len(kept) == len(dialog.participants):
        raise errors.BadInput(f"Nobody holds the role {change.role} in this conversation.")
    changed = msgspec.structs.replace(dialog, participants=kept, changed_at=now)
    return snapshots.with_dialog(conversation, changed, now)


def _recast(conversation: Conversation, change: Recast, now: datetime) -> Conversation:
    user = change.participant.user_id
    dialog = snapshots.dialog(conversation, change.dialog_id)
    kept = tuple(each for each in dialog.participants if each.user_id != user)
    if len(kept) == len(dialog.participants):
        raise errors.BadInput("The user takes no part in this conversation.", path="userId")
    without = msgspec.structs.replace(dialog, participants=kept)
    joining = Join(change.participant, dialog.dialog_id)
    return _join(snapshots.with_dialog(conversation, without, now), joining, now)


def _suggest(conversation: Conversation, change: Suggest, now: datetime) -> Conversation:
    if conversation.assigned is not None:
        raise errors.BadInput(
            "The conversation has an assigned agent: remove them in the same request."
        )
    kept = tuple(each for each in conversation.participants if not each.suggested)
    offered = msgspec.structs.replace(change.participant, suggested=True)
    changed = snapshots.with_participants(conversation, (*kept, offered), now)
    return msgspec.structs.replace(changed, suggested_until=None)


def _move(conversation: Conversation, change: MoveToSkill, now: datetime) -> Conversation:
    moved = msgspec.structs.replace(
        conversation, skill_id=change.skill_id, changed_at=snapshots.later(conversation, now)
    )
    # A move without a new agent is a new wait: the queue of the other skill begins at its end.
    return msgspec.structs.replace(moved, queued_at=None if moved.assigned else now)


def _close(conversation: Conversation, change: Close, now: datetime) -> Conversation:
    dialogs = tuple(
        dialog
        if dialog.state == "CLOSE"
        else snapshots.closed(dialog, now=now, by=change.reason, cause=None)
        for dialog in conversation.dialogs
    )
    return snapshots.ended(
        msgspec.structs.replace(conversation, dialogs=dialogs), change.reason, now
    )


def _close_dialog(conversation: Conversation, change: CloseDialog, now: datetime) -> Conversation:
    dialog = snapshots.dialog(conversation, change.dialog_id)
    if dialog.state == "CLOSE":
        raise errors.Conflict("The dialog is closed already.")
    closed = snapshots.closed(dialog, now=now, by=change.reason, cause=change.cause)
    changed = snapshots.with_dialog(conversation, closed, now)
    if change.survey is not None and dialog.type == "MAIN" and conversation.state == "OPEN":
        changed = snapshots.surveyed(changed, change.survey, now=now)
        return snapshots.ended(changed, change.reason, now, stage="OPEN")
    if any(each.state == "OPEN" for each in changed.dialogs):
        return changed
    return snapshots.ended(changed, change.reason, now)


def _annotate(conversation: Conversation, change: AnnotateDialog, now: datetime) -> Conversation:
    dialog = snapshots.dialog(conversation, change.dialog_id)
    changed = snapshots.annotated(dialog, change.annotations, now=now)
    return snapshots.with_dialog(conversation, changed, now)


def _response_time(
    conversation: Conversation, change: SetResponseTime, now: datetime
) -> Conversation:
    if change.seconds is not None and not 0 <= change.seconds <= MOST_SECONDS:
        raise errors.BadInput(f"A response time has 0 to {MOST_SECONDS} seconds.", path="value")
    return msgspec.structs.replace(
        conversation,
        ttr_type=change.ttr_type,
        ttr_seconds=conversation.ttr_seconds if change.seconds is None else change.seconds,
        changed_at=snapshots.later(conversation, now),
    )


def _rate(conversation: Conversation, change: Rate, now: datetime) -> Conversation:
    return msgspec.structs.replace(
        conversation, csat=change.csat, changed_at=snapshots.later(conversation, now)
    )


def _keep(conversation: Conversation, change: Keep, now: datetime) -> Conversation:
    return msgspec.structs.replace(
        conversation, changed_at=snapshots.later(conversation, now), **{change.field: change.value}
    )


_EFFECTS: dict[type, Callable[[Conversation, Any, datetime], Conversation]] = {
    Join: _join,
    Leave: _leave,
    Recast: _recast,
    Suggest: _suggest,
    MoveToSkill: _move,
    Close: _close,
    CloseDialog: _close_dialog,
    AnnotateDialog: _annotate,
    SetResponseTime: _response_time,
    Rate: _rate,
    Keep: _keep,
}
