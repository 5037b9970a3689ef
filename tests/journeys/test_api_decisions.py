"""Decisions over HTTP: the original's two versions, ours, and what is kept of them."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from running import api, server

GOLD = {
    "id": "p-gold",
    "name": "Gold",
    "enabled": True,
    "conditions": [{"property": "shop.tier", "type": "EQUAL", "value": "gold"}],
    "actions": [
        {"type": "SEND_MESSAGE", "payload": {"message": "One moment, {{shop.name|there}}"}},
        {"type": "TRANSFER_TO_AGENT", "payload": {"userId": "901", "skillId": "12"}},
    ],
}
NEW = {
    "id": "p-new",
    "name": "New",
    "enabled": True,
    "conditions": [{"property": "shop.tier", "type": "EQUAL", "value": "new"}],
    "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "77"}}],
}
OFF = {**NEW, "id": "p-off", "name": "Off", "enabled": False, "conditions": [{"all": []}]}


@pytest.fixture
async def there(shared_server: server.Server, account_ids: Iterator[int]) -> AsyncIterator[api.Api]:
    """A key for everything on a new account with policies on its own namespace."""
    account = str(next(account_ids))
    await api.settled(shared_server.data, account)
    key = await api.key(shared_server.data, account, "admin", "decide", "context")
    async with api.Api(shared_server, account, key) as opened:
        await opened.do("PUT", "/policies", {"policies": [GOLD, NEW, OFF], "custom": {"x": 1}})
        yield opened


async def saved(there: api.Api, session: str, **properties: Any) -> None:
    """Save context as a bot of the original does."""
    path = f"/v1/account/{there.account}/shop/{session}/properties"
    answer = await there.http.request("PATCH", path, json=properties)
    assert answer.status_code == 204, answer.text


async def v1(there: api.Api, **query: str) -> dict[str, Any]:
    """Ask the first version."""
    answer = await there.http.request(
        "GET", f"/v1/account/{there.account}/next-actions", params=query
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def v2(there: api.Api, **body: Any) -> Any:
    """Ask the second version."""
    sent = {"accountId": there.account, **body}
    answer = await there.http.request("POST", "/v2/policy/nextaction", json=sent)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_v1_answers_with_a_rule_in_both_spellings(there: api.Api) -> None:
    """Context is found by the conversation's id, or by the group's; both payload variants."""
    await saved(there, "c-1", tier="gold", name="Jo")
    found = await v1(there, conversationId="c-1", consumerId="jo", groupId="")
    assert set(found) == {"nextActionId", "rule"}
    assert found["rule"] == {
        "id": "p-gold",
        "name": "Gold",
        "actions": [
            {
                "type": "SEND_MESSAGE",
                "payload": {"message": "One moment, Jo", "text": "One moment, Jo"},
            },
            {
                "type": "TRANSFER_TO_AGENT",
                "payload": {
                    "userId": "901",
                    "skillId": "12",
                    "agentId": "901",
                    "fallbackSkillId": "12",
                },
            },
        ],
    }
    await saved(there, "crm-7", tier="new")
    found = await v1(there, conversationId="c-1", userId="jo", groupId="crm-7")
    assert found["rule"]["id"] == "p-new"


async def test_v1_says_why_there_is_no_rule(there: api.Api) -> None:
    """``rule`` is null, and the reason is there only then."""
    found = await v1(there, conversationId="nobody-knows")
    assert found["rule"] is None
    assert found["noMatchReason"] == "NO_MATCHED_RULES"
    await there.do("PUT", "/policies", {"policies": [OFF]})
    assert (await v1(there))["noMatchReason"] == "NO_POLICIES_ENABLED"


async def test_v2_answers_with_bare_actions(there: api.Api) -> None:
    """Nothing but the array, empty without a match; one policy can be asked alone."""
    await saved(there, "s-1", tier="new")
    transfer = [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "77"}}]
    assert await v2(there, sessionId="s-1", conversationId="c-9") == transfer
    assert await v2(there, sessionId="s-1", policyId="p-new", lpToken="Bearer x") == transfer
    assert await v2(there, sessionId="s-1", policyId="p-gold") == []
    assert await v2(there, policyId="p-off", visitorId="v") == []
    assert await v2(there) == []


async def test_context_of_the_default_session_stands_in(there: api.Api) -> None:
    """What the session does not say, the namespace's default session does (14, row 10)."""
    path = f"/v1/account/{there.account}/shop/properties/tier"
    assert (await there.http.request("PUT", path, json="new")).status_code == 204
    await saved(there, "c-2", name="Jo")
    assert (await v1(there, conversationId="c-2"))["rule"]["id"] == "p-new"


