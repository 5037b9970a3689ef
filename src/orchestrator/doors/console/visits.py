"""One request of somebody who is signed in: who it is, what they sent, and ways to answer."""

from typing import Any, Final
from urllib.parse import quote

import msgspec
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from orchestrator.core.model.access import Actor, Permission
from orchestrator.doors.console import cookies, navigation, rendering
from orchestrator.doors.console.cookies import Notice, Ticket
from orchestrator.doors.console.drawing import Page
from orchestrator.doors.console.faults import NOTHING
from orchestrator.doors.console.rooms import Rooms
from orchestrator.services.directory.sessions import Lent, SignedIn

FIELDS: Final = 5_000
"""The most fields of a form: a list of skills or a schedule is far below."""

_ADDRESS: Final = "/%?=&#+;:,@!$'()*~"
"""What stands for itself in an address; the rest is escaped, for headers hold ASCII alone."""


class Visit:
    """A page's whole world: it asks ``rooms`` as ``actor`` and returns one of the answers below."""

    def __init__(
        self, request: Request, rooms: Rooms, *, signed: SignedIn, ticket: Ticket, form: FormData
    ) -> None:
        self.request = request
        self.rooms = rooms
        self.signed = signed
        self.form = form
        self._ticket = ticket

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.signed.actor

    @property
    def account(self) -> str:
        """Whose account it is."""
        return self.signed.user.account

    @property
    def csrf(self) -> str:
        """The token that forms of this session carry."""
        return self._ticket.csrf

    async def lend(self) -> Lent:
        """Return a bearer of the messaging cloud for this browser; raises as `Logins.lend`."""
        return await self.rooms.directory.logins.lend(
            self._ticket.account, cookie=self._ticket.cookie, csrf=self._ticket.csrf
        )

    @property
    def is_partial(self) -> bool:
        """Whether htmx asks for a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    def may(self, permission: Permission) -> bool:
        """Whether the visitor has a permission: pages do not offer what would be refused."""
        return self.actor.may(permission)

    def at(self, name: str) -> str:
        """Return a part of the path, as the route names it."""
        return str(self.request.path_params[name])

    def asked(self, name: str, default: str = "") -> str:
        """Return a value of the query."""
        return self.request.query_params.get(name, default)

    def text(self, name: str) -> str:
        """Return a field of the form, without blanks around it; empty when it is absent."""
        found = self.form.get(name, "")
        return found.strip() if isinstance(found, str) else ""

    def texts(self, name: str) -> list[str]:
        """Return all values of a field."""
        return [found for found in self.form.getlist(name) if isinstance(found, str)]

    def page(self, template: str, *, status: int = 200, **shown: Any) -> Response:
        """Answer with a whole page."""
        notice = cookies.found(self.request)
        shown = self._common() | {"notice": notice} | shown
        response = Page(rendering.pieces(template, shown), status)
        if notice is not None:
            cookies.clear(response, self.request)
        return response

    def part(self, template: str, name: str, *, status: int = 200, **shown: Any) -> Response:
        """Answer with one block of a template."""
        return Page(rendering.block(template, name, self._common() | shown), status)

    def go(self, path: str, *, notice: str | Notice | None = None) -> Response:
        """Send the browser to ``path`` below ``/console``, with a sentence to show there."""
        target = quote(cookies.PATH + path, safe=_ADDRESS)
        if self.is_partial:
            response = Response(headers={"HX-Redirect": target})
        else:
            response = RedirectResponse(target, 303)
        if notice is not None:
            left = Notice(notice) if isinstance(notice, str) else notice
            cookies.leave(response, self.request, left)
        return response

    def _common(self) -> dict[str, Any]:
        path = self.request.url.path.removeprefix(cookies.PATH).rstrip("/")
        return {
            "visit": self,
            "user": self.signed.user,
            "account": self.account,
            "may": self.may,
            "csrf": self.csrf,
            "parts": navigation.seen_by(self.actor),
            "here": path,
            "fault": NOTHING,
            "notice": None,
        }


class Row(msgspec.Struct, frozen=True):
    """One route of a page: ``path`` is below ``/console``; ``endpoint`` takes a `Visit`."""

    method: str
    path: str
    endpoint: Any
