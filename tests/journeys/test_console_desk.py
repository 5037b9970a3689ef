"""The agent workspace without a browser: whom it lends a bearer, what that opens, when it ends."""

import html
import json
import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from websockets import exceptions

from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import wire

HEAD = {"HX-Request": "true"}


class Signed:
    """Somebody's browser on the console of a town."""

    def __init__(self, town: wire.Town) -> None:
        self.town = town
        self.http = httpx2.AsyncClient(
            base_url=f"{town.server.http}/console", trust_env=False, timeout=wire.PATIENCE
        )

    async def sign_in(self, login: str) -> str:
        """Sign in; where that leads."""
        form = {"account": self.town.account, "login": login, "password": wire.PASSWORD}
        return (await self.http.post("/sign-in", data=form)).headers["location"]

    async def borrow(self, token: str | None = None) -> httpx2.Response:
        """Ask for a bearer, with the session's own token unless another is given."""
        token = token or (await self.http.get("/token")).json()["csrf"]
        return await self.http.post("/desk/session", headers={**HEAD, "X-CSRF-Token": token})


@pytest.fixture
async def browser(town: wire.Town) -> AsyncIterator[Signed]:
    """A browser in which nobody is signed in."""
    opened = Signed(town)
    yield opened
    await opened.http.aclose()


async def _socket(visit: wire.Visit, bearer: str) -> wire.Peer:
    return await visit.socket("brand?v=2.1", subprotocols=["ums", f"bearer.{bearer}"])


async def test_agents_begin_at_their_work_and_managers_at_home(browser: Signed) -> None:
    """Whoever sets nothing up has no use for the checklist."""
    assert await browser.sign_in("anna") == "/console/desk"
    page = await browser.http.get("/desk")
    assert page.status_code == 200
    assert "You serve Sales." in page.text
    assert "connect-src" not in page.headers["content-security-policy"]  # 'self' is the default
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert await browser.sign_in("may") == "/console"


async def test_a_browser_speaks_the_protocol_until_it_is_signed_out(
    browser: Signed, visit: wire.Visit
) -> None:
    """The bearer comes in a subprotocol and is in no address; both ends are told the end."""
    await browser.sign_in("anna")
    lent = (await browser.borrow()).json()
    assert {key: name for name, key in visit.town.skills.items()}.items() <= lent["skills"].items()
    assert (await browser.borrow()).json()["bearer"] == lent["bearer"]
    peer = await _socket(visit, lent["bearer"])
    assert peer.socket.subprotocol == "ums"
    assert (await peer.ask(".ams.routing.SetAgentState", {"availability": "AWAY"}))["code"] == 202
    await browser.http.post("/sign-out")
    assert await peer.closed() == 4401
    again = await _socket(visit, lent["bearer"])
    assert await again.closed() == 4401


async def test_a_bearer_is_lent_to_nobody_else(browser: Signed, visit: wire.Visit) -> None:
    """Not without a session, not to a forged form; what was made up opens no socket."""
    refused = await browser.http.post("/desk/session", headers=HEAD)
    assert (refused.status_code, "bearer" in refused.text) == (401, False)
    await browser.sign_in("anna")
    refused = await browser.borrow("made-up")
    assert (refused.status_code, "bearer" in refused.text) == (403, False)
    for offered in (["ums", "bearer." + "0" * 64], ["ums"], None):
        with pytest.raises(exceptions.InvalidStatus, match="401"):
            await visit.socket("brand?v=2.1", subprotocols=offered)


async def test_who_the_customer_is_is_for_those_who_have_or_had_the_conversation(
    browser: Signed, visit: wire.Visit
) -> None:
    """A colleague sees nothing; after a transfer both may look, and nothing becomes markup."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    sdes = [{"type": "ctmrinfo", "info": {"ctype": "<b>vip</b>"}}]
    profile = {"firstName": "Renée", "authenticatedData": {"lp_sdes": sdes}}
    await consumer.ask("userprofile.SetUserProfile", profile)
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)

    await browser.sign_in("anna")
    told = await browser.http.get(f"/desk/{conversation}/beside", headers=HEAD)
    assert "Renée" in told.text
    assert "&lt;b&gt;vip&lt;/b&gt;" in told.text
    assert "no bot decided" in told.text
    places = await browser.http.get(f"/desk/{conversation}/places", headers=HEAD)
    assert f'data-skill="{visit.town.skills["Billing"]}"' in places.text
    assert f'data-skill="{visit.town.skills["Sales"]}"' not in places.text

    await browser.sign_in("ben")
    for part in ("beside", "places"):
        answer = await browser.http.get(f"/desk/{conversation}/{part}", headers=HEAD)
        assert (answer.status_code, "Renée" in answer.text) == (404, False)

    moved = [
        {"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"},
        {"field": "Skill", "type": "UPDATE", "skill": visit.town.skills["Billing"]},
    ]
    assert (await visit.change(anna, conversation, *moved))["code"] == 200
    await browser.sign_in("anna")
    told = await browser.http.get(f"/desk/{conversation}/beside", headers=HEAD)
    assert (told.status_code, "Billing" in told.text) == (200, True)


async def test_a_bearer_is_not_logged(browser: Signed, visit: wire.Visit) -> None:
    """Nothing that the server writes has it."""
    await browser.sign_in("ben")
    bearer = (await browser.borrow()).json()["bearer"]
    peer = await _socket(visit, bearer)
    await peer.settled()
    assert bearer not in json.dumps(visit.town.server.logs)


async def test_an_agent_reads_what_was_before_as_long_as_they_have_the_customer(
    browser: Signed, visit: wire.Visit
) -> None:
    """By the conversation that is with them, page after page; with its end that is over."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    had = []
    for number in range(8):
        conversation = await visit.opened(consumer)
        await visit.accepted(anna, conversation)
        await visit.say(anna, conversation, f"<i>answer {number}</i>")
        had.append(conversation)
        if number < 7:
            end = {"field": "ConversationStateField", "conversationState": "CLOSE"}
            assert (await visit.change(anna, conversation, end))["code"] == 200
    now = had[-1]

    await browser.sign_in("anna")
    told = (await browser.http.get(f"/desk/{now}/beside", headers=HEAD)).text
    assert [each for each in had if f"/earlier/{each}" in told] == had[2:7]
    further = html.unescape(re.findall(r'data-more="/console([^"]+)"', told)[0])
    rest = (await browser.http.get(further, headers=HEAD)).text
    assert [each for each in had if f"/earlier/{each}" in rest] == had[:2]
    assert "data-more" not in rest
    then = await browser.http.get(f"/desk/{now}/earlier/{had[0]}", headers=HEAD)
    assert "&lt;i&gt;answer 0&lt;/i&gt;" in then.text
    assert "anna" in then.text

    for login, key in [("ben", now), ("anna", had[1])]:
        await browser.sign_in(login)
        for path in (f"/desk/{key}/earlier", f"/desk/{key}/earlier/{had[0]}"):
            answer = await browser.http.get(path, headers=HEAD)
            assert (answer.status_code, "answer 0" in answer.text) == (404, False)
    ended = (await browser.http.get(f"/desk/{had[1]}/beside", headers=HEAD)).text
    assert "Earlier conversations" not in ended


