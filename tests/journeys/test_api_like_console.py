"""What one does in the console with a mouse, a program does with the API."""

from collections.abc import AsyncIterator, Iterator

import pytest

from running import api, server

SAY = [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}]
RICH = {
    "name": "Rich",
    "enabled": True,
    "conditions": [{"property": "custom.balance", "type": "GREATER_THAN", "value": 500}],
    "actions": SAY,
}


@pytest.fixture
async def there(shared_server: server.Server, account_ids: Iterator[int]) -> AsyncIterator[api.Api]:
    """A key that may do everything, on a new, empty account."""
    account = str(next(account_ids))
    await api.settled(shared_server.data, account)
    key = await api.key(shared_server.data, account, "admin", "decide")
    async with api.Api(shared_server, account, key) as opened:
        yield opened


async def test_versions_are_told_taken_back_and_restored(there: api.Api) -> None:
    """A version says what it changed; the newest is taken back once; any decides again."""
    made = await there.do("POST", "/policies", RICH)
    copy = await there.do("POST", "/policies/Rich/duplicate")
    assert (copy["version"], copy["policies"], copy["enabled"]) == (2, 2, 1)
    assert await there.get("/versions/2/changes") == [
        {"kind": "added", "words": "Added “Rich (copy)”"}
    ]

    undone = await there.do("POST", "/versions/2/undo")
    assert (undone["version"], undone["policies"]) == (3, 1)
    assert (await there.refused(412, "POST", "/versions/2/undo"))["code"] == "stale"
    assert (await there.do("POST", "/versions/2/restore"))["policies"] == 2
    assert await there.get("/versions/4/changes?since=2") == []
    await there.refused(412, "POST", "/versions/1/restore", If_Match='"v1"')
    await there.refused(404, "POST", "/versions/9/restore")
    await there.refused(404, "POST", "/policies/Poor/duplicate")
    assert made["id"] in [each["id"] for each in await there.get("/policies")]


async def test_drafts_are_looked_at_and_written_in_the_other_form(there: api.Api) -> None:
    """A draft's sentence, what is wrong with it, what it is among the others; nothing is saved."""
    await there.do("POST", "/policies", RICH)
    seen = await there.do("POST", "/policies/look", {"policy": RICH | {"name": "Rich too"}})
    assert seen["sentence"].startswith("IF ")
    assert seen["findings"][0]["code"]
    wrong = await there.do("POST", "/policies/look", {"policy": RICH})
    assert wrong["problems"][0]["path"] == "name"
    assert (wrong["sentence"], wrong["findings"]) == ("", [])

    told = await there.do("POST", "/policies/convert", {"conditions": RICH["conditions"]})
    back = await there.do("POST", "/policies/convert", told)
    assert back == {"conditions": RICH["conditions"]}
    await there.refused(409, "POST", "/policies/convert", {"expression": "balance * 2 > 5"})
    await there.refused(400, "POST", "/policies/convert", {})
    assert len(await there.get("/versions")) == 1


async def test_policies_are_tried_out(there: api.Api) -> None:
    """The playground answers one question with the reason, and many with the winners."""
    await there.do("POST", "/policies", RICH)
    await there.do("PATCH", "/policies/Rich", {"enabled": False})
    asked = {"attributes": {"custom": {"balance": 480}}}
    live = await there.do("POST", "/playground", asked)
    assert (live["version"], live["policyId"], live["noMatchReason"]) == (
        2,
        None,
        "NO_POLICIES_ENABLED",
    )
    then = await there.do("POST", "/playground", asked | {"version": 1})
    assert then["trace"]["policies"][0]["state"] == "FALSE"
    assert "480" in then["suggestions"][0]["sentence"]
    many = {"questions": [{"custom.balance": 480}, {"custom.balance": 520}], "version": 1}
    found = await there.do("POST", "/playground/grid", many)
    assert [each["policyName"] for each in found] == [None, "Rich"]
    await there.refused(404, "POST", "/playground", {"version": 9})
    await there.refused(400, "POST", "/playground", {"at": "tomorrow"})
    assert await there.get("/decisions?ending=matched") == []


async def test_drafts_are_tried_out_in_their_place(there: api.Api) -> None:
    """What is not saved takes part as if it were enabled: in the place of one, or as the last."""
    made = await there.do("POST", "/policies", RICH)
    await there.do("PATCH", "/policies/Rich", {"enabled": True})
    richer = [{"property": "custom.balance", "type": "GREATER_THAN", "value": 900}]
    draft = RICH | {"name": "Richer", "enabled": False, "conditions": richer}
    asked = {"attributes": {"custom": {"balance": 700}}, "draft": draft}
    last = await there.do("POST", "/playground", asked)
    assert last["policyName"] == "Rich"
    instead = await there.do("POST", "/playground", asked | {"replaces": made["id"]})
    assert instead["policyName"] is None
    assert [each["name"] for each in instead["trace"]["policies"]] == ["Richer"]

    many = {"questions": [{"custom.balance": 700}, {"custom.balance": 901}], "draft": draft}
    found = await there.do("POST", "/playground/grid", many)
    assert [each["policyName"] for each in found] == ["Rich", "Rich"]
    found = await there.do("POST", "/playground/grid", many | {"replaces": made["id"]})
    assert [each["policyName"] for each in found] == [None, "Richer"]

    half = {**asked, "draft": draft | {"actions": []}}
    assert (await there.refused(400, "POST", "/playground", half))["errors"]
    assert [each["name"] for each in await there.get("/policies")] == ["Rich"]


