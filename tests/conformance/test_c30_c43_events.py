"""What may be said in a dialog (section 4.10), and rings to their last key, items 26 to 44."""

import pytest

from running.wire import upserted

EVENT = ".ams.ms.OnlineEventDistribution"
RINGS = ".ams.routing.RoutingTaskNotification"
TOLD = "ms.MessagingEventNotification"
REMOVE = {"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"}

STORED = [
    {"type": "ContentEvent", "contentType": "text/plain", "message": "hi", "quickReplies": {}},
    {
        "type": "ContentEvent",
        "contentType": "hosted/file",
        "message": {"caption": "", "relativePath": "/v1/AUTH_x/y", "fileType": "JPEG"},
    },
    {"type": "RichContentEvent", "content": {"type": "vertical", "elements": [{"type": "text"}]}},
    *(
        {"type": "AcceptStatusEvent", "status": status, "sequenceList": [1]}
        for status in ("ACCEPT", "READ", "ACCESS", "NACK", "ACTION", "ENRICH")
    ),
]
PASSING = [
    {"type": "ChatStateEvent", "chatState": state}
    for state in ("ACTIVE", "INACTIVE", "GONE", "COMPOSING", "PAUSE", "BACKGROUND")
]
WRONG = [
    {},
    {"type": "SongEvent"},
    {"type": "ContentEvent", "contentType": "text/plain"},
    {"type": "ContentEvent", "message": 7},
    {"type": "RichContentEvent", "content": "text"},
    {"type": "AcceptStatusEvent", "status": "SEEN", "sequenceList": [1]},
    {"type": "AcceptStatusEvent", "status": "READ", "sequenceList": 1},
    {"type": "ChatStateEvent", "chatState": "SLEEPING"},
]


@pytest.fixture
async def served(visit):
    """A conversation that anna has, to which its consumer listens: both sockets, its id."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    await consumer.ask("ms.SubscribeMessagingEvents", {"dialogId": conversation, "fromSeq": 0})
    return anna, consumer, conversation


async def test_c30_c43_every_event_passes_unchanged(served):
    """From either side to both, stored as said; chat states are neither counted nor kept."""
    anna, consumer, conversation = served
    for number, (event, peer) in enumerate(
        [(event, peer) for event in STORED for peer in (anna, consumer)], start=1
    ):
        body = {"dialogId": conversation, "event": event}
        answer = await peer.ask("ms.PublishEvent", body)
        assert (answer["code"], answer["body"]) == (200, {"sequence": number}), event
        for kind, reader in ((EVENT, anna), (TOLD, consumer)):
            told = await reader.told(kind, lambda one, n=number: one.get("sequence") == n)
            assert told["event"] == event
    for event in PASSING:
        for peer in (anna, consumer):
            seen = len(anna.frames), len(consumer.frames)
            answer = await peer.ask("ms.PublishEvent", {"dialogId": conversation, "event": event})
            assert answer["body"] == {"sequence": 0}
            for kind, reader, since in ((EVENT, anna, seen[0]), (TOLD, consumer, seen[1])):
                told = await reader.told(
                    kind, lambda one, said=event: one["event"] == said, since=since
                )
                assert not {"sequence", "serverTimestamp"} & told.keys()
    found = await anna.ask(".ams.ms.QueryMessages", {"dialogId": conversation})
    assert [one["event"] for one in found["body"]] == [each for each in STORED for _ in range(2)]


@pytest.mark.parametrize("event", WRONG, ids=str)
async def test_c30_what_is_no_event_is_refused(served, event):
    """400 with a sentence that says what is wrong; nothing is counted."""
    anna, _, conversation = served
    refused = await anna.ask("ms.PublishEvent", {"dialogId": conversation, "event": event})
    assert (refused["code"], refused["type"]) == (400, ".ReqBody$StringResp")
    assert "event" in refused["body"]


async def test_c42_client_properties_are_for_agents(town, visit):
    """Where the consumer's program is, in both places of section 5.4; the consumer sees none."""
    anna = await visit.agent("anna")
    said = {"type": ".ClientProperties", "deviceFamily": "DESKTOP", "os": "LINUX"}
    headers = [
        {"type": ".ams.headers.ConsumerAuthentication", "jwt": await visit.token()},
        {**said, "type": ".ams.headers.ClientProperties"},
    ]
    consumer = await visit.socket("consumer?v=3")
    assert (await consumer.ask("InitConnection", {}, headers=headers))["code"] == 200
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    await consumer.ask("ms.SubscribeMessagingEvents", {"dialogId": conversation})
    await visit.say(consumer, conversation, "hello")
    heard = await anna.told(EVENT, lambda one: one["conversationId"] == conversation)
    for place in (
        heard["originatorClientProperties"],
        heard["originatorMetadata"]["clientProperties"],
    ):
        assert {key: place[key] for key in ("deviceFamily", "os")} == {
            "deviceFamily": "DESKTOP",
            "os": "LINUX",
        }
    own = await consumer.told(TOLD, lambda one: one["event"].get("message") == "hello")
    assert "lientProperties" not in str(own)
    assert town.account not in own["originatorId"]


async def test_c45_a_ring_to_its_last_key(town, visit):
    """Section 5.2: a deadline that agrees with its length, and all that a bot knows beforehand."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    conversation = await visit.opened(consumer)
    task = await anna.told(RINGS, lambda change: change["result"]["conversationId"] == conversation)
    result = task["result"]
    (ring,) = result["ringsDetails"]
    assert result["taskCompleted"] is False
    assert result["assignedAgentId"] == town.old_id("anna")
    for place in (result, ring):
        assert place["skillId"] == town.skills["Sales"]
        assert place["brandId"] == town.account
        assert place["consumerId"] == result["consumerId"]
    assert ring["convId"] == conversation
    assert ring["ringExpiration"] == 72_000
    started = ring["ringExpirationTs"] - ring["ringExpiration"]
    assert ring["weight"] == started
    assert ring["ringState"] == "WAITING"


async def test_c23_the_occupied_take_what_is_handed_to_them(town, visit):
    """OCCUPIED: transfers only; and back to the queue is REMOVE alone."""
    anna, ben = await visit.agent("anna"), await visit.agent("ben", state="OCCUPIED")
    conversation = await visit.opened(await visit.consumer())
    await visit.accepted(anna, conversation)
    suggested = {"field": "ParticipantsChange", "type": "SUGGEST", "role": "ASSIGNED_AGENT"}
    changed = await visit.change(
        anna, conversation, REMOVE, {**suggested, "userId": town.old_id("ben")}
    )
    assert changed["code"] == 200
    await visit.accepted(ben, conversation)
    since = len(anna.frames)
    assert (await visit.change(ben, conversation, REMOVE))["code"] == 200
    await upserted(ben, conversation, kind="DELETE")
    ring = await anna.told(
        RINGS, lambda change: change["result"]["conversationId"] == conversation, since=since
    )
    assert ring["result"]["ringsDetails"][0]["ringState"] == "WAITING"
