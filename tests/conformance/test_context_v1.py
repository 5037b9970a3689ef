"""The context service's first version on a real server: every row of its table."""

import asyncio
from urllib.parse import quote

import pytest

from orchestrator.adapters import clock
from orchestrator.adapters.storage import contexts, engine
from orchestrator.core.model import access
from orchestrator.services.context.ports import Place, Property
from running.context_service import V2, problem


@pytest.mark.parametrize("where", ["", "/c1", "/__default__"])
async def test_v1_properties(service, where):
    """Many or one are saved, read, read in part, and deleted; of a namespace and of a session."""
    path = f"/crm{where}/properties"
    await service.done("PATCH", path, {"tier": "gold", "n": 1, "o": {"b": [1, None], "a": "é"}})
    await service.done("PUT", f"{path}/tier", "silver")
    await service.done("PATCH", path, {"n": 2})
    whole = {"tier": "silver", "n": 2, "o": {"b": [1, None], "a": "é"}}
    assert await service.get(path) == whole
    assert await service.get(f"{path}/tier") == "silver", "the bare value"
    assert await service.get(path, include="n,nothing,tier") == {"tier": "silver", "n": 2}
    await service.done("DELETE", f"{path}/tier")
    await service.done("DELETE", f"{path}/tier")
    assert await service.get(path) == {"n": 2, "o": {"b": [1, None], "a": "é"}}
    problem(await service.one("GET", f"{path}/tier"), 404, "not-found")


async def test_v1_a_namespace_without_session_is_its_default_session(service):
    """``__default__`` is the session of what was saved without one, and is listed."""
    await service.done("PUT", "/crm/properties/p", 1)
    assert await service.get("/crm/__default__/properties") == {"p": 1}
    await service.done("PUT", "/crm/s1/properties/p", 2)
    assert await service.get("/crm/session-ids") == ["__default__", "s1"]
    assert await service.get("/crm/properties") == {"p": 1}


async def test_v1_namespaces(service):
    """Registering is idempotent and sets a lifetime; those merely used are not listed."""
    assert await service.get("") == []
    await service.done("POST", "", {"name": "crm"})
    await service.done("POST", "", {"name": "web"}, ttlSecond=3600)
    await service.done("POST", "", {"name": "web"})
    await service.done("PUT", "/used/properties/p", 1)
    crm, web = await service.get("")
    assert (crm["name"], "ttlSecond" in crm) == ("crm", False)
    assert (web["name"], web["ttlSecond"]) == ("web", 3600)
    assert crm["createdAt"].endswith("Z")
    await service.done("POST", "", {"name": "crm"}, ttlSeconds=60)
    assert [each["ttlSecond"] for each in await service.get("")] == [60, 3600]


async def test_v1_deleting_a_namespace_deletes_everything(service):
    """Namespace and session properties, lifetimes, and v2's document; again, nothing happens."""
    await service.done("POST", "", {"name": "crm"}, ttlSecond=60)
    await service.done("POST", "/namespace/crm/session", {"sessionId": "s1"}, ttlSecond=60)
    await service.done("PUT", "/crm/properties/p", 1)
    await service.done("PUT", "/crm/s1/properties/p", 1)
    await service.two("POST", f"{V2}/create", service.named(nameSpace="crm", payload={"p": 1}))
    await service.done("DELETE", "/crm")
    await service.done("DELETE", "/crm")
    assert await service.get("") == []
    assert await service.get("/crm/properties") == {}
    assert await service.get("/crm/session-ids") == []
    assert await service.get("/namespace/crm/session") == []
    gone = await service.two("GET", f"{V2}/{service.account}/crm")
    problem(gone, 404, "not-found")


async def test_v1_lifetimes_of_sessions(service):
    """Only sessions with one are listed; emptying a session keeps it, deleting it does not."""
    path = "/namespace/crm/session"
    await service.done("POST", path, {"sessionId": "s1"}, ttlSecond=600)
    await service.done("POST", path, {"sessionId": "s2"}, ttlSecond=0)
    await service.done("PUT", "/crm/s1/properties/p", 1)
    await service.done("PUT", "/crm/s3/properties/p", 1)
    found = await service.get(path)
    assert [(each["sessionId"], each["ttlSecond"]) for each in found] == [("s1", 600), ("s2", 0)]
    await service.done("DELETE", "/crm/s1/properties")
    assert await service.get("/crm/s1/properties") == {}
    assert len(await service.get(path)) == 2
    await service.done("DELETE", f"{path}/s1")
    assert [each["sessionId"] for each in await service.get(path)] == ["s2"]


