"""How requests of the API are unpacked and answers packed."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from orchestrator.core.model import errors, times
from orchestrator.doors.api import credentials, problems

Handler = Callable[[Request], Awaitable[Response]]

_JSON: Final = (b"content-type", b"application/json")

_log = structlog.get_logger(__name__)


def plain(value: Any) -> Any:
    """Return structs, times and containers as plain JSON: camelCase, ISO 8601 in UTC."""
    return _times(msgspec.to_builtins(value, builtin_types=(datetime,)))


def record(value: Any, *, but: Sequence[str] = ("account",)) -> dict[str, Any]:
    """Return a struct as a JSON object, without the fields ``but``."""
    return {field: each for field, each in plain(value).items() if field not in but}


class Encoded(Response):
    """An answer that is JSON already: without the looks that others take at their headers."""

    def __init__(
        self, body: bytes, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        self.raw_headers = [(b"content-length", b"%d" % len(body)), _JSON]
        if headers:
            self.headers.update(headers)


def json(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON answer."""
    return Encoded(msgspec.json.encode(body), status=status, headers=headers)


class Careful(Request):
    """A request whose body is bounded and is JSON that every database can keep."""

    def __init__(self, scope: Scope, receive: Receive, *, limit: int) -> None:
        super().__init__(scope, receive)
        self._limit = limit
        self._content: bytes | None = None

    async def body(self) -> bytes:
        """Read the body. Raises `problems.TooLarge`, or BadInput when the client leaves."""
        if self._content is None:
            self._content = await content(self, limit=self._limit)
        return self._content

    async def json(self) -> Any:
        """Return the body as plain objects. Raises `errors.BadInput`."""
        return decoded(await self.body())


async def content(request: Request, *, limit: int) -> bytes:
    """Read a body of at most ``limit`` bytes. Raises as `Careful.body`."""
    chunks: list[bytes] = []
    size = 0
    while True:  # `Request.stream` does the same, and takes as long as the rest of a decision
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise errors.BadInput("The client left before it had sent its request.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise problems.TooLarge(f"The body is larger than {limit} bytes.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunk if len(chunks) == 1 else b"".join(chunks)


def decoded(sent: bytes) -> Any:
    """Return JSON as plain objects; PostgreSQL keeps no NUL in a text, so it is refused."""
    try:
        found = msgspec.json.decode(sent)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise errors.BadInput(f"The body is not JSON: {error}.") from error
    if rb"\u0000" in sent and _holds_nul(found):
        raise errors.BadInput("The body holds a NUL character, which is no text.")
    return found


def guarded(handler: Handler, *, limit: int) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return ``handler`` with every error answered as a problem: ours by their kind, others 500."""

    async def guard(request: Request) -> Response:
        try:
            demand_names(request)
            response = await handler(Careful(request.scope, request.receive, limit=limit))
        except errors.OrchestratorError as error:
            response = problems.answer(error)
        except RequestValidationError as error:
            response = problems.misshapen(error)
        except HTTPException as error:
            response = problems.unserved(error)
        except Exception:  # noqa: BLE001 - the last fence: a bug costs this request only
            _log.exception("api.bug", path=request.scope.get("route_path", request.url.path))
            response = problems.bug()
        credentials.tell_left(request, response)
        return response

    return guard


class Hot:
    """An endpoint as an application, without the fences of other routes: it has its own."""

    def __init__(self, guard: Handler) -> None:
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        response = await self._guard(Request(scope, receive, send))
        await response(scope, receive, send)


def route(limit: int) -> type[APIRoute]:
    """Return the kind of route that answers every error as a problem."""

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            return guarded(_reading_json(super().get_route_handler()), limit=limit)

    return Guarded


def _reading_json(handler: Handler) -> Handler:
    """Return ``handler`` for bodies that are JSON whatever they are called, as on hot routes.

    FastAPI looks at the type first, and ``curl -d`` says that it sends a form.
    """

    async def read(request: Request) -> Response:
        sent = [each for each in request.scope["headers"] if each[0] != b"content-type"]
        request.scope["headers"] = [*sent, (b"content-type", b"application/json")]
        return await handler(request)

    return read


def demand_names(request: Request) -> None:
    """Control characters name nothing, and not every database takes them in a question."""
    asked = [*request.scope["path_params"].values()]
    if request.scope["query_string"]:
        asked += request.query_params.values()
    if not all(str(each).isprintable() for each in asked):
        raise errors.NotFound("There is nothing at this address.")


def _holds_nul(value: Any) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any("\0" in key or _holds_nul(each) for key, each in value.items())
        case list():
            return any(_holds_nul(each) for each in value)
    return False


def _times(value: Any) -> Any:
    match value:
        case datetime():
            return times.iso(value)
        case dict():
            return {key: _times(each) for key, each in value.items()}
        case list() | tuple():
            return [_times(each) for each in value]
    return value
