"""A day at the brand: people arrive by chance, some come back, and agents serve them."""

import asyncio
import random
from typing import Final, Self

from orchestrator.client.messaging import login
from orchestrator.simulator import pace as paces
from orchestrator.simulator import personas, seed, steady, visit
from orchestrator.simulator.brand import Brand, Line
from orchestrator.simulator.desk import Desk
from orchestrator.simulator.visit import Guest, Watch

MOST_AT_ONCE: Final = seed.LEAST_CAPACITY - 2
"""Open conversations at most: fewer than any agent takes, so that capacity never decides."""

_COMES_BACK: Final = 0.2
_REMEMBERED: Final = 50
"""Guests who may come back."""


class Day:
    """Arrivals at ``rate`` a second on average, each on a socket of its own."""

    def __init__(
        self,
        line: Line,
        brand: Brand,
        *,
        rate: float,
        chance: random.Random,
        watch: Watch,
    ) -> None:
        self._line = line
        self._brand = brand
        self._rate = rate
        self._chance = chance
        self._watch = watch
        self._pace = paces.of(rate)
        self._desk = Desk(line, brand, staff=seed.AGENTS, pace=self._pace, chance=chance)
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._earlier: list[Guest] = []

    async def __aenter__(self) -> Self:
        """Sign the agents in; raises as ``Desk`` does."""
        await self._desk.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._desk.__aexit__(None, None, None)

    @property
    def is_staffed(self) -> bool:
        """Whether all agents are signed in right now."""
        return self._desk.is_staffed

    async def run(self, *, conversations: int | None) -> None:
        """Let so many conversations happen (None: no end) and return when all are over.

        A server that dies may come back. Raises ``errors.Unavailable`` when an agent is sent away.
        """
        working = asyncio.create_task(self._desk.work())
        arriving = asyncio.create_task(self._arrive(conversations))
        try:
            await asyncio.wait((working, arriving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (working, arriving):
                if not task.done():
                    task.cancel()
            results = await asyncio.gather(working, arriving, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise _first(result)

    async def _arrive(self, conversations: int | None) -> None:
        number = 0
        async with asyncio.TaskGroup() as visits:
            while conversations is None or number < conversations:
                number += 1
                await self._room.acquire()
                guest = await self._guest()
                visits.create_task(self._visit(guest))
                await asyncio.sleep(self._chance.expovariate(self._rate))

    async def _guest(self) -> Guest:
        if self._earlier and self._chance.random() < _COMES_BACK:
            return self._earlier.pop(self._chance.randrange(len(self._earlier)))
        token = await steady.until_back(lambda: login.sign_up(self._line.http, self._line.services))
        return Guest(personas.person(self._chance), token)

    async def _visit(self, guest: Guest) -> None:
        try:
            visitor = visit.Visitor(
                self._line,
                self._brand,
                self._desk,
                guest=guest,
                errand=personas.errand(self._chance, guest.who),
                pace=self._pace,
                chance=self._chance,
                watch=self._watch,
            )
            seen = await visitor.run()
        finally:
            self._room.release()
        if seen.stage == "ended" and seen.agent is not None:
            self._earlier.append(guest)
            del self._earlier[:-_REMEMBERED]


def _first(error: BaseException) -> BaseException:
    """Return the first real cause inside a group, so that people read one sentence."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
