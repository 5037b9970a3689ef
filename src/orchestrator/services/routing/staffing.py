"""The staffing of accounts, believed for a second: one query for all that ask meanwhile."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.ids import AccountId, SkillId, UserId
from orchestrator.services.clock import Clock
from orchestrator.services.routing.ports import Platform, Staffing, Surroundings

BELIEVED: Final = timedelta(seconds=1)
"""A queue that is a second old is as good as one that was read as the answer travelled."""

MOST_ASKED: Final = 500
"""So many skills and agents are asked for together; beyond, only those that are needed."""

ACCOUNTS_KEPT: Final = 256


class _Kept(msgspec.Struct, frozen=True):
    staffing: Staffing
    skills: frozenset[SkillId]
    agents: frozenset[UserId]


class _Failed(msgspec.Struct, frozen=True):
    error: errors.OrchestratorError
    at: datetime


class Staffings:
    """Staffing by account: of the embedded cloud from its rows, else from the bot's platform."""

    def __init__(
        self,
        surroundings: Surroundings,
        platforms: Callable[[AccountId], Platform],
        clock: Clock,
    ) -> None:
        self._surroundings = surroundings
        self._platforms = platforms
        self._clock = clock
        self._kept: OrderedDict[AccountId, _Kept] = OrderedDict()
        self._failed: dict[AccountId, _Failed] = {}
        self._asking: dict[AccountId, asyncio.Lock] = {}

    async def of(
        self, account: AccountId, *, skills: frozenset[SkillId], agents: frozenset[UserId]
    ) -> Staffing:
        """Return how these skills and agents are doing. Raises as the platform does.

        A failure is believed as long as an answer: those who waited for it are told at once,
        instead of waiting for one of their own, one after the other.
        """
        kept = self._fresh(account, skills, agents)
        if kept is not None:
            return kept
        async with self._asking.setdefault(account, asyncio.Lock()):
            kept = self._fresh(account, skills, agents)
            if kept is None:
                self._demand_hope(account)
                kept = await self._read_or_fail(account, skills, agents)
        while len(self._kept) > ACCOUNTS_KEPT:
            oldest, _ = self._kept.popitem(last=False)
            self._asking.pop(oldest, None)
            self._failed.pop(oldest, None)
        return kept

    def _fresh(
        self, account: AccountId, skills: frozenset[SkillId], agents: frozenset[UserId]
    ) -> Staffing | None:
        kept = self._kept.get(account)
        if kept is None or not (skills <= kept.skills and agents <= kept.agents):
            return None
        return kept.staffing if self._is_believed(kept.staffing.at) else None

    def _is_believed(self, at: datetime) -> bool:
        # A clock that was set back must not make old knowledge fresh for hours.
        return timedelta() <= self._clock.now() - at < BELIEVED

    def _demand_hope(self, account: AccountId) -> None:
        failed = self._failed.get(account)
        if failed is not None and self._is_believed(failed.at):
            raise failed.error.with_traceback(None)

    async def _read_or_fail(
        self, account: AccountId, skills: frozenset[SkillId], agents: frozenset[UserId]
    ) -> Staffing:
        self._failed.pop(account, None)
        try:
            return await self._read(account, skills, agents)
        except errors.OrchestratorError as error:
            self._failed[account] = _Failed(error, self._clock.now())
            raise

    async def _read(
        self, account: AccountId, skills: frozenset[SkillId], agents: frozenset[UserId]
    ) -> Staffing:
        before = self._kept.get(account)
        if before is not None:  # who asked a moment ago asks again, and is then served as well
            together = (skills | before.skills, agents | before.agents)
            if sum(map(len, together)) <= MOST_ASKED:
                skills, agents = together
        now = self._clock.now()
        if await self._surroundings.is_elsewhere(account):
            staffing = await self._platforms(account).staffing(skills=skills, agents=agents)
        else:
            staffing = await self._surroundings.staffing(account, skills=skills, agents=agents)
        found = msgspec.structs.replace(staffing, at=now)
        self._kept[account] = _Kept(found, skills, agents)
        self._kept.move_to_end(account)
        return found