async def test_matches_of_a_policy_are_told_by_the_hour(there: api.Api) -> None:
    """The list has them, and each policy by itself, as the console's list draws them."""
    made = await there.do("POST", "/policies", RICH)
    await there.do("PATCH", "/policies/Rich", {"enabled": True})
    (none,) = await there.get("/policies")
    assert (none["matches"], none["lastMatchHour"]) == (0, None)
    for balance in (700, 800, 100):
        await there.do("POST", "/decisions", {"attributes": {"custom": {"balance": balance}}})
    (row,) = await there.get("/policies")
    assert row["matches"] == sum(row["matchesByHour"]) == 2
    assert len(row["matchesByHour"]) == 24
    assert row["lastMatchHour"].endswith("Z")
    told = await there.get(f"/policies/{made['id']}/matches")
    assert told == {key: row[key] for key in ("matches", "matchesByHour", "lastMatchHour")}
    await there.refused(404, "GET", "/policies/Poor/matches")


async def test_sessions_are_looked_at_and_mended(there: api.Api) -> None:
    """What a session keeps is listed, put and taken; a namespace that is only used is listed."""
    place = "/namespaces/orders/sessions"
    put = await there.do("PUT", f"{place}/s1/state", {"value": {"is": "shipped"}})
    assert put["value"] == {"is": "shipped"}
    assert (await there.get("/namespaces"))[0] == {
        "name": "orders",
        "ttlSeconds": None,
        "createdAt": None,
    }
    assert await there.get(place) == [{"session": "s1"}]
    assert await there.get(f"{place}/s1") == [put]
    await there.do("DELETE", f"{place}/s1/state")
    await there.do("PUT", f"{place}/s1/other", {"value": None})
    await there.do("DELETE", f"{place}/s1")
    assert await there.get(f"{place}/s1") == []


async def test_keys_are_changed_and_hours_tried(there: api.Api) -> None:
    """A key's name, scopes and rate change; hours that are not saved are open or not."""
    await there.do("POST", "/keys", {"name": "crm", "scopes": ["context"], "rate": 60})
    changed = await there.do("PATCH", "/keys/crm", {"scopes": ["decide"], "rate": None})
    assert (changed["name"], changed["scopes"], changed["rate"]) == ("crm", ["decide"], None)
    await there.refused(404, "PATCH", "/keys/none", {"name": "x"})

    hours = {"zone": "Europe/Paris", "weekly": {"MON": [["08:30:00", "17:30:00"]]}}
    at = "?at=2026-11-23T10:00:00%2B01:00"
    assert await there.do("POST", f"/schedules/preview{at}", hours) == {"open": True}
    assert await there.get("/schedules") == []


async def test_lists_are_searched(there: api.Api) -> None:
    """Decisions by what is known of them, conversations by where they stand."""
    await there.do("POST", "/policies", RICH)
    for consumer in ("ada", "ben"):
        await there.do("POST", "/decisions", {"consumerId": consumer})
    (one,) = await there.get("/decisions?consumer=ada")
    assert await there.get("/decisions?consumer=ada&ending=fell-back") == [one]
    assert await there.get("/decisions?consumer=ada&ending=matched") == []
    assert await there.get("/decisions?until=2020-01-01T00:00:00Z") == []
    await there.refused(400, "GET", "/decisions?since=2020-01-01")
    backwards = "since=2020-01-02T00:00:00Z&until=2020-01-01T00:00:00Z"
    told = await there.refused(400, "GET", f"/decisions?{backwards}")
    assert "ends before it begins" in str(told)
    assert await there.get("/conversations?state=QUEUED&about=ada") == []
    await there.refused(404, "GET", "/conversations?skill=Nowhere")
    await there.refused(400, "GET", "/conversations?state=ASLEEP")


async def test_what_a_change_would_have_done_is_told(there: api.Api) -> None:
    """Recorded decisions are made once more, by a draft or by a whole document; nothing is saved,
    and what nobody had said then is named."""
    await there.do("POST", "/policies", RICH)
    for balance in (100, 400, 900):
        asked = {"attributes": {"custom.balance": balance}}
        await there.do("POST", "/decisions", asked)
    lower = RICH | {"conditions": [RICH["conditions"][0] | {"value": 300}], "name": "Lower"}
    found = await there.do("POST", "/policies/replay", {"policy": lower})
    assert (found["decisions"], found["same"], found["differently"]) == (3, 2, 1)
    other = await there.do("POST", "/policies/replay", {"document": {"policies": [lower]}})
    assert (other["same"], other["differently"]) == (1, 2)
    unknown = lower | {"conditions": [{"property": "shop.basket", "type": "IS_SET"}]}
    untold = await there.do("POST", "/policies/replay", {"policy": unknown, "most": 2})
    assert (untold["decisions"], untold["hasOlder"]) == (2, True)
    assert untold["unrecorded"] == [{"name": "shop.basket", "decisions": 1}]
    assert len(await there.get("/policies")) == 1
    await there.refused(400, "POST", "/policies/replay", {"policy": lower, "document": {}})
    await there.refused(400, "POST", "/policies/replay", {"document": {}, "replaces": "p-1"})
    await there.refused(400, "POST", "/policies/replay", {"policy": {"name": "Nothing"}})
