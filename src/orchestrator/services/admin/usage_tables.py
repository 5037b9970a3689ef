"""The figures of a period as tables, for spreadsheets and programs: a row for each thing."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from orchestrator.core.model import errors, times
from orchestrator.services.admin.usage import PolicyRow, Usage

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""With these a text begins that spreadsheets would calculate."""


Part = Literal["policies", "never", "series", "flows"]
"""What is long in the usage of a period: rows of policies, the matches in their spans, flows."""


class Table(msgspec.Struct, frozen=True):
    """A table: the names of its columns, what makes its rows, and the long ``parts`` it needs."""

    columns: tuple[str, ...]
    rows: Callable[[Usage], Iterator[tuple[Any, ...]]]
    parts: tuple[Part, ...] = ()


def table(name: str) -> Table:
    """Return one of `TABLES`. Raises `errors.BadInput` for ``table``."""
    found = TABLES.get(name)
    if found is None:
        raise errors.BadInput(f"A table is one of {', '.join(TABLES)}.", path="table")
    return found


def text(usage: Usage, name: str) -> str:
    """Return a table as CSV (RFC 4180) under a line of headings, also where nothing is below it.

    Times are ISO 8601 in UTC. A text that a spreadsheet would take for a formula has ``'`` before
    it. Raises as `table`.
    """
    found = table(name)
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow(found.columns)
    out.writerows([_cell(each) for each in row] for row in found.rows(usage))
    return written.getvalue()


def _policies(usage: Usage) -> Iterator[tuple[Any, ...]]:
    for row in usage.policies:
        yield (*_policy(row), row.matches, row.share, row.last_match)


def _never(usage: Usage) -> Iterator[tuple[Any, ...]]:
    for row in usage.never:
        yield (*_policy(row), row.last_match)


def _policy(row: PolicyRow) -> tuple[Any, ...]:
    return row.policy_id, row.name, row.number, row.standing


def _spans(usage: Usage) -> Iterator[tuple[Any, ...]]:
    latency = usage.latency
    for place in range(len(usage.period.starts)):
        yield (
            *usage.period.span(place),
            usage.decisions_series[place],
            usage.fell_back_series[place],
            latency.p50_series[place],
            latency.p95_series[place],
        )


def _matches(usage: Usage) -> Iterator[tuple[Any, ...]]:
    for row in usage.policies:
        for place, matches in enumerate(row.series):
            yield (*usage.period.span(place), row.policy_id, row.name, matches)


def _flows(usage: Usage) -> Iterator[tuple[Any, ...]]:
    for flow in usage.flows:
        yield (
            *(flow.skill_id, flow.skill, flow.policy_id, flow.policy),
            *(flow.way, flow.target_id, flow.target_name, flow.decisions),
        )


def _latency(usage: Usage) -> Iterator[tuple[Any, ...]]:
    for each in usage.latency.bins:
        yield each.up_to_ms, each.decisions


def _functions(usage: Usage) -> Iterator[tuple[Any, ...]]:
    for row in usage.functions:
        yield (
            *(row.name, row.calls, row.failed, row.late),
            *(row.cached, row.refused, row.p50_ms, row.p95_ms),
        )


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return times.iso(value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


_POLICY: Final = ("policyId", "policy", "number", "standing")

TABLES: Final[Mapping[str, Table]] = {
    "policies": Table((*_POLICY, "matches", "share", "lastMatch"), _policies, ("policies",)),
    "never": Table((*_POLICY, "lastMatch"), _never, ("never",)),
    "spans": Table(("since", "until", "decisions", "fellBack", "p50Ms", "p95Ms"), _spans),
    "matches": Table(
        ("since", "until", "policyId", "policy", "matches"), _matches, ("policies", "series")
    ),
    "flows": Table(
        (
            *("skillId", "skill", "policyId", "policy"),
            *("way", "targetId", "target", "decisions"),
        ),
        _flows,
        ("flows",),
    ),
    "latency": Table(("upToMs", "decisions"), _latency),
    "functions": Table(
        ("function", "calls", "failed", "late", "cached", "refused", "p50Ms", "p95Ms"), _functions
    ),
}
"""THE tables, by the names that addresses and commands have for them."""
