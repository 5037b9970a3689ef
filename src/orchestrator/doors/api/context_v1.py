"""The Conversation Context Service, first version: namespaces, sessions, properties.

Names in addresses are percent-encoded and may hold slashes that way. Literal words share their
place with names; the rules are in `rows`, whose order counts:

- ``/namespace/{ns}/session`` comes before ``/{ns}/properties/{p}``: with GET it lists lifetimes,
  also where it could mean the property ``session`` of a namespace called ``namespace``.
- ``/{ns}/properties/{p}`` comes before ``/{ns}/{sid}/properties``: what follows ``properties`` is a
  property, also one called ``properties``. PATCH, which could only mean a session, is refused.

Source: conversation-orchestrator 5.1 to 5.3 and 14, rows 12 to 18 and 21.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import errors, times
from orchestrator.core.model.access import Actor
from orchestrator.doors.api import context_wire, wire
from orchestrator.doors.api.plain import Endpoint, Parameter, Plain
from orchestrator.doors.api.rooms import Rooms
from orchestrator.services.context import contexts, values
from orchestrator.services.context.ports import Scope

T = TypeVar("T")

ROOT: Final = "/v1/account/{account}"
_LIFETIMES: Final = f"{ROOT}/namespace/{{namespace}}/session"
_OF_NAMESPACE: Final = f"{ROOT}/{{namespace}}/properties"
_OF_SESSION: Final = f"{ROOT}/{{namespace}}/{{session}}/properties"

_TTL: Final = (
    Parameter("ttlSecond", int, "Seconds for which later savings are kept; 0 is for ever."),
)
_INCLUDE: Final = (Parameter("include", str, "Names of properties, parted by commas."),)
_PAGE: Final = (
    Parameter("page", int, "From 0."),
    Parameter("perPage", int, "1 to 1000, 100 when nothing is said."),
)


class Namespace(msgspec.Struct, frozen=True):
    """The body that names a namespace."""

    name: str


class Session(msgspec.Struct, frozen=True, rename="camel"):
    """The body that names a session."""

    session_id: str


class NamespaceShown(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A registered namespace; ``ttlSecond`` only where it was set."""

    name: str
    created_at: str
    ttl_second: int | None = None


class LifetimeShown(msgspec.Struct, frozen=True, rename="camel"):
    """A session whose lifetime was set."""

    session_id: str
    created_at: str
    ttl_second: int


class SessionShown(msgspec.Struct, frozen=True, rename="camel"):
    """A session and what is in it. Its oldest description has ``properties``, not ``property``."""

    session_id: str
    property: dict[str, Any]


