"""Administration over the API: every noun, with the JSON of the command line."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import api, inside, server, wire

Cli = Callable[..., Awaitable[Any]]

POLICY = {
    "name": "Gold",
    "enabled": True,
    "conditions": [{"property": "custom.vip", "type": "EQUAL", "value": True}],
    "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Billing"}}],
}


@pytest.fixture
async def there(shared_server: server.Server, account_ids: Iterator[int]) -> AsyncIterator[api.Api]:
    """An administrator's key on a new, empty account."""
    account = str(next(account_ids))
    key = await api.settled(shared_server.data, account)
    async with api.Api(shared_server, account, key) as opened:
        yield opened


@pytest.fixture
def cli(shared_server: server.Server, there: api.Api) -> Cli:
    """The command line beside the server, on a thread: it has a loop of its own."""
    orchestrator = inside.Inside(shared_server.data, there.account)
    return lambda *words: asyncio.to_thread(orchestrator, *words)


async def test_users_and_their_keys(there: api.Api, cli: Cli) -> None:
    """A user is added, shown as the command line shows them, changed and removed."""
    made = await there.do("POST", "/users", {"login": "anna", "type": "human", "roles": ["Agent"]})
    assert made["maxChats"] == 10
    assert made["password"]

    key = await there.do("POST", "/users/anna/keys")
    assert set(key) == {"username", "appKey", "secret", "accessToken", "accessTokenSecret"}
    assert await there.get("/users/anna") == await cli("users", "show", "anna")

    changed = await there.do("PATCH", "/users/anna", {"maxChats": None, "enabled": False})
    assert (changed["maxChats"], changed["enabled"]) == (None, False)
    assert (await there.do("DELETE", f"/users/anna/keys/{key['appKey']}"))["revokedAt"]
    assert await there.get("/users") == await cli("users", "list")

    await there.do("DELETE", "/users/anna")
    assert (await there.refused(404, "GET", "/users/anna"))["code"] == "not-found"


async def test_skills_campaigns_and_engagements(there: api.Api, cli: Cli) -> None:
    """What conversations come in by, and who serves them."""
    await there.do("POST", "/users", {"login": "ben", "type": "human", "roles": ["Agent"]})
    await there.do("POST", "/skills", {"name": "Billing", "description": "Invoices"})
    skill = await there.do("POST", "/skills", {"name": "Sales", "fallbackSkill": "Billing"})
    assert (await there.do("PUT", "/skills/Sales/users/ben"))["users"] == ["ben"]
    assert await there.get("/skills") == await cli("skills", "list")
    assert (await there.do("PATCH", f"/skills/{skill['id']}", {"fallbackSkill": None}))[
        "fallbackSkillId"
    ] is None
    assert "is used by" in (await there.refused(409, "DELETE", "/skills/Sales"))["detail"]
    await there.do("DELETE", "/skills/Sales/users/ben")

    way = {"name": "Web", "skill": "Sales", "campaign": "Site", "entryPoint": "cart"}
    made = await there.do("POST", "/engagements", way)
    assert made["skill"] == "Sales"
    assert await there.get("/engagements/Web") == await cli("engagements", "show", "Web")
    assert (await there.do("PATCH", "/engagements/Web", {"skill": "Billing"}))["skill"] == "Billing"
    assert await there.get("/campaigns/Site") == await cli("campaigns", "show", "Site")
    await there.do("PATCH", "/campaigns/Site", {"description": "All of it"})
    await there.do("DELETE", "/engagements/Web")
    await there.do("DELETE", "/campaigns/Site")
    await there.do("POST", "/campaigns", {"name": "Empty"})
    await there.do("DELETE", "/skills/Sales")
    assert await there.get("/queues") == await cli("queues", "list")


STANDING = ("state", "isSettled")
TRAFFIC = ("matches", "matchesByHour", "lastMatchHour")
"""What the API alone tells: a command does not ask a running server what it found and counted."""


