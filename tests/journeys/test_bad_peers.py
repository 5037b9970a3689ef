"""Whatever one peer does costs that peer alone: it is told so, and a conversation beside goes on.

After every test here the healthy conversation is still talking, and the server's log holds neither
a bug nor a word of what was sent.
"""

import asyncio
import contextlib
import itertools
import json
from pathlib import Path

import pytest
from websockets import exceptions

from running import wire

MARK = "s3cr3t-w0rds"
"""In everything that bad peers send, and never in a log."""

EVENT = ".ams.ms.OnlineEventDistribution"
TOLD = "ms.MessagingEventNotification"


@pytest.fixture(autouse=True)
async def healthy(town, shared_server):
    """A conversation of others, which nothing here may touch."""
    before = len(shared_server.logs)
    async with wire.Visit(town) as visit:
        ben, guest = await visit.agent("ben"), await visit.consumer()
        conversation = await visit.opened(guest, "Billing")
        await visit.accepted(ben, conversation)
        await guest.ask("ms.SubscribeMessagingEvents", {"dialogId": conversation})
        yield
        assert (await visit.say(guest, conversation, "are you there?"))["code"] == 200
        await ben.told(EVENT, lambda event: event["event"].get("message") == "are you there?")
        assert (await visit.say(ben, conversation, "of course"))["code"] == 200
        await guest.told(TOLD, lambda event: event["event"].get("message") == "of course")
    lines = shared_server.logs[before:]
    assert not [line for line in lines if MARK in line or "gateway.bug" in line]
    assert not [line for line in lines if '"level": "error"' in line]


