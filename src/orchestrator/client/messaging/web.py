"""HTTP as this platform needs it: JSON both ways, foreign errors translated, no shared cookies."""

import ssl
from http import cookiejar
from typing import Any, Final, TypeVar

import httpx2
import msgspec

from orchestrator.core.model import errors

T = TypeVar("T")

TIMEOUT_SECONDS: Final = 10.0
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})


Client = httpx2.AsyncClient
"""What REST calls go through, so that users of this package need not name the library."""


def client(tls: ssl.SSLContext, *, timeout_seconds: float = TIMEOUT_SECONDS) -> httpx2.AsyncClient:
    """Return an HTTP client; whoever opens it closes it.

    Cookies are never kept: sessions of several users may share one client. This machine is reached
    without the proxy that the environment may name.
    """
    nobody = cookiejar.DefaultCookiePolicy(allowed_domains=[])
    return httpx2.AsyncClient(
        verify=tls,
        timeout=timeout_seconds,
        cookies=cookiejar.CookieJar(policy=nobody),
        mounts={f"all://{host}": httpx2.AsyncHTTPTransport(verify=tls) for host in LOOPBACK},
        headers={"Accept": "application/json"},
    )


async def send(
    http: httpx2.AsyncClient,
    method: str,
    *,
    url: str,
    what: str,
    json: Any = None,
    headers: dict[str, str] | None = None,
) -> httpx2.Response:
    """Send one request; ``what`` names it for people, such as "login".

    Raises ``errors.Unauthenticated`` for 401, ``Forbidden`` for 403, ``NotFound`` for 404,
    ``BadInput`` for other 4xx, and ``Unavailable`` for 429, 5xx, unknown codes such as 901, and
    trouble on the way. Messages name no address, which may hold a secret.
    """
    content = None if json is None else msgspec.json.encode(json)
    sent = dict(headers or {})
    if content is not None:
        sent["Content-Type"] = "application/json"
    try:
        response = await http.request(method, url, content=content, headers=sent)
    except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
        raise errors.Unavailable(f"No answer to {what}: {type(error).__name__}.") from error
    if response.status_code >= 300:  # noqa: PLR2004  a redirect is no answer either
        raise _error(response.status_code, what)
    return response


def _error(status: int, what: str) -> errors.OrchestratorError:
    message = f"The platform answered {status} to {what}."
    match status:
        case 401:
            return errors.Unauthenticated(message)
        case 403:
            return errors.Forbidden(message)
        case 404:
            return errors.NotFound(message)
        case _ if 400 <= status < 500 and status != 429:  # noqa: PLR2004  HTTP's own numbers
            return errors.BadInput(message)
        case _:
            return errors.Unavailable(message)


def read(response: httpx2.Response, kind: type[T], *, what: str) -> T:
    """Return the JSON body as ``kind``; ``errors.Unavailable`` when it is something else."""
    try:
        return msgspec.json.decode(response.content, type=kind)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise errors.Unavailable(f"The answer to {what} is not what it should be.") from error
