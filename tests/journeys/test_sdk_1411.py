"""What the SDK's 1.4.11 does otherwise than npm's 1.2.0, as it stands on the wire.

That version is not on npm: these are its requests, frame by frame (messaging protocol, the table
at the top).
"""

import pytest
from websockets import exceptions

from running import wire

AGENT = {"User-Agent": "NodeAgentSDK/1.4.11"}
WS_7 = "permessage-deflate; client_max_window_bits"


@pytest.fixture
async def signed_in(visit, town):
    """Signed in as that version does; its socket on the host that it takes from discovery."""
    body = {"username": "anna", "password": wire.PASSWORD}
    answer = await visit.post("/login?v=1.3&NC=true", body, headers=AGENT)
    session = answer.json()
    host = await facade(visit, town)
    socket = await visit.socket(
        f"brand/{session['bearer']}?v=2.1",
        additional_headers={"Sec-WebSocket-Extensions": WS_7},
    )
    assert host == town.server.domain
    cookie = answer.headers["set-cookie"].partition(";")[0]
    visit.http.cookies.clear()
    return session, socket, cookie


async def facade(visit, town):
    """The host of ``facadeMsg``."""
    answer = await visit.http.get(town.url("/service/baseURI.json?version=1.0"))
    hosts = {one["service"]: one["baseURI"] for one in answer.json()["baseURIs"]}
    assert hosts["facadeMsg"] == hosts["asyncMessagingEnt"]
    return hosts["facadeMsg"]


async def test_its_socket_is_opened_without_compression(signed_in):
    """ws 7 offers permessage-deflate, is content without, and its masked pings are answered."""
    _, socket, _ = signed_in
    assert "Sec-WebSocket-Extensions" not in socket.socket.response.headers
    await (await socket.socket.ping())
    await socket.settled()


async def test_a_wrong_password_is_401_with_words(visit):
    """Its error is "…: Unauthorized" with the code 401: status and body say so."""
    body = {"username": "anna", "password": "wrong"}
    answer = await visit.post("/login?v=1.3", body, headers=AGENT)
    assert answer.status_code == 401
    assert answer.reason_phrase == "Unauthorized"
    assert answer.json()["error"]["responseStatus"] == "UNAUTHORIZED"


async def test_a_handshake_with_a_bad_bearer_is_401(visit):
    """It looks for "401" in what its WebSocket says."""
    with pytest.raises(exceptions.InvalidStatus) as refused:
        await visit.socket("brand/never-issued?v=2.1")
    assert refused.value.response.status_code == 401


async def test_its_own_request_is_answered(signed_in):
    """GenerateDownloadToken: there is no secure form, and the socket goes on."""
    _, socket, _ = signed_in
    asked = {"downloadable": {"type": "SecureForm", "submissionId": "x", "dialogId": "y"}}
    answer = await socket.ask(".ams.ms.token.GenerateDownloadToken", asked)
    assert (answer["code"], answer["type"]) == (404, ".ReqBody$StringResp")
    assert isinstance(answer["body"], str)
    assert (await socket.ask(".ams.ms.token.GenerateDownloadToken"))["code"] == 404
    await socket.settled()


async def test_conversations_keep_their_brand(visit, town, signed_in):
    """It leaves brandId in the details, where programs read it; the request carries it too."""
    _, socket, _ = signed_in
    me = town.old_id("anna")
    brand = {"brandId": town.account}
    await socket.ask(".ams.routing.SetAgentState", {"availability": "ONLINE", **brand})
    filters = {"agentIds": [me], "convState": ["OPEN"], **brand}
    await socket.ask(".ams.aam.SubscribeExConversations", filters)
    rings = {"channelType": "MESSAGING", "agentId": me, **brand}
    await socket.ask(".ams.routing.SubscribeRoutingTasks", rings)
    consumer = await visit.consumer()
    conversation = await visit.opened(consumer)
    await visit.accepted(socket, conversation)
    details = await wire.upserted(socket, conversation)
    assert details["brandId"] == town.account
    assert all("participantsDetails" in dialog for dialog in details["dialogs"])


async def test_a_refused_refresh_leads_to_a_new_login(visit, town, signed_in):
    """It signs in again by itself and opens a new socket: both work, whatever the old ones do."""
    session, socket, cookie = signed_in
    headers = {**AGENT, "Cookie": cookie}
    token = {"csrf": session["csrf"]}
    assert (await visit.post("/refresh", token, headers=headers)).status_code == 200
    assert (await visit.post("/logout", token, headers=headers)).status_code == 200
    assert await socket.closed() == 4401
    assert (await visit.post("/refresh", token, headers=headers)).status_code == 401
    again = await visit.login("anna")
    renewed = await visit.socket(f"brand/{again['bearer']}?v=2.1")
    await renewed.settled()
    assert again["config"]["userId"] == session["config"]["userId"]
    assert town.account


async def test_a_bearer_alone_is_enough(visit, town):
    """With a token and a user id it never signs in, and knows the account nevertheless."""
    bearer = (await visit.login("ben"))["bearer"]
    socket = await visit.socket(f"brand/{bearer}?v=2.1")
    me = town.old_id("ben")
    body = {"availability": "ONLINE", "channels": ["MESSAGING"], "agentUserId": me}
    assert (await socket.ask(".ams.routing.SetAgentState", body))["code"] == 202
    body = {"agentId": me, "brandId": town.account}
    assert (await socket.ask(".ams.routing.SubscribeAgentsState", body))["code"] == 200
    told = await socket.told(".ams.routing.AgentStateNotification", bool)
    assert told["result"]["agentUserId"] == me
