"""A store that writes only while the policy set is at the version that the caller saw."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.services.admin.ports import Reading, Store, Writing

T = TypeVar("T")


class Expecting:
    """Implements `ports.Store` over another one; the check is part of every unit of work."""

    def __init__(self, store: Store, number: int) -> None:
        self._store = store
        self._number = number

    async def read(self, work: Callable[[Reading], T]) -> T:
        """Run ``work`` on one snapshot."""
        return await self._store.read(work)

    async def glance(self, work: Callable[[Reading], T]) -> T:
        """Run ``work``, which finds a few rows, on one snapshot."""
        return await self._store.glance(work)

    async def write(self, actor: Actor, at: datetime, work: Callable[[Writing], T]) -> T:
        """Run ``work``, or raise `errors.Stale` when there is another version than the expected."""

        def checked(unit: Writing) -> T:
            version = unit.current(actor.account)
            number = 0 if version is None else version.number
            if number != self._number:
                raise errors.Stale(
                    f"The policy set is at version {number}, not {self._number}: read it again."
                )
            return work(unit)

        return await self._store.write(actor, at, checked)
