"""What the host may tell, item 47 of the protocol's conformance list."""

import ast
import inspect

from orchestrator.core.ums import moves, notices
from running.wire import upserted

TOLD = {
    "agent": {
        ".ams.aam.ExConversationChangeNotification",
        ".ams.routing.RoutingTaskNotification",
        ".ams.routing.AgentStateNotification",
        ".ams.ms.OnlineEventDistribution",
    },
    "consumer": {"cqm.ExConversationChangeNotification", "ms.MessagingEventNotification"},
}
"""As sections 5 and 6.4 spell them."""


def test_c47_every_notification_is_one_of_the_six():
    """Every function that makes one has its type from these names, spelled as published."""
    named = {
        *notices.CONVERSATIONS.values(),
        notices.RINGS,
        notices.AGENT_STATE,
        notices.EVENT,
        notices.DIALOG_EVENTS,
    }
    assert named == TOLD["agent"] | TOLD["consumer"]
    tree = ast.parse(inspect.getsource(notices))
    made = [
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"Notification", "_changes"}
    ]
    assert made
    assert not [argument for argument in made if isinstance(argument, ast.Constant)]


def test_c47_no_answer_is_an_error_or_looks_like_a_notification():
    """A frame of type ``error`` would be an event without a listener: the SDK's program dies."""
    answers = {kind for move in moves.MOVES for kind in (move.long_answer, move.short_answer)}
    assert "error" not in answers
    assert not answers & (TOLD["agent"] | TOLD["consumer"])


async def test_c47_a_whole_conversation_brings_all_of_them_and_nothing_else(town, visit):
    """Both sides, from the first ring to the end."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    await anna.ask(".ams.routing.SubscribeAgentsState", {"agentId": town.old_id("anna")})
    await consumer.ask("cqm.SubscribeExConversations", {"convState": ["OPEN", "CLOSE"]})
    conversation = await visit.opened(consumer)
    await consumer.ask("ms.SubscribeMessagingEvents", {"dialogId": conversation})
    await visit.accepted(anna, conversation)
    for speaker in (anna, consumer):
        assert (await visit.say(speaker, conversation, "hello"))["code"] == 200
    receipt = {"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [1]}
    await anna.ask("ms.PublishEvent", {"dialogId": conversation, "event": receipt})
    typing = {"type": "ChatStateEvent", "chatState": "COMPOSING"}
    await consumer.ask("ms.PublishEvent", {"dialogId": conversation, "event": typing})
    close = {"field": "ConversationStateField", "conversationState": "CLOSE"}
    await visit.change(anna, conversation, close)
    await upserted(anna, conversation, kind="DELETE")
    for side, peer in (("agent", anna), ("consumer", consumer)):
        await peer.settled()
        told = {frame["type"] for frame in peer.frames if frame["kind"] == "notification"}
        assert told == TOLD[side]
        assert not [frame for frame in peer.frames if frame["type"] == "error"]
