"""Rings, messages, transfers and what is told of them, items 26 to 46 of the conformance list."""

import json

import pytest

from running.wire import upserted

CHANGED = ".ams.aam.ExConversationChangeNotification"
EVENT = ".ams.ms.OnlineEventDistribution"
RINGS = ".ams.routing.RoutingTaskNotification"

REMOVE = {"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"}
CLOSE = {"field": "ConversationStateField", "conversationState": "CLOSE"}


def skill(number):
    return {"field": "Skill", "type": "UPDATE", "skill": number}


def suggest(reference):
    return {
        "field": "ParticipantsChange",
        "type": "SUGGEST",
        "role": "ASSIGNED_AGENT",
        "userId": reference,
    }


def place(peer, matches):
    return next(index for index, frame in enumerate(peer.frames) if matches(frame))


@pytest.fixture
async def served(visit):
    """A conversation that anna has: her socket, the consumer's, its id."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    return anna, consumer, conversation


# -- rings -------------------------------------------------------------------------------------


async def test_c26_the_order_of_an_acceptance(town, served):
    """202, then the ring ACCEPTED and complete, then the UPSERT that names the agent."""
    anna, _, conversation = served
    steps = [
        place(anna, lambda frame: frame.get("code") == 202 and "Ring" in str(frame["body"])),
        place(anna, lambda frame: frame.get("type") == RINGS and '"ACCEPTED"' in _json(frame)),
        place(anna, lambda frame: frame.get("type") == CHANGED and conversation in _json(frame)),
    ]
    assert steps == sorted(steps)
    task = anna.frames[steps[1]]["body"]["changes"][0]["result"]
    assert task["taskCompleted"] is True
    (person,) = [
        each
        for each in (await upserted(anna, conversation))["dialogs"][0]["participantsDetails"]
        if each["role"] == "ASSIGNED_AGENT"
    ]
    assert person == {"id": town.old_id("anna"), "role": "ASSIGNED_AGENT", "state": "ACTIVE"}


def _json(frame):
    return json.dumps(frame)


async def test_c26_only_once_and_only_the_one_who_was_rung(visit):
    """A second acceptance and a stranger's are refused; it stays with the first."""
    anna, ben = await visit.agent("anna"), await visit.agent("ben")
    conversation = await visit.opened(await visit.consumer())
    ring = await visit.rung(anna, conversation)
    answer = {"ringId": ring, "ringState": "ACCEPTED"}
    assert (await ben.ask(".ams.routing.UpdateRingState", answer))["code"] == 404
    assert (await anna.ask(".ams.routing.UpdateRingState", answer))["code"] == 202
    assert (await anna.ask(".ams.routing.UpdateRingState", answer))["code"] == 409


@pytest.mark.parametrize("over", ["REJECTED", "CANCELLED"])
async def test_c26_a_ring_that_is_over_gives_nothing(visit, town, over):
    """Rejected, or its conversation moved on: 409, and whoever is rung now gets it."""
    anna, ben = await visit.agent("anna"), await visit.agent("ben")
    may = await visit.agent("may", state=None)
    conversation = await visit.opened(await visit.consumer())
    ring = await visit.rung(anna, conversation)
    if over == "REJECTED":
        await anna.ask(".ams.routing.UpdateRingState", {"ringId": ring, "ringState": over})
    else:
        await visit.change(may, conversation, skill(town.skills["Billing"]))
    await visit.rung(anna, conversation, state=over)
    for state in ("ACCEPTED", "REJECTED"):
        late = await anna.ask(".ams.routing.UpdateRingState", {"ringId": ring, "ringState": state})
        assert late["code"] == 409
    await visit.change(may, conversation, skill(town.skills["Billing"]))
    await visit.accepted(ben, conversation)
    details = await upserted(ben, conversation)
    assert details["participants"]["ASSIGNED_AGENT"] == [town.old_id("ben")]


