"""The OpenAPI document holds every route, and the page and the client agree with it."""

import re
from collections.abc import Iterator
from typing import Any, cast

import httpx2
import pytest

from orchestrator.client.api import shapes
from orchestrator.doors.api import app
from running import server


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


class _Anything:
    """Stands for services of which only the routes are wanted: every part of it is another one."""

    def __getattr__(self, name: str) -> Any:
        return 1 << 20 if name == "body_bytes" else _Anything()
