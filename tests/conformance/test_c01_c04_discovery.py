"""TLS and discovery, items 1 to 4 of the protocol's conformance list."""

import asyncio
import re
import ssl

import httpx2
import pytest
from websockets.asyncio import client

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


async def test_c04_one_service(town, visit):
    """One object; an unknown one is a JSON 404."""
    entry = (await visit.http.get(discovery(town, "agentVep"))).json()
    assert entry["baseURI"] == town.server.domain
    answer = await visit.http.get(discovery(town, "nothing"))
    assert answer.status_code == 404
    assert "error" in answer.json()


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/login", 405), ("GET", "/x", 404)])
async def test_what_is_not_there_is_json_too(town, visit, method, path, status):
    """An HTML page would kill clients that read everything as JSON."""
    answer = await visit.http.request(method, town.url(path))
    assert answer.status_code == status
    assert "error" in answer.json()
