"""A bot that another process runs: nothing of it is left here, and nothing is said about it."""

import asyncio
from datetime import UTC, datetime

import pytest

from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.step import Say, Step
from orchestrator.doors.bot.dispatcher import Dispatcher
from orchestrator.doors.bot.leftovers import Leftovers
from orchestrator.doors.bot.sessions import Sessions
from orchestrator.doors.bot.worker import Worker
from orchestrator.services.routing.platforms import Platforms

NOW = datetime(2026, 1, 5, tzinfo=UTC)


class Office:
    """Somebody who takes for ever over everything, and one account that is held or not."""

    def __init__(self):
        self.holds = True
        self.running = 0
        self.under_way = []
        self.ended = []
        self.rows = []
        self.account = "1"

    async def run(self):
        self.running += 1
        self.say("online", "")
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.running -= 1

    def build(self, _config, arrive, say):
        self.arrive, self.say = arrive, say
        return self

    async def config(self, _account):
        return "config"

    async def report(self, _account, *, state, reason):
        self.rows.append((state, reason))

    async def none(self, _account):
        return []

    async def answer(self, arrival):
        await self._for_ever(arrival.conversation_id)

    async def perform(self, step, *, failures):
        del failures
        await self._for_ever(step.step_id)

    async def _for_ever(self, name):
        self.under_way.append(name)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.ended.append(name)


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def dispatcher(office, clock):
    return Dispatcher(office, pending=office.none, clock=clock)


@pytest.fixture
def worker(office, dispatcher, clock):
    return Worker(office, clock=clock, on_steps=dispatcher.dispatch)


@pytest.fixture
async def sessions(office, dispatcher, worker, clock):
    running = Sessions(
        office.config,
        office.build,
        platforms=Platforms(),
        worker=worker,
        dispatcher=dispatcher,
        leftovers=Leftovers(office.none, worker=worker, clock=clock, every=30),
        report=office.report,
        clock=clock,
        holds=lambda _: office.holds,
    )
    yield running
    stopping = asyncio.create_task(running.stop(seconds=1))
    await clock.pass_time(5)
    await stopping


async def test_what_is_under_way_ends_as_in_a_crash(sessions, office, dispatcher, worker, clock):
    """Answers and steps: their rows are the other process' to go on with."""
    await sessions.start(["1"])
    await clock.settle()
    worker.arrive(Arrival("1", "c1", "3001", NOW, ring_id="c1_r"))
    dispatcher.dispatch([Step("s2", "1", "c2", "d", 0, Say("Hello"))])
    await clock.settle()
    assert office.under_way == ["c1", "s2"]
    office.rows.clear()
    office.holds = False
    await sessions.changed("1")
    await clock.settle()
    assert sorted(office.ended) == ["c1", "s2"]
    assert (len(worker), len(dispatcher), office.running) == (0, 0, 0)
    assert office.rows == []


async def test_what_was_let_go_of_can_be_taken_up_again(sessions, office, dispatcher, clock):
    """The same step is performed here, should the bot come back."""
    await sessions.start(["1"])
    await clock.settle()
    step = Step("s2", "1", "c2", "d", 0, Say("Hello"))
    dispatcher.dispatch([step])
    office.holds = False
    await sessions.changed("1")  # before the step's task has had its first turn
    await clock.settle()
    office.holds = True
    await sessions.changed("1")
    await clock.settle()
    assert office.running == 1
    dispatcher.dispatch([step])
    await clock.settle()
    assert office.under_way == ["s2"]


async def test_a_bot_that_is_not_ours_is_not_started(sessions, office, clock):
    """Neither at the start nor when its configuration changes."""
    office.holds = False
    await sessions.start(["1"])
    await sessions.attempted()
    await clock.settle()
    assert (office.running, office.rows) == (0, [])
