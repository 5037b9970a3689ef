"""No ring waits for another, and none is dropped."""

import asyncio

import pytest
import structlog

from orchestrator.core.model import errors
from orchestrator.core.model.arrival import Arrival
from orchestrator.doors.bot.worker import Worker
from orchestrator.testing.clock import START


class Routing:
    """Answers with the conversation's id, after scripted trouble."""

    def __init__(self):
        self.calls = []
        self.trouble = {}
        self.gates = {}

    async def answer(self, arrival):
        key = arrival.conversation_id
        self.calls.append(key)
        if key in self.gates:
            await self.gates[key].wait()
        if self.trouble.get(key):
            raise self.trouble[key].pop(0)
        return [f"step of {key}"]


@pytest.fixture
def routing():
    return Routing()


@pytest.fixture
def steps():
    return []


@pytest.fixture
def worker(routing, clock, steps):
    return Worker(routing, clock=clock, on_steps=steps.extend)


def arrival(key="c", *, account="1", ring="r"):
    return Arrival(account, key, "3001", START, ring)


async def test_steps_go_on_to_the_dispatcher(worker, steps, clock):
    """What routing decides is performed at once."""
    worker.arrive(arrival())
    await clock.settle()
    assert steps == ["step of c"]
    assert len(worker) == 0


async def test_no_ring_waits_for_another(worker, routing, steps, clock):
    """A thousand slow ones do not hold up the next."""
    for number in range(1000):
        routing.gates[f"slow-{number}"] = asyncio.Event()
        worker.arrive(arrival(f"slow-{number}"))
    worker.arrive(arrival("quick"))
    await clock.settle()
    assert steps == ["step of quick"]
    for gate in routing.gates.values():
        gate.set()
    await clock.settle()
    assert len(steps) == 1001


async def test_a_failure_is_tried_again_until_it_works(worker, routing, steps, clock):
    """Errors of ours and errors nobody expected alike, at growing pauses."""
    routing.trouble["c"] = [errors.Unavailable("away"), KeyError("a bug"), ValueError("another")]
    worker.arrive(arrival())
    await clock.pass_time(0.5)
    assert len(routing.calls) == 2
    await clock.pass_time(1 + 2)
    assert steps == ["step of c"]


async def test_a_platform_that_is_back_is_tried_at_once(worker, routing, steps, clock):
    """Only the account's own arrivals wake."""
    for account, key in (("1", "one"), ("2", "two")):
        routing.trouble[key] = [errors.Unavailable("away")] * 4
        worker.arrive(arrival(key, account=account))
    await clock.pass_time(4)
    routing.trouble["one"].clear()
    worker.wake("1")
    await clock.settle()
    assert steps == ["step of one"]


async def test_an_outage_that_is_over_lengthens_no_pause(worker, routing, steps, clock):
    """However long it was: the first failure after it counts as a first one."""
    routing.trouble["c"] = [errors.Unavailable("Not online.") for _ in range(7)]
    worker.arrive(arrival())
    await clock.pass_time(48)
    assert len(routing.calls) == 6
    worker.wake("1")
    await clock.settle()
    assert steps == []
    await clock.pass_time(0.5)
    assert steps == ["step of c"]


async def test_a_duplicate_is_answered_once_more_afterwards(worker, routing, clock):
    """Things may have changed since the first began; claims make the second harmless."""
    routing.gates["c"] = asyncio.Event()
    worker.arrive(arrival())
    await clock.settle()
    for _ in range(3):
        worker.arrive(arrival())
    await clock.settle()
    assert routing.calls == ["c"]
    routing.gates["c"].set()
    await clock.settle()
    assert routing.calls == ["c", "c"]


async def test_draining_finishes_what_runs_and_takes_nothing_new(worker, routing, steps, clock):
    """What waits to be tried again is left to the next start."""
    routing.gates["running"] = asyncio.Event()
    routing.trouble["waiting"] = [errors.Unavailable("away")] * 9
    worker.arrive(arrival("running"))
    worker.arrive(arrival("waiting"))
    await clock.settle()
    draining = asyncio.create_task(worker.drain(seconds=10))
    await clock.settle()
    worker.arrive(arrival("new"))
    routing.gates["running"].set()
    await clock.settle()
    assert draining.done()
    assert steps == ["step of running"]
    assert "new" not in routing.calls
    assert len(worker) == 0


async def test_draining_ends_in_time(worker, routing, clock):
    """A decision that hangs does not keep a server from stopping."""
    routing.gates["c"] = asyncio.Event()
    worker.arrive(arrival())
    draining = asyncio.create_task(worker.drain(seconds=10))
    await clock.pass_time(10)
    assert draining.done()
    assert len(worker) == 0


async def test_forgetting_an_account_ends_its_waiting(worker, routing, clock):
    """Without a bot there is nobody to answer for."""
    routing.trouble["c"] = [errors.Unavailable("away")] * 99
    worker.arrive(arrival())
    await clock.settle()
    worker.forget("1")
    await clock.settle()
    assert len(worker) == 0


async def test_logs_name_the_conversation_and_never_a_foreign_text(worker, routing, clock):
    """An unexpected error's text may hold anything; its place in the code does not."""
    routing.trouble["c"] = [ValueError("my password is hunter2")]
    with structlog.testing.capture_logs() as lines:
        worker.arrive(arrival())
        await clock.settle()
    (line,) = lines
    assert (line["conversation"], line["error"]) == ("c", "ValueError")
    assert "answer" in line["where"]
    assert "hunter2" not in repr(lines)
