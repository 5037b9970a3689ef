"""A running server decides by functions: honest ones, and every one that misbehaves."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from running import api, inside, server, tricksters
from running.tricksters import Trickster, says

SECRET = "whsec_a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


def policy(name: str, condition: dict[str, Any], skill: str) -> dict[str, Any]:
    """Return an enabled policy that transfers to a skill."""
    return {
        "id": name,
        "name": name,
        "enabled": True,
        "conditions": [condition],
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": skill}}],
    }


POLICIES = {
    "policies": [
        policy("cheap", {"property": "shop.closed", "type": "EQUAL", "value": "yes"}, "1"),
        policy("gold", {"property": "custom.crm.tier", "type": "EQUAL", "value": "gold"}, "2"),
        policy("other", {"property": "custom.crm.tier", "type": "NOT_EQUAL", "value": "gold"}, "3"),
        policy("rest", {"all": []}, "4"),
    ]
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the function's certificates are."""
    return tmp_path_factory.mktemp("function")


@pytest.fixture
async def there(folder: Path) -> AsyncIterator[Trickster]:
    """The function's server."""
    async with tricksters.trickster(folder) as running:
        yield running


class Desk:
    """An account with the policies above, its administrator's key, and the command line."""

    def __init__(self, opened: api.Api, orchestrator: inside.Inside) -> None:
        self.api = opened
        self._cli = orchestrator

    async def cli(self, *words: str, stdin: object = None) -> Any:
        """Run a command, on a thread: it has a loop of its own."""
        return await asyncio.to_thread(self._cli, *words, stdin=stdin)

    async def decide(self, **attributes: Any) -> tuple[str | None, str]:
        """Ask for a decision; return the policy and the decision's id."""
        found = await self.api.do("POST", "/decisions", {"attributes": attributes})
        return found["policyId"], found["decisionId"]


@pytest.fixture
async def desk(
    shared_server: server.Server, account_ids: Iterator[int], tmp_path: Path
) -> AsyncIterator[Desk]:
    """The account, on the server that all tests share."""
    account = str(next(account_ids))
    await api.settled(shared_server.data, account)
    key = await api.key(shared_server.data, account, "admin", "decide")
    rules = tmp_path / "policies.json"
    rules.write_bytes(_json(POLICIES))
    async with api.Api(shared_server, account, key) as opened:
        made = Desk(opened, inside.Inside(shared_server.data, account))
        await made.cli("policies", "load", str(rules))
        yield made


def _json(value: Any) -> bytes:
    import msgspec

    return msgspec.json.encode(value)


async def allowed(desk: Desk, there: Trickster, folder: Path, **definition: Any) -> None:
    """Allow the function's host, and define the function at ``/tier``."""
    place = f"localhost:{there.port}"
    await desk.cli("functions", "allow-host", place, "--ca", str(folder / "ca.pem"))
    document = {"url": there.url("/tier"), "timeoutMs": 5000, **definition}
    await desk.cli("functions", "add", "crm", stdin=document)


async def test_a_decision_asks_a_function_only_when_it_matters(
    desk: Desk, there: Trickster, folder: Path
) -> None:
    """Once for a decision, with its parameters, signed; what it cost is in the receipt."""
    there.paths["/tier"] = says({"tier": "gold"})
    await allowed(desk, there, folder, parameters={"id": "{{crm.id}}", "vip": True}, secret=SECRET)

    assert (await desk.decide(shop={"closed": "yes"}))[0] == "cheap"
    assert there.received == []

    found, decision = await desk.decide(crm={"id": "c-1"})
    assert found == "gold"
    (came,) = there.received
    assert came.json == {"id": "c-1", "vip": True}
    assert came.headers["webhook-signature"].startswith("v1,")

    shown = await desk.api.get(f"/decisions/{decision}")
    (call,) = shown["calls"]
    assert (call["name"], call["ended"], call["attempts"]) == ("crm", "answered", 1)
    assert call["milliseconds"] >= 0

    state = (await desk.api.ask("GET", "/functions/crm")).headers["etag"]
    await desk.api.do("PATCH", "/functions/crm", {"retries": 1}, If_Match=state)
    await desk.api.refused(412, "PATCH", "/functions/crm", {"retries": 2}, If_Match=state)
    await desk.api.refused(412, "DELETE", "/functions/crm", If_Match=state)

    there.paths["/tier"] = says({"tier": "silver"})
    assert (await desk.decide())[0] == "other"
    assert len(there.received) == 2

    tried = await desk.cli("functions", "try", "crm", "--attributes", '{"crm": {"id": "x"}}')
    assert (tried["outcome"], tried["value"]) == ("value", {"tier": "silver"})
    assert tried["sent"] == {"id": "x", "vip": True}


async def test_nobody_inside_is_asked_unless_an_administrator_said_so(
    desk: Desk, there: Trickster
) -> None:
    """The policies that need the function are skipped."""
    await desk.cli("functions", "add", "crm", stdin={"url": there.url("/tier")})
    assert (await desk.decide())[0] == "rest"
    assert there.received == []
    tried = await desk.cli("functions", "try", "crm")
    assert tried["outcome"] == "error"
    assert "allow-host" in tried["reason"]


BEHAVIOURS = {
    "hangs": tricksters.hangs,
    "drips": tricksters.drips,
    "floods": tricksters.floods,
    "lies about its length": says(b"{}", headers=("Content-Length: 1000",)),
    "901": says({"errorCode": "x.custom-failure"}, status=901),
    "redirects to metadata": says(
        b"", status=302, headers=("Location: http://169.254.169.254/latest/meta-data/",)
    ),
    "redirects to IPv6 metadata": says(
        b"", status=307, headers=("Location: https://[fd00:ec2::254]/",)
    ),
    "says nonsense": says(b"<html>"),
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_a_function_that_misbehaves_costs_its_budget_and_nothing_else(
    desk: Desk, there: Trickster, folder: Path, behaviour: str
) -> None:
    """The decision is made without it, and other decisions are made meanwhile."""
    there.paths["/tier"] = BEHAVIOURS[behaviour]
    await allowed(desk, there, folder, timeoutMs=1500)
    slow = asyncio.ensure_future(desk.decide())
    assert (await desk.decide(shop={"closed": "yes"}))[0] == "cheap"
    assert (await slow)[0] == "rest"


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({"onFailure": "unknown"}, "other"),
        ({"onFailure": "default", "defaultValue": {"tier": "gold"}}, "gold"),
        ({"onFailure": "skipPolicy"}, "rest"),
    ],
)
async def test_a_failure_is_what_the_contract_says(
    desk: Desk, there: Trickster, folder: Path, definition: dict[str, Any], expected: str
) -> None:
    """A missing value, which equals nothing; a default; or policies that are skipped."""
    there.paths["/tier"] = says({}, status=901)
    await allowed(desk, there, folder, **definition)
    assert (await desk.decide())[0] == expected
