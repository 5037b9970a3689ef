"""Decisions as they were recorded, whether a conversation was routed or somebody asked."""

from typing import Annotated, Any, Final

from fastapi import Path
from starlette.responses import Response

from orchestrator.doors.api import paging, wire
from orchestrator.doors.api.asking import Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Shape

Decision = Annotated[str, Path(max_length=200, description="A decision's id.")]


class DecisionRow(Shape):
    """A decision: which policy of which version, and what was to be done."""

    decision_id: str
    conversation_id: str | None
    at: Moment
    version: int
    policy_id: str | None
    policy: str | None
    no_match_reason: str | None
    actions: list[dict[str, Any]]


class DecisionShown(Shape):
    """A decision with what became of it, and why."""

    decision: DecisionRow
    outcomes: list[dict[str, Any]]
    trace: dict[str, Any] | None
    calls: list[dict[str, Any]]


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the decisions, newest first."""
    found = await asking.rooms.decisions.all(
        asking.actor, limit=limit + 1, after=paging.place(cursor)
    )
    rows = [wire.record(each) for _, each in found[:limit]]
    last = found[limit - 1][0] if len(found) > limit else None
    after = None if last is None else paging.key_of(last.at, last.id)
    return paging.answer(asking.request, rows, after, headers={})


async def show(asking: Reading, decision: Decision) -> Response:
    """Show a decision: what was known, what became of it, and why."""
    return wire.json(wire.plain(await asking.rooms.decisions.show(asking.actor, decision)))


CALLS: Final = (
    Call("GET", "/decisions", all_, list[DecisionRow]),
    Call("GET", "/decisions/{decision}", show, DecisionShown),
)
