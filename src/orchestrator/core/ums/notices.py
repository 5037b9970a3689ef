"""The notifications that a host sends, one function each, in both sides' spelling."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from orchestrator.core.model.conversation import Availability, Conversation, Message, Ring
from orchestrator.core.ums import codec, to_wire
from orchestrator.core.ums.frames import Notification
from orchestrator.core.ums.moves import Side

CONVERSATIONS: Final[dict[Side, str]] = {
    "agent": ".ams.aam.ExConversationChangeNotification",
    "consumer": "cqm.ExConversationChangeNotification",
}
RINGS: Final = ".ams.routing.RoutingTaskNotification"
AGENT_STATE: Final = ".ams.routing.AgentStateNotification"
EVENT: Final = ".ams.ms.OnlineEventDistribution"
DIALOG_EVENTS: Final = "ms.MessagingEventNotification"

MOST_BYTES: Final = 1 << 20
"""In one notification: a common limit of clients, who must live too."""

CHUNK: Final = 250
"""Conversations in one notification. The original sends up to 1000, which would be too large."""


def conversations(
    subscription_id: str, snapshots: Iterable[Conversation], *, side: Side
) -> Notification:
    """UPSERT of conversations that match a subscription."""
    changes = [
        {"type": "UPSERT", "result": to_wire.conversation(snapshot, side=side)}
        for snapshot in snapshots
    ]
    return _changes(CONVERSATIONS[side], subscription_id, changes=changes)


def in_pieces(subscription_id: str, snapshots: Sequence[Conversation], *, side: Side) -> list[str]:
    """UPSERT of any number of conversations, as the texts of as many frames as it takes."""
    if not snapshots:
        return []
    if len(snapshots) <= CHUNK:
        frame = codec.encode(conversations(subscription_id, snapshots, side=side))
        if len(snapshots) == 1 or codec.fits(frame, MOST_BYTES):
            return [frame]
    half = min(CHUNK, (len(snapshots) + 1) // 2)
    return [
        *in_pieces(subscription_id, snapshots[:half], side=side),
        *in_pieces(subscription_id, snapshots[half:], side=side),
    ]


def gone(subscription_id: str, snapshot: Conversation, *, side: Side) -> Notification:
    """DELETE of a conversation that matches no more, with all its details (conformance 38)."""
    change = {"type": "DELETE", "result": to_wire.conversation(snapshot, side=side)}
    return _changes(CONVERSATIONS[side], subscription_id, changes=[change])


def rings(subscription_id: str, offers: Iterable[Ring]) -> Notification:
    """The present state of rings."""
    changes = [{"type": "UPSERT", "result": to_wire.ring(offer)} for offer in offers]
    return _changes(RINGS, subscription_id, changes=changes)


def agent_state(
    subscription_id: str, account: str, *, user_id: str, availability: Availability
) -> Notification:
    """The present state of an agent."""
    result = to_wire.availability(account, user_id, state=availability)
    return _changes(AGENT_STATE, subscription_id, changes=[{"type": "UPSERT", "result": result}])


def message(event: Message, account: str) -> Notification:
    """One event of a dialog, to an agent."""
    return Notification(EVENT, to_wire.message(event, account, side="agent"))


def events(messages: Iterable[Message], account: str, *, side: Side) -> list[dict[str, Any]]:
    """Event objects in the order given, without those that this side may not see."""
    return [
        to_wire.message(event, account, side=side)
        for event in messages
        if to_wire.is_for(event, side)
    ]


def dialog_events(dialog_id: str, changes: list[dict[str, Any]]) -> Notification:
    """Events of one dialog, to a consumer."""
    return Notification(DIALOG_EVENTS, {"dialogId": dialog_id, "changes": changes})


def _changes(kind: str, subscription_id: str, *, changes: list[dict[str, Any]]) -> Notification:
    return Notification(kind, {"subscriptionId": subscription_id, "changes": changes})
