"""Numbers for people and programs: percentiles, and a report that prints as an aligned table."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec


class Report(msgspec.Struct, frozen=True):
    """What one bench found. ``figures`` is its JSON object, ``rows`` the same for people."""

    title: str
    figures: dict[str, Any]
    rows: tuple[tuple[str, str], ...]
    faults: tuple[str, ...] = ()
    """What went wrong that must not: the program ends with exit code 1."""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of all do not exceed; NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table(report: Report) -> str:
    """Return the report as text."""
    width = max((len(label) for label, _ in report.rows), default=0)
    lines = [report.title, *(f"  {label:<{width}}  {text}" for label, text in report.rows)]
    return "\n".join([*lines, *(f"  WRONG: {fault}" for fault in report.faults)])


def milliseconds(values: Sequence[float]) -> dict[str, float | None]:
    """Return p50, p99 and the largest of ``values`` (milliseconds), None where there are none."""
    if not values:
        return {"p50": None, "p99": None, "max": None}
    return {
        "p50": round(percentile(values, 0.50), 1),
        "p99": round(percentile(values, 0.99), 1),
        "max": round(max(values), 1),
    }


def shown(found: dict[str, float | None]) -> str:
    """Return what `milliseconds` found as text."""
    return ", ".join(f"{name} {value}" for name, value in found.items()) + " ms"
