"""Order under load, items 40, 41, 44 and 46 of the conformance list."""

import asyncio
import itertools

EVENT = ".ams.ms.OnlineEventDistribution"
CHANGED = ".ams.aam.ExConversationChangeNotification"
REMOVE = {"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"}


async def chatter(visit, peer, conversation, stop):
    """Publish without a pause until told to stop; how often."""
    for number in itertools.count():
        if stop.is_set():
            return number
        assert (await visit.say(peer, conversation, f"word {number}"))["code"] == 200
    raise AssertionError("unreachable")


async def test_c40_c41_c44_c46_many_words_between_acceptance_and_transfer(visit, town):
    """Words reach an agent only between the UPSERT that names them and the DELETE, whole and in
    order; what fell outside is what QueryMessages tells, in the same words.
    """
    anna, ben = await visit.agent("anna"), await visit.agent("ben")
    consumers = [await visit.consumer() for _ in range(3)]
    conversations = [await visit.opened(each) for each in consumers]
    stop = asyncio.Event()
    talking = [
        asyncio.create_task(chatter(visit, peer, name, stop))
        for peer, name in zip(consumers, conversations, strict=True)
    ]
    for name in conversations:
        await visit.accepted(anna, name)
    suggested = {"field": "ParticipantsChange", "type": "SUGGEST", "role": "ASSIGNED_AGENT"}
    for name in conversations:
        await visit.change(
            anna,
            name,
            REMOVE,
            {**suggested, "userId": town.old_id("ben")},
            {"field": "Skill", "type": "UPDATE", "skill": town.skills["Billing"]},
        )
        await visit.accepted(ben, name)
    stop.set()
    said = await asyncio.gather(*talking)
    assert min(said) > 5, "or nothing was tried"
    for peer in (anna, ben):
        await peer.settled()
        assert_in_order(peer, conversations, who=town.old_id("anna" if peer is anna else "ben"))
    for name in conversations:
        stored = await ben.ask(".ams.ms.QueryMessages", {"dialogId": name})
        by_sequence = {each["sequence"]: each for each in stored["body"]}
        assert sorted(by_sequence) == list(range(1, len(by_sequence) + 1))
        live = [*events(anna, name), *events(ben, name)]
        assert live, "the talk went on while they had it"
        assert all(by_sequence[each["sequence"]] == each for each in live)


async def test_c40_a_bot_that_comes_back_with_conversations_in_hand(visit, town):
    """Its new socket hears no word before it has subscribed, and then every one, whole."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    name = await visit.opened(consumer)
    await visit.accepted(anna, name)
    stop = asyncio.Event()
    talking = asyncio.create_task(chatter(visit, consumer, name, stop))
    mine = {"convState": ["OPEN"], "agentIds": [town.old_id("anna")]}
    for _ in range(5):
        again = await visit.agent("anna", state=None)
        await again.ask(".ams.routing.SetAgentState", {"availability": "ONLINE"})
        await again.settled()
        assert not events(again, name)
        await again.ask(".ams.aam.SubscribeExConversations", mine)
        await again.wait(lambda frame: frame.get("type") == EVENT)
        assert_in_order(again, [name], who=town.old_id("anna"))
    stop.set()
    assert await talking > 5, "or nothing was tried"


def events(peer, conversation):
    return [
        frame["body"]
        for frame in peer.frames
        if frame.get("type") == EVENT and frame["body"]["dialogId"] == conversation
    ]


def assert_in_order(peer, conversations, *, who):
    """Walk what a client was told, as the SDK's own example does."""
    named, last, told = set(), dict.fromkeys(conversations, 0), {}
    for frame in peer.frames:
        if frame.get("type") == CHANGED:
            for change in frame["body"]["changes"]:
                name, details = change["result"]["convId"], change["result"]["conversationDetails"]
                assert details["metaDataLastUpdateTs"] >= told.get(name, 0)
                assert change["type"] == "UPSERT" or name in told, "DELETE of what was never told"
                told[name] = details["metaDataLastUpdateTs"]
                present = who in details["participants"]["ASSIGNED_AGENT"]
                (named.add if change["type"] == "UPSERT" and present else named.discard)(name)
        elif frame.get("type") == EVENT:
            name, sequence = frame["body"]["dialogId"], frame["body"]["sequence"]
            assert name in named, "a word of a conversation that is not known"
            assert sequence > last[name], "each once, in order"
            assert last[name] in (0, sequence - 1), "and none left out on the way"
            last[name] = sequence
