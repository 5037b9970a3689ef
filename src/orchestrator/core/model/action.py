"""What a policy asks for: a message, a transfer to a skill, a transfer to an agent."""

from typing import Any

import msgspec

from orchestrator.core.model.ids import SkillId, UserId


class SendMessage(msgspec.Struct, frozen=True, tag_field="type", tag="SEND_MESSAGE"):
    """Say ``message`` (plain text) to the consumer, in the bot's name."""

    message: str


class TransferToSkill(msgspec.Struct, frozen=True, tag_field="type", tag="TRANSFER_TO_SKILL"):
    """Hand the conversation to the queue of ``skill_id``.

    A policy may name the skill instead. Names are looked up when a document is loaded into an
    account; where that has not happened or found nothing, ``skill_id`` is empty and ``skill_name``
    says what was meant: for routing that is an unknown target.
    """

    skill_id: SkillId
    skill_name: str | None = None


class TransferToAgent(msgspec.Struct, frozen=True, tag_field="type", tag="TRANSFER_TO_AGENT"):
    """Suggest the conversation to one agent; ``skill_id`` is where to go when they cannot take it.

    ``user_id`` is None when the policy's reference to an agent resolved to nothing, which counts
    as an agent that cannot take it; so does one of whom only the ``login_name`` is known.
    """

    user_id: UserId | None
    skill_id: SkillId | None = None
    login_name: str | None = None
    skill_name: str | None = None


Action = SendMessage | TransferToSkill | TransferToAgent


def document(action: Action) -> dict[str, Any]:
    """Return the canonical JSON: ``{"type": …, "payload": {…}}`` with ids as text.

    ``skillName`` and ``loginName`` appear only where nobody has looked them up. ``userId`` is
    always there, null for a missing agent, unless there is a ``loginName`` in its place.
    """
    match action:
        case SendMessage(message):
            return {"type": "SEND_MESSAGE", "payload": {"message": message}}
        case TransferToSkill(skill_id, skill_name):
            payload: dict[str, Any] = {"skillId": skill_id} if skill_id else {}
            if skill_name:
                payload["skillName"] = skill_name
            return {"type": "TRANSFER_TO_SKILL", "payload": payload}
        case TransferToAgent(user_id, skill_id, login_name, skill_name):
            payload = _present(
                userId=user_id, loginName=login_name, skillId=skill_id, skillName=skill_name
            )
            if login_name is None:
                payload = {"userId": user_id, **payload}
            return {"type": "TRANSFER_TO_AGENT", "payload": payload}


def _present(**fields: str | None) -> dict[str, Any]:
    return {key: text for key, text in fields.items() if text}
