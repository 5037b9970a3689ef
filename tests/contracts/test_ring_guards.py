"""One ring for each conversation, and no agent beyond capacity: the statement's guard, the index'.

Neither needs the other. Nor do they need the lock that lets one process write at a time, but for
one thing: rings of different conversations for one agent, made at the same moment.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import exc, insert, select, update

from orchestrator.adapters.storage import cloud, dialect, engine, tables
from orchestrator.core.model.conversation import Ring

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def ring(number, conversation="c1", user="u1"):
    return Ring(
        ring_id=f"r{number}",
        account="1",
        conversation_id=conversation,
        consumer_id="ann",
        skill_id="s",
        user_id=user,
        state="WAITING",
        created_at=NOW,
        expires_at=NOW + timedelta(seconds=30),
    )


def conversation(name, **more):
    row = {
        "account": "1",
        "id": name,
        "consumer_id": "ann",
        "skill_id": "s",
        "entry_skill_id": "s",
        "state": "OPEN",
        "stage": "OPEN",
        "people": " ",
        "queued_at": NOW,
        "started_at": NOW,
        "changed_at": NOW,
        "body": b"{}",
    }
    return insert(tables.conversations).values(row | more)


def user(name, max_chats):
    return insert(tables.users).values(
        account="1",
        id=name,
        pid=f"p{name}",
        login=name,
        type="human",
        roles=("Agent",),
        max_chats=max_chats,
        full_name=name,
        enabled=True,
        created_at=NOW,
    )


def put(connection, wanted):
    return cloud.CloudTransaction(connection, "1", pause=timedelta(0)).put_ring(wanted)


@pytest.fixture
async def raw(place):
    """An engine without the write lock, on a database with two conversations and three users."""
    database = await engine.Database.open(place)

    def fill(connection):
        for statement in (
            *(conversation("c1"), conversation("c2"), conversation("c3")),
            conversation("held", assigned_user="u1"),
            conversation("closed", state="CLOSE", ended_at=NOW),
            *(user("u1", 2), user("u0", 0), user("free", None)),
        ):
            connection.execute(statement)

    await database.transact(fill)
    await database.close()
    if isinstance(place, Path):
        made = sqlalchemy.create_engine(f"sqlite:///{place}")
    else:
        made = dialect.of(place)._plain_engine("write")
    yield made
    made.dispose()


@pytest.mark.parametrize("gone", ["held", "closed", "unknown"])
def test_what_does_not_wait_does_not_ring(raw, gone):
    """A conversation that somebody has, that ended or that is not there is offered to nobody."""
    with raw.begin() as connection:
        assert not put(connection, ring(1, gone, user="free"))
        assert connection.execute(select(tables.rings)).all() == []


def test_what_rings_does_not_ring_again(raw):
    """Until its ring has ended, however it does."""
    with raw.begin() as connection:
        assert put(connection, ring(1, user="free"))
        assert not put(connection, ring(2, user="u1"))
        connection.execute(update(tables.rings).values(state="EXPIRED"))
        assert put(connection, ring(3, user="u1"))


def test_capacity_counts_what_is_held_and_what_rings(raw):
    """One held and one that rings fill a capacity of two; the unlimited are never full."""
    with raw.begin() as connection:
        assert put(connection, ring(1, "c1", user="u1"))
        assert not put(connection, ring(2, "c2", user="u1"))
        assert not put(connection, ring(3, "c2", user="u0"))
        assert not put(connection, ring(4, "c2", user="unknown"))
        assert put(connection, ring(5, "c2", user="free"))
        assert put(connection, ring(6, "c3", user="free"))


def test_the_index_refuses_a_second_waiting_ring(raw):
    """Whatever wrote it; rings that are over do not count."""
    with raw.begin() as connection:
        assert put(connection, ring(1, user="free"))
        row = dict(connection.execute(select(tables.rings)).mappings().one())
        connection.execute(insert(tables.rings), row | {"ring_id": "over", "state": "REJECTED"})
    with pytest.raises(exc.IntegrityError), raw.begin() as connection:
        connection.execute(insert(tables.rings), row | {"ring_id": "second"})


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
async def test_of_two_at_once_without_the_lock_one_rings(raw):
    """The second cannot see the first, which has not committed: the index lets it wait and fail."""
    with raw.connect() as first, raw.connect() as second:
        with first.begin():
            assert put(first, ring(1, user="free"))
            second.begin()
            late = asyncio.create_task(asyncio.to_thread(put, second, ring(2, user="u1")))
            await asyncio.wait([late], timeout=0.1)
            assert not late.done()
        with pytest.raises(exc.IntegrityError):
            await late
