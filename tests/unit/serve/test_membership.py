"""Several processes on one database, without the processes: lives, burials and leases."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest

from orchestrator.adapters import seal
from orchestrator.adapters.storage import cloud, directory, engine
from orchestrator.adapters.storage.processes import Fenced, Processes, Round
from orchestrator.core.model import errors
from orchestrator.serve import one_key
from orchestrator.serve.membership import PATIENCE, Membership, Silences
from orchestrator.services.cloud.announcements import Announcements
from orchestrator.services.cloud.ports import Speaker
from orchestrator.services.cloud.presence import Presences
from orchestrator.services.directory import Directory
from orchestrator.testing.clock import TurnedClock

BEAT = timedelta(seconds=1)


@pytest.fixture
async def database(tmp_path):
    opened = await engine.Database.open(tmp_path / "orchestrator.db")
    people = Directory(
        directory.DirectoryStore(opened), TurnedClock(), passwords=Plain(), seal=Plain()
    )
    await people.accounts.opened("1")
    yield opened
    await opened.close()


class Plain:
    async def hash(self, password):
        return password


class House:
    """A server process as far as the others are concerned; it may be stopped like a real one."""

    def __init__(self, database, folder):
        self.clock = TurnedClock()
        self.told = []
        announcements = Announcements()
        announcements.observe(self.told.append)
        self.store = cloud.CloudStore(
            database, announce=announcements.publish, pause=timedelta(seconds=30)
        )
        self.membership = Membership(Processes(database), folder=folder, clock=self.clock)
        self.presences = Presences(self.store, self.clock, process=self.membership.process)
        self.changed = []
        self.looked = []
        self.task = None

    async def start(self):
        await self.membership.join()
        self.task = asyncio.create_task(
            self.membership.run(
                self.presences,
                changed=self.change,
                look=self.looked.append,
                accounts=self.store.accounts,
                every=BEAT,
            )
        )
        await self.membership.take()

    async def change(self, account):
        self.changed.append((account, self.membership.holds(account)))

    async def live(self, rounds=1):
        """Give so many signs of life; the writer's thread needs real time for each."""
        for _ in range(rounds):
            await self.clock.advance(BEAT)
            async with asyncio.timeout(5):
                while not self.clock.sleepers:  # noqa: ASYNC110 - a thread does it
                    await asyncio.sleep(0.001)

    async def die(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def leave(self):
        self.membership.stop_taking()
        await self.membership.release()
        await self.die()
        await self.membership.leave()


@pytest.fixture
async def houses(database, tmp_path):
    made = SimpleNamespace(a=House(database, tmp_path / "a"), b=House(database, tmp_path / "b"))
    await made.a.start()
    await made.b.start()
    yield made
    await made.a.die()
    await made.b.die()


ANNA = Speaker("1", "11", "pid-11", "agent")


async def presence(house):
    return await house.store.read("1", lambda tx: tx.presence("11"))


async def test_a_bot_is_run_by_one_and_taken_over_from_the_dead(houses):
    """Never by two: until the dead one is buried, nobody else holds what it held."""
    assert houses.a.membership.holds("1")
    assert not houses.b.membership.holds("1")
    await houses.a.die()
    await houses.b.live(PATIENCE)
    assert not houses.b.membership.holds("1")
    await houses.b.live(2)
    assert houses.b.membership.holds("1")
    assert houses.b.changed == [("1", True)]
    assert "1" in houses.b.looked


async def test_who_leaves_in_good_order_is_followed_at_once(houses):
    """The next sign of life takes what was given back, and looks at the queues left alone."""
    await houses.b.live()
    await houses.a.leave()
    await houses.b.live()
    assert houses.b.membership.holds("1")
    assert houses.b.looked == ["1"]


async def test_signs_of_life_keep_the_lease(houses):
    """However long the other one looks."""
    for _ in range(3 * PATIENCE):
        await houses.a.live()
        await houses.b.live()
    assert houses.a.membership.holds("1")
    assert not houses.a.changed
    assert not houses.b.changed


async def test_whoever_was_stopped_itself_buries_nobody(houses):
    """Its clock may have jumped by hours: what counts are its own rounds."""
    for _ in range(PATIENCE):
        await houses.a.live(PATIENCE)
        await houses.b.clock.advance(timedelta(0))
    await houses.b.live(1)
    assert not houses.b.changed


async def test_one_taken_for_dead_lets_go_and_lives_again(houses):
    """It finds out at its next sign, lets go of the bots first, and its sockets count again."""
    first = houses.a.membership.process
    await houses.a.presences.connected(ANNA)
    await houses.a.presences.set_state(ANNA, "ONLINE")
    await houses.b.live(PATIENCE + 2)
    assert (await presence(houses.b)).connected is False
    assert houses.b.membership.holds("1")
    await houses.a.live(2)
    assert houses.a.changed == [("1", False)]
    assert houses.a.membership.process != first
    again = await presence(houses.a)
    assert again.connected
    assert again.availability == "ONLINE"
    assert houses.b.membership.holds("1")


async def test_an_agent_with_sockets_at_two_stays_while_one_lives(houses):
    """Whether one of them closes it or dies."""
    for house in (houses.a, houses.b):
        await house.presences.connected(ANNA)
    await houses.b.presences.set_state(ANNA, "ONLINE")
    await houses.a.die()
    await houses.b.live(PATIENCE + 2)
    assert (await presence(houses.b)).connected
    await houses.b.presences.disconnected(ANNA)
    assert not (await presence(houses.b)).connected


async def test_a_socket_less_at_one_of_two_changes_nothing(houses):
    """Only the last one anywhere takes the agent offline."""
    for house in (houses.a, houses.b):
        await house.presences.connected(ANNA)
    await houses.a.presences.set_state(ANNA, "ONLINE")
    await houses.a.presences.disconnected(ANNA)
    assert (await presence(houses.a)).availability == "ONLINE"


async def test_a_restart_on_the_same_folder_waits_for_no_silence(houses, database, tmp_path):
    """The folder is locked by then: its former process is dead for sure."""
    await houses.a.presences.connected(ANNA)
    await houses.a.die()
    again = House(database, tmp_path / "a")
    await again.start()
    try:
        await again.presences.reset("1")
        assert again.membership.holds("1")
        assert not (await presence(again)).connected
    finally:
        await again.die()


async def test_the_buried_cannot_write(houses, database):
    """What its bot still does, not knowing, changes no row."""
    fenced = Fenced(database, lambda: houses.a.membership.process)
    for write in (fenced.transact, fenced.jot):
        assert await write(lambda _: "written") == "written"
    await houses.b.live(PATIENCE + 2)
    for write in (fenced.transact, fenced.jot):
        with pytest.raises(errors.Unavailable):
            await write(lambda _: "written")
    assert await fenced.read(lambda _: "read") == "read"


async def test_trouble_with_the_storage_is_survived(houses, monkeypatch):
    """The next sign is given all the same."""

    async def fails(*_, **__):
        raise errors.Unavailable("no disk")

    with monkeypatch.context() as patched:
        patched.setattr(houses.a.membership._rows, "beat", fails)
        await houses.a.live(2)
    await houses.a.live()
    assert houses.a.membership.holds("1")


async def test_who_left_while_the_storage_was_away_leaves_later(houses, monkeypatch):
    """Not to ring for ever: the next sign of life that works writes it."""
    await houses.a.presences.connected(ANNA)
    await houses.a.presences.set_state(ANNA, "ONLINE")

    async def fails(*_, **__):
        raise errors.Unavailable("no database")

    with monkeypatch.context() as patched:
        patched.setattr(houses.a.store, "transact", fails)
        with pytest.raises(errors.Unavailable):
            await houses.a.presences.disconnected(ANNA)
    assert (await presence(houses.a)).connected
    await houses.a.live()
    assert not (await presence(houses.a)).connected


def test_silence_is_counted_in_rounds():
    """One sign in between, and the count begins anew."""
    silences = Silences()
    for beat in (1, 1, 1, 1, 2, *[2] * (PATIENCE - 1)):
        silences.heard(Round({"b": beat}, frozenset(), has_free=False, has_stranded=False))
        assert silences.dead() == {}
    silences.heard(Round({"b": 2}, frozenset(), has_free=False, has_stranded=False))
    assert silences.dead() == {"b": 2}


async def test_one_database_has_one_master_key(database):
    """The first one to ask decides; another key is refused before anything is sealed with it."""
    await one_key.demand(database, seal.Seal(b"a" * 32))
    await one_key.demand(database, seal.Seal(b"a" * 32))
    with pytest.raises(errors.Conflict, match="ORCHESTRATOR_KEY"):
        await one_key.demand(database, seal.Seal(b"b" * 32))
