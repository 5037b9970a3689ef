"""Calls to a provider: bounded in time and size, redirected nowhere, and errors of our own."""

import asyncio
import ipaddress
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx2
import msgspec

from orchestrator.core.model import errors

SECONDS: Final = 5.0
"""How long a call may take to connect, and again to go on; in all, `LONGEST_SECONDS`."""

LONGEST_SECONDS: Final = 10.0
MAX_BYTES: Final = 1 << 20
"""The largest answer that is read: key sets and tokens have a few thousand bytes."""

_FAILED: Final = 400


class Refused(Exception):
    """The provider answered with an error; ``code`` is OAuth's, such as ``invalid_grant``."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}".strip())
        self.status = status
        self.code = code


class Calls:
    """One provider's line. The machine's authorities are read when it is called first."""

    def __init__(self, *, ca_file: Path | None) -> None:
        self._ca_file = ca_file
        self._http: httpx2.AsyncClient | None = None

    async def get(self, url: str, *, bearer: str | None = None) -> dict[str, Any]:
        """Return the JSON object at ``url``. Raises `errors.Unavailable` and `Refused`."""
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        return await self._ask("GET", url, headers=headers)

    async def post(
        self, url: str, form: Mapping[str, str], *, basic: tuple[str, str] | None
    ) -> dict[str, Any]:
        """Send a form and return the JSON object that comes back. Raises as `get`."""
        auth = httpx2.BasicAuth(*basic) if basic else None
        return await self._ask("POST", url, data=dict(form), auth=auth)

    async def close(self) -> None:
        """Close every connection."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        demand_safe(url)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                http = await self._client()
                async with http.stream(method, url, **more) as answer:
                    status, body = answer.status_code, await _body(answer)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError) as error:
            raise errors.Unavailable(
                f"The sign-in service does not answer ({type(error).__name__}). "
                "Try again in a moment."
            ) from error
        found = _object(body)
        if status >= _FAILED:
            code = found.get("error") if found else None
            raise Refused(status, code if isinstance(code, str) else "")
        if found is None or not httpx2.codes.is_success(status):
            raise unusable(f"{httpx2.URL(url).host} answered no JSON object (status {status})")
        return found

    async def _client(self) -> httpx2.AsyncClient:
        if self._http is None:
            # A bundle of authorities takes milliseconds to read, and the loop has others to serve.
            tls = await asyncio.to_thread(_trusting, self._ca_file)
            self._http = self._http or httpx2.AsyncClient(
                verify=tls, timeout=SECONDS, trust_env=False, follow_redirects=False
            )
        return self._http


def unusable(what: str) -> errors.Unavailable:
    """Return the error for an answer that no provider should give."""
    return errors.Unavailable(f"The sign-in service cannot be used: {what}.")


def demand_safe(url: str) -> None:
    """Raise `errors.Unavailable` for an address that is neither https nor on this machine."""
    if not is_safe(url):
        raise unusable("it names an address that is neither https nor on this machine")


def is_safe(url: str) -> bool:
    """Whether an address is https, or http on this machine itself."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError):
        return False
    if parsed.scheme == "https":
        return bool(parsed.host)
    return parsed.scheme == "http" and _is_here(parsed.host)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise errors.Unavailable(
            f"The authorities in {ca_file} cannot be read: {error}."
        ) from error


async def _body(answer: httpx2.Response) -> bytes:
    found = bytearray()
    async for piece in answer.aiter_bytes():
        found += piece
        if len(found) > MAX_BYTES:
            raise unusable(f"it answered more than {MAX_BYTES:,} bytes")
    return bytes(found)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
