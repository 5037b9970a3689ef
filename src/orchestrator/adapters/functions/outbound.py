"""One outbound request: guarded, redirected by our rules, and bounded in everything it can cost."""

import asyncio
import ssl
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterable, Mapping, Sequence
from typing import Any, Final

import httpcore2
import httpx2
import msgspec

from orchestrator.adapters.functions import guard
from orchestrator.core.model.function import FunctionFailed, Host
from orchestrator.core.model.ids import AccountId

MAX_BYTES: Final = 1_000_000
"""Of an answer, decoded."""

MAX_REDIRECTS: Final = 3
_MOST_POOLS: Final = 256
_MOST_CONNECTIONS: Final = 100
_IDLE_SECONDS: Final = 15.0
_REPEATED: Final = frozenset({307, 308})
"""Redirects that ask for the same request again; after the others it is a GET without a body."""

_REDIRECTS: Final = frozenset({301, 302, 303}) | _REPEATED
_KEPT: Final = frozenset({"accept", "accept-encoding", "user-agent", "x-request-id"})
"""Headers that go to another origin as well; what proves who we are does not."""

_OF_BODY: Final = frozenset({"content-type", "content-length"})
_CODINGS: Final = frozenset({"gzip", "x-gzip", "deflate"})
_IDENTITY: Final = frozenset({"", "identity"})


class Request(msgspec.Struct, frozen=True):
    """What to send. Names of ``headers`` are in lower case; ``body`` None is a GET.

    A ``body`` that ``is_secret`` is repeated for no other origin, whatever a redirect asks for.
    """

    url: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None
    is_secret: bool = False


class Answer(msgspec.Struct, frozen=True):
    """What came back in the end: never a redirect, of any other status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Line:
    """The connections of one account under one guard; closed when nobody uses them any more."""

    def __init__(self, watch: guard.Guard, trust: ssl.SSLContext) -> None:
        self.watch = watch
        self._users = 0
        self._is_retired = False
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trust,
            network_backend=guard.Backend(watch),
            max_connections=_MOST_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
        )

    async def __aenter__(self) -> httpcore2.AsyncConnectionPool:
        self._users += 1
        return self._pool

    async def __aexit__(self, *_: object) -> None:
        self._users -= 1
        if self._is_retired and self._users == 0:
            await self._pool.aclose()

    async def retire(self) -> None:
        self._is_retired = True
        if self._users == 0:
            await self._pool.aclose()


class Outbound:
    """Sends requests of functions. No proxy of the environment is used, and no cookie is kept.

    Connections are kept for a while. They are shared neither between accounts, nor between an
    account before and after its allowed hosts changed, nor between authorities.
    """

    def __init__(self, resolver: guard.Resolver | None = None) -> None:
        self._resolver = resolver or guard.Resolver()
        self._lines: OrderedDict[tuple[Any, ...], _Line] = OrderedDict()
        self._contexts: dict[str | None, ssl.SSLContext] = {}

    async def prepare(self) -> None:
        """Read the machine's authorities, unless that is done: it takes a while."""
        await self._trusting(None)

    async def send(self, request: Request, *, account: AccountId, hosts: Sequence[Host]) -> Answer:
        """Return the answer to ``request``. ``hosts`` are the account's allowed ones.

        Raises `FunctionFailed`. It may take for ever: whoever calls has a time budget, and
        cancels.
        """
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._once(request, account=account, hosts=hosts)
            if answer.status not in _REDIRECTS:
                return answer
            request = _redirected(request, answer)
        raise FunctionFailed(f"It redirects more than {MAX_REDIRECTS} times.", fault="own")

    async def close(self) -> None:
        """Close every connection."""
        lines, self._lines = list(self._lines.values()), OrderedDict()
        for line in lines:
            await line.retire()
        self._resolver.close()

    async def _once(self, request: Request, *, account: AccountId, hosts: Sequence[Host]) -> Answer:
        url = _parsed(request.url)
        watch = guard.Guard(hosts, self._resolver)
        host = url.raw_host.decode("ascii")  # as it is resolved and allowed: ``xn--``, not ``ü``
        port = watch.check(url.scheme, host, url.port)
        known = watch.allowed(host, port)
        line = await self._line(account, tuple(hosts), known.authority if known else None)
        try:
            async with (
                line as pool,
                pool.stream(
                    b"GET" if request.body is None else b"POST",
                    httpcore2.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers={**request.headers, "host": url.netloc.decode("ascii")},
                    content=request.body,
                ) as response,
            ):
                headers = _headers(response.headers)
                if response.status in _REDIRECTS:
                    return Answer(response.status, headers, b"")  # its body is nobody's concern
                return Answer(
                    response.status, headers, await _body(response.aiter_stream(), headers)
                )
        except (httpcore2.TimeoutException, httpcore2.NetworkError, OSError) as error:
            raise FunctionFailed(_trouble(error, url.host)) from error
        except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, UnicodeError) as error:
            raise FunctionFailed(
                f"{url.host} did not answer as HTTP prescribes, or broke off."
            ) from error

    async def _line(
        self, account: AccountId, hosts: tuple[Host, ...], authority: str | None
    ) -> _Line:
        key = (account, hosts, authority)
        found = self._lines.get(key)
        if found is None:
            trust = await self._trusting(authority)
            found = self._lines.setdefault(key, _Line(guard.Guard(hosts, self._resolver), trust))
        self._lines.move_to_end(key)
        outdated = [old for old in self._lines if old[0] == account and old[1] != hosts]
        if len(self._lines) > _MOST_POOLS:
            outdated.append(next(iter(self._lines)))
        gone = [self._lines.pop(old) for old in dict.fromkeys(outdated)]  # before others look
        for line in gone:
            await line.retire()
        return found

    async def _trusting(self, authority: str | None) -> ssl.SSLContext:
        if authority not in self._contexts:
            self._contexts[authority] = await asyncio.to_thread(_trust, authority)
        return self._contexts[authority]


