"""The automatic distributor: looks at an account's queues whenever that could change something."""

import asyncio
from datetime import datetime, timedelta

import structlog

from orchestrator.core.model import errors
from orchestrator.core.model.happening import (
    AvailabilityChanged,
    ConversationChanged,
    Happening,
    RingChanged,
)
from orchestrator.core.model.ids import AccountId
from orchestrator.services.clock import Clock
from orchestrator.services.cloud.rings import Rings

_RETRY = timedelta(seconds=1)
_log = structlog.get_logger(__name__)


class Distributor:
    """One task an account; it sleeps until a happening or the next deadline wakes it."""

    def __init__(self, rings: Rings, clock: Clock) -> None:
        self._rings = rings
        self._clock = clock
        self._wake: dict[AccountId, asyncio.Event] = {}
        self._tasks: dict[AccountId, asyncio.Task[None]] = {}

    def notice(self, happening: Happening) -> None:
        """Look at the queues if ``happening`` may have put something in, or freed somebody."""
        match happening:
            case ConversationChanged(account, conversation):
                waits = conversation.state == "OPEN" and conversation.assigned is None
                # Whoever closes or hands on a conversation has room for another.
                if conversation.state == "CLOSE" or (waits and self._rings.may_ring(conversation)):
                    self.wake(account)
            case AvailabilityChanged(account, _, availability):
                if availability in ("ONLINE", "OCCUPIED"):
                    self.wake(account)
            case RingChanged(account, ring):
                if ring.state in ("CANCELLED", "EXPIRED", "REJECTED"):
                    self.wake(account)
            case _:
                pass

    def notice_elsewhere(self, happening: Happening) -> None:
        """Know that somebody came or went at another process, whose distributor looks itself."""
        if isinstance(happening, AvailabilityChanged):
            self._rings.forget(happening.account)

    def wake(self, account: AccountId) -> None:
        """Look at the account's queues soon; many calls before that are one look."""
        event = self._wake.get(account)
        if event is None:
            event = self._wake[account] = asyncio.Event()
            self._tasks[account] = asyncio.create_task(
                self._run(account, event), name=f"distributor-{account}"
            )
        event.set()

    async def close(self) -> None:
        """Stop all tasks."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()
        self._wake.clear()

    async def _run(self, account: AccountId, event: asyncio.Event) -> None:
        while True:
            event.clear()
            try:
                deadline = await self._rings.distribute(account)
            except errors.Unavailable as error:
                _log.warning("distributor.storage-unavailable", account=account, error=str(error))
                deadline = self._clock.now() + _RETRY
            except Exception:  # noqa: BLE001 - a bug must not end it: queues would stand still
                _log.exception("distributor.bug", account=account)
                deadline = self._clock.now() + _RETRY
            if deadline is not None and deadline <= self._clock.now():
                continue
            await self._sleep(event, deadline)

    async def _sleep(self, event: asyncio.Event, deadline: datetime | None) -> None:
        if deadline is None:
            await event.wait()
            return
        # Not until the deadline: a clock that is set back by hours must not put it off by hours.
        left = (deadline - self._clock.now()).total_seconds()
        timer = asyncio.ensure_future(self._clock.sleep(left))
        bell = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait((timer, bell), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            bell.cancel()