class ContextV1:
    """The endpoints. Reads answer 200, everything else 204 without a body."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._contexts = rooms.contexts

    def rows(self) -> tuple[Plain, ...]:
        """Return THE table of routes, in the order in which they are tried."""
        namespace, session = f"{ROOT}/{{namespace}}", f"{_LIFETIMES}/{{session}}"
        return (
            _reads(ROOT, self.namespaces, "List namespaces", list[NamespaceShown]),
            _changes(
                "POST", ROOT, self.register, "Register a namespace", body=Namespace, query=_TTL
            ),
            _reads(_LIFETIMES, self.lifetimes, "List lifetimes", list[LifetimeShown]),
            _changes(
                "POST", _LIFETIMES, self.set_lifetime, "Set a lifetime", body=Session, query=_TTL
            ),
            _changes(
                "DELETE", session, self.drop_session, "Delete a session and its lifetime (ours)"
            ),
            _changes("DELETE", namespace, self.drop, "Delete a namespace"),
            _reads(
                f"{namespace}/session-ids", self.sessions, "List sessions", list[str], query=_PAGE
            ),
            _reads(
                f"{namespace}/session-properties",
                self.with_properties,
                "List sessions with their properties",
                list[SessionShown],
                query=_PAGE,
            ),
            *self._of(_OF_NAMESPACE, "the default session"),
            *self._of(_OF_SESSION, "a session"),
            _changes("DELETE", _OF_SESSION, self.clear, "Empty a session"),
        )

    def _of(self, path: str, what: str) -> Sequence[Plain]:
        """Return the routes of properties, which namespace and session have alike."""
        one = f"{path}/{{property}}"
        return (
            _reads(path, self.read, f"Read properties of {what}", dict, query=_INCLUDE),
            _changes("PATCH", path, self.save, f"Save properties of {what}", body=dict),
            _reads(one, self.get, f"Read a property of {what}", Any),
            _changes("PUT", one, self.put, f"Save a property of {what}", body=Any),
            _changes("DELETE", one, self.remove, f"Delete a property of {what}"),
        )

    async def namespaces(self, request: Request) -> Response:
        """Answer with the namespaces that were registered."""
        actor = await self._asker(request)
        found = await self._contexts.namespaces(actor.account)
        return wire.json([_namespace(scope) for scope in found])

    async def register(self, request: Request) -> Response:
        """Register a namespace, or set its lifetime."""
        actor = await self._asker(request)
        named = await _body(request, Namespace)
        await self._contexts.register(actor, named.name, ttl_seconds=_ttl(request))
        return _done(named.name)

    async def drop(self, request: Request) -> Response:
        """Delete a namespace and everything in it."""
        actor = await self._asker(request)
        await self._contexts.drop(actor, _given(request, "namespace"))
        return _done()

    async def lifetimes(self, request: Request) -> Response:
        """Answer with the sessions whose lifetime was set."""
        actor = await self._asker(request)
        found = await self._contexts.lifetimes(actor.account, _given(request, "namespace"))
        return wire.json([_lifetime(scope) for scope in found])

    async def set_lifetime(self, request: Request) -> Response:
        """Set a session's lifetime; without a figure it is kept for ever, as by default."""
        actor = await self._asker(request)
        namespace, named = _given(request, "namespace"), await _body(request, Session)
        await self._contexts.set_lifetime(
            actor, namespace, named.session_id, ttl_seconds=_ttl(request) or 0
        )
        return _done(namespace)

    async def drop_session(self, request: Request) -> Response:
        """Delete a session with its lifetime."""
        actor = await self._asker(request)
        namespace, session = _given(request, "namespace"), _given(request, "session")
        await self._contexts.drop_session(actor, namespace, session)
        return _done()

    async def read(self, request: Request) -> Response:
        """Answer with all properties, or those that are asked for; missing ones are left out."""
        actor = await self._asker(request)
        found = await self._contexts.read(
            actor.account, _given(request, "namespace"), _session(request)
        )
        include = request.query_params.get("include")
        if include is not None:
            found = {name: found[name] for name in include.split(",") if name in found}
        return wire.json(found)

    async def save(self, request: Request) -> Response:
        """Save properties; those that are not named stay."""
        actor = await self._asker(request)
        namespace, session = _given(request, "namespace"), _session(request)
        if session == "properties":  # it could be saved, but `read` would ask for a property
            raise errors.BadInput("“properties” cannot be a session here.", path="sessionId")
        members = values.members(await context_wire.content(request))
        await self._contexts.save(actor, namespace, session, members)
        return _done(namespace)

    async def get(self, request: Request) -> Response:
        """Answer with a property's bare value."""
        actor = await self._asker(request)
        namespace, session = _given(request, "namespace"), _session(request)
        name = _given(request, "property")
        return wire.json(await self._contexts.get(actor.account, namespace, session, name))

    async def put(self, request: Request) -> Response:
        """Save one property, whose value is the body."""
        actor = await self._asker(request)
        namespace, session = _given(request, "namespace"), _session(request)
        text = values.value(await context_wire.content(request), path="body")
        members = {_given(request, "property"): text}
        await self._contexts.save(actor, namespace, session, members)
        return _done(namespace)

    async def remove(self, request: Request) -> Response:
        """Delete one property, if it is there."""
        actor = await self._asker(request)
        namespace, session = _given(request, "namespace"), _session(request)
        name = _given(request, "property")
        await self._contexts.remove(actor, namespace, session, [name])
        return _done()

    async def clear(self, request: Request) -> Response:
        """Delete all properties of a session; its lifetime stays."""
        actor = await self._asker(request)
        namespace, session = _given(request, "namespace"), _session(request)
        await self._contexts.clear(actor, namespace, session)
        return _done()

    async def sessions(self, request: Request) -> Response:
        """Answer with a page of session ids."""
        actor = await self._asker(request)
        namespace = _given(request, "namespace")
        return wire.json(
            await self._contexts.sessions(actor.account, namespace, page=_page(request))
        )

    async def with_properties(self, request: Request) -> Response:
        """Answer with a page of sessions and their properties."""
        actor = await self._asker(request)
        namespace = _given(request, "namespace")
        found = await self._contexts.with_properties(actor.account, namespace, page=_page(request))
        return wire.json([SessionShown(session, payload) for session, payload in found])

    async def _asker(self, request: Request) -> Actor:
        return await context_wire.asker(self._rooms, request, account=_given(request, "account"))


