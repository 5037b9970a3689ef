"""Password hashing with Argon2, on threads of its own and never more at once than there are."""

import asyncio
from collections.abc import Callable
from concurrent import futures
from typing import Final, TypeVar

import argon2
from argon2 import exceptions

T = TypeVar("T")

WORKERS: Final = 2
"""Each hash takes 64 MiB and a core for tens of milliseconds; the rest waits in line."""


def hasher(*, memory_kib: int, passes: int, lanes: int) -> argon2.PasswordHasher:
    """Return Argon2id over so many KiB of memory, so many times, by so many threads."""
    return argon2.PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)


class Argon2Passwords:
    """Implements `services.directory.ports.Passwords`. ``hasher`` None is Argon2's own advice."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()
        self._executor = futures.ThreadPoolExecutor(WORKERS, thread_name_prefix="passwords")
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Return the encoded hash of ``password``, with its salt and parameters."""
        return await self._off_loop(self._hasher.hash, password)

    async def matches(self, password: str, *, hashed: str | None) -> bool:
        """Whether ``password`` is the one hashed; with None it takes as long and is False."""
        if hashed is None:
            if self._decoy is None:
                self._decoy = await self.hash("a login that does not exist")
            await self._off_loop(self._verify, self._decoy, password)
            return False
        return await self._off_loop(self._verify, hashed, password)

    def close(self) -> None:
        """End the threads."""
        self._executor.shutdown()

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (exceptions.VerificationError, exceptions.InvalidHashError):
            return False

    async def _off_loop(self, work: Callable[..., T], *arguments: str) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, work, *arguments)
