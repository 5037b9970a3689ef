"""Hours that are over are counted once; what is told of a period is what counting anew gives."""

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from contracts.usage_cases import case, keep
from orchestrator.adapters.storage import admin, engine, settled, tables, usage_sums
from orchestrator.adapters.storage.routing import Records
from orchestrator.core.model import access
from orchestrator.services.admin.usage import Overview
from orchestrator.services.admin.usage_counting import Counting
from orchestrator.services.admin.usage_periods import Period, between
from orchestrator.testing.clock import START, TurnedClock

ACTOR = access.operator("1")
NOW = START + timedelta(days=4, minutes=30)
PERIODS = [
    between(NOW - timedelta(hours=24), NOW),
    between(NOW - timedelta(days=7), NOW),
    between(NOW - timedelta(days=3), NOW - timedelta(days=1)),
    between(NOW - timedelta(minutes=20), NOW),
]


class Times:
    """What time it is: ``now``, and the ``seconds`` of a clock that is never turned."""

    def __init__(self) -> None:
        self.now = NOW
        self.seconds = 0.0

    def pass_on(self, seconds: float) -> None:
        """Let time pass on both."""
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds


@pytest.fixture
def times() -> Times:
    """Half past nine on a Friday."""
    return Times()


@pytest.fixture
async def database(place: Path | str, times: Times) -> AsyncIterator[engine.Database]:
    """A new database with 150 decisions of four days, which knows the test's time."""
    opened = await engine.Database.open(place)
    chance = random.Random(3)  # noqa: S311 - a test's chance, the same each time
    ago = [timedelta(days=4) * chance.random() for _ in range(150)]
    cases = [case(at, chance, at=NOW - each) for at, each in enumerate(ago)]
    await keep(Records(opened), cases)
    opened.settled = settled.Settled(lambda: times.now, clock=lambda: times.seconds)
    yield opened
    await opened.close()


async def told(database: engine.Database, period: Period) -> Overview:
    """What a look tells of a period."""
    return await Counting(admin.AdminStore(database), TurnedClock()).overview(ACTOR, period)


async def anew(database: engine.Database, period: Period) -> Overview:
    """The same for somebody for whom nothing is kept."""
    kept, database.settled = database.settled, settled.Settled()
    found = await told(database, period)
    database.settled = kept
    return found


async def made(database: engine.Database, number: int, at: timedelta) -> None:
    """One more decision, so long before now."""
    chance = random.Random(number)  # noqa: S311 - as above
    await keep(Records(database), [case(number, chance, at=NOW - at)])


async def test_what_is_told_is_what_counting_anew_gives(
    database: engine.Database, times: Times
) -> None:
    """As decisions come in the hour that runs, late in one that is over, and as hours pass."""
    for turn in range(6):
        for period in PERIODS:
            assert await told(database, period) == await anew(database, period)
        await made(database, 1000 + turn, timedelta(minutes=turn))
        if turn % 2:
            await made(database, 2000 + turn, timedelta(hours=5 * turn))
            for period in PERIODS:
                assert await told(database, period) == await anew(database, period)
            times.pass_on(settled.RESTLESS)
        times.pass_on(700)


async def test_only_the_hour_that_runs_is_counted_again(
    database: engine.Database, times: Times
) -> None:
    """Behind the back of the program its rows are taken away: it does not look, for an hour."""
    period = PERIODS[0]
    before = await told(database, period)
    await database.transact(lambda rows: rows.execute(delete(tables.usage_counts)))
    await made(database, 1000, timedelta(0))
    after = await told(database, period)
    hour = [at for at, _ in enumerate(period.starts)][-1]
    assert after.usage.decisions_series[:hour] == before.usage.decisions_series[:hour]
    assert sum(after.usage.decisions_series[:hour]) > 10
    assert after.usage.decisions_series[hour] == 1
    times.seconds += settled.LONGEST
    assert sum((await told(database, period)).usage.decisions_series[:hour]) == 0


async def test_an_hour_is_not_over_at_once(
    database: engine.Database, place: Path | str, times: Times
) -> None:
    """What another server counts in it is seen, though its clock is minutes behind."""
    times.now = NOW.replace(minute=0) + settled.LATE - timedelta(seconds=1)
    period = PERIODS[0]
    before = await told(database, period)
    elsewhere = await engine.Database.open(place)
    await keep(
        Records(elsewhere),
        [case(1000, random.Random(1), at=NOW - timedelta(minutes=45))],  # noqa: S311 - as above
    )
    await elsewhere.close()
    assert (await told(database, period)).usage.decisions == before.usage.decisions + 1


async def test_more_flows_than_are_kept_are_told_all_the_same(
    database: engine.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is asked for the first of them then."""
    expected = [await anew(database, period) for period in PERIODS]
    monkeypatch.setattr(usage_sums, "MOST", 3)
    assert [await told(database, period) for period in PERIODS] == expected


async def test_sums_are_kept_of_those_who_ask_and_of_no_more_than_a_few(
    database: engine.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks at ever other periods has the oldest forgotten."""
    monkeypatch.setattr(settled, "KEPT", 5)
    for hours in range(1, 20):
        period = between(NOW - timedelta(days=2, hours=hours), NOW)
        assert await told(database, period) == await anew(database, period)
        assert len(database.settled) == 5
