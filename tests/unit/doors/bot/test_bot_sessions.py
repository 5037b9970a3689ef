"""Every configured account has one session, as configured now."""

import asyncio

import pytest

from orchestrator.core.model import errors
from orchestrator.doors.bot.dispatcher import Dispatcher
from orchestrator.doors.bot.leftovers import Leftovers
from orchestrator.doors.bot.sessions import Sessions
from orchestrator.doors.bot.worker import Worker
from orchestrator.services.routing.platforms import Platforms
from orchestrator.services.routing.ports import Claim
from orchestrator.testing.clock import START


class Session:
    """A platform that says what it is told to."""

    def __init__(self, config, on_arrival, on_state):
        self.account, self.config = config
        self.arrive, self.say = on_arrival, on_state
        self.is_running = False

    async def run(self):
        if self.config == "broken":
            raise KeyError("a bug")
        self.is_running = True
        try:
            self.say("connecting", "")
            await asyncio.get_running_loop().create_future()
        finally:
            self.is_running = False


class Office:
    """Configurations, state rows, and every session ever built."""

    def __init__(self):
        self.configs = {}
        self.rows = {}
        self.sessions = []
        self.loads = []
        self.trouble = []
        self.claims = []
        self.answered = []

    async def config(self, account):
        found = self.configs.get(account)
        if isinstance(found, Exception):
            raise found
        return None if found is None else (account, found)

    def build(self, config, on_arrival, on_state):
        self.sessions.append(Session(config, on_arrival, on_state))
        return self.sessions[-1]

    async def report(self, account, *, state, reason):
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble.pop()
        self.rows[account] = (state, reason)

    async def pending(self, account):
        self.loads.append(account)
        return []

    async def unfinished(self, account):
        return [claim for claim in self.claims if claim.account == account]

    async def answer(self, arrival):
        self.answered.append(arrival)
        return []

    async def perform(self, _, *, failures):
        del failures
        raise AssertionError


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def platforms():
    return Platforms()


@pytest.fixture
async def sessions(office, platforms, clock):
    dispatcher = Dispatcher(office, pending=office.pending, clock=clock)
    worker = Worker(office, clock=clock, on_steps=dispatcher.dispatch)
    running = Sessions(
        office.config,
        office.build,
        platforms=platforms,
        worker=worker,
        dispatcher=dispatcher,
        leftovers=Leftovers(office.unfinished, worker=worker, clock=clock, every=30),
        report=office.report,
        clock=clock,
    )
    yield running
    stopping = asyncio.create_task(running.stop(seconds=1))
    await clock.pass_time(5)
    await stopping


async def test_only_configured_accounts_run(sessions, office, platforms, clock):
    """The others say that they are not configured."""
    office.configs["1"] = "a"
    await sessions.start(["1", "2"])
    await clock.settle()
    assert [one.account for one in office.sessions] == ["1"]
    assert platforms.of("1") is office.sessions[0]
    assert office.rows == {"1": ("connecting", ""), "2": ("not-configured", "")}
    with pytest.raises(errors.Unavailable):
        platforms.of("2")


async def test_one_account_that_cannot_start_harms_no_other(sessions, office, clock):
    """Its configuration may be sealed with another key."""
    office.configs = {"1": errors.Conflict("another master key"), "2": "a"}
    await sessions.start(["1", "2"])
    await clock.settle()
    assert [one.account for one in office.sessions] == ["2"]


async def test_a_changed_configuration_restarts_and_the_same_does_not(sessions, office, clock):
    """What works is left alone."""
    office.configs["1"] = "a"
    await sessions.start(["1"])
    await clock.settle()
    office.sessions[0].say("online", "")
    await sessions.changed("1")
    assert len(office.sessions) == 1
    office.configs["1"] = "b"
    await sessions.changed("1")
    await clock.settle()
    assert [one.is_running for one in office.sessions] == [False, True]
    assert office.rows["1"] == ("connecting", "")


async def test_what_was_refused_is_tried_again_when_it_is_given_again(sessions, office, clock):
    """The key may have been mended at the other end."""
    office.configs["1"] = "a"
    await sessions.start(["1"])
    await clock.settle()
    office.sessions[0].say("refused", "wrong key")
    await sessions.changed("1")
    await clock.settle()
    assert [one.is_running for one in office.sessions] == [False, True]


async def test_a_removed_configuration_signs_out(sessions, office, platforms, clock):
    """And routing is told that there is nobody to ask."""
    office.configs["1"] = "a"
    await sessions.start(["1"])
    await clock.settle()
    del office.configs["1"]
    await sessions.changed("1")
    await clock.settle()
    assert not office.sessions[0].is_running
    assert office.rows["1"] == ("not-configured", "")
    with pytest.raises(errors.Unavailable):
        platforms.of("1")


async def test_being_online_loads_what_is_left_to_do(sessions, office, clock):
    """On every connect, not only the first."""
    office.configs["1"] = "a"
    await sessions.start(["1"])
    await clock.settle()
    for _ in range(2):
        office.sessions[0].say("online", "")
        await clock.settle()
    assert office.loads == ["1", "1"]


@pytest.mark.parametrize("end", [("online", ""), ("refused", "no"), ("connecting", "no answer")])
async def test_the_first_attempt_is_waited_for(sessions, office, clock, end):
    """However it ends; "connecting" without a reason is only its beginning."""
    office.configs["1"] = "a"
    await sessions.start(["1"])
    waiting = asyncio.create_task(sessions.attempted())
    await clock.settle()
    assert not waiting.done()
    office.sessions[0].say(*end)
    await clock.settle()
    assert waiting.done()


async def test_a_fault_of_ours_does_not_end_the_bot(sessions, office, clock):
    """It is built anew, after a while."""
    office.configs["1"] = "broken"
    await sessions.start(["1"])
    await clock.settle()
    assert office.rows["1"][0] == "connecting"
    await clock.pass_time(2)
    assert len(office.sessions) >= 2


async def test_states_that_cannot_be_written_are_written_later(sessions, office, clock):
    """Only the newest counts."""
    office.configs["1"] = "a"
    office.trouble = [errors.Unavailable("no disk")]
    await sessions.start(["1"])
    await clock.settle()
    office.sessions[0].say("online", "")
    await clock.pass_time(1)
    assert office.rows["1"] == ("online", "")


async def test_a_stopped_server_does_not_say_online(sessions, office, clock):
    """The row outlives the process."""
    office.configs["1"] = "a"
    await sessions.start(["1"])
    await clock.settle()
    office.sessions[0].say("online", "")
    await clock.settle()
    stopping = asyncio.create_task(sessions.stop(seconds=1))
    await clock.pass_time(5)
    await stopping
    assert office.rows["1"] == ("connecting", "The server that runs the bot was stopped.")


async def test_a_claim_that_nobody_answers_comes_in_again(sessions, office, clock):
    """A platform that does not tell it is asked, by the ring if there was one; online only."""
    office.configs["1"] = "a"
    office.claims = [
        Claim("1", "rang", "ring-1", "3001", "OPEN", 0, START),
        Claim("1", "found", "assigned:1700000000000", "3001", "ACCEPTED", 0, START),
    ]
    await sessions.start(["1"])
    await clock.pass_time(31)
    assert office.answered == []
    office.sessions[0].say("online", "")
    await clock.pass_time(30)
    came = [(arrival.conversation_id, arrival.ring_id) for arrival in office.answered]
    assert came == [("rang", "ring-1"), ("found", None)]
