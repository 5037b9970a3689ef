"""Attributes that policies can read, and the account's static values."""

from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import ConfigDict
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.doors.api import conditions, paging, wire
from orchestrator.doors.api.asking import Reading, Ruling
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Shape

Name = Annotated[str, Path(max_length=500, description="Such as `custom.vip`.")]


class Attribute(Shape):
    """An attribute: where it comes from, and what it is. Static ones have their value."""

    model_config = ConfigDict(extra="allow")

    name: str
    type: str
    source: str
    description: str
    example: Any
    sensitive: bool


class Value(Shape):
    """The value of a static attribute: any JSON."""

    value: Any


class SavedValue(Shape):
    """What came of setting it, as a new version of the policy set."""

    name: str
    version: int
    value: Any = None


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the attributes, by name; static ones with their values."""
    headers = await asking.at_version()
    found = await asking.rooms.attributes.all(asking.actor)
    page, after = paging.by_key(found, lambda each: [each.name], limit=limit, cursor=cursor)
    shown = [wire.record(each) for each in page]
    return paging.answer(asking.request, shown, after, headers=headers)


async def show(asking: Reading, attribute: Name) -> Response:
    """Show one attribute."""
    headers = await asking.at_version()
    for each in await asking.rooms.attributes.all(asking.actor):
        if each.name == attribute:
            return wire.json(wire.record(each), headers=headers)
    raise errors.NotFound(f"There is no attribute {attribute}.", path="attribute")


async def replace(asking: Ruling, attribute: Name, body: Value) -> Response:
    """Set a static attribute (`custom.NAME`) to a JSON value, as a new version."""
    saved = await asking.policies.set_custom(asking.actor, attribute, value=body.value)
    shown = {"name": attribute, "value": body.value, "version": saved.version}
    return wire.json(shown, headers=conditions.tag("v", saved.version))


async def remove(asking: Ruling, attribute: Name) -> Response:
    """Take a static attribute away, as a new version."""
    saved = await asking.policies.remove_custom(asking.actor, attribute)
    shown = {"name": attribute, "version": saved.version}
    return wire.json(shown, headers=conditions.tag("v", saved.version))


CALLS: Final = (
    Call("GET", "/attributes", all_, list[Attribute]),
    Call("GET", "/attributes/{attribute}", show, Attribute),
    Call("PUT", "/attributes/{attribute}", replace, SavedValue),
    Call("DELETE", "/attributes/{attribute}", remove, SavedValue),
)
