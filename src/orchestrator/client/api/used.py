"""What the API answers about the usage of policies, as data."""

from datetime import datetime

from orchestrator.client.api.shapes import Shape


class Period(Shape, frozen=True):
    """Whole hours, and where the spans of every series begin."""

    since: datetime
    until: datetime
    width: str
    starts: list[datetime]


class PolicyUsed(Shape, frozen=True):
    """A policy's matches in a period, and in each of its spans; ``share`` is of all decisions."""

    policy_id: str
    name: str
    number: int | None
    standing: str
    matches: int
    share: float
    series: list[int]
    last_match: datetime | None


class Bin(Shape, frozen=True):
    """Decisions that took more than the bin before; ``up_to_ms`` None: longer than all others."""

    up_to_ms: int | None
    decisions: int


class Latency(Shape, frozen=True):
    """How long decisions took, in milliseconds."""

    measured: int
    p50_ms: int | None
    p95_ms: int | None
    p99_ms: int | None
    bins: list[Bin]
    p50_series: list[int | None]
    p95_series: list[int | None]


class Flow(Shape, frozen=True):
    """Decisions that came in on one skill, matched one policy and asked for one target."""

    skill_id: str | None
    skill: str | None
    policy_id: str | None
    policy: str | None
    target: str
    way: str
    target_id: str | None
    target_name: str | None
    decisions: int


class FunctionUsed(Shape, frozen=True):
    """A function's part in decisions; ``late`` are those of ``failed`` whose time was up."""

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


class Usage(Shape, frozen=True):
    """What happened in a period; ``other_flows`` are decisions of flows that are not shown."""

    period: Period
    decisions: int
    fell_back: int
    in_trouble: int
    decisions_series: list[int]
    fell_back_series: list[int]
    policies: list[PolicyUsed]
    never: list[PolicyUsed]
    latency: Latency
    flows: list[Flow]
    other_flows: int
    functions: list[FunctionUsed]
