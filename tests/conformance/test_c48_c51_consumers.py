"""Consumers, items 48 to 51 of the protocol's conformance list."""

import base64
import itertools
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from orchestrator.serve import office
from orchestrator.serve.settings import Settings
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


@pytest.mark.parametrize("said", ["{", "[]", "x", '{"a":' * 1150 + "1" + "}" * 1150])
async def test_c48_odd_client_properties_harm_nobody(visit, said):
    """What cannot be read, for its depth too, counts as not sent."""
    headers = {"Authorization": f"jwt {await visit.token()}", "Client-Properties": said}
    peer = await visit.socket("consumer?v=3", additional_headers=headers)
    assert (await peer.ask("GetClock"))["code"] == 200


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


# -- whom a brand vouches for --------------------------------------------------------------------

ISSUER = "https://shop.example"
SDES = [
    {"type": "ctmrinfo", "info": {"customerId": "42", "ctype": "vip"}},
    {"type": "personal", "personal": {"firstname": "Jo", "contacts": [{"email": "a@b.c"}]}},
]


@pytest.fixture(scope="module")
def shop():
    """The key with which the brand's server signs."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
async def connector(town, shop):
    """The town trusts the brand's server while the test runs; the connector's id."""
    public = shop.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    async with at_desk(town) as desk:
        made = await desk.directory.connectors.add(
            desk.actor, name="Shop", issuer=ISSUER, keys=office.public_keys(public.decode())
        )
        yield made.id
        await desk.directory.connectors.remove(desk.actor, "Shop")


def at_desk(town):
    return office.open(Settings(data=town.server.data, account=town.account))


def signed(key, algorithm="RS256", **claims):
    given = {"sub": "customer-42", "iss": ISSUER, "exp": time.time() + 600, "lp_sdes": SDES}
    return jwt.encode(given | claims, key, algorithm)


@pytest.mark.parametrize("named", [False, True])
async def test_c48_a_brands_token_makes_an_authenticated_consumer(visit, shop, connector, named):
    """Its SDEs are those of the profile, and nothing that a browser says takes their place."""
    if named:
        sent = {"id_token": signed(shop)}
        answer = await visit.post(f"/app/{connector}/authenticate?v=3.0", sent)
        token = answer.json()["token"]
    else:
        answer = await visit.post("/authenticate", {"authCode": signed(shop)})
        token = answer.json()["jwt"]
    claims = _claims(token)
    assert len(claims["sub"]) == 64
    assert claims["lp.ext"] == {"sub": "customer-42", "iss": ISSUER}
    consumer, anna = await visit.consumer(token), await visit.agent("anna")
    forged = [{"type": "ctmrinfo", "info": {"customerId": "1"}}]
    body = {"firstName": "Jo", "authenticatedData": {"lp_sdes": forged}}
    assert (await consumer.ask("userprofile.SetUserProfile", body))["code"] == 200
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    profile = (await anna.ask(".ams.userprofile.GetUserProfile", claims["sub"]))["body"]
    assert profile["authenticatedData"]["lp_sdes"] == SDES
    assert profile["claims"] == {"iss": ISSUER, "lp_sdes": SDES}
    assert (profile["acr"], profile["firstName"]) == ("loa1", "Jo")


async def test_c48_other_tokens_authenticate_nobody(town, visit, shop, connector):
    """401 with an error in the body, never 500, whatever is wrong; the same on both routes."""
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    bad = [
        signed(stranger),
        signed(shop, iss="https://else.example"),
        signed(shop, exp=time.time() - 1),
        signed(shop, algorithm="RS384"),
        signed("k" * 32, algorithm="HS256"),
        signed(None, algorithm="none"),
        signed(shop)[:-3],
        "nonsense",
        "..",
        "🙂",
    ]
    for code in bad:
        for path in ("/authenticate", f"/app/{connector}/authenticate", "/app/77/authenticate"):
            answer = await visit.post(path, {"authCode": code})
            assert (answer.status_code, "error" in answer.json()) == (401, True)
    for body in ({}, {"authCode": 5}, {"authCode": ""}, []):
        answer = await visit.post("/authenticate", body)
        assert (answer.status_code, "error" in answer.json()) == (400, True)
    elsewhere = f"{town.server.https}/api/account/404404404/authenticate"
    answer = await visit.http.post(elsewhere, json={"authCode": signed(shop)})
    assert answer.status_code == 401


async def test_c48_anonymous_consumers_come_back_as_themselves(visit):
    """A renewed token, and one that was exchanged as web clients do, are the same consumer's."""
    first = (await visit.post("/anonymous/authorize", {})).json()["token"]
    renewed = (await visit.post("/anonymous/authorize", {"id_token": first})).json()["token"]
    body = {"id_token": renewed}
    exchanged = (await visit.post("/app/1/authenticate?v=3.0", body)).json()["token"]
    assert len({_claims(token)["sub"] for token in (first, renewed, exchanged)}) == 1
    bad = await visit.post("/anonymous/authorize", {"id_token": "nonsense"})
    assert (bad.status_code, "error" in bad.json()) == (401, True)


