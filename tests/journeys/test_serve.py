"""A server as its operator meets it: started, asked how it is, changed beside, and stopped."""

import asyncio
import json
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.sync import client as websocket

from orchestrator.doors.bot import sessions
from orchestrator.serve import listening, office, program, settings
from orchestrator.serve.bounds import Bounds
from running import commands, server

Start = Callable[[], server.Server]
SETTLED = 10.0
"""Seconds within which a state must show that is promised within one: the machine may be busy."""


def get(url: str) -> tuple[int, str]:
    """Return status and body."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def eventually(look: Callable[[], object], *, within: float = SETTLED) -> None:
    """Hold ``look`` to become true."""
    deadline = time.monotonic() + within
    while not look():
        assert time.monotonic() < deadline, "it did not become true"


@pytest.fixture
def key(account: commands.Commands) -> dict[str, str]:
    """The login key of a bot in an account of its own."""
    account("users", "add", "router", "--type", "bot", "--role", "Agent")
    return account("users", "generate-key", "router")


def login(running: server.Server, account: str, key: dict[str, str]) -> dict[str, object]:
    """Log in by key as another program would; returns the session's answer."""
    body = {
        "username": key["username"],
        "appKey": key["appKey"],
        "secret": key["secret"],
        "accessToken": key["accessToken"],
        "accessTokenSecret": key["accessTokenSecret"],
    }
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{running.http}/api/account/{account}/login?v=1.3",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def agent_socket(
    running: server.Server, account: str, bearer: object
) -> websocket.ClientConnection:
    """Open an agent's socket on the TLS port."""
    tls = ssl.create_default_context(cafile=str(running.ca))
    url = f"wss://{running.domain}/ws_api/account/{account}/messaging/brand/{bearer}?v=2"
    return websocket.connect(url, ssl=tls, proxy=None)


def test_it_says_how_it_is_and_where(shared_server: server.Server) -> None:
    """Health and readiness on both ports; server.json says the same as the first line."""
    assert get(f"{shared_server.http}/healthz")[0] == 200
    assert get(f"{shared_server.http}/readyz")[0] == 200
    note = json.loads((shared_server.data / "server.json").read_text())
    assert note == {
        "http": shared_server.http,
        "https": shared_server.https,
        "ca": str(shared_server.ca),
        "pid": shared_server.pid,
    }
    assert "0" not in {
        shared_server.http.rpartition(":")[2],
        shared_server.https.rpartition(":")[2],
    }


def test_a_second_server_on_the_folder_is_refused(shared_server: server.Server) -> None:
    """It exits 2 and names the process that has the folder."""
    orchestrator = shared_server.account("1")
    with pytest.raises(commands.CommandFailed) as failed:
        orchestrator("serve", "--port", "0", "--tls-port", "0")
    assert failed.value.code == 2
    (error,) = failed.value.errors
    assert str(shared_server.pid) in error["message"]
    assert get(f"{shared_server.http}/readyz")[0] == 200


def test_a_taken_port_is_refused(shared_server: server.Server, tmp_path: Path) -> None:
    """It exits 2 and names the port."""
    taken = shared_server.http.rpartition(":")[2]
    with pytest.raises(commands.CommandFailed) as failed:
        commands.Commands(tmp_path)("serve", "--port", taken, "--tls-port", "0")
    assert failed.value.code == 2
    (error,) = failed.value.errors
    assert taken in error["message"]
    assert not (tmp_path / "server.json").exists()


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    """It exits 2 with a sentence, and no traceback."""
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(commands.CommandFailed) as failed:
        commands.Commands(tmp_path / "file" / "data")("serve", "--port", "0", "--tls-port", "0")
    assert failed.value.code == 2
    (error,) = failed.value.errors
    assert "cannot be used" in error["message"]
    assert "Traceback" not in failed.value.stderr


def test_a_stop_is_quick_and_clean_even_with_silent_clients(start_server: Start) -> None:
    """A client that never answers the good-bye is cut off: exit 0, no error in the log."""
    running = start_server()
    host, port = running.domain.rsplit(":", 1)
    tls = ssl.create_default_context(cafile=str(running.ca))
    plain = running.http.rpartition(":")[2]
    with (
        socket.create_connection((host, int(plain))) as idle,
        socket.create_connection((host, int(port))) as bare,
        tls.wrap_socket(bare, server_hostname=host) as silent,
    ):
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(10)
        silent.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert silent.recv(10)
        silent.sendall(
            b"POST /api/account/1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
        )
        begun = time.monotonic()
        running.stop()
        took = time.monotonic() - begun
    assert took < 8, "three seconds for those who do not answer, and little else"
    levels = [json.loads(line)["level"] for line in running.logs]
    assert set(levels) <= {"info"}, [line for line in running.logs if "info" not in line]
    assert not (running.data / "server.json").exists()


