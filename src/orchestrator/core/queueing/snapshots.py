"""Steps from one snapshot of a conversation to the next, of which changes are made."""

import itertools
from datetime import datetime
from typing import Any, Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.conversation import (
    Conversation,
    Dialog,
    OpenOrClosed,
    Participant,
)
from orchestrator.core.model.ids import DialogId, SkillId

MOST_ANNOTATIONS: Final = 50
"""Of more than so many types of annotations on one dialog, the oldest go."""

MOST_ANNOTATED: Final = 128 << 10
"""Bytes of a dialog's annotations: they are told again at every change of the conversation."""


class Survey(msgspec.Struct, frozen=True):
    """A dialog in which the application ``app_install_id`` asks how it was."""

    dialog_id: DialogId
    app_install_id: str


def dialog(conversation: Conversation, dialog_id: DialogId | None) -> Dialog:
    """Return the named dialog, or the one that is open. Raises BadInput when there is none."""
    for each in conversation.dialogs:
        if dialog_id == each.dialog_id or (dialog_id is None and each.state == "OPEN"):
            return each
    raise errors.BadInput("The conversation has no such dialog.")


def closed(dialog: Dialog, *, now: datetime, by: str, cause: str | None) -> Dialog:
    """Return the dialog after its end."""
    return msgspec.structs.replace(
        dialog, state="CLOSE", ended_at=now, changed_at=now, closed_by=by, closed_cause=cause
    )


def ended(
    conversation: Conversation, reason: str, now: datetime, *, stage: OpenOrClosed = "CLOSE"
) -> Conversation:
    """Return the conversation after its end; the stage may stay open, for a survey.

    When and why it ended stays as it was when only the stage was open. Raises Conflict when
    everything was closed before.
    """
    if conversation.state == "CLOSE" and conversation.stage == "CLOSE":
        raise errors.Conflict("The conversation is closed already.")
    is_first = conversation.state == "OPEN"
    return msgspec.structs.replace(
        conversation,
        state="CLOSE",
        stage=stage,
        ended_at=now if is_first else conversation.ended_at,
        close_reason=reason if is_first else conversation.close_reason,
        changed_at=later(conversation, now),
    )


def with_participants(
    conversation: Conversation, participants: tuple[Participant, ...], now: datetime
) -> Conversation:
    """Return the conversation with other people in its open dialog."""
    opened = dialog(conversation, None)
    changed = msgspec.structs.replace(opened, participants=participants, changed_at=now)
    return with_dialog(conversation, changed, now)


def with_dialog(conversation: Conversation, dialog: Dialog, now: datetime) -> Conversation:
    """Return the conversation with ``dialog`` in the place of the one with its id."""
    dialogs = tuple(
        dialog if each.dialog_id == dialog.dialog_id else each for each in conversation.dialogs
    )
    return msgspec.structs.replace(
        conversation, dialogs=dialogs, changed_at=later(conversation, now)
    )


def place(conversation: Conversation) -> str:
    """Return where a conversation stands in one word, equal only while nobody moves it.

    Under which skill, who has it, and to whom it is offered by name: who acts on what they see
    says it, and is told when it is not true any more.
    """
    if conversation.state != "OPEN":
        return "closed"
    people = (conversation.assigned, conversation.suggested)
    return ".".join((conversation.skill_id, *(each.user_id if each else "" for each in people)))


def later(conversation: Conversation, now: datetime) -> datetime:
    """Return the time of a change: it never goes back, even when the clock does."""
    return max(conversation.changed_at, now)


def annotated(dialog: Dialog, annotations: tuple[Any, ...], *, now: datetime) -> Dialog:
    """Return the dialog with what else programs say of it: of each type the newest."""
    newest = {_kind(each): each for each in (*dialog.annotations, *annotations)}
    kept = _newest(tuple(newest.values())[-MOST_ANNOTATIONS:])
    return msgspec.structs.replace(dialog, annotations=kept, changed_at=now)


def _newest(annotations: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return as many of the last ones as `MOST_ANNOTATED` bytes hold, one at least."""
    sizes = itertools.accumulate(len(msgspec.json.encode(each)) for each in reversed(annotations))
    held = sum(size <= MOST_ANNOTATED for size in sizes)
    return annotations[-max(held, 1) :]


def _kind(annotation: Any) -> str:
    return str(annotation.get("type")) if isinstance(annotation, dict) else repr(annotation)


def lapse(
    conversation: Conversation, *, now: datetime, skill_id: SkillId | None = None
) -> Conversation:
    """End a suggestion that nobody took: its skill's agents are next, or those of ``skill_id``.

    It keeps its place in the queue, also in the other one: it has waited long enough.
    """
    kept = tuple(each for each in conversation.participants if not each.suggested)
    changed = with_participants(conversation, kept, now)
    return msgspec.structs.replace(
        changed, suggested_until=None, skill_id=skill_id or changed.skill_id
    )


def surveyed(conversation: Conversation, survey: Survey, *, now: datetime) -> Conversation:
    """Return the conversation with an open survey.

    It comes before the other dialogs, where clients look for it (messaging protocol 5.1).
    """
    people = conversation.main.participants
    dialog = Dialog(
        survey.dialog_id,
        tuple(each for each in people if each.role == "CONSUMER"),
        now,
        now,
        type="POST_SURVEY",
        metadata={"appInstallId": survey.app_install_id},
    )
    return msgspec.structs.replace(conversation, dialogs=(dialog, *conversation.dialogs))
