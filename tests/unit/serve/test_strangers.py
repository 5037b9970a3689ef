"""What one peer may cost, with small bounds: each is let go of, and another is served beside it."""

import asyncio
import contextlib
import gc
import logging
import random
import ssl
import threading
import weakref
from datetime import UTC, datetime, timedelta

import pytest
import uvloop
from websockets.asyncio import client

from fuzz import mutating
from fuzz.attacking import frame
from orchestrator.adapters import certificates
from orchestrator.serve import listening, peers
from orchestrator.serve.bounds import Bounds

BOUNDS = Bounds(
    connections=40,
    strangers=8,
    handshake=timedelta(seconds=0.2),
    request=timedelta(seconds=0.2),
    head_bytes=4096,
    pipelined=10,
    fragments=20,
    controls=20,
)


async def app(scope, receive, send):
    """Answers requests with the size of their body, and messages with themselves."""
    if scope["type"] == "http":
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size, more = size + len(message["body"]), message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(size).encode()})
        return
    await receive()
    if scope["path"] == "/named":
        scope["state"]["introduced"]()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": str(len(message.get("text") or ""))})


class Site:
    """The two ports of a running server."""

    def __init__(self, plain, tls, ca):
        self.plain, self.tls = plain, tls
        self.trust = ssl.create_default_context(cafile=str(ca))

    @contextlib.asynccontextmanager
    async def connection(self, data=b"", *, port=None, tls=None):
        """A connection that has sent ``data``; it is cut off afterwards."""
        port = port or (self.plain if tls is None else self.tls)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
        try:
            writer.write(data)
            yield reader, writer
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def said(self, data, *, port=None, tls=None):
        """Everything that comes back before the server hangs up."""
        said = b""
        async with self.connection(data, port=port, tls=tls) as (reader, _):
            async with asyncio.timeout(5):
                with contextlib.suppress(OSError):
                    while more := await reader.read(1 << 16):
                        said += more
        return said

    async def is_fine(self):
        for tls in (None, self.trust):
            asked = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            assert (await self.said(asked, tls=tls)).startswith(b"HTTP/1.1 200")

    def socket(self, path="/"):
        return client.connect(f"ws://127.0.0.1:{self.plain}{path}", compression=None, proxy=None)


class Host(threading.Thread):
    """The servers on a loop of their own, as in the program."""

    def __init__(self, loop_factory, folder):
        super().__init__(daemon=True)
        self._loop_factory = loop_factory
        self._made = certificates.ensure(folder, now=datetime.now(UTC), hosts=("127.0.0.1",))
        self._over = asyncio.Event()
        self._ready = threading.Event()
        self.start()
        assert self._ready.wait(10)

    def run(self):
        with asyncio.Runner(loop_factory=self._loop_factory) as runner:
            self._loop = runner.get_loop()
            runner.run(self._serve())

    async def _serve(self):
        servers = listening.Listening(
            app, certificate=self._made.chain, key=self._made.key, farewell=0.2, bounds=BOUNDS
        )
        plain, tls = (listening.bind(("127.0.0.1",), 0, bounds=BOUNDS) for _ in range(2))
        await servers.start(plain, tls)
        self.site = Site(plain[0].getsockname()[1], tls[0].getsockname()[1], self._made.ca)
        self._ready.set()
        await self._over.wait()
        await servers.stop()

    def stop(self):
        self._loop.call_soon_threadsafe(self._over.set)
        self.join(10)
        assert not self.is_alive()


LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="module", params=LOOPS)
def host(request, tmp_path_factory):
    started = Host(LOOPS[request.param], tmp_path_factory.mktemp("certificates"))
    yield started
    started.stop()


@pytest.fixture
async def site(host, caplog):
    """After each test another client is served, and nothing has been logged."""
    with caplog.at_level(logging.WARNING):
        yield host.site
        await host.site.is_fine()
    assert [record.getMessage() for record in caplog.records] == []


