"""Outbound requests against a real HTTPS server that misbehaves in every way we know."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import httpcore2
import pytest

from orchestrator.adapters.functions.guard import Resolver
from orchestrator.adapters.functions.outbound import MAX_BYTES, Answer, Outbound, Request
from orchestrator.core.model.function import FunctionFailed, Host
from running import tricksters
from running.tricksters import Trickster, says

SECRET = {"authorization": "Bearer s3cret", "webhook-signature": "v1,abc"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's certificates are."""
    return tmp_path_factory.mktemp("trickster")


@pytest.fixture
async def there(folder: Path) -> AsyncIterator[Trickster]:
    """The server."""
    async with tricksters.trickster(folder) as running:
        yield running


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    """What sends."""
    made = Outbound()
    yield made
    await made.close()


async def sent(
    outbound: Outbound, there: Trickster, path: str, *, hosts: tuple[Host, ...] | None = None
) -> Answer:
    """Send a POST with secrets in its headers."""
    request = Request(there.url(path), {**SECRET, "accept": "application/json"}, b'{"a":1}')
    allowed = (there.allowed,) if hosts is None else hosts
    return await outbound.send(request, account="1", hosts=allowed)


async def test_an_honest_server_is_heard(outbound: Outbound, there: Trickster) -> None:
    """The name, not the address, is in the request; the certificate is verified by it."""
    there.paths["/tier"] = says({"tier": "gold"})
    answer = await sent(outbound, there, "/tier")
    assert (answer.status, answer.body) == (200, b'{"tier":"gold"}')
    assert there.received[0].headers["host"] == f"localhost:{there.port}"
    assert there.received[0].json == {"a": 1}


async def test_nobody_on_this_machine_is_reached_unless_allowed(
    outbound: Outbound, there: Trickster
) -> None:
    """The address is inside: not a byte is sent."""
    with pytest.raises(FunctionFailed, match="not on the public internet"):
        await sent(outbound, there, "/tier", hosts=())
    assert not there.received


async def test_a_permission_ends_with_its_connections(outbound: Outbound, there: Trickster) -> None:
    """A connection that was opened while the host was allowed is not used afterwards."""
    there.paths["/tier"] = says(1)
    await sent(outbound, there, "/tier")
    with pytest.raises(FunctionFailed, match="not on the public internet"):
        await sent(outbound, there, "/tier", hosts=())


async def test_a_host_beyond_ascii_is_allowed_as_it_is_resolved(there: Trickster) -> None:
    """The administrator writes ``xn--``, the address may have either."""
    outbound = Outbound(Resolver(lambda _host, _port: ["127.0.0.1"]))
    allowed = Host("xn--bcher-kva.test", there.port, "http")
    request = Request(f"http://bücher.test:{there.port}/", {}, b"{}")
    with pytest.raises(FunctionFailed) as failed:  # it was called: the server speaks TLS only
        await outbound.send(request, account="1", hosts=(allowed,))
    await outbound.close()
    assert failed.value.fault == "temporary"


