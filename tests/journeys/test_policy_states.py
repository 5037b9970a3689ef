"""How each policy stands: the console's chip and the API's word, in all five states."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.adapters.storage import admin, engine
from orchestrator.core.model import access
from orchestrator.core.policy import document, editions
from running import api, pages, server

STATES = {
    "Asked": ("live", "Live"),
    "Asked again": ("unreachable", "Unreachable"),
    "Waiting": ("never-matched", "Never matched"),
    "Off": ("disabled", "Disabled"),
    "Of older rules": ("invalid", "Invalid"),
}


@pytest.fixture
async def there(shared_server: server.Server, account_ids: Iterator[int]) -> AsyncIterator[api.Api]:
    """A key that may do everything, on an account with policies of which one is not read today."""
    account = str(next(account_ids))
    await api.settled(shared_server.data, account)
    key = await api.key(shared_server.data, account, "admin", "decide")
    stored = [
        policy("Asked"),
        policy("Asked again"),
        policy("Waiting", "blue"),
        policy("Off", "green", enabled=False),
        policy("Of older rules", conditions="what nobody writes any more"),
    ]
    edition = editions.of(document.load_stored({"policies": stored}).policy_set)
    database = await engine.Database.open(shared_server.data / "orchestrator.db")
    await admin.AdminStore(database).write(
        access.operator(account),
        datetime.now(UTC),
        lambda unit: unit.publish(account, edition, message="As an older program left it"),
    )
    await database.close()
    async with api.Api(shared_server, account, key) as opened:
        yield opened


def policy(name: str, colour: str = "red", **more: Any) -> dict[str, Any]:
    """A policy that answers one colour."""
    return {
        "name": name,
        "enabled": True,
        "conditions": [{"property": "custom.colour", "type": "EQUAL", "value": colour}],
        "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}],
        **more,
    }


async def test_chips_and_api_say_the_same_of_each_policy(
    there: api.Api, shared_server: server.Server
) -> None:
    """In the list, of a single policy, and in the console, which asks the same service."""
    await there.do("POST", "/decisions", {"attributes": {"custom": {"colour": "red"}}})
    told = await there.get("/policies")
    while not all(each["isSettled"] for each in told):
        told = await there.get("/policies")
    assert {each["name"]: each["state"] for each in told} == {
        name: state for name, (state, _chip) in STATES.items()
    }
    for each in told:
        alone = await there.get(f"/policies/{each['id']}")
        assert {key: alone[key] for key in ("state", "isSettled")} == {
            key: each[key] for key in ("state", "isSettled")
        }
    user = {"login": "vera", "type": "human", "roles": ["Viewer"], "password": pages.PASSWORD}
    await there.do("POST", "/users", user)
    visitor = pages.Visitor(shared_server.http, there.account)
    visitor.sign_in("vera")
    page = visitor.get("/policies").text
    visitor.http.close()
    row = r'(?s)data-name="([^"]+)".*?<span class="chip [^>]*>([^<]+)</span>'
    rows = re.findall(row, page)
    assert dict(rows) == {name: chip for name, (_state, chip) in STATES.items()}
