"""Conversations and messages survive the way over the wire, and look as clients need them."""

import msgspec

from orchestrator.core.model import conversation as model
from orchestrator.core.ums import from_wire, reading, to_wire


def over(snapshot, side="agent"):
    text = msgspec.json.encode(to_wire.conversation(snapshot, side=side))
    result = msgspec.json.decode(text, type=from_wire.ConversationResult)
    return from_wire.conversation(result, snapshot.account)


def test_a_conversation_survives_the_way(world):
    """Everything that the wire carries comes back equal."""
    snapshot = world.conversation(
        world.bot,
        campaign_id="99999",
        engagement_id="888888",
        context={"type": "SharkContext", "lang": "en-US", "clientProperties": {"os": "LINUX"}},
        first=True,
        last_message=world.message(world.consumer, metadata=[{"type": "ActionReason"}]),
    )
    assert over(snapshot) == snapshot


def test_a_closed_conversation_survives_the_way(world):
    """So does its end."""
    snapshot = world.conversation(
        world.bot, state="CLOSE", stage="CLOSE", ended_at=world.start, close_reason="AGENT"
    )
    assert over(snapshot) == snapshot


def test_38_39_participants(world):
    """Conformance 38, 39: all maps present, one order per role, suggested last and without PID."""
    suggested = msgspec.structs.replace(world.human, suggested=True)
    manager = model.Participant("1003", "pid-3", "MANAGER")
    details = to_wire.conversation(world.conversation(suggested, world.bot, manager), side="agent")[
        "conversationDetails"
    ]
    assert details["participantsPId"]["CONSUMER"] == ["jo"]
    assert details["participantsPId"]["ASSIGNED_AGENT"] == [world.bot.pid]
    assert details["participants"]["ASSIGNED_AGENT"] == ["12345678.1001"]
    assert details["participants"]["READER"] == []
    people = details["dialogs"][0]["participantsDetails"]
    assert [(one["id"], one["state"]) for one in people] == [
        ("jo", "ACTIVE"),
        ("12345678.1001", "ACTIVE"),
        ("12345678.1003", "ACTIVE"),
        ("12345678.1002", "SUGGESTED"),
    ]


def test_49_what_the_consumer_said_is_unchanged(world):
    """Conformance 49: ids of campaigns as numbers, the context as it came."""
    context = {"type": "CustomContext", "name": "WhatsApp", "odd": [1, {"deep": None}]}
    snapshot = world.conversation(campaign_id="99999", engagement_id="spring-7", context=context)
    details = to_wire.conversation(snapshot, side="agent")["conversationDetails"]
    assert details["campaignInfo"] == {"campaignId": 99999, "engagementId": "spring-7"}
    assert details["context"] == context
    assert details["skillId"] == "3001"


def test_campaign_ids_that_would_change_stay_text(world):
    """Leading zeros and numbers too great for other programs are not made numbers."""
    snapshot = world.conversation(campaign_id="007", engagement_id="9" * 20)
    details = to_wire.conversation(snapshot, side="agent")["conversationDetails"]
    assert details["campaignInfo"] == {"campaignId": "007", "engagementId": "9" * 20}


def test_42_who_said_it(world):
    """Conformance 42: old id and PID for agents, equal for consumers, the role of then."""
    said = to_wire.message(world.message(world.bot), "12345678", side="agent")
    assert (said["originatorId"], said["originatorPId"]) == ("12345678.1001", world.bot.pid)
    assert said["originatorMetadata"] == {"id": world.bot.pid, "role": "ASSIGNED_AGENT"}
    asked = to_wire.message(world.message(world.consumer), "12345678", side="agent")
    assert asked["originatorId"] == asked["originatorPId"] == "jo"


def test_consumers_see_no_old_ids_and_nothing_private(world):
    """§6.4: PIDs only, and private messages are left out, as newest message too."""
    secret = world.message(world.bot, "psst", audience="AGENTS_AND_MANAGERS")
    snapshot = world.conversation(world.bot, last_message=secret)
    text = msgspec.json.encode(to_wire.conversation(snapshot, side="consumer")).decode()
    assert "12345678.1001" not in text
    assert "psst" not in text
    assert world.bot.pid in text


def test_chat_states_have_neither_sequence_nor_time(world):
    """§5.4."""
    typing = world.message(
        world.bot, sequence=0, event={"type": "ChatStateEvent", "chatState": "COMPOSING"}
    )
    wire = to_wire.message(typing, "12345678", side="agent")
    assert "sequence" not in wire
    assert "serverTimestamp" not in wire


def test_44_messages_are_the_same_live_and_asked_for(world):
    """Conformance 44: one shape for notifications and QueryMessages; it comes back equal."""
    said = world.message(world.bot, metadata=[{"type": "ExternalId", "id": "step-1"}])
    raw = msgspec.json.encode([to_wire.message(said, "12345678", side="agent")])
    assert reading.messages(raw, "12345678") == [said]


def test_a_bare_conversation_is_readable():
    """What is optional may be missing: a client makes the best of it."""
    text = b'{"convId":"c","conversationDetails":{"participantsPId":{"CONSUMER":["jo"]},"new":{}}}'
    result = msgspec.json.decode(text, type=from_wire.ConversationResult)
    snapshot = from_wire.conversation(result, "1")
    assert (snapshot.conversation_id, snapshot.consumer_id, snapshot.skill_id) == ("c", "jo", "-1")
    assert [one.role for one in snapshot.participants] == ["CONSUMER"]


def test_unknown_roles_and_states_are_ignored(world):
    """Clients ignore unknown enumeration values (§3.2)."""
    wire = to_wire.conversation(world.conversation(world.bot), side="agent")
    people = wire["conversationDetails"]["dialogs"][0]["participantsDetails"]
    people.append({"id": "12345678.9", "role": "CONTROLLER", "state": "ACTIVE"})
    result = msgspec.convert(wire, from_wire.ConversationResult)
    roles = [one.role for one in from_wire.conversation(result, "12345678").participants]
    assert roles == ["CONSUMER", "ASSIGNED_AGENT"]
