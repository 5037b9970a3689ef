"""Login, refresh and logout of agents and bots (service ``agentVep``)."""

from collections.abc import Iterable
from http import cookies
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.model.happening import SessionEnded
from orchestrator.core.model.times import milliseconds
from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.discovery import Discovery
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.services.directory.keys import Credentials
from orchestrator.services.directory.sessions import Session

COOKIE: Final = "Session_id"

PRIVILEGES: Final[dict[str, tuple[int, ...]]] = {
    "conversations.serve": (100, 101, 20013, 20015),
    "conversations.manage": (20001, 30001, 30015),
}
"""Permission → numbers of the platform's permission packages, for clients that look."""


class _Login(msgspec.Struct, rename="camel"):
    username: str | None = None
    password: str | None = None
    app_key: str | None = None
    secret: str | None = None
    access_token: str | None = None
    access_token_secret: str | None = None
    assertion: str | None = None


class _Csrf(msgspec.Struct):
    csrf: str = ""


class Login:
    """The three calls of a session's life."""

    def __init__(self, rooms: Rooms, discovery: Discovery) -> None:
        self._rooms = rooms
        self._discovery = discovery

    async def begin(self, request: Request) -> Response:
        """Answer a login by password or by key; every refusal has an ``error`` in its body."""
        account = web.account_of(request)
        sent = await web.body(request, _Login, limit=self._rooms.limits.body_bytes)
        session = await self._session(account, sent, web.address_of(request))
        answer = web.json(self._welcome(account, session, request.url.hostname))
        answer.set_cookie(COOKIE, session.cookie, path="/", secure=True, httponly=True)
        return answer

    async def refresh(self, request: Request) -> Response:
        """Extend the session of cookie and CSRF token; 200 without a body."""
        account = web.account_of(request)
        sent = await web.body(request, _Csrf, limit=self._rooms.limits.body_bytes)
        await self._rooms.directory.logins.refresh(account, cookie=_cookie(request), csrf=sent.csrf)
        return Response(status_code=200)

    async def logout(self, request: Request) -> Response:
        """End the session; its sockets close with 4401."""
        account = web.account_of(request)
        sent = await web.body(request, _Csrf, limit=self._rooms.limits.body_bytes)
        ended = await self._rooms.directory.logins.logout(
            account, cookie=_cookie(request), csrf=sent.csrf
        )
        told = SessionEnded(account, ended.user.id, ended.session_id)
        self._rooms.announcements.publish([told])
        return Response(status_code=200)

    async def _session(self, account: str, sent: _Login, address: str | None) -> Session:
        logins = self._rooms.directory.logins
        if sent.username is not None and sent.password is not None:
            return await logins.by_password(
                account, username=sent.username, password=sent.password, address=address
            )
        if sent.assertion is not None:
            raise errors.Unauthenticated("Signing in by SAML is not set up for this account.")
        parts = (
            sent.username,
            sent.app_key,
            sent.secret,
            sent.access_token,
            sent.access_token_secret,
        )
        if None in parts:
            raise errors.BadInput(
                "Send username and password, or username, appKey, secret, accessToken and "
                "accessTokenSecret."
            )
        credentials = Credentials(*(part for part in parts if part is not None))
        return await logins.by_key(account, credentials=credentials)

    def _welcome(self, account: str, session: Session, host: str | None) -> dict[str, Any]:
        now = self._rooms.clock.now()
        return {
            "csrf": session.csrf,
            "wsuk": str(int(session.session_id[:15], 16)),
            "sessionId": session.session_id,
            "config": {
                "loginName": session.user.login,
                "userId": session.user.id,
                "userPid": session.user.pid,
                "userPrivileges": _privileges(session),
                "serverCurrentTime": milliseconds(now),
                "timeDiff": 0,
                "serverTimeZoneName": "UTC",
                "serverTimeGMTDiff": 0,
                "isLPA": False,
                "isAdmin": "Administrator" in session.user.roles,
                "accountTimeZoneId": "UTC",
            },
            "csdsCollectionResponse": {"baseURIs": self._discovery.entries(account, host)},
            "accountData": {
                "agentGroupsData": {
                    "items": [{"id": -1, "deleted": False, "name": "Main Group"}],
                    "revision": 1,
                }
            },
            "sessionTTl": str(round(session.lifetime.total_seconds() * 1000)),
            "bearer": session.bearer,
        }


def _privileges(session: Session) -> list[int]:
    return packages(access.permissions(session.user.roles))


def packages(granted: Iterable[str]) -> list[int]:
    """Return the numbers of the platform's packages that go with these permissions."""
    return sorted({number for name in granted for number in PRIVILEGES.get(name, ())})


def _cookie(request: Request) -> str:
    jar: cookies.SimpleCookie = cookies.SimpleCookie()
    try:
        jar.load(request.headers.get("cookie", ""))
    except cookies.CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""
