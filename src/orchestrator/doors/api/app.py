"""The API's routes: one application for both ports, beside the gateway."""

import functools
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import ASGIApp

from orchestrator.doors.api import calls, openapi, page, problems, wire
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.context_v1 import ContextV1
from orchestrator.doors.api.context_v2 import ContextV2
from orchestrator.doors.api.decisions import DecisionApi
from orchestrator.doors.api.events import Events
from orchestrator.doors.api.exact import Exact
from orchestrator.doors.api.heads import Heads
from orchestrator.doors.api.next_actions import Next
from orchestrator.doors.api.nouns import (
    accounts,
    attributes,
    bot_config,
    campaigns,
    consumers,
    conversations,
    decisions,
    engagements,
    floor,
    functions,
    keys,
    namespaces,
    playground,
    policies,
    queues,
    schedules,
    skills,
    usage,
    users,
    versions,
)
from orchestrator.doors.api.plain import Plain
from orchestrator.doors.api.quickly import Quickly
from orchestrator.doors.api.rooms import Rooms

PREFIXES: Final = ("/v1/account/", "/v2/", "/v3/")
"""Below these every address is this door's."""

VERSION: Final = "3.0.0"
"""Of the interface, not of the program."""

ACCOUNT: Final = "/v3/accounts/{account}"

QUICK: Final = 4
"""Routes that are tried first, and without what stands before all others: those that decide."""

NOUNS: Final[dict[str, Sequence[Call]]] = {
    "accounts": accounts.CALLS,
    "attributes": attributes.CALLS,
    "bot-config": bot_config.CALLS,
    "campaigns": campaigns.CALLS,
    "consumers": consumers.CALLS,
    "conversations": conversations.CALLS,
    "decisions": decisions.CALLS,
    "engagements": engagements.CALLS,
    "floor": floor.CALLS,
    "functions": functions.CALLS,
    "keys": keys.CALLS,
    "namespaces": namespaces.CALLS,
    "playground": playground.CALLS,
    "policies": policies.CALLS,
    "queues": queues.CALLS,
    "schedules": schedules.CALLS,
    "skills": skills.CALLS,
    "usage": usage.CALLS,
    "users": users.CALLS,
    "versions": versions.CALLS,
}


def application(rooms: Rooms) -> ASGIApp:
    """Return the application over ``rooms``."""
    rows = tuple(plain(rooms))
    described = administration(rooms)
    hot = [_route(row, rooms) for row in rows]

    @functools.cache  # made when first asked for: a server starts without
    def document() -> dict[str, Any]:
        return openapi.document(described, rows, version=VERSION)

    @functools.cache
    def shown() -> str:
        return page.rendered(document())

    async def whole(_request: Request) -> Response:
        return wire.json(document())

    async def browsed(_request: Request) -> Response:
        return HTMLResponse(shown())

    hot += [Route("/v3/openapi.json", whole), Route("/v3/docs", browsed)]

    async def unserved(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - these are 404 and 405
        return problems.unserved(_explained(error, request, [*hot, *described.state.routes]))

    for status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        described.add_exception_handler(status, unserved)
    served = Starlette(routes=[*hot, Mount("/", described)])
    return Heads(Quickly(hot[:QUICK], served))


def plain(rooms: Rooms) -> Iterator[Plain]:
    """Yield the hot routes over ``rooms``, the most asked for first."""
    yield from DecisionApi(rooms).rows()
    yield from Next(rooms).rows()
    yield from ContextV1(rooms).rows()
    yield from ContextV2(rooms).rows()
    yield Events(rooms).row()


def administration(rooms: Rooms) -> FastAPI:
    """Return the application of ``/v3``: a router for each noun."""
    described = FastAPI(
        title=openapi.TITLE,
        openapi_url=None,  # the document is served with the plain routes in it
        redirect_slashes=False,
    )
    described.state.rooms = rooms
    router = APIRouter(prefix=ACCOUNT, route_class=wire.route(rooms.limits.body_bytes))
    for noun, rows in NOUNS.items():
        calls.add(router, noun, rows)
    described.include_router(router)
    described.state.routes = router.routes  # the application itself holds them wrapped
    return described


def _explained(
    error: HTTPException, request: Request, routes: Sequence[BaseRoute]
) -> HTTPException:
    """Return ``error`` as it is over all ``routes``: a router knows its own, and one method each.

    An address that some route serves is there: 405, with every method that is (RFC 9110, 15.5.6).
    """
    methods: set[str] = set()
    for route in routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    if not methods:
        return error
    if "GET" in methods:
        methods.add("HEAD")
    allowed = {"Allow": ", ".join(sorted(methods))}
    return HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers=allowed)


def _route(row: Plain, rooms: Rooms) -> Route:
    endpoint = row.endpoint
    if row.failures == "problem":
        endpoint = wire.guarded(endpoint, limit=rooms.limits.body_bytes)
    return Exact(row.path, wire.Hot(endpoint), methods=[row.method])
