"""A store that writes only while the configuration is as the caller saw it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.services.directory.ports import Reading, Record, Store, Writing

T = TypeVar("T")
R = TypeVar("R", bound=Record)


class Expecting:
    """Implements `ports.Store` over another one; the check is part of every unit of work."""

    def __init__(self, store: Store, revision: int) -> None:
        self._store = store
        self._revision = revision

    async def read(self, work: Callable[[Reading], T]) -> T:
        """Run ``work`` on one snapshot."""
        return await self._store.read(work)

    async def glance(self, work: Callable[[Reading], T]) -> T:
        """Run ``work`` on one snapshot."""
        return await self._store.glance(work)

    async def first(self, kind: type[R], **equal: Any) -> R | None:
        """Return one of the records with these values."""
        return await self._store.first(kind, **equal)

    async def write(self, actor: Actor, at: datetime, work: Callable[[Writing], T]) -> T:
        """Run ``work``, or raise `errors.Stale` when anything was changed since the revision."""

        def checked(unit: Writing) -> T:
            current = unit.revision(actor.account)
            if current != self._revision:
                raise errors.Stale(
                    f"The configuration is at revision {current}, not {self._revision}: "
                    "read it again."
                )
            return work(unit)

        return await self._store.write(actor, at, checked)
