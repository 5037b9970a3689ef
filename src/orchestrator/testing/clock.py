"""A clock that stands still until a test turns it."""

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""A Monday morning."""

_TURNS: Final = 8
"""Turns of the event loop given to those who were woken before the clock moves on."""


class TurnedClock:
    """Implements `services.clock.Clock`; moves only by `advance` and `jump`.

    Sleepers wake in the order of their time, those of the same time in the order in which they
    went to sleep, each at exactly its own time: a task that sleeps 1 s ten times within one
    `advance` of 10 s sees ten different seconds.
    """

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._order = itertools.count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the moment to which the clock was turned."""
        return self._now

    @property
    def sleepers(self) -> int:
        """How many are waiting for a later time."""
        return sum(not future.done() for _, _, future in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Return once the clock was turned by ``seconds``."""
        await self.sleep_until(self._now + timedelta(seconds=seconds))

    async def sleep_until(self, moment: datetime) -> None:
        """Return once the clock was turned to ``moment`` or later."""
        if moment <= self._now:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (moment, next(self._order), future))
        await future

    async def advance(self, by: timedelta) -> None:
        """Turn the clock by ``by``, waking everybody whose time comes, one time after the other."""
        await _turns()  # whoever was just started goes to sleep first
        end = self._now + by
        while self._sleepers and self._sleepers[0][0] <= end:
            due = self._sleepers[0][0]
            self._now = max(self._now, due)
            self._wake(due)
            await _turns()
        self._now = end
        await _turns()

    async def jump(self, by: timedelta) -> None:
        """Turn the clock by ``by`` at once, as after a sleep of the whole machine.

        Everybody whose time came meanwhile wakes once, at its end.
        """
        await _turns()
        self._now += by
        self._wake(self._now)
        await _turns()

    def _wake(self, due: datetime) -> None:
        while self._sleepers and self._sleepers[0][0] <= due:
            _, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
