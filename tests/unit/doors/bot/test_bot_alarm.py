"""Waiting, whatever becomes of the wall clock meanwhile."""

import asyncio
from datetime import timedelta

from orchestrator.doors.bot import alarm


async def test_a_clock_that_is_set_back_does_not_lengthen_a_pause(clock):
    """A second is a second, also when it is nine hours earlier now."""

    class SetBack:
        """Shows another hour than by which is waited."""

        def __init__(self):
            self.offset = timedelta()

        def now(self):
            return clock.now() + self.offset

        sleep = staticmethod(clock.sleep)

        async def sleep_until(self, moment):
            while moment > self.now():
                await clock.sleep((moment - self.now()).total_seconds())

    wall = SetBack()
    waiting = asyncio.create_task(alarm.Alarm(wall).until(alarm.later(wall.now(), failures=1)))
    await clock.settle()
    wall.offset = timedelta(hours=-9)
    await clock.pass_time(1)
    assert waiting.done()