async def test_policies_are_versions(there: api.Api, cli: Cli) -> None:
    """The set is loaded, one policy is added, replaced, moved and removed: each is a version."""
    await there.do("POST", "/skills", {"name": "Billing"})
    saved = await there.do("PUT", "/policies?message=First", {"policies": [POLICY]})
    assert (saved["version"], saved["policies"], saved["enabled"]) == (1, 1, 1)

    added = await there.do("POST", "/policies", POLICY | {"name": "Silver"})
    assert added["version"] == 2
    await there.refused(409, "POST", "/policies", POLICY)
    assert (await there.do("PATCH", "/policies/Silver", {"position": 1}))["version"] == 3
    replaced = await there.do("PUT", "/policies/Silver", POLICY | {"name": "Bronze"})
    assert replaced["id"] == added["id"]
    told = await there.get("/policies")
    counted = [{name: row.pop(name) for name in TRAFFIC} for row in told]
    assert all({name: row.pop(name) for name in STANDING}["state"] for row in told)
    assert told == await cli("policies", "list")
    assert counted == [{"matches": 0, "matchesByHour": [0] * 24, "lastMatchHour": None}] * 2
    bronze = await there.get("/policies/Bronze")
    assert (await there.do("PUT", "/policies/Bronze", bronze))["policies"] == 2  # as it was told
    assert bronze.pop("state") == "never-matched"
    assert isinstance(bronze.pop("isSettled"), bool)
    assert bronze == await cli("policies", "show", "Bronze")

    versions = await there.get("/versions")
    assert versions == await cli("versions", "list")
    assert (await there.get("/versions/current"))["document"] == await cli("policies", "export")
    assert await there.get("/versions/1") == await cli("versions", "show", "1")
    assert (await there.do("DELETE", "/policies/Bronze"))["policies"] == 1

    wrong = POLICY | {"conditions": [{"property": "a.b", "type": "NEVER", "value": 1}]}
    problem = await there.refused(400, "POST", "/policies", wrong)
    assert problem["errors"][0]["path"] == "policies[0].conditions[0].type"


async def test_attributes_and_schedules(there: api.Api, cli: Cli) -> None:
    """Static values and opening hours belong to the policy set."""
    assert (await there.do("PUT", "/attributes/custom.vip", {"value": ["a", 1]}))["version"] == 1
    shown = await there.get("/attributes/custom.vip")
    assert shown["value"] == ["a", 1]
    assert await there.get("/attributes?limit=1000") == await cli("attributes", "list")
    assert (await there.do("DELETE", "/attributes/custom.vip"))["version"] == 2
    await there.refused(404, "DELETE", "/attributes/custom.vip")

    hours = {"zone": "Europe/Paris", "weekly": {"MON": [["08:30:00", "17:30:00"]]}}
    made = await there.do("POST", "/schedules", {"name": "Support", **hours})
    at = "?at=2026-11-23T10:00:00%2B01:00"
    assert (await there.get(f"/schedules/Support{at}"))["open"] is True
    assert made["version"] == 3
    assert await there.get("/schedules") == await cli("schedules", "list")
    await there.do("PUT", "/schedules/Support", hours | {"zone": "UTC"})
    assert (await there.do("DELETE", "/schedules/Support"))["name"] == "Support"


async def test_keys_and_clients(there: api.Api, cli: Cli) -> None:
    """Keys are made, listed by prefix, rotated and revoked; in clear they are shown once."""
    made = await there.do("POST", "/keys", {"name": "crm", "scopes": ["context"], "rate": 60})
    assert made["apiKey"].startswith(made["prefix"])
    client = await there.do("POST", "/keys", {"name": "bot", "kind": "client"})
    assert client["userId"]
    assert client["password"]
    listed = await there.get("/keys")
    assert listed == await cli("keys", "list")
    assert [each["name"] for each in await there.get(f"/keys?prefix={made['prefix']}")] == ["crm"]
    again = await there.do("POST", "/keys/crm/rotate", {"overlapSeconds": 60})
    assert again["apiKey"] != made["apiKey"]
    assert (await there.do("DELETE", f"/keys/{again['prefix']}"))["state"] == "ended"


