"""What clients ask, as values: a move's name and a body, ready for either client side."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from orchestrator.core.model.conversation import Audience, Availability, ParticipantRole
from orchestrator.core.ums import bodies


class Ask(msgspec.Struct, frozen=True):
    """One request before it has an id. ``body`` None sends an empty object."""

    name: str
    body: bodies.Body | str | None = None
    metadata: list[Any] | None = None
    headers: list[Any] | None = None


def set_state(availability: Availability, *, agent: str) -> Ask:
    """Be available, or not. ``agent`` is an old id, as everywhere here: ``1.1001``."""
    body = bodies.SetAgentState(
        availability=availability, channels=["MESSAGING"], agent_user_id=agent
    )
    return Ask("SetAgentState", body)


def subscribe_state(account: str, *, agent: str) -> Ask:
    """Be told an agent's state."""
    return Ask(
        "SubscribeAgentsState", bodies.SubscribeAgentsState(agent_id=agent, brand_id=account)
    )


def subscribe_rings(account: str, *, agent: str) -> Ask:
    """Be told my rings."""
    body = bodies.SubscribeRoutingTasks(channel_type="MESSAGING", agent_id=agent, brand_id=account)
    return Ask("SubscribeRoutingTasks", body)


def subscribe_conversations(
    *,
    states: Iterable[Literal["OPEN", "CLOSE"]] = ("OPEN",),
    agents: Iterable[str] = (),
    since: int | None = None,
) -> Ask:
    """Be told conversations in these states, of these agents (none: all that I may see).

    ``since`` in epoch milliseconds.
    """
    body = bodies.SubscribeExConversations(
        conv_state=tuple(states), agent_ids=tuple(agents) or None, min_last_updated_time=since
    )
    return Ask("SubscribeExConversations", body)


def unsubscribe_conversations(subscription_id: str) -> Ask:
    """Stop being told."""
    body = bodies.UnsubscribeExConversations(subscription_id=subscription_id)
    return Ask("UnsubscribeExConversations", body)


def ring(ring_id: str, *, state: Literal["ACCEPTED", "REJECTED"]) -> Ask:
    """Accept or reject a ring."""
    return Ask("UpdateRingState", bodies.UpdateRingState(ring_id=ring_id, ring_state=state))


def query_messages(dialog_id: str, *, newer_than: int = 0) -> Ask:
    """The stored events of a dialog after a sequence."""
    body = bodies.QueryMessages(dialog_id=dialog_id, newer_than_sequence=newer_than)
    return Ask("QueryMessages", body)


def subscribe_messages(dialog_id: str, *, from_sequence: int = 0) -> Ask:
    """Be told the events of a dialog (consumers)."""
    body = bodies.SubscribeMessagingEvents(dialog_id=dialog_id, from_seq=from_sequence)
    return Ask("SubscribeMessagingEvents", body)


def publish(
    dialog_id: str,
    event: Mapping[str, Any],
    *,
    conversation_id: str | None = None,
    metadata: list[Any] | None = None,
    audience: Audience | None = None,
) -> Ask:
    """Say something. Raises ValueError or TypeError for an event without its required keys."""
    body = bodies.PublishEvent(
        dialog_id=dialog_id,
        event=dict(event),
        conversation_id=conversation_id,
        message_audience=audience,
    )
    return Ask("PublishEvent", body, metadata)


def text(message: str) -> dict[str, Any]:
    """Return the event that says plain text."""
    return {"type": "ContentEvent", "contentType": "text/plain", "message": message}


def profile(consumer_id: str | None = None) -> Ask:
    """A consumer's profile; mine without an id. Sent as a bare string, as the SDK does."""
    return Ask("GetUserProfile", consumer_id)


def set_profile(body: bodies.SetUserProfile) -> Ask:
    """Say who I am (consumers)."""
    return Ask("SetUserProfile", body)


def change(conversation_id: str, changes: Iterable[bodies.Change]) -> Ask:
    """Change a conversation: everything, or nothing."""
    body = bodies.UpdateConversationField(
        conversation_id=conversation_id, conversation_field=tuple(changes)
    )
    return Ask("UpdateConversationField", body)


def leave(agent: str, *, role: ParticipantRole = "ASSIGNED_AGENT") -> bodies.ParticipantsChange:
    """The part of a change in which an agent lets go of a role."""
    return bodies.ParticipantsChange(type="REMOVE", role=role, user_id=agent)


def to_skill(conversation_id: str, *, skill_id: str, agent: str) -> Ask:
    """Transfer my conversation to a skill's queue (§5.5). ``agent`` is me."""
    moved = bodies.SkillChange(type="UPDATE", skill=skill_id)
    return change(conversation_id, (leave(agent), moved))


def to_agent(conversation_id: str, *, target: str, skill_id: str, agent: str) -> Ask:
    """Suggest my conversation to ``target`` (old id, PID or user id), within a skill (§5.5)."""
    suggested = bodies.ParticipantsChange(type="SUGGEST", role="ASSIGNED_AGENT", user_id=target)
    moved = bodies.SkillChange(type="UPDATE", skill=skill_id)
    return change(conversation_id, (leave(agent), suggested, moved))


def join(conversation_id: str, *, agent: str, role: ParticipantRole = "MANAGER") -> Ask:
    """Join somebody's conversation."""
    added = bodies.ParticipantsChange(type="ADD", role=role, user_id=agent)
    return change(conversation_id, (added,))


def close(conversation_id: str) -> Ask:
    """End the conversation, without a survey."""
    return change(conversation_id, (bodies.StateChange(conversation_state="CLOSE"),))


def open_conversation(body: bodies.ConsumerRequestConversation) -> Ask:
    """Open a conversation (consumers)."""
    return Ask("ConsumerRequestConversation", body)


def introduce(token: str, *, client_properties: Mapping[str, Any] | None = None) -> Ask:
    """Say who I am, where the handshake did not (consumers). ``token`` is the JWT."""
    headers: list[Any] = [{"type": ".ams.headers.ConsumerAuthentication", "jwt": token}]
    if client_properties is not None:
        headers.insert(0, {"type": ".ams.headers.ClientProperties", **client_properties})
    return Ask("InitConnection", headers=headers)