@pytest.fixture
async def served(visit):
    """A conversation that anna has: her socket, the consumer's, its id."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    return anna, consumer, conversation


# -- frames ------------------------------------------------------------------------------------

NO_FRAMES = {
    "nothing": "",
    "half of one": '{"kind":"req","id":"1"',
    "null": "null",
    "an array": f'["{MARK}"]',
    "a text": f'"{MARK}"',
    "a number": "1e400",
    "no type": '{"kind":"req","id":"1"}',
    "no id": '{"kind":"req","type":"GetClock"}',
    "an id that is an object": '{"kind":"req","id":{},"type":"GetClock"}',
    "an id too long": json.dumps({"kind": "req", "id": MARK * 9, "type": "GetClock"}),
    "a type that is a number": '{"kind":"req","id":"1","type":5}',
    "a response": '{"kind":"resp","reqId":"1","code":200,"type":"x","body":{}}',
    "a notification": '{"kind":"notification","type":"x","body":{}}',
    "another kind": json.dumps({"kind": MARK, "id": "1", "type": "GetClock"}),
    "too deep": '{"kind":"req","id":"1","type":"GetClock","body":' + "[" * 9999 + "]" * 9999 + "}",
    "binary rubbish": b"\x00\xff\xfe",
    "a lone surrogate": '{"kind":"req","id":"1","type":"GetClock","body":"\\ud800"}',
    "a double key": '{"kind":"req","id":"1","id":"2","type":"Nonsense"}',
}


@pytest.mark.parametrize("side", ["agent", "consumer"])
async def test_what_is_no_frame(visit, side):
    """Refused where it says whom to answer, ignored where it does not; the socket goes on."""
    peer = await (visit.agent("anna", state=None) if side == "agent" else visit.consumer())
    for frame in NO_FRAMES.values():
        await peer.send(frame)
    await peer.settled()
    refusals = peer.frames[:-1]
    assert refusals
    assert all(400 <= each["code"] < 500 and isinstance(each["body"], str) for each in refusals)


async def test_binary_frames_are_read_like_text(visit):
    """JSON is JSON; nobody is cut off for the wrong opcode."""
    peer = await visit.agent("anna", state=None)
    await peer.send(b'{"kind":"req","id":"b","type":"GetClock"}')
    assert (await peer.answer("b"))["code"] == 200


WRONG = (
    *(None, True, -1, 5, 2**63, 2**70, 10**400, 1.5, "", MARK, [], [MARK], {}, {"type": MARK}),
    *("'; DROP TABLE conversations; --", "\u0000", "🙂" * 50, [[[]]], "x" * 70_000),
)


def _bodies(conversation):
    text = {"type": "ContentEvent", "contentType": "text/plain", "message": MARK}
    return {
        "GetClock": {},
        "KeepAlive": {},
        ".ams.routing.SetAgentState": {"availability": "ONLINE", "agentUserId": "1"},
        ".ams.routing.SubscribeAgentsState": {"agentId": "1"},
        ".ams.routing.SubscribeRoutingTasks": {"agentId": "1", "channelType": "MESSAGING"},
        ".ams.routing.UpdateRingState": {"ringId": "x", "ringState": "ACCEPTED"},
        "cqm.SubscribeExConversations": {
            "convState": ["OPEN"],
            "stage": ["OPEN"],
            "agentIds": ["1"],
            "minLastUpdatedTime": 1,
        },
        "cqm.UnsubscribeExConversations": {"subscriptionId": "x"},
        "ms.QueryMessages": {"dialogId": conversation, "newerThanSequence": 0, "maxQuantity": 1},
        "ms.SubscribeMessagingEvents": {"dialogId": conversation, "fromSeq": 0},
        "ms.PublishEvent": {"dialogId": conversation, "event": text, "messageAudience": "ALL"},
        "userprofile.GetUserProfile": {"userId": "x"},
        "userprofile.SetUserProfile": {
            "firstName": "x",
            "userId": "x",
            "authenticatedData": {"lp_sdes": []},
            "privateData": {"mail": "x"},
        },
        "cm.ConsumerRequestConversation": {
            "skillId": "-1",
            "ttrDefName": "NORMAL",
            "conversationContext": {},
            "campaignInfo": {"campaignId": 1, "engagementId": 1},
        },
        "cm.AgentRequestConversation": {"consumerId": "x", "conversationContext": {}},
        "InitConnection": {},
    }


_FIELDS = (
    {"field": "ParticipantsChange", "type": "REMOVE", "role": "READER", "userId": "x"},
    {"field": "Skill", "type": "UPDATE", "skill": "424242"},
    {"field": "ConversationStateField", "conversationState": "OPEN"},
    {"field": "DialogChange", "type": "UPDATE", "dialog": {"dialogId": "x"}},
    {"field": "TTRField", "ttrType": "NORMAL", "value": 600},
    {"field": "CSATRate", "csatRate": 9, "status": "FILLED"},
)


def _wrong(conversation):
    for kind, good in _bodies(conversation).items():
        yield from ((kind, wrong) for wrong in WRONG)
        for key, wrong in itertools.product(good, WRONG):
            yield kind, {**good, key: wrong}
    for field in _FIELDS:
        for key, wrong in itertools.product(field, WRONG):
            body = {"conversationId": conversation, "conversationField": [{**field, key: wrong}]}
            yield "cm.UpdateConversationField", body


@pytest.mark.parametrize("side", ["agent", "consumer"])
async def test_every_wrong_type_in_every_field(served, side):
    """Each is answered once, and never as if it were our fault."""
    peer = served[0] if side == "agent" else served[1]
    asked = list(_wrong(served[2]))
    for number, (kind, body) in enumerate(asked):
        await peer.send({"kind": "req", "id": f"w{number}", "type": kind, "body": body})
    for number, (kind, body) in enumerate(asked):
        answer = await peer.answer(f"w{number}")
        assert answer["code"] < 500, (kind, str(body)[:200], answer)
    await peer.settled()
    answered = [frame["reqId"] for frame in peer.frames if frame.get("kind") == "resp"]
    assert len(answered) == len(set(answered))


# -- size and speed ----------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["agent", "consumer"])
async def test_ten_mebibytes_at_once(visit, side):
    """Close code 1009: too big."""
    peer = await (visit.agent("anna", state=None) if side == "agent" else visit.consumer())
    event = {"type": "ContentEvent", "contentType": "text/plain", "message": MARK * 900_000}
    with pytest.raises(exceptions.ConnectionClosed):
        await peer.ask("ms.PublishEvent", {"dialogId": "x", "event": event})
    assert await peer.closed() == 1009


async def test_huge_metadata_goes_through_whole(visit, served):
    """As long as the request has the size that is allowed, nothing of it is lost."""
    anna, consumer, conversation = served
    metadata = [{"type": "ExternalId", "id": f"{number:05}" * 100} for number in range(200)]
    assert (await visit.say(anna, conversation, "x", metadata=metadata))["code"] == 200
    refused = await visit.say(anna, conversation, "x", metadata=metadata * 2)
    assert (refused["code"], refused["body"]) == (400, "A request has at most 131072 bytes.")
    found = await anna.ask(".ams.ms.QueryMessages", {"dialogId": conversation})
    assert found["body"][0]["metadata"] == metadata
    assert (await visit.say(consumer, conversation, "hello"))["code"] == 200


async def test_thousands_of_requests_at_once(served):
    """Everyone is answered, once, though only so many are worked on at a time."""
    _, consumer, conversation = served
    event = {"type": "ContentEvent", "contentType": "text/plain", "message": MARK}
    body = {"dialogId": conversation, "event": event}
    for number in range(1500):
        await consumer.send({"id": f"c{number}", "type": "GetClock"})
        await consumer.send({"id": f"p{number}", "type": "ms.PublishEvent", "body": body})
    sequences = [(await consumer.answer(f"p{number}"))["body"] for number in range(1500)]
    assert sorted(each["sequence"] for each in sequences) == list(range(1, 1501))
    clocks = [(await consumer.answer(f"c{number}"))["code"] for number in range(1500)]
    assert clocks == [200] * 1500


async def test_who_does_not_read_is_cut_off(visit, served, shared_server):
    """With 1013 once too much waits for them; the server's memory stays where it was."""
    _, consumer, conversation = served
    slow = await visit.agent("anna", max_queue=1)
    before, first = _memory(shared_server.pid), len(shared_server.logs)
    text = "x" * 100_000
    for _ in range(1000):
        await visit.say(consumer, conversation, text)
        if any("gateway.slow-reader" in line for line in shared_server.logs[first:]):
            break
    else:
        pytest.fail("the slow reader was never noticed")
    assert _memory(shared_server.pid) - before < 200 << 20
    assert await _drained(slow) == 1013


