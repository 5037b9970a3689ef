"""What a policy asks for: a message, a transfer to a skill, a transfer to an agent."""

from typing import Any

import msgspec

from orchestrator.core.model.ids import SkillId, UserId


class SendMessage(msgspec.Struct, frozen=True, tag_field="type", tag="SEND_MESSAGE"):
    """Say ``message`` (plain text) to the consumer, in the bot's name."""

    message: str


class TransferToSkill(msgspec.Struct, frozen=True, tag_field="type", tag="TRANSFER_TO_SKILL"):
    """Hand the conversation to the queue of ``skill_id``."""

    skill_id: SkillId


class TransferToAgent(msgspec.Struct, frozen=True, tag_field="type", tag="TRANSFER_TO_AGENT"):
    """Suggest the conversation to one agent; ``skill_id`` is where to go when they cannot take it.

    ``user_id`` is None when the policy's reference to an agent resolved to nothing, which counts
    as an agent that cannot take it.
    """

    user_id: UserId | None
    skill_id: SkillId | None = None


Action = SendMessage | TransferToSkill | TransferToAgent


def document(action: Action) -> dict[str, Any]:
    """Return the canonical JSON: ``{"type": …, "payload": {…}}`` with ids as text."""
    match action:
        case SendMessage(message):
            return {"type": "SEND_MESSAGE", "payload": {"message": message}}
        case TransferToSkill(skill_id):
            return {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": skill_id}}
        case TransferToAgent(user_id, skill_id):
            payload: dict[str, Any] = {"userId": user_id}
            if skill_id is not None:
                payload["skillId"] = skill_id
            return {"type": "TRANSFER_TO_AGENT", "payload": payload}