async def test_c27_a_rejected_ring_is_told_and_goes_on(visit, town):
    """REJECTED to the one who did it; a manager moves it, and it rings there."""
    anna, ben = await visit.agent("anna"), await visit.agent("ben")
    may = await visit.agent("may", state=None)
    conversation = await visit.opened(await visit.consumer())
    ring = await visit.rung(anna, conversation)
    await anna.ask(".ams.routing.UpdateRingState", {"ringId": ring, "ringState": "REJECTED"})
    await visit.rung(anna, conversation, state="REJECTED")
    await visit.change(may, conversation, skill(town.skills["Billing"]))
    await visit.rung(ben, conversation)


# -- messages ----------------------------------------------------------------------------------


async def test_c29_messages_of_a_dialog(visit, served):
    """An array, also when empty; 0 means all; somebody else's dialog is not there."""
    anna, consumer, conversation = served
    ask = {"dialogId": conversation, "newerThanSequence": 0}
    assert (await anna.ask(".ams.ms.QueryMessages", ask))["body"] == []
    for text in ("one", "two"):
        await visit.say(consumer, conversation, text)
    found = (await anna.ask(".ams.ms.QueryMessages", ask))["body"]
    assert [each["event"]["message"] for each in found] == ["one", "two"]
    newer = await anna.ask(".ams.ms.QueryMessages", {**ask, "newerThanSequence": 1})
    assert [each["sequence"] for each in newer["body"]] == [2]
    ben = await visit.agent("ben", state=None)
    assert (await ben.ask(".ams.ms.QueryMessages", ask))["code"] == 404


async def test_c30_who_takes_no_part_says_nothing(visit, served):
    """400 with the platform's own words; sequences of those who do strictly increase."""
    anna, consumer, conversation = served
    ben = await visit.agent("ben", state=None)
    refused = await visit.say(ben, conversation, "hello")
    assert (refused["code"], refused["body"]) == (400, "Agent does not exist in conversation")
    peers = (anna, consumer, anna)
    said = [(await visit.say(peer, conversation, "x"))["body"]["sequence"] for peer in peers]
    assert said == sorted(set(said))
    typing = {"type": "ChatStateEvent", "chatState": "COMPOSING"}
    sent = await anna.ask("ms.PublishEvent", {"dialogId": conversation, "event": typing})
    assert sent["body"] == {"sequence": 0}


