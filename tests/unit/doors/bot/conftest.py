"""A clock to turn, for everything at the bot's door."""

from datetime import timedelta

import pytest

from orchestrator.testing.clock import START, TurnedClock


class Time(TurnedClock):
    """A turned clock with words for tests."""

    async def settle(self) -> None:
        """Let everything happen that needs no time."""
        for _ in range(5):
            await self.advance(timedelta())

    async def pass_time(self, seconds: float) -> None:
        await self.advance(timedelta(seconds=seconds))
        await self.settle()


@pytest.fixture
def clock() -> Time:
    return Time(START)
