"""No route of the API serves one account's key another account's data."""

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from running import api, commands, inside, server, wire

EVENTS = "/v3/accounts/{account}/events"
OPEN_TO_ALL = {"/v2/authenticate/login"}
"""Routes by which one signs in: they take no key."""
OF_THE_SERVER = {"bot_states"}
"""Tables that a server writes by itself, whoever asks: when it looked after an account's bot."""

MARK = "SECRET-OF-THEIRS"
"""In whatever the other account has and could leak; the names of its things are no secret."""
ZONE = "Pacific/Apia"
HOST = "crm.theirs.example"
IDS = ("conversation", "consumer", "decision")


class Theirs(msgspec.Struct, frozen=True):
    """The account whose data are not to be had, and what its things are called, by parameter."""

    account: str
    names: dict[str, str]


@pytest.fixture(scope="module")
def document(shared_server: server.Server) -> dict[str, Any]:
    """The document, as it is served."""
    return httpx2.get(f"{shared_server.http}/v3/openapi.json", trust_env=False).json()


@pytest.fixture(scope="module")
def theirs(shared_server: server.Server, account_ids: Iterator[int]) -> Theirs:
    """An account with something of every noun."""
    town = wire.seeded(shared_server, str(next(account_ids)))
    asyncio.run(_furnish(shared_server, town))
    return Theirs(town.account, asyncio.run(_names(shared_server, town)))


@pytest.fixture
def mine(shared_server: server.Server, account_ids: Iterator[int]) -> str:
    """An account with people and skills of the same names."""
    return wire.seeded(shared_server, str(next(account_ids))).account


def test_keys_of_one_account_reach_no_data_of_another(
    shared_server: server.Server, document: dict[str, Any], mine: str, theirs: Theirs
) -> None:
    """Every operation of the document: for the other account, and for one's own with their names.

    Bodies are such as the operation takes. The first are 401 or 403 before anything is looked at;
    nothing of the other account is in any answer, and not one of its rows has changed.
    """
    key = asyncio.run(api.key(shared_server.data, mine, "admin", "context", "decide"))
    before = _rows(shared_server.data, theirs.account)
    assert {"conversations", "decisions", "functions", "api_keys", "consumers"} <= set(before)
    asked = 0
    with httpx2.Client(base_url=shared_server.http, trust_env=False, timeout=15) as http:
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                for account in (theirs.account, mine):
                    if path in OPEN_TO_ALL or (path == EVENTS and account == mine):
                        continue  # the stream of one's own has no end
                    names = {**theirs.names, "account": account, "accountId": account}
                    answer = http.request(
                        method.upper(),
                        re.sub(r"{(\w+)}", lambda found, names=names: names[found[1]], path),
                        headers={"Authorization": f"Bearer {key}", "maven-api-key": key},
                        params={**_query(operation, names), "access_token": key},
                        json=_body(operation, names, document),
                    )
                    asked += 1
                    told = (method, path, answer.status_code, answer.text)
                    assert answer.status_code < 500, told
                    if account == theirs.account:
                        assert answer.status_code in {401, 403}, told
                    secrets = {MARK, ZONE}
                    if method == "get" and answer.status_code == 200:  # else a name may come back
                        secrets |= {HOST, *(names[each] for each in IDS)}
                    assert not [words for words in secrets if words in answer.text], told
    assert asked > 150
    assert _rows(shared_server.data, theirs.account) == before


def test_queues_of_one_account_count_nobody_of_another(
    shared_server: server.Server, mine: str, theirs: Theirs
) -> None:
    """Skills have the same ids in every account; somebody waits in one of theirs."""
    waiting = [asyncio.run(_waiting(shared_server, each)) for each in (mine, theirs.account)]
    assert waiting == [0, 1]


async def _waiting(running: server.Server, account: str) -> int:
    async with api.Api(running, account, await api.key(running.data, account)) as there:
        return sum(queue["waiting"] for queue in await there.get("/queues"))


def test_decisions_of_one_account_read_nothing_of_another(
    shared_server: server.Server, mine: str, theirs: Theirs
) -> None:
    """Asked with their conversation, consumer and session, in every version, nothing is set."""
    asyncio.run(_asked(shared_server, mine, theirs))


async def _asked(running: server.Server, mine: str, theirs: Theirs) -> None:
    properties = [
        "theirs.mark",
        "conversation.firstMessage",
        "conversation.minutesSinceStartConversation",
        "sde.visitorinfo.customerinfo.ctype",
        "custom.mark",
    ]
    names = theirs.names
    ids = {each: names[each] for each in ("conversationId", "consumerId")}
    question = {**ids, "sessionId": names["session"], "trace": True}
    for account, expected in ((mine, []), (theirs.account, properties)):
        key = await api.key(running.data, account, "admin", "decide")
        async with api.Api(running, account, key) as there:
            reached = []
            for number, each in enumerate(properties):
                policy = {
                    "id": f"p{number}",
                    "name": each,
                    "enabled": True,
                    "conditions": [{"property": each, "type": "IS_SET"}],
                    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "reached"}}],
                }
                await there.do("PUT", "/policies", {"policies": [policy]})
                decided = await there.do("POST", "/decisions", question)
                (one,) = await there.do("POST", "/decisions/batch", [question])
                first = await there.http.get(
                    f"/v1/account/{account}/next-actions",
                    params={**ids, "groupId": names["session"]},
                )
                body = {**ids, "customerId": names["consumerId"], "sessionId": names["session"]}
                second = await there.http.post(
                    "/v2/policy/nextaction", json={"accountId": account, **body}
                )
                answers = [decided["actions"], one["actions"], second.json(), first.json()["rule"]]
                assert len({bool(answer) for answer in answers}) == 1, (each, answers)
                reached += [each] if answers[0] else []
            assert reached == expected


