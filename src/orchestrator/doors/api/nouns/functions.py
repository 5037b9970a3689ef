"""Functions behind ``custom.*`` attributes, and the hosts inside that they may reach."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Body, Path
from pydantic import ConfigDict
from starlette.responses import Response

from orchestrator.core.model import errors, times
from orchestrator.doors.api import conditions, paging, wire
from orchestrator.doors.api.asking import Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.conditions import IfMatch
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Shape
from orchestrator.services.admin.functions import FunctionShown

Name = Annotated[str, Path(max_length=500, description="As in `custom.NAME`.")]
HostName = Annotated[str, Path(max_length=300, description="HOST or HOST:PORT.")]
Definition = Annotated[
    dict[str, Any],
    Body(description="`url` or `lambdaId`, `parameters`, and the contract; secrets only go in."),
]


class Function(Shape):
    """A function as its definition, without secrets, and what its calls have cost."""

    model_config = ConfigDict(extra="allow")

    name: str
    has_secrets: bool
    changed_at: Moment
    cost: dict[str, Any]


class NewFunction(Shape):
    """A function to add: its name beside what defines it."""

    model_config = ConfigDict(extra="allow")

    name: str


class Trial(Shape):
    """Attributes to which the function's parameters refer."""

    attributes: dict[str, Any]


class Host(Shape):
    """A host that functions may reach although it is inside."""

    host: str
    port: int | None
    scheme: str
    has_authority: bool


class NewHost(Shape):
    """A host (`HOST` or `HOST:PORT`) to allow; `scheme` http allows both."""

    host: str
    scheme: str = "https"
    authority: str | None = None


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the functions, by name, with what their calls cost."""
    found = await asking.rooms.functions.all(asking.actor)
    page, after = paging.by_key(
        found, lambda each: [each.name.casefold(), each.name], limit=limit, cursor=cursor
    )
    shown = [wire.plain(each.document()) for each in page]
    return paging.answer(asking.request, shown, after, headers={})


async def show(asking: Reading, function: Name) -> Response:
    """Show a function, without its secrets."""
    return _answer(await asking.rooms.functions.show(asking.actor, function))


async def add(asking: Reading, body: NewFunction) -> Response:
    """Add a function: `custom.NAME` is what it answers."""
    document = body.model_extra or {}
    added = await asking.rooms.functions.add(asking.actor, body.name, document=document)
    return _answer(added, status=201)


async def edit(
    asking: Reading, function: Name, body: Definition, if_match: IfMatch = None
) -> Response:
    """Change what is sent of a function; null takes back to the default."""
    seen = _seen(if_match)
    changed = await asking.rooms.functions.edit(asking.actor, function, document=body, seen=seen)
    return _answer(changed)


async def remove(asking: Reading, function: Name, if_match: IfMatch = None) -> Response:
    """Remove a function: policies that read it find it missing."""
    seen = _seen(if_match)
    removed = await asking.rooms.functions.remove(asking.actor, function, seen=seen)
    return wire.json(wire.plain(removed.document()))


async def try_(asking: Reading, function: Name, body: Trial) -> Response:
    """Call a function once, past its cache and its breaker, and answer what came back."""
    tried = await asking.rooms.try_function(asking.actor, function, body.attributes)
    return wire.json(wire.plain(tried))


async def hosts(asking: Reading) -> Response:
    """List the hosts that functions may reach although they are inside."""
    found = await asking.rooms.functions.hosts(asking.actor)
    return wire.json([wire.record(each) for each in found])


async def allow_host(asking: Reading, body: NewHost) -> Response:
    """Let functions reach a host that is not on the public internet."""
    allowed = await asking.rooms.functions.allow_host(
        asking.actor, body.host, scheme=body.scheme, authority=body.authority
    )
    return wire.json(wire.record(allowed), status=201)


async def disallow_host(asking: Reading, host: HostName) -> Response:
    """Take the permission for a host back."""
    return wire.json(wire.record(await asking.rooms.functions.disallow_host(asking.actor, host)))


def _answer(function: FunctionShown, *, status: int = 200) -> Response:
    """Answer with a function, whose state is named by when it was changed last."""
    headers = conditions.tag("f", times.milliseconds(function.changed_at))
    return wire.json(wire.plain(function.document()), status=status, headers=headers)


def _seen(if_match: str | None) -> datetime | None:
    """Return the state that a change is for, None for any. Raises `errors.Stale`."""
    number = conditions.expected("f", if_match)
    try:
        return None if number is None else times.moment(number)
    except OverflowError as error:
        raise errors.Stale("If-Match names a state that this was never in.") from error


CALLS: Final = (
    Call("GET", "/functions", all_, list[Function]),
    Call("POST", "/functions", add, Function, 201),
    Call("GET", "/functions/{function}", show, Function),
    Call("PATCH", "/functions/{function}", edit, Function),
    Call("DELETE", "/functions/{function}", remove, Function),
    Call("POST", "/functions/{function}/try", try_, dict[str, Any]),
    Call("GET", "/function-hosts", hosts, list[Host]),
    Call("POST", "/function-hosts", allow_host, Host, 201),
    Call("DELETE", "/function-hosts/{host}", disallow_host, Host),
)
