"""The port of time: what the hour is, and waiting for another one."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Real time in a running server, turned by hand in tests."""

    def now(self) -> datetime:
        """Return the aware UTC moment."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return once ``seconds`` have passed; at once, but after a turn of the loop, for ≤ 0."""
        ...

    async def sleep_until(self, moment: datetime) -> None:
        """Return once `now` has reached ``moment``."""
        ...
