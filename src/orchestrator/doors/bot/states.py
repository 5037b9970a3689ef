"""Writing down how each sign-in is going, the newest word only, without holding anybody up."""

import asyncio
from collections.abc import Awaitable
from typing import Protocol

import structlog

from orchestrator.core.model.directory import BotSignIn
from orchestrator.core.model.ids import AccountId
from orchestrator.doors.bot import alarm, faults
from orchestrator.services.clock import Clock

_log = structlog.get_logger(__name__)


class Report(Protocol):
    """Writes an account's state where other processes read it."""

    def __call__(self, account: AccountId, *, state: BotSignIn, reason: str) -> Awaitable[None]:
        """Return once it is written."""
        ...


class States:
    """One writing at a time for each account; a state that was overtaken is not written."""

    def __init__(self, report: Report, *, clock: Clock) -> None:
        self._report = report
        self._clock = clock
        self._newest: dict[AccountId, tuple[BotSignIn, str]] = {}
        self._writing: dict[AccountId, asyncio.Task[None]] = {}
        self._is_closing = False

    def told(self, account: AccountId, *, state: BotSignIn, reason: str) -> None:
        """Write this state soon."""
        self._newest[account] = (state, reason)
        if account not in self._writing:
            self._writing[account] = asyncio.create_task(self._write(account))

    async def close(self) -> None:
        """Write what is left; what cannot be written now is given up."""
        self._is_closing = True
        await alarm.ended(set(self._writing.values()), self._clock, seconds=1.0)

    async def _write(self, account: AccountId) -> None:
        failures = 0
        try:
            while account in self._newest:
                state, reason = self._newest.pop(account)
                try:
                    await self._report(account, state=state, reason=reason)
                except Exception as error:  # noqa: BLE001  the bot works without being seen
                    failures += 1
                    _log.warning("bot.state-unwritten", account=account, **faults.described(error))
                    if self._is_closing:
                        return
                    self._newest.setdefault(account, (state, reason))
                    await self._clock.sleep_until(alarm.later(self._clock.now(), failures=failures))
        finally:
            del self._writing[account]
