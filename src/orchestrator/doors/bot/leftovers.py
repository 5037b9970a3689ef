"""Claims that nobody is answering: they come in at the front door again."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

import structlog

from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.ids import AccountId
from orchestrator.doors.bot import faults
from orchestrator.doors.bot.worker import Worker
from orchestrator.services.clock import Clock
from orchestrator.services.routing.ports import Claim

_log = structlog.get_logger(__name__)

Unfinished = Callable[[AccountId], Awaitable[Sequence[Claim]]]
"""Returns an account's claims without a decision."""


class Leftovers:
    """Looks at the claims every so many seconds.

    After a start the platform tells what the bot has. Should it leave out something, what was
    claimed before the stop is known here all the same, and asking the platform decides.
    """

    def __init__(
        self, unfinished: Unfinished, *, worker: Worker, clock: Clock, every: float
    ) -> None:
        self._unfinished = unfinished
        self._worker = worker
        self._clock = clock
        self._every = every

    async def watch(self, account: AccountId, is_online: Callable[[], bool]) -> NoReturn:
        """Look until cancelled, while the bot is online; trouble is logged and survived."""
        while True:
            await self._clock.sleep(self._every)
            if not is_online():
                continue
            try:
                await self.look(account)
            except Exception as error:  # noqa: BLE001  whatever it is, the next look may succeed
                _log.warning("bot.leftovers-unread", account=account, **faults.described(error))

    async def look(self, account: AccountId) -> None:
        """Let in again what is not being answered. Raises as reading the claims does."""
        answering = self._worker.answering(account)
        for claim in await self._unfinished(account):
            if claim.conversation_id not in answering:
                self._worker.arrive(
                    Arrival(
                        account,
                        claim.conversation_id,
                        claim.skill_id,
                        self._clock.now(),
                        ring_id=claim.ring_id,
                    )
                )