async def test_v1_pages(service):
    """From page 0, a hundred when nothing is said; a page beyond the end is empty."""
    for number in range(5):
        await service.done("PUT", f"/crm/s{number}/properties/p", number)
    assert await service.get("/crm/session-ids") == [f"s{number}" for number in range(5)]
    assert await service.get("/crm/session-ids", page=1, perPage=2) == ["s2", "s3"]
    assert await service.get("/crm/session-properties", page=2, perPage=2) == [
        {"sessionId": "s4", "property": {"p": 4}}
    ]
    assert await service.get("/crm/session-properties", page=9) == []


@pytest.mark.parametrize(
    "query", [{"page": -1}, {"page": "x"}, {"perPage": 0}, {"perPage": 1001}, {"perPage": "²"}]
)
@pytest.mark.parametrize("list_", ["session-ids", "session-properties"])
async def test_v1_impossible_pages_are_refused(service, list_, query):
    """400, saying which figure."""
    body = problem(await service.one("GET", f"/crm/{list_}", **query), 400, "bad-input")
    assert body["errors"][0]["path"] in query


AWKWARD = [
    "a/b",
    "a%2Fb",
    "a?b=c",
    "a b",
    "é😀",
    "..",
    "properties",
    "session-ids",
    "namespace",
    "+",
]


@pytest.mark.parametrize("name", AWKWARD)
async def test_v1_names_in_addresses_are_exact(service, name):
    """Whatever a namespace, session or property is called, it is itself alone."""
    coded = quote(name, safe="").replace(".", "%2E")
    await service.done("PUT", f"/{coded}/properties/{coded}", 1)
    await service.done("PUT", f"/{coded}/{coded}/properties/{coded}", 2)
    assert await service.get(f"/{coded}/properties/{coded}") == 1
    assert await service.get(f"/{coded}/{coded}/properties/{coded}") == 2
    assert await service.get(f"/{coded}/properties") == {name: 1}
    assert await service.get(f"/{coded}/session-ids") == sorted(["__default__", name])
    for part in name.split("/"):
        if part != name:
            assert await service.get(f"/{part}/properties") == {}
    await service.done("DELETE", f"/{coded}")
    assert await service.get(f"/{coded}/session-ids") == []


async def test_v1_literal_words_win_over_names(service):
    """The order of the table is the rule; what could only mean the other thing is refused."""
    await service.done("PUT", "/crm/properties/properties", "a property")
    assert await service.get("/crm/properties/properties") == "a property"
    refused = await service.one("PATCH", "/crm/properties/properties", {"p": 1})
    assert problem(refused, 400, "bad-input")["errors"][0]["path"] == "sessionId"
    await service.done("PUT", "/crm/session/properties/p", 1)
    assert await service.get("/crm/session/properties") == {"p": 1}
    assert await service.get("/namespace/properties/session") == [], "lifetimes of “properties”"


@pytest.mark.parametrize("path", ["/", "/crm/", "/crm/properties/", "/crm/s1/properties/", "//p"])
async def test_v1_an_empty_name_is_no_address(service, path):
    """A program that forgot a name must not delete everything."""
    await service.done("PATCH", "/crm/s1/properties", {"p": 1})
    await service.done("PATCH", "/crm/properties", {"p": 1})
    answer = await service.one("DELETE", path)
    assert answer.status_code in {404, 405}, answer.text
    assert await service.get("/crm/s1/properties") == {"p": 1}
    assert await service.get("/crm/properties") == {"p": 1}


@pytest.mark.parametrize(
    "name", ["consumer", "operational", "conversation", "custom", "sde", "faas", "skills", "agents"]
)
async def test_reserved_names_are_refused(service, name):
    """In both versions; the last two for namespaces that were not there before."""
    problem(await service.one("POST", "", {"name": name}), 400, "bad-input")
    problem(await service.one("PATCH", f"/{name}/properties", {"p": 1}), 400, "bad-input")
    problem(await service.one("PUT", f"/{name}/s/properties/p", 1), 400, "bad-input")
    saved = await service.two(
        "POST", f"{V2}/create", service.named(nameSpace=name, payload={"p": 1})
    )
    problem(saved, 400, "bad-input")