def _reads(
    path: str,
    endpoint: Endpoint,
    summary: str,
    answer: Any,
    *,
    query: Sequence[Parameter] = (),
) -> Plain:
    return _row("GET", path, endpoint, summary, answers={200: answer}, query=query)


def _changes(
    method: str,
    path: str,
    endpoint: Endpoint,
    summary: str,
    *,
    body: Any = None,
    query: Sequence[Parameter] = (),
) -> Plain:
    return _row(method, path, endpoint, summary, answers={204: None}, body=body, query=query)


def _row(
    method: str,
    path: str,
    endpoint: Endpoint,
    summary: str,
    *,
    answers: Mapping[int, Any],
    body: Any = None,
    query: Sequence[Parameter] = (),
) -> Plain:
    return Plain(
        method=method,
        path=path,
        endpoint=context_wire.guarded(endpoint),
        summary=summary,
        tag="context v1",
        answers=answers,
        body=body,
        parameters=query,
        security=("mavenApiKey", "apiKey"),
        failures="original",
    )


def _given(request: Request, name: str) -> str:
    return request.path_params[name]


def _session(request: Request) -> str | None:
    return request.path_params.get("session")


def _done(namespace: str = "") -> Response:
    """Return the answer to a change; it names what policies will not see."""
    return Response(status_code=204, headers=context_wire.warning(namespace))


async def _body(request: Request, kind: type[T]) -> T:
    sent = await context_wire.content(request)
    try:
        return msgspec.json.decode(sent, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise errors.BadInput(f"The body is not as it should be: {error}.", path="body") from error


def _ttl(request: Request) -> int | None:
    """Return the lifetime in the query, in either spelling."""
    for name in ("ttlSecond", "ttlSeconds"):
        if name in request.query_params:
            return _number(request, name, 0)
    return None


def _page(request: Request) -> contexts.Page:
    number = _number(request, "page", 0)
    size = _number(request, "perPage", contexts.PER_PAGE)
    if not 1 <= size <= contexts.MOST_PER_PAGE:
        raise errors.BadInput(
            f"perPage must be from 1 to {contexts.MOST_PER_PAGE}.", path="perPage"
        )
    return contexts.Page(number, size)


_DIGITS: Final = 15
"""Of the largest number in a query: what every database counts with."""


def _number(request: Request, name: str, otherwise: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise errors.BadInput(f"{name} must be a whole number, 0 or more.", path=name)
    return int(text)


def _namespace(scope: Scope) -> NamespaceShown:
    return NamespaceShown(scope.namespace, times.iso(scope.created_at), scope.ttl_seconds)


def _lifetime(scope: Scope) -> LifetimeShown:
    return LifetimeShown(scope.session, times.iso(scope.created_at), scope.ttl_seconds or 0)
