"""How often policies matched is counted with their decisions: neither is ever there alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from orchestrator.adapters.storage import engine, routing, tables, tallies
from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.receipt import Receipt

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def database(place: Any) -> AsyncIterator[engine.Database]:
    """An empty database."""
    opened = await engine.Database.open(place)
    yield opened
    await opened.close()


def receipt(number: int, policy: str | None, *, at: datetime = NOON) -> Receipt:
    """A decision for ``policy``."""
    return Receipt(
        decision_id=f"d-{number}",
        account="1",
        conversation_id=f"c-{number}",
        at=at,
        version="v",
        number=1,
        readings=(),
        policy_id=policy,
        policy_name=policy,
        no_match_reason=None if policy else "NO_MATCHED_RULES",
        actions=(),
        asked_by="key crm",
    )


async def counted(
    database: engine.Database, *policies: str, at: datetime = NOON
) -> dict[str, dict[datetime, int]]:
    """Return what is counted from an hour on."""
    return await database.read(lambda rows: tallies.since(rows, "1", policies, at=at))


async def test_a_routed_conversation_counts_for_its_policy(database: engine.Database) -> None:
    """The policy that won, or the fallback, in the hour of the decision; once each."""
    records = routing.Records(database)
    for number, policy in enumerate(["p-1", "p-2", "p-1", None]):
        arrival = Arrival(
            account="1", skill_id="7", conversation_id=f"c-{number}", at=NOON, ring_id="r"
        )
        claim = await records.claim(arrival, now=NOON)
        assert claim is not None
        made = receipt(number, policy, at=NOON + timedelta(minutes=number))
        await records.record(claim, made, (), assigned_at=NOON, now=NOON)
    assert await counted(database, "p-1", "p-2", tallies.FALLBACK) == {
        "p-1": {NOON: 2},
        "p-2": {NOON: 1},
        tallies.FALLBACK: {NOON: 1},
    }


async def test_what_programs_ask_counts_as_well(database: engine.Database) -> None:
    """However many are written together, each counts where it belongs."""
    records = routing.Records(database)
    later = NOON + timedelta(hours=1)
    await asyncio.gather(
        *(
            records.keep([receipt(number, f"p-{number % 3}")], now=NOON if number < 30 else later)
            for number in range(60)
        )
    )
    each = {NOON: 10, later: 10}
    assert await counted(database, "p-0", "p-1") == {"p-0": each, "p-1": each}
    assert await counted(database, "p-2", at=later) == {"p-2": {later: 10}}


async def test_what_is_not_kept_is_not_counted(database: engine.Database) -> None:
    """A decision that cannot be written leaves no trace in the counts."""
    records = routing.Records(database)
    await records.keep([receipt(1, "p-1")], now=NOON)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await records.keep([receipt(2, "p-1"), receipt(1, "p-1")], now=NOON)
    assert await counted(database, "p-1") == {"p-1": {NOON: 1}}


async def test_the_last_match_of_each_is_known(database: engine.Database) -> None:
    """Of those that never matched there is nothing."""
    records = routing.Records(database)
    for hours in (5, 0, 3):
        moment = NOON + timedelta(hours=hours, minutes=59)
        await records.keep([receipt(hours, "p-1")], now=moment)
    found = await database.read(lambda rows: tallies.last(rows, "1", ["p-1", "p-2"]))
    assert found == {"p-1": NOON + timedelta(hours=5)}


async def test_counts_go_when_their_decisions_do(database: engine.Database) -> None:
    """Past the account's retention nothing is left; what is newer stays."""
    records = routing.Records(database)
    await records.keep([receipt(1, "p-1")], now=NOON)
    await records.keep([receipt(2, "p-1")], now=NOON + timedelta(days=2))
    numbers = ("ring_seconds", "session_hours", "suggestion_seconds", "first_message_seconds")
    account = {"id": "1", "retention_days": 1, "created_at": NOON, **dict.fromkeys(numbers, 1)}
    await database.transact(lambda rows: rows.execute(insert(tables.accounts), account))
    await records.prune(now=NOON + timedelta(days=2), limit=100)
    assert await counted(database, "p-1") == {"p-1": {NOON + timedelta(days=2): 1}}
