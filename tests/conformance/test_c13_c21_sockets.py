"""Handshake, sessions and frames, items 13 to 21 of the protocol's conformance list."""

import asyncio
import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from websockets import exceptions
from websockets.asyncio import client

from orchestrator.adapters import certificates
from orchestrator.core.ums import moves
from orchestrator.serve import listening
from running import server, wire

RINGS = ".ams.routing.RoutingTaskNotification"
STATES = ".ams.routing.AgentStateNotification"
EVENT = ".ams.ms.OnlineEventDistribution"
STRING = ".ReqBody$StringResp"


@pytest.mark.parametrize("version", ["", "?v=2", "?v=2.0", "?v=2.1"])
async def test_c13_every_version_and_no_subprotocol(visit, version):
    """Without Origin and User-Agent, as the SDK's library does it."""
    bearer = (await visit.login("anna"))["bearer"]
    peer = await visit.socket(
        f"brand/{bearer}{version}", subprotocols=["a", "b"], user_agent_header=None
    )
    assert peer.socket.subprotocol is None
    await peer.settled()


async def shake_hands(town, bearer, *headers):
    """Open a socket by hand: the lines of the answer's head."""
    host, _, port = town.server.domain.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=town.tls)
    # ws 1.1.5 sends the time as its key; that is 16 bytes, and good enough.
    key = base64.b64encode(f"13-{int(time.time() * 1000)}".encode()).decode()
    lines = (
        f"GET /ws_api/account/{town.account}/messaging/brand/{bearer}?v=2.1 HTTP/1.1",
        f"Host: {town.server.domain}",
        *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
        f"Sec-WebSocket-Key: {key}",
        *headers,
    )
    writer.write("\r\n".join((*lines, "", "")).encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
    writer.close()
    await writer.wait_closed()
    return head


async def test_c13_as_little_as_the_sdk_sends(town, visit):
    """A key that is not random, no Origin, no User-Agent, no subprotocol."""
    head = await shake_hands(town, (await visit.login("anna"))["bearer"])
    assert head[0].startswith("http/1.1 101")
    assert not [line for line in head if line.startswith("sec-websocket-protocol")]


OFFERS = (
    "permessage-deflate; client_max_window_bits",
    "permessage-deflate",
    "permessage-deflate; server_max_window_bits=10; client_no_context_takeover",
    "x-webkit-deflate-frame, permessage-deflate",
    "nonsense; a=b",
)


@pytest.mark.parametrize("offer", OFFERS)
async def test_c14_every_offer_is_accepted_or_declined(town, visit, offer):
    """Both SDKs live with either; what was not offered is never chosen."""
    bearer = (await visit.login("anna"))["bearer"]
    head = await shake_hands(town, bearer, f"Sec-WebSocket-Extensions: {offer}")
    assert head[0].startswith("http/1.1 101")
    chosen = [line for line in head if line.startswith("sec-websocket-extensions")]
    assert all("permessage-deflate" in line and "permessage-deflate" in offer for line in chosen)


async def test_c14_an_offer_to_compress_is_answered_cleanly(visit):
    """Accepted or declined, frames go both ways."""
    bearer = (await visit.login("anna"))["bearer"]
    peer = await visit.socket(f"brand/{bearer}", compression="deflate")
    await peer.settled()


async def test_c15_pings_are_answered(visit):
    """The SDK pings on open and every minute."""
    peer = await visit.agent("anna", state=None)
    async with asyncio.timeout(wire.PATIENCE):
        await (await peer.socket.ping())


async def test_c15_pings_of_any_size_are_answered_with_their_own_words(visit):
    """A pong carries what its ping carried, up to the 125 bytes that control frames hold."""
    peer = await visit.agent("anna", state=None)
    for words in (b"", b"x", b"\x00" * 125):
        async with asyncio.timeout(wire.PATIENCE):
            await (await peer.socket.ping(words))
    await peer.settled()


def test_c15_the_servers_own_ping_is_the_only_limit(tmp_path):
    """Every 20 s, with 60 s to answer; nobody is closed for having nothing to say."""
    pems = certificates.ensure(tmp_path, now=datetime.now(UTC), hosts=("127.0.0.1",))
    both = listening.Listening(None, certificate=pems.chain, key=pems.key, farewell=1)
    for each in both._servers:
        assert (each.config.ws_ping_interval, each.config.ws_ping_timeout) == (20, 60)


async def test_c16_a_bearer_never_issued_is_401_at_the_upgrade(visit):
    """SDK 1.4.11 looks for just that."""
    with pytest.raises(exceptions.InvalidStatus) as refused:
        await visit.socket("brand/0123456789abcdef?v=2.1")
    assert refused.value.response.status_code == 401


async def test_c16_a_bearer_that_is_over_gets_4401(visit):
    """It learns why, and that a new login helps."""
    session = await visit.login("anna")
    cookie = {"Cookie": session["cookie"]}
    await visit.post("/logout", {"csrf": session["csrf"]}, headers=cookie)
    peer = await visit.socket(f"brand/{session['bearer']}")
    assert await peer.closed() == 4401


def test_c16_sessions_outlive_a_restart(start_server: Callable[[], server.Server]):
    """Even one without a goodbye: the bearer opens the next socket, conversations are there."""
    running = start_server()
    town = wire.seeded(running, "12345678")
    conversation, bearer, token = asyncio.run(_before(town))
    running.kill()
    running.restart()
    asyncio.run(_after(town, conversation, bearer=bearer, token=token))


async def _before(town: wire.Town) -> tuple[str, str, str]:
    async with wire.Visit(town) as visit:
        bearer, token = (await visit.login("anna"))["bearer"], await visit.token()
        consumer = await visit.consumer(token)
        conversation = await visit.opened(consumer)
        assert (await visit.say(consumer, conversation, "before"))["body"] == {"sequence": 1}
        return conversation, bearer, token


async def _after(town: wire.Town, conversation: str, *, bearer: str, token: str) -> None:
    async with wire.Visit(town) as visit:
        anna = await visit.socket(f"brand/{bearer}")
        await anna.ask(".ams.routing.SubscribeRoutingTasks")
        await anna.ask(".ams.routing.SetAgentState", {"availability": "ONLINE"})
        await visit.rung(anna, conversation)
        consumer = await visit.consumer(token)
        assert (await visit.say(consumer, conversation, "after"))["body"] == {"sequence": 2}


async def test_c16_a_socket_for_another_account_is_refused(visit, shared_server, town):
    """A bearer is one account's as well."""
    bearer = (await visit.login("anna"))["bearer"]
    host = shared_server.https.replace("https", "wss", 1)
    with pytest.raises(exceptions.InvalidStatus) as refused:
        async with client.connect(
            f"{host}/ws_api/account/1/messaging/brand/{bearer}", ssl=town.tls, proxy=None
        ):
            pass
    assert refused.value.response.status_code == 401


# -- frames ----------------------------------------------------------------------------------


async def test_c17_answers_carry_what_they_must(visit):
    """kind, the id as text, code, type and body."""
    peer = await visit.agent("anna", state=None)
    answer = await peer.ask(".GetClock", {})
    assert answer.keys() >= {"kind", "reqId", "code", "type", "body"}
    assert (answer["kind"], answer["code"]) == ("resp", 200)
    assert answer["type"] == ".GetClock$Response"


async def test_c17_unknown_requests_are_400_and_text(visit):
    """Exactly one answer each, whatever is asked."""
    peer = await visit.agent("anna", state=None)
    answer = await peer.ask(".ams.Nonsense", {})
    assert (answer["code"], answer["type"], type(answer["body"])) == (400, STRING, str)
    await peer.settled()
    assert len(peer.frames) == 2


@pytest.mark.parametrize("side", ["agent", "consumer"])
async def test_c17_every_request_gets_exactly_one_answer(visit, side):
    """In every spelling, on both sockets, with an empty body or none, all of them at once."""
    peer = await (visit.agent("ben", state=None) if side == "agent" else visit.consumer())
    spellings = [spelling for move in moves.MOVES for spelling in move.spellings]
    for number, spelling in enumerate(spellings):
        await peer.send({"kind": "req", "id": number, "type": spelling})
        await peer.send({"kind": "req", "id": f"body-{number}", "type": spelling, "body": {}})
    asked = {f"{prefix}{number}" for number in range(len(spellings)) for prefix in ("", "body-")}
    for request_id in asked:
        await peer.answer(request_id)
    await peer.settled()
    answers = [frame for frame in peer.frames if frame["kind"] == "resp"][:-1]
    assert sorted(answer["reqId"] for answer in answers) == sorted(asked)
    assert all(type(answer["code"]) is int for answer in answers)
    refused = [answer for answer in answers if answer["code"] >= 400]
    assert all((one["type"], type(one["body"])) == (STRING, str) for one in refused)
    assert not [answer for answer in answers if answer["code"] == 500]


@pytest.mark.parametrize("request_id", [1, "1,", "x" * 64])
async def test_c17_c51_ids_of_all_kinds(visit, request_id):
    """A number comes back as text; ``kind`` may be missing."""
    peer = await visit.agent("anna", state=None)
    await peer.send({"id": request_id, "type": "GetClock"})
    assert (await peer.answer(str(request_id)))["code"] == 200


async def test_c18_a_subscription_is_answered_before_it_tells(visit):
    """So that clients know the subscription's id when the first notification comes."""
    peer = await visit.agent("anna", state=None)
    kinds = (
        (".ams.routing.SubscribeRoutingTasks", RINGS),
        (".ams.routing.SubscribeAgentsState", STATES),
        (".ams.aam.SubscribeExConversations", ".ams.aam.ExConversationChangeNotification"),
    )
    for asked, told in kinds:
        since = len(peer.frames)
        answer = await peer.ask(asked, {})
        first = await peer.wait(lambda frame, told=told: frame["type"] == told, since=since)
        assert peer.frames.index(answer) < peer.frames.index(first)
        assert first["body"]["subscriptionId"] == answer["body"]["subscriptionId"]


async def test_c18_answers_and_echoes_find_their_requests(visit):
    """Fifty messages in one go: one answer and one echo each, with the same sequence."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    for number in range(50):
        event = {"type": "ContentEvent", "contentType": "text/plain", "message": str(number)}
        body = {"dialogId": conversation, "event": event}
        await anna.send({"id": number, "type": ".ams.ms.PublishEvent", "body": body})
    answered = {
        str(number): (await anna.answer(str(number)))["body"]["sequence"] for number in range(50)
    }
    for number, sequence in answered.items():
        echo = await anna.told(
            EVENT, lambda event, said=number: event["event"].get("message") == said
        )
        assert echo["sequence"] == sequence
    assert len(set(answered.values())) == 50


@pytest.mark.parametrize(
    "empty",
    [
        {},
        {"headers": None, "metadata": None, "encodedMetadata": None},
        {"headers": [], "metadata": [], "encodedMetadata": []},
        {"headers": [{"type": "x"}], "metadata": {"type": "bare"}, "encodedMetadata": ["eA=="]},
    ],
)
async def test_c19_empty_extras(visit, empty):
    """Null, absent or an array."""
    peer = await visit.agent("anna", state=None)
    assert (await peer.ask("GetClock", **empty))["code"] == 200


async def test_c19_metadata_is_passed_on_unchanged(visit):
    """Also what nobody here has ever heard of."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    sent = [
        {"type": "ActionReason", "reason": "policy", "reasonId": "🙂"},
        {"type": "New", "x": {"y": [1, None, 1.5, True, {}, []]}, "big": 12345678901234567890123},
        {"type": "New"},
        {"without": "type"},
    ]
    await visit.say(anna, conversation, "hello", metadata=sent)
    event = await anna.told(EVENT, lambda event: event["dialogId"] == conversation)
    assert event["metadata"] == sent
    asked = await anna.ask(".ams.ms.QueryMessages", {"dialogId": conversation})
    assert asked["body"][-1] == event
    await consumer.ask("ms.SubscribeMessagingEvents", {"dialogId": conversation})
    told = await consumer.told(
        "ms.MessagingEventNotification", lambda event: event["event"].get("message") == "hello"
    )
    assert told["metadata"] == sent