async def test_calls_at_once_after_a_permission_changed_do_not_disturb_each_other(
    outbound: Outbound, there: Trickster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them find the same outdated connections, and closing takes a moment."""
    closed = httpcore2.AsyncConnectionPool.aclose

    async def slowly(pool: httpcore2.AsyncConnectionPool) -> None:
        await asyncio.sleep(0)
        await closed(pool)

    monkeypatch.setattr(httpcore2.AsyncConnectionPool, "aclose", slowly)
    there.paths["/"] = says(1)
    before = (there.allowed, Host("localhost", 1))
    await sent(outbound, there, "/", hosts=before)
    with pytest.raises(FunctionFailed):  # of another authority, so on a connection of its own
        await outbound.send(Request("https://localhost:1/"), account="1", hosts=before)
    answers = await asyncio.gather(*(sent(outbound, there, "/") for _ in range(4)))
    assert [answer.body for answer in answers] == [b"1"] * 4


async def test_a_certificate_of_an_unknown_authority_is_not_trusted(
    outbound: Outbound, there: Trickster
) -> None:
    """The machine's own authorities do not know the server's."""
    with pytest.raises(FunctionFailed, match="certificate"):
        await sent(outbound, there, "/tier", hosts=(Host("localhost"),))


@pytest.mark.parametrize(
    "address",
    [
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00:ec2::254]/latest",
        "https://[::ffff:169.254.169.254]/",
        "https://2852039166/",
        "https://0x7f.1/",
        "http://93.184.216.34/",
        "https://user:pass@93.184.216.34/",
        "ftp://93.184.216.34/",
    ],
)
async def test_a_redirect_is_checked_as_the_first_address_is(
    outbound: Outbound, there: Trickster, address: str
) -> None:
    """Metadata, odd spellings, plain HTTP and credentials in addresses: all refused."""
    there.paths["/"] = says(b"", status=302, headers=(f"Location: {address}",))
    with pytest.raises(FunctionFailed) as failed:
        await sent(outbound, there, "/")
    assert failed.value.fault == "forbidden"  # without the guard: not reached, which may pass
    assert len(there.received) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_takes_no_secret_to_anybody_else(
    outbound: Outbound, there: Trickster, folder: Path, status: int
) -> None:
    """Another port is another origin. 307 and 308 repeat the request, the others make it a GET."""
    async with tricksters.trickster(folder) as other:
        other.paths["/there"] = says(1)
        there.paths["/"] = says(b"", status=status, headers=(f"Location: {other.url('/there')}",))
        await sent(outbound, there, "/", hosts=(there.allowed, other.allowed))
        (came,) = other.received
    assert not set(SECRET) & set(came.headers)
    repeated = status in {307, 308}
    assert (came.method, came.body) == (("POST", b'{"a":1}') if repeated else ("GET", b""))


async def test_a_secret_body_is_repeated_for_nobody_else(
    outbound: Outbound, there: Trickster, folder: Path
) -> None:
    """The client's secret stands in the body that asks for a token."""
    async with tricksters.trickster(folder) as other:
        there.paths["/"] = says(b"", status=307, headers=(f"Location: {other.url('/there')}",))
        there.paths["/near"] = says(b"", status=307, headers=("Location: /end",))
        there.paths["/end"] = says(1)
        hosts = (there.allowed, other.allowed)
        request = Request(there.url("/"), {}, b"client_secret=1", is_secret=True)
        with pytest.raises(FunctionFailed, match="secret") as failed:
            await outbound.send(request, account="1", hosts=hosts)
        near = Request(there.url("/near"), {}, b"client_secret=1", is_secret=True)
        assert (await outbound.send(near, account="1", hosts=hosts)).body == b"1"
        assert not other.received
    assert failed.value.fault == "forbidden"


async def test_a_redirect_within_the_origin_keeps_the_headers(
    outbound: Outbound, there: Trickster
) -> None:
    """It is the same server that gets them."""
    there.paths["/"] = says(b"", status=307, headers=("Location: /there",))
    there.paths["/there"] = says(1)
    await sent(outbound, there, "/")
    assert there.received[1].headers["authorization"] == SECRET["authorization"]


async def test_https_is_never_left(outbound: Outbound, there: Trickster) -> None:
    """Also where an administrator allowed plain HTTP: who called over https expects it."""
    there.paths["/"] = says(b"", status=302, headers=("Location: http://localhost:1/",))
    with pytest.raises(FunctionFailed, match="from https") as failed:
        await sent(outbound, there, "/", hosts=(there.allowed, Host("localhost", 1, "http")))
    assert failed.value.fault == "forbidden"


async def test_plain_http_is_not_called_unless_allowed(
    outbound: Outbound, there: Trickster
) -> None:
    """Of an allowed host, too, only https is."""
    request = Request(f"http://localhost:{there.port}/", {}, b"{}")
    with pytest.raises(FunctionFailed, match=r"allow-host localhost:[0-9]+ --http"):
        await outbound.send(request, account="1", hosts=(there.allowed,))


async def test_redirects_have_an_end(outbound: Outbound, there: Trickster) -> None:
    """Three are followed."""
    there.paths["/"] = says(b"", status=302, headers=("Location: /",))
    with pytest.raises(FunctionFailed, match="more than 3"):
        await sent(outbound, there, "/")
    assert len(there.received) == 4


async def test_fifty_megabytes_are_cut_off(outbound: Outbound, there: Trickster) -> None:
    """No more than the limit is ever held, however much comes."""
    there.paths["/"] = tricksters.floods
    with pytest.raises(FunctionFailed, match="longer than"):
        await sent(outbound, there, "/")


@pytest.mark.parametrize("length", [10, 0])
async def test_a_body_shorter_than_it_says_is_a_failure(
    outbound: Outbound, there: Trickster, length: int
) -> None:
    """The server hangs up before its Content-Length."""
    there.paths["/"] = says(b"1" * length, headers=("Content-Length: 1000",))
    with pytest.raises(FunctionFailed):
        await sent(outbound, there, "/")


async def test_a_body_longer_than_it_says_is_what_it_says(
    outbound: Outbound, there: Trickster
) -> None:
    """What is beyond the length is nobody's."""
    there.paths["/"] = says(b"12345", headers=("Content-Length: 2",))
    assert (await sent(outbound, there, "/")).body == b"12"


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
async def test_a_compressed_bomb_is_not_unpacked(
    outbound: Outbound, there: Trickster, pack: Callable[[bytes], bytes]
) -> None:
    """The limit is on what comes out; no more than that is ever unpacked."""
    bomb = pack(b"1" * (50 * MAX_BYTES))
    there.paths["/"] = says(bomb, headers=("Content-Encoding: gzip",))
    with pytest.raises(FunctionFailed, match="longer than"):
        await sent(outbound, there, "/")


async def test_a_compressed_answer_is_unpacked(outbound: Outbound, there: Trickster) -> None:
    """Up to the limit, exactly."""
    there.paths["/"] = says(gzip.compress(b"1" * MAX_BYTES), headers=("Content-Encoding: gzip",))
    assert len((await sent(outbound, there, "/")).body) == MAX_BYTES


async def test_what_follows_a_compressed_answer_is_not_waited_for(
    outbound: Outbound, there: Trickster
) -> None:
    """It has no end, and who kept it would need as much memory as the network can fill."""

    async def answer(_: tricksters.Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"1"))
        while not writer.is_closing():
            writer.write(b"x" * 65_536)
            await writer.drain()

    there.paths["/"] = answer
    async with asyncio.timeout(timedelta(seconds=5).total_seconds()):
        assert (await sent(outbound, there, "/")).body == b"1"


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (b"not packed", "Content-Encoding: gzip"),
        (gzip.compress(b"1" * 1000, mtime=0)[:-12], "Content-Encoding: gzip"),
        (b"whatever", "Content-Encoding: br"),
        (b"5\r\nabc", "Transfer-Encoding: chunked"),
        (b"zz\r\nabc\r\n", "Transfer-Encoding: chunked"),
    ],
)
async def test_a_body_that_makes_no_sense_is_a_failure(
    outbound: Outbound, there: Trickster, body: bytes, header: str
) -> None:
    """Broken compression and broken chunks."""
    there.paths["/"] = says(body, headers=(header,))
    with pytest.raises(FunctionFailed):
        await sent(outbound, there, "/")


