"""Decisions as rows: what is kept of each, and everything by which it is counted and found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy

from orchestrator.adapters.storage import prepared, tables, tallies, usage
from orchestrator.core.model import aim, latency, times
from orchestrator.core.model.function import Call, Ended
from orchestrator.core.model.receipt import Receipt

_ADD: Final = prepared.Statement(tables.decisions.insert())
_ADD_USE: Final = prepared.Statement(tables.function_uses.insert())

ROW: Final = "row"
CALLS: Final = "calls"

_WORSE: Final[tuple[Ended, ...]] = ("cached", "answered", "refused", "failed")


def kept(
    receipt: Receipt, *, arrival: str, at: datetime, made: datetime | None = None
) -> dict[str, Any]:
    """Return a decision to `write`: its `ROW`, and its `CALLS` of functions.

    ``at`` is when it is kept; ``made`` is when it was known, None where nobody looked at a clock
    when it began.
    """
    row = {
        "account": receipt.account,
        "id": receipt.decision_id,
        "conversation_id": receipt.conversation_id,
        "arrival": arrival,
        "at": at,
        "version_hash": receipt.version,
        "version_number": receipt.number,
        "policy_id": receipt.policy_id,
        "policy_name": receipt.policy_name,
        "no_match_reason": receipt.no_match_reason,
        "receipt": msgspec.json.encode(receipt),
        "asked_by": receipt.asked_by,
        "consumer_id": receipt.consumer_id if receipt.asked_by is not None else None,
        "trouble": _trouble(receipt),
        "skill_id": receipt.skill_id or "",
        "target": aim.of(receipt),
        "took": None if made is None else _took(receipt.at, made),
    }
    return {ROW: row, CALLS: receipt.calls}


def write(connection: sqlalchemy.Connection, decisions: Sequence[Mapping[str, Any]]) -> None:
    """Write decisions, as `kept` returns them, and count them, in this unit of work."""
    if not decisions:
        return
    rows = [each[ROW] for each in decisions]
    if len(rows) == 1:
        _ADD.run(connection, rows[0])
    else:
        _ADD.run_all(connection, rows)
    tallies.count(connection, rows)
    usage.count(connection, [(each[ROW], each[CALLS]) for each in decisions])
    if uses := [use for each in decisions for use in _uses(each[ROW], each[CALLS])]:
        _ADD_USE.run_all(connection, uses)


def _trouble(receipt: Receipt) -> str | None:
    """Return what people look for when something went wrong on the way to a decision."""
    if receipt.hop_limited:
        return "HOPS"
    for reading in receipt.readings:
        if reading.error is not None:
            return "UNFETCHED"
    return None


def _took(began: datetime, made: datetime) -> int:
    # Both as they are stored: whoever counts again from the rows finds the same.
    return latency.bin_of(max(0, times.milliseconds(made) - times.milliseconds(began)))


def _uses(row: Mapping[str, Any], calls: Sequence[Call]) -> list[dict[str, Any]]:
    """Return by which functions the decision is found, each once."""
    found: dict[str, Ended] = {}
    for call in calls:
        found[call.name] = max(found.get(call.name, call.ended), call.ended, key=_WORSE.index)
    return [
        {
            "account": row["account"],
            "name": name,
            "at": row["at"],
            "decision_id": row["id"],
            "ended": ended,
        }
        for name, ended in found.items()
    ]