def test_agents_hear_that_it_stops(start_server: Start) -> None:
    """Sockets are closed with 1012, service restart: whoever hears that comes back."""
    running = start_server()
    orchestrator = running.account("1")
    orchestrator("users", "add", "router", "--type", "bot", "--role", "Agent")
    session = login(running, "1", orchestrator("users", "generate-key", "router"))
    with agent_socket(running, "1", session["bearer"]) as line:
        running.stop()
        with pytest.raises(Exception, match="1012"):
            line.recv(timeout=10)


def test_a_stopped_server_starts_again(start_server: Start) -> None:
    """On the same folder and ports, ready as before."""
    running = start_server()
    running.stop()
    running.restart()
    assert get(f"{running.http}/readyz")[0] == 200


def test_credentials_are_noticed_within_a_second(
    shared_server: server.Server, account: commands.Commands, key: dict[str, str]
) -> None:
    """Given by a command beside the server: the bot is online a moment later."""
    del shared_server
    account("bot-config", "set", stdin=key)
    eventually(lambda: account("bot-config", "show")["state"] == "online")


def test_wrong_credentials_are_refused_with_a_reason(
    account: commands.Commands, key: dict[str, str]
) -> None:
    """The state says so, and why; right ones mend it at once."""
    account("bot-config", "set", stdin={**key, "secret": "0" * len(key["secret"])})
    eventually(lambda: account("bot-config", "show")["state"] == "refused")
    shown = account("bot-config", "show")
    assert "router" in shown["reason"]
    assert key["secret"] not in json.dumps(shown)
    account("bot-config", "set", stdin=key)
    eventually(lambda: account("bot-config", "show")["state"] == "online")


def test_a_revoked_key_closes_its_sockets(
    shared_server: server.Server, account: commands.Commands, key: dict[str, str]
) -> None:
    """With 4401, by a command in another process; the key logs nobody in any more."""
    session = login(shared_server, account.account, key)
    with agent_socket(shared_server, account.account, session["bearer"]) as line:
        account("users", "revoke-key", "router", key["appKey"])
        with pytest.raises(Exception, match="4401"):
            line.recv(timeout=10)
    with pytest.raises(urllib.error.HTTPError) as refused:
        login(shared_server, account.account, key)
    with refused.value:
        assert refused.value.code == 401


async def test_it_is_not_ready_before_the_bots_have_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with a sentence until the first sign-in attempt is over, however that ends; then 200."""
    asked = asyncio.Event()

    async def keep_waiting(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked.wait()
        writer.close()

    bound: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bind = listening.bind

    def remember(hosts: tuple[str, ...], port: int, *, bounds: Bounds) -> list[socket.socket]:
        opened = bind(hosts, port, bounds=bounds)
        if not bound.done():
            bound.set_result(f"http://127.0.0.1:{opened[0].getsockname()[1]}")
        return opened

    async def ask() -> tuple[int, str]:
        url = f"{await bound}/readyz"
        while True:
            try:
                found = await asyncio.to_thread(get, url)
            except urllib.error.URLError:  # bound, and not listening yet
                continue
            asked.set()
            return found

    monkeypatch.setattr(listening, "bind", remember)
    platform = await asyncio.start_server(keep_waiting, "127.0.0.1", 0)
    domain = f"127.0.0.1:{platform.sockets[0].getsockname()[1]}"
    chosen = settings.read({"data": tmp_path / "data", "port": 0, "tls_port": 0})
    await configure(chosen, domain=domain)
    async with platform:
        asking = asyncio.create_task(ask())
        async with program.running(chosen) as found:
            status, sentence = await asking
            assert (await asyncio.to_thread(get, f"{found.http}/readyz"))[0] == 200
    assert status == 503
    assert "sign-in" in sentence


async def test_it_is_not_ready_while_it_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 while what is under way is finished: a balancer goes elsewhere, and is still answered."""
    answers: list[tuple[int, str]] = []
    places: list[str] = []
    stop = sessions.Sessions.stop

    async def ask_and_stop(bots: sessions.Sessions[object], *, seconds: float) -> None:
        answers.append(await asyncio.to_thread(get, f"{places[0]}/readyz"))
        await stop(bots, seconds=seconds)

    monkeypatch.setattr(sessions.Sessions, "stop", ask_and_stop)
    chosen = settings.read({"data": tmp_path / "data", "port": 0, "tls_port": 0})
    async with program.running(chosen) as found:
        places.append(found.http)
    ((status, sentence),) = answers
    assert status == 503
    assert "stopping" in sentence


async def configure(chosen: settings.Settings, *, domain: str) -> None:
    """Let the bot of account 1 sign in at ``domain``."""
    async with office.open(chosen) as desk:
        await desk.directory.users.add(desk.actor, login="router", type="bot", roles=["Agent"])
        made = await desk.directory.keys.generate(desk.actor, "router")
        key = {
            "username": made.username,
            "appKey": made.app_key,
            "secret": made.secret,
            "accessToken": made.access_token,
            "accessTokenSecret": made.access_token_secret,
        }
        await desk.directory.bots.configure(desk.actor, document={**key, "domain": domain})
