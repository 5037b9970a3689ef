"""How often a key may ask: so many requests a minute, counted in the memory of one process."""

import math
from datetime import datetime, timedelta
from typing import Final

import msgspec

from orchestrator.core.model import errors

WINDOW: Final = timedelta(minutes=1)


class Allowance(msgspec.Struct, frozen=True):
    """What a key with a rate may still do: requests a minute, how many are left, until when."""

    limit: int
    remaining: int
    reset_seconds: int


class RateExceeded(errors.TooMany):
    """The key has used up its requests of this minute."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(
            f"This key may send {allowance.limit} requests a minute. "
            f"Try again in {allowance.reset_seconds} seconds.",
            seconds=allowance.reset_seconds,
        )
        self.allowance = allowance


class Minutes:
    """The present minute of every key that has a rate; it begins with the minute's first request.

    As large as there are such keys: only who has shown a good one is counted.
    """

    def __init__(self) -> None:
        self._used: dict[str, tuple[datetime, int]] = {}

    def count(self, key: str, rate: int, *, now: datetime) -> Allowance:
        """Count a request, and return what is left. Raises `RateExceeded`."""
        begun, used = self._used.get(key, (now, 0))
        if not begun <= now < begun + WINDOW:
            begun, used = now, 0
        reset = max(1, math.ceil((begun + WINDOW - now).total_seconds()))
        if used >= rate:
            raise RateExceeded(Allowance(rate, 0, reset))
        self._used[key] = (begun, used + 1)
        return Allowance(rate, rate - used - 1, reset)
