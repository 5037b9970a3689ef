"""Login of agents and bots (service ``agentVep``), refresh and logout; signup of consumers."""

from http import cookies
from typing import Any

import httpx2
import msgspec

from orchestrator.client.messaging import discovery, web
from orchestrator.core.model import errors


class Password(msgspec.Struct, frozen=True):
    """What a human signs in with."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Password(username={self.username!r})"


class ApiKey(msgspec.Struct, frozen=True, rename="camel"):
    """What a bot signs in with: the four values of an API key travel in the body, over TLS."""

    username: str
    app_key: str
    secret: str
    access_token: str
    access_token_secret: str

    def __repr__(self) -> str:
        return f"ApiKey(username={self.username!r})"


Credentials = Password | ApiKey


class Session(msgspec.Struct, frozen=True):
    """A login. ``bearer``, ``csrf`` and ``cookie`` are secrets and are never shown.

    ``seconds_to_live`` counts from the login or the last refresh.
    """

    account: str
    user_id: str
    pid: str
    bearer: str
    csrf: str
    cookie: str
    seconds_to_live: float

    def __repr__(self) -> str:
        return f"Session(account={self.account!r}, user_id={self.user_id!r})"

    @property
    def authorization(self) -> dict[str, str]:
        """The header of REST calls."""
        return {"Authorization": f"Bearer {self.bearer}"}


class _Config(msgspec.Struct, rename="camel"):
    user_id: str | int | None = None
    user_pid: str | None = None


class _Answer(msgspec.Struct, rename={"ttl": "sessionTTl"}):
    bearer: str | None = None
    csrf: str = ""
    config: _Config | None = None
    ttl: str | int = "28800000"
    error: Any = None


async def log_in(
    http: httpx2.AsyncClient, services: discovery.Services, *, credentials: Credentials
) -> Session:
    """Log in.

    Raises ``errors.Unauthenticated`` when refused, and ``errors.Unavailable`` when the platform
    cannot be reached or answers nonsense.
    """
    url = services.url("agentVep", f"/api/account/{services.account}/login?v=1.3")
    response = await web.send(http, "POST", url=url, what="login", json=credentials)
    answer = web.read(response, _Answer, what="login")
    if answer.error is not None:
        raise errors.Unauthenticated("The platform refused the login.")
    config = answer.config or _Config()
    if not answer.bearer or config.user_id is None:
        raise errors.Unavailable("The answer to login names no bearer or no user.")
    return Session(
        account=services.account,
        user_id=str(config.user_id),
        pid=config.user_pid or "",
        bearer=answer.bearer,
        csrf=answer.csrf,
        cookie=_cookie(response),
        seconds_to_live=_seconds(answer.ttl),
    )


def _cookie(response: httpx2.Response) -> str:
    pairs: list[str] = []
    for header in response.headers.get_list("set-cookie"):
        jar: cookies.SimpleCookie = cookies.SimpleCookie(header)
        pairs += [f"{name}={morsel.value}" for name, morsel in jar.items()]
    return "; ".join(pairs)


def _seconds(milliseconds: str | int) -> float:
    try:
        return int(milliseconds) / 1000
    except ValueError as error:
        raise errors.Unavailable("The answer to login has no usable sessionTTl.") from error


async def refresh(
    http: httpx2.AsyncClient, services: discovery.Services, *, session: Session
) -> None:
    """Keep the session alive. Raises as ``log_in`` does; Unauthenticated means: log in again."""
    await _with_session(http, services, session=session, path="refresh?v=1.3", what="refresh")


async def log_out(
    http: httpx2.AsyncClient, services: discovery.Services, *, session: Session
) -> None:
    """End the session and its sockets. Raises as ``log_in`` does."""
    await _with_session(http, services, session=session, path="logout", what="logout")


async def _with_session(
    http: httpx2.AsyncClient,
    services: discovery.Services,
    *,
    session: Session,
    path: str,
    what: str,
) -> None:
    url = services.url("agentVep", f"/api/account/{session.account}/{path}")
    headers = {"Cookie": session.cookie}
    body = {"csrf": session.csrf}
    response = await web.send(http, "POST", url=url, what=what, json=body, headers=headers)
    if response.content.strip() and web.read(response, _Answer, what=what).error is not None:
        raise errors.Unauthenticated(f"The platform refused the {what}.")


class _Signup(msgspec.Struct):
    jwt: str


async def sign_up(http: httpx2.AsyncClient, services: discovery.Services) -> str:
    """Return the token (JWT) of a new unauthenticated consumer."""
    url = services.url("idp", f"/api/account/{services.account}/signup")
    response = await web.send(http, "POST", url=url, what="signup")
    return web.read(response, _Signup, what="signup").jwt


async def authenticate(
    http: httpx2.AsyncClient, services: discovery.Services, *, auth_code: str
) -> str:
    """Return the token (JWT) of a consumer who proves who they are with ``auth_code``."""
    url = services.url("idp", f"/api/account/{services.account}/authenticate")
    response = await web.send(
        http, "POST", url=url, what="authenticate", json={"authCode": auth_code}
    )
    return web.read(response, _Signup, what="authenticate").jwt
