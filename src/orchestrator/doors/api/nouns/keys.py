"""API keys, and clients that fetch tokens for them."""

from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from orchestrator.doors.api import paging, wire
from orchestrator.doors.api.asking import Configuring, Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Reference, Shape

Scope = Literal["context", "decide", "admin"]
Rate = Annotated[int, Field(ge=1, le=1_000_000)]


class Key(Shape):
    """What may be shown of a key or client; a client's `prefix` is its user id."""

    prefix: str
    name: str
    kind: Literal["key", "client"]
    scopes: list[str]
    rate: int | None
    created_at: Moment
    state: Literal["active", "ending", "ended"]
    ends_at: Moment | None


class Issued(Shape):
    """A key (`apiKey`, `prefix`) or a client (`userId`, `password`) in clear: shown this once."""

    name: str
    scopes: list[str]
    rate: int | None
    api_key: str | None = None
    prefix: str | None = None
    user_id: str | None = None
    password: str | None = None


class NewKey(Shape):
    """A key to make, or a client. `rate` is in requests a minute."""

    name: str
    kind: Literal["key", "client"] = "key"
    scopes: list[Scope] = Field(default_factory=lambda: ["context", "decide"])
    rate: Rate | None = None


class KeyChange(Shape):
    """What to change of a key or client, from its next request on; `rate` null: no bound."""

    name: str = ""
    scopes: list[Scope] = Field(default_factory=list)
    rate: Rate | None = None


class Rotation(Shape):
    """For how many seconds the old key stays good."""

    overlap_seconds: Annotated[int, Field(ge=0, le=30 * 86_400)] = 0


async def all_(
    asking: Reading,
    prefix: Annotated[str, Query(max_length=100, description="Only what begins so.")] = "",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List keys and clients by name, those that have ended too."""
    headers = await asking.at_revision()
    found = await asking.directory.api_keys.all(asking.actor, prefix=prefix)
    found.sort(key=lambda each: (each.name.casefold(), each.name, each.prefix))
    page, after = paging.by_key(
        found,
        lambda each: [each.name.casefold(), each.name, each.prefix],
        limit=limit,
        cursor=cursor,
    )
    return paging.answer(
        asking.request, [wire.record(each) for each in page], after, headers=headers
    )


async def show(asking: Reading, key: Reference) -> Response:
    """Show a key or client, without its secret."""
    headers = await asking.at_revision()
    shown = wire.record(await asking.directory.api_keys.show(asking.actor, key))
    return wire.json(shown, headers=headers)


async def add(asking: Configuring, body: NewKey) -> Response:
    """Make a key or a client, and answer it in clear, this once."""
    desk = asking.directory.api_keys
    make = desk.add_client if body.kind == "client" else desk.add
    made = await make(asking.actor, name=body.name, scopes=body.scopes, rate=body.rate)
    return await asking.configured(wire.record(made), status=201)


async def edit(asking: Configuring, key: Reference, body: KeyChange) -> Response:
    """Change a key's name, scopes or rate."""
    changes = body.given()
    if "rate" in changes:
        changes["rate"] = changes["rate"] or 0
    changed = await asking.directory.api_keys.edit(asking.actor, key, **changes)
    return await asking.configured(wire.record(changed))


async def rotate(asking: Configuring, key: Reference, body: Rotation) -> Response:
    """Put a new key in the place of one, and answer it in clear, this once."""
    made = await asking.directory.api_keys.rotate(
        asking.actor, key, overlap_seconds=body.overlap_seconds
    )
    return await asking.configured(wire.record(made), status=201)


async def revoke(asking: Configuring, key: Reference) -> Response:
    """End a key now. By its name, the ones that it replaced end too."""
    ended = await asking.directory.api_keys.revoke(asking.actor, key)
    return await asking.configured(wire.record(ended))


CALLS: Final = (
    Call("GET", "/keys", all_, list[Key]),
    Call("POST", "/keys", add, Issued, 201),
    Call("GET", "/keys/{key}", show, Key),
    Call("PATCH", "/keys/{key}", edit, Key),
    Call("POST", "/keys/{key}/rotate", rotate, Issued, 201),
    Call("DELETE", "/keys/{key}", revoke, Key),
)
