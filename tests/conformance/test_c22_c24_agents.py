"""The clock and agents who come and go, items 22 to 24 of the conformance list."""

import time

import pytest

RINGS = ".ams.routing.RoutingTaskNotification"
STATES = ".ams.routing.AgentStateNotification"
EVENT = ".ams.ms.OnlineEventDistribution"
STRING = ".ReqBody$StringResp"


def _rings(frame, conversation, state):
    return frame.get("type") == RINGS and any(
        change["result"]["conversationId"] == conversation
        and change["result"]["ringsDetails"][0]["ringState"] == state
        for change in frame["body"]["changes"]
    )


# -- simple requests ---------------------------------------------------------------------------


async def test_c22_the_clock(visit):
    """Milliseconds, as a number."""
    peer = await visit.agent("anna", state=None)
    now = (await peer.ask(".GetClock"))["body"]["currentTime"]
    assert abs(now / 1000 - time.time()) < 60
    assert isinstance(now, int)


@pytest.mark.parametrize("state", ["ONLINE", "OCCUPIED", "BACK_SOON", "AWAY", "OFFLINE"])
async def test_c23_every_state(town, visit, state):
    """202, and the subscribers of that agent are told."""
    peer = await visit.agent("ben", state=None)
    await peer.ask(".ams.routing.SubscribeAgentsState", {"agentId": town.old_id("ben")})
    since = len(peer.frames)
    answer = await peer.ask(".ams.routing.SetAgentState", {"availability": state})
    assert (answer["code"], answer["type"]) == (202, STRING)
    told = await peer.told(
        STATES, lambda change: change["result"]["availability"] == state, since=since
    )
    assert told["result"]["agentUserId"] == town.old_id("ben")


async def test_c23_other_states_and_other_people(town, visit):
    """What is no state is 400; nobody sets somebody else's."""
    peer = await visit.agent("ben", state=None)
    bad = await peer.ask(".ams.routing.SetAgentState", {"availability": "PARTYING"})
    assert bad["code"] == 400
    foreign = {"availability": "AWAY", "agentUserId": town.old_id("anna")}
    assert (await peer.ask(".ams.routing.SetAgentState", foreign))["code"] == 403


async def test_c23_only_the_online_are_rung(visit):
    """OCCUPIED waits until the agent is ONLINE."""
    ben, consumer = await visit.agent("ben", state="OCCUPIED"), await visit.consumer()
    conversation = await visit.opened(consumer, "Billing")
    await ben.settled()
    assert not [frame for frame in ben.frames if _rings(frame, conversation, "WAITING")]
    await ben.ask(".ams.routing.SetAgentState", {"availability": "ONLINE"})
    await visit.rung(ben, conversation)


async def test_c24_waiting_rings_are_repeated(visit):
    """After a reconnect the same ring comes again, in an array, with nothing in it if none."""
    ben, consumer = await visit.agent("ben"), await visit.consumer()
    empty = await ben.wait(lambda frame: frame.get("type") == RINGS)
    assert isinstance(empty["body"]["changes"], list)
    conversation = await visit.opened(consumer, "Billing")
    ring = await visit.rung(ben, conversation)
    again = await visit.agent("ben")
    assert await visit.rung(again, conversation) == ring


@pytest.mark.parametrize("body", [None, {}, {"whatever": [1]}, [1, 2], "text"])
async def test_c24_an_update_of_the_subscription_is_accepted(visit, body):
    """Section 4.5: nobody says what is in it; 200 and no effect."""
    ben = await visit.agent("ben", state=None)
    answer = await ben.ask(".ams.routing.UpdateRoutingTaskSubscription", body)
    assert (answer["code"], answer["type"]) == (200, STRING)
