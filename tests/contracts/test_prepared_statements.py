"""A prepared statement does what SQLAlchemy would have done, and glances see what reads see."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import bindparam, exc, select

from orchestrator.adapters.storage import engine, prepared, schema, sqlite, tables
from orchestrator.core.model import errors

NOW = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
RINGS = tables.rings


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlalchemy.Connection]:
    """A connection inside a transaction, on a file of the newest schema."""
    path = tmp_path / "orchestrator.db"
    schema.prepare(path)
    made = sqlite.engine(path, access="write")
    with made.connect() as opened, opened.begin():
        yield opened
    made.dispose()


def ring(ring_id: str, **more: object) -> dict[str, object]:
    """Return the row of a ring."""
    return {
        "account": "1",
        "ring_id": ring_id,
        "conversation_id": f"conversation of {ring_id}",
        "skill_id": "7",
        "user_id": "11",
        "state": "ACCEPTED",
        "created_at": NOW,
        "expires_at": NOW,
        **more,
    }


ADD = prepared.Statement(RINGS.insert())
ALL = prepared.Statement(select(RINGS).where(RINGS.c.account == bindparam("account")))


def test_rows_are_those_that_sqlalchemy_returns(connection: sqlalchemy.Connection) -> None:
    """Values, their types and their names are the same: moments come back as moments."""
    assert ADD.run(connection, ring("a")) == 1
    assert ADD.run(connection, ring("b", ended_at=NOW)) == 1
    core = connection.execute(select(RINGS).order_by(RINGS.c.ring_id)).all()
    ours = sorted(ALL.all(connection, {"account": "1"}))
    assert [tuple(row) for row in ours] == [tuple(row) for row in core]
    assert ours[0].ring_id == "a"
    assert ours[0].created_at == NOW
    assert ours[0].ended_at is None


def test_nothing_found_is_none(connection: sqlalchemy.Connection) -> None:
    """No row: no first one, no scalar, an empty list."""
    given = {"account": "2"}
    assert ALL.first(connection, given) is None
    assert ALL.scalar(connection, given) is None
    assert ALL.scalars(connection, given) == []


def test_an_update_sets_what_is_given(connection: sqlalchemy.Connection) -> None:
    """One statement serves different sets of columns, and says how many rows it changed."""
    update = prepared.Statement(RINGS.update().where(RINGS.c.ring_id == bindparam("key_ring")))
    ADD.run(connection, ring("a"))
    assert update.run(connection, {"key_ring": "a", "state": "REJECTED"}) == 1
    assert update.run(connection, {"key_ring": "a", "ended_at": NOW, "skill_id": "8"}) == 1
    assert update.run(connection, {"key_ring": "b", "state": "REJECTED"}) == 0
    row = ALL.first(connection, {"account": "1"})
    assert (row.state, row.skill_id, row.ended_at) == ("REJECTED", "8", NOW)


def test_a_statement_whose_text_depends_on_its_parameters(
    connection: sqlalchemy.Connection,
) -> None:
    """A list of any length is left to SQLAlchemy, and works all the same."""
    among = prepared.Statement(
        select(RINGS.c.ring_id)
        .where(RINGS.c.ring_id.in_(bindparam("rings", expanding=True)))
        .order_by(RINGS.c.ring_id)
    )
    for name in "abc":
        ADD.run(connection, ring(name))
    assert among.scalars(connection, {"rings": ["a", "c", "x"]}) == ["a", "c"]
    assert among.scalars(connection, {"rings": []}) == []


def test_errors_are_sqlalchemys(connection: sqlalchemy.Connection) -> None:
    """Whoever catches a violated constraint need not know how the statement was sent."""
    ADD.run(connection, ring("a"))
    with pytest.raises(exc.IntegrityError):
        ADD.run(connection, ring("a"))


async def test_a_glance_sees_every_commit_before_it(tmp_path: Path) -> None:
    """What a unit of work wrote is there for a glance once the unit is done."""
    database = await engine.Database.open(tmp_path / "orchestrator.db")
    try:
        for count in range(1, 6):
            await database.transact(lambda connection, n=count: ADD.run(connection, ring(str(n))))
            found = await database.glance(lambda connection: ALL.all(connection, {"account": "1"}))
            assert len(found) == count
    finally:
        await database.close()


async def test_a_glance_at_a_closed_database_is_refused(tmp_path: Path) -> None:
    """As a read is: the caller learns that it cannot be answered now."""
    database = await engine.Database.open(tmp_path / "orchestrator.db")
    await database.close()
    with pytest.raises(errors.Unavailable):
        await database.glance(lambda connection: connection.scalar(select(1)))
