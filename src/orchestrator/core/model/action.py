"""What a policy asks for: a message, a transfer to a skill, a transfer to an agent."""

from collections.abc import Callable, Mapping
from typing import Any, Final

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
    return _DOCUMENTS[type(action)](action)


def _message(action: SendMessage) -> dict[str, Any]:
    return {"type": "SEND_MESSAGE", "payload": {"message": action.message}}


def _to_skill(action: TransferToSkill) -> dict[str, Any]:
    payload: dict[str, Any] = {"skillId": action.skill_id} if action.skill_id else {}
    if action.skill_name:
        payload["skillName"] = action.skill_name
    return {"type": "TRANSFER_TO_SKILL", "payload": payload}


def _to_agent(action: TransferToAgent) -> dict[str, Any]:
    payload = _present(
        userId=action.user_id,
        loginName=action.login_name,
        skillId=action.skill_id,
        skillName=action.skill_name,
    )
    if action.login_name is None:
        payload = {"userId": action.user_id, **payload}
    return {"type": "TRANSFER_TO_AGENT", "payload": payload}


_DOCUMENTS: Final[Mapping[type[Action], Callable[[Any], dict[str, Any]]]] = {
    SendMessage: _message,
    TransferToSkill: _to_skill,
    TransferToAgent: _to_agent,
}


def _present(**fields: str | None) -> dict[str, Any]:
    return {key: text for key, text in fields.items() if text}
