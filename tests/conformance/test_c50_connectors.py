"""Connectors over REST, which say items 48 to 50 of the conformance list without a socket."""

import json
import uuid

from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running.wire import upserted

SDES = [{"type": "ctmrinfo", "info": {"customerId": "7", "ctype": "vip"}}]


def at_desk(town):
    return office.open(Settings(data=town.server.data, account=town.account))


async def app_token(town, visit, scopes=("msg.consumer",)):
    """A program's own token, from the token service."""
    async with at_desk(town) as desk:
        made = await desk.directory.clients.add(desk.actor, name=str(uuid.uuid4()), scopes=scopes)
    form = {
        "client_id": made.client_id,
        "client_secret": made.client_secret,
        "grant_type": "client_credentials",
    }
    url = f"{town.server.https}/sentinel/api/account/{town.account}/app/token?v=2.0"
    return (await visit.http.post(url, data=form)).json()["access_token"]


def opening(town, **more):
    profile = {"firstName": "Jo", "authenticatedData": {"lp_sdes": SDES}}
    body = {"brandId": town.account, "skillId": town.skills["Sales"], "channelType": "MESSAGING"}
    return [
        {"kind": "req", "id": "1,", "type": "userprofile.SetUserProfile", "body": profile},
        {
            "kind": "req",
            "id": "2,",
            "type": "cm.ConsumerRequestConversation",
            "body": {**body, **more},
        },
    ]


def said(conversation, message):
    event = {"type": "ContentEvent", "contentType": "text/plain", "message": message}
    body = {"dialogId": conversation, "event": event}
    return {"kind": "req", "id": 7, "type": "ms.PublishEvent", "body": body}


async def test_c50_a_connector_opens_a_conversation_and_speaks(town, visit):
    """For a consumer of its own: agents see the profile, and what is said."""
    app = await app_token(town, visit)
    known = await visit.post(
        "/consumer?v=1.0", {"ext_consumer_id": "+49 555"}, headers={"Authorization": app}
    )
    headers = {
        "Authorization": app,
        "X-LP-ON-BEHALF": known.json()["token"],
        "Client-Properties": json.dumps({"type": ".ClientProperties", "appId": "sms"}),
    }
    anna = await visit.agent("anna")
    answer = await visit.post(
        "/messaging/consumer/conversation?v=3", opening(town), headers=headers
    )
    assert answer.status_code == 200, answer.text
    first, second = answer.json()
    assert first == {"code": "OK", "body": "OK User Profile set successfully", "reqId": "1,"}
    assert (second["code"], second["reqId"]) == ("OK", "2,")
    conversation = second["body"]["conversationId"]
    await visit.accepted(anna, conversation)
    details = await upserted(anna, conversation)
    assert details["context"]["clientProperties"]["appId"] == "sms"
    whom = details["participantsPId"]["CONSUMER"][0]
    profile = (await anna.ask(".ams.userprofile.GetUserProfile", whom))["body"]
    assert profile["authenticatedData"]["lp_sdes"] == SDES

    send = "/messaging/consumer/conversation/send?v=3"
    one = await visit.post(send, said(conversation, "hello"), headers=headers)
    assert one.json() == {"code": "OK", "body": {"sequence": 1}, "reqId": "7"}
    assert await anna.told(
        ".ams.ms.OnlineEventDistribution", lambda event: event["event"].get("message") == "hello"
    )


async def test_c50_what_a_connector_may_not_do(town, visit):
    """Without either proof 401, without the scope 403, nonsense 400; nothing half done."""
    app, token = await app_token(town, visit), await visit.token()
    path = "/messaging/consumer/conversation?v=3"
    good = {"Authorization": f"Bearer {app}", "X-LP-ON-BEHALF": token}
    read_only = await app_token(town, visit, ("users.read",))
    bearer = (await visit.login("anna"))["bearer"]
    for headers, status in (
        ({}, 401),
        ({"Authorization": app}, 401),
        ({"X-LP-ON-BEHALF": token}, 401),
        ({**good, "X-LP-ON-BEHALF": "nonsense"}, 401),
        ({**good, "Authorization": token}, 401),
        ({**good, "Authorization": f"Bearer {bearer}"}, 401),
        ({**good, "Authorization": read_only}, 403),
    ):
        answer = await visit.post(path, opening(town), headers=headers)
        assert (answer.status_code, "error" in answer.json()) == (status, True)
    for body in ([], {}, "text", 5, [5], [{"type": "x"}], opening(town) * 20):
        answer = await visit.post(path, body, headers=good)
        assert (answer.status_code, "error" in answer.json()) == (400, True), answer.text
    refused = await visit.post(path, opening(town, skillId="nowhere"), headers=good)
    assert refused.status_code == 400
    assert [each["code"] for each in refused.json()] == ["OK", "BAD_REQUEST"]
    subscribe = {"id": 1, "type": "cqm.SubscribeExConversations", "body": {}}
    assert (await visit.post(path, subscribe, headers=good)).json()["code"] == "BAD_REQUEST"
    for body in ({}, {"ext_consumer_id": ""}, {"ext_consumer_id": "x" * 1001}):
        answer = await visit.post("/consumer", body, headers=good)
        assert answer.status_code == 400
    stranger = await visit.post("/consumer", {"ext_consumer_id": "x"})
    assert stranger.status_code == 401
