"""The context service's second version on a real server, and the one store of both."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest

from running.context_service import V2, problem


@pytest.mark.parametrize("session", [None, "c1"])
async def test_v2_documents(service, session):
    """Saved, read whole and in part, deleted in part and whole, in the documented shapes."""
    named = service.named(nameSpace="crm", **({"sessionId": session} if session else {}))
    key = f"{service.account}:crm:{session or ''}"
    done = {"documentKey": key, "tenantId": service.account, "success": True}
    path = f"{V2}/{service.account}/crm" + (f"/{session}" if session else "")
    payload = {"property1": "a", "Property2": [1], "property3": None}
    saved = await service.two("POST", f"{V2}/create", {**named, "payload": payload})
    assert (saved.status_code, saved.json()) == (201, done)
    saved = await service.two("PATCH", f"{V2}/create", {**named, "payload": {"property1": "b"}})
    assert (saved.status_code, saved.json()) == (201, done)
    document = (await service.two("GET", path)).json()
    ttl = document.pop("ttl")
    assert ttl.endswith("Z")
    assert document == {
        **named,
        "documentKey": key,
        "documentType": "CONTEXT",
        "tenantId": service.account,
        "payload": {**payload, "property1": "b"},
    }
    wanted = ["crm.property1", "crm.property2", "crm.property3"]
    some = await service.two("POST", f"{V2}/properties", {**named, "filter": wanted})
    assert some.json() == {"crm.property1": "b", "crm.property3": None}, "names know case"
    gone = await service.two(
        "DELETE", f"{V2}/property/delete", {**named, "propertyToDelete": ["property1", "nothing"]}
    )
    assert (gone.status_code, gone.json()) == (200, done)
    left = (await service.two("GET", path)).json()["payload"]
    assert left == {"Property2": [1], "property3": None}
    assert (await service.two("DELETE", f"{V2}/delete", named)).json() == done
    problem(await service.two("GET", path), 404, "not-found")


@pytest.mark.parametrize("path", [f"{V2}/delete", f"{V2}/property/delete"])
async def test_v2_both_addresses_delete_both_ways(service, path):
    """With a list those, even none; without one, the document."""
    named = service.named(nameSpace="crm")
    await service.two("POST", f"{V2}/create", {**named, "payload": {"a": 1, "b": 2}})
    one = f"{V2}/{service.account}/crm"
    for names, left in (([], {"a": 1, "b": 2}), (["a"], {"b": 2}), (["b"], {})):
        answer = await service.two("DELETE", path, {**named, "propertyToDelete": names})
        assert answer.status_code == 200, answer.text
        assert (await service.two("GET", one)).json()["payload"] == left
    assert (await service.two("DELETE", path, named)).status_code == 200
    problem(await service.two("DELETE", path, named), 404, "not-found")


@pytest.mark.parametrize("ttl", [None, 0, 60, 396 * 86_400 + 1])
async def test_v2_lifetimes(service, ttl):
    """In seconds; without one, and above it, thirteen months."""
    named = service.named(nameSpace="crm", payload={"a": 1})
    body = named if ttl is None else {**named, "ttlSeconds": ttl}
    assert (await service.two("POST", f"{V2}/create", body)).status_code == 201
    answer = await service.two("GET", f"{V2}/{service.account}/crm")
    now = parsedate_to_datetime(answer.headers["date"])
    seconds = (datetime.fromisoformat(answer.json()["ttl"]) - now).total_seconds()
    assert abs(seconds - (60 if ttl == 60 else 396 * 86_400)) < 30


async def test_v1_and_v2_see_one_store(service):
    """Sessions are the same; a namespace without session is the default session in v1 alone."""
    await service.done("PUT", "/crm/properties/p", "default session")
    await service.done("PUT", "/crm/c1/properties/p", "session")
    named = service.named(nameSpace="crm", payload={"q": "document"})
    await service.two("POST", f"{V2}/create", named)
    await service.two("POST", f"{V2}/create", {**named, "sessionId": "c1"})
    of = f"{V2}/{service.account}/crm"
    read = [(await service.two("GET", f"{of}{end}")).json() for end in ("", "/c1", "/__default__")]
    assert [each["payload"] for each in read] == [
        {"q": "document"},
        {"p": "session", "q": "document"},
        {"p": "default session"},
    ]
    assert "ttl" not in read[2], "v1 keeps for ever"
    assert await service.get("/crm/c1/properties") == {"p": "session", "q": "document"}
    assert await service.get("/crm/properties") == {"p": "default session"}
    assert await service.get("/crm/session-ids") == ["__default__", "c1"]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"nameSpace": "crm"},
        {"nameSpace": "crm", "payload": []},
        {"nameSpace": "crm", "payload": {"": 1}},
        {"nameSpace": "crm", "payload": {"a": "\0"}},
        {"nameSpace": "a-b", "payload": {}},
        {"nameSpace": "", "payload": {}},
        {"nameSpace": "crm", "sessionId": 1, "payload": {}},
        {"nameSpace": "crm", "sessionId": "\1", "payload": {}},
        {"nameSpace": "crm", "ttlSeconds": -1, "payload": {}},
        {"nameSpace": "crm", "ttlSeconds": "60", "payload": {}},
    ],
)
async def test_v2_bad_requests_are_refused(service, more):
    """400, and nothing is saved."""
    answer = await service.two("POST", f"{V2}/create", service.named(**more))
    problem(answer, 400, "bad-input")
    problem(await service.two("GET", f"{V2}/{service.account}/crm"), 404, "not-found")


async def test_v2_what_is_not_there_is_404(service):
    """Documents to read, in part too, and to delete."""
    named = service.named(nameSpace="crm", sessionId="c1")
    for method, path, body in (
        ("GET", f"{V2}/{service.account}/crm/c1", None),
        ("POST", f"{V2}/properties", {**named, "filter": ["crm.p"]}),
        ("DELETE", f"{V2}/property/delete", {**named, "propertyToDelete": ["p"]}),
        ("DELETE", f"{V2}/delete", named),
    ):
        problem(await service.two(method, path, body), 404, "not-found")
