"""What a conversation says of itself: attributes that are read without asking anybody."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from orchestrator.core.model.attributes import Json
from orchestrator.core.model.conversation import Conversation

_CHANNELS: Final[dict[str, str]] = {"SharkContext": "web", "MobileAppContext": "app"}
"""Context type on the wire → what managers call the channel; connectors give their own name."""

_READ: Final[dict[str, Callable[[Conversation, datetime], Json]]] = {
    "conversation.conversationId": lambda conversation, _: conversation.conversation_id,
    "conversation.groupId": lambda conversation, _: conversation.conversation_id,
    "conversation.consumerId": lambda conversation, _: conversation.consumer_id,
    "conversation.currentSkillId": lambda conversation, _: (
        conversation.skill_id if conversation.has_skill else None
    ),
    "conversation.minutesSinceStartConversation": lambda conversation, now: minutes(
        conversation.started_at, now
    ),
    "conversation.engagementId": lambda conversation, _: conversation.engagement_id,
    "conversation.campaignId": lambda conversation, _: conversation.campaign_id,
    "conversation.channel": lambda conversation, _: channel(conversation.context),
    "conversation.language": lambda conversation, _: dig(conversation.context, ("lang",)),
    "conversation.device": lambda conversation, _: dig(
        conversation.context, ("clientProperties", "deviceFamily")
    ),
    "conversation.isFirst": lambda conversation, _: conversation.first,
}

NAMES: Final = frozenset(_READ)
"""The canonical names of these attributes."""


def value(conversation: Conversation, name: str, *, now: datetime) -> Json:
    """Return one of `NAMES`, as it is ``now``; None where the conversation does not have it."""
    return _READ[name](conversation, now)


def channel(context: Mapping[str, Any] | None) -> str | None:
    """Return what managers call the channel of a conversation context; None when unknown."""
    kind = (context or {}).get("type")
    if kind == "CustomContext":
        name = (context or {}).get("name")
        return name if isinstance(name, str) else None
    return _CHANNELS.get(kind) if isinstance(kind, str) else None


def minutes(since: datetime, now: datetime) -> float:
    """Return the minutes between two moments, never fewer than none.

    A platform whose clock runs ahead of ours must not make durations negative.
    """
    return max(0.0, (now - since).total_seconds() / 60)


def dig(given: Any, path: Iterable[str]) -> Json:
    """Return what lies at ``path`` in nested mappings, None where there is nothing."""
    for part in path:
        if not isinstance(given, Mapping):
            return None
        given = given.get(part)
    return given
