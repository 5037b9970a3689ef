"""What a running server looks after: changes by other processes, and what is past its time."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from orchestrator.adapters.storage import engine
from orchestrator.adapters.storage.changes import Change
from orchestrator.core.model import access
from orchestrator.core.model.happening import SessionEnded
from orchestrator.core.model.ids import AccountId
from orchestrator.doors.bot import faults
from orchestrator.doors.bot.sessions import Sessions
from orchestrator.services.clock import Clock
from orchestrator.services.cloud.announcements import Announcements
from orchestrator.services.cloud.ports import BY_HAND
from orchestrator.services.cloud.supervising import Supervising

BATCH = 500
"""Rows deleted at a time, so that nobody waits long behind a big broom."""

_log = structlog.get_logger(__name__)


class Watch:
    """Follows the change log, whoever wrote it: this process, or a command beside it."""

    def __init__(
        self,
        database: engine.Database,
        *,
        announcements: Announcements,
        bots: Sessions[Any],
        wake: Callable[[AccountId], None],
        forget: Callable[[AccountId], None],
        moved: Supervising,
    ) -> None:
        self._database = database
        self._announcements = announcements
        self._bots = bots
        self._wake = wake
        self._forget = forget
        self._moved = moved
        self._sequence = 0
        self._unsettled: set[AccountId] = set()

    async def begin(self) -> None:
        """Follow what changes from now on."""
        self._sequence = await self._database.newest_change()

    async def run(self, clock: Clock, *, every: timedelta) -> None:
        """Look until cancelled; trouble with the storage is logged and survived."""
        while True:
            await clock.sleep(every.total_seconds())
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001  whatever it is, later changes must be seen
                _log.warning("server.changes-unread", **faults.described(error))

    def recheck(self, account: AccountId) -> None:
        """Bring the account's bot up to date at the next look, and again until that works."""
        self._unsettled.add(account)

    async def look(self) -> None:
        """Act on everything that changed since the last look.

        A bot whose change cannot be followed now is tried again at the next look, behind
        everything else. Raises what reading the log or the last such bot raises.
        """
        found = await self._database.changes_since(self._sequence)
        for change in found:
            if change.noun == BY_HAND and change.who == access.OPERATOR:
                await self._tell(change)
            self._act(change)
            self._sequence = change.sequence
        failed: Exception | None = None
        for account in tuple(self._unsettled):
            try:
                await self._bots.changed(account)
            except Exception as error:  # noqa: BLE001  the other bots have to go on
                failed = error
            else:
                self._unsettled.discard(account)
        if failed is not None:
            raise failed

    async def _tell(self, change: Change) -> None:
        """Announce that a command moved a conversation: it tells nobody itself."""
        rings = (change.after or {}).get("rings", ())
        told = await self._moved.told(change.account, change.id, rings=rings)
        self._announcements.publish(told)

    def _act(self, change: Change) -> None:
        match change.noun:
            case "bot-config" | "login-keys":
                self._unsettled.add(change.account)
            case "login-sessions":
                if change.after is not None and change.after.get("endedAt"):
                    user = str(change.after.get("userId"))
                    self._announcements.publish([SessionEnded(change.account, user, change.id)])
            case "users":
                # The bot itself may have been enabled again: one that is online is left alone.
                self._unsettled.add(change.account)
                self._wake(change.account)
            case "skill-assignments" | "skills" | "accounts":
                self._wake(change.account)
            case "consumers":
                self._forget(change.account)  # somebody was erased, perhaps by another process
            case _:
                pass


Broom = Callable[[datetime, int], Awaitable[int]]
"""Deletes at most so many rows that are past their time at that moment; returns how many."""


async def prune(brooms: Sequence[Broom], clock: Clock, *, every: timedelta) -> None:
    """Delete what is past its retention, a bounded batch at a time, until cancelled."""
    while True:
        await clock.sleep(every.total_seconds())
        for broom in brooms:
            try:
                while await broom(clock.now(), BATCH) == BATCH:
                    pass
            except Exception as error:  # noqa: BLE001  whatever it is, the broom comes again
                _log.warning("server.not-pruned", **faults.described(error))
