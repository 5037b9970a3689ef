"""Asking each place once per decision, and how patiently."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from orchestrator.core.model import errors
from orchestrator.core.model.attributes import AttributeValue, Unfetched
from orchestrator.services.clock import Clock
from orchestrator.services.routing import retry
from orchestrator.services.routing.ports import Offline

PATIENT: Final = (0.2, 1.0, 3.0, 5.0, 5.0)
"""Seconds between attempts for a conversation that waits for its transfer: what restarts is back
within them, and is not a lost value."""

AT_ONCE: Final[Sequence[float]] = ()
"""For a program that waits for an answer: one attempt."""

T = TypeVar("T")


class Once:
    """What has been asked for one decision: a second question gets the first one's answer.

    When nothing has answered for the sum of the pauses, no place is asked a second time: what is
    away as a whole costs a conversation this much once, not once for each place.
    """

    def __init__(self, clock: Clock, pauses: Sequence[float]) -> None:
        self._clock = clock
        self._pauses = pauses
        self._patience = timedelta(seconds=sum(pauses))
        self._silent_since: datetime | None = None
        self._asked: dict[str, asyncio.Task[Any]] = {}

    async def ask(self, place: str, call: Callable[[], Awaitable[T]]) -> T:
        """Return what ``call`` returns, which is called once for each ``place``.

        Raises as it does. Who is patient is told `Offline`, so as to come back later; who is not
        gets `errors.Unavailable` as from any place that does not answer.
        """
        if place not in self._asked:
            self._asked[place] = asyncio.ensure_future(self._patiently(call))
        return await self._asked[place]

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        for pause in self._pauses:
            try:
                return self._answered(await call())
            except errors.OrchestratorError as error:
                if retry.verdict(error) != "again" or self._is_out_of_patience():
                    raise
                await self._clock.sleep(pause)
        try:
            return self._answered(await call())
        except Offline as error:
            if self._pauses:
                raise
            raise errors.Unavailable(error.message) from error

    def _answered(self, value: T) -> T:
        self._silent_since = None
        return value

    def _is_out_of_patience(self) -> bool:
        now = self._clock.now()
        self._silent_since = self._silent_since or now
        return now - self._silent_since >= self._patience


async def each(
    names: Iterable[str], one: Callable[[str], Awaitable[AttributeValue]]
) -> Mapping[str, AttributeValue]:
    """Return a value for every name, side by side; a failure costs the names that needed it.

    Raises `Offline`: what is decided now could not be done now, and there is time to find out.
    """
    wanted = list(names)

    async def attempt(name: str) -> AttributeValue:
        try:
            return await one(name)
        except Offline:
            raise
        except errors.OrchestratorError as error:
            return Unfetched(error.message, name.partition(".")[0])

    if len(wanted) == 1:  # the usual case needs no task
        return {wanted[0]: await attempt(wanted[0])}
    found = await asyncio.gather(*(attempt(name) for name in wanted))
    return dict(zip(wanted, found, strict=True))