# -- everything that a consumer may ask (section 6.3) --------------------------------------------


@pytest.mark.parametrize("prefix", ["", ".ams."])
async def test_c51_a_consumers_requests_in_both_spellings(visit, prefix):
    """From the profile to the rating, with numbers for ids and no ``kind``."""
    consumer = await visit.consumer()
    ids = itertools.count(1)

    async def ask(kind, body=None):
        number = next(ids)
        await consumer.send({"id": number, "type": prefix + kind, "body": body})
        answer = await consumer.answer(str(number))
        assert answer["code"] == 200, answer
        return answer

    assert (await ask("userprofile.SetUserProfile", {"firstName": "Jo"}))["body"] == (
        "OK User Profile set successfully"
    )
    subscribed = await ask("cqm.SubscribeExConversations", {"convState": ["OPEN", "CLOSE"]})
    opening = {
        "ttrDefName": "null",
        "channelType": "MESSAGING",
        "brandId": visit.town.account,
        "skillId": "-1",
    }
    opened = await ask("cm.ConsumerRequestConversation", opening)
    assert opened["type"] == "cm.RequestConversationResponse"
    conversation = opened["body"]["conversationId"]
    upsert = await consumer.told(
        "cqm.ExConversationChangeNotification",
        lambda change: change["result"]["convId"] == conversation,
    )
    assert upsert["result"]["conversationDetails"]["skillId"] == "-1"
    live = await ask("ms.SubscribeMessagingEvents", {"dialogId": conversation, "fromSeq": 0})
    assert live["type"].endswith(("GenericSubscribeResponse", "GenericSubscribe$Response"))
    event = {"type": "ContentEvent", "contentType": "text/plain", "message": "hello"}
    said = await ask("ms.PublishEvent", {"dialogId": conversation, "event": event})
    assert said["body"] == {"sequence": 1}
    for field in (
        {"field": "TTRField", "ttrType": "URGENT", "value": 300},
        {
            "field": "CSATRate",
            "csatRate": 5,
            "csatResolutionConfirmation": True,
            "status": "FILLED",
        },
        {"field": "ConversationStateField", "conversationState": "CLOSE"},
    ):
        body = {"conversationId": conversation, "conversationField": [field]}
        await ask("cm.UpdateConversationField", body)
    closed = await consumer.told(
        "cqm.ExConversationChangeNotification",
        lambda change: change["result"]["conversationDetails"]["state"] == "CLOSE",
    )
    details = closed["result"]["conversationDetails"]
    assert details["csatRate"] == 5
    assert details["ttr"] == {"ttrType": "URGENT", "value": 300}
    assert details["closeReason"] == "CONSUMER"
    subscription = subscribed["body"]["subscriptionId"]
    await ask("cqm.UnsubscribeExConversations", {"subscriptionId": subscription})
    for kind in ("GetClock", "KeepAlive"):
        number = next(ids)
        await consumer.send({"id": number, "type": kind})
        assert (await consumer.answer(str(number)))["code"] == 200


async def test_c51_what_was_unsubscribed_is_not_told(visit):
    """Neither changes nor new conversations."""
    consumer = await visit.consumer()
    answer = await consumer.ask("cqm.SubscribeExConversations", {"convState": ["OPEN"]})
    await consumer.ask("cqm.UnsubscribeExConversations", answer["body"])
    since = len(consumer.frames)
    await visit.opened(consumer)
    await consumer.settled()
    assert not [frame for frame in consumer.frames[since:] if frame["kind"] == "notification"]


async def test_c49_client_properties_of_a_later_introduction(visit):
    """Those of InitConnection reach the conversation like those of the handshake."""
    properties = {"type": ".ams.headers.ClientProperties", "deviceFamily": "MOBILE", "os": "IOS"}
    headers = [
        properties,
        {"type": ".ams.headers.ConsumerAuthentication", "jwt": await visit.token()},
    ]
    anna, consumer = await visit.agent("anna"), await visit.socket("consumer?v=3")
    assert (await consumer.ask("InitConnection", headers=headers))["code"] == 200
    conversation = await visit.opened(consumer, campaignInfo={"campaignId": "1", "engagementId": 2})
    await visit.accepted(anna, conversation)
    details = await upserted(anna, conversation)
    shown = details["context"]["clientProperties"]
    assert (shown["deviceFamily"], shown["os"]) == ("MOBILE", "IOS")
    assert details["campaignInfo"] == {"campaignId": 1, "engagementId": 2}
