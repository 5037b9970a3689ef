"""Consumers: what is held of one person, and how it is erased."""

from typing import Annotated, Any, Final

from fastapi import Path
from starlette.responses import Response

from orchestrator.doors.api import paging, wire
from orchestrator.doors.api.asking import Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Shape

Consumer = Annotated[str, Path(max_length=1000, description="A consumer's id.")]


class ConsumerRow(Shape):
    """A consumer. `kind` says who vouches for them."""

    consumer_id: str
    kind: str
    created_at: Moment


class Held(Shape):
    """What is held of a consumer: the profile, and conversations, newest first."""

    consumer_id: str
    profile: Any
    conversations: list[str]


class Erased(Shape):
    """How much was erased. `contexts` counts properties and documents of sessions."""

    conversations: int
    messages: int
    decisions: int
    files: int
    contexts: int
    profiles: int


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the consumers, by id."""
    after = paging.opened(cursor, types=(str,))
    found = await asking.rooms.erasure.all(
        asking.actor, limit=limit + 1, after=str(after[0]) if after else ""
    )
    rows = [wire.record(each) for each in found[:limit]]
    last: paging.Key | None = [found[limit - 1].consumer_id] if len(found) > limit else None
    return paging.answer(asking.request, rows, last, headers={})


async def show(asking: Reading, consumer: Consumer) -> Response:
    """Show what is held of a consumer."""
    return wire.json(wire.plain(await asking.rooms.erasure.show(asking.actor, consumer)))


async def forget(asking: Reading, consumer: Consumer) -> Response:
    """Erase a consumer everywhere; open conversations are closed first.

    Profile, conversations, messages, files, decisions, and the context sessions named by the
    consumer or by their conversations. 404 when nothing is held of them.
    """
    return wire.json(wire.plain(await asking.rooms.erasure.forget(asking.actor, consumer)))


CALLS: Final = (
    Call("GET", "/consumers", all_, list[ConsumerRow]),
    Call("GET", "/consumers/{consumer}", show, Held),
    Call("DELETE", "/consumers/{consumer}", forget, Erased),
)