async def test_c20_refusals_never_look_like_success(visit):
    """SDK 1.2.0 throws when a refused QueryMessages has its good type."""
    peer = await visit.agent("anna", state=None)
    for kind, body in (
        (".ams.ms.QueryMessages", {"dialogId": "nothing"}),
        (".ams.userprofile.GetUserProfile", "nobody"),
        (".ams.ms.PublishEvent", {"dialogId": "x"}),
    ):
        answer = await peer.ask(kind, body)
        assert 400 <= answer["code"] < 500
        assert (answer["type"], type(answer["body"])) == (STRING, str)


async def test_c21_two_sockets_of_one_agent(visit):
    """Both are told; one may close without setting the agent offline."""
    one, other = await visit.agent("anna"), await visit.agent("anna")
    consumer = await visit.consumer()
    first = await visit.opened(consumer)
    assert await visit.rung(one, first) == await visit.rung(other, first)
    await one.socket.close()
    second = await visit.opened(consumer)
    await visit.rung(other, second)
    await visit.rung(other, first)  # it still waits: nobody withdrew it
    assert not [frame for frame in other.frames if _rings(frame, first, "CANCELLED")]


async def test_c21_the_last_socket_takes_the_agent_offline(town, visit):
    """And only the last."""
    watching = await visit.agent("may", state=None)
    one, other = await visit.agent("ben"), await visit.agent("ben")
    await watching.ask(".ams.routing.SubscribeAgentsState", {"agentId": town.old_id("ben")})
    since = len(watching.frames)
    await one.leave()
    await other.settled()
    await watching.settled()
    told = [frame for frame in watching.frames[since:] if frame.get("type") == STATES]
    assert "OFFLINE" not in [one["body"]["changes"][0]["result"]["availability"] for one in told]
    await other.leave()
    await watching.told(
        STATES, lambda change: change["result"]["availability"] == "OFFLINE", since=since
    )


def _rings(frame, conversation, state):
    return frame.get("type") == RINGS and any(
        change["result"]["conversationId"] == conversation
        and change["result"]["ringsDetails"][0]["ringState"] == state
        for change in frame["body"]["changes"]
    )
