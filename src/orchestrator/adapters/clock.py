"""The only reading of the real time.

Commands that only ask for now import this as well, so asyncio waits until somebody sleeps.
"""

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock. Implements `services.clock.Clock`."""

    def now(self) -> datetime:
        """Return the aware UTC moment."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Return once ``seconds`` have passed, whatever happens to the wall clock."""
        import asyncio

        await asyncio.sleep(max(seconds, 0.0))

    async def sleep_until(self, moment: datetime) -> None:
        """Return once `now` has reached ``moment``; looks again when the clock was set back."""
        import asyncio

        while (left := (moment - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - waits for time
            await asyncio.sleep(left)
        await asyncio.sleep(0)
