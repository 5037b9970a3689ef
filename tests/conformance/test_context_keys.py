"""Keys, tokens, rates and discovery of the context service on a real server."""

import itertools

import pytest

from running import context_service
from running.context_service import V2, problem


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_login_gives_a_token_for_an_hour(service, method):
    """By either method; it is good in the query, and in the header with Bearer or without."""
    answer = await service.login(method)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    assert answer.json() == {"token": token, "expiresIn": 3600}
    await service.done("PUT", "/crm/properties/p", 1)
    path = f"{V2}/{service.account}/crm/__default__"
    shown = (
        await service.two("GET", path, token=token),
        await service.two("GET", path, token="", Authorization=f"Bearer {token}"),
        await service.two("GET", path, token="", Authorization=token),
        await service.two("GET", path, token=service.key),
    )
    assert [each.status_code for each in shown] == [200] * 4


async def test_bad_logins_are_401(service):
    """Whatever is wrong."""
    for pair in (("nobody", None), (None, "wrong")):
        answer = await service.login("GET", *pair)
        problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Basic")
    bare = await service.http.get(f"{service.server.http}/v2/authenticate/login")
    problem(bare, 401, "unauthenticated")


async def test_without_a_good_key_nothing_answers(service, account_ids):
    """No key, no key at all, another account's: 401 on every route, before anything is done."""
    stranger = str(next(account_ids))
    theirs, _ = await context_service.opened(service.server, stranger)
    await service.done("PUT", "/crm/properties/p", 1)
    named = service.named(nameSpace="crm", payload={"p": 2}, filter=["crm.p"])
    for key in ("", "co_no_key", theirs):
        for method, path in (
            *itertools.product(["GET", "POST"], ["", "/namespace/crm/session"]),
            *itertools.product(["GET", "PATCH"], ["/crm/properties", "/crm/s/properties"]),
            *itertools.product(
                ["GET", "PUT", "DELETE"], ["/crm/properties/p", "/crm/s/properties/p"]
            ),
            *itertools.product(["GET"], ["/crm/session-ids", "/crm/session-properties"]),
            *itertools.product(
                ["DELETE"], ["/crm", "/crm/s/properties", "/namespace/crm/session/s"]
            ),
        ):
            problem(await service.one(method, path, {}, key=key), 401, "unauthenticated")
        for method, path in (
            ("POST", f"{V2}/create"),
            ("GET", f"{V2}/{service.account}/crm/__default__"),
            ("POST", f"{V2}/properties"),
            ("DELETE", f"{V2}/delete"),
            ("DELETE", f"{V2}/property/delete"),
        ):
            answer = await service.two(method, path, named, token=key)
            problem(answer, 401, "unauthenticated")
    assert await service.get("/crm/properties") == {"p": 1}


async def test_a_key_for_something_else_is_403(shared_server, account_ids):
    """The scope is ``context``."""
    account = str(next(account_ids))
    async with context_service.visited(
        shared_server, account, scopes=["decide", "admin"]
    ) as limited:
        problem(await limited.one("GET", "/crm/properties"), 403, "forbidden")


async def test_a_key_with_a_rate_says_what_is_left(shared_server, account_ids):
    """On every answer, refusals too; who has used it up learns when to come back."""
    account = str(next(account_ids))
    async with context_service.visited(shared_server, account, rate=2) as limited:
        for left, path in (("1", "/crm/properties"), ("0", "/crm/properties/missing")):
            answer = await limited.one("GET", path)
            assert answer.headers["ratelimit-limit"] == "2"
            assert answer.headers["ratelimit-remaining"] == left
        refused = await limited.one("GET", "/crm/properties")
        problem(refused, 429, "too-many")
        assert refused.headers["ratelimit-remaining"] == "0"
        seconds = int(refused.headers["retry-after"])
        assert 0 < seconds <= 60
        assert refused.headers["ratelimit-reset"] == str(seconds)


async def test_discovery_names_the_service(service):
    """``ccs``, at the TLS port like every other."""
    path = f"/api/account/{service.account}/service/ccs/baseURI.json"
    found = (await service.http.get(f"{service.server.http}{path}")).json()
    assert found["baseURI"] == service.server.domain


async def test_nothing_that_was_saved_is_in_the_logs(service):
    """Neither values nor names of sessions, also when something is refused."""
    await service.done("PUT", "/crm/ann%40example.org/properties/p", "Ann Example-Secret")
    await service.one("PUT", "/crm/ann%40example.org/properties/p", content=b"Example-Secret")
    await service.one("GET", "/crm/ann%40example.org/properties/q")
    logs = "\n".join(service.server.logs)
    assert "Example-Secret" not in logs
    assert "ann@example.org" not in logs
    assert "ann%40example.org" not in logs
    assert service.token not in logs
    assert service.key not in logs