def _memory(pid):
    resident = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(resident) * 4096


async def _drained(peer):
    async with asyncio.timeout(wire.PATIENCE):
        with contextlib.suppress(exceptions.ConnectionClosedError):
            async for _ in peer.socket:
                pass
    return peer.socket.close_code


async def test_half_open_connections(town):
    """Handshakes that never end, on both ports, are nobody's trouble but their own."""
    opened = []
    for base in (town.server.http, town.server.https):
        host, _, port = base.partition("://")[2].rpartition(":")
        for started in (b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"\x16\x03\x01\x02\x00"):
            for _ in range(10):
                _, writer = await asyncio.open_connection(host, int(port))
                writer.write(started)
                opened.append(writer)
    async with wire.Visit(town) as visit:
        assert (await visit.http.get(f"{town.server.https}/healthz")).status_code == 200
        await visit.consumer()
    for writer in opened:
        writer.transport.abort()


async def test_sockets_that_vanish(visit, town):
    """Without a goodbye, in the middle of their requests, many at once."""
    peers = await asyncio.gather(*(visit.consumer() for _ in range(20)))
    for peer in peers:
        await peer.send({"id": "1", "type": "cm.ConsumerRequestConversation", "body": {}})
        peer.socket.transport.abort()
    assert (await visit.http.get(f"{town.server.https}/readyz")).status_code == 200


# -- what is not theirs ------------------------------------------------------------------------


