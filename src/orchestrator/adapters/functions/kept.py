"""What is fetched once and believed until a moment: several who need it at once wait for one."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from typing import Final, Generic, TypeVar

from orchestrator.services.clock import Clock

MOST: Final = 1_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Values by key, the least recently used out first. A failure is not kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._values: OrderedDict[K, tuple[V, datetime]] = OrderedDict()
        self._locks: dict[K, tuple[asyncio.Lock, int]] = {}

    async def get(self, key: K, fetch: Callable[[], Awaitable[tuple[V, datetime]]]) -> V:
        """Return the value of ``key``; ``fetch`` gives it with the moment until which it is good.

        Who waits for somebody else's attempt that fails, or is cancelled, makes one of their own.
        """
        fresh = self._fresh(key)
        if fresh is not None:
            return fresh[0]
        lock, users = self._locks.get(key) or (asyncio.Lock(), 0)
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                fresh = self._fresh(key)
                if fresh is None:
                    fresh = self._values[key] = await fetch()
                    self._values.move_to_end(key)
                    while len(self._values) > MOST:
                        self._values.popitem(last=False)
                return fresh[0]
        finally:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = (lock, users - 1)

    def forget(self, key: K) -> None:
        """Believe it no longer."""
        self._values.pop(key, None)

    def _fresh(self, key: K) -> tuple[V, datetime] | None:
        found = self._values.get(key)
        if found is None or found[1] <= self._clock.now():
            return None
        self._values.move_to_end(key)
        return found