@pytest.mark.parametrize(
    "head",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA:" + b"x" * 200_000,
        b"HTTP/1.1 302 Found\r\nLocation: \x00\r\n\r\n",
    ],
)
async def test_a_head_that_is_no_http_is_a_failure(
    outbound: Outbound, there: Trickster, head: bytes
) -> None:
    """Nonsense, and headers without an end."""

    async def answer(_: tricksters.Received, writer: asyncio.StreamWriter) -> None:
        writer.write(head)

    there.paths["/"] = answer
    with pytest.raises(FunctionFailed):
        await sent(outbound, there, "/")


@pytest.mark.parametrize("behaviour", [tricksters.hangs, tricksters.drips])
async def test_whoever_is_slow_is_cut_off_by_the_caller(
    outbound: Outbound, there: Trickster, behaviour: tricksters.Behaviour
) -> None:
    """Cancelling is enough: the connection goes with it, and the next call is not troubled."""
    there.paths["/"] = behaviour
    there.paths["/fine"] = says(1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(timedelta(milliseconds=300).total_seconds()):
            await sent(outbound, there, "/")
    assert (await sent(outbound, there, "/fine")).body == b"1"


async def test_a_closed_port_is_a_failure_that_may_pass(outbound: Outbound) -> None:
    """Nobody listens there."""
    request = Request("https://localhost:1/", {}, b"{}")
    with pytest.raises(FunctionFailed) as failed:
        await outbound.send(request, account="1", hosts=(Host("localhost"),))
    assert failed.value.fault == "temporary"


async def test_the_environment_has_no_say(
    outbound: Outbound, there: Trickster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that the environment names is not asked."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    there.paths["/tier"] = says(1)
    assert (await sent(outbound, there, "/tier")).body == b"1"
