"""Namespaces of the context service, for those who administer; programs use v1 and v2."""

import json
from typing import Annotated, Any, Final

import msgspec
from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from orchestrator.doors.api import paging, wire
from orchestrator.doors.api.asking import Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Shape
from orchestrator.services.context.ports import Property

Name = Annotated[str, Path(max_length=1000, description="A namespace.")]
SessionName = Annotated[
    str, Path(max_length=1000, description="A session's id; `__default__` is without one.")
]
PropertyName = Annotated[
    str, Path(alias="property", max_length=1000, description="A property's name.")
]
Seconds = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Namespace(Shape):
    """A namespace. `ttlSeconds` null was never set, 0 keeps for ever.

    `createdAt` is null where it was only used, never registered.
    """

    name: str
    created_at: Moment | None
    ttl_seconds: int | None


class NewNamespace(Shape):
    """A namespace to register; registering it again changes its lifetime where one is sent."""

    name: str
    ttl_seconds: Seconds | None = None


class Lifetime(Shape):
    """For how many seconds what is saved from now on is kept; 0 is for ever."""

    ttl_seconds: Seconds


class GoneNamespace(Shape):
    """A namespace of which nothing is left."""

    name: str


class GoneProperty(Shape):
    """A property that is kept no longer."""

    name: str


class SessionRow(Shape):
    """A session that keeps something."""

    session: str


class Kept(Shape):
    """A property; `expiresAt` null is kept for ever."""

    name: str
    value: Any
    saved_at: Moment
    expires_at: Moment | None


class Put(Shape):
    """What a property is to be: any JSON."""

    value: Any


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the namespaces that are registered or in use, by name."""
    found = await asking.rooms.browsing.namespaces(asking.actor)
    page, after = paging.by_key(found, lambda each: [each.name], limit=limit, cursor=cursor)
    return paging.answer(asking.request, wire.plain(page), after, headers={})


async def show(asking: Reading, namespace: Name) -> Response:
    """Show a namespace."""
    return wire.json(wire.plain(await asking.rooms.browsing.namespace(asking.actor, namespace)))


async def add(asking: Reading, body: NewNamespace) -> Response:
    """Register a namespace, with its lifetime."""
    browsing = asking.rooms.browsing
    await browsing.register(asking.actor, body.name, ttl_seconds=body.ttl_seconds)
    return wire.json(wire.plain(await browsing.namespace(asking.actor, body.name)), status=201)


async def edit(asking: Reading, namespace: Name, body: Lifetime) -> Response:
    """Change a namespace's lifetime, for what is saved from now on."""
    browsing = asking.rooms.browsing
    await browsing.namespace(asking.actor, namespace)
    await browsing.register(asking.actor, namespace, ttl_seconds=body.ttl_seconds)
    return wire.json(wire.plain(await browsing.namespace(asking.actor, namespace)))


async def remove(asking: Reading, namespace: Name) -> Response:
    """Delete a namespace: every session, every document, every lifetime."""
    await asking.rooms.browsing.drop(asking.actor, namespace)
    return wire.json({"name": namespace})


async def sessions(asking: Reading, namespace: Name, cursor: Cursor = None) -> Response:
    """List the sessions that keep something in a namespace, fifty on a page."""
    opened = paging.opened(cursor, types=(int,))
    number = 0 if opened is None else max(0, int(opened[0]))
    found = await asking.rooms.browsing.sessions(asking.actor, namespace, number=number)
    after: paging.Key | None = [number + 1] if found.more else None
    rows = [{"session": each} for each in found.ids]
    return paging.answer(asking.request, rows, after, headers={})


async def session(asking: Reading, namespace: Name, session: SessionName) -> Response:
    """List what a session keeps, by name."""
    found = await asking.rooms.browsing.properties(asking.actor, namespace, session)
    return wire.json([_kept(each) for each in found])


async def end(asking: Reading, namespace: Name, session: SessionName) -> Response:
    """Delete a session with all that it keeps."""
    await asking.rooms.browsing.drop_session(asking.actor, namespace, session)
    return wire.json({"session": session})


async def put(
    asking: Reading, namespace: Name, session: SessionName, property_: PropertyName, body: Put
) -> Response:
    """Save one property of a session."""
    browsing = asking.rooms.browsing
    text = json.dumps(body.value, ensure_ascii=False)
    await browsing.put(asking.actor, namespace, session, name=property_, value=text)
    found = await browsing.properties(asking.actor, namespace, session)
    return wire.json(next(_kept(each) for each in found if each.name == property_))


async def take(
    asking: Reading, namespace: Name, session: SessionName, property_: PropertyName
) -> Response:
    """Delete one property of a session."""
    await asking.rooms.browsing.remove(asking.actor, namespace, session, name=property_)
    return wire.json({"name": property_})


def _kept(each: Property) -> dict[str, Any]:
    return {
        "name": each.name,
        "value": msgspec.json.decode(each.value),
        "savedAt": wire.plain(each.saved_at),
        "expiresAt": wire.plain(each.expires_at),
    }


CALLS: Final = (
    Call("GET", "/namespaces", all_, list[Namespace]),
    Call("POST", "/namespaces", add, Namespace, 201),
    Call("GET", "/namespaces/{namespace}", show, Namespace),
    Call("PATCH", "/namespaces/{namespace}", edit, Namespace),
    Call("DELETE", "/namespaces/{namespace}", remove, GoneNamespace),
    Call("GET", "/namespaces/{namespace}/sessions", sessions, list[SessionRow]),
    Call("GET", "/namespaces/{namespace}/sessions/{session}", session, list[Kept]),
    Call("DELETE", "/namespaces/{namespace}/sessions/{session}", end, SessionRow),
    Call("PUT", "/namespaces/{namespace}/sessions/{session}/{property}", put, Kept),
    Call("DELETE", "/namespaces/{namespace}/sessions/{session}/{property}", take, GoneProperty),
)
