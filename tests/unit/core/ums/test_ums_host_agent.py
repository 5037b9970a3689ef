"""An agent's client and the host, back to back: the conformance list by number."""

import msgspec
import pytest

from orchestrator.core.model import errors, happening
from orchestrator.core.ums import asks, bodies, events, host_side

MINE = ("12345678.1001",)


def kinds(heard):
    return [type(event).__name__ for event in heard]


def test_17_every_request_gets_one_response(world):
    """Conformance 17: reqId as text, code, type and body; answering twice is our own error."""
    pair = world.agent()
    asked = pair.host.receive('{"kind":"req","id":7,"type":".GetClock","body":{}}')
    assert pair.raw(pair.host.answer(asked, {"currentTime": 5})) == [
        {
            "kind": "resp",
            "reqId": "7",
            "code": 200,
            "type": ".GetClock$Response",
            "body": {"currentTime": 5},
        }
    ]
    with pytest.raises(errors.Conflict):
        pair.host.refuse(asked, "again")
    assert pair.host.open_requests == 0


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('{"kind":"req","id":"1","type":".ams.Dance","body":{}}', "Dance"),
        ('{"kind":"req","id":"1","type":".ams.routing.UpdateRingState","body":{}}', "ringId"),
        ('{"kind":"req","id":"1","type":".ams.ms.PublishEvent","body":7}', "object"),
        ('{"kind":"req","id":"1","type":"cm.ConsumerRequestConversation"}', "agent"),
        ('{"kind":"req","id":"1","type":7}', "malformed"),
    ],
)
def test_17_20_bad_requests_are_refused(world, text, word):
    """Conformance 17, 20: 400, `.ReqBody$StringResp`, a sentence; nothing stays open."""
    pair = world.agent()
    received = pair.host.receive(text)
    (frame,) = pair.raw(host_side.frames_of(received))
    assert (frame["code"], frame["type"], frame["reqId"]) == (400, ".ReqBody$StringResp", "1")
    assert word in frame["body"]
    assert pair.host.open_requests == 0


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"kind":"req"}', '{"kind":"resp","reqId":"1","code":200,"type":"x"}']
)
def test_what_names_no_request_is_broken(world, text):
    """Nobody to answer: the door learns why, the socket goes on."""
    pair = world.agent()
    received = pair.host.receive(text)
    assert isinstance(received, host_side.Broken)
    assert isinstance(pair.ask(asks.Ask("GetClock")), host_side.Asked)


def test_20_errors_of_ours_become_refusals(world):
    """Conformance 20: a refused QueryMessages does not have the success type."""
    pair = world.agent()
    asked = pair.ask(asks.query_messages("c-1"))
    (refused,) = pair.heard(pair.host.refuse_error(asked, errors.NotFound("No such dialog.")))
    assert (refused.code, refused.text) == (404, "No such dialog.")
    assert isinstance(refused.error(), errors.NotFound)


def test_both_spellings_are_taken(world):
    """§3.2: short names on the agent's socket as well, answered in the agent's spelling."""
    pair = world.agent()
    asked = pair.host.receive('{"id":1,"type":"ms.QueryMessages","body":{"dialogId":"c-1"}}')
    (frame,) = pair.raw(pair.host.answer_messages(asked, []))
    assert (frame["type"], frame["body"]) == (".ams.ms.QueryMessages$Response", [])


def test_18_25_response_then_matches(world):
    """Conformance 18, 25: the response first, then current matches of PID, old or user id."""
    mine, other = world.conversation(world.bot), world.conversation(world.human, key="c-2")
    closed = world.conversation(world.bot, key="c-3", state="CLOSE")
    for name in ("12345678.1001", world.bot.pid, "1001"):
        pair = world.agent()
        heard = pair.heard(pair.subscribe(agents=(name,), current=[mine, other, closed]))
        assert kinds(heard) == ["Answered", "ConversationUpserted"]
        assert heard[1].conversation == mine
        assert heard[1].subscription_id == heard[0].body["subscriptionId"]


def test_25_no_match_is_told_as_none(world):
    """§11.2: an empty notification follows when nothing matches."""
    pair = world.agent()
    frames = pair.raw(pair.subscribe(agents=MINE))
    assert frames[1]["type"] == ".ams.aam.ExConversationChangeNotification"
    assert frames[1]["body"]["changes"] == []


