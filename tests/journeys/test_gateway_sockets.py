"""Agents' and consumers' sockets, frame by frame; numbers are those of the conformance list."""

import asyncio
import base64
import json
import time

import pytest
from websockets import exceptions

from running import wire
from running.wire import upserted

RINGS = ".ams.routing.RoutingTaskNotification"
STATES = ".ams.routing.AgentStateNotification"
EVENT = ".ams.ms.OnlineEventDistribution"
STRING = ".ReqBody$StringResp"


# -- the handshake -----------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["", "?v=2", "?v=2.0", "?v=2.1"])
async def test_13_every_version_and_no_subprotocol(visit, version):
    """Without Origin and User-Agent, as the SDK's library does it."""
    bearer = (await visit.login("anna"))["bearer"]
    peer = await visit.socket(
        f"brand/{bearer}{version}", subprotocols=["a", "b"], user_agent_header=None
    )
    assert peer.socket.subprotocol is None
    await peer.settled()


async def test_13_a_key_that_is_not_random(town, visit):
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


async def test_14_an_offer_to_compress_is_answered_cleanly(visit):
    """Accepted or declined, frames go both ways."""
    bearer = (await visit.login("anna"))["bearer"]
    peer = await visit.socket(f"brand/{bearer}", compression="deflate")
    await peer.settled()


async def test_15_pings_are_answered(visit):
    """The SDK pings on open and every minute."""
    peer = await visit.agent("anna", state=None)
    async with asyncio.timeout(wire.PATIENCE):
        await (await peer.socket.ping())


# -- frames ------------------------------------------------------------------------------------


async def test_17_answers_carry_what_they_must(visit):
    """kind, the id as text, code, type and body."""
    peer = await visit.agent("anna", state=None)
    answer = await peer.ask(".GetClock", {})
    assert answer.keys() >= {"kind", "reqId", "code", "type", "body"}
    assert (answer["kind"], answer["code"]) == ("resp", 200)
    assert answer["type"] == ".GetClock$Response"


async def test_17_unknown_requests_are_400_and_text(visit):
    """Exactly one answer each, whatever is asked."""
    peer = await visit.agent("anna", state=None)
    answer = await peer.ask(".ams.Nonsense", {})
    assert (answer["code"], answer["type"], type(answer["body"])) == (400, STRING, str)
    await peer.settled()
    assert len(peer.frames) == 2


@pytest.mark.parametrize("request_id", [1, "1,", "x" * 64])
async def test_17_51_ids_of_all_kinds(visit, request_id):
    """A number comes back as text; ``kind`` may be missing."""
    peer = await visit.agent("anna", state=None)
    await peer.send({"id": request_id, "type": "GetClock"})
    assert (await peer.answer(str(request_id)))["code"] == 200


async def test_18_a_subscription_is_answered_before_it_tells(visit):
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
async def test_19_empty_extras(visit, empty):
    """Null, absent or an array."""
    peer = await visit.agent("anna", state=None)
    assert (await peer.ask("GetClock", **empty))["code"] == 200


async def test_19_metadata_is_passed_on_unchanged(visit):
    """Also what nobody here has ever heard of."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    sent = [{"type": "ActionReason", "reason": "policy"}, {"type": "New", "x": {"y": [1, None]}}]
    await visit.say(anna, conversation, "hello", metadata=sent)
    event = await anna.told(EVENT, lambda event: event["dialogId"] == conversation)
    assert event["metadata"] == sent


async def test_20_refusals_never_look_like_success(visit):
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


async def test_21_two_sockets_of_one_agent(visit):
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


# -- simple requests ---------------------------------------------------------------------------


async def test_22_the_clock(visit):
    """Milliseconds, as a number."""
    peer = await visit.agent("anna", state=None)
    now = (await peer.ask(".GetClock"))["body"]["currentTime"]
    assert abs(now / 1000 - time.time()) < 60
    assert isinstance(now, int)


@pytest.mark.parametrize("state", ["ONLINE", "OCCUPIED", "BACK_SOON", "AWAY", "OFFLINE"])
async def test_23_every_state(town, visit, state):
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


async def test_23_other_states_and_other_people(town, visit):
    """What is no state is 400; nobody sets somebody else's."""
    peer = await visit.agent("ben", state=None)
    bad = await peer.ask(".ams.routing.SetAgentState", {"availability": "PARTYING"})
    assert bad["code"] == 400
    foreign = {"availability": "AWAY", "agentUserId": town.old_id("anna")}
    assert (await peer.ask(".ams.routing.SetAgentState", foreign))["code"] == 403


async def test_23_only_the_online_are_rung(visit):
    """OCCUPIED waits until the agent is ONLINE."""
    ben, consumer = await visit.agent("ben", state="OCCUPIED"), await visit.consumer()
    conversation = await visit.opened(consumer, "Billing")
    await ben.settled()
    assert not [frame for frame in ben.frames if _rings(frame, conversation, "WAITING")]
    await ben.ask(".ams.routing.SetAgentState", {"availability": "ONLINE"})
    await visit.rung(ben, conversation)