async def test_functions_and_namespaces(there: api.Api, cli: Cli) -> None:
    """What programs write, and what is called: secrets go in and never come out."""
    made = await there.do("POST", "/namespaces", {"name": "crm", "ttlSeconds": 60})
    assert made["ttlSeconds"] == 60
    assert (await there.do("PATCH", "/namespaces/crm", {"ttlSeconds": 0}))["ttlSeconds"] == 0
    assert [each["name"] for each in await there.get("/namespaces")] == ["crm"]
    await there.refused(400, "POST", "/namespaces", {"name": "sde"})
    await there.do("DELETE", "/namespaces/crm")
    await there.refused(404, "GET", "/namespaces/crm")

    given = {"name": "tier", "url": "https://crm.example/tier", "secret": "whsec_" + "c2Vj" * 8}
    added = await there.do("POST", "/functions", given)
    assert added["hasSecrets"] is True
    assert "c2Vj" not in str(added)
    assert await there.get("/functions/tier") == await cli("functions", "show", "tier")
    assert (await there.do("PATCH", "/functions/tier", {"retries": 1}))["retries"] == 1
    assert await there.get("/functions") == await cli("functions", "list")
    await there.do("DELETE", "/functions/tier")
    host = await there.do("POST", "/function-hosts", {"host": "crm.internal:8443"})
    assert await there.get("/function-hosts") == [host]
    await there.do("DELETE", "/function-hosts/crm.internal:8443")


async def test_the_bot_and_the_account(there: api.Api) -> None:
    """The bot's credentials go in and never come out; settings have limits."""
    assert (await there.get("/bot-config"))["state"] == "not-configured"
    key = dict.fromkeys(("appKey", "secret", "accessToken", "accessTokenSecret"), "a" * 16)
    shown = await there.do("PUT", "/bot-config", {"username": "router", **key})
    assert shown["username"] == "router"
    assert "a" * 16 not in str(shown)
    assert (await there.do("DELETE", "/bot-config"))["state"] == "not-configured"

    await there.do("POST", "/skills", {"name": "Rest"})
    settings = await there.do("PATCH", "", {"fallbackSkill": "Rest", "ringSeconds": 30})
    assert (settings["fallbackSkill"], settings["ringSeconds"]) == ("Rest", 30)
    problem = await there.refused(400, "PATCH", "", {"ringSeconds": 0})
    assert problem["errors"][0]["path"] == "ringSeconds"


async def test_pages_follow_one_another(there: api.Api) -> None:
    """Every entry comes once, in order, also when one is added in between."""
    for name in ("b", "A", "d", "c"):
        await there.do("POST", "/skills", {"name": name})
    seen = []
    path: str | None = "/skills?limit=2"
    while path is not None:
        answer = await there.http.get(path if path.startswith("/v3") else there.base + path)
        seen += [each["name"] for each in answer.json()]
        following = answer.headers.get("link")
        path = following[1:].partition(">")[0] if following else None
        await there.ask("POST", "/skills", {"name": "aa"})  # behind us: it is not for this walk
    assert seen == ["A", "b", "c", "d"]

    for number in range(3):
        await there.do("PUT", "/attributes/custom.n", {"value": number})
    first = await there.ask("GET", "/versions?limit=2")
    following = first.headers["link"][1:].partition(">")[0]
    assert [each["version"] for each in (await there.http.get(following)).json()] == [1]
    for cursor in ("!", "W10", "WyJ4Il0", "%00"):
        assert (await there.ask("GET", f"/versions?cursor={cursor}")).status_code in {400, 404}
    nul = base64.urlsafe_b64encode(b'["\\u0000"]').decode()
    await there.refused(400, "GET", f"/consumers?cursor={nul}")


async def test_a_change_is_made_only_at_the_state_that_was_seen(there: api.Api) -> None:
    """If-Match: 412 and nothing done at another state; the new state is in the answer."""
    before = (await there.ask("GET", "/skills")).headers["etag"]
    made = await there.ask("POST", "/skills", {"name": "One"}, If_Match=before)
    assert made.headers["etag"] != before
    stale = await there.refused(412, "POST", "/skills", {"name": "Two"}, If_Match=before)
    assert stale["code"] == "stale"
    await there.do("PATCH", "/skills/One", {"name": "1"}, If_Match=made.headers["etag"])
    assert [each["name"] for each in await there.get("/skills")] == ["1"]

    version = (await there.ask("GET", "/attributes")).headers["etag"]
    value = {"value": 1}
    first = await there.ask("PUT", "/attributes/custom.a", value, If_Match=version)
    assert first.status_code == 200
    await there.refused(412, "PUT", "/attributes/custom.a", value, If_Match=version)
    await there.refused(412, "DELETE", "/attributes/custom.a", If_Match='"zzz"')
    await there.do("DELETE", "/attributes/custom.a", If_Match=first.headers["etag"])


