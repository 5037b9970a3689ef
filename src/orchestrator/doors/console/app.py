"""The console's routes: who comes in, what is refused, and what every answer carries."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

import structlog
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from orchestrator.core.model import errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import (
    cookies,
    drawing,
    faults,
    language,
    openid,
    pages,
    rendering,
    retold,
    sign_in,
)
from orchestrator.doors.console.rooms import Rooms
from orchestrator.doors.console.sealed import Sealed
from orchestrator.doors.console.visits import FIELDS, Row, Visit
from orchestrator.doors.console.words import _

PREFIX: Final = cookies.PATH

_SAFE: Final = frozenset({"GET", "HEAD"})

_log = structlog.get_logger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


def application(rooms: Rooms) -> ASGIApp:
    """Return the application over ``rooms``; every address of it begins with `PREFIX`."""
    provided = openid.OpenIdDoor(rooms.single_sign_on)
    door = sign_in.SignIn(rooms, openid=provided)
    pencil = drawing.Pencil()
    open_rows = [
        Route(f"{PREFIX}{path}", _guarded(endpoint), methods=[method])
        for method, path, endpoint in (*door.rows(), *provided.rows(), *language.rows())
    ]
    rows = [
        Route(f"{PREFIX}{row.path}", _guarded(_visiting(rooms, row, pencil)), methods=[row.method])
        for row in pages.rows()
    ]
    made = Starlette(
        routes=[
            Mount(f"{PREFIX}/static", StaticFiles(directory=rendering.STATIC, check_dir=False)),
            *open_rows,
            *rows,
            Route(f"{PREFIX}/", _home),
        ],
        exception_handlers={HTTPException: _unserved},
    )
    return Sealed(language.Spoken(made))


async def _home(_request: Request) -> Response:
    return RedirectResponse(PREFIX)


def _visiting(rooms: Rooms, row: Row, pencil: drawing.Pencil) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        ticket = cookies.ticket(request)
        if ticket is None:
            return _to_sign_in(request)
        try:
            signed = await rooms.directory.logins.by_cookie(
                ticket.account, cookie=ticket.cookie, csrf=ticket.csrf
            )
        except errors.Unauthenticated:
            return _to_sign_in(request)
        form = FormData()
        if request.method not in _SAFE:
            form = await request.form(max_fields=FIELDS, max_files=0)
            demand_token(request, form, wanted=ticket.csrf)
        visit = Visit(request, rooms, signed=signed, ticket=ticket, form=form)
        try:
            response = await row.endpoint(visit)
        except OrchestratorError as error:
            if visit.is_partial:
                raise
            response = visit.page(
                "fault.html",
                status=faults.status(error),
                heading=faults.heading(error),
                error=error,
            )
        if isinstance(response, drawing.Page):
            await response.finish(pencil)
        return response

    return endpoint


def demand_token(request: Request, form: FormData, *, wanted: str) -> None:
    """Refuse a request that some other page made the browser send.

    Raises `errors.Forbidden`. The token comes in a field of the form or in a header.
    """
    given = form.get("csrf") or request.headers.get("x-csrf-token", "")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise errors.Forbidden(
            _("This form is out of date. Load the page again, then send it once more.")
        )


def _to_sign_in(request: Request) -> Response:
    """Ask to sign in, and come back to where they were; a part of a page cannot, so it says so."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = here if request.method in _SAFE and here != PREFIX else ""
    target = f"{PREFIX}/sign-in" + (f"?next={quote(back)}" if back else "")
    if request.headers.get("hx-request") == "true":
        return _toast(_("Nothing is lost: sign in again in another tab."), 401)
    if request.method not in _SAFE:
        message = _(
            "Nothing is lost: sign in again in another tab, then go back to the form and send it "
            "once more."
        )
        shown = {"heading": _("You are signed out"), "message": message, "elsewhere": True}
        return HTMLResponse(rendering.rendered("stranger_fault.html", shown), 401)
    return RedirectResponse(target, 303)


def _guarded(endpoint: Endpoint) -> Endpoint:
    """Answer whatever ``endpoint`` raises: as a notice to htmx, as a page to everybody else."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except OrchestratorError as error:
            return _refused(request, error)
        except HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, people get a page
            _log.exception("console.failed", path=request.url.path, error=type(error).__name__)
            said = _("Something went wrong here. It is logged.")
            return _refused(request, OrchestratorError(said))

    return answered


def _refused(request: Request, error: OrchestratorError) -> Response:
    status = faults.status(error)
    if request.headers.get("hx-request") == "true":
        return _toast(retold.of(error.message), status)
    shown = {
        "heading": faults.heading(error),
        "message": retold.of(error.message),
        "elsewhere": False,
    }
    return HTMLResponse(rendering.rendered("stranger_fault.html", shown), status)


def _toast(text: str, status: int) -> HTMLResponse:
    body = rendering.rendered("toast.html", {"text": text, "sort": "bad"})
    return HTMLResponse(body, status, headers={"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"})


async def _unserved(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    known = {
        400: errors.BadInput(
            _("This form is too long, or came incomplete, so nothing was changed. Shorten it.")
        ),
        404: errors.NotFound(_("There is no such page.")),
        405: errors.NotFound(_("Nothing is shown here: this address takes what a form sends.")),
    }
    given = known.get(error.status_code) or OrchestratorError(faults.phrase(error.status_code))
    response = _refused(request, given)
    response.status_code = error.status_code
    return response
