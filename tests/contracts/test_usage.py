"""Usage over a period equals what counting its decisions one by one gives, on both databases."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
import sqlalchemy
from sqlalchemy import func, insert, select

from contracts.usage_cases import Case, case, keep
from orchestrator.adapters.storage import admin, engine, erasure, tables
from orchestrator.adapters.storage.routing import Records
from orchestrator.core.model import access, latency
from orchestrator.core.model.wanted import DecisionsWanted
from orchestrator.services.admin import usage, usage_counting, usage_tables
from orchestrator.services.admin.decisions import DecisionRow, Decisions
from orchestrator.services.admin.ports import Place
from orchestrator.services.admin.usage import Usage
from orchestrator.services.admin.usage_counting import Counting
from orchestrator.services.admin.usage_periods import Period, between
from orchestrator.testing.clock import START, TurnedClock

ACTOR = access.operator("1")
SPAN = timedelta(days=6)
DECISIONS = 120


@pytest.fixture
async def database(place: Path | str) -> AsyncIterator[engine.Database]:
    """A new database, closed after the test."""
    opened = await engine.Database.open(place)
    yield opened
    await opened.close()


@pytest.fixture
async def cases(database: engine.Database) -> list[Case]:
    """Decisions of six days, and some of another account that nobody asks about."""
    chance = random.Random(7)  # noqa: S311 - a test's chance, the same each time
    made = [case(number, chance, at=START + SPAN * chance.random()) for number in range(DECISIONS)]
    await keep(Records(database), made)
    other = [case(number, chance, at=START, account="2") for number in range(1000, 1005)]
    await keep(Records(database), other)
    return made


PERIODS = [
    between(START - timedelta(days=1), START + SPAN + timedelta(days=1)),
    between(START + timedelta(hours=5), START + timedelta(hours=23)),
    between(START + timedelta(hours=30), START + timedelta(days=4, minutes=1)),
    between(START, START + SPAN, zone=ZoneInfo("Asia/Kolkata")),
    between(START - timedelta(days=200), START + SPAN, zone=ZoneInfo("Europe/Berlin")),
    between(START - timedelta(days=9), START - timedelta(days=8)),
]


async def test_figures_are_what_decisions_add_up_to(
    database: engine.Database, cases: list[Case]
) -> None:
    """Whatever the period: totals, spans, policies, flows, latency, functions."""
    for period in PERIODS:
        _demand(await _counting(database).read(ACTOR, period), cases)


async def test_an_overview_says_what_the_whole_does(
    database: engine.Database, cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the period and the page: its rows are those of the whole, in their order."""
    monkeypatch.setattr(usage_counting, "PAGE", 3)
    counting = _counting(database)
    for period in PERIODS:
        whole = await counting.read(ACTOR, period)
        pages = [await counting.overview(ACTOR, period, skip=skip) for skip in (0, 3, 300)]
        for page in pages:
            assert (page.matched, page.unmatched) == (len(whole.policies), len(whole.never))
            cut = msgspec.structs.replace(page.usage, policies=whole.policies)
            assert cut == whole
        assert pages[0].usage.policies == whole.policies[:3]
        last = whole.policies[3:] or whole.policies
        assert pages[1].usage.policies == pages[2].usage.policies == last
        total = await counting.total(ACTOR, period)
        assert (total.decisions, total.fell_back) == (whole.decisions, whole.fell_back)
    assert len(cases) == DECISIONS


@pytest.mark.parametrize("table", usage_tables.TABLES)
async def test_a_file_says_what_the_whole_does(
    database: engine.Database, cases: list[Case], table: str
) -> None:
    """Whatever the period and the table, though only what the table has is counted."""
    counting = _counting(database)
    for period in PERIODS:
        whole = await counting.read(ACTOR, period, flows=usage.MOST_FLOWS)
        assert await counting.csv(ACTOR, period, table) == usage_tables.text(whole, table)
    assert len(cases) == DECISIONS


async def test_the_most_frequent_flows_are_found_among_few_policies(
    database: engine.Database, cases: list[Case]
) -> None:
    """As they are among all: whether those that matched most have them, or do not."""
    counting = _counting(database)
    for period in PERIODS:
        whole = await counting.read(ACTOR, period)
        for flows in (1, 2, 3, 4, 10):
            found = await counting.overview(ACTOR, period, flows=flows)
            assert found.usage.flows == whole.flows[:flows]
    assert len(cases) == DECISIONS


async def test_statements_are_the_same_tomorrow(
    database: engine.Database, cases: list[Case]
) -> None:
    """An open dashboard asks again each hour: nothing more is kept of it by then."""
    del cases
    counting = _counting(database)

    def kept(rows: sqlalchemy.Connection) -> int:
        return len(rows.engine._compiled_cache or ())

    sizes: list[int] = []
    for hours in range(3):
        period = between(START + timedelta(hours=hours), START + timedelta(hours=hours + 24))
        await counting.overview(ACTOR, period)
        sizes.append(await database.read(kept))
    assert sizes[0] == sizes[2]


def _demand(found: Usage, cases: Sequence[Case]) -> None:
    period = found.period
    inside = [each for each in cases if period.since <= each.at < period.until]
    assert found.decisions == len(inside)
    assert found.fell_back == sum(each.receipt.policy_id is None for each in inside)
    assert found.in_trouble == sum(each.is_in_trouble for each in inside)
    assert found.decisions_series == _spans(period, [each.at for each in inside])
    for row in found.policies:
        theirs = [each.at for each in inside if each.receipt.policy_id == row.policy_id]
        assert (row.matches, row.series) == (len(theirs), _spans(period, theirs))
        assert row.share == len(theirs) / len(inside)
    flows = Counter((each.skill, each.receipt.policy_id, each.target) for each in inside)
    assert {
        (flow.skill_id, flow.policy_id, flow.target): flow.decisions for flow in found.flows
    } == flows
    bins = Counter(latency.bin_of(each.took) for each in inside if each.took is not None)
    assert {
        each.up_to_ms or 0: each.decisions for each in found.latency.bins if each.decisions
    } == bins
    assert found.latency.measured == bins.total()
    _demand_functions(found, inside)


