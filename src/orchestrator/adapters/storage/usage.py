"""What decisions add up to over a period: counted with them, in their transaction.

`tables.usage_counts` has a row for each figure and each thing that it is counted by; what a figure
is not counted by is empty.

| figure | start | origin | policy_id | result |
|---|---|---|---|---|
| `FLOW` | hour | skill that it came in on | the one that matched | target |
| `FLOW_DAY` | day of UTC | the same | the same | the same |
| `TOOK` | hour | | | end of the bin in ms |
| `TROUBLE` | hour | | | what it was |
| `CALL` | hour | function | | how it ended, and the end of the bin in ms |

Days are there so that a month of flows is some ten thousand rows and not a million.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy
from sqlalchemy import BigInteger, and_, func, literal_column, or_, select, type_coerce, union_all
from sqlalchemy.dialects import postgresql, sqlite

from orchestrator.adapters.storage import prepared, tables, tallies
from orchestrator.core.model import latency
from orchestrator.core.model.counted import FlowCount, ResultCount
from orchestrator.core.model.function import Call
from orchestrator.core.model.ids import AccountId
from orchestrator.core.model.times import milliseconds

FLOW: Final = "flow"
FLOW_DAY: Final = "flow-day"
TOOK: Final = "took"
TROUBLE: Final = "trouble"
CALL: Final = "call"

LATE: Final = "late"
"""How a call ended that failed because the time was up."""

DAY: Final = timedelta(days=1)

_TABLE: Final = tables.usage_counts
_COLUMN: Final = _TABLE.c
_NAMES: Final = [column.name for column in _TABLE.primary_key]
_INSERT: Final = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

_Key = tuple[AccountId, str, datetime, str, str, str]


def _add(dialect: str) -> prepared.Statement:
    statement = _INSERT[dialect](_TABLE)
    return prepared.Statement(
        statement.on_conflict_do_update(
            index_elements=_NAMES,
            set_={"number": _COLUMN.number + statement.excluded.number},
        )
    )


_ADD: Final = {dialect: _add(dialect) for dialect in _INSERT}


def count(
    connection: sqlalchemy.Connection,
    decisions: Sequence[tuple[Mapping[str, Any], Sequence[Call]]],
) -> None:
    """Count rows of decisions with their calls, which are written in this unit of work."""
    found = Counter(key for row, calls in decisions for key in _keys(row, calls))
    # Two units that count the same things lock them in the same order.
    rows = [dict(zip(_NAMES, key, strict=True), number=found[key]) for key in sorted(found)]
    _ADD[connection.dialect.name].run_all(connection, rows)


def flows(
    connection: sqlalchemy.Connection,
    account: AccountId,
    *,
    since: datetime,
    until: datetime,
    limit: int,
) -> list[FlowCount]:
    """Return at most ``limit`` flows of whole hours, the most frequent first, then by names."""
    names = ("origin", "policy_id", "result")
    counted = [*(_COLUMN[name] for name in names), _COLUMN.number]
    # Apart, so that each is one stretch of the key.
    stretches = [
        select(*counted).where(_COLUMN.account == account, part) for part in _cover(since, until)
    ]
    every = union_all(*stretches).subquery().c
    parts, number = [every[name] for name in names], func.sum(every.number)
    statement = select(*parts, number).group_by(*parts).order_by(number.desc(), *parts)
    return [FlowCount(*row) for row in connection.execute(statement.limit(limit))]


def matches(
    connection: sqlalchemy.Connection,
    account: AccountId,
    *,
    starts: Sequence[datetime],
    until: datetime,
) -> dict[str, dict[int, int]]:
    """Return how often each policy matched in each span, by the spans' places from 0."""
    table = tables.policy_hours
    place = _place(table.c.hour, starts).label("place")
    statement = (
        select(table.c.policy_id, place, func.sum(table.c.matches))
        .where(table.c.account == account, table.c.hour >= starts[0], table.c.hour < until)
        .group_by(table.c.policy_id, place)
    )
    found: dict[str, dict[int, int]] = {}
    for policy, at, number in connection.execute(statement):
        found.setdefault(policy, {})[at] = number
    return found


