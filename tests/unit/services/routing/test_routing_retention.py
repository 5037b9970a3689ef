"""What is past its retention goes, in bounded batches, and nothing that is still needed."""

from datetime import timedelta

import pytest

from orchestrator.core.model import errors

SALES = "3002"
RETENTION = timedelta(days=30)


@pytest.fixture
def old(road, clock):
    """Decide conversations, and turn the clock past the retention of account 1."""

    async def decide(count):
        road.account.fallback = SALES
        arrivals = [road.world.ring() for _ in range(count)]
        for arrival in arrivals:
            await road.run(arrival)
        await clock.sleep((RETENTION + timedelta(seconds=1)).total_seconds())
        return arrivals

    return decide


async def prune(road, limit=100):
    return await road.account.prune(now=road.clock.now(), limit=limit)


async def test_old_decisions_go_with_their_steps_and_claims(road, old):
    """Nothing of them is left; the same arrival would be a new one."""
    (arrival,) = await old(1)
    assert await prune(road) == 1
    assert await road.receipts(arrival.conversation_id) == []
    assert await road.outcomes(arrival.conversation_id) == []
    assert await prune(road) == 0
    assert await road.account.claim(arrival, now=road.clock.now()) is not None


async def test_no_batch_is_larger_than_asked_for(road, old):
    """Whoever writes meanwhile waits for a small broom only."""
    await old(7)
    assert [await prune(road, limit=3) for _ in range(4)] == [3, 3, 1, 0]


async def test_young_ones_stay(road, clock):
    """Up to the retention of their account."""
    road.account.fallback = SALES
    arrival = road.world.ring()
    await road.run(arrival)
    await clock.sleep((RETENTION - timedelta(seconds=1)).total_seconds())
    assert await prune(road) == 0
    assert len(await road.receipts(arrival.conversation_id)) == 1


async def test_a_decision_with_work_left_stays(road, clock):
    """However old: what was promised is still to be done."""
    road.account.fallback = SALES
    arrival = road.world.ring()
    await road.answer(arrival)
    await clock.sleep((RETENTION * 3).total_seconds())
    assert await prune(road) == 4  # counts: matches, flows by the hour and the day, latency
    assert await prune(road) == 0
    await road.restart()
    assert await prune(road) == 1


async def test_claims_that_came_to_nothing_go_too(road, clock):
    """Withdrawn, opened and never accepted, accepted and never decided: one row each, bounded."""
    for error in (errors.Conflict("Over."), errors.Unavailable("Gone.")):
        arrival = road.world.ring()
        road.faults.plan("take", error)
        try:
            await road.routing.answer(arrival)
        except errors.Unavailable:
            continue
    arrival = road.world.ring()
    road.faults.plan("rules", errors.Unavailable("Gone."))
    with pytest.raises(errors.Unavailable):
        await road.routing.answer(arrival)
    assert await prune(road) == 0
    await clock.sleep((RETENTION + timedelta(seconds=1)).total_seconds())
    assert [await prune(road, limit=2) for _ in range(3)] == [2, 1, 0]
    assert await road.account.unfinished("1") == []


async def test_what_the_bot_still_has_is_decided_after_its_claim_went(road, clock):
    """Pruning loses a row, never a conversation."""
    road.account.fallback = SALES
    arrival = road.world.ring()
    road.faults.plan("rules", errors.Unavailable("Gone."))
    with pytest.raises(errors.Unavailable):
        await road.routing.answer(arrival)
    await clock.sleep((RETENTION * 2).total_seconds())
    await prune(road)
    await road.restart()
    assert road.world.went == [(arrival.conversation_id, SALES)]