async def test_every_figure_opens_the_decisions_that_it_counts(
    database: engine.Database, cases: list[Case]
) -> None:
    """As many are listed as are counted, for each figure that there is."""
    period = between(START + timedelta(hours=7), START + SPAN)
    found = await _counting(database).read(ACTOR, period)

    async def listed(wanted: DecisionsWanted) -> int:
        decisions = Decisions(admin.AdminStore(database))
        return len(await decisions.all(ACTOR, limit=1000, wanted=wanted))

    assert await listed(usage.opens(period)) == found.decisions > 0
    assert await listed(usage.opens(period, ending="fell-back")) == found.fell_back > 0
    assert await listed(usage.opens(period, ending="trouble")) == found.in_trouble > 0
    for span, number in enumerate(found.decisions_series):
        assert await listed(usage.opens(period, span=span)) == number
    for row in found.policies:
        assert await listed(usage.opens(period, policy=row.policy_id)) == row.matches > 0
    for flow in found.flows:
        assert await listed(usage.opens_flow(period, flow)) == flow.decisions > 0
    for each in found.latency.bins:
        assert await listed(usage.opens(period, took=each.up_to_ms or 0)) == each.decisions
    inside = [each for each in cases if period.since <= each.at < period.until]
    failed = [each for each in inside if any(c.ended == "failed" for c in each.receipt.calls)]
    assert await listed(usage.opens(period, call="failed")) == len(failed) > 0
    for function in found.functions:
        name = function.name
        opened = await listed(usage.opens(period, function=name, call="failed"))
        assert opened == function.failed  # each decision used each function once
        everything = function.calls + function.cached + function.refused
        assert await listed(usage.opens(period, function=name)) == everything > 0


async def test_a_list_by_function_has_pages(database: engine.Database, cases: list[Case]) -> None:
    """Behind a place come the others, none twice and none left out."""
    del cases
    decisions = Decisions(admin.AdminStore(database))
    wanted = DecisionsWanted(function="crm")
    whole = await decisions.all(ACTOR, limit=1000, wanted=wanted)
    pages: list[tuple[Place, DecisionRow]] = []
    after: Place | None = None
    while page := await decisions.all(ACTOR, limit=7, after=after, wanted=wanted):
        pages += page
        after = page[-1][0]
    assert pages == whole
    assert len(whole) > 7


async def test_counts_go_when_their_decisions_do(
    database: engine.Database, cases: list[Case]
) -> None:
    """Past the account's retention nothing is left, in whatever portions it goes."""
    del cases
    numbers = ("ring_seconds", "session_hours", "suggestion_seconds", "first_message_seconds")
    account = {"id": "1", "retention_days": 3, "created_at": START, **dict.fromkeys(numbers, 1)}
    await database.transact(lambda rows: rows.execute(insert(tables.accounts), account))
    now = START + SPAN + timedelta(days=5)
    while await Records(database).prune(now=now, limit=50):
        pass
    for table in (tables.usage_counts, tables.function_uses):
        left = select(func.count()).where(table.c.account == "1")
        assert await database.read(lambda rows, left=left: rows.scalar(left)) == 0
    others = select(func.count()).where(tables.usage_counts.c.account == "2")
    assert await database.read(lambda rows: rows.scalar(others))


async def test_erasing_leaves_counts_that_name_nobody(
    database: engine.Database, cases: list[Case]
) -> None:
    """What functions were used for the consumer goes with their decisions; others' stays."""
    asked = next(each.receipt for each in cases if each.took is None and each.receipt.calls)
    theirs = msgspec.structs.replace(
        asked, decision_id="theirs", conversation_id="theirs", consumer_id="jo"
    )
    before = await _rows(database)
    await Records(database).keep([theirs], now=START)
    counted, used = await _rows(database)
    assert used > before[1]
    erased = await erasure.Consumers(database).erase(ACTOR, START, "jo", shelved=())
    assert erased is not None
    assert await _rows(database) == (counted, before[1])


async def _rows(database: engine.Database) -> tuple[int, int]:
    """Return how much is counted altogether, and how many uses of functions are known."""
    numbers = select(func.sum(tables.usage_counts.c.number))
    uses = select(func.count()).select_from(tables.function_uses)
    return await database.read(lambda rows: (rows.scalar(numbers) or 0, rows.scalar(uses) or 0))


def _counting(database: engine.Database) -> Counting:
    return Counting(admin.AdminStore(database), TurnedClock())


def _spans(period: Period, moments: Sequence[datetime]) -> tuple[int, ...]:
    spans = [period.span(place) for place in range(len(period.starts))]
    return tuple(sum(since <= at < until for at in moments) for since, until in spans)


def _demand_functions(found: Usage, inside: Sequence[Case]) -> None:
    calls = [call for each in inside for call in each.receipt.calls]
    assert {row.name for row in found.functions} == {call.name for call in calls}
    for row in found.functions:
        mine = [call for call in calls if call.name == row.name]
        ended = Counter(call.ended for call in mine)
        assert row.calls == ended["answered"] + ended["failed"] == sum(row.calls_series)
        assert row.failed == ended["failed"] == sum(row.failed_series)
        assert row.late == sum(call.fault == "late" for call in mine)
        assert (row.cached, row.refused) == (ended["cached"], ended["refused"])
