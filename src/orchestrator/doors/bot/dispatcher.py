"""Steps out: those of a conversation one after the other, those of different ones at once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec
import structlog

from orchestrator.core.model.ids import AccountId, ConversationId
from orchestrator.core.model.step import Step
from orchestrator.doors.bot import alarm, faults
from orchestrator.services.clock import Clock
from orchestrator.services.routing.routing import Done, RetryAt

_log = structlog.get_logger(__name__)


class Performs(Protocol):
    """What the dispatcher needs of `services.routing`."""

    async def perform(self, step: Step, *, failures: int) -> Done | RetryAt:
        """Do one step, or say when to try again; raising means: try again later.

        ``failures`` so many in a row came before, since the platform was last known to be there.
        """
        ...


Pending = Callable[[AccountId], Awaitable[Sequence[Step]]]
"""Returns an account's unfinished steps, by decision and position."""

_Key = tuple[AccountId, ConversationId]


class _Lane:
    """One conversation's steps; its task lives while there are any."""

    def __init__(self, clock: Clock) -> None:
        self.steps: deque[Step] = deque()
        self.alarm = alarm.Alarm(clock)
        self.failures = 0
        self.task: asyncio.Task[None] | None = None


class Dispatcher:
    """Performs steps as they are recorded, and after a start or a reconnect those left over."""

    def __init__(self, routing: Performs, *, pending: Pending, clock: Clock) -> None:
        self._routing = routing
        self._pending = pending
        self._clock = clock
        self._lanes: dict[_Key, _Lane] = {}
        self._known: set[str] = set()
        self._finished: set[str] = set()
        self._loads: dict[AccountId, asyncio.Task[None]] = {}
        self._is_draining = False

    def __len__(self) -> int:
        """How many conversations have steps under way."""
        return len(self._lanes)

    def dispatch(self, steps: Sequence[Step]) -> None:
        """Perform the steps, each after those of its conversation that came before."""
        if self._is_draining:
            return
        for step in steps:
            if step.step_id in self._known or step.step_id in self._finished:
                continue
            self._known.add(step.step_id)
            key = (step.account, step.conversation_id)
            lane = self._lanes.get(key)
            if lane is None:
                lane = self._lanes[key] = _Lane(self._clock)
                lane.task = asyncio.create_task(self._walk(key, lane))
            lane.steps.append(step)

    def resume(self, account: AccountId) -> None:
        """Load what is left to do, and try at once what waits: the platform is there (again)."""
        for (owner, _), lane in self._lanes.items():
            if owner == account:
                lane.failures = 0  # they were the outage's
                lane.alarm.ring()
        if account not in self._loads and not self._is_draining:
            load = self._loads[account] = asyncio.create_task(self._load(account))
            load.add_done_callback(lambda _: self._loaded(account))

    def forget(self, account: AccountId) -> None:
        """Stop what waits: the account has no bot any more. Its rows stay."""
        load = self._loads.get(account)
        if load is not None:
            load.cancel()
        for (owner, _), lane in self._lanes.items():
            if owner == account and lane.alarm.is_waiting and lane.task is not None:
                lane.task.cancel()

    def abandon(self, account: AccountId) -> None:
        """Let go of everything at once: another process performs the account's steps from now on.

        The same as a crash here would be: steps are rows, and what was begun is asked after first.
        """
        load = self._loads.get(account)
        if load is not None:
            load.cancel()
        for key in [key for key in self._lanes if key[0] == account]:
            lane = self._lanes.pop(key)
            self._known.difference_update(step.step_id for step in lane.steps)
            if lane.task is not None:
                lane.task.cancel()

    async def drain(self, *, seconds: float) -> None:
        """Begin no further step and let those that were begun finish; the rest stays in rows."""
        self._is_draining = True
        for load in self._loads.values():
            load.cancel()
        for lane in self._lanes.values():
            lane.alarm.ring()
        tasks = {lane.task for lane in self._lanes.values() if lane.task is not None}
        await alarm.ended(tasks | set(self._loads.values()), self._clock, seconds=seconds)

    async def _load(self, account: AccountId) -> None:
        failures = 0
        while True:
            try:
                self.dispatch(await self._pending(account))
            except Exception as error:  # noqa: BLE001  what is left to do must be found out
                failures += 1
                _log.warning("bot.steps-not-loaded", account=account, **faults.described(error))
            else:
                return
            await self._clock.sleep_until(alarm.later(self._clock.now(), failures=failures))

    def _loaded(self, account: AccountId) -> None:
        del self._loads[account]
        if not self._loads:
            self._finished.clear()

    async def _walk(self, key: _Key, lane: _Lane) -> None:
        try:
            while lane.steps and not self._is_draining:
                step = lane.steps[0]
                again = await self._try(step, failures=lane.failures)
                if again is None:
                    lane.failures = 0
                    lane.steps.popleft()
                    self._forget_step(step)
                    continue
                lane.failures += 1
                # A step that was begun before asks the platform first whether it happened.
                lane.steps[0] = msgspec.structs.replace(step, attempts=again.attempts)
                if not self._is_draining:
                    await lane.alarm.until(again.moment)
        finally:
            if self._lanes.get(key) is lane:  # not abandoned
                self._known.difference_update(step.step_id for step in lane.steps)
                del self._lanes[key]

    def _forget_step(self, step: Step) -> None:
        self._known.discard(step.step_id)
        if self._loads:
            # A load that read the row before it was finished must not bring it back.
            self._finished.add(step.step_id)

    async def _try(self, step: Step, *, failures: int) -> RetryAt | None:
        """Return when to try again, or None when the step is over."""
        try:
            result = await self._routing.perform(step, failures=failures)
        except Exception as error:  # noqa: BLE001  whatever it is, the conversation is not dropped
            _log.warning(
                "bot.not-performed",
                account=step.account,
                conversation=step.conversation_id,
                step=step.step_id,
                **faults.described(error),
            )
            moment = alarm.later(self._clock.now(), failures=failures + 1)
            return RetryAt(moment, step.attempts + 1)
        return result if isinstance(result, RetryAt) else None
