"""How policies are used over a period: matches, fallbacks, latency, flows, functions.

Figures are counts that are written with the decisions, by the hour: a period is widened to whole
hours (`usage_periods`), and each figure names the decisions that it counts (`opens`). Every
decision on record counts: those about conversations in the bot's hands and those that programs
asked for. What is only tried (the playground, `orchestrator decide`) is not on record.
"""

from datetime import datetime
from typing import Final, Literal

import msgspec

from orchestrator.core.model.function import Ended
from orchestrator.core.model.wanted import DecisionsWanted, Ending
from orchestrator.services.admin.usage_periods import Period

Standing = Literal["enabled", "disabled", "gone"]
Way = Literal["skill", "agent", "message", "fallback"]
"""What a decision asked for: a transfer to a skill or an agent; only messages; nothing.

After the last two the conversation goes where the fallback chain leads.
"""

FLOWS: Final = 200
"""Flows that are shown unless more are asked for: the most frequent."""
MOST_FLOWS: Final = 10_000


class PolicyRow(msgspec.Struct, frozen=True, rename="camel"):
    """One policy. ``name`` is that of now, the id where it is ``gone``; ``number`` its place.

    ``share`` (0 to 1) is of all decisions; ``series`` has its matches in each of the period's
    spans; ``last_match`` is the hour of its newest match ever on record, None without one.
    """

    policy_id: str
    name: str
    number: int | None
    standing: Standing
    matches: int
    share: float
    series: tuple[int, ...]
    last_match: datetime | None


class Bin(msgspec.Struct, frozen=True, rename="camel"):
    """Decisions that took more than the bin before and at most ``up_to_ms``; None: any longer."""

    up_to_ms: int | None
    decisions: int


class Latency(msgspec.Struct, frozen=True, rename="camel"):
    """From taking a conversation until its decision was made, with everything asked for it.

    It is known of the ``measured`` decisions about conversations, not of those that programs asked
    for. Percentiles are upper ends of bins in ms: None without a decision, and beyond the last.
    ``bins`` has all of them, the shortest first; the series have a value for each span.
    """

    measured: int
    p50_ms: int | None
    p95_ms: int | None
    p99_ms: int | None
    bins: tuple[Bin, ...]
    p50_series: tuple[int | None, ...]
    p95_series: tuple[int | None, ...]


class Flow(msgspec.Struct, frozen=True, rename="camel"):
    """Decisions that came in on one skill, matched one policy and asked for one target.

    ``skill_id`` None: a program asked, nothing rang. ``policy_id`` None: no policy wanted it.
    ``target`` is as in `core.model.aim`; ``target_id`` and ``target_name`` are None but for skills
    and agents. Names are those of now, ids where there is none.
    """

    skill_id: str | None
    skill: str | None
    policy_id: str | None
    policy: str | None
    target: str
    way: Way
    target_id: str | None
    target_name: str | None
    decisions: int


class FunctionRow(msgspec.Struct, frozen=True, rename="camel"):
    """One function's part in decisions, by ``name`` without ``custom.``.

    ``calls`` went out, ``failed`` of them gave no value, ``late`` of those because the time was up.
    ``cached`` answers did not go out; ``refused`` ones were not tried. Percentiles as in `Latency`.
    The series count calls that went out and those that failed.
    """

    name: str
    calls: int
    failed: int
    late: int
    cached: int
    refused: int
    p50_ms: int | None
    p95_ms: int | None
    calls_series: tuple[int, ...]
    failed_series: tuple[int, ...]


class Usage(msgspec.Struct, frozen=True, rename="camel"):
    """What happened in a period.

    ``decisions`` are all, ``fell_back`` those that no policy wanted, ``in_trouble`` those where
    something could not be found out on the way (an attribute, or a conversation that came back too
    often). The series have a count for each of the period's spans. ``policies`` matched at least
    once, the most frequent first; ``never`` are enabled and did not. ``flows`` are the most
    frequent, ``other_flows`` counts the decisions of the rest.
    """

    period: Period
    decisions: int
    fell_back: int
    in_trouble: int
    decisions_series: tuple[int, ...]
    fell_back_series: tuple[int, ...]
    policies: tuple[PolicyRow, ...]
    never: tuple[PolicyRow, ...]
    latency: Latency
    flows: tuple[Flow, ...]
    other_flows: int
    functions: tuple[FunctionRow, ...]


class Overview(msgspec.Struct, frozen=True):
    """A period as pages show it, where there may be thousands of policies.

    ``usage`` has a page of the policies that matched, and one of those that ``never`` did; how many
    there are in all say ``matched`` and ``unmatched``.
    """

    usage: Usage
    matched: int
    unmatched: int


def opens(
    period: Period,
    *,
    span: int | None = None,
    policy: str | None = None,
    ending: Ending | None = None,
    skill: str | None = None,
    target: str | None = None,
    took: int | None = None,
    function: str | None = None,
    call: Ended | None = None,
) -> DecisionsWanted:
    """Return which decisions a figure counts: all of a period, or of one of its spans.

    ``skill`` is the id of the one that they came in on, ``""`` for what programs asked;
    ``target`` is a `Flow`'s; ``took`` is a bin's ``up_to_ms``, 0 for the last; ``function`` the
    name of one that was used, ``call`` how that ended. What is None is left open.
    """
    since, until = (period.since, period.until) if span is None else period.span(span)
    return DecisionsWanted(
        policy=policy,
        ending=ending,
        since=since,
        until=until,
        skill=skill,
        target=target,
        took=took,
        function=function,
        call=call,
    )


def opens_flow(period: Period, flow: Flow) -> DecisionsWanted:
    """Return which decisions a flow counts."""
    return opens(
        period,
        skill=flow.skill_id or "",
        policy=flow.policy_id,
        ending="fell-back" if flow.policy_id is None else None,
        target=flow.target,
    )
