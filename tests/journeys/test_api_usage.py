"""Usage over the API and the command line: figures, their decisions, tables of CSV."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlencode

import msgspec
import pytest

from orchestrator.client.api import asking, asks, used
from running import api, inside, server

GOLD = {
    "id": "p-gold",
    "name": "=Gold",
    "enabled": True,
    "conditions": [{"property": "shop.tier", "type": "EQUAL", "value": "gold"}],
    "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "77"}}],
}
NEVER = {
    **GOLD,
    "id": "p-never",
    "name": "Never",
    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}],
    "conditions": [{"property": "shop.tier", "type": "EQUAL", "value": "nobody's"}],
}


@pytest.fixture
async def there(shared_server: server.Server, account_ids: Iterator[int]) -> AsyncIterator[api.Api]:
    """An account whose policies decided three times, once for nothing."""
    account = str(next(account_ids))
    await api.settled(shared_server.data, account)
    key = await api.key(shared_server.data, account, "admin", "decide")
    async with api.Api(shared_server, account, key) as opened:
        await opened.do("PUT", "/policies", {"policies": [GOLD, NEVER]})
        for tier in ("gold", "gold", "silver"):
            await opened.do("POST", "/decisions", {"attributes": {"shop": {"tier": tier}}})
        yield opened


async def test_figures_lead_to_their_decisions(there: api.Api) -> None:
    """What is counted of a flow is listed by the flow's own words."""
    found = await there.get("/usage?period=24h")
    assert (found["decisions"], found["fellBack"], sum(found["decisionsSeries"])) == (3, 1, 3)
    (gold,) = found["policies"]
    assert (gold["name"], gold["matches"], gold["standing"]) == ("=Gold", 2, "enabled")
    assert [row["policyId"] for row in found["never"]] == ["p-never"]
    assert [(flow["way"], flow["targetId"]) for flow in found["flows"]] == [
        ("skill", "77"),
        ("fallback", None),
    ]
    period = found["period"]
    for flow in found["flows"]:
        asked = {"skill": "", "target": flow["target"], "since": period["since"]}
        listed = await there.get(f"/decisions?{urlencode(asked | {'until': period['until']})}")
        assert len(listed) == flow["decisions"]


async def test_tables_are_csv(there: api.Api) -> None:
    """With headings; what a spreadsheet would calculate is text."""
    answer = await there.http.get(f"/v3/accounts/{there.account}/usage/csv?table=policies")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "usage-policies.csv" in answer.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["policyId"], row["policy"], row["matches"]) == ("p-gold", "'=Gold", "2")


@pytest.mark.parametrize(
    "query",
    [
        "period=1y",
        "zone=Nowhere/At_all",
        "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z",
        "since=2020-01-01T00:00:00Z&until=2026-01-01T00:00:00Z",
        "flows=0",
    ],
)
async def test_a_period_that_makes_no_sense_is_refused(there: api.Api, query: str) -> None:
    """In words, whatever is wrong with it."""
    await there.refused(400, "GET", f"/usage?{query}")


async def test_the_client_reads_the_answer(there: api.Api) -> None:
    """Every figure, with times as times."""
    ask = asks.usage(period="7d", zone="Europe/Berlin", flows=1)
    sent = await there.http.get(asking.address(ask, there.account), params=ask.query)
    found = msgspec.json.decode(sent.content, type=used.Usage)
    assert (found.decisions, found.other_flows, found.period.width) == (3, 1, "day")
    assert found.policies[0].last_match is not None


async def test_the_command_line_says_the_same(there: api.Api, shared_server: server.Server) -> None:
    """As JSON; and for people every table."""
    orchestrator = inside.Inside(shared_server.data, there.account)
    said = await asyncio.to_thread(orchestrator, "usage", "--period", "24h")
    found = await there.get("/usage?period=24h")
    assert said == found
    place = ("--data", str(shared_server.data), "--account", there.account)
    code, out, _ = await asyncio.to_thread(inside.run, ["usage", *place])
    assert code == 0
    assert "3 decisions" in out
    assert "1 fell back (33.3%)" in out
    code, out, _ = await asyncio.to_thread(inside.run, ["usage", "--csv", "never", *place])
    assert [row["policyId"] for row in csv.DictReader(io.StringIO(out))] == ["p-never"]
    code, _, err = await asyncio.to_thread(inside.run, ["usage", "--since", "noon", *place])
    assert code == 2
    assert "--since" in err
