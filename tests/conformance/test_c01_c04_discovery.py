"""TLS and discovery, items 1 to 4 of the protocol's conformance list."""

import asyncio
import re
import ssl
from types import SimpleNamespace

import httpx2
import msgspec
import pytest
from starlette.requests import Request
from websockets.asyncio import client

from orchestrator.core.model import errors
from orchestrator.doors.gateway import discovery as door
from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.rooms import Address
from orchestrator.serve import listening, office, program
from orchestrator.serve.settings import Settings
from orchestrator.testing.clock import TurnedClock
from running import wire

SERVICES = {
    *("agentVep", "asyncMessagingEnt", "facadeMsg", "idp", "accountConfigReadOnly"),
    *("accountConfigReadWrite", "msgHist", "sentinel", "faasGW", "runtimeFormLogic", "ccs"),
}


def discovery(town: wire.Town, service: str = "") -> str:
    return town.url(f"/service/{service and service + '/'}baseURI.json?version=1.0")


async def test_c01_the_tls_port_speaks_only_tls(town, visit):
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


async def test_c01_strangers_do_not_trust_it(town):
    """Only who has the folder's authority does: the certificate vouches for nobody else."""
    async with httpx2.AsyncClient(verify=ssl.create_default_context(), trust_env=False) as http:
        with pytest.raises(httpx2.ConnectError):
            await http.get(f"{town.server.https}/healthz")


async def test_c01_the_plain_port_serves_the_same_routes(town, visit):
    """For browsers, load and proxies; what discovery names is the TLS port all the same."""
    path = f"/api/account/{town.account}/service/baseURI.json"
    plain = await visit.http.get(f"{town.server.http}{path}")
    assert plain.json() == (await visit.http.get(f"{town.server.https}{path}")).json()
    bearer = (await visit.login("anna"))["bearer"]
    url = f"{town.server.http}/ws_api/account/{town.account}/messaging/brand/{bearer}"
    async with client.connect(url.replace("http", "ws", 1), proxy=None) as socket:
        peer = wire.Peer(socket)
        assert (await peer.ask("GetClock"))["code"] == 200


async def test_c02_c03_all_services(town, visit):
    """Without credentials: host and port, no scheme."""
    answer = await visit.http.get(discovery(town))
    assert answer.status_code == 200
    entries = {each["service"]: each for each in answer.json()["baseURIs"]}
    assert entries.keys() >= SERVICES
    for each in entries.values():
        assert each["account"] == town.account
        assert re.fullmatch(r"[\w.-]+:\d+", each["baseURI"])


@pytest.mark.parametrize("account", ["404404404", "x", "1 or 1=1", "%27--", "⚡"])
async def test_c02_an_unknown_account_is_401(town, visit, account):
    """The platform's word for a bad site, whatever was asked for."""
    url = f"{town.server.https}/api/account/{account}/service/baseURI.json"
    answer = await visit.http.get(url)
    assert (answer.status_code, "error" in answer.json()) == (401, True)


async def test_c02_while_the_server_starts(tmp_path):
    """A bot that has yet to sign in somewhere keeps readiness waiting, and discovery not."""
    called = asyncio.Event()

    async def silence(_reader, writer):
        called.set()
        writer.close()

    elsewhere = await asyncio.start_server(silence, "127.0.0.1", 0)
    domain = f"127.0.0.1:{elsewhere.sockets[0].getsockname()[1]}"
    [free] = listening.bind(("127.0.0.1",), 0)
    port = free.getsockname()[1]
    free.close()
    settings = Settings(data=tmp_path, port=port, tls_port=0)
    names = ("username", "appKey", "secret", "accessToken", "accessTokenSecret")
    async with office.open(settings) as desk:
        document = {**dict.fromkeys(names, "0" * 32), "domain": domain}
        await desk.directory.bots.configure(desk.actor, document=document)
    running = program.running(settings)
    starting = asyncio.create_task(running.__aenter__())
    async with asyncio.timeout(wire.PATIENCE), httpx2.AsyncClient(trust_env=False) as http:
        await called.wait()
        url = f"http://127.0.0.1:{port}"
        found = await http.get(f"{url}/api/account/1/service/baseURI.json?version=1.0")
        assert (found.status_code, len(found.json()["baseURIs"])) == (200, len(door.SERVICES))
    await starting
    await running.__aexit__(None, None, None)
    elsewhere.close()
    await elsewhere.wait_closed()


async def hang(_account):
    await asyncio.Event().wait()


async def fail(_account):
    raise errors.Unavailable("The database is busy.")


@pytest.mark.parametrize("found", [hang, fail])
async def test_c02_while_the_database_does_not_answer(found, monkeypatch):
    """Overloaded, locked or gone: the list of services is known without it."""
    monkeypatch.setattr(door, "PATIENCE", 0.01)
    rooms = SimpleNamespace(
        directory=SimpleNamespace(accounts=SimpleNamespace(found=found)),
        address=lambda: Address(("localhost",), 8443),
        clock=TurnedClock(),
    )
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "path_params": {"account": "1", "service": "agentVep"},
    }
    for endpoint in (door.Discovery(rooms).all, door.Discovery(rooms).one):
        answer = await web.guarded(rooms, endpoint)(Request(scope))
        body = msgspec.json.decode(answer.body)
        assert answer.status_code == 200
        assert body.get("baseURIs") or body["baseURI"] == "localhost:8443"


async def test_c03_every_service_can_be_asked_for_alone(town, visit):
    """With the same address as in the list."""
    for entry in (await visit.http.get(discovery(town))).json()["baseURIs"]:
        alone = await visit.http.get(discovery(town, entry["service"]))
        assert alone.json() == entry


async def test_c04_one_service(town, visit):
    """One object; an unknown one is a JSON 404."""
    entry = (await visit.http.get(discovery(town, "agentVep"))).json()
    assert entry["baseURI"] == town.server.domain
    answer = await visit.http.get(discovery(town, "nothing"))
    assert answer.status_code == 404
    assert "error" in answer.json()


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/login", 405), ("GET", "/x", 404)])
async def test_c04_what_is_not_there_is_json_too(town, visit, method, path, status):
    """An HTML page would kill clients that read everything as JSON."""
    answer = await visit.http.request(method, town.url(path))
    assert answer.status_code == status
    assert "error" in answer.json()
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)  # RFC 9110, 15.5.6
