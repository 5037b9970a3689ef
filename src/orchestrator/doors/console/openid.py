"""Signing in and out by a provider of OpenID Connect: the way there, and the way back."""

from collections.abc import Iterator
from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from orchestrator.core.model import errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import cookies, faults, navigation, rendering, retold
from orchestrator.doors.console.cookies import Ticket
from orchestrator.doors.console.rooms import SingleSignOn
from orchestrator.doors.console.words import _
from orchestrator.services.directory import openid, sessions

START: Final = "/sign-in/openid"
CALLBACK: Final = f"{cookies.PATH}{START}/callback"

_log = structlog.get_logger(__name__)


class OpenIdDoor:
    """The pages on the way to the provider and back. Without a provider there are none."""

    def __init__(self, single: SingleSignOn | None) -> None:
        self._single = single

    def rows(self) -> Iterator[tuple[str, str, Any]]:
        """Yield method, path below the console, and endpoint."""
        if self._single is not None:
            yield "GET", START, self.begin
            yield "GET", f"{START}/callback", self.finish

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider."""
        back = navigation.inside(request.query_params.get("next", ""))
        try:
            begun = await self._service.begin(
                redirect=f"{self._base(request)}{CALLBACK}", back=back
            )
        except OrchestratorError as error:
            return self._failed(request, error, back=back)
        response = RedirectResponse(begun.url, 303)
        seconds = int(openid.PATIENCE.total_seconds())
        cookies.keep(response, request, cookies.OPENID_FLOW, begun.kept, seconds=seconds)
        return response

    async def finish(self, request: Request) -> Response:
        """Begin the session of whoever comes back; whatever comes of it, this way is used up."""
        kept = cookies.kept(request, cookies.OPENID_FLOW) or ""
        try:
            entered = await self._service.finish(kept, request.query_params)
        except OrchestratorError as error:
            response = self._failed(request, error, back="")
        else:
            session = entered.session
            start = cookies.PATH + navigation.landing(sessions.actor_of(session.user))
            response = RedirectResponse(entered.back or start, 303)
            ticket = Ticket(session.user.account, session.cookie, session.csrf)
            cookies.give(response, request, ticket)
            cookies.keep(response, request, cookies.OPENID_HINT, entered.hint)
        cookies.drop(response, request, cookies.OPENID_FLOW)
        return response

    async def farewell(self, request: Request) -> Response | None:
        """Return the page that leads on to the provider's own sign-out; None where there is none.

        It is a page and no redirect: browsers hold redirects of forms to ``form-action`` too, and
        no address of another's is let into that.
        """
        if self._single is None:
            return None
        hint = cookies.kept(request, cookies.OPENID_HINT)
        url = await self._service.farewell(
            hint, back=f"{self._base(request)}{cookies.PATH}/sign-in"
        )
        if url is None:
            return None
        return HTMLResponse(rendering.rendered("openid_farewell.html", {"url": url}))

    @property
    def _service(self) -> openid.OpenId:
        assert self._single is not None  # noqa: S101 - without it there are no rows
        return self._single.service

    def _base(self, request: Request) -> str:
        assert self._single is not None  # noqa: S101 - as above
        address = self._single.address or f"{request.url.scheme}://{request.url.netloc}"
        return address.rstrip("/")

    def _failed(self, request: Request, error: OrchestratorError, *, back: str) -> Response:
        assert self._single is not None  # noqa: S101 - as above
        _log.info("console.openid_failed", code=error.code)
        is_known = isinstance(error, errors.Forbidden)
        shown = {
            "heading": _("You may not come in") if is_known else _("Not signed in"),
            "message": retold.of(error.message),
            "single": self._single,
            "again": isinstance(error, errors.Unauthenticated | errors.Unavailable),
            "back": back,
            "is_in": cookies.ticket(request) is not None,
        }
        return HTMLResponse(rendering.rendered("openid_fault.html", shown), faults.status(error))
