"""The OpenAPI document holds every route, and no route serves one account's key another's data."""

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

from orchestrator.client.api import shapes
from orchestrator.doors.api import app
from running import api, server, wire

STREAM = "/v3/accounts/{account}/events"
OPEN_TO_ALL = {"/v2/authenticate/login"}
"""Routes by which one signs in: they take no key."""
OF_THE_SERVER = {"bot_states"}
"""Tables that a server writes by itself, whoever asks: when it looked after an account's bot."""


@pytest.fixture(scope="module")
def document(shared_server: server.Server) -> dict[str, Any]:
    """The document, as it is served."""
    answer = httpx2.get(f"{shared_server.http}/v3/openapi.json", trust_env=False)
    assert answer.status_code == 200
    return answer.json()


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_route_stands_in_the_document(document: dict[str, Any]) -> None:
    """Compared with the table of routes, in both directions; it is OpenAPI 3.1."""
    rooms = cast("Any", _Anything())
    served = {
        (row.method, re.sub(r"{(\w+)(?::\w+)?}", r"{\1}", row.path)) for row in app.plain(rooms)
    }
    for rows in app.NOUNS.values():
        served |= {(row.method, app.ACCOUNT + row.path) for row in rows}
    assert {(method, path) for method, path, _ in _operations(document)} == served
    assert document["openapi"].startswith("3.1")


async def test_a_wrong_method_is_told_the_right_ones(
    shared_server: server.Server, document: dict[str, Any]
) -> None:
    """405 at every address of the document, with all of its methods; also without a key."""
    async with httpx2.AsyncClient(base_url=shared_server.http, trust_env=False) as http:
        for path, methods in document["paths"].items():
            answer = await http.request("PROPFIND", re.sub(r"{\w+}", "1", path))
            assert answer.status_code == 405, (path, answer.text)
            assert answer.json()["code"] == "method-not-allowed"
            allowed = set(answer.headers["allow"].split(", "))
            assert {method.upper() for method in methods} <= allowed, path
            assert "PROPFIND" not in allowed
        for path in ("/v1/account/1/a/b/c/d/e", "/v2/nothing", "/v3/nothing", "/v3/accounts/1/x"):
            assert (await http.request("PROPFIND", path)).status_code == 404


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    """A summary, a tag, and an id that no other operation has."""
    found = list(_operations(document))
    names = [operation["operationId"] for _, _, operation in found]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] and operation["tags"] for _, _, operation in found)