async def test_an_older_namespace_of_a_newer_name_works_and_is_named_in_a_warning(service):
    """In both versions; policies do not see it, and whoever saves there is told."""
    actor, now = access.operator(service.account), clock.SystemClock().now()
    older = Place(service.account, "skills", "s1")
    database = await engine.Database.open(service.server.data / "orchestrator.db")
    await contexts.ContextStore(database).write(
        actor, now, lambda unit: unit.put(older, [Property("p", "1", 6, now)])
    )
    await database.close()

    body = service.named(nameSpace="skills", sessionId="s1", payload={"r": 3})
    for answer in (
        await service.one("PATCH", "/skills/s1/properties", {"q": 2}),
        await service.one("POST", "", {"name": "skills"}),
        await service.two("POST", f"{V2}/create", body),
    ):
        assert answer.is_success, answer.text
        assert "The namespace skills is hidden from policies" in answer.headers["warning"]
    assert await service.get("/skills/s1/properties") == {"p": 1, "q": 2, "r": 3}
    plain = await service.one("PATCH", "/crm/s1/properties", {"q": 2})
    assert "warning" not in plain.headers


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", "", b""),
        ("POST", "", b"{}"),
        ("POST", "", b'{"name": 1}'),
        ("POST", "", b'{"name": ""}'),
        ("POST", "?ttlSecond=-1", b'{"name": "n"}'),
        ("POST", "?ttlSecond=1.5", b'{"name": "n"}'),
        ("POST", "?ttlSecond=99999999999", b'{"name": "n"}'),
        ("POST", "/namespace/n/session", b"{}"),
        ("POST", "/namespace/n/session", b'{"sessionId": ""}'),
        ("PATCH", "/n/properties", b""),
        ("PATCH", "/n/properties", b"[]"),
        ("PATCH", "/n/properties", b'{"": 1}'),
        ("PATCH", "/n/properties", rb'{"a\u0000": 1}'),
        ("PATCH", "/n/properties", rb'{"a": "\u0000"}'),
        ("PATCH", "/n/s/properties", b'{"a": 1'),
        ("PUT", "/n/properties/p", b""),
        ("PUT", "/n/properties/p", b"gold"),
        ("PUT", "/n/properties/p", b"\xff"),
        ("PUT", "/n/properties/%00", b"1"),
        ("PUT", "/n/properties/%FF", b"1"),
        ("PUT", "/n/properties/" + "x" * 1_001, b"1"),
        ("PUT", "/" + "n" * 257 + "/properties/p", b"1"),
    ],
)
async def test_v1_bad_requests_are_refused_and_change_nothing(service, method, path, content):
    """400 with a sentence that helps."""
    problem(await service.one(method, path, content=content), 400, "bad-input")
    assert await service.get("") == []
    assert await service.get("/n/session-properties") == []


async def test_json_comes_back_as_it_was_sent(service):
    """Digits, order, characters."""
    sent = '{"big":123456789012345678901234567890,"exact":1.10,"z":1,"a":{"y":"é😀","x":[]}}'
    await service.one("PATCH", "/crm/properties", content=sent.encode())
    for name, value in (("big", "123456789012345678901234567890"), ("exact", "1.10")):
        assert (await service.one("GET", f"/crm/properties/{name}")).text == value
    assert (await service.one("GET", "/crm/properties/a")).text == '{"y":"é😀","x":[]}'


async def test_two_programs_on_one_session_lose_nothing(service):
    """Fifty at once, each with a property of its own, in both versions."""
    await asyncio.gather(
        *(service.done("PUT", f"/crm/s1/properties/p{each}", each) for each in range(25)),
        *(
            service.two(
                "POST",
                f"{V2}/create",
                service.named(nameSpace="crm", sessionId="s1", payload={f"p{each}": each}),
            )
            for each in range(25, 50)
        ),
    )
    assert await service.get("/crm/s1/properties") == {f"p{each}": each for each in range(50)}


@pytest.mark.parametrize("version", [1, 2])
async def test_a_document_too_large_is_refused_and_the_old_one_stays(service, version):
    """413 with the words of the original; it shrinks, and grows again."""
    path, big = "/crm/s1/properties", {"p": "x" * 800_000}
    await service.done("PATCH", path, {"p": "small", "q": 1})
    if version == 1:
        answer = await service.one("PATCH", path, big)
    else:
        named = service.named(nameSpace="crm", sessionId="s1", payload=big)
        answer = await service.two("POST", f"{V2}/create", named)
    assert (answer.status_code, answer.text) == (413, "document too large")
    assert await service.get(path) == {"p": "small", "q": 1}
    flood = await service.one("PATCH", path, content=b" " * (11 << 20))
    assert (flood.status_code, flood.text) == (413, "document too large")
