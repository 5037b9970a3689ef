"""What decisions add up to over a period, and by what a figure's decisions are found.

Decisions that are there are counted too. It says here how they were kept when this was written, so
that it stays true: a receipt that cannot be read counts without skill and target. What functions
failed for was not kept; so none of those calls counts as late.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

AT_ONCE: Final = 1000
"""Decisions that are held in memory at a time."""

_HOUR: Final = 3_600_000
_DAY: Final = 24 * _HOUR
_ENDS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000)
_LONGER: Final = 0
_WORSE: Final = ("cached", "answered", "refused", "failed")

_KEY: Final = ("account", "figure", "start", "origin", "policy_id", "result")
_READ: Final = sa.text(
    "SELECT d.account, d.id, d.at, d.policy_id, d.trouble, d.receipt, d.asked_by,"
    " c.accepted_at, c.finished_at FROM decisions d"
    " LEFT JOIN claims c ON c.account = d.account AND c.conversation_id = d.conversation_id"
    " AND c.arrival = d.arrival"
    " WHERE d.account > :account OR (d.account = :account AND d.id > :id)"
    " ORDER BY d.account, d.id LIMIT :limit"
)
_NOTE: Final = sa.text(
    "UPDATE decisions SET skill_id = :skill_id, target = :target, took = :took"
    " WHERE account = :account AND id = :id"
)
_USED: Final = sa.text(
    "INSERT INTO function_uses (account, name, at, decision_id, ended)"
    " VALUES (:account, :name, :at, :decision_id, :ended)"
)
_COUNT: Final = sa.text(
    "INSERT INTO usage_counts (account, figure, start, origin, policy_id, result, number)"
    " VALUES (:account, :figure, :start, :origin, :policy_id, :result, :number)"
    " ON CONFLICT (account, figure, start, origin, policy_id, result)"
    " DO UPDATE SET number = usage_counts.number + excluded.number"
)


class _Call(msgspec.Struct):
    name: str
    ended: str
    milliseconds: int


class _Action(msgspec.Struct):
    type: str
    skill_id: str | None = None
    user_id: str | None = None


class _Receipt(msgspec.Struct):
    skill_id: str | None = None
    actions: tuple[_Action, ...] = ()
    calls: tuple[_Call, ...] = ()


_RECEIPT: Final = msgspec.json.Decoder(_Receipt)


def upgrade() -> None:
    """Add the tables, columns and indexes, and count what is there."""
    op.create_table(
        "usage_counts",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*_KEY),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "function_uses",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name", "at", "decision_id"),
        sqlite_with_rowid=False,
    )
    op.add_column("decisions", sa.Column("skill_id", sa.Text(), nullable=True))
    op.add_column("decisions", sa.Column("target", sa.Text(), nullable=True))
    op.add_column("decisions", sa.Column("took", sa.Integer(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _lay_out_hours_anew()
    _count_all(op.get_bind())
    op.create_index("function_uses_of_decision", "function_uses", ["account", "decision_id"])
    op.create_index(
        "function_uses_failed",
        "function_uses",
        ["account", "at"],
        sqlite_where=sa.text("ended = 'failed'"),
        postgresql_where=sa.text("ended = 'failed'"),
    )
    op.create_index("decisions_of_skill", "decisions", ["account", "skill_id", "at"])
    op.create_index("decisions_of_target", "decisions", ["account", "target", "at"])
    op.create_index(
        "decisions_by_duration",
        "decisions",
        ["account", "took", "at"],
        sqlite_where=sa.text("took IS NOT NULL"),
        postgresql_where=sa.text("took IS NOT NULL"),
    )


def _lay_out_hours_anew() -> None:
    """Keep the hours of policies in the order of their key: a month is read in one stretch."""
    op.create_table(
        "policy_hours_anew",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("matches", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "policy_id", "hour"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO policy_hours_anew (account, policy_id, hour, matches)"
        " SELECT account, policy_id, hour, matches FROM policy_hours"
    )
    op.drop_table("policy_hours")
    op.rename_table("policy_hours_anew", "policy_hours")


def _count_all(connection: sa.Connection) -> None:
    after = {"account": "", "id": ""}
    while rows := connection.execute(_READ, {**after, "limit": AT_ONCE}).all():
        _count(connection, [(row, _receipt(row.receipt)) for row in rows])
        after = {"account": rows[-1].account, "id": rows[-1].id}


def _count(connection: sa.Connection, decisions: Sequence[tuple[Any, _Receipt]]) -> None:
    notes: list[dict[str, Any]] = []
    uses: list[dict[str, Any]] = []
    counts: Counter[tuple[Any, ...]] = Counter()
    for row, receipt in decisions:
        note = {
            "account": row.account,
            "id": row.id,
            "skill_id": receipt.skill_id or "",
            "target": _target(row, receipt),
            "took": _took(row),
        }
        notes.append(note)
        counts.update(_keys(row, note, receipt.calls))
        used: dict[str, str] = {}
        for call in receipt.calls:
            used[call.name] = max(used.get(call.name, call.ended), call.ended, key=_WORSE.index)
        uses += [
            {
                "account": row.account,
                "name": name,
                "at": row.at,
                "decision_id": row.id,
                "ended": ended,
            }
            for name, ended in used.items()
        ]
    connection.execute(_NOTE, notes)
    if uses:
        connection.execute(_USED, uses)
    connection.execute(
        _COUNT, [dict(zip(_KEY, key, strict=True), number=counts[key]) for key in counts]
    )


def _keys(row: Any, note: dict[str, Any], calls: Sequence[_Call]) -> Iterator[tuple[Any, ...]]:
    hour, day = row.at - row.at % _HOUR, row.at - row.at % _DAY
    flow = (note["skill_id"], row.policy_id or "", note["target"])
    yield row.account, "flow", hour, *flow
    yield row.account, "flow-day", day, *flow
    if note["took"] is not None:
        yield row.account, "took", hour, "", "", str(note["took"])
    if row.trouble is not None:
        yield row.account, "trouble", hour, "", "", row.trouble
    for call in calls:
        went_out = call.ended not in ("cached", "refused")
        ended = f"{call.ended} {_bin(call.milliseconds)}" if went_out else call.ended
        yield row.account, "call", hour, call.name, "", ended


def _receipt(stored: bytes) -> _Receipt:
    try:
        return _RECEIPT.decode(stored)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Receipt()


def _target(row: Any, receipt: _Receipt) -> str:
    found = "message" if receipt.actions else "fallback"
    for action in receipt.actions:
        if action.type == "TRANSFER_TO_SKILL":
            found = f"skill:{action.skill_id or ''}"
        elif action.type == "TRANSFER_TO_AGENT":
            found = f"agent:{(action.user_id or '').removeprefix(f'{row.account}.')}"
    return found


def _took(row: Any) -> int | None:
    if row.asked_by is not None or row.accepted_at is None or row.finished_at is None:
        return None
    return _bin(max(0, row.finished_at - row.accepted_at))


def _bin(milliseconds: int) -> int:
    return next((end for end in _ENDS if milliseconds <= end), _LONGER)