async def test_24_waiting_rings_are_repeated(visit):
    """After a reconnect the same ring comes again, in an array, with nothing in it if none."""
    ben, consumer = await visit.agent("ben"), await visit.consumer()
    empty = await ben.wait(lambda frame: frame.get("type") == RINGS)
    assert isinstance(empty["body"]["changes"], list)
    conversation = await visit.opened(consumer, "Billing")
    ring = await visit.rung(ben, conversation)
    again = await visit.agent("ben")
    assert await visit.rung(again, conversation) == ring


# -- consumers ---------------------------------------------------------------------------------


def _claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


async def test_48_the_subject_of_the_token_is_the_consumer(town, visit):
    """In old and new positions of what agents read."""
    token = await visit.token()
    anna, consumer = await visit.agent("anna"), await visit.consumer(token)
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    claims, details = _claims(token), await upserted(anna, conversation)
    assert claims["aud"] == f"acc:{town.account}"
    for field in ("participants", "participantsPId"):
        assert details[field]["CONSUMER"] == [claims["sub"]]


async def test_48_both_ways_to_say_who_one_is(visit):
    """A header of the handshake, or one of InitConnection."""
    token = await visit.token()
    peer = await visit.socket("consumer?v=3")
    headers = [{"type": ".ams.headers.ConsumerAuthentication", "jwt": token}]
    assert (await peer.ask("InitConnection", headers=headers))["code"] == 200
    conversation = await visit.opened(peer)
    same = await visit.consumer(token)
    assert (await visit.say(same, conversation, "hello"))["code"] == 200


@pytest.mark.parametrize("token", ["x", "a.b.c", "🙂".encode().decode("latin-1")])
async def test_48_a_bad_token_is_4401(visit, token):
    """In the handshake at once, in InitConnection after a 401."""
    peer = await visit.consumer(token)
    assert await peer.closed() == 4401
    late = await visit.socket("consumer?v=3")
    headers = [{"type": ".ams.headers.ConsumerAuthentication", "jwt": token}]
    assert (await late.ask("InitConnection", headers=headers))["code"] == 401
    assert await late.closed() == 4401


async def test_48_another_accounts_token_is_4401(visit, shared_server):
    """A consumer is one brand's."""
    url = f"{shared_server.https}/api/account/1/signup"
    peer = await visit.consumer((await visit.http.post(url)).json()["jwt"])
    assert await peer.closed() == 4401


async def test_48_one_socket_speaks_for_one_consumer(visit):
    """A second introduction as somebody else is refused, and changes nothing."""
    consumer = await visit.consumer()
    headers = [{"type": ".ams.headers.ConsumerAuthentication", "jwt": await visit.token()}]
    assert (await consumer.ask("InitConnection", headers=headers))["code"] == 409
    assert await visit.opened(consumer)


async def test_49_what_the_consumer_says_reaches_the_agent(town, visit):
    """Campaign, skill, context and client properties, unchanged."""
    properties = {"type": ".ClientProperties", "appId": "webAsync", "deviceFamily": "DESKTOP"}
    headers = {
        "Authorization": f"jwt {await visit.token()}",
        "Client-Properties": json.dumps(properties),
    }
    anna = await visit.agent("anna")
    consumer = await visit.socket("consumer?v=3", additional_headers=headers)
    context = {"type": "SharkContext", "lang": "de-DE", "visitorId": "A3Z", "sessionId": "ys2"}
    campaign = {"campaignId": 99999, "engagementId": 888888}
    conversation = await visit.opened(consumer, conversationContext=context, campaignInfo=campaign)
    await visit.accepted(anna, conversation)
    details = await upserted(anna, conversation)
    assert details["campaignInfo"] == campaign
    assert details["skillId"] == str(town.skills["Sales"])
    assert details["context"] == {**context, "clientProperties": properties}


async def test_50_sdes_and_mail(visit):
    """What SetUserProfile says comes back to agents, with both names of the address."""
    anna, token = await visit.agent("anna", state=None), await visit.token()
    consumer = await visit.consumer(token)
    sdes = [{"type": "ctmrinfo", "info": {"ctype": "vip", "balance": 480.5}}]
    body = {
        "firstName": "Jö",
        "authenticatedData": {"lp_sdes": sdes},
        "privateData": {"mobileNum": "555", "mail": "a@b.c"},
    }
    assert (await consumer.ask("userprofile.SetUserProfile", body))["code"] == 200
    for asked in (_claims(token)["sub"], {"userId": _claims(token)["sub"]}):
        profile = (await anna.ask(".ams.userprofile.GetUserProfile", asked))["body"]
        assert profile["firstName"] == "Jö"
        assert profile["authenticatedData"]["lp_sdes"] == sdes
        assert profile["privateData"]["mail"] == profile["privateData"]["email"] == "a@b.c"
    own = await anna.ask(".ams.userprofile.GetUserProfile", {})
    assert (own["code"], own["body"]["role"]) == (200, "AGENT")


async def test_a_socket_for_another_account_is_refused(visit, shared_server, town):
    """A bearer is one account's as well."""
    bearer = (await visit.login("anna"))["bearer"]
    host = shared_server.https.replace("https", "wss", 1)
    from websockets.asyncio import client

    with pytest.raises(exceptions.InvalidStatus) as refused:
        async with client.connect(
            f"{host}/ws_api/account/1/messaging/brand/{bearer}", ssl=town.tls, proxy=None
        ):
            pass
    assert refused.value.response.status_code == 401