async def test_a_decision_is_answered_as_decide_prints_it_and_kept(there: api.Api) -> None:
    """All keys, the trace when asked for; afterwards it can be looked up and explained."""
    asked = {"attributes": {"shop": {"tier": "new"}}, "consumerId": "jo", "trace": True}
    found = await there.do("POST", "/decisions", asked)
    assert found["policyId"] == "p-new"
    assert found["noMatchReason"] is None
    assert [each["state"] for each in found["trace"]["policies"]] == ["FALSE", "TRUE"]
    shown = await there.get(f"/decisions/{found['decisionId']}")
    assert shown["decision"]["policy"] == "New"
    assert [each["state"] for each in shown["trace"]["policies"]] == ["FALSE", "TRUE"]
    listed = await there.get("/decisions")
    assert [each["decisionId"] for each in listed] == [found["decisionId"]]


async def test_without_record_nothing_is_kept(there: api.Api) -> None:
    """``decisionId`` is null, and the list stays empty."""
    found = await there.do("POST", "/decisions", {"record": False})
    assert found == {
        "policyId": None,
        "policyName": None,
        "actions": [],
        "noMatchReason": "NO_MATCHED_RULES",
        "decisionId": None,
    }
    assert await there.get("/decisions") == []


async def test_pages_are_in_the_order_of_asking(there: api.Api) -> None:
    """Whatever clock the rules saw: none comes twice, and none is left out."""
    clocks = ["2031-01-01T00:00:00Z", "2020-01-01T00:00:00Z", None, "1999-12-31T23:59:59Z"]
    asked = [(await there.do("POST", "/decisions", {"at": each}))["decisionId"] for each in clocks]
    found, path = [], "/decisions?limit=1"
    for _ in clocks:
        answer = await there.ask("GET", path)
        found += [each["decisionId"] for each in answer.json()]
        path = (
            answer.links.get("next", {})
            .get("url", "")
            .removeprefix(f"/v3/accounts/{there.account}")
        )
    assert path == ""
    assert found == asked[::-1]


async def test_a_batch_answers_each_in_its_place(there: api.Api) -> None:
    """What is wrong with one costs that one alone."""
    questions = [
        {"attributes": {"shop.tier": "gold"}},
        {"attributes": {"shop.tier": "new"}, "at": "2026-11-22T09:00:00"},
        {"nonsense": 1},
        7,
        {"attributes": {"shop.tier": "new"}, "record": False},
    ]
    found = await there.do("POST", "/decisions/batch", questions)
    assert [each.get("policyId") for each in found] == ["p-gold", None, None, None, "p-new"]
    assert [bool(each.get("errors")) for each in found] == [False, True, True, True, False]
    assert found[1]["errors"][0]["path"] == "at"
    assert len(await there.get("/decisions")) == 1
    await there.refused(400, "POST", "/decisions/batch", [{}] * 1001)
    await there.refused(400, "POST", "/decisions/batch", {"not": "an array"})


@pytest.mark.parametrize(
    "body",
    [
        {"at": "2026-11-22T09:00:00"},
        {"at": "yesterday"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59-14:00"},
        {"at": "1969-12-31T23:59:59Z"},
        {"consumerId": "é" * 501},
        {"conversationId": "c" * 1001},
        {"sessionId": "s" * 1001},
        {"attributes": []},
        {"attributes": {"shop.tier": "a\0b"}},
        {"trace": "yes"},
        {"policy": "p-new"},
        [],
    ],
)
async def test_questions_that_make_no_sense_are_refused(there: api.Api, body: Any) -> None:
    """400 with a stable code, and nothing kept."""
    assert (await there.refused(400, "POST", "/decisions", body))["code"] == "bad-input"
    assert await there.get("/decisions") == []


async def test_only_a_key_of_the_account_with_the_scope_may_ask(
    there: api.Api, shared_server: server.Server
) -> None:
    """401 without one or with another account's, 403 without the scope; on all three."""
    other = str(int(there.account) + 500_000)
    await api.settled(shared_server.data, other)
    strange = await api.key(shared_server.data, other, "decide")
    narrow = await api.key(shared_server.data, there.account, "context")
    routes = [
        ("GET", f"/v1/account/{there.account}/next-actions", None),
        ("POST", "/v2/policy/nextaction", {"accountId": there.account}),
        ("POST", f"/v3/accounts/{there.account}/decisions", {}),
        ("POST", f"/v3/accounts/{there.account}/decisions/batch", []),
    ]
    for method, path, body in routes:
        for key, status in ((strange, 401), (narrow, 403), ("co_nobody_x", 401)):
            headers = {"Authorization": f"Bearer {key}"}
            answer = await there.http.request(method, path, json=body, headers=headers)
            assert answer.status_code == status, (path, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
    assert await there.get("/decisions") == []
