"""Decisions as they were recorded, whether a conversation was routed or somebody asked."""

from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import Depends, Path, Query
from starlette.responses import Response

from orchestrator.core.model.function import Ended
from orchestrator.core.model.wanted import DecisionsWanted, Ending
from orchestrator.doors.api import moments, paging, wire
from orchestrator.doors.api.asking import Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Shape

Bin = Literal[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, 0]
"""`core.model.latency.BINS`."""

Decision = Annotated[str, Path(max_length=200, description="A decision's id.")]

_CONVERSATION: Final = "Its id, or how it begins: eight characters or more."


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


async def _counted(
    *,
    skill: Annotated[
        str | None, Query(max_length=200, description="Came in on it; empty: a program asked.")
    ] = None,
    target: Annotated[str | None, Query(max_length=1000, description="As usage has it.")] = None,
    took: Annotated[Bin | None, Query(description="The bin's end in ms; 0 is the last.")] = None,
    function: Annotated[str | None, Query(max_length=1000, description="One it used.")] = None,
    call: Annotated[Ended | None, Query(description="How the function's call ended.")] = None,
) -> DecisionsWanted:
    """Return what a figure of usage counts besides."""
    plain = function and function.removeprefix("custom.")
    return DecisionsWanted(skill=skill, target=target, took=took, function=plain, call=call)


async def all_(
    asking: Reading,
    *,
    conversation: Annotated[str | None, Query(max_length=200, description=_CONVERSATION)] = None,
    consumer: Annotated[str | None, Query(max_length=1000, description="Their id.")] = None,
    policy: Annotated[str | None, Query(max_length=1000, description="Its id.")] = None,
    ending: Annotated[Ending | None, Query(description="How it ended.")] = None,
    since: Annotated[str | None, Query(max_length=40, description="Kept then or later.")] = None,
    until: Annotated[str | None, Query(max_length=40, description="Kept before.")] = None,
    counted: Annotated[DecisionsWanted, Depends(_counted)],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List the decisions, newest first; those that are wanted."""
    wanted = msgspec.structs.replace(
        counted,
        conversation=conversation,
        consumer=consumer,
        policy=policy,
        ending=ending,
        since=moments.read(since, path="since"),
        until=moments.read(until, path="until"),
    )
    found = await asking.rooms.decisions.all(
        asking.actor, limit=limit + 1, after=paging.place(cursor), wanted=wanted
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