async def test_c31_a_receipt_after_the_end(visit, served):
    """Is answered."""
    anna, consumer, conversation = served
    await visit.say(anna, conversation, "bye")
    await visit.change(consumer, conversation, CLOSE)
    read = {"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [1]}
    answer = await anna.ask("ms.PublishEvent", {"dialogId": conversation, "event": read})
    assert answer["code"] == 200


async def test_c42_c43_c44_events_say_who_and_when_alike(town, visit, served):
    """Old id and PID for agents, one id for consumers; live and queried events are the same."""
    anna, consumer, conversation = served
    answers = [await visit.say(peer, conversation, "hello") for peer in (anna, consumer)]
    live = [
        await anna.told(EVENT, lambda event, wanted=answer: _same(event, conversation, wanted))
        for answer in answers
    ]
    asked = {"dialogId": conversation, "newerThanSequence": 0}
    assert (await anna.ask(".ams.ms.QueryMessages", asked))["body"] == live
    by_agent, by_consumer = live
    assert by_agent["originatorId"] == town.old_id("anna")
    assert by_agent["originatorPId"] == town.users["anna"]["pid"]
    assert by_agent["originatorMetadata"]["role"] == "ASSIGNED_AGENT"
    assert by_consumer["originatorId"] == by_consumer["originatorPId"]
    assert by_consumer["originatorMetadata"]["role"] == "CONSUMER"


def _same(event, conversation, answer):
    return event["dialogId"] == conversation and event.get("sequence") == answer["body"]["sequence"]


async def test_a_consumer_hears_the_dialog_but_nothing_private(visit, served):
    """Stored events first, then live ones; agents' words among themselves are left out."""
    anna, consumer, conversation = served
    await visit.say(anna, conversation, "first")
    await consumer.ask("ms.SubscribeMessagingEvents", {"dialogId": conversation, "fromSeq": 0})
    event = {"type": "ContentEvent", "contentType": "text/plain", "message": "between us"}
    await anna.ask(
        ".ams.ms.PublishEvent",
        {"dialogId": conversation, "event": event, "messageAudience": "AGENTS_AND_MANAGERS"},
    )
    await visit.say(anna, conversation, "second")
    told = "ms.MessagingEventNotification"
    await consumer.told(told, lambda one: one["event"].get("message") == "first")
    await consumer.told(told, lambda one: one["event"].get("message") == "second")
    assert not [frame for frame in consumer.frames if "between us" in _json(frame)]


# -- changes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", [str, int])
async def test_c32_the_skill_as_text_or_number(town, served, spelling):
    """And one change without its array."""
    anna, _, conversation = served
    body = {
        "conversationId": conversation,
        "conversationField": skill(spelling(town.skills["Billing"])),
    }
    assert (await anna.ask(".ams.cm.UpdateConversationField", body))["code"] == 200
    await upserted(
        anna, conversation, matches=lambda now: now["skillId"] == str(town.skills["Billing"])
    )


async def test_c32_all_or_nothing(visit, served):
    """An unknown skill or an absent role leaves everything as it was: the agent still speaks."""
    anna, _, conversation = served
    absent = {"field": "ParticipantsChange", "type": "REMOVE", "role": "MANAGER"}
    for fields in ((REMOVE, skill("424242")), (REMOVE, absent), ()):
        assert (await visit.change(anna, conversation, *fields))["code"] == 400
    assert (await visit.say(anna, conversation, "still here"))["code"] == 200


async def test_c33_managers_join_and_others_do_not(town, visit, served):
    """403 without the right; with it everybody is told."""
    anna, _, conversation = served
    join = {"field": "ParticipantsChange", "type": "ADD", "role": "MANAGER"}
    ben, may = await visit.agent("ben", state=None), await visit.agent("may", state=None)
    assert (await visit.change(ben, conversation, join))["code"] == 403
    done = await visit.change(may, conversation, join)
    assert (done["code"], done["body"]) == (200, "OK Agent added successfully")
    await upserted(
        anna,
        conversation,
        matches=lambda now: now["participants"]["MANAGER"] == [town.old_id("may")],
    )
    assert (await visit.say(may, conversation, "let me help"))["code"] == 200


@pytest.mark.parametrize("order", ["012", "021", "102", "120", "201", "210"])
@pytest.mark.parametrize("spelling", ["id", "pid", "old"])
async def test_c34_a_transfer_to_an_agent(town, visit, served, order, spelling):
    """In any order and any spelling: SUGGESTED, a ring for the target alone, then ACTIVE."""
    anna, _, conversation = served
    ben = await visit.agent("ben")
    target = town.users["ben"] | {"old": town.old_id("ben")}
    fields = (REMOVE, suggest(target[spelling]), skill(town.skills["Billing"]))
    done = await visit.change(anna, conversation, *(fields[int(each)] for each in order))
    assert done["code"] == 200
    gone = await upserted(anna, conversation, kind="DELETE")
    people = gone["dialogs"][0]["participantsDetails"]
    assert people[-1] == {"id": town.old_id("ben"), "role": "ASSIGNED_AGENT", "state": "SUGGESTED"}
    assert not gone["participantsPId"].get("ASSIGNED_AGENT")
    await visit.accepted(ben, conversation)
    details = await upserted(ben, conversation)
    assert details["participantsPId"]["ASSIGNED_AGENT"] == [town.users["ben"]["pid"]]
    assert (await visit.say(anna, conversation, "late"))["code"] == 400


async def test_c35_the_end(visit, served):
    """State, stage, time and reason; and a manager may end what is not theirs."""
    _, consumer, conversation = served
    may = await visit.agent("may", state=None)
    await consumer.ask("cqm.SubscribeExConversations", {"convState": ["OPEN", "CLOSE"]})
    assert (await visit.change(may, conversation, CLOSE))["code"] == 200
    told = await consumer.told(
        "cqm.ExConversationChangeNotification",
        lambda change: change["result"]["conversationDetails"]["state"] == "CLOSE",
    )
    details = told["result"]["conversationDetails"]
    assert (details["stage"], details["closeReason"]) == ("CLOSE", "AGENT")
    assert details["endTs"] >= details["startTs"]
    assert (await visit.change(may, conversation, CLOSE))["code"] == 409


# -- what is told ------------------------------------------------------------------------------


async def test_c38_c39_the_shape_of_every_change(visit, served, town):
    """UPSERT and DELETE hold all that clients index blindly, in one order."""
    anna, _, conversation = served
    await visit.change(anna, conversation, REMOVE, suggest(town.old_id("ben")))
    await upserted(anna, conversation, kind="DELETE")
    changes = [
        change["result"]["conversationDetails"]
        for frame in anna.frames
        if frame.get("type") == CHANGED
        for change in frame["body"]["changes"]
    ]
    assert changes
    for details in changes:
        assert details["participantsPId"]["CONSUMER"]
        assert isinstance(details["participants"], dict)
        for dialog in details["dialogs"]:
            states = [each["state"] for each in dialog["participantsDetails"]]
            assert states == sorted(states), "ACTIVE before SUGGESTED"
            for each in dialog["participantsDetails"]:
                if each["state"] == "ACTIVE":
                    assert details["participantsPId"][each["role"]]


async def test_c40_no_message_without_its_conversation(visit):
    """Never before the UPSERT that names the agent, never after the DELETE."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    conversation = await visit.opened(consumer)
    await visit.say(consumer, conversation, "before anybody is there")
    answer = {"ringId": await visit.rung(anna, conversation), "ringState": "ACCEPTED"}
    await anna.send(
        {"kind": "req", "id": "a", "type": ".ams.routing.UpdateRingState", "body": answer}
    )
    for number in range(5):
        await visit.say(consumer, conversation, f"during {number}")
    await upserted(anna, conversation)
    await visit.say(consumer, conversation, "here")
    await anna.told(EVENT, lambda event: event["event"].get("message") == "here")
    await visit.change(anna, conversation, REMOVE)
    await upserted(anna, conversation, kind="DELETE")
    await visit.say(consumer, conversation, "after")
    await anna.settled()
    known = False
    for frame in anna.frames:
        if frame.get("type") == CHANGED:
            for change in frame["body"]["changes"]:
                if change["result"]["convId"] == conversation:
                    known = change["type"] == "UPSERT"
        if frame.get("type") == EVENT and frame["body"]["dialogId"] == conversation:
            assert known, frame


async def test_c41_no_delete_of_what_was_never_told(visit, served):
    """Somebody else's conversation ends without a word to ben."""
    _, consumer, conversation = served
    ben = await visit.agent("ben")
    await visit.change(consumer, conversation, CLOSE)
    await ben.settled()
    assert conversation not in _json({"frames": ben.frames})


async def test_c45_c46_c47_small_promises(visit, served):
    """Rings are arrays with id and state; times never go back; no type is ``error``."""
    anna, consumer, conversation = served
    for _ in range(3):
        await visit.say(consumer, conversation, "x")
    await visit.change(consumer, conversation, CLOSE)
    await upserted(anna, conversation, kind="DELETE")
    times = []
    for frame in anna.frames:
        assert frame["type"] != "error"
        for change in frame["body"].get("changes", ()) if isinstance(frame["body"], dict) else ():
            result = change["result"]
            if frame["type"] == RINGS:
                assert all(
                    each.keys() >= {"ringId", "ringState"} for each in result["ringsDetails"]
                )
            if frame["type"] == CHANGED and result["convId"] == conversation:
                times.append(result["conversationDetails"]["metaDataLastUpdateTs"])
    assert times == sorted(times)
