"""What people may ask of a conversation, who may ask it, and what it comes to."""

import base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal
from uuid import uuid4

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.conversation import Conversation, Participant, ParticipantRole
from orchestrator.core.model.ids import UNASSIGNED_SKILL, DialogId, SkillId, user_of
from orchestrator.core.queueing import changes, snapshots
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
    dialog_id: DialogId | None = None


class RecastRequest(msgspec.Struct, frozen=True):
    """Give a user who takes part the role instead of their own."""

    role: ParticipantRole
    user: str | None = None
    dialog_id: DialogId | None = None


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
    | RecastRequest
    | SuggestRequest
    | CloseRequest
    | CloseDialogRequest
    | changes.MoveToSkill
    | changes.AnnotateDialog
    | changes.SetResponseTime
    | changes.Rate
    | changes.Keep
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
    if any(isinstance(each, JoinRequest | RecastRequest) for each in requests):
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


def resolve(
    tx: CloudTransaction, speaker: Speaker, request: ChangeRequest, *, of: Conversation
) -> changes.Change:
    """Return the change of the conversation ``of``, with its users and skills looked up.

    Raises BadInput for unknown ones, Forbidden where the skill keeps its conversations.
    """
    reason: Literal["CONSUMER", "AGENT"] = "CONSUMER" if speaker.kind == "consumer" else "AGENT"
    match request:
        case JoinRequest(role, user, dialog_id):
            return changes.Join(_newcomer(tx, speaker, user, role), dialog_id)
        case RecastRequest(role, user, dialog_id):
            return changes.Recast(_newcomer(tx, speaker, user, role), dialog_id)
        case LeaveRequest(role, user, dialog_id):
            if role == "CONSUMER":
                raise errors.BadInput("A conversation is never without its consumer.", path="role")
            return changes.Leave(role, _leaver(tx, user), dialog_id)
        case SuggestRequest(user):
            return changes.Suggest(_staff(tx, user).as_participant("ASSIGNED_AGENT"))
        case CloseRequest():
            return changes.Close(reason)
        case CloseDialogRequest(dialog_id, cause):
            return changes.CloseDialog(dialog_id, reason, cause, _survey(tx, of, dialog_id))
        case changes.MoveToSkill(skill_id):
            _may_move(tx, of, skill_id)
            return request
        case _:
            return request


def _survey(
    tx: CloudTransaction, conversation: Conversation, dialog_id: DialogId
) -> snapshots.Survey | None:
    """Return the survey that follows the dialog: the one of the skill it ends under."""
    if dialog_id != conversation.main.dialog_id:
        return None
    rules = tx.skill_rules(conversation.skill_id)
    if rules is None or rules.survey is None:
        return None
    name = base64.urlsafe_b64encode(uuid4().bytes).rstrip(b"=").decode()
    return snapshots.Survey(name, rules.survey)


def _may_move(tx: CloudTransaction, conversation: Conversation, skill_id: SkillId) -> None:
    if skill_id == conversation.skill_id:
        return
    if skill_id != UNASSIGNED_SKILL and tx.skill_name(skill_id) is None:
        raise errors.BadInput(f"There is no skill {skill_id}.", path="skill")
    rules = tx.skill_rules(conversation.skill_id)
    if rules is None:
        return
    if not rules.can_transfer:
        raise errors.Forbidden(f"Conversations of the skill {rules.name} stay with it.")
    if rules.transfer_list is not None and skill_id not in rules.transfer_list:
        raise errors.Forbidden(
            f"Conversations of the skill {rules.name} may not go to the skill {skill_id}."
        )


def suggestion_wait(
    tx: CloudTransaction, conversation: Conversation, wanted: Sequence[changes.Change]
) -> timedelta:
    """Return how long the conversation waits for a suggested agent: its skill's time to say.

    The skill is the one to which the same request moves it, since that is where it would go on.
    """
    if not any(isinstance(each, changes.Suggest) for each in wanted):
        return timedelta()
    moves = [each.skill_id for each in wanted if isinstance(each, changes.MoveToSkill)]
    rules = tx.skill_rules(moves[-1] if moves else conversation.skill_id)
    if rules is None or rules.transfer_wait_seconds is None:
        return tx.settings().suggestion
    return timedelta(seconds=rules.transfer_wait_seconds)


def _newcomer(
    tx: CloudTransaction, speaker: Speaker, user: str | None, role: ParticipantRole
) -> Participant:
    if role == "CONSUMER":
        raise errors.BadInput("A conversation has one consumer, who never changes.", path="role")
    return _staff(tx, user or speaker.user_id).as_participant(role)


def _leaver(tx: CloudTransaction, user: str | None) -> str | None:
    """Return who is to leave: also somebody who may not come any more, or is no user any more."""
    if user is None:
        return None
    found = tx.staff(user)
    return user_of(user, tx.account) if found is None else found.user_id


def _staff(tx: CloudTransaction, reference: str) -> Staff:
    found = tx.staff(reference)
    if found is None or not found.enabled:
        raise errors.BadInput(f"There is no user {reference}.", path="userId")
    return found
