"""Routing over the platform in memory and real rows, driven as the bot's doors would."""

import asyncio
from datetime import timedelta

import msgspec
import sqlalchemy

from orchestrator.adapters.storage import routing, tables
from orchestrator.core.model import errors
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.model.step import Outcome
from orchestrator.core.policy import document, editions
from orchestrator.services.routing.ports import Rules
from orchestrator.services.routing.routing import Done, Routing
from orchestrator.testing.clock import TurnedClock
from roads.faults import Faults, Faulty
from roads.world import World

ALWAYS = [{"all": []}]


class LeapingClock(TurnedClock):
    """Whoever sleeps turns the clock, so that nobody waits."""

    async def sleep_until(self, moment):
        self._now = max(self._now, moment)
        await asyncio.sleep(0)


class Account1:
    """What account 1 decides by, in place of the stored rules."""

    def __init__(self, records):
        self._records = records
        self.document = {"policies": []}
        self.fallback = None
        self.number = 1

    def __getattr__(self, name):
        return getattr(self._records, name)

    async def rules(self, account):
        assert account == "1"
        version = f"v{hash(str(self.document))}"
        return Rules(version, self.number, self.fallback, timedelta(seconds=2))

    async def edition(self, version, *, like=None):
        assert version == f"v{hash(str(self.document))}"
        read = document.load_stored(self.document).policy_set
        return msgspec.structs.replace(editions.of(read, like=like), version=version)


class Road:
    """Routing on the fake platform: answers and performs as the doors would, until all is done."""

    def __init__(self, database, clock):
        self.clock = clock
        self.world = World(clock)
        self.faults = Faults()
        self.account = Account1(routing.Records(database))
        self._database = database
        self.start()

    def start(self):
        """A new process: nothing is remembered but rows."""
        platform = Faulty(self.world, self.faults)
        self.records = Faulty(self.account, self.faults)
        self.routing = Routing(self.records, lambda _: platform, self.clock)

    def policies(self, *policies, custom=None):
        self.account.document = {
            "policies": [
                {"id": f"p{place}", "name": f"Policy {place}", "enabled": True, **policy}
                for place, policy in enumerate(policies, start=1)
            ],
            **({} if custom is None else {"custom": custom}),
        }

    def actions(self, *actions):
        """One policy that always wins."""
        self.policies({"conditions": ALWAYS, "actions": list(actions)})

    async def answer(self, arrival):
        """Answer until it is answered; returns the steps."""
        for _ in range(30):
            try:
                return await self.routing.answer(arrival)
            except errors.Unavailable:
                self.clock._now += timedelta(seconds=1)
        raise AssertionError("it was never answered")

    async def perform(self, steps):
        """Perform in order until each is done; returns the outcomes."""
        return [await self._perform(step) for step in steps]

    async def _perform(self, step):
        for failures in range(30):
            try:
                done = await self.routing.perform(step, failures=failures)
            except errors.Unavailable:
                step = msgspec.structs.replace(step, attempts=step.attempts + 1)
                continue
            if isinstance(done, Done):
                return done.outcome
            step = msgspec.structs.replace(step, attempts=done.attempts)
            await self.clock.sleep_until(done.moment)
        raise AssertionError("it was never done")

    async def run(self, arrival):
        """The whole road; returns the outcomes."""
        return await self.perform(await self.answer(arrival))

    async def restart(self):
        """A new process does what is left over, and hears of everything again."""
        self.start()
        for step in await self.account.pending("1"):
            await self._perform(step)
        for arrival in self.world.arrivals():
            await self.run(arrival)

    async def receipt(self, conversation_id):
        (found,) = await self.receipts(conversation_id)
        return found

    async def receipts(self, conversation_id):
        table = tables.decisions
        statement = (
            sqlalchemy.select(table.c.receipt)
            .where(table.c.conversation_id == conversation_id)
            .order_by(table.c.at)
        )
        rows = await self._database.read(lambda c: c.execute(statement).scalars().all())
        return [msgspec.json.decode(row, type=Receipt) for row in rows]

    async def outcomes(self, conversation_id):
        table = tables.steps
        statement = (
            sqlalchemy.select(table.c.outcome)
            .where(table.c.conversation_id == conversation_id)
            .order_by(table.c.position)
        )
        rows = await self._database.read(lambda c: c.execute(statement).scalars().all())
        return [row and msgspec.json.decode(row, type=Outcome) for row in rows]

    async def left_over(self, conversation_id):
        claims = await self.account.unfinished("1")
        steps = await self.account.pending("1")
        return [each for each in (*claims, *steps) if each.conversation_id == conversation_id]