async def _furnish(running: server.Server, town: wire.Town) -> None:
    """Give an account something of every noun that could leak, each with the same mark."""
    key = await api.key(running.data, town.account, "admin", "context", "decide")
    async with api.Api(running, town.account, key) as there:
        await there.do("POST", "/campaigns", {"name": "theirs", "description": MARK})
        await there.do("PATCH", "/skills/Sales", {"description": MARK})
        await there.do("POST", "/schedules", {"name": "theirs", "zone": ZONE})
        await there.do("PUT", "/attributes/custom.mark", {"value": MARK})
        way = {"name": "theirs", "skill": "Sales", "entryPoint": MARK}
        await there.do("POST", "/engagements", way)
        await there.do("POST", "/functions", {"name": "theirs", "url": f"https://{HOST}/{MARK}"})
        await there.do("POST", "/function-hosts", {"host": HOST})
        await there.do("POST", "/keys", {"name": "theirs"})
        await there.do("POST", "/keys", {"name": MARK})
        await there.do("PATCH", "/users/ben", {"fullName": MARK})
        policy = {
            "name": "theirs",
            "enabled": True,
            "conditions": [{"property": "custom.mark", "type": "EQUAL", "value": MARK}],
            "actions": [{"type": "SEND_MESSAGE", "payload": {"message": MARK}}],
        }
        await there.do("POST", "/policies", policy)
        await there.do("POST", "/namespaces", {"name": "theirs", "ttlSeconds": 0})
        saved = await there.http.patch(
            f"/v1/account/{town.account}/theirs/s1/properties", json={"mark": MARK}
        )
        assert saved.status_code == 204, saved.text
        for path, body in (
            ("", {"name": MARK}),
            ("/namespace/theirs/session", {"sessionId": MARK}),
        ):
            address = f"/v1/account/{town.account}{path}?ttlSecond=1000"
            set_ = await there.http.post(address, json=body)
            assert set_.status_code == 204, set_.text
    chat = commands.Commands(running.data, town.account)
    profile = '[{"type": "ctmrinfo", "info": {"ctype": "vip"}}]'
    said = ("chat", "--skill", "Sales", "--message", MARK, "--wait", "0.5", "--profile", profile)
    await asyncio.to_thread(chat, *said)
    orchestrator = inside.Inside(running.data, town.account)
    await asyncio.to_thread(orchestrator, "keys", "add-client", f"{MARK} client")


async def _names(running: server.Server, town: wire.Town) -> dict[str, str]:
    """Return what is theirs, by the names that paths, queries and bodies have for it."""
    key = await api.key(running.data, town.account, "admin", "decide")
    async with api.Api(running, town.account, key) as there:
        (conversation,) = await there.get("/conversations")
        (consumer,) = await there.get("/consumers")
        asked = {
            "conversationId": conversation["conversationId"],
            "consumerId": consumer["consumerId"],
        }
        decided = await there.do("POST", "/decisions", asked)
    return {
        **asked,
        "conversation": asked["conversationId"],
        "consumer": asked["consumerId"],
        "userId": asked["consumerId"],
        "customerId": asked["consumerId"],
        "visitorId": asked["consumerId"],
        "decision": decided["decisionId"],
        "policy": "theirs",
        "policyId": decided["policyId"],
        "skill": town.skills["Billing"],
        "login": town.users["anna"]["pid"],
        "app_key": town.key["appKey" if "appKey" in town.key else "app_key"],
        "campaign": "theirs",
        "engagement": "theirs",
        "schedule": "theirs",
        "function": "theirs",
        "host": HOST,
        "key": "theirs",
        "attribute": "custom.mark",
        "namespace": "theirs",
        "nameSpace": "theirs",
        "session": "s1",
        "sessionId": "s1",
        "groupId": "s1",
        "property": "mark",
        "version": "1",
    }


def _query(operation: dict[str, Any], names: dict[str, str]) -> dict[str, str]:
    """Return what of theirs an operation lets one ask for in the query."""
    sent = [each["name"] for each in operation["parameters"] if each["in"] == "query"]
    return {name: names[name] for name in sent if name in names}


def _body(operation: dict[str, Any], names: dict[str, str], document: dict[str, Any]) -> Any:
    """Return the least body that an operation takes, with their names where they have room."""
    if "requestBody" not in operation:
        return None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return _made(schema, names, document["components"]["schemas"])


def _made(schema: dict[str, Any], names: dict[str, str], shapes: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _made(shapes[schema["$ref"].rpartition("/")[2]], names, shapes)
    if "anyOf" in schema:
        return _made(schema["anyOf"][0], names, shapes)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    if kind == "object":
        needed = set(schema.get("required", ()))
        return {
            name: names[name] if name in names else _made(part, names, shapes)
            for name, part in schema.get("properties", {}).items()
            if name in needed or name in names
        }
    if kind == "array":
        return [_made(schema["items"], names, shapes)]
    return {"integer": 1, "number": 1, "boolean": True, "null": None}.get(kind, "new")


def _rows(data: Path, account: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of an account, by table."""
    with sqlite3.connect(data / "orchestrator.db") as database:
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name not in OF_THE_SERVER
            and any(
                column[1] == "account" for column in database.execute(f"PRAGMA table_info({name})")
            )
        ]
        found = {
            name: sorted(
                database.execute(f"SELECT * FROM {name} WHERE account = ?", (account,)),  # noqa: S608 - its own tables
                key=repr,
            )
            for name in tables
        }
    database.close()
    return {name: rows for name, rows in found.items() if rows}
