"""The embedded cloud's services over a real database file and a clock that is turned by hand."""

import itertools
import shutil
from datetime import timedelta
from typing import Any

import pytest

from orchestrator.adapters.storage import cloud, directory, engine, schema
from orchestrator.adapters.storage.floor import FloorStore
from orchestrator.core.model import access, times
from orchestrator.core.model.happening import RingChanged
from orchestrator.core.model.tokens import ConsumerToken
from orchestrator.services.admin.floor import Floor
from orchestrator.services.cloud.announcements import Announcements
from orchestrator.services.cloud.consumers import Consumers
from orchestrator.services.cloud.conversations import Conversations, Opening
from orchestrator.services.cloud.history import History
from orchestrator.services.cloud.ports import Speaker
from orchestrator.services.cloud.presence import Presences
from orchestrator.services.cloud.rings import Rings
from orchestrator.services.cloud.supervising import Supervising
from orchestrator.services.directory import Directory
from orchestrator.testing.clock import TurnedClock

PAUSE = timedelta(seconds=30)


class Plain:
    """Passwords, secrets and tokens in clear: the real ones are tested beside their adapters."""

    async def hash(self, password):
        return password

    async def matches(self, password, *, hashed):
        return password == hashed

    def seal(self, secret, *, row):
        return row.encode() + b"|" + secret

    def open(self, sealed, *, row):
        return sealed.removeprefix(row.encode() + b"|")

    async def sign(self, account, consumer, **_terms):
        return f"{account} {consumer}"

    async def verify(self, account, token):
        day = timedelta(days=1)
        owner, _, consumer = token.partition(" ")
        assert owner == account
        return ConsumerToken(consumer, "unauthenticated", times.EPOCH, times.EPOCH + 99999 * day)


class Cloud:
    """Everything of the cloud in one place, in the words of a test."""

    def __init__(self, database: engine.Database, clock: TurnedClock) -> None:
        plain: Any = Plain()
        self.clock = clock
        self.database = database
        self.told: list[Any] = []
        self.announcements = Announcements()
        self.announcements.observe(self.told.append)
        self.store = cloud.CloudStore(database, announce=self.announcements.publish, pause=PAUSE)
        self.directory = Directory(
            directory.DirectoryStore(database), clock, passwords=plain, seal=plain
        )
        self.conversations = Conversations(self.store, clock)
        self.rings = Rings(self.store, clock)
        self.supervising = Supervising(self.store, clock)
        self.floor = Floor(FloorStore(database), clock)
        self.presences = Presences(self.store, clock)
        self.history = History(self.store)
        self.consumers = Consumers(self.store, clock, plain, lifetime=timedelta(hours=1))
        self.skills: dict[str, str] = {}
        self._guests = itertools.count(1)

    async def account(self, account):
        """Make an account with the skills Sales and Billing, like the one that is there."""
        actor = access.operator(account)
        if account != "1":
            await self.directory.accounts.add(actor, account)
        for name in ("Sales", "Billing"):
            made = await self.directory.skills.add(actor, name=name)
            self.skills.setdefault(name, made.id)

    async def agent(self, login, *skills, account="1", **more):
        """Add a user, ONLINE with one socket unless ``state`` says otherwise."""
        state = more.pop("state", "ONLINE")
        actor = access.operator(account)
        given = {"type": "human", "roles": ["Agent"], "password": "correct horse", "max_chats": 3}
        given |= more
        if given["type"] == "bot":
            del given["password"]
        made = await self.directory.users.add(actor, login=login, **given)
        for skill in skills:
            await self.directory.skills.assign(actor, skill, users=[login])
        supervises = "Agent Manager" in given["roles"]
        speaker = Speaker(account, made.user.id, made.user.pid, "agent", supervises)
        if state is not None:
            await self.presences.connected(speaker)
            await self.presences.set_state(speaker, state)
        return speaker

    async def guest(self, account="1"):
        """A consumer who has signed up."""
        name = f"guest-{next(self._guests)}"
        await self.consumers.token(account, name, issuer="test")
        return Speaker(account, name, name, "consumer")

    async def opened(self, skill="Sales", *, by=None, **more):
        """A conversation in the queue of ``skill``."""
        guest = by or await self.guest()
        opening = Opening(skill_id=self.skills[skill] if skill else None, **more)
        return await self.conversations.open(guest, opening)

    async def rung(self, account="1"):
        """Distribute once; the new rings."""
        before = len(self.told)
        await self.rings.distribute(account)
        return [
            fact.ring
            for fact in self.told[before:]
            if isinstance(fact, RingChanged) and fact.ring.state == "WAITING"
        ]

    async def held(self, agent, skill="Sales"):
        """A conversation that rang at ``agent``, who accepted it."""
        opened = await self.opened(skill)
        for ring in await self.rung():
            if ring.conversation_id == opened.conversation_id:
                assert ring.user_id == agent.user_id
                await self.rings.answer(agent, ring.ring_id, "ACCEPTED")
        return await self.now(opened)

    async def now(self, conversation):
        """The conversation as it is now."""
        return await self.conversations.find(conversation.account, conversation.conversation_id)

    def states(self, conversation):
        """What its rings have gone through, in order."""
        return [
            fact.ring.state
            for fact in self.told
            if isinstance(fact, RingChanged)
            and fact.ring.conversation_id == conversation.conversation_id
        ]


@pytest.fixture
def clock():
    return TurnedClock()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A database file of the newest schema, made once: making it is most of a test's time."""
    path = tmp_path_factory.mktemp("empty") / "orchestrator.db"
    schema.prepare(path)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
async def cloud_of(request, tmp_path, clock):
    """Open the cloud on one database, again and again as after restarts."""
    opened = []
    if request.param == "sqlite":
        place = tmp_path / "orchestrator.db"
        shutil.copy(request.getfixturevalue("empty_database"), place)
    else:
        place = request.getfixturevalue("postgres_url")

    async def open_again():
        for each in opened:
            await each.close()
        database = await engine.Database.open(place)
        opened[:] = [database]
        return Cloud(database, clock)

    yield open_again
    for each in opened:
        await each.close()


@pytest.fixture
async def house(cloud_of):
    """Account 1 with two skills."""
    made = await cloud_of()
    await made.directory.accounts.opened("1")
    await made.account("1")
    return made
