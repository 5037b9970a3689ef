"""Handshake, sessions and frames, items 13 to 21 of the protocol's conformance list."""

import asyncio
import base64
import time
from collections.abc import Callable

import pytest
from websockets import exceptions
from websockets.asyncio import client

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


async def test_c13_a_key_that_is_not_random(town, visit):
    """ws 1.1.5 sends the time; that is 16 bytes, and good enough."""
    bearer = (await visit.login("anna"))["bearer"]
    host, _, port = town.server.domain.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=town.tls)
    key = base64.b64encode(f"13-{int(time.time() * 1000)}".encode()).decode()
    path = f"/ws_api/account/{town.account}/messaging/brand/{bearer}?v=2.1"
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {town.server.domain}",
        *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    )
    writer.write("\r\n".join((*lines, "", "")).encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 101")
    writer.close()
    await writer.wait_closed()


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


@pytest.mark.parametrize(
    "empty", [{}, {"headers": None, "metadata": None, "encodedMetadata": None}, {"metadata": []}]
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
    sent = [{"type": "ActionReason", "reason": "policy"}, {"type": "New", "x": {"y": [1, None]}}]
    await visit.say(anna, conversation, "hello", metadata=sent)
    event = await anna.told(EVENT, lambda event: event["dialogId"] == conversation)
    assert event["metadata"] == sent


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


def _rings(frame, conversation, state):
    return frame.get("type") == RINGS and any(
        change["result"]["conversationId"] == conversation
        and change["result"]["ringsDetails"][0]["ringState"] == state
        for change in frame["body"]["changes"]
    )
