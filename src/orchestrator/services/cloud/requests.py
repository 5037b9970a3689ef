"""What people may ask of a conversation, who may ask it, and what it comes to."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.conversation import Conversation, ParticipantRole
from orchestrator.core.model.ids import UNASSIGNED_SKILL, DialogId
from orchestrator.core.queueing import changes
from orchestrator.services.cloud.ports import CloudTransaction, Speaker, Staff


class JoinRequest(msgspec.Struct, frozen=True):
    """Add a user (by any spelling of the id, the speaker if None) in a role."""

    role: ParticipantRole
    user: str | None = None
    dialog_id: DialogId | None = None


class LeaveRequest(msgspec.Struct, frozen=True):
    """Take a user out of a role."""

    role: ParticipantRole
    user: str | None = None


class SuggestRequest(msgspec.Struct, frozen=True):
    """Offer the conversation to one agent by name."""

    user: str


class CloseRequest(msgspec.Struct, frozen=True):
    """End the conversation, in the speaker's name."""


class CloseDialogRequest(msgspec.Struct, frozen=True):
    """End one dialog, in the speaker's name."""

    dialog_id: DialogId
    cause: str | None = None


ChangeRequest = (
    JoinRequest
    | LeaveRequest
    | SuggestRequest
    | CloseRequest
    | CloseDialogRequest
    | changes.MoveToSkill
    | changes.AnnotateDialog
    | changes.SetResponseTime
    | changes.Rate
)


def takes_part(conversation: Conversation, speaker: Speaker) -> bool:
    """Whether the speaker is somebody in one of the conversation's dialogs, open or closed."""
    return any(
        participant.user_id == speaker.user_id and not participant.suggested
        for dialog in conversation.dialogs
        for participant in dialog.participants
    )


def may_see(conversation: Conversation, speaker: Speaker, tx: CloudTransaction) -> bool:
    """Whether the speaker may read the conversation."""
    if speaker.kind == "consumer":
        return conversation.consumer_id == speaker.user_id
    if speaker.supervises or takes_part(conversation, speaker):
        return True
    return any(
        each.user_id == speaker.user_id for each in tx.assignments(conversation.conversation_id)
    )


def may_change(
    conversation: Conversation, speaker: Speaker, requests: Sequence[ChangeRequest]
) -> None:
    """Raise Forbidden, or NotFound for a stranger, unless the speaker may ask for all of it."""
    if speaker.kind == "consumer":
        if conversation.consumer_id != speaker.user_id:
            raise errors.NotFound("There is no such conversation.")
        if any(not isinstance(each, _FOR_CONSUMERS) for each in requests):
            raise errors.Forbidden("A consumer may close, rate and set the response time only.")
        return
    if speaker.supervises:
        return
    if any(isinstance(each, JoinRequest) for each in requests):
        raise errors.Forbidden("Your role may not join conversations or let others join them.")
    if not takes_part(conversation, speaker):
        # The platform's own words: programs look for them (messaging protocol 4.10).
        raise errors.Forbidden("Agent does not exist in conversation")


_FOR_CONSUMERS = (
    CloseRequest,
    CloseDialogRequest,
    changes.SetResponseTime,
    changes.Rate,
    changes.AnnotateDialog,
)


def resolve(tx: CloudTransaction, speaker: Speaker, request: ChangeRequest) -> changes.Change:
    """Return the change itself, its users and skills looked up; BadInput for unknown ones."""
    reason: Literal["CONSUMER", "AGENT"] = "CONSUMER" if speaker.kind == "consumer" else "AGENT"
    match request:
        case JoinRequest(role, user, dialog_id):
            return changes.Join(_staff(tx, user or speaker.user_id).as_participant(role), dialog_id)
        case LeaveRequest(role, user):
            return changes.Leave(role, None if user is None else _staff(tx, user).user_id)
        case SuggestRequest(user):
            return changes.Suggest(_staff(tx, user).as_participant("ASSIGNED_AGENT"))
        case CloseRequest():
            return changes.Close(reason)
        case CloseDialogRequest(dialog_id, cause):
            return changes.CloseDialog(dialog_id, reason, cause)
        case changes.MoveToSkill(skill_id):
            if skill_id != UNASSIGNED_SKILL and tx.skill_name(skill_id) is None:
                raise errors.BadInput(f"There is no skill {skill_id}.", path="skill")
            return request
        case _:
            return request


def _staff(tx: CloudTransaction, reference: str) -> Staff:
    found = tx.staff(reference)
    if found is None or not found.enabled:
        raise errors.BadInput(f"There is no user {reference}.", path="userId")
    return found