@pytest.mark.parametrize("begun", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"])
async def test_a_tls_handshake_has_its_time(site, begun):
    """Whoever does not finish it is let go of."""
    await site.said(begun, port=site.tls)


async def test_tls_without_a_request_has_its_time(site):
    """The handshake alone does not hold a connection."""
    assert await site.said(b"", tls=site.trust) == b""


@pytest.mark.parametrize(
    "begun",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"G",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n{",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
async def test_half_a_request_has_its_time(site, begun):
    """Head and body together: 408."""
    assert (await site.said(begun)).startswith(b"HTTP/1.1 408 ")


async def test_a_dribbled_request_has_its_time(site):
    """However many bytes come one after the other."""
    async with site.connection() as (reader, writer):

        async def dribble():
            with contextlib.suppress(OSError):
                for byte in b"GET / HTTP/1.1\r\nX: " + b"a" * 10_000:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0.01)  # the peer's own slowness is what is tested

        dribbling = asyncio.create_task(dribble())
        async with asyncio.timeout(3):
            answer = await reader.readuntil(b"\r\n")
        dribbling.cancel()
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_second_request_has_its_time_too(site):
    """Half a request after a whole one does not hold the connection either."""
    whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = await site.said(whole + b"GET /half")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408 " in answer


async def test_a_head_without_end(site):
    """431, before it is kept."""
    for line in (b"GET /" + b"a" * 300_000, b"GET / HTTP/1.1\r\nX: " + b"a" * 300_000):
        assert (await site.said(line)).startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 ", b""))
    many = b"GET / HTTP/1.1\r\n" + b"".join(b"x%d: y\r\n" % number for number in range(50_000))
    assert (await site.said(many)).startswith((b"HTTP/1.1 431 ", b""))


async def test_many_requests_at_once(site):
    """A few may wait behind one another; thousands are refused together."""
    whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert (await site.said(whole * 8 + last)).count(b"HTTP/1.1 200") == 9
    assert b"HTTP/1.1 400" in await site.said(whole * 5000)


SMUGGLED = [
    b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
    b"GET / HTTP/1.1\r\nHo\x00st: x\r\n\r\n",
    b"GET / HTTP/1.1\nHost: x\n\n",
    b"GET  /  HTTP/1.1\r\nConnection: close\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"\x00" * 1000,
]


@pytest.mark.parametrize("data", SMUGGLED)
async def test_what_is_no_request(site, data):
    """One refusal at most, and nothing behind it is read as a second request."""
    answer = await site.said(data)
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert b"200" not in answer[:12] or data.startswith(b"GET")


WS = (
    b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\n%s\r\n"
)
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


@pytest.mark.parametrize(
    "data",
    [
        WS % (b"/", b""),
        WS % (b"/", KEY + KEY),
        WS % (b"/", b"Sec-WebSocket-Key: no\r\n"),
        WS % (b"/\xff", KEY),
        WS % (b"/?\xff", KEY),
        WS % (b"/%%ff", KEY + b"X: \xff\xfe\r\nSec-WebSocket-Protocol: ,,;\r\n"),
        WS % (b"/", KEY + b"".join(b"x%d: y\r\n" % number for number in range(300))),
    ],
)
async def test_upgrades_that_are_none(site, data):
    """Refused, or closed; never an exception."""
    answer = await site.said(data)
    assert answer == b"" or answer[9:12] in {b"400", b"408", b"426", b"431", b"500"}


async def flooded(site, data):
    """Open a socket, write ``data`` as it is; the close code."""
    async with site.socket() as socket:
        socket.transport.write(data)
        async with asyncio.timeout(5):
            await socket.wait_closed()
        return socket.close_code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(1, b"{", final=False) + frame(0, final=False) * 100, 1008),
        (frame(1, b"{", final=False) + frame(0, b"1", final=False) * 100_000, 1008),
        (frame(9, b"x" * 125) * 100, 1008),
        (frame(10) * 100, 1008),
        (frame(9, b"x" * 126), 1002),
        (frame(9, final=False), 1002),
        (frame(0, b"nothing to continue"), 1002),
        (frame(3), 1002),
        (frame(1, b"\xff\xfe"), 1007),
        (frame(1, b"\xed\xa0\x80"), 1007),
        (b"\xc1\x80\x00\x00\x00\x00", 1002),
        (b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", 1009),
        (frame(8, b"\x00"), 1002),
    ],
)
async def test_frames_that_break_the_rules(site, data, code):
    """Each has its code, and ends the socket at once."""
    assert await flooded(site, data) == code


