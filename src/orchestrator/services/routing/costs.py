"""What calls of functions cost, added up here and written down now and then."""

from datetime import datetime
from typing import Final

import structlog

from orchestrator.core.model import errors
from orchestrator.core.model.function import Call, Cost, Costs
from orchestrator.core.model.ids import AccountId
from orchestrator.services.clock import Clock
from orchestrator.services.routing.function_ports import FunctionRecords

FLUSHED_EVERY: Final = 5.0
"""Seconds. What a process that is killed has counted since is lost; nothing else depends on it."""

_log = structlog.get_logger(__name__)


class Spending:
    """Adds up costs between two flushes."""

    def __init__(self, records: FunctionRecords, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._new: Costs = {}

    def note(self, account: AccountId, call: Call, *, at: datetime) -> None:
        """Count one use of a function."""
        key = (account, call.name)
        self._new[key] = self._new.get(key, Cost()).after(call, at=at)

    async def flush(self) -> None:
        """Write down what is new; what cannot be written is kept for the next time."""
        if not self._new:
            return
        new = self._new
        self._new = {}
        try:
            await self._records.add_costs(new)
        except errors.OrchestratorError as error:
            _log.warning("functions.costs-unwritten", reason=error.message)
            for key, cost in new.items():
                self._new[key] = cost.plus(self._new.get(key, Cost()))

    async def run(self) -> None:
        """Flush every few seconds, for ever, and once more when cancelled."""
        try:
            while True:
                await self._clock.sleep(FLUSHED_EVERY)
                await self.flush()
        finally:
            await self.flush()