async def test_the_page_needs_nobody_else(
    shared_server: server.Server, document: dict[str, Any]
) -> None:
    """The reference page is served without scripts and names no other host."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        page = (await http.get(f"{shared_server.http}/v3/docs")).text
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", page)
    for method, path, _ in _operations(document):
        assert f">{method}</span> <code>{path}" in page


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        (shapes.Account, "Account"),
        (shapes.BotConfig, "BotConfig"),
        (shapes.Campaign, "CampaignShown"),
        (shapes.Consumer, "orchestrator__doors__api__nouns__consumers__ConsumerRow"),
        (shapes.Conversation, "ConversationRow"),
        (shapes.Engagement, "Engagement"),
        (shapes.Erased, "Erased"),
        (shapes.Issued, "Issued"),
        (shapes.Key, "Key"),
        (shapes.Queue, "Queue"),
        (shapes.Recorded, "DecisionRow"),
        (shapes.Skill, "Skill"),
        (shapes.Version, "VersionShown"),
    ],
)
def test_the_client_knows_the_fields(document: dict[str, Any], shape: type[Any], name: str) -> None:
    """What the typed client reads is what the document says is answered."""
    schemas = document["components"]["schemas"]
    schema = schemas.get(name) or schemas[name.rpartition("__")[2]]
    assert set(shape.__struct_encode_fields__) <= set(schema["properties"])


@pytest.fixture(scope="module")
def two(shared_server: server.Server, account_ids: Iterator[int]) -> tuple[wire.Town, wire.Town]:
    """Two accounts with people and skills of the same names."""
    first, second = (wire.seeded(shared_server, str(next(account_ids))) for _ in "12")
    return first, second


def test_keys_of_one_account_reach_no_data_of_another(
    shared_server: server.Server, document: dict[str, Any], two: tuple[wire.Town, wire.Town]
) -> None:
    """Every operation of the document, asked for another account, by path and by ids.

    Nothing of the other account is in an answer, and not one of its rows has changed.
    """
    mine, theirs = two
    asyncio.run(_furnish(shared_server, theirs))
    key = asyncio.run(api.key(shared_server.data, mine.account, "admin", "context", "decide"))
    before = _rows(shared_server.data, theirs.account)
    assert before
    asked = 0
    with httpx2.Client(base_url=shared_server.http, trust_env=False, timeout=15) as http:
        for method, path, operation in _operations(document):
            if path in OPEN_TO_ALL:
                continue
            for account in (theirs.account, mine.account):
                if path == STREAM and account == mine.account:
                    continue  # it is served, and has no end
                answer = http.request(
                    method,
                    _filled(path, account, theirs),
                    headers={"Authorization": f"Bearer {key}", "maven-api-key": key},
                    params={"access_token": key},
                    json=_body(operation, account, document),
                )
                asked += 1
                if account == theirs.account:
                    assert answer.status_code in {400, 401, 403}, (method, path, answer.text)
                assert answer.status_code < 500, (method, path, answer.text)
                assert "SECRET-OF-THEIRS" not in answer.text, (method, path)
                assert "Pacific/Apia" not in answer.text, (method, path)
    assert asked > 100
    assert _rows(shared_server.data, theirs.account) == before


async def _furnish(running: server.Server, town: wire.Town) -> None:
    """Give an account something of every noun that could leak, each with the same mark."""
    mark = "SECRET-OF-THEIRS"
    key = await api.key(running.data, town.account, "admin", "context", "decide")
    async with api.Api(running, town.account, key) as there:
        await there.do("POST", "/campaigns", {"name": "theirs", "description": mark})
        await there.do("PATCH", "/skills/Sales", {"description": mark})
        await there.do("POST", "/schedules", {"name": "theirs", "zone": "Pacific/Apia"})
        await there.do("PUT", "/attributes/custom.mark", {"value": mark})
        way = {"name": "theirs", "skill": "Sales", "entryPoint": mark}
        await there.do("POST", "/engagements", way)
        saved = await there.http.patch(
            f"/v1/account/{town.account}/{town.account}ns/s1/properties",
            json={"mark": mark},
            headers={"maven-api-key": key},
        )
        assert saved.status_code == 204, saved.text
        await there.do("POST", "/decisions", {"attributes": {"custom": {"note": mark}}})


def _filled(path: str, account: str, town: wire.Town) -> str:
    """Return an address of ``account`` whose other names are those of ``town``'s things."""
    names = {
        "account": account,
        "skill": town.skills["Billing"],
        "login": town.users["anna"]["pid"],
        "app_key": town.key["app_key" if "app_key" in town.key else "appKey"],
        "campaign": "theirs",
        "engagement": "theirs",
        "schedule": "theirs",
        "attribute": "custom.mark",
        "namespace": f"{town.account}ns",
        "session": "s1",
        "property": "mark",
        "version": "1",
    }
    return re.sub(r"{(\w+)}", lambda found: names.get(found[1], "1"), path)


def _body(operation: dict[str, Any], account: str, document: dict[str, Any]) -> Any:
    """Return a body that names the account, where one can be sent."""
    if "requestBody" not in operation:
        return None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    reference = schema.get("$ref", "").rpartition("/")[2]
    fields = document["components"]["schemas"].get(reference, {}).get("properties", {})
    sent: dict[str, Any] = {"accountId": account} if "accountId" in fields else {}
    if "nameSpace" in fields:
        sent |= {"nameSpace": "ns", "sessionId": "s1"}
    return sent


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


class _Anything:
    """Stands for services of which only the routes are wanted: every part of it is another one."""

    def __getattr__(self, name: str) -> Any:
        return 1 << 20 if name == "body_bytes" else _Anything()