async def test_people_may_do_what_their_roles_say(
    there: api.Api, shared_server: server.Server
) -> None:
    """A login's bearer opens the same doors as on the command line; a key needs its scope."""
    settings = Settings(data=shared_server.data, account=there.account)
    async with office.open(settings) as desk:
        operator = access.operator(there.account)
        await desk.directory.users.add(
            operator, login="vera", type="human", roles=["Viewer"], password=wire.PASSWORD
        )
        session = await desk.directory.logins.by_password(
            there.account, username="vera", password=wire.PASSWORD
        )
    async with api.Api(shared_server, there.account, session.bearer) as vera:
        assert await vera.get("/users")
        assert (await vera.refused(403, "POST", "/skills", {"name": "x"}))["code"] == "forbidden"
        await vera.refused(403, "PUT", "/policies", {"policies": []})
        await vera.refused(403, "DELETE", "/consumers/x")
    weak = await api.key(shared_server.data, there.account, "decide", "context")
    async with api.Api(shared_server, there.account, weak) as decider:
        await decider.refused(403, "GET", "/skills")
    async with api.Api(shared_server, there.account, "co_000000000000_nothing") as nobody:
        problem = await nobody.refused(401, "GET", "/skills")
        assert problem["code"] == "unauthenticated"


async def test_a_limited_key_says_what_is_left(
    there: api.Api, shared_server: server.Server
) -> None:
    """RateLimit headers count down, on refusals too; then 429 says when to come back."""
    made = await there.do("POST", "/keys", {"name": "slow", "scopes": ["admin"], "rate": 2})
    async with api.Api(shared_server, there.account, made["apiKey"]) as slow:
        answers = [await slow.ask("GET", path) for path in ("/skills", "/skills/missing")]
        assert [answer.status_code for answer in answers] == [200, 404]
        assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["1", "0"]
        answer = await slow.ask("GET", "/skills")
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize(
    ("status", "method", "path", "content"),
    [
        (404, "GET", "/nothing", None),
        (405, "PUT", "/skills", b"{}"),
        (400, "POST", "/skills", b"{"),
        (400, "POST", "/skills", b'{"name": "\\u0000"}'),
        (400, "POST", "/skills", b'{"name": "\\ud800"}'),
        (400, "POST", "/skills", b"[" * 100_000),
        (400, "POST", "/skills", b'{"name": 5, "extra": 1}'),
        (400, "POST", "/skills", b""),
        (400, "GET", "/skills?limit=0", None),
        (404, "GET", "/skills/%00", None),
        (413, "POST", "/skills", b'"' + b"x" * (8 << 20) + b'"'),
    ],
)
async def test_whatever_comes_is_answered_as_a_problem(
    there: api.Api, status: int, method: str, path: str, content: bytes | None
) -> None:
    """Stable codes, and the paths to everything that is wrong."""
    headers = {"Content-Type": "application/json"}
    answer = await there.http.request(method, there.base + path, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "detail", "code", "errors"}


async def test_what_is_wrong_is_named_by_its_field(there: api.Api) -> None:
    """Not by the command line's option, where the two differ."""
    person = {"login": "kim", "type": "human", "roles": ["Agent"], "password": "short"}
    problem = await there.refused(400, "POST", "/users", person)
    assert [each["path"] for each in problem["errors"]] == ["password"]


async def test_a_body_is_json_whatever_it_is_called(there: api.Api) -> None:
    """As ``curl -d`` sends it: called a form; or without a word on what it is."""
    for name, headers in (
        ("form", {"Content-Type": "application/x-www-form-urlencoded"}),
        ("nothing", {}),
    ):
        content = b'{"name": "%s"}' % name.encode()
        answer = await there.http.post(f"{there.base}/skills", content=content, headers=headers)
        assert answer.status_code == 201, answer.text
        assert answer.json()["name"] == name
