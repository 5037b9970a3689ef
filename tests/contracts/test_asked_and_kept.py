"""Decisions that programs ask for are durable when they are answered, however many there are."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from orchestrator.adapters.storage import engine, kept, routing, tables, turns
from orchestrator.core.model import errors
from orchestrator.core.model.receipt import Receipt

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
async def database(place):
    opened = await engine.Database.open(place)
    yield opened
    await opened.close()


def receipt(number, **more):
    return Receipt(
        **{
            "decision_id": f"d-{number:05d}",
            "account": "1",
            "conversation_id": "",
            "at": NOW,
            "version": "v",
            "number": 1,
            "readings": (),
            "policy_id": None,
            "policy_name": None,
            "no_match_reason": "NO_MATCHED_RULES",
            "actions": (),
            "asked_by": "key crm",
            **more,
        }
    )


def ids(connection):
    return list(connection.scalars(select(tables.decisions.c.id).order_by(tables.decisions.c.id)))


async def test_each_is_there_when_its_caller_is_told(database):
    """Callers share units of work, and are told no earlier than theirs is on the disk."""
    records = routing.Records(database)

    async def one(number):
        await records.keep([receipt(number)], now=NOW)
        assert f"d-{number:05d}" in await database.read(ids)

    await asyncio.gather(*(one(number) for number in range(300)))
    assert len(await database.read(ids)) == 300


async def test_one_that_cannot_be_kept_costs_its_caller_alone(database):
    """Who shares a unit of work with it is not the worse for that."""
    records = routing.Records(database)
    await records.keep([receipt(0)], now=NOW)
    found = await asyncio.gather(
        *(records.keep([receipt(number)], now=NOW) for number in (1, 0, 2)),
        return_exceptions=True,
    )
    assert found[0] is None
    assert isinstance(found[1], Exception)
    assert found[2] is None
    assert await database.read(ids) == ["d-00000", "d-00001", "d-00002"]


@pytest.mark.parametrize("count", [2, kept.MOST_AT_ONCE + 1])
async def test_those_of_one_caller_are_kept_all_or_none(database, count):
    """A batch is one unit of work, whatever its size."""
    records = routing.Records(database)
    await records.keep([receipt(count - 1)], now=NOW)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await records.keep([receipt(number) for number in range(count)], now=NOW)
    assert await database.read(ids) == [f"d-{count - 1:05d}"]


async def test_who_asks_a_closed_database_is_told(tmp_path):
    """Nobody waits for ever."""
    opened = await engine.Database.open(tmp_path / "orchestrator.db")
    records = routing.Records(opened)
    await opened.close()
    with pytest.raises(errors.Unavailable):
        await records.keep([receipt(1)], now=NOW)


async def test_who_leaves_early_costs_nobody_else_anything(database):
    """A caller that is cancelled leaves the others of its unit alone."""
    records = routing.Records(database)
    first, second = (
        asyncio.ensure_future(records.keep([receipt(number)], now=NOW)) for number in (1, 2)
    )
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert "d-00002" in await database.read(ids)


def counted(connection):
    return connection.scalar(select(func.count()).select_from(tables.decisions))


async def test_what_is_asked_in_one_turn_is_read_once(database):
    """All who ask the same in a turn of the loop share an answer."""
    reads = []

    def work(connection):
        reads.append(1)
        return counted(connection)

    found = await asyncio.gather(*(database.shared("count", work) for _ in range(20)))
    assert found == [0] * 20
    assert len(reads) == 1


async def test_what_has_been_told_is_seen_by_whoever_asks_next(database):
    """An answer is never older than the question: nothing is kept for the next turn."""
    records = routing.Records(database)
    for number in range(20):
        asked = [asyncio.ensure_future(database.shared("count", counted)) for _ in range(3)]
        assert await asyncio.gather(*asked) == [number] * 3
        await records.keep([receipt(number)], now=NOW)
        assert await database.shared("count", counted) == number + 1


def test_what_a_closed_loop_left_is_nobodys():
    """The next loop of a thread asks anew."""
    turn = turns.Turn()

    async def left():
        turn.put("question", "old")
        assert turn.get("question") == "old"

    async def came():
        assert turn.get("question") is turns.MISSING

    asyncio.run(left())
    asyncio.run(came())
