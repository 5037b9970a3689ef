"""The gateway's routes: one application for both ports."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.agents import AgentSockets
from orchestrator.doors.gateway.configuration import routes as configuration
from orchestrator.doors.gateway.connector import ConnectorRest
from orchestrator.doors.gateway.discovery import Discovery
from orchestrator.doors.gateway.files import Files
from orchestrator.doors.gateway.functions import Functions
from orchestrator.doors.gateway.health import Health
from orchestrator.doors.gateway.identity import Identity
from orchestrator.doors.gateway.login import Login
from orchestrator.doors.gateway.past import Past
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.doors.gateway.tokens import Tokens
from orchestrator.doors.gateway.visitors import VisitorSockets

ACCOUNT = "/api/account/{account}"
HISTORY = "/messaging_history/api/account/{account}"
TOKENS = "/sentinel/api"
FILE = "/v1/AUTH_{account}/{file}"
SOCKETS = "/ws_api/account/{account}/messaging"


def application(rooms: Rooms) -> Starlette:
    """Return the application over ``rooms``."""
    discovery = Discovery(rooms)
    login = Login(rooms, discovery)
    identity = Identity(rooms)
    connector = ConnectorRest(rooms)
    past = Past(rooms)
    files = Files(rooms)
    tokens = Tokens(rooms)
    functions = Functions(rooms)
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
        ("POST", f"{ACCOUNT}/consumer", connector.consumer),
        ("POST", f"{ACCOUNT}/messaging/consumer/conversation", connector.ask),
        ("POST", f"{ACCOUNT}/messaging/consumer/conversation/send", connector.ask),
        ("PUT", FILE, files.put),
        ("GET", FILE, files.get),
        ("OPTIONS", FILE, files.options),
        ("POST", f"{HISTORY}/conversations/search", past.search),
        ("POST", f"{HISTORY}/conversations/consumer/search", past.of_consumer),
        ("POST", f"{HISTORY}/conversations/conversation/search", past.of_conversation),
        ("POST", f"{HISTORY}/conversation/search", past.of_conversation),
        ("POST", f"{HISTORY}/agent-view/status", past.agents),
        ("POST", f"{TOKENS}/account/{{account}}/app/token", tokens.issue),
        ("POST", f"{TOKENS}/v2/account/{{account}}/app/token", tokens.issue),
        ("GET", "/sentinel/well-known/jwks", tokens.keys),
        ("POST", f"{ACCOUNT}/lambdas/{{function}}/invoke", functions.invoke),
        ("POST", f"{ACCOUNT}/events/{{event}}/invoke", functions.invoke),
        ("GET", f"{ACCOUNT}/events/{{event}}/isImplemented", functions.is_implemented),
        *(
            (method, f"{ACCOUNT}{path}", endpoint)
            for method, path, endpoint in configuration.routes(rooms)
        ),
    )
    agents, visitors = AgentSockets(rooms), VisitorSockets(rooms)

    async def nothing_there(_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return web.refusal(
            HTTPStatus(status).phrase,
            status=status,
            now=rooms.clock.now(),
            headers=dict(error.headers or {}) if isinstance(error, HTTPException) else None,
        )

    return Starlette(
        exception_handlers={HTTPException: nothing_there},
        routes=[
            *(
                Route(path, web.guarded(rooms, endpoint), methods=[method])
                for method, path, endpoint in table
            ),
            WebSocketRoute(f"{SOCKETS}/brand", agents.accept),
            WebSocketRoute(f"{SOCKETS}/brand/{{bearer}}", agents.accept),
            WebSocketRoute(f"{SOCKETS}/consumer", visitors.accept),
        ],
    )