def test_25_many_matches_come_in_pieces(world):
    """At most 1000 conversations in a notification, and each of them once."""
    pair = world.agent(manager=True)
    current = [world.conversation(key=f"c-{number}") for number in range(1100)]
    frames = pair.subscribe(current=current)
    sizes = [len(frame["body"]["changes"]) for frame in pair.raw(frames[1:])]
    assert sum(sizes) == 1100
    assert max(sizes) <= 1000
    assert max(map(len, frames)) < 1 << 20


def test_25_without_filters_only_what_i_may_see(world):
    """Conformance 25: absent filters mean all permitted: an agent's own, a manager's all."""
    current = [world.conversation(world.bot), world.conversation(world.human, key="c-2")]
    agent, manager = world.agent(), world.agent(who=world.human, manager=True)
    assert len(agent.heard(agent.subscribe(current=current))) == 1 + 1
    assert len(manager.heard(manager.subscribe(current=current))) == 1 + 2


def test_25_stage_and_age_are_filters(world):
    """Conformance 25: stage, and minLastUpdatedTime in milliseconds."""
    pair = world.agent(manager=True)
    body = bodies.SubscribeExConversations(stage="OPEN", min_last_updated_time=1_795_343_862_915)
    asked = pair.ask(asks.Ask("SubscribeExConversations", body))
    current = [
        world.conversation(key="old"),
        world.conversation(key="gone", state="CLOSE", stage="CLOSE"),
        world.conversation(key="survey", state="CLOSE"),
    ]
    heard = pair.heard(pair.host.subscribe_conversations(asked, current=current))
    assert [event.conversation.conversation_id for event in heard[1:]] == ["survey"]


def test_41_delete_once_and_only_after_an_upsert(world):
    """Conformance 41: DELETE when it leaves the filter, once; never for what was not told."""
    pair = world.agent()
    pair.heard(pair.subscribe(agents=MINE))
    assert pair.happened(world.changed(world.conversation())) == []
    assert kinds(pair.happened(world.changed(world.conversation(world.bot)))) == [
        "ConversationUpserted"
    ]
    moved = world.conversation(skill_id="3002", entry_skill_id="3002")
    (gone,) = pair.happened(world.changed(moved))
    assert gone.conversation == moved
    assert pair.happened(world.changed(world.conversation())) == []


def test_41_closing_is_a_delete_with_all_details(world):
    """Conformance 38, 41: closed under convState OPEN; the DELETE has every part."""
    pair = world.agent()
    pair.heard(pair.subscribe(agents=MINE, current=[world.conversation(world.bot)]))
    closed = world.conversation(world.bot, state="CLOSE", stage="CLOSE", ended_at=world.now())
    (frame,) = pair.raw(pair.host.happened(world.changed(closed)))
    (change,) = frame["body"]["changes"]
    details = change["result"]["conversationDetails"]
    assert change["type"] == "DELETE"
    assert details["participantsPId"]["CONSUMER"] == ["jo"]
    assert details["dialogs"][0]["participantsDetails"]


def test_46_time_never_goes_back(world):
    """Conformance 46: a fact older than what was told is dropped."""
    pair = world.agent(manager=True)
    late, current = world.conversation(), world.conversation(world.bot)
    pair.heard(pair.subscribe(current=[current]))
    assert pair.happened(world.changed(late)) == []


def test_18_what_changes_while_the_state_is_read_is_not_lost(world):
    """Conformance 18, 25: a fact between the request and its answer is told after the answer."""
    pair = world.agent()
    conversations = pair.ask(asks.subscribe_conversations(agents=MINE))
    rings = pair.ask(asks.subscribe_rings(world.account, agent=MINE[0]))
    state = pair.ask(asks.subscribe_state(world.account, agent=MINE[0]))
    current = world.conversation(world.bot)
    accepted, closed = world.conversation(world.bot, key="c-2"), world.conversation()
    for fact in (
        world.changed(accepted),
        world.changed(closed),
        happening.RingChanged(world.account, world.ring()),
        happening.AvailabilityChanged(world.account, "1001", "ONLINE"),
    ):
        assert pair.happened(fact) == []
    heard = pair.heard(pair.host.subscribe_conversations(conversations, current=[current]))
    assert kinds(heard) == [
        "Answered",
        "ConversationUpserted",
        "ConversationUpserted",
        "ConversationGone",
    ]
    heard = pair.heard(pair.host.subscribe_routing(rings, rings=[]))
    assert kinds(heard) == ["Answered", "RingOffered"]
    frames = pair.host.subscribe_agent_state(state, user_id="1001", availability="AWAY")
    assert pair.heard(frames)[1:] == [events.AvailabilityTold("1001", "ONLINE")]


