"""Discovery, login and sessions over real sockets; numbers are those of the conformance list."""

import asyncio
import re
import ssl
import uuid
from collections.abc import Callable

import httpx2
import pytest
from websockets import exceptions
from websockets.asyncio import client

from running import server, wire

SERVICES = {
    *("agentVep", "asyncMessagingEnt", "facadeMsg", "idp", "accountConfigReadOnly"),
    *("accountConfigReadWrite", "msgHist", "sentinel", "faasGW", "runtimeFormLogic", "ccs"),
}


def discovery(town: wire.Town, service: str = "") -> str:
    return town.url(f"/service/{service and service + '/'}baseURI.json?version=1.0")


# -- TLS and discovery -------------------------------------------------------------------------


async def test_01_the_tls_port_speaks_only_tls(town, visit):
    """Plain HTTP gets no answer there, and the certificate fits every name in discovery."""
    plain = town.server.https.replace("https", "http", 1)
    async with httpx2.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx2.TransportError):
            await http.get(f"{plain}/healthz")
    hosts = (await visit.http.get(discovery(town))).json()["baseURIs"]
    for authority in {entry["baseURI"] for entry in hosts}:
        host, _, port = authority.rpartition(":")
        _, writer = await asyncio.open_connection(host, port, ssl=town.tls, server_hostname=host)
        writer.close()
        await writer.wait_closed()


async def test_01_strangers_do_not_trust_it(town):
    """Only who has the folder's authority does: the certificate vouches for nobody else."""
    async with httpx2.AsyncClient(verify=ssl.create_default_context(), trust_env=False) as http:
        with pytest.raises(httpx2.ConnectError):
            await http.get(f"{town.server.https}/healthz")


async def test_01_the_plain_port_serves_the_same_routes(town, visit):
    """For browsers, load and proxies; what discovery names is the TLS port all the same."""
    path = f"/api/account/{town.account}/service/baseURI.json"
    plain = await visit.http.get(f"{town.server.http}{path}")
    assert plain.json() == (await visit.http.get(f"{town.server.https}{path}")).json()
    bearer = (await visit.login("anna"))["bearer"]
    url = f"{town.server.http}/ws_api/account/{town.account}/messaging/brand/{bearer}"
    async with client.connect(url.replace("http", "ws", 1), proxy=None) as socket:
        peer = wire.Peer(socket)
        assert (await peer.ask("GetClock"))["code"] == 200


async def test_02_03_all_services(town, visit):
    """Without credentials: host and port, no scheme."""
    answer = await visit.http.get(discovery(town))
    assert answer.status_code == 200
    entries = {each["service"]: each for each in answer.json()["baseURIs"]}
    assert entries.keys() >= SERVICES
    for each in entries.values():
        assert each["account"] == town.account
        assert re.fullmatch(r"[\w.-]+:\d+", each["baseURI"])


async def test_04_one_service(town, visit):
    """One object; an unknown one is a JSON 404."""
    entry = (await visit.http.get(discovery(town, "agentVep"))).json()
    assert entry["baseURI"] == town.server.domain
    answer = await visit.http.get(discovery(town, "nothing"))
    assert answer.status_code == 404
    assert "error" in answer.json()


@pytest.mark.parametrize("account", ["404404404", "x", "1 or 1=1", "%27--", "⚡"])
async def test_02_an_unknown_account_is_401(town, visit, account):
    """The platform's word for a bad site, whatever was asked for."""
    url = f"{town.server.https}/api/account/{account}/service/baseURI.json"
    answer = await visit.http.get(url)
    assert (answer.status_code, "error" in answer.json()) == (401, True)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/login", 405), ("GET", "/x", 404)])
async def test_what_is_not_there_is_json_too(town, visit, method, path, status):
    """An HTML page would kill clients that read everything as JSON."""
    answer = await visit.http.request(method, town.url(path))
    assert answer.status_code == status
    assert "error" in answer.json()


# -- login -------------------------------------------------------------------------------------


async def test_05_10_a_login_by_password(town, visit):
    """Everything that clients read, with the types that they expect."""
    answer = await visit.login("anna")
    config = answer["config"]
    assert config["userId"] == town.users["anna"]["id"]
    assert str(uuid.UUID(config["userPid"])) == config["userPid"]
    assert re.fullmatch(r"[A-Za-z0-9_-]+", answer["bearer"])
    assert re.fullmatch(r"\d+", answer["sessionTTl"])
    assert answer["csrf"]
    assert answer["cookie"].startswith("Session_id=")
    assert "error" not in answer


KEY = ("appKey", "secret", "accessToken", "accessTokenSecret")


async def test_06_a_login_by_key(town, visit):
    """With exactly the five values."""
    body = {"username": "router", **{name: town.key[name] for name in KEY}}
    answer = await visit.post("/login?v=1.3", body)
    assert answer.status_code == 200
    assert answer.json()["config"]["userId"] == town.users["router"]["id"]
    assert "error" not in answer.json()


