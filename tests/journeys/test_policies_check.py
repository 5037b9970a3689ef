"""Policies are checked before they decide: on the command line and over the API alike."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from running import api, inside, server

GOLD: dict[str, Any] = {"property": "customerinfo.ctype", "type": "EQUAL", "value": "gold"}
FRENCH: dict[str, Any] = {"property": "conversation.language", "type": "EQUAL", "value": "fr"}


def policy(name: str, *conditions: dict[str, Any], skill: str = "Billing") -> dict[str, Any]:
    """Return a policy that sends to a skill."""
    actions = [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": skill}}]
    return {"name": name, "enabled": True, "conditions": list(conditions), "actions": actions}


SHADOWED = {"policies": [policy("Gold", GOLD), policy("Gold in French", GOLD, FRENCH)]}
FINE = {"policies": [policy("Gold in French", GOLD, FRENCH), policy("Gold", GOLD)]}


def check(folder: Path, made: object, *options: str) -> tuple[int, str]:
    """Run the command on a file of its own; no account is there unless the test made one."""
    file = folder / "policies.json"
    file.write_text(json.dumps(made), "utf-8")
    words = ["policies", "check", str(file), "--data", str(folder / "data"), *options]
    code, told, _ = inside.run(words)
    return code, told


def test_a_bare_file_is_checked_by_itself(tmp_path: Path) -> None:
    """The report names policies and proof; --strict exits 1; no data folder comes into being."""
    code, folded = check(tmp_path, SHADOWED)
    told = " ".join(folded.split())  # lines end where the terminal does
    assert code == 0
    assert "Policy 1 “Gold” already takes everything that policy 2 “Gold in French” would" in told
    assert 'proof: customerinfo.ctype = "gold", conversation.language = "fr"' in told
    assert check(tmp_path, SHADOWED, "--strict")[0] == 1
    assert check(tmp_path, FINE, "--strict")[0] == 0
    assert check(tmp_path, {"policies": []}) == (0, "Nothing was found.\n")
    assert not (tmp_path / "data").exists()


def test_findings_are_an_array(tmp_path: Path) -> None:
    """--json prints one array, empty where nothing was found, and exits as without it."""
    code, told = check(tmp_path, SHADOWED, "--json", "--strict")
    first = json.loads(told)[0]
    assert code == 1
    assert set(first) == {"code", "severity", "policies", "message", "witness"}
    assert [each["number"] for each in first["policies"]] == [2, 1]
    assert check(tmp_path, {"policies": []}, "--json") == (0, "[]\n")


def test_findings_fit_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """80 columns hold every line, and a name from a file cannot command the terminal."""
    monkeypatch.setenv("COLUMNS", "80")
    evil = policy("Red \x1b[31m\nname \u202e " + "long " * 30, GOLD)
    misspelt = {"property": "conversation.langauge", "type": "EQUAL", "value": "\x9b2J"}
    code, told = check(
        tmp_path, {"policies": [evil, policy("Twin", GOLD), policy("Typo", misspelt)]}
    )
    assert code == 0
    assert told.replace("\n", "").isprintable()
    assert max(map(len, told.splitlines())) <= 80
    assert "did you mean `conversation.language`? [unknown-attribute]" in " ".join(told.split())


@pytest.fixture
async def there(shared_server: server.Server, account_ids: Iterator[int]) -> AsyncIterator[api.Api]:
    """An administrator's key on a new, empty account."""
    account = str(next(account_ids))
    key = await api.settled(shared_server.data, account)
    async with api.Api(shared_server, account, key) as opened:
        yield opened


async def test_an_account_is_looked_at_where_there_is_one(
    shared_server: server.Server, there: api.Api, tmp_path: Path
) -> None:
    """Skills without people are told of; both doors say the same, and nothing is saved."""
    await there.do("POST", "/skills", {"name": "Billing"})
    told = await there.do("POST", "/policies/check", FINE)
    assert {each["code"] for each in told} == {"unstaffed-target", "gap"}
    assert await there.get("/policies") == []

    file = tmp_path / "policies.json"
    file.write_text(json.dumps(FINE), "utf-8")
    orchestrator = inside.Inside(shared_server.data, there.account)
    assert await asyncio.to_thread(orchestrator, "policies", "check", str(file)) == told

    await there.do("POST", "/users", {"login": "otto", "type": "human", "roles": ["Agent"]})
    await there.do("PATCH", "/users/otto", {"enabled": False})
    to_otto = [{"type": "TRANSFER_TO_AGENT", "payload": {"loginName": "otto"}}]
    away = {"policies": [policy("Away", GOLD) | {"actions": to_otto}]}
    told = await there.do("POST", "/policies/check", away)
    assert [each["message"] for each in told if each["code"] == "unstaffed-target"] == [
        "Policy 1 “Away” sends to the agent “otto”, who is disabled"
    ]

    wrong = await there.refused(400, "POST", "/policies/check", {"policies": [{"name": 1}]})
    assert wrong["errors"][0]["path"] == "policies[0].name"
