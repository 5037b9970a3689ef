"""Malicious clients on the real server: a conversation beside them goes on, and it stays as it was.

Each attack runs while two honest people talk without a pause. Afterwards what they said has always
arrived in time, the server's memory and open files are back, and its log is short and without a
trace of the attack's words.
"""

import asyncio
import contextlib
import resource
import ssl
import time
from pathlib import Path
from unittest import mock

import pytest
from websockets import exceptions

from fuzz import attacking
from orchestrator.doors.gateway import app
from running import wire

MARK = b"s3cr3t-w0rds"
WITHIN = 10.0
"""Seconds for a message to arrive under attack; it takes a hundredth of that on a quiet machine."""

MEBIBYTE = 1 << 20


@pytest.fixture(scope="module", autouse=True)
def files():
    """Attackers need many open files on their side too."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8192 if before[1] == resource.RLIM_INFINITY else min(8192, before[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], wanted), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


class Seen:
    """What the system says of the server."""

    def __init__(self, server):
        self.server = server
        self.process = Path(f"/proc/{server.pid}")

    @property
    def memory(self):
        return int((self.process / "statm").read_text().split()[1]) * resource.getpagesize()

    @property
    def open_files(self):
        return len(list((self.process / "fd").iterdir()))


@pytest.fixture(autouse=True)
async def honest(shared_server, visit):
    """Two people who talk during the whole test."""
    seen, first = Seen(shared_server), len(shared_server.logs)
    ben, guest = await visit.agent("ben"), await visit.consumer()
    conversation = await visit.opened(guest, "Billing")
    await visit.accepted(ben, conversation)
    await visit.say(guest, conversation, "before")
    memory, open_files = seen.memory, seen.open_files
    over, slowest = asyncio.Event(), [0.0]

    async def talk():
        number = 0
        while not over.is_set():
            began, number = time.monotonic(), number + 1
            assert (await visit.say(guest, conversation, f"n{number}"))["code"] == 200
            words = f"n{number}"
            await ben.told(
                ".ams.ms.OnlineEventDistribution",
                lambda event, words=words: event["event"].get("message") == words,
                since=len(ben.frames) - 1,
            )
            slowest[0] = max(slowest[0], time.monotonic() - began)
            ben.frames[:-1], guest.frames[:-1] = [], []
        return number

    talking = asyncio.create_task(talk())
    yield
    over.set()
    assert await talking
    assert slowest[0] < WITHIN
    async with asyncio.timeout(wire.PATIENCE):
        while seen.open_files > open_files + 40:
            assert (await guest.ask("GetClock"))["code"] == 200
    assert seen.memory - memory < 200 * MEBIBYTE
    lines = shared_server.logs[first:]
    assert len(lines) < 100
    assert not [line for line in lines if MARK.decode() in line or "Traceback" in line]
    assert not [line for line in lines if '"level": "error"' in line or "gateway.bug" in line]


@pytest.fixture
async def attacker(town):
    attacker = attacking.Attacker(town)
    yield attacker
    for writer in attacker.writers:
        writer.transport.abort()
    for writer in attacker.writers:
        with contextlib.suppress(OSError):
            await writer.wait_closed()


# -- connections -------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", pytest.param("https", marks=pytest.mark.thorough)])
async def test_thousands_of_half_open_connections(attacker, visit, scheme):
    """More than may wait: new clients get in all the same, on both ports."""
    for _ in range(3000):
        await attacker.connect(scheme=scheme)
    assert (await visit.http.get(f"{attacker.town.server.https}/healthz")).status_code == 200
    assert (await visit.http.get(f"{attacker.town.server.http}/healthz")).status_code == 200
    await visit.consumer()


async def test_tls_without_http(attacker, visit):
    """A handshake is all they do."""
    for _ in range(100):
        await attacker.connect(scheme="https", tls=attacker.trust)
    await visit.consumer()


async def test_hello_and_no_more(attacker, visit):
    """The first bytes of a handshake, and then silence."""
    for _ in range(500):
        await attacker.connect(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", scheme="https")
    await visit.consumer()


async def test_heads_that_never_end(attacker, visit):
    """A byte now and then to each of many."""
    opened = [await attacker.connect(b"POST /api HTTP/1.1\r\nHost: x\r\n") for _ in range(500)]
    for byte in b"X-Slow: ":
        for _, writer in opened:
            writer.write(bytes([byte]))
    await visit.consumer()


async def test_bodies_that_never_end(attacker, town, visit):
    """An absurd Content-Length is refused when the limit is reached, not when memory is."""
    path = f"/api/account/{town.account}/login".encode()
    head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n"
    for how in (b"Content-Length: 999999999999\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"):
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n" if b"chunked" in how else b" " * 65536
        for _ in range(5):
            reader, writer = await attacker.connect(head + how)
            pouring = asyncio.create_task(attacking.pour(reader, writer, chunk, times=200))
            async with asyncio.timeout(wire.PATIENCE):
                assert (await reader.readline()).startswith(b"HTTP/1.1 413")
            await pouring
    await visit.consumer()


async def test_silent_sockets_without_a_name(attacker, visit):
    """Upgraded, and then nothing: they are closed when their introduction is overdue."""
    for _ in range(300):
        await attacker.upgraded()
    await visit.consumer()


# -- frames ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(attacking.frame(1, b"\xff" + MARK), 1007, id="bad UTF-8"),
        pytest.param(
            attacking.frame(1, b"\xf0\x9f", final=False) + attacking.frame(0, b"."),
            1007,
            id="half a sign",
        ),
        pytest.param(b"\x81\xff\x7f" + b"\xff" * 7 + bytes(4) + MARK, 1009, id="huge"),
        pytest.param(attacking.frame(1, MARK, reserved=0x40), 1002, id="compressed all the same"),
        pytest.param(attacking.frame(9, MARK * 11), 1002, id="a huge ping"),
        pytest.param(attacking.frame(9, MARK * 10) * 3000, 1008, id="many pings"),
        pytest.param(attacking.frame(10) * 3000, 1008, id="many pongs"),
        pytest.param(
            attacking.frame(1, final=False) + attacking.frame(0, final=False) * 9000,
            1008,
            id="fragments",
        ),
        pytest.param(attacking.frame(8, b"\x03"), 1002, id="half a goodbye"),
    ],
)
async def test_frames_against_the_rules(attacker, data, code):
    """Closed with the code that says why; compression is never agreed upon."""
    head, reader, writer = await attacker.upgraded(
        b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    )
    assert b"permessage-deflate" not in head
    writer.write(data)
    said = await attacking.said_after(reader)
    assert code.to_bytes(2, "big") in said


@pytest.mark.parametrize("kind", ["pings", "requests", "no frames", "binary", "fragments"])
async def test_floods_of_who_never_reads(attacker, kind):
    """Cut off, or made to wait: never kept in memory."""
    _, reader, writer = await attacker.upgraded()
    data = {
        "pings": attacking.frame(9, b"x" * 125),
        "requests": attacking.frame(1, b'{"kind":"req","id":"1","type":"GetClock"}'),
        "no frames": attacking.frame(1, b"{"),
        "binary": attacking.frame(2, MARK),
        "fragments": attacking.frame(1, b"{", final=False)
        + attacking.frame(0, b"{" * 100, final=False) * 50,
    }[kind]
    reader._limit = 1  # this client reads nothing that it need not
    pouring = asyncio.create_task(attacking.pour(reader, writer, data * 500, times=300))
    await asyncio.wait((pouring,), timeout=1.5)
    pouring.cancel()
    await asyncio.gather(pouring, return_exceptions=True)


async def test_requests_before_a_name(attacker):
    """401 for each, in order, and none is worked on."""
    _, reader, writer = await attacker.upgraded()
    asked = b'{"kind":"req","id":"%d","type":"cm.ConsumerRequestConversation","body":{}}'
    writer.write(b"".join(attacking.frame(1, asked % number) for number in range(500)))
    said = b""
    async with asyncio.timeout(wire.PATIENCE):
        while b'"reqId":"499"' not in said:
            said += await reader.read(1 << 16)
    assert said.count(b'"code":401') == 500


async def test_sockets_that_flood_at_the_same_time(attacker):
    """Twenty at once share what is left, and the honest ones have their turn."""

    async def flood():
        _, reader, writer = await attacker.upgraded()
        clock = attacking.frame(1, b'{"kind":"req","id":"1","type":"GetClock"}') * 100

        async def drain():
            with contextlib.suppress(OSError):
                while await reader.read(1 << 16):
                    pass

        draining = asyncio.create_task(drain())
        await attacking.pour(reader, writer, clock, times=20)
        writer.transport.abort()
        await draining

    await asyncio.gather(*(flood() for _ in range(20)))


# -- HTTP --------------------------------------------------------------------------------------

BIG = b"a" * 300_000
NO_REQUESTS = {
    "a URL without end": b"GET /" + BIG,
    "a name without end": b"GET / HTTP/1.1\r\n" + BIG,
    "a value without end": b"GET / HTTP/1.1\r\nX: " + BIG,
    "headers without end": b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 60_000,
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and chunks": b"POST / HTTP/1.1\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    "a length without end": b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 99 + b"\r\n\r\n",
    "a chunk without end": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"F" * 99,
    "a NUL": b"GET /\x00 HTTP/1.1\r\n\r\n",
    "no HTTP": MARK * 100 + b"\r\n\r\n",
    "thousands at once": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 6000,
}


@pytest.mark.parametrize("kind", NO_REQUESTS)
async def test_what_is_no_request(attacker, kind):
    """Refused, with nothing of ours in the refusal, or hung up on."""
    for _ in range(5):
        said = await attacker.said(NO_REQUESTS[kind])
        assert b"Traceback" not in said
        assert MARK not in said
        if kind != "thousands at once":
            assert said.count(b"HTTP/1.1 ") <= 1
            assert not said or said[9:12] in {b"400", b"408", b"413", b"431"}


BOMBS = {
    "depth": b"[" * 500_000,
    "depth in an object": b'{"a":' * 100_000,
    "a number": b'{"username":' + b"9" * 500_000 + b"}",
    "keys": b"{" + b",".join(b'"%x":[{}]' % number for number in range(60_000)) + b"}",
    "no UTF-8": b'{"username":"\xff\xfe"}',
    "a surrogate": b'{"username":"\\ud800","password":"\\u0000"}',
    "a NUL": b"\x00" * 1000,
    "too much": b" " * (MEBIBYTE + 1),
}


async def test_bombs_to_every_route(town, visit):
    """Signed in or not: an answer below 500, quickly, that says nothing of us."""
    bearer = (await visit.login("may"))["bearer"]
    routes = app.application(mock.MagicMock()).routes
    tried = 0
    for route in routes:
        for method in sorted((getattr(route, "methods", None) or set()) - {"HEAD"}):
            path = route.path.replace("{account}", town.account)
            while "{" in path:
                start, end = path.index("{"), path.index("}")
                path = f"{path[:start]}1{path[end + 1 :]}"
            for bomb in BOMBS.values() if method != "GET" else [BOMBS["depth"]]:
                answer = await visit.http.request(
                    method,
                    f"{town.server.https}{path}?v={'%00' * 50}&source=" + "x" * 2000,
                    content=bomb,
                    headers={"Authorization": f"Bearer {bearer}", "If-Match": "-1"},
                )
                tried += 1
                if path == "/readyz":
                    continue
                assert answer.status_code < 500, (method, path, answer.text[:300])
                assert "Traceback" not in answer.text
                assert len(answer.text) < 20_000 or answer.status_code == 200
    assert tried > 50


async def test_many_wrong_logins(start_server):
    """Guessing costs the guesser; who has the key, or the right password of another, gets in.

    On a server of its own: who guesses so often is held up for a while, and all tests come from
    one address.
    """
    town = await wire.seed(await asyncio.to_thread(start_server), "1")
    gate = asyncio.Semaphore(30)
    async with wire.Visit(town) as visit:

        async def guess(number):
            async with gate:
                wrong = {"username": "anna", "password": f"guess-{number}"}
                return (await visit.post("/login?v=1.3", wrong)).status_code

        codes = await asyncio.gather(*(guess(number) for number in range(400)))
        assert set(codes) <= {401, 429, 503}
        key = {name: town.key[name] for name in ("appKey", "secret", "accessToken")}
        key["accessTokenSecret"] = town.key["accessTokenSecret"]
        answer = await visit.post("/login?v=1.3", {"username": "router", **key})
        assert answer.status_code == 200
        await visit.login("may")


async def test_foreign_tls(attacker):
    """Old versions and no common cipher end in the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA")
    for _ in range(50):
        with pytest.raises((OSError, exceptions.WebSocketException)):
            await attacker.connect(scheme="https", tls=context)