def _trust(authority: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=authority)
    except ssl.SSLError as error:
        raise FunctionFailed(
            "The authority of this host is no certificate in PEM.", fault="forbidden"
        ) from error


def _parsed(text: str) -> httpx2.URL:
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise guard.Refused("The address is no URL.") from error
    if url.userinfo:
        raise guard.Refused("An address with a user name in it is not called.")
    return url


def _redirected(request: Request, answer: Answer) -> Request:
    """Return what to send where ``answer`` points: nothing that is secret to anybody else."""
    before = _parsed(request.url)
    location = answer.headers.get("location")
    if not location:
        raise FunctionFailed("It redirects to nowhere.", fault="own")
    try:
        after = _parsed(str(before.join(location)))
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise guard.Refused("It redirects to something that is no address.") from error
    if before.scheme == "https" and after.scheme != "https":
        raise guard.Refused("It redirects from https to something that is not.")
    repeated = answer.status in _REPEATED and request.body is not None
    kept = _KEPT | (_OF_BODY if repeated else frozenset())
    is_same = (before.scheme, before.host, before.port) == (after.scheme, after.host, after.port)
    if repeated and request.is_secret and not is_same:
        raise guard.Refused("It redirects a secret to another server.")
    headers = {
        name: value
        for name, value in request.headers.items()
        if name in kept or (is_same and name not in _OF_BODY)
    }
    return Request(
        str(after), headers, request.body if repeated else None, is_secret=request.is_secret
    )


async def _body(chunks: AsyncIterable[bytes], headers: Mapping[str, str]) -> bytes:
    """Read a body of at most `MAX_BYTES`, however it is compressed: no more is ever unpacked."""
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in _CODINGS and coding not in _IDENTITY:
        raise FunctionFailed(
            f"Its answer is encoded in a way that was not asked for ({coding[:40]}).", fault="own"
        )
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32) if coding in _CODINGS else None
    found = bytearray()
    async for chunk in chunks:
        room = MAX_BYTES + 1 - len(found)
        found += chunk if unpacking is None else _unpacked(unpacking, chunk, room)
        if len(found) > MAX_BYTES:
            raise FunctionFailed(f"Its answer is longer than {MAX_BYTES:,} bytes.", fault="own")
        if unpacking is not None and unpacking.eof:
            break  # what follows is nobody's, and would be kept for ever, however much it is
    if unpacking is not None and not unpacking.eof and found:
        raise FunctionFailed("Its compressed answer breaks off.", fault="own")
    return bytes(found)


def _unpacked(unpacking: Any, chunk: bytes, room: int) -> bytes:
    try:
        return unpacking.decompress(chunk, room)
    except zlib.error as error:
        raise FunctionFailed("Its answer is not compressed as it says.", fault="own") from error


def _headers(given: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in given}


def _trouble(error: Exception, host: str) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"The certificate of {host} is not to be trusted: {cause.verify_message}."
        cause = cause.__cause__ or cause.__context__
    return f"{host} cannot be reached, or broke off ({type(error).__name__})."