def test_40_no_message_before_the_upsert(world):
    """Conformance 40: a message between accept and UPSERT brings the UPSERT with it, first."""
    pair = world.agent()
    pair.heard(pair.subscribe(agents=MINE))
    before = world.published(world.conversation(), world.message(world.consumer))
    assert pair.happened(before) == []
    accepted = world.conversation(world.bot)
    fact = world.published(accepted, world.message(world.consumer, sequence=2))
    assert kinds(pair.happened(fact)) == ["ConversationUpserted", "MessageArrived"]
    again = world.published(accepted, world.message(world.consumer, sequence=3))
    assert kinds(pair.happened(again)) == ["MessageArrived"]


def test_40_no_message_after_the_delete(world):
    """Conformance 40: neither when the agent left, nor when the filter let go of it."""
    pair = world.agent()
    pair.heard(pair.subscribe(agents=MINE, current=[world.conversation(world.bot)]))
    closed = world.conversation(world.bot, state="CLOSE", stage="CLOSE")
    assert kinds(pair.happened(world.changed(closed))) == ["ConversationGone"]
    receipt = world.message(world.consumer, sequence=9)
    assert pair.happened(world.published(closed, receipt)) == []


def test_40_a_manager_must_be_named_first(world):
    """Conformance 40: knowing a conversation is not enough, the UPSERT must name the agent."""
    pair = world.agent(manager=True)
    pair.heard(pair.subscribe(current=[world.conversation()]))
    said = world.message(world.consumer)
    assert pair.happened(world.published(world.conversation(), said)) == []
    joined = world.conversation(msgspec.structs.replace(world.bot, role="MANAGER"))
    assert kinds(pair.happened(world.published(joined, said))) == [
        "ConversationUpserted",
        "MessageArrived",
    ]


def test_40_without_a_covering_subscription_taking_part_is_enough(world):
    """Where the socket knows the conversation: it rang there, or there was a word about it.

    A bot that comes back with conversations in hand dies of a word before its UPSERT.
    """
    silent, other, asking = world.agent(), world.agent(), world.agent()
    other.heard(other.subscribe(agents=("12345678.1002",)))
    fact = world.published(world.conversation(world.bot), world.message(world.consumer))
    for pair in (silent, other, asking):
        assert kinds(pair.happened(fact)) == []
    for pair in (silent, other):
        pair.host.happened(happening.RingChanged(world.account, world.ring(state="ACCEPTED")))
    asking.ask(asks.query_messages(fact.conversation.conversation_id))
    for pair in (silent, other, asking):
        assert kinds(pair.happened(fact)) == ["MessageArrived"]


def test_40_unsubscribing_ends_the_condition(world):
    """After unsubscribing, taking part alone subscribes again; twice is refused."""
    pair = world.agent()
    heard = pair.heard(pair.subscribe(agents=MINE, current=[world.conversation(world.bot)]))
    name = heard[0].body["subscriptionId"]
    assert len(pair.client.standing) == 1
    asked = pair.ask(asks.unsubscribe_conversations(name))
    assert kinds(pair.heard(pair.host.unsubscribe_conversations(asked))) == ["Answered"]
    assert pair.client.standing == ()
    again = pair.ask(asks.unsubscribe_conversations(name))
    assert kinds(pair.heard(pair.host.unsubscribe_conversations(again))) == ["Refused"]
    fact = world.published(world.conversation(world.bot), world.message(world.consumer))
    assert kinds(pair.happened(fact)) == ["MessageArrived"]


def test_43_the_publisher_hears_itself(world):
    """Conformance 43: with the sequence of the response; private messages reach agents."""
    pair = world.agent()
    asked = pair.ask(asks.publish("c-1", asks.text("hello"), metadata=[{"type": "ExternalId"}]))
    assert asked.metadata == [{"type": "ExternalId"}]
    (answered,) = pair.heard(pair.host.answer(asked, {"sequence": 2}))
    said = world.message(
        world.bot, sequence=2, metadata=asked.metadata, audience="AGENTS_AND_MANAGERS"
    )
    (heard,) = pair.happened(world.published(world.conversation(world.bot), said))
    assert heard.message == said
    assert heard.message.sequence == answered.body["sequence"]


