"""The gateway's routes: one application for both ports."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.agents import AgentSockets
from orchestrator.doors.gateway.configuration import Configuration
from orchestrator.doors.gateway.discovery import Discovery
from orchestrator.doors.gateway.health import Health
from orchestrator.doors.gateway.identity import Identity
from orchestrator.doors.gateway.login import Login
from orchestrator.doors.gateway.past import Past
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.doors.gateway.visitors import VisitorSockets

ACCOUNT = "/api/account/{account}"
HISTORY = "/messaging_history/api/account/{account}"
CONFIGURATION = f"{ACCOUNT}/configuration/le-users"
SOCKETS = "/ws_api/account/{account}/messaging"


def application(rooms: Rooms) -> Starlette:
    """Return the application over ``rooms``."""
    discovery = Discovery(rooms)
    login = Login(rooms, discovery)
    identity = Identity(rooms)
    past = Past(rooms)
    configuration = Configuration(rooms)
    health = Health(rooms)
    table = (
        ("GET", "/healthz", health.alive),
        ("GET", "/readyz", health.ready),
        ("GET", f"{ACCOUNT}/service/baseURI.json", discovery.all),
        ("GET", f"{ACCOUNT}/service/{{service}}/baseURI.json", discovery.one),
        ("POST", f"{ACCOUNT}/login", login.begin),
        ("POST", f"{ACCOUNT}/refresh", login.refresh),
        ("POST", f"{ACCOUNT}/logout", login.logout),
        ("POST", f"{ACCOUNT}/signup", identity.sign_up),
        ("POST", f"{ACCOUNT}/anonymous/authorize", identity.anonymous),
        ("POST", f"{ACCOUNT}/authenticate", identity.authenticate),
        ("POST", f"{ACCOUNT}/app/{{connector}}/authenticate", identity.by_connector),
        ("POST", f"{HISTORY}/conversations/consumer/search", past.of_consumer),
        ("POST", f"{HISTORY}/conversations/conversation/search", past.of_conversation),
        ("POST", f"{HISTORY}/agent-view/status", past.agents),
        ("GET", f"{CONFIGURATION}/skills", configuration.skills),
        ("GET", f"{CONFIGURATION}/skills/{{id}}", configuration.skill),
        ("GET", f"{CONFIGURATION}/users", configuration.users),
        ("GET", f"{CONFIGURATION}/users/{{id}}", configuration.user),
    )
    agents, visitors = AgentSockets(rooms), VisitorSockets(rooms)

    async def nothing_there(_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return web.refusal(HTTPStatus(status).phrase, status=status, now=rooms.clock.now())

    return Starlette(
        exception_handlers={HTTPException: nothing_there},
        routes=[
            *(
                Route(path, web.guarded(rooms, endpoint), methods=[method])
                for method, path, endpoint in table
            ),
            WebSocketRoute(f"{SOCKETS}/brand/{{bearer}}", agents.accept),
            WebSocketRoute(f"{SOCKETS}/consumer", visitors.accept),
        ],
    )
