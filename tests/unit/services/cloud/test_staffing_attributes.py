"""Staffing that policies read: of the embedded cloud's rows, on both databases."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from orchestrator.adapters.storage import surroundings
from orchestrator.core.model import errors
from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import document, schedule
from orchestrator.services.routing.sources.staffing import OfStaffing
from orchestrator.services.routing.staffing import BELIEVED, Staffings

FIELDS = (
    *("onlineAgents", "slots", "freeSlots", "busyPercent"),
    *("waiting", "longestWaitSeconds", "isOpen"),
)
HOURS = {"policies": [], "schedules": {"Office": {"zone": "UTC", "weekly": {}}}}


class Counted:
    """Rows whose reads are counted."""

    def __init__(self, rows):
        self._rows = rows
        self.reads = 0

    def __getattr__(self, name):
        return getattr(self._rows, name)

    async def staffing(self, account, *, skills, agents):
        self.reads += 1
        return await self._rows.staffing(account, skills=skills, agents=agents)


@pytest.fixture
def rows(house):
    return Counted(surroundings.Surroundings(house.store._database))


@pytest.fixture
def source(rows, clock):
    """What a decision asks; a new one each time, over the same second's knowledge."""
    staffings = Staffings(rows, None, clock)
    closed = document.load(HOURS, calendar=None).policy_set.schedules
    timetables = {name: schedule.prepare(each) for name, each in closed.items()}
    return lambda: OfStaffing("1", staffings, schedules=timetables, at=clock.now())


async def of_skill(source, skill):
    found = await source().fetch([f"skills.{skill}.{field}" for field in FIELDS])
    return {name.rpartition(".")[2]: value.value for name, value in found.items()}


async def test_a_busy_skill(house, source, clock):
    """Three slots, one taken: a third is busy; a ring takes a slot as a conversation does."""
    ann = await house.agent("ann", "Sales", max_chats=3)
    await house.agent("ben", "Sales", max_chats=2, state="AWAY")
    await house.held(ann)
    await house.opened("Billing")
    await clock.advance(timedelta(seconds=40))
    assert await of_skill(source, house.skills["Sales"]) == {
        "onlineAgents": 1,
        "slots": 3,
        "freeSlots": 2,
        "busyPercent": 33.3,
        "waiting": 0,
        "longestWaitSeconds": 0.0,
        "isOpen": True,
    }
    assert await of_skill(source, house.skills["Billing"]) == {
        "onlineAgents": 0,
        "slots": 0,
        "freeSlots": 0,
        "busyPercent": 100.0,
        "waiting": 1,
        "longestWaitSeconds": 40.0,
        "isOpen": True,
    }


async def test_an_unlimited_agent_is_never_busy(house, source):
    """Slots cannot be counted then; the share that is taken is nothing."""
    await house.agent("ann", "Sales", max_chats=None)
    await house.agent("ben", "Sales", max_chats=1)
    found = await of_skill(source, house.skills["Sales"])
    assert (found["onlineAgents"], found["slots"], found["freeSlots"]) == (2, None, None)
    assert found["busyPercent"] == 0.0


async def test_who_is_available(house, source):
    """ONLINE with a free slot; nobody knows somebody who is not there."""
    full = await house.agent("full", "Sales", max_chats=1)
    await house.held(full)
    free = await house.agent("free", max_chats=1)
    away = await house.agent("away", state="AWAY")
    never = await house.agent("never", state=None)
    expected = {full: False, free: True, away: False, never: False}
    names = {f"agents.{agent.user_id}.available": is_so for agent, is_so in expected.items()}
    names["agents.424242.available"] = None
    found = await source().fetch(list(names))
    assert {name: value.value for name, value in found.items()} == names


async def test_opening_hours_are_those_of_the_skill(house, source):
    """Closed by its schedule; a schedule that is gone is an error and not "open"."""
    sales = house.skills["Sales"]
    known = await source()._staffings.of("1", skills=frozenset({sales}), agents=frozenset())
    staff = known.skills[sales]
    assert (await of_skill(source, sales))["isOpen"] is True
    closed, gone = (
        source()._is_open(msgspec.structs.replace(staff, schedule=name), known.at)
        for name in ("Office", "Gone")
    )
    assert isinstance(closed, Known)
    assert closed.value is False
    assert isinstance(gone, Unfetched)


async def test_an_unknown_skill_is_missing(source):
    """Not zero, and no error."""
    assert set((await of_skill(source, "424242")).values()) == {None}


async def test_one_query_for_all_that_ask_within_a_second(house, source, rows, clock):
    """However many names and decisions; afterwards it is read anew, with what was asked before."""
    sales, billing = house.skills["Sales"], house.skills["Billing"]
    await source().fetch([f"skills.{skill}.waiting" for skill in (sales, billing)])
    await of_skill(source, sales)
    assert rows.reads == 1
    await clock.advance(BELIEVED)
    await of_skill(source, sales)
    await of_skill(source, billing)
    assert rows.reads == 2


async def test_those_who_wait_for_a_failure_share_it(clock):
    """A platform that hangs costs everybody one wait, and is asked again a second later."""

    class Hanging:
        asked = 0

        async def is_elsewhere(self, _account):
            return False

        async def staffing(self, _account, **_names):
            self.asked += 1
            await asyncio.sleep(0)
            raise errors.Unavailable("It hangs.")

    rows = Hanging()
    staffings = Staffings(rows, None, clock)

    async def ask(skill):
        with pytest.raises(errors.Unavailable, match="It hangs"):
            await staffings.of("1", skills=frozenset({skill}), agents=frozenset())

    await asyncio.gather(*(ask(str(number)) for number in range(20)))
    assert rows.asked == 1
    await clock.advance(BELIEVED)
    await ask("1")
    assert rows.asked == 2
