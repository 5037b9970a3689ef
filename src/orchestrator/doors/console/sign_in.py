"""Signing in and out, and the link that makes the first administrator."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from orchestrator.core.model import errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import cookies, faults, navigation, rendering, retold
from orchestrator.doors.console.cookies import Ticket
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.openid import OpenIdDoor
from orchestrator.doors.console.rooms import Rooms
from orchestrator.doors.console.words import _
from orchestrator.services.directory import sessions
from orchestrator.services.directory.sessions import Session

_FIELDS: Final = 10


class SignIn:
    """The pages that strangers see. A session cannot be forced on them: cookies are SameSite."""

    def __init__(self, rooms: Rooms, *, openid: OpenIdDoor) -> None:
        self._rooms = rooms
        self._openid = openid

    def rows(self) -> Iterator[tuple[str, str, Any]]:
        """Yield method, path below the console, and endpoint."""
        yield "GET", "/sign-in", self.ask
        yield "POST", "/sign-in", self.enter
        yield "POST", "/sign-out", self.leave
        yield "GET", "/welcome/{account}/{token}", self.welcome
        yield "POST", "/welcome/{account}/{token}", self.begin

    async def ask(self, request: Request) -> Response:
        """Show the form."""
        back = navigation.inside(request.query_params.get("next", ""))
        return self._asked(account=self._rooms.account, back=back)

    async def enter(self, request: Request) -> Response:
        """Look at account, login and password, and begin a session."""
        _demand_own(request)
        form = await request.form(max_fields=_FIELDS, max_files=0)
        account, login = _text(form.get("account")), _text(form.get("login"))
        back = navigation.inside(_text(form.get("next")))
        try:
            self._demand_passwords()
            session = await self._session(request, account, login, str(form.get("password", "")))
        except (errors.Unauthenticated, errors.TooMany, errors.Forbidden) as error:
            said = retold.of(error.message)
            if isinstance(error, errors.Unauthenticated):
                said = _("Account, login and password do not belong together.")
            elif isinstance(error, errors.TooMany):
                said = _("%(said)s (%(seconds)s seconds)", said=said, seconds=error.seconds)
            response = self._asked(
                status=faults.status(error),
                fault=Fault(rest=(said,)),
                account=account,
                login=login,
                back=back,
            )
            if isinstance(error, errors.TooMany):
                response.headers["retry-after"] = str(error.seconds)
            return response
        start = cookies.PATH + navigation.landing(sessions.actor_of(session.user))
        response = RedirectResponse(back or start, 303)
        cookies.give(response, request, _ticket(session))
        cookies.drop(response, request, cookies.OPENID_HINT)  # of whoever was here before
        return response

    async def leave(self, request: Request) -> Response:
        """End the session, on the server, in the browser, and where it began."""
        _demand_own(request)
        ticket = cookies.ticket(request)
        if ticket is not None:
            with contextlib.suppress(errors.Unauthenticated):  # it was over already
                await self._rooms.directory.logins.logout(
                    ticket.account, cookie=ticket.cookie, csrf=ticket.csrf
                )
        farewell = await self._openid.farewell(request)
        response = farewell or RedirectResponse(f"{cookies.PATH}/sign-in", 303)
        cookies.take(response, request)
        cookies.drop(response, request, cookies.OPENID_HINT)
        return response

    async def welcome(self, request: Request) -> Response:
        """Show the form that makes the first administrator."""
        account, token = _invited(request)
        await self._rooms.directory.first_run.demand(account, token=token)
        return _page("welcome.html", account=account, login="admin")

    async def begin(self, request: Request) -> Response:
        """Make the first administrator and sign them in."""
        _demand_own(request)
        account, token = _invited(request)
        form = await request.form(max_fields=_FIELDS, max_files=0)
        login, password = _text(form.get("login")), str(form.get("password", ""))
        try:
            await self._rooms.directory.first_run.accept(
                account, token=token, login=login, password=password
            )
        except OrchestratorError as error:
            fault = faults.of(error, "login", "password", password_stdin="password")  # noqa: S106 - a field's name
            return _page(
                "welcome.html",
                status=faults.status(error),
                fault=fault,
                account=account,
                login=login,
            )
        session = await self._session(request, account, login, password)
        response = RedirectResponse(cookies.PATH, 303)
        cookies.give(response, request, _ticket(session))
        return response

    def _demand_passwords(self) -> None:
        single = self._rooms.single_sign_on
        if single is not None and single.passwords == "refused":
            raise errors.Forbidden(_("Nobody signs in with a password here."))

    def _asked(self, *, account: str, back: str, login: str = "", **shown: Any) -> Response:
        single = self._rooms.single_sign_on
        given = {"account": account, "back": back, "login": login, "single": single}
        return _page("sign_in.html", **given, **shown)

    async def _session(self, request: Request, account: str, login: str, password: str) -> Session:
        address = request.client.host if request.client else None
        return await self._rooms.directory.logins.by_password(
            account, username=login, password=password, address=address
        )


def _ticket(session: Session) -> Ticket:
    return Ticket(session.user.account, session.cookie, session.csrf)


def _page(template: str, *, status: int = 200, **shown: Any) -> Response:
    given = {"fault": NOTHING} | shown
    return HTMLResponse(rendering.rendered(template, given), status)


def _invited(request: Request) -> tuple[str, str]:
    return request.path_params["account"], request.path_params["token"]


def _text(given: object) -> str:
    return given.strip() if isinstance(given, str) else ""


def _demand_own(request: Request) -> None:
    """Refuse a form that another site made the browser send (there is no session to have a token).

    Browsers say where a request comes from (Fetch Metadata, W3C); what says nothing is no browser.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise errors.Forbidden(_("This form was sent by another site."))
