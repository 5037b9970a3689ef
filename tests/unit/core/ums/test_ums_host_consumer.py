"""A consumer's client and the host, back to back."""

from orchestrator.core.ums import asks, bodies, consumer_side, host_side


def kinds(heard):
    return [type(event).__name__ for event in heard]


def subscribe_messages(pair, messages, **options):
    asked = pair.ask(asks.subscribe_messages("c-1", **options))
    return pair.heard(pair.host.subscribe_messages(asked, messages=messages))


def test_48_first_say_who_you_are(world):
    """Conformance 48: before InitConnection everything else is answered 401."""
    host = host_side.HostSide(world.account, "consumer")
    client = consumer_side.ConsumerSide(world.account)
    early = client.ask(asks.open_conversation(bodies.ConsumerRequestConversation()), now=0.0)
    (frame,) = host_side.frames_of(host.receive(early.text))
    (refused,) = client.receive(frame)
    assert refused.code == 401
    hello = host.receive(client.ask(asks.introduce("t.o.k"), now=0.0).text)
    assert isinstance(hello, host_side.Asked)
    assert bodies.consumer_token(hello.headers) == "t.o.k"
    host.introduce(host_side.Caller("jo", "jo"))
    client.receive(host.answer(hello, {})[0])
    again = client.ask(asks.open_conversation(bodies.ConsumerRequestConversation()), now=0.0)
    assert isinstance(host.receive(again.text), host_side.Asked)


def test_49_the_request_comes_whole(world):
    """Conformance 49: campaign, skill and context reach the host as they were sent."""
    pair = world.visitor()
    context = {"type": "SharkContext", "lang": "en-US", "odd": [1, None]}
    body = bodies.ConsumerRequestConversation(
        skill_id="3001",
        campaign_info=bodies.CampaignInfo(campaign_id=9),
        conversation_context=context,
    )
    asked = pair.ask(asks.open_conversation(body))
    assert asked.body == body
    (answered,) = pair.heard(pair.host.answer(asked, {"conversationId": "c-1"}))
    assert answered.body == {"conversationId": "c-1"}


def test_agents_requests_are_not_for_consumers(world):
    """A consumer cannot accept rings."""
    pair = world.visitor()
    text = '{"id":1,"type":"routing.UpdateRingState","body":{"ringId":"r","ringState":"ACCEPTED"}}'
    assert isinstance(pair.host.receive(text), host_side.Replied)


def test_conversations_of_the_consumer_alone(world):
    """§6.4: the short type, and nobody else's conversations."""
    pair = world.visitor()
    mine = world.conversation(world.bot)
    other = world.conversation(key="c-2", consumer_id="ann")
    frames = pair.subscribe(states=("OPEN", "CLOSE"), current=[mine, other])
    assert kinds(pair.heard(frames)) == ["Answered", "ConversationUpserted"]
    assert pair.raw(frames)[1]["type"] == "cqm.ExConversationChangeNotification"
    assert pair.happened(world.changed(other)) == []
    closed = world.conversation(world.bot, state="CLOSE", stage="CLOSE")
    assert kinds(pair.happened(world.changed(closed))) == ["ConversationUpserted"]


def test_stored_messages_then_live_ones(world):
    """§6.3: existing events first, then live ones; each sequence once, private ones never."""
    pair = world.visitor()
    hello = world.message(world.consumer, "hello")
    secret = world.message(world.bot, "psst", sequence=2, audience="AGENTS_AND_MANAGERS")
    heard = subscribe_messages(pair, [hello, secret])
    assert kinds(heard) == ["Answered", "MessageArrived"]
    assert heard[1].message.text == "hello"
    conversation = world.conversation(world.bot)
    reply = world.message(world.bot, "hi", sequence=3)
    assert pair.happened(world.published(conversation, hello)) == []
    (arrived,) = pair.happened(world.published(conversation, reply))
    assert (arrived.message.originator, arrived.message.role) == (world.bot.pid, "ASSIGNED_AGENT")
    assert pair.happened(world.published(conversation, reply)) == []
    whisper = world.message(world.bot, sequence=4, audience="AGENTS_AND_MANAGERS")
    assert pair.happened(world.published(conversation, whisper)) == []


def test_a_message_while_the_stored_ones_are_read_is_not_lost(world):
    """A message between the request and its answer is told after the answer, once."""
    pair = world.visitor()
    asked = pair.ask(asks.subscribe_messages("c-1"))
    stored = [world.message(world.consumer, sequence=number) for number in (1, 2)]
    for message in (stored[1], world.message(world.bot, sequence=3)):
        assert pair.happened(world.published(world.conversation(world.bot), message)) == []
    heard = pair.heard(pair.host.subscribe_messages(asked, messages=stored))
    assert [event.message.sequence for event in heard[1:]] == [1, 2, 3]


def test_from_a_sequence_on(world):
    """§6.3: fromSeq leaves out what is older."""
    pair = world.visitor()
    stored = [world.message(world.consumer, sequence=number) for number in (1, 2, 3)]
    heard = subscribe_messages(pair, stored, from_sequence=3)
    assert [event.message.sequence for event in heard[1:]] == [3]


def test_what_was_left_out_is_not_told_late(world):
    """A message before fromSeq, whose fact was still on its way, stays left out."""
    pair = world.visitor()
    stored = [world.message(world.consumer, sequence=number) for number in (1, 2, 3)]
    subscribe_messages(pair, stored, from_sequence=5)
    late = [*stored, world.message(world.bot, sequence=4), world.message(world.bot, sequence=5)]
    told = [pair.happened(world.published(world.conversation(world.bot), one)) for one in late]
    assert [event.message.sequence for heard in told for event in heard] == [5]


def test_chat_states_pass_by(world):
    """Chat states are told and have no place in the count."""
    pair = world.visitor()
    subscribe_messages(pair, [])
    typing = world.message(
        world.bot, sequence=0, event={"type": "ChatStateEvent", "chatState": "COMPOSING"}
    )
    fact = world.published(world.conversation(world.bot), typing)
    assert kinds(pair.happened(fact)) == kinds(pair.happened(fact)) == ["MessageArrived"]


def test_without_a_subscription_nothing_is_told(world):
    """Messages of dialogs without a subscription stay where they are."""
    pair = world.visitor()
    fact = world.published(world.conversation(), world.message(world.consumer))
    assert pair.happened(fact) == []
