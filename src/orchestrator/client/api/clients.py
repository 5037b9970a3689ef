"""The two clients: the same requests, sent and waited for, or awaited."""

import ssl
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import httpx2

from orchestrator.client.api import asking
from orchestrator.client.api.asking import Answered, Ask, Event
from orchestrator.core.model import errors

T = TypeVar("T")

TIMEOUT_SECONDS: Final = 10.0
_TROUBLE: Final = (httpx2.HTTPError, httpx2.StreamError, OSError)


class Client:
    """A client that waits. Use it in a ``with`` block; it may be shared by threads.

    ``url`` is the server's (``https://host:port``), ``ca`` the PEM file of an authority of its own.
    Raises `errors.BadInput` for a url, key or file that cannot be one.
    Calls raise `errors.Unavailable` when no answer comes, and what the server refuses with:
    `Unauthenticated`, `Forbidden`, `NotFound`, `Conflict`, `Stale`, `TooMany`, `BadInput`, and
    `Problems` with everything that is wrong.
    """

    def __init__(
        self,
        url: str,
        account: str,
        *,
        api_key: str,
        ca: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._account = account
        self._key = _key(api_key)
        self._http = httpx2.Client(
            base_url=_base(url), verify=_trust(ca), timeout=timeout_seconds, follow_redirects=False
        )

    def __enter__(self) -> Self:
        """Open the connections."""
        self._http.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them."""
        self._http.__exit__(kind, error, trace)

    def send(self, ask: Ask[T]) -> T:
        """Send a request and return what is answered."""
        return self.answered(ask).value

    def answered(self, ask: Ask[T]) -> Answered[T]:
        """Send a request and return the answer with its state, for `Ask.at`."""
        return self._sent(ask, asking.address(ask, self._account), ask.query)

    def pages(self, ask: Ask[list[T]]) -> Iterator[T]:
        """Yield every entry of a list, page by page."""
        found = self.answered(ask)
        yield from found.value
        while found.following is not None:
            found = self._sent(ask, found.following, {})
            yield from found.value

    def events(self, *, after: int | None = None) -> Iterator[Event]:
        """Yield what happens in the account, until the server closes.

        ``after`` is the id of the last event seen: changes behind it come again.
        """
        stream = asking.Stream()
        try:
            with self._http.stream(
                "GET", f"/v3/accounts/{self._account}/events", **_listening(self._key, after)
            ) as response:
                if response.status_code != httpx2.codes.OK:
                    raise asking.refused(response.status_code, response.read())
                for line in response.iter_lines():
                    event = stream.line(line)
                    if event is not None:
                        yield event
        except _TROUBLE as error:
            raise _unavailable(error) from error

    def _sent(self, ask: Ask[T], path: str, query: Any) -> Answered[T]:
        try:
            response = self._http.request(
                ask.method,
                path,
                params=query or None,
                content=asking.content(ask),
                headers=asking.headers(ask, self._key),
            )
        except _TROUBLE as error:
            raise _unavailable(error) from error
        return asking.read(ask, response.status_code, response.content, response.headers.get)


class AsyncClient:
    """The same with ``await``. Use it in an ``async with`` block, in one event loop."""

    def __init__(
        self,
        url: str,
        account: str,
        *,
        api_key: str,
        ca: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._account = account
        self._key = _key(api_key)
        self._http = httpx2.AsyncClient(
            base_url=_base(url), verify=_trust(ca), timeout=timeout_seconds, follow_redirects=False
        )

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them."""
        await self._http.__aexit__(kind, error, trace)

    async def send(self, ask: Ask[T]) -> T:
        """Send a request and return what is answered. Raises as `Client`."""
        return (await self.answered(ask)).value

    async def answered(self, ask: Ask[T]) -> Answered[T]:
        """Send a request and return the answer with its state, for `Ask.at`."""
        return await self._sent(ask, asking.address(ask, self._account), ask.query)

    async def pages(self, ask: Ask[list[T]]) -> AsyncIterator[T]:
        """Yield every entry of a list, page by page."""
        found = await self.answered(ask)
        for each in found.value:
            yield each
        while found.following is not None:
            found = await self._sent(ask, found.following, {})
            for each in found.value:
                yield each

    async def events(self, *, after: int | None = None) -> AsyncIterator[Event]:
        """Yield what happens in the account, until the server closes; as `Client.events`."""
        stream = asking.Stream()
        try:
            async with self._http.stream(
                "GET", f"/v3/accounts/{self._account}/events", **_listening(self._key, after)
            ) as response:
                if response.status_code != httpx2.codes.OK:
                    raise asking.refused(response.status_code, await response.aread())
                async for line in response.aiter_lines():
                    event = stream.line(line)
                    if event is not None:
                        yield event
        except _TROUBLE as error:
            raise _unavailable(error) from error

    async def _sent(self, ask: Ask[T], path: str, query: Any) -> Answered[T]:
        try:
            response = await self._http.request(
                ask.method,
                path,
                params=query or None,
                content=asking.content(ask),
                headers=asking.headers(ask, self._key),
            )
        except _TROUBLE as error:
            raise _unavailable(error) from error
        return asking.read(ask, response.status_code, response.content, response.headers.get)


def _key(given: str) -> str:
    if not given or not given.isascii() or not given.isprintable() or " " in given:
        raise errors.BadInput("This is no API key: those are of letters, digits, _, - and dots.")
    return given


def _base(url: str) -> str:
    wrong = errors.BadInput(f"{url} is no address of a server, such as https://127.0.0.1:8443.")
    try:
        found = urlsplit(url)
        port = found.port
    except ValueError as error:
        raise wrong from error
    if found.scheme not in {"http", "https"} or not found.hostname or port == 0:
        raise wrong
    return url


def _listening(key: str, after: int | None) -> dict[str, Any]:
    """Return how a stream is asked for: heartbeats come every 15 seconds, so silence is an end."""
    headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    return {"headers": headers, "timeout": httpx2.Timeout(TIMEOUT_SECONDS, read=60.0)}


def _trust(ca: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise errors.BadInput(f"The authority file {ca} cannot be read as PEM.") from error


def _unavailable(error: Exception) -> errors.Unavailable:
    return errors.Unavailable(f"No answer from the server: {type(error).__name__}.")
