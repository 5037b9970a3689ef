"""Waiting for a moment that may be called off by an earlier one."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from orchestrator.services.clock import Clock

PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Seconds between attempts at what failed unexpectedly; the last one repeats for ever."""


def later(now: datetime, *, failures: int) -> datetime:
    """Return when to try again after this many failures in a row (1 or more)."""
    return now + timedelta(seconds=PAUSES[min(failures, len(PAUSES)) - 1])


class Alarm:
    """Lets one task sleep until a moment, or until it is rung."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung: asyncio.Event | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether the task sleeps now."""
        return self._rung is not None

    def ring(self) -> None:
        """Wake the task now; does nothing when it does not sleep."""
        if self._rung is not None:
            self._rung.set()

    async def until(self, moment: datetime) -> None:
        """Return at ``moment``, or when rung; setting the clock back changes nothing."""
        self._rung = asyncio.Event()
        left = (moment - self._clock.now()).total_seconds()
        waits = [
            asyncio.create_task(self._clock.sleep(left)),
            asyncio.create_task(self._rung.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._rung = None
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


async def ended(tasks: set[asyncio.Task[None]], clock: Clock, *, seconds: float) -> None:
    """Wait until the tasks are over, at most ``seconds``; cancel those that are not then."""
    if tasks:
        timer = asyncio.create_task(clock.sleep(seconds))
        over = asyncio.ensure_future(asyncio.wait(tasks))
        await asyncio.wait({timer, over}, return_when=asyncio.FIRST_COMPLETED)
        timer.cancel()
        for task in tasks:
            task.cancel()
        # Not by suppressing CancelledError: that might be meant for whoever waits here.
        await asyncio.gather(over, timer, return_exceptions=True)
    await asyncio.gather(*tasks, return_exceptions=True)
