"""What the host tells of surveys, and of subscriptions that match much, by number."""

import msgspec

from orchestrator.core.model import conversation as model
from orchestrator.core.model import happening
from orchestrator.core.ums import asks, host_side, subscriptions


def kinds(heard):
    return [type(event).__name__ for event in heard]


def test_25_more_matches_follow_until_the_subscription_ends(world):
    """A page that is read later tells nothing older than what facts told in between."""
    pair = world.agent(manager=True)
    asked = pair.ask(asks.subscribe_conversations())
    (first, stale, third) = (world.conversation(key=f"c-{number}") for number in range(3))
    answered, *_ = pair.heard(pair.host.subscribe_conversations(asked, current=[first]))
    newer = world.conversation(world.bot, key="c-1")
    assert kinds(pair.happened(world.changed(newer))) == ["ConversationUpserted"]
    heard = pair.heard(pair.host.continue_conversations(asked, current=[stale, third]))
    assert [event.conversation.conversation_id for event in heard] == ["c-2"]
    assert pair.host.continue_conversations(asked, current=[]) == []
    ending = pair.ask(asks.unsubscribe_conversations(answered.body["subscriptionId"]))
    pair.heard(pair.host.unsubscribe_conversations(ending))
    assert pair.host.continue_conversations(asked, current=[third]) is None


def test_40_words_of_a_survey_are_for_those_in_it(world):
    """Neither for the agent of the main dialog that is closed, nor late ones of that dialog."""
    survey = msgspec.structs.replace(world.manager(world.human), role="AGENT")
    main = world.conversation(world.bot, state="CLOSE").main
    asking = model.Dialog("s-1", (world.consumer, survey), world.start, world.now(), "POST_SURVEY")
    both = world.conversation(state="CLOSE", dialogs=(asking, main))
    said = world.message(survey, dialog_id="s-1")
    late = world.message(world.consumer, dialog_id="c-1")
    agent, bot = world.agent(), world.agent(who=world.human)
    for pair in (agent, bot):
        pair.heard(pair.subscribe(states=()))
    assert agent.happened(happening.MessagePublished(world.account, both, said)) == []
    assert kinds(bot.happened(happening.MessagePublished(world.account, both, said))) == [
        "ConversationUpserted",
        "MessageArrived",
    ]
    for pair in (agent, bot):
        assert pair.happened(happening.MessagePublished(world.account, both, late)) == []


def test_39_everybody_of_every_dialog_has_a_pid(world):
    """Also those of the closed main dialog, while a survey is open; each once, in one order."""
    pair = world.agent(manager=True)
    asking = model.Dialog("s-1", (world.consumer,), world.start, world.now(), "POST_SURVEY")
    both = world.conversation(
        state="CLOSE", dialogs=(asking, world.conversation(world.bot, state="CLOSE").main)
    )
    frames = pair.subscribe(states=(), current=[both])
    (change,) = pair.raw(frames[1:])[0]["body"]["changes"]
    details = change["result"]["conversationDetails"]
    assert details["participantsPId"]["CONSUMER"] == ["jo"]
    assert details["participantsPId"]["ASSIGNED_AGENT"] == [world.bot.pid]


def test_a_socket_has_only_so_many_subscriptions(world, monkeypatch):
    """Whatever they are of; one that ended makes room."""
    monkeypatch.setattr(subscriptions, "MOST_SUBSCRIPTIONS", 2)
    pair = world.agent()
    pair.heard(pair.subscribe())
    rings = asks.subscribe_rings(world.account, agent="12345678.1001")
    pair.heard(pair.host.subscribe_routing(pair.ask(rings), rings=[]))
    frame = '{"kind":"req","id":"9","type":".ams.aam.SubscribeExConversations","body":{}}'
    refused = pair.host.receive(frame)
    assert isinstance(refused, host_side.Replied)
    assert pair.raw(refused.frames)[0]["code"] == 429
    pair.heard(
        pair.host.unsubscribe_conversations(pair.ask(asks.unsubscribe_conversations("ex-1")))
    )
    assert isinstance(pair.host.receive(frame), host_side.Asked)