async def test_what_was_answered_after_a_conversation_is_told_where_it_is_looked_for(
    browser: Signed, visit: wire.Visit
) -> None:
    """Beside the ended conversation, on its page and over the API; not among the messages."""
    async with office.open(
        Settings(data=visit.town.server.data, account=visit.town.account)
    ) as desk:
        await desk.directory.skills.edit(desk.actor, "Sales", survey="survey-app")
    anna, bot, consumer = (
        await visit.agent("anna"),
        await visit.agent("may", state=None),
        await visit.consumer(),
    )
    await bot.ask(".ams.aam.SubscribeExConversations", {"stage": ["OPEN"]})
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    await visit.say(anna, conversation, "Good bye")
    sent = {"caption": "Rechnung.pdf", "relativePath": "/nothing", "fileType": "PDF"}
    file = {"type": "ContentEvent", "contentType": "hosted/file", "message": sent}
    card = {"type": "vertical", "elements": [{"type": "text", "text": "A card"}]}
    for event in (file, {"type": "RichContentEvent", "content": card}):
        body = {"dialogId": conversation, "event": event}
        assert (await anna.ask(".ams.ms.PublishEvent", body))["code"] == 200
    ended = {"dialogId": conversation, "state": "CLOSE", "closedBy": "AGENT"}
    end = {"field": "DialogChange", "type": "UPDATE", "dialog": ended}
    assert (await visit.change(anna, conversation, end))["code"] == 200
    details = await wire.upserted(bot, conversation, matches=lambda now: now["state"] == "CLOSE")
    survey = details["dialogs"][0]["dialogId"]
    await browser.sign_in("anna")
    told = (await browser.http.get(f"/desk/{conversation}/beside", headers=HEAD)).text
    assert "answers may still come" in told
    assert "data-awaits" in told

    await browser.sign_in("may")
    assert "data-live" in (await browser.http.get(f"/conversations/{conversation}")).text

    await browser.sign_in("anna")
    join = {"field": "ParticipantsChange", "type": "ADD", "role": "AGENT", "dialogId": survey}
    assert (await visit.change(bot, conversation, join))["code"] == 200
    await visit.say(bot, survey, "How was <it>?")
    await visit.say(consumer, survey, "fine & dandy")
    rated = {"field": "CSATRate", "csatRate": 5, "status": "FILLED"}
    assert (await visit.change(consumer, conversation, rated))["code"] == 200
    over = {**end, "dialog": {**ended, "dialogId": survey}}
    assert (await visit.change(bot, conversation, over))["code"] == 200
    told = (await browser.http.get(f"/desk/{conversation}/beside", headers=HEAD)).text
    await browser.sign_in("may")
    page = (await browser.http.get(f"/conversations/{conversation}")).text
    for each in (told, page):
        assert each.index("How was &lt;it&gt;?") < each.index("fine &amp; dandy")
        assert "5 of 5" in each
        assert "data-awaits" not in each
        assert "data-live" not in each
    assert page.count("fine &amp; dandy") == 1
    assert page.index("Rechnung.pdf") < page.index("A card")
    async with office.open(
        Settings(data=visit.town.server.data, account=visit.town.account)
    ) as desk:
        shown = await desk.reports.conversation(desk.actor, conversation)
    assert shown.survey is not None
    assert [(each.question, each.answer) for each in shown.survey.answers] == [
        ("How was <it>?", "fine & dandy")
    ]
    assert [(each.dialog, each.content) for each in shown.messages] == [
        *(("MAIN", "TEXT"), ("MAIN", "FILE"), ("MAIN", "CARD")),
        *(("POST_SURVEY", "TEXT"), ("POST_SURVEY", "TEXT")),
    ]
