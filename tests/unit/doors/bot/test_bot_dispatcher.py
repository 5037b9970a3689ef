"""Steps of one conversation in order, those of different ones at once, none twice."""

import asyncio
from datetime import timedelta

import pytest

from orchestrator.core.model import errors
from orchestrator.core.model.step import Outcome, Say, Step
from orchestrator.doors.bot.dispatcher import Dispatcher
from orchestrator.services.routing.routing import Done, RetryAt
from orchestrator.testing.clock import START


class Routing:
    """Performs steps by writing them down, after scripted trouble."""

    def __init__(self, clock):
        self.clock = clock
        self.performed = []
        self.trouble = {}
        self.gates = {}
        self.failures = []

    async def perform(self, step, *, failures):
        self.failures.append(failures)
        if step.step_id in self.gates:
            await self.gates[step.step_id].wait()
        self.performed.append((step.step_id, step.attempts))
        if self.trouble.get(step.step_id):
            trouble = self.trouble[step.step_id].pop(0)
            if isinstance(trouble, Exception):
                raise trouble
            return RetryAt(self.clock.now() + timedelta(seconds=trouble), step.attempts + 1)
        return Done(Outcome("SAID", self.clock.now()))


@pytest.fixture
def routing(clock):
    return Routing(clock)


@pytest.fixture
def rows():
    """Account → what is pending there, or the error of reading it."""
    return {}


@pytest.fixture
def dispatcher(routing, rows, clock):
    async def pending(account):
        await asyncio.sleep(0)
        found = rows.get(account, [])
        if isinstance(found, Exception):
            raise found
        return found

    return Dispatcher(routing, pending=pending, clock=clock)


def step(name, *, conversation="c", position=0, account="1"):
    return Step(name, account, conversation, "d", position, Say("hello"))


async def test_steps_of_a_conversation_wait_for_each_other(dispatcher, routing, clock):
    """A message comes before the transfer behind it, however long it takes."""
    routing.trouble["say"] = [5.0]
    dispatcher.dispatch([step("say"), step("go", position=1)])
    dispatcher.dispatch([step("other", conversation="o")])
    await clock.settle()
    assert routing.performed == [("say", 0), ("other", 0)]
    await clock.pass_time(4.9)
    assert len(routing.performed) == 2
    await clock.pass_time(0.2)
    assert routing.performed[2:] == [("say", 1), ("go", 0)]
    assert len(dispatcher) == 0
    assert clock.now() > START


async def test_whatever_goes_wrong_it_is_tried_again(dispatcher, routing, clock):
    """Each attempt knows how many came before, so that routing asks whether it happened."""
    routing.trouble["say"] = [errors.Unavailable("no disk"), KeyError("a bug")]
    dispatcher.dispatch([step("say")])
    await clock.pass_time(2)
    assert routing.performed == [("say", 0), ("say", 1), ("say", 2)]


async def test_what_was_left_over_is_loaded_once(dispatcher, routing, rows, clock):
    """A start and every reconnect load; what is known already is not doubled."""
    rows["1"] = [step("a"), step("b", position=1)]
    routing.gates["a"] = asyncio.Event()
    dispatcher.dispatch([step("a")])
    for _ in range(3):
        dispatcher.resume("1")
        await clock.settle()
    routing.gates["a"].set()
    await clock.settle()
    assert routing.performed == [("a", 0), ("b", 0)]


async def test_a_step_that_ends_while_rows_are_read_is_not_brought_back(dispatcher, routing, rows):
    """The rows may be older than the end of the step."""
    rows["1"] = [step("a")]
    dispatcher.resume("1")
    dispatcher.dispatch([step("a")])
    for _ in range(20):
        await asyncio.sleep(0)
    assert routing.performed == [("a", 0)]


async def test_rows_that_cannot_be_read_are_read_later(dispatcher, routing, rows, clock):
    """A database that is away does not lose what is left to do."""
    rows["1"] = errors.Unavailable("no disk")
    dispatcher.resume("1")
    await clock.settle()
    rows["1"] = [step("a")]
    await clock.pass_time(0.5)
    assert routing.performed == [("a", 0)]


async def test_a_platform_that_is_back_is_tried_at_once(dispatcher, routing, clock):
    """Nobody waits out a pause that was about a socket."""
    routing.trouble["say"] = [480.0]
    dispatcher.dispatch([step("say")])
    await clock.settle()
    dispatcher.resume("1")
    await clock.settle()
    assert routing.performed == [("say", 0), ("say", 1)]


async def test_an_outage_that_is_over_lengthens_no_pause(dispatcher, routing, clock):
    """However long it was: the first failure after it counts as a first one."""
    routing.trouble["say"] = [errors.Unavailable("no answer") for _ in range(7)]
    dispatcher.dispatch([step("say")])
    await clock.pass_time(47)
    assert routing.failures == [0, 1, 2, 3, 4, 5]
    dispatcher.resume("1")
    await clock.settle()
    assert routing.failures[6:] == [0]
    await clock.pass_time(0.5)
    assert len(dispatcher) == 0


async def test_draining_begins_nothing_and_finishes_what_was_begun(dispatcher, routing, clock):
    """The rest is in rows for the next start."""
    routing.gates["a"] = asyncio.Event()
    routing.trouble["late"] = [60.0]
    dispatcher.dispatch([step("a"), step("b", position=1), step("late", conversation="l")])
    await clock.settle()
    draining = asyncio.create_task(dispatcher.drain(seconds=10))
    await clock.settle()
    assert not draining.done()
    routing.gates["a"].set()
    await clock.settle()
    assert draining.done()
    assert sorted(routing.performed) == [("a", 0), ("late", 0)]
    dispatcher.dispatch([step("new")])
    assert len(dispatcher) == 0


async def test_forgetting_an_account_leaves_its_rows_alone(dispatcher, routing, rows, clock):
    """Once there is a bot again, they are loaded again."""
    routing.trouble["a"] = [60.0]
    dispatcher.dispatch([step("a")])
    await clock.settle()
    dispatcher.forget("1")
    await clock.settle()
    assert len(dispatcher) == 0
    rows["1"] = [step("a")]
    dispatcher.resume("1")
    await clock.settle()
    assert len(routing.performed) == 2
