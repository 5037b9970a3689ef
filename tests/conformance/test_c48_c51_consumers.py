"""Consumers, items 48 to 51 of the protocol's conformance list."""

import base64
import json

import pytest

from running.wire import upserted


def _claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


async def test_c48_the_subject_of_the_token_is_the_consumer(town, visit):
    """In old and new positions of what agents read."""
    token = await visit.token()
    anna, consumer = await visit.agent("anna"), await visit.consumer(token)
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    claims, details = _claims(token), await upserted(anna, conversation)
    assert claims["aud"] == f"acc:{town.account}"
    for field in ("participants", "participantsPId"):
        assert details[field]["CONSUMER"] == [claims["sub"]]


async def test_c48_both_ways_to_say_who_one_is(visit):
    """A header of the handshake, or one of InitConnection."""
    token = await visit.token()
    peer = await visit.socket("consumer?v=3")
    headers = [{"type": ".ams.headers.ConsumerAuthentication", "jwt": token}]
    assert (await peer.ask("InitConnection", headers=headers))["code"] == 200
    conversation = await visit.opened(peer)
    same = await visit.consumer(token)
    assert (await visit.say(same, conversation, "hello"))["code"] == 200


@pytest.mark.parametrize("token", ["x", "a.b.c", "🙂".encode().decode("latin-1")])
async def test_c48_a_bad_token_is_4401(visit, token):
    """In the handshake at once, in InitConnection after a 401."""
    peer = await visit.consumer(token)
    assert await peer.closed() == 4401
    late = await visit.socket("consumer?v=3")
    headers = [{"type": ".ams.headers.ConsumerAuthentication", "jwt": token}]
    assert (await late.ask("InitConnection", headers=headers))["code"] == 401
    assert await late.closed() == 4401


async def test_c48_another_accounts_token_is_4401(visit, shared_server):
    """A consumer is one brand's."""
    url = f"{shared_server.https}/api/account/1/signup"
    peer = await visit.consumer((await visit.http.post(url)).json()["jwt"])
    assert await peer.closed() == 4401


async def test_c48_one_socket_speaks_for_one_consumer(visit):
    """A second introduction as somebody else is refused, and changes nothing."""
    consumer = await visit.consumer()
    headers = [{"type": ".ams.headers.ConsumerAuthentication", "jwt": await visit.token()}]
    assert (await consumer.ask("InitConnection", headers=headers))["code"] == 409
    assert await visit.opened(consumer)


async def test_c49_what_the_consumer_says_reaches_the_agent(town, visit):
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


async def test_c50_sdes_and_mail(visit):
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
