"""What a subscription to conversations is told, item 25 of the conformance list."""

import asyncio

import msgspec
import pytest

from running import wire

CHANGED = ".ams.aam.ExConversationChangeNotification"
SUBSCRIBE = ".ams.aam.SubscribeExConversations"
CLOSE = {"field": "ConversationStateField", "conversationState": "CLOSE"}


@pytest.fixture
async def quiet(shared_server, account_ids):
    """A visit to an account in which nothing happens but what the test does."""
    town = await wire.seed(shared_server, str(next(account_ids)))
    async with wire.Visit(town) as opened:
        yield opened


async def matches(peer, **filters):
    """Subscribe; the ids that are told at once, in order."""
    since = len(peer.frames)
    answer = await peer.ask(SUBSCRIBE, filters)
    assert answer["code"] == 200, answer
    name = answer["body"]["subscriptionId"]
    await peer.wait(
        lambda frame: frame.get("type") == CHANGED and frame["body"]["subscriptionId"] == name,
        since=since,
    )
    await peer.settled()
    return [
        change["result"]["convId"]
        for frame in peer.frames[since:]
        if frame.get("type") == CHANGED and frame["body"]["subscriptionId"] == name
        for change in frame["body"]["changes"]
        if change["type"] == "UPSERT"
    ]


async def test_c25_filters_choose(quiet):
    """State, stage, people in any spelling and time; without a filter all that one may see."""
    visit, town = quiet, quiet.town
    anna, may = await visit.agent("anna"), await visit.agent("may", state=None)
    consumer = await visit.consumer()
    ended, held = await visit.opened(consumer), await visit.opened(consumer)
    for each in (ended, held):
        await visit.accepted(anna, each)
    queued = await visit.opened(consumer, "Billing")
    await visit.change(anna, ended, CLOSE)
    assert await matches(may) == [ended, held, queued], "oldest first"
    assert await matches(may, convState=["OPEN"]) == [held, queued]
    assert await matches(may, convState="CLOSE") == [ended]
    assert await matches(may, stage=["OPEN"]) == [held, queued]
    for spelling in (town.old_id("anna"), town.users["anna"]["pid"]):
        assert await matches(may, agentIds=[spelling], convState=["OPEN"]) == [held]
    assert await matches(anna) == [ended, held], "an agent sees what they take part in"
    assert await matches(anna, agentIds=[town.old_id("ben")]) == []
    assert await matches(may, minLastUpdatedTime=4_102_444_800_000) == [], "the year 2100"
    assert await matches(may, minLastUpdatedTime=1) == [ended, held, queued]


async def test_c25_one_that_ended_tells_no_more(quiet):
    """200 for one's own subscription, an error for any other; then silence."""
    visit = quiet
    may, consumer = await visit.agent("may", state=None), await visit.consumer()
    answer = await may.ask(SUBSCRIBE, {"convState": ["OPEN"]})
    name = {"subscriptionId": answer["body"]["subscriptionId"]}
    assert (await may.ask(".ams.aam.UnsubscribeExConversations", name))["code"] == 200
    assert (await may.ask(".ams.aam.UnsubscribeExConversations", name))["code"] == 404
    since = len(may.frames)
    await visit.opened(consumer)
    await may.settled()
    assert not [frame for frame in may.frames[since:] if frame.get("type") == CHANGED]


async def test_c25_thousands_are_told_in_pages_while_life_goes_on(quiet):
    """Each exactly as often as it changed, none after its end, the answer first."""
    visit = quiet
    reader, busy = await visit.agent("may", state=None), await visit.agent("may", state=None)
    consumers = [await visit.consumer() for _ in range(4)]
    opened = []
    for _ in range(300):
        opened += await asyncio.gather(*(visit.opened(each) for each in consumers))
    ending, changing = opened[0::97], opened[50::97]

    async def live():
        for each in ending:
            await visit.change(busy, each, CLOSE)
        for each in changing:
            rate = {"field": "TTRField", "ttrType": "CUSTOM", "value": 77}
            await visit.change(busy, each, rate)

    asked = asyncio.create_task(reader.ask(SUBSCRIBE, {"convState": ["OPEN"]}))
    await live()
    await asked
    await reader.wait(
        lambda frame: (
            opened[-1] in msgspec.json.encode(frame).decode() and frame.get("type") == CHANGED
        )
    )
    await reader.settled()
    known: dict[str, dict] = {}
    for frame in reader.frames:
        if frame.get("type") != CHANGED:
            continue
        assert len(frame["body"]["changes"]) <= 250
        for change in frame["body"]["changes"]:
            name = change["result"]["convId"]
            if change["type"] == "UPSERT":
                known[name] = change["result"]["conversationDetails"]
            else:
                assert name in known, "no DELETE of what was never told"
                del known[name]
    assert known.keys() == set(opened) - set(ending)
    assert {known[each]["ttr"]["value"] for each in changing} == {77}
