"""Namespaces of the context service, for those who administer; programs use v1 and v2."""

from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.doors.api import paging, wire
from orchestrator.doors.api.asking import Asking, Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Shape
from orchestrator.services.context.ports import Scope

Name = Annotated[str, Path(max_length=1000, description="A namespace.")]
Seconds = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Namespace(Shape):
    """A registered namespace. `ttlSeconds` null was never set; 0 keeps for ever."""

    name: str
    created_at: Moment
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


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the registered namespaces, by name."""
    access.demand(asking.actor, "policies.read")
    found = await asking.rooms.contexts.namespaces(asking.actor.account)
    page, after = paging.by_key(found, lambda each: [each.namespace], limit=limit, cursor=cursor)
    return paging.answer(asking.request, [_shown(each) for each in page], after, headers={})


async def show(asking: Reading, namespace: Name) -> Response:
    """Show a registered namespace."""
    access.demand(asking.actor, "policies.read")
    return wire.json(await _one(asking, namespace))


async def add(asking: Reading, body: NewNamespace) -> Response:
    """Register a namespace, with its lifetime."""
    access.demand(asking.actor, "policies.write")
    contexts = asking.rooms.contexts
    await contexts.register(asking.actor, body.name, ttl_seconds=body.ttl_seconds)
    return wire.json(await _one(asking, body.name), status=201)


async def edit(asking: Reading, namespace: Name, body: Lifetime) -> Response:
    """Change a namespace's lifetime, for what is saved from now on."""
    access.demand(asking.actor, "policies.write")
    await _one(asking, namespace)
    contexts = asking.rooms.contexts
    await contexts.register(asking.actor, namespace, ttl_seconds=body.ttl_seconds)
    return wire.json(await _one(asking, namespace))


async def remove(asking: Reading, namespace: Name) -> Response:
    """Delete a namespace: every session, every document, every lifetime."""
    access.demand(asking.actor, "policies.write")
    await asking.rooms.contexts.drop(asking.actor, namespace)
    return wire.json({"name": namespace})


async def _one(asking: Asking, name: str) -> dict[str, Any]:
    for each in await asking.rooms.contexts.namespaces(asking.actor.account):
        if each.namespace == name:
            return _shown(each)
    raise errors.NotFound(f"There is no registered namespace “{name}”.", path="namespace")


def _shown(scope: Scope) -> dict[str, Any]:
    return {
        "name": scope.namespace,
        "createdAt": wire.plain(scope.created_at),
        "ttlSeconds": scope.ttl_seconds,
    }


CALLS: Final = (
    Call("GET", "/namespaces", all_, list[Namespace]),
    Call("POST", "/namespaces", add, Namespace, 201),
    Call("GET", "/namespaces/{namespace}", show, Namespace),
    Call("PATCH", "/namespaces/{namespace}", edit, Namespace),
    Call("DELETE", "/namespaces/{namespace}", remove, GoneNamespace),
)
