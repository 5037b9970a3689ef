"""Arrivals in: each is answered in a task of its own, until it is."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.ids import AccountId, ConversationId, RingId
from orchestrator.core.model.step import Step
from orchestrator.doors.bot import alarm, faults
from orchestrator.services.clock import Clock

_log = structlog.get_logger(__name__)


class Answers(Protocol):
    """What the worker needs of `services.routing`."""

    async def answer(self, arrival: Arrival) -> Sequence[Step]:
        """Return the steps to perform now; raising means: answer it again later."""
        ...


_Key = tuple[AccountId, ConversationId, RingId | None]


class _Job:
    def __init__(self, arrival: Arrival, clock: Clock) -> None:
        self.arrival = arrival
        self.alarm = alarm.Alarm(clock)
        self.is_stale = False
        self.failures = 0
        self.task: asyncio.Task[None] | None = None


class Worker:
    """Answers arrivals. No ring waits for another conversation, so nothing bounds how many run.

    Platforms deliver duplicates freely. One that comes while its twin is being answered makes it
    answered once more afterwards, for things may have changed in between; claims make that
    harmless.
    """

    def __init__(
        self, routing: Answers, *, clock: Clock, on_steps: Callable[[Sequence[Step]], None]
    ) -> None:
        self._routing = routing
        self._clock = clock
        self._on_steps = on_steps
        self._jobs: dict[_Key, _Job] = {}
        self._is_draining = False

    def __len__(self) -> int:
        """How many arrivals are being answered, or wait to be tried again."""
        return len(self._jobs)

    def answering(self, account: AccountId) -> frozenset[ConversationId]:
        """Return the conversations of the account that are being answered, or wait to be."""
        return frozenset(conversation for owner, conversation, _ in self._jobs if owner == account)

    def arrive(self, arrival: Arrival) -> None:
        """Begin to answer. While draining it is left to the next start, which hears of it again."""
        if self._is_draining:
            return
        key = (arrival.account, arrival.conversation_id, arrival.ring_id)
        job = self._jobs.get(key)
        if job is not None:
            job.arrival = arrival
            job.is_stale = True
            job.alarm.ring()
            return
        job = self._jobs[key] = _Job(arrival, self._clock)
        job.task = asyncio.create_task(self._answer(key, job))

    def wake(self, account: AccountId) -> None:
        """Try again at once what waits: the account's platform is back."""
        for (owner, _, _), job in self._jobs.items():
            if owner == account:
                job.failures = 0  # they were the outage's
                job.alarm.ring()

    def forget(self, account: AccountId) -> None:
        """Give up what waits to be tried again: the account has no bot any more."""
        for (owner, _, _), job in self._jobs.items():
            if owner == account and job.alarm.is_waiting and job.task is not None:
                job.task.cancel()

    def abandon(self, account: AccountId) -> None:
        """Let go of everything at once: another process answers for the account from now on.

        The same as a crash here would be: claims are rows, and nothing is lost.
        """
        for key in [key for key in self._jobs if key[0] == account]:
            task = self._jobs.pop(key).task
            if task is not None:
                task.cancel()

    async def drain(self, *, seconds: float) -> None:
        """Take nothing new, let what is being answered finish, and stop the rest."""
        self._is_draining = True
        for job in self._jobs.values():
            job.alarm.ring()
        tasks = {job.task for job in self._jobs.values() if job.task is not None}
        await alarm.ended(tasks, self._clock, seconds=seconds)

    async def _answer(self, key: _Key, job: _Job) -> None:
        try:
            while not (await self._try(job) and not job.is_stale):
                if self._is_draining:
                    return
                job.failures += 1
                if not job.is_stale:
                    await job.alarm.until(alarm.later(self._clock.now(), failures=job.failures))
                if self._is_draining:
                    return
        finally:
            if self._jobs.get(key) is job:  # not abandoned
                del self._jobs[key]

    async def _try(self, job: _Job) -> bool:
        job.is_stale = False
        try:
            steps = await self._routing.answer(job.arrival)
        except Exception as error:  # noqa: BLE001  whatever it is, the conversation is not dropped
            _log.warning(
                "bot.not-answered",
                account=job.arrival.account,
                conversation=job.arrival.conversation_id,
                failures=job.failures + 1,
                **faults.described(error),
            )
            return False
        self._on_steps(steps)
        return True