async def test_a_stranger_among_consumers(visit, served):
    """Somebody else's dialog is not there to read, hear, speak in or change."""
    anna, consumer, conversation = served
    await visit.say(consumer, conversation, MARK)
    spy = await visit.consumer()
    close = {"field": "ConversationStateField", "conversationState": "CLOSE"}
    field = {"conversationId": conversation, "conversationField": [close]}
    for kind, body in (
        ("ms.QueryMessages", {"dialogId": conversation}),
        ("ms.SubscribeMessagingEvents", {"dialogId": conversation}),
        ("cm.UpdateConversationField", field),
    ):
        assert (await spy.ask(kind, body))["code"] == 404
    assert (await visit.say(spy, conversation, "hello"))["code"] == 400
    await spy.ask("cqm.SubscribeExConversations", {"convState": ["OPEN", "CLOSE"]})
    await visit.say(anna, conversation, MARK)
    await spy.settled()
    assert not [frame for frame in spy.frames if conversation in json.dumps(frame)]


async def test_agents_requests_are_not_for_consumers(visit):
    """Nor the other way round: 400, and nothing happens."""
    consumer, agent = await visit.consumer(), await visit.agent("anna", state=None)
    for peer, kind in (
        (consumer, ".ams.routing.SetAgentState"),
        (consumer, ".ams.routing.UpdateRingState"),
        (consumer, ".ams.cm.AgentRequestConversation"),
        (agent, "cm.ConsumerRequestConversation"),
        (agent, "userprofile.SetUserProfile"),
        (agent, "InitConnection"),
    ):
        assert (await peer.ask(kind, {"availability": "ONLINE"}))["code"] == 400


async def test_an_agent_of_another_account(visit, served, shared_server, account_ids):
    """Sees, hears and changes nothing here, whatever ids it knows."""
    anna, _, conversation = served
    other = await wire.seed(shared_server, str(next(account_ids)))
    async with wire.Visit(other) as elsewhere:
        spy = await elsewhere.agent("may")
        await spy.ask(".ams.aam.SubscribeExConversations", {})
        close = {"field": "ConversationStateField", "conversationState": "CLOSE"}
        assert (await elsewhere.change(spy, conversation, close))["code"] == 404
        asked = await spy.ask(".ams.ms.QueryMessages", {"dialogId": conversation})
        assert asked["code"] == 404
        await visit.say(anna, conversation, MARK)
        await spy.settled()
        assert not [frame for frame in spy.frames if conversation in json.dumps(frame)]


@pytest.mark.parametrize(
    "name",
    [
        "Robert'); DROP TABLE users;--",
        "Zoë 🙂 \u202e gnirts",
        "%_\\",
        "<script>",
        "{{x}}",
        "\u0000",
    ],
)
async def test_names_are_only_names(visit, served, name):
    """They come back as they were sent, from wherever they were kept."""
    anna, consumer, conversation = served
    body = {"firstName": name, "authenticatedData": {"lp_sdes": [{"type": name}]}}
    assert (await consumer.ask("userprofile.SetUserProfile", body))["code"] == 200
    profile = (await consumer.ask("userprofile.GetUserProfile", {}))["body"]
    assert profile["firstName"] == name
    assert profile["authenticatedData"]["lp_sdes"] == [{"type": name}]
    await visit.say(consumer, conversation, name)
    await anna.told(EVENT, lambda event: event["event"].get("message") == name)
    agents = {"agentIds": [name]}
    assert (await anna.ask(".ams.aam.SubscribeExConversations", agents))["code"] == 200


async def test_mistakes_are_logged_without_words(visit, shared_server):
    """A line for each of the first, with account, side and user; then only how many there were."""
    first = len(shared_server.logs)
    peer = await visit.agent("anna", state=None)
    for _ in range(100):
        await peer.ask(".ams.routing.SetAgentState", {"availability": MARK})
    await peer.socket.close()

    def lines():
        return [json.loads(line) for line in shared_server.logs[first:]]

    async with asyncio.timeout(wire.PATIENCE):
        while not (many := [one for one in lines() if one["event"] == "gateway.many-mistakes"]):
            await visit.http.get(f"{shared_server.https}/healthz")
    bad = [one for one in lines() if one["event"] == "gateway.bad-request"]
    assert len(bad) == 10
    assert bad[0].keys() >= {"account", "side", "user", "reason"}
    assert many[0]["count"] == 100
