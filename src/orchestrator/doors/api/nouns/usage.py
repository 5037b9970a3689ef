"""Usage: what policies decided over a period, as one answer or as a table of CSV."""

from typing import Annotated, Final, Literal

from fastapi import Depends, Query
from starlette.responses import Response

from orchestrator.doors.api import moments, wire
from orchestrator.doors.api.asking import Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.shapes import Moment, Shape
from orchestrator.services.admin import usage
from orchestrator.services.admin.usage_periods import Period

CSV: Final = "text/csv; charset=utf-8"

Length = Annotated[
    Literal["24h", "7d", "30d"] | None,
    Query(description="So long, until now. `since` and `until` go before it."),
]
Since = Annotated[str | None, Query(max_length=40, description="Kept then or later.")]
Until = Annotated[str | None, Query(max_length=40, description="Kept before. Now without it.")]
Zone = Annotated[str, Query(max_length=64, description="Whose days are counted: `Europe/Berlin`.")]
Most = Annotated[
    int, Query(ge=1, le=usage.MOST_FLOWS, description="How many flows, the most frequent first.")
]
Named = Annotated[
    Literal["policies", "never", "spans", "matches", "flows", "latency", "functions"],
    Query(description="Which table."),
]


class PeriodShown(Shape):
    """Whole hours of UTC, and where the spans of every series begin."""

    since: Moment
    until: Moment
    width: Literal["hour", "day", "week"]
    starts: list[Moment]


class PolicyRow(Shape):
    """A policy. `series` has its matches in each span, `share` is of all decisions (0 to 1)."""

    policy_id: str
    name: str
    number: int | None
    standing: Literal["enabled", "disabled", "gone"]
    matches: int
    share: float
    series: list[int]
    last_match: Moment | None


class BinShown(Shape):
    """Decisions that took more than the bin before; `upToMs` null: longer than all others."""

    up_to_ms: int | None
    decisions: int


class LatencyShown(Shape):
    """From taking a conversation until its decision was made."""

    measured: int
    p50_ms: int | None
    p95_ms: int | None
    p99_ms: int | None
    bins: list[BinShown]
    p50_series: list[int | None]
    p95_series: list[int | None]


class FlowShown(Shape):
    """Decisions that came in on one skill, matched one policy and asked for one target."""

    skill_id: str | None
    skill: str | None
    policy_id: str | None
    policy: str | None
    target: str
    way: Literal["skill", "agent", "message", "fallback"]
    target_id: str | None
    target_name: str | None
    decisions: int


class FunctionRow(Shape):
    """A function's part in decisions. `late` are those of `failed` whose time was up."""

    name: str
    calls: int
    failed: int
    late: int
    cached: int
    refused: int
    p50_ms: int | None
    p95_ms: int | None
    calls_series: list[int]
    failed_series: list[int]


class UsageShown(Shape):
    """What happened in a period. `otherFlows` are decisions of flows that are not shown."""

    period: PeriodShown
    decisions: int
    fell_back: int
    in_trouble: int
    decisions_series: list[int]
    fell_back_series: list[int]
    policies: list[PolicyRow]
    never: list[PolicyRow]
    latency: LatencyShown
    flows: list[FlowShown]
    other_flows: int
    functions: list[FunctionRow]


async def _period(
    asking: Reading,
    *,
    period: Length = None,
    since: Since = None,
    until: Until = None,
    zone: Zone = "UTC",
) -> Period:
    """Return the period that is asked for."""
    return asking.rooms.usage.period(
        period or "",
        since=moments.read(since, path="since"),
        until=moments.read(until, path="until"),
        zone=zone,
    )


async def show(
    asking: Reading,
    *,
    asked: Annotated[Period, Depends(_period)],
    flows: Most = usage.FLOWS,
) -> Response:
    """Show how policies were used over a period.

    Times are widened to whole hours. `GET /decisions` lists what a figure counts, by the same
    `since`, `until`, `policy`, `skill`, `target`.
    """
    found = await asking.rooms.usage.read(asking.actor, asked, flows=flows)
    return wire.json(wire.plain(found))


async def table(
    asking: Reading,
    *,
    table: Named,
    asked: Annotated[Period, Depends(_period)],
) -> Response:
    """Download one table of a period as CSV.

    Times are in UTC. A text that a spreadsheet would take for a formula has `'` before it.
    """
    text = await asking.rooms.usage.csv(asking.actor, asked, table)
    headers = {"content-disposition": f'attachment; filename="usage-{table}.csv"'}
    return Response(text, media_type=CSV, headers=headers)


CALLS: Final = (
    Call("GET", "/usage", show, UsageShown),
    Call("GET", "/usage/csv", table, None),
)