def results(
    connection: sqlalchemy.Connection,
    account: AccountId,
    figure: str,
    *,
    starts: Sequence[datetime],
    until: datetime,
) -> list[ResultCount]:
    """Return how often each result of a figure came, by origin and span."""
    place = _place(_COLUMN.start, starts).label("place")
    parts = (_COLUMN.origin, _COLUMN.result, place)
    statement = (
        select(*parts, func.sum(_COLUMN.number))
        .where(
            _COLUMN.account == account,
            _COLUMN.figure == figure,
            _COLUMN.start >= starts[0],
            _COLUMN.start < until,
        )
        .group_by(*parts)
    )
    return [ResultCount(*row) for row in connection.execute(statement)]


def prune(
    connection: sqlalchemy.Connection, account: AccountId, *, before: datetime, limit: int
) -> int:
    """Delete at most ``limit`` counts of hours and days that lie wholly before a moment."""
    key = [_COLUMN[name] for name in _NAMES[1:]]
    is_old = or_(
        *(
            and_(_COLUMN.figure == figure, _COLUMN.start < tallies.hour_of(before))
            for figure in (FLOW, TOOK, TROUBLE, CALL)
        ),
        and_(_COLUMN.figure == FLOW_DAY, _COLUMN.start < day_of(before)),
    )
    old = select(*key).where(_COLUMN.account == account, is_old).limit(limit)
    statement = _TABLE.delete().where(_COLUMN.account == account, sqlalchemy.tuple_(*key).in_(old))
    return connection.execute(statement).rowcount


def day_of(at: datetime) -> datetime:
    """Return the beginning of a day of UTC."""
    return tallies.hour_of(at).replace(hour=0)


def _keys(row: Mapping[str, Any], calls: Sequence[Call]) -> Iterator[_Key]:
    account, hour = row["account"], tallies.hour_of(row["at"])
    flow = (row["skill_id"], row["policy_id"] or tallies.FALLBACK, row["target"])
    yield account, FLOW, hour, *flow
    yield account, FLOW_DAY, day_of(hour), *flow
    if row["took"] is not None:
        yield account, TOOK, hour, "", "", str(row["took"])
    if row["trouble"] is not None:
        yield account, TROUBLE, hour, "", "", row["trouble"]
    for call in calls:
        yield account, CALL, hour, call.name, "", _ended(call)


def _ended(call: Call) -> str:
    """Return how a call ended; of those that went out, with their bin."""
    if call.ended in ("cached", "refused"):
        return call.ended
    ended = LATE if call.fault == "late" else call.ended
    return f"{ended} {latency.bin_of(call.milliseconds)}"


def _cover(since: datetime, until: datetime) -> list[sqlalchemy.ColumnElement[bool]]:
    """Return conditions for rows that cover whole hours once: days within, hours at the ends."""
    first = day_of(since) if day_of(since) == since else day_of(since) + DAY
    last = day_of(until)
    if first >= last:
        return [_within(FLOW, since, until)]
    return [
        _within(FLOW, since, first),
        _within(FLOW_DAY, first, last),
        _within(FLOW, last, until),
    ]


def _within(figure: str, since: datetime, until: datetime) -> sqlalchemy.ColumnElement[bool]:
    return and_(_COLUMN.figure == figure, _COLUMN.start >= since, _COLUMN.start < until)


def _place(
    column: sqlalchemy.ColumnElement[Any], starts: Sequence[datetime]
) -> sqlalchemy.ColumnElement[int]:
    """Return the place of the span in which a moment is that is not before the first.

    It is looked for by halves: a row costs as many comparisons as the number of spans has bits.
    """
    at = type_coerce(column, BigInteger)
    ends = [milliseconds(each) for each in starts]

    def among(first: int, last: int) -> sqlalchemy.ColumnElement[int]:
        if last - first == 1:
            return literal_column(str(first), sqlalchemy.Integer)
        middle = (first + last) // 2
        bound = literal_column(str(ends[middle]), BigInteger)
        return sqlalchemy.case((at < bound, among(first, middle)), else_=among(middle, last))

    return among(0, len(ends))
