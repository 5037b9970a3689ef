"""What counts of a period are told as: rows with names, shares and percentiles."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from orchestrator.core.model import aim, latency
from orchestrator.core.model.counted import DecidedCount, FlowCount, ResultCount
from orchestrator.core.policy.document import InvalidPolicy, Policy
from orchestrator.services.admin import reports
from orchestrator.services.admin.usage import (
    Bin,
    Flow,
    FunctionRow,
    Latency,
    PolicyRow,
    Standing,
    Usage,
    Way,
)
from orchestrator.services.admin.usage_periods import Period

_WAYS: Final[Mapping[str, Way]] = {
    aim.SKILL: "skill",
    aim.AGENT: "agent",
    aim.MESSAGE: "message",
}
"""How a target begins → what it is; anything else is left to the fallback chain."""

Series = Mapping[int, int]
"""Counts by the places of spans."""
_NOTHING: Final[Series] = {}

Places = Mapping[str, tuple[int, Policy | InvalidPolicy]]
"""Where policies stand in a document, from 1, by their ids."""


class Known(msgspec.Struct, frozen=True):
    """What ids are called now, and where policies stand in the account's document."""

    names: reports.Names
    policies: Places

    def policy(self, policy_id: str) -> str:
        """Return the name of a policy, its id where there is none."""
        found = self.policies.get(policy_id)
        return found[1].name or policy_id if found else policy_id

    def number(self, policy_id: str) -> int | None:
        """Return the place of a policy, from 1."""
        found = self.policies.get(policy_id)
        return found[0] if found else None

    def standing(self, policy_id: str) -> Standing:
        """Return whether a policy is there, and enabled."""
        found = self.policies.get(policy_id)
        if found is None:
            return "gone"
        return "enabled" if found[1].enabled else "disabled"


class Counted(msgspec.Struct, frozen=True):
    """What one look at the rows found of a period; ``series`` and ``last`` of some policies."""

    decided: Mapping[int, DecidedCount]
    matches: Mapping[str, int]
    series: Mapping[str, Series]
    last: Mapping[str, datetime]
    latency: Sequence[ResultCount]
    troubles: Sequence[ResultCount]
    calls: Sequence[ResultCount]


class Listed(msgspec.Struct, frozen=True):
    """Ids of policies that matched, and of enabled ones that did not, in the order of the lists."""

    matched: Sequence[str]
    never: Sequence[str]


def told(
    period: Period,
    counted: Counted,
    known: Known,
    *,
    listed: Listed,
    shown: Sequence[FlowCount],
) -> Usage:
    """Return what happened in a period: rows of the ``listed`` policies, the ``shown`` flows."""
    spans = len(period.starts)
    every = {place: each.decisions for place, each in counted.decided.items()}
    fell_back = {place: each.fell_back for place, each in counted.decided.items()}
    decisions = sum(every.values())

    def listed_rows(policies: Sequence[str]) -> tuple[PolicyRow, ...]:
        return tuple(
            _row(policy_id, counted, known, spans=spans, decisions=decisions)
            for policy_id in policies
        )

    return Usage(
        period=period,
        decisions=decisions,
        fell_back=sum(fell_back.values()),
        in_trouble=sum(each.number for each in counted.troubles),
        decisions_series=_filled(every, spans),
        fell_back_series=_filled(fell_back, spans),
        policies=listed_rows(listed.matched),
        never=listed_rows(listed.never),
        latency=_latency(counted.latency, spans),
        flows=tuple(_flow(each, known) for each in shown),
        other_flows=decisions - sum(each.decisions for each in shown),
        functions=_functions(counted.calls, spans),
    )


def _row(
    policy_id: str, counted: Counted, known: Known, *, spans: int, decisions: int
) -> PolicyRow:
    matches = counted.matches.get(policy_id, 0)
    series = counted.series.get(policy_id, _NOTHING)
    return PolicyRow(
        policy_id,
        known.policy(policy_id),
        known.number(policy_id),
        known.standing(policy_id),
        matches,
        matches / decisions if decisions else 0.0,
        _filled(series, spans),
        counted.last.get(policy_id),
    )


def _latency(found: Sequence[ResultCount], spans: int) -> Latency:
    bins = Counter[int]()
    by_span: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for each in found:
        bins[int(each.result)] += each.number
        by_span[each.place][int(each.result)] += each.number
    return Latency(
        bins.total(),
        latency.percentile(bins, 0.5),
        latency.percentile(bins, 0.95),
        latency.percentile(bins, 0.99),
        tuple(Bin(end or None, bins[end]) for end in latency.BINS),
        tuple(latency.percentile(by_span[place], 0.5) for place in range(spans)),
        tuple(latency.percentile(by_span[place], 0.95) for place in range(spans)),
    )


def _flow(found: FlowCount, known: Known) -> Flow:
    way, identifier = _way(found.target)
    named = known.names.skill if way == "skill" else known.names.user
    return Flow(
        found.skill_id or None,
        known.names.skill(found.skill_id) if found.skill_id else None,
        found.policy_id or None,
        known.policy(found.policy_id) if found.policy_id else None,
        found.target,
        way,
        identifier or None,
        named(identifier) if identifier else None,
        found.decisions,
    )


def _way(target: str) -> tuple[Way, str]:
    for beginning, way in _WAYS.items():
        if target.startswith(beginning):
            return way, target.removeprefix(beginning)
    return "fallback", ""


def _functions(found: Sequence[ResultCount], spans: int) -> tuple[FunctionRow, ...]:
    by_name: defaultdict[str, list[ResultCount]] = defaultdict(list)
    for each in found:
        by_name[each.origin].append(each)
    rows = [_function(name, each, spans) for name, each in by_name.items()]
    return tuple(sorted(rows, key=lambda row: (-row.calls, row.name)))


def _function(name: str, found: Sequence[ResultCount], spans: int) -> FunctionRow:
    ended, bins = Counter[str](), Counter[int]()
    calls, failed = Counter[int](), Counter[int]()
    for each in found:
        how, _, end = each.result.partition(" ")
        ended[how] += each.number
        if end:  # it went out
            bins[int(end)] += each.number
            calls[each.place] += each.number
        if how in ("failed", "late"):
            failed[each.place] += each.number
    return FunctionRow(
        name,
        calls=calls.total(),
        failed=failed.total(),
        late=ended["late"],
        cached=ended["cached"],
        refused=ended["refused"],
        p50_ms=latency.percentile(bins, 0.5),
        p95_ms=latency.percentile(bins, 0.95),
        calls_series=_filled(calls, spans),
        failed_series=_filled(failed, spans),
    )


def _filled(counts: Series, spans: int) -> tuple[int, ...]:
    if not counts:
        return (0,) * spans
    return tuple(counts.get(place, 0) for place in range(spans))
