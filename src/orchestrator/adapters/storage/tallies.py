"""How often each policy matched, by the hour: counted with the decisions, in their transaction."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import bindparam, cast, func, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from orchestrator.adapters.storage import prepared, tables
from orchestrator.core.model import times
from orchestrator.core.model.ids import AccountId

FALLBACK: Final = ""
"""What stands for a policy where none wanted the conversation."""

HOUR: Final = timedelta(hours=1)

_TABLE: Final = tables.policy_hours
_INSERT: Final = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _add(dialect: str) -> prepared.Statement:
    statement = _INSERT[dialect](_TABLE)
    return prepared.Statement(
        statement.on_conflict_do_update(
            index_elements=[column.name for column in _TABLE.primary_key],
            set_={"matches": _TABLE.c.matches + statement.excluded.matches},
        )
    )


_ADD: Final = {dialect: _add(dialect) for dialect in _INSERT}
_HOUR: Final[Any] = type_coerce(_TABLE.c.hour, sqlalchemy.BigInteger())  # as it is stored
_SINCE: Final = select(_TABLE.c.policy_id, _HOUR, _TABLE.c.matches).where(
    _TABLE.c.account == bindparam("account"),
    _TABLE.c.policy_id.in_(bindparam("policies", expanding=True)),
    _TABLE.c.hour >= bindparam("since"),
)


def _last(rows_of: Callable[[Any], Any]) -> sqlalchemy.Select[Any, Any]:
    """Return the statement whose policies come as one JSON array: it is the same for any number."""
    asked = rows_of(bindparam("policies", type_=sqlalchemy.Text())).table_valued("value")
    newest = (
        select(func.max(_HOUR))
        .where(_TABLE.c.account == bindparam("account"), _TABLE.c.policy_id == asked.c.value)
        .scalar_subquery()
    )
    return select(asked.c.value, newest)


_LAST: Final = {
    "sqlite": _last(func.json_each),
    "postgresql": _last(lambda text: func.json_array_elements_text(cast(text, postgresql.JSON))),
}


def count(connection: sqlalchemy.Connection, decisions: Sequence[Mapping[str, Any]]) -> None:
    """Count rows of decisions, which are written in this unit of work."""
    add = _ADD[connection.dialect.name]
    if len(decisions) == 1:
        add.run(connection, _row(_key(decisions[0]), 1))
        return
    found = Counter(map(_key, decisions))
    # Two units that count the same policies lock them in the same order.
    add.run_all(connection, [_row(key, number) for key, number in sorted(found.items())])


def since(
    connection: sqlalchemy.Connection,
    account: AccountId,
    policies: Sequence[str],
    *,
    at: datetime,
) -> dict[str, dict[datetime, int]]:
    """Return how often policies matched in each hour from that of ``at`` on; none is left out."""
    found: dict[str, dict[datetime, int]] = {}
    given = {"account": account, "policies": list(policies), "since": hour_of(at)}
    hours: dict[int, datetime] = {}  # a day of fifty policies has a thousand rows, and 24 hours
    for policy_id, hour, matches in connection.execute(_SINCE, given):
        at = hours.get(hour) or hours.setdefault(hour, times.moment(hour))
        found.setdefault(policy_id, {})[at] = matches
    return found


def last(
    connection: sqlalchemy.Connection, account: AccountId, policies: Iterable[str]
) -> dict[str, datetime]:
    """Return the hour in which each policy matched last, of at most some thousands.

    Those of which no match is on record are absent. Each is one look into the key.
    """
    asked = {"account": account, "policies": msgspec.json.encode(list(policies)).decode()}
    rows = connection.execute(_LAST[connection.dialect.name], asked)
    return {policy: times.moment(hour) for policy, hour in rows if hour is not None}


def prune(
    connection: sqlalchemy.Connection, account: AccountId, *, before: datetime, limit: int
) -> int:
    """Delete at most ``limit`` hours that lie wholly before a moment."""
    key = sqlalchemy.tuple_(_TABLE.c.policy_id, _TABLE.c.hour)
    old = (
        select(_TABLE.c.policy_id, _TABLE.c.hour)
        .where(_TABLE.c.account == account, _TABLE.c.hour < hour_of(before))
        .limit(limit)
    )
    statement = _TABLE.delete().where(_TABLE.c.account == account, key.in_(old))
    return connection.execute(statement).rowcount


def hour_of(at: datetime) -> datetime:
    """Return the beginning of an hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def _key(decision: Mapping[str, Any]) -> tuple[AccountId, str, datetime]:
    return decision["account"], decision["policy_id"] or FALLBACK, hour_of(decision["at"])


def _row(key: tuple[AccountId, str, datetime], matches: int) -> dict[str, Any]:
    return {"account": key[0], "policy_id": key[1], "hour": key[2], "matches": matches}