@pytest.mark.parametrize("wrong", ["username", *KEY])
async def test_06_08_any_wrong_value_is_401(town, visit, wrong):
    """And the body says ``error``, never which value it was."""
    body = {"username": "router", **{name: town.key[name] for name in KEY}}
    answer = await visit.post("/login", {**body, wrong: "x" * 32})
    assert answer.status_code == 401
    assert wrong not in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"username": "anna", "password": "wrong"}, 401),
        ({"username": "nobody", "password": "wrong"}, 401),
        ({"username": "anna' or 1=1 --", "password": "' or '1'='1"}, 401),
        ({"username": "Ünïcødé 🙂", "password": "🙂" * 100}, 401),
        ({"jwt": "dummy", "assertion": "PHNhbWw+"}, 401),
        ({"username": "anna"}, 400),
        ({"username": 5, "password": ["x"]}, 400),
        ({}, 400),
        ([], 400),
        ("text", 400),
    ],
)
async def test_07_08_every_failed_login_says_error(visit, body, status):
    """SDK 1.2.0 never looks at the status: only ``error`` tells it."""
    answer = await visit.post("/login?v=1.3", body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 5000, b"x" * (2 << 20)])
async def test_08_also_for_bodies_that_are_no_json(town, visit, content):
    """Broken, too deep, too big: the sender's fault, said so."""
    answer = await visit.http.post(town.url("/login"), content=content)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]


async def test_06_of_another_account_is_401(town, visit, shared_server):
    """A key opens the account that it belongs to."""
    body = {"username": "router", **{name: town.key[name] for name in KEY}}
    answer = await visit.http.post(f"{shared_server.https}/api/account/1/login", json=body)
    assert (answer.status_code, "error" in answer.json()) == (401, True)


# -- sessions ----------------------------------------------------------------------------------


async def test_09_refresh(visit):
    """Cookie and CSRF token together, or 401; the answer has no body."""
    session = await visit.login("anna")
    cookie = {"Cookie": session["cookie"]}
    good = await visit.post("/refresh?v=1.3", {"csrf": session["csrf"]}, headers=cookie)
    assert (good.status_code, good.content) == (200, b"")
    for body, headers in (
        ({"csrf": "wrong"}, cookie),
        ({}, cookie),
        ({"csrf": session["csrf"]}, {"Cookie": "Session_id=wrong"}),
        ({"csrf": session["csrf"]}, {}),
    ):
        bad = await visit.post("/refresh", body, headers=headers)
        assert bad.status_code == 401
        assert bad.json()["error"]["internalCode"] == 10


async def test_11_the_bearer_opens_rest(town, visit):
    """Skills and oneself; without it, or with another account's, 401."""
    headers = {"Authorization": f"Bearer {(await visit.login('anna'))['bearer']}"}
    skills = await visit.http.get(town.url("/configuration/le-users/skills"), headers=headers)
    assert {each["name"] for each in skills.json()} == {"Sales", "Billing"}
    users = await visit.http.get(town.url("/configuration/le-users/users"), headers=headers)
    assert [each["loginName"] for each in users.json()] == ["anna"]
    for path, sent in (
        (town.url("/configuration/le-users/skills"), {}),
        (town.url("/configuration/le-users/skills"), {"Authorization": "Bearer wrong"}),
        (f"{town.server.https}/api/account/1/configuration/le-users/skills", headers),
    ):
        assert (await visit.http.get(path, headers=sent)).status_code == 401


async def test_12_logout_ends_bearer_and_sockets(town, visit):
    """The socket closes with 4401; the bearer opens nothing any more."""
    session = await visit.login("anna")
    peer = await visit.socket(f"brand/{session['bearer']}")
    cookie = {"Cookie": session["cookie"]}
    done = await visit.post("/logout", {"csrf": session["csrf"]}, headers=cookie)
    assert (done.status_code, done.content) == (200, b"")
    assert await peer.closed() == 4401
    headers = {"Authorization": f"Bearer {session['bearer']}"}
    rest = await visit.http.get(town.url("/configuration/le-users/skills"), headers=headers)
    assert rest.status_code == 401


async def test_16_a_bearer_never_issued_is_401_at_the_upgrade(visit):
    """SDK 1.4.11 looks for just that."""
    with pytest.raises(exceptions.InvalidStatus) as refused:
        await visit.socket("brand/0123456789abcdef?v=2.1")
    assert refused.value.response.status_code == 401


async def test_16_a_bearer_that_is_over_gets_4401(visit):
    """It learns why, and that a new login helps."""
    session = await visit.login("anna")
    cookie = {"Cookie": session["cookie"]}
    await visit.post("/logout", {"csrf": session["csrf"]}, headers=cookie)
    peer = await visit.socket(f"brand/{session['bearer']}")
    assert await peer.closed() == 4401


def test_16_sessions_outlive_a_restart(start_server: Callable[[], server.Server]):
    """Even one without a goodbye: the bearer opens the next socket, conversations are there."""
    running = start_server()
    town = wire.seeded(running, "12345678")
    conversation, bearer, token = asyncio.run(_before(town))
    running.kill()
    running.restart()
    asyncio.run(_after(town, conversation, bearer=bearer, token=token))


async def _before(town: wire.Town) -> tuple[str, str, str]:
    async with wire.Visit(town) as visit:
        bearer, token = (await visit.login("anna"))["bearer"], await visit.token()
        consumer = await visit.consumer(token)
        conversation = await visit.opened(consumer)
        assert (await visit.say(consumer, conversation, "before"))["body"] == {"sequence": 1}
        return conversation, bearer, token


async def _after(town: wire.Town, conversation: str, *, bearer: str, token: str) -> None:
    async with wire.Visit(town) as visit:
        anna = await visit.socket(f"brand/{bearer}")
        await anna.ask(".ams.routing.SubscribeRoutingTasks")
        await anna.ask(".ams.routing.SetAgentState", {"availability": "ONLINE"})
        await visit.rung(anna, conversation)
        consumer = await visit.consumer(token)
        assert (await visit.say(consumer, conversation, "after"))["body"] == {"sequence": 2}
