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

import bisect
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy
from sqlalchemy import (
    BigInteger,
    and_,
    func,
    literal,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from orchestrator.adapters.storage import prepared, tables, tallies
from orchestrator.core.model import latency
from orchestrator.core.model.counted import DecidedCount, FlowCount, ResultCount
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

LONG: Final = timedelta(days=3)

FEW: Final = 500
"""So many policies are looked for by their ids."""

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


def total(
    connection: sqlalchemy.Connection, account: AccountId, *, since: datetime, until: datetime
) -> DecidedCount:
    """Return how many decisions whole hours have."""
    every = _stretches(account, _cover(since, until), ("policy_id",))
    number, fell_back = connection.execute(select(*_both(every.number, every.policy_id))).one()
    return DecidedCount(number or 0, fell_back or 0)


def decided(
    connection: sqlalchemy.Connection,
    account: AccountId,
    *,
    starts: Sequence[datetime],
    until: datetime,
    since: datetime | None = None,
) -> dict[int, DecidedCount]:
    """Return how many decisions each span has, by the spans' places from 0; those ``since``."""
    hour = type_coerce(_COLUMN.start, BigInteger)
    statement = (
        select(hour, *_both(_COLUMN.number, _COLUMN.policy_id))
        .where(_COLUMN.account == account, _within(FLOW, since or starts[0], until))
        .group_by(hour)  # as the key has them: nothing is sorted
    )
    ends = [milliseconds(each) for each in starts]
    found: dict[int, DecidedCount] = {}
    for at, number, fell_back in connection.execute(statement):
        place = bisect.bisect_right(ends, at) - 1
        so_far = found.get(place, DecidedCount(0, 0))
        found[place] = DecidedCount(so_far.decisions + number, so_far.fell_back + fell_back)
    return found


def policies(
    connection: sqlalchemy.Connection, account: AccountId, *, since: datetime, until: datetime
) -> dict[str, int]:
    """Return how often each policy matched in whole hours.

    Of a long period that is one walk through the hours of all policies, of which nothing has to be
    sorted; a short one is looked for among the flows, which lie by their time.
    """
    if until - since > LONG:
        hours = tables.policy_hours.c
        statement = (
            select(hours.policy_id, func.sum(hours.matches))
            .where(hours.account == account, hours.hour >= since, hours.hour < until)
            .group_by(hours.policy_id)
        )
    else:
        every = _stretches(account, _cover(since, until), ("policy_id",))
        statement = select(every.policy_id, func.sum(every.number)).group_by(every.policy_id)
    return {policy: number for policy, number in connection.execute(statement)}  # noqa: C416 - rows


def flows(
    connection: sqlalchemy.Connection,
    account: AccountId,
    *,
    since: datetime,
    until: datetime,
    limit: int,
    matches: Mapping[str, int] | None = None,
) -> list[FlowCount]:
    """Return at most ``limit`` flows of whole hours, the most frequent first, then by names.

    A flow has no more decisions than its policy. So where it is known how often each policy
    matched, and a few have most of it, those are looked at alone first: mostly that is enough.
    """
    parts = _cover(since, until)
    if matches is not None and limit <= FEW:
        ordered = sorted(matches, key=lambda policy: -matches[policy])
        few, next_ = ordered[:limit], ordered[limit : limit + 1]
        if next_ and 2 * sum(map(matches.__getitem__, few)) > sum(matches.values()):
            among = [and_(part, _COLUMN.policy_id.in_(few)) for part in parts]
            found = _flows(connection, account, among, limit=limit)
            if len(found) == limit and found[-1].decisions > matches[next_[0]]:
                return found
    return _flows(connection, account, parts, limit=limit)


def _flows(
    connection: sqlalchemy.Connection,
    account: AccountId,
    parts: Sequence[sqlalchemy.ColumnElement[bool]],
    *,
    limit: int,
) -> list[FlowCount]:
    names = ("origin", "policy_id", "result")
    every = _stretches(account, parts, names)
    flow, number = [every[name] for name in names], func.sum(every.number)
    # What tells rows apart soonest goes first: most came in on one of a few skills.
    groups = (every.policy_id, every.result, every.origin)
    statement = select(*flow, number).group_by(*groups).order_by(number.desc(), *flow)
    return [FlowCount(*row) for row in connection.execute(statement.limit(limit))]


def matches(
    connection: sqlalchemy.Connection,
    account: AccountId,
    *,
    starts: Sequence[datetime],
    until: datetime,
    since: datetime | None = None,
    policies: Sequence[str] | None = None,
) -> dict[str, dict[int, int]]:
    """Return how often each policy matched in each span, by the spans' places from 0; those since.

    Of ``policies`` only, at most some hundreds, where they are given.
    """
    hours = tables.policy_hours.c
    first = since or starts[0]
    place = _place(hours.hour, starts, first, until)
    rows = select(hours.policy_id, place, hours.matches).where(
        hours.account == account, hours.hour >= first, hours.hour < until
    )
    if policies is not None:
        rows = rows.where(hours.policy_id.in_(policies))
    each = rows.subquery().c
    statement = select(each.policy_id, each.place, func.sum(each.matches))
    found: dict[str, dict[int, int]] = {}
    for policy, at, number in connection.execute(statement.group_by(each.policy_id, each.place)):
        found.setdefault(policy, {})[at] = number
    return found


def results(
    connection: sqlalchemy.Connection,
    account: AccountId,
    figure: str,
    *,
    starts: Sequence[datetime],
    until: datetime,
    since: datetime | None = None,
) -> list[ResultCount]:
    """Return how often each result of a figure came, by origin and span; those ``since``."""
    first = since or starts[0]
    place = _place(_COLUMN.start, starts, first, until)
    rows = select(_COLUMN.origin, _COLUMN.result, place, _COLUMN.number).where(
        _COLUMN.account == account, _within(figure, first, until)
    )
    each = rows.subquery().c
    parts = (each.origin, each.result, each.place)
    statement = select(*parts, func.sum(each.number)).group_by(*parts)
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


def _stretches(
    account: AccountId,
    parts: Sequence[sqlalchemy.ColumnElement[bool]],
    names: Sequence[str],
) -> sqlalchemy.sql.base.ReadOnlyColumnCollection[str, Any]:
    """Return the rows of several stretches of the key, each looked for by itself."""
    counted = [*(_COLUMN[name] for name in names), _COLUMN.number]
    each = [select(*counted).where(_COLUMN.account == account, part) for part in parts]
    return union_all(*each).subquery().c


def _both(number: Any, policy: Any) -> tuple[Any, Any]:
    """Return the sums of all, and of those that no policy wanted."""
    fell_back = sqlalchemy.case((policy == tallies.FALLBACK, number), else_=0)
    return func.sum(number), func.sum(fell_back)


def _place(
    column: sqlalchemy.ColumnElement[Any],
    starts: Sequence[datetime],
    since: datetime,
    until: datetime,
) -> sqlalchemy.Label[int]:
    """Return the ``place`` of the span in which a moment is, of those that the two times touch.

    The moments are parameters, so that the statement is the same tomorrow: what is kept of
    statements would else grow by the hour, for as long as a dashboard is open.
    """
    at: sqlalchemy.ColumnElement[Any] = type_coerce(column, BigInteger)
    first = bisect.bisect_right(starts, since) - 1
    last = max(first + 1, bisect.bisect_left(starts, until))
    return _among(at, [milliseconds(each) for each in starts], first, last).label("place")


def _among(
    at: sqlalchemy.ColumnElement[Any], ends: Sequence[int], first: int, last: int
) -> sqlalchemy.ColumnElement[int]:
    """Look by halves: a row costs as many comparisons as the number of spans has bits."""
    if last - first == 1:
        return literal_column(str(first), sqlalchemy.Integer)
    middle = (first + last) // 2
    here, behind = _among(at, ends, first, middle), _among(at, ends, middle, last)
    return sqlalchemy.case((at < literal(ends[middle], BigInteger), here), else_=behind)