async def test_a_few_pings_and_pieces_are_fine(site):
    """What real clients do is not counted against them."""
    async with site.socket() as socket:
        for _ in range(10):
            await (await socket.ping())
        await socket.send("x" for _ in range(15))
        assert await socket.recv() == "15"
        await socket.send("y" * 900_000)
        assert await socket.recv() == "900000"


async def test_many_messages_at_once_are_all_answered(site):
    """They come in one reading, and are taken a few at a time."""
    async with site.socket() as socket:
        socket.transport.write(frame(1, b"hi") * 20_000)
        async with asyncio.timeout(20):
            assert [await socket.recv() for _ in range(20_000)] == ["2"] * 20_000


async def test_whatever_is_near_a_request_or_a_frame(site):
    """Hundreds of slips in what clients send: nothing is raised, and others are served on."""

    async def first_words(data):
        async with site.connection(data) as (reader, _):
            with contextlib.suppress(OSError):  # a timeout too: some only wait for more
                async with asyncio.timeout(0.1):
                    return await reader.read(1 << 16)
        return b""

    chance = random.Random(7)  # noqa: S311 — reproducible, not secret
    upgrade = WS % (b"/", KEY)
    frames = [frame(1, b"hi"), frame(9, b"x"), frame(8, b"\x03\xe8"), frame(0, b"x", final=False)]
    seeds = [*SMUGGLED, upgrade, *(upgrade + one + two for one in frames for two in frames)]
    for _ in range(15):
        slips = [mutating.mutated(chance, chance.choice(seeds)) for _ in range(7)]
        said = await asyncio.gather(*map(first_words, slips))
        assert not [one for one in said if b"Traceback" in one or b"HTTP/1.1 500" in one]


async def test_the_oldest_stranger_goes_and_a_client_comes_in(site):
    """More half-open connections than may be: they cost each other, not the clients."""
    async with contextlib.AsyncExitStack() as opened:
        for port in (site.plain, site.tls):
            for _ in range(30):
                await opened.enter_async_context(site.connection(port=port))
            await site.is_fine()


async def test_sockets_without_a_name_are_strangers_still(site):
    """They make room for each other, and for who comes to say a name."""
    async with contextlib.AsyncExitStack() as opened:
        first = await opened.enter_async_context(site.socket("/named"))
        nameless = [await opened.enter_async_context(site.socket()) for _ in range(30)]
        async with asyncio.timeout(5):
            for socket in nameless[: -BOUNDS.strangers]:
                await socket.wait_closed()
        for socket in (first, nameless[-1]):
            await socket.send("hello")
            assert await socket.recv() == "5"


async def test_a_full_house_refuses_and_recovers(site):
    """Everybody who is in stays in; whoever leaves makes room."""
    async with contextlib.AsyncExitStack() as opened:
        for _ in range(BOUNDS.connections):
            inside = site.connection(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            reader, _ = await opened.enter_async_context(inside)
            await reader.readuntil(b"0\r\n\r\n")
        assert await site.said(b"GET / HTTP/1.1\r\n\r\n") == b""
    async with asyncio.timeout(5):
        while not await site.said(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"):
            pass


@pytest.fixture
def no_collector():
    """What is in a cycle stays where it is, until the test is over."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def connected():
    """Return what this process has for each connection that a peer has made to a server in it."""
    return [
        each
        for each in gc.get_objects()
        if type(each) in (peers.Web, peers.Socket) and each.transport is not None
    ]


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_a_closed_socket_needs_no_garbage_collector(site, scheme):
    """What belongs to a connection goes with it: it would be minutes until somebody comes for it.

    With what TLS keeps of each, a server that many come to would grow by fifty megabytes meanwhile.
    """
    port, tls = (site.plain, None) if scheme == "ws" else (site.tls, site.trust)
    address = f"{scheme}://127.0.0.1:{port}/"
    others = connected()  # of tests before, where something still holds them
    async with client.connect(address, ssl=tls, compression=None, proxy=None) as socket:
        await socket.send("Hello")
        assert await socket.recv() == "5"
        theirs = [weakref.ref(each) for each in connected() if each not in others]
    del others
    assert theirs
    async with asyncio.timeout(5):
        while any(each() is not None for each in theirs):
            await site.is_fine()  # a connection takes longer to close than to be gone from here