def test_24_rings_wait_for_the_subscriber(world):
    """Conformance 24: the response, then the rings that wait, after a reconnect too."""
    pair = world.agent()
    asked = pair.ask(asks.subscribe_rings(world.account, agent="12345678.1001"))
    rings = [world.ring(), world.ring("1002"), world.ring(state="EXPIRED")]
    heard = pair.heard(pair.host.subscribe_routing(asked, rings=rings))
    assert kinds(heard) == ["Answered", "RingOffered"]
    assert heard[1].ring == world.ring()


def test_24_a_ring_is_told_as_waiting_once(world):
    """A ring that begins while its agent subscribes is told once: its bot accepts it once."""
    pair = world.agent()
    begun = happening.RingChanged(world.account, world.ring())
    asked = pair.ask(asks.subscribe_rings(world.account, agent="12345678.1001"))
    assert pair.happened(begun) == []
    heard = pair.heard(pair.host.subscribe_routing(asked, rings=[world.ring()]))
    assert kinds(heard) == ["Answered", "RingOffered"]
    assert pair.happened(begun) == []
    over = happening.RingChanged(world.account, world.ring(state="EXPIRED"))
    assert kinds(pair.happened(over)) == ["RingEnded"]

    again = pair.ask(asks.subscribe_rings(world.account, agent="12345678.1001"))
    heard = pair.heard(pair.host.subscribe_routing(again, rings=[world.ring()]))
    assert kinds(heard) == ["Answered", "RingOffered"]


def test_24_45_no_ring_is_an_empty_notification(world):
    """Conformance 24, 45."""
    pair = world.agent()
    asked = pair.ask(asks.subscribe_rings(world.account, agent="12345678.1001"))
    frames = pair.raw(pair.host.subscribe_routing(asked, rings=[]))
    assert frames[1]["body"]["changes"] == []


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("WAITING", "RingOffered"),
        ("ACCEPTED", "RingEnded"),
        ("REJECTED", "RingEnded"),
        ("EXPIRED", "RingEnded"),
        ("CANCELLED", "RingEnded"),
    ],
)
def test_45_rings_concern_their_agent_alone(world, state, kind):
    """Conformance 26, 27, 45: ringsDetails in every change, taskCompleted once accepted."""
    subscribed, unsubscribed = world.agent(), world.agent()
    asked = subscribed.ask(asks.subscribe_rings(world.account, agent="12345678.1001"))
    subscribed.heard(subscribed.host.subscribe_routing(asked, rings=[]))
    fact = happening.RingChanged(world.account, world.ring(state=state))
    told = subscribed.host.happened(fact)
    assert kinds(subscribed.heard(told)) == [kind]
    assert unsubscribed.happened(fact) == []
    (frame,) = subscribed.raw(told)
    result = frame["body"]["changes"][0]["result"]
    assert result["taskCompleted"] is (state == "ACCEPTED")
    assert result["ringsDetails"][0]["ringState"] == state
    other = happening.RingChanged(world.account, world.ring("1002", state))
    assert subscribed.happened(other) == []


def test_agent_states_are_told_to_subscribers(world):
    """§4.3: the present state at once, then each change of that agent."""
    pair = world.agent()
    asked = pair.ask(asks.subscribe_state(world.account, agent="12345678.1001"))
    frames = pair.host.subscribe_agent_state(asked, user_id="1001", availability="AWAY")
    assert pair.heard(frames)[1] == events.AvailabilityTold("1001", "AWAY")
    changed = happening.AvailabilityChanged(world.account, "1001", "ONLINE")
    other = happening.AvailabilityChanged(world.account, "1002", "ONLINE")
    assert pair.happened(changed) == [events.AvailabilityTold("1001", "ONLINE")]
    assert pair.happened(other) == []


def test_47_no_frame_has_the_type_error(world):
    """Conformance 47: notification types exactly as documented."""
    pair = world.agent()
    frames = pair.subscribe(agents=MINE, current=[world.conversation(world.bot)])
    said = world.published(world.conversation(world.bot), world.message(world.bot))
    types = {frame["type"] for frame in pair.raw([*frames, *pair.host.happened(said)])}
    assert types == {
        ".ams.aam.SubscribeExConversations$Response",
        ".ams.aam.ExConversationChangeNotification",
        ".ams.ms.OnlineEventDistribution",
    }


def test_another_account_is_another_world(world):
    """Facts of other accounts and the end of sessions tell nothing here."""
    pair = world.agent(manager=True)
    pair.heard(pair.subscribe())
    foreign = msgspec.structs.replace(world.changed(world.conversation()), account="2")
    assert pair.happened(foreign) == []
    assert pair.happened(happening.SessionEnded(world.account, "1001")) == []
