"""What is large is told in pieces: a client that comes back is never cut off by its own past."""

import asyncio
import json

import pytest

from running import wire
from running.wire import upserted

CHANGED = ".ams.aam.ExConversationChangeNotification"
SUBSCRIBE = ".ams.aam.SubscribeExConversations"
QUERY = ".ams.ms.QueryMessages"
MEBIBYTE = 1 << 20
LARGE = "x" * 100_000


@pytest.fixture
async def quiet(shared_server, account_ids):
    """A visit to an account in which nothing happens but what the test does."""
    town = await wire.seed(shared_server, str(next(account_ids)))
    async with wire.Visit(town) as opened:
        yield opened


async def test_c25_large_conversations_are_told_in_pieces(quiet):
    """Forty megabytes of contexts: every one is told, in frames that any client takes."""
    consumers = [await quiet.consumer() for _ in range(4)]
    context = {"type": "CustomContext", "name": LARGE}
    opened = []
    for _ in range(100):
        opened += await asyncio.gather(
            *(quiet.opened(each, conversationContext=context) for each in consumers)
        )
    may = await quiet.agent("may", state=None, max_size=MEBIBYTE)
    assert (await may.ask(SUBSCRIBE, {"convState": ["OPEN"]}))["code"] == 200
    for each in opened:
        await upserted(may, each)
    told = [
        change["result"]["convId"]
        for frame in may.frames
        if frame.get("type") == CHANGED
        for change in frame["body"]["changes"]
    ]
    assert sorted(told) == sorted(opened), "each once"


async def test_c29_a_long_dialog_is_queried_in_parts(quiet):
    """An answer has a few megabytes at most; ``newerThanSequence`` asks for the rest."""
    may, consumer = await quiet.agent("may", state=None), await quiet.consumer()
    conversation = await quiet.opened(consumer)
    for number in range(120):
        await quiet.say(consumer, conversation, f"{number} {LARGE}")
    found, last = [], 0
    while True:
        asked = {"dialogId": conversation, "newerThanSequence": last}
        page = (await may.ask(QUERY, asked))["body"]
        if not page:
            break
        assert len(json.dumps(page)) < 9 * MEBIBYTE
        found += [each["sequence"] for each in page]
        last = found[-1]
    assert found == list(range(1, 121))
    few = await may.ask(QUERY, {"dialogId": conversation, "maxQuantity": 2})
    assert [each["sequence"] for each in few["body"]] == [1, 2]


async def test_what_is_too_large_to_be_told_again_is_refused(quiet):
    """400 with a sentence, on an open socket, in any alphabet; nothing of it is kept."""
    consumer = await quiet.consumer()
    conversation = await quiet.opened(consumer)
    for text in ("x" * 140_000, "é" * 70_000):
        refused = await quiet.say(consumer, conversation, text)
        assert (refused["code"], refused["type"]) == (400, ".ReqBody$StringResp")
    assert (await quiet.say(consumer, conversation, LARGE))["body"] == {"sequence": 1}


async def test_a_conversation_full_of_everything_still_fits_a_frame(quiet):
    """Whatever people write on one, in whatever number: a client's mebibyte holds it."""
    consumer = await quiet.consumer()
    conversation = await quiet.opened(
        consumer, conversationContext={"type": "CustomContext", "name": LARGE}
    )
    may = await quiet.agent("may", state=None, max_size=MEBIBYTE)
    await may.ask(SUBSCRIBE, {"convState": ["OPEN"]})
    dialog = {"field": "DialogChange", "type": "UPDATE", "dialog": {"dialogId": conversation}}
    body = {"conversationId": conversation, "conversationField": [dialog]}
    for number in range(20):
        note = [{"type": f"Kind{number}", "text": LARGE}]
        answer = await consumer.ask("cm.UpdateConversationField", body, metadata=note)
        assert answer["code"] == 200
    await quiet.say(consumer, conversation, LARGE, metadata=[{"type": "ExternalId", "id": "x"}])
    for field in ({"field": "Note", "note": LARGE}, {"field": "TopicField", "topic": LARGE}):
        assert (await quiet.change(may, conversation, field))["code"] == 200
    details = await upserted(may, conversation, matches=lambda now: now.get("topic"))
    kinds = [each["type"] for each in details["dialogs"][0]["metadata"]]
    assert kinds == ["Kind19"], "the newest stay"
