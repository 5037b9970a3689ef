"""One platform session for every account whose bot is configured, kept running and up to date."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Generic, NoReturn, Protocol, TypeVar

import structlog

from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.directory import BotSignIn
from orchestrator.core.model.ids import AccountId
from orchestrator.doors.bot import alarm, faults
from orchestrator.doors.bot.dispatcher import Dispatcher
from orchestrator.doors.bot.leftovers import Leftovers
from orchestrator.doors.bot.states import Report, States
from orchestrator.doors.bot.worker import Worker
from orchestrator.services.clock import Clock
from orchestrator.services.routing.platforms import Platforms
from orchestrator.services.routing.ports import Platform

_log = structlog.get_logger(__name__)

_STOPPED: Final = "The server that runs the bot was stopped."

C = TypeVar("C")
"""A platform's configuration; equal ones mean the same sign-in."""

OnArrival = Callable[[Arrival], None]
OnState = Callable[[BotSignIn, str], None]


class Session(Platform, Protocol):
    """A platform that signs in by itself."""

    async def run(self) -> NoReturn:
        """Sign in and stay so until cancelled."""
        ...


Configs = Callable[[AccountId], Awaitable[C | None]]
"""Returns as whom an account's bot signs in; None when it is not configured."""

Holds = Callable[[AccountId], bool]
"""Whether an account's bot is this process' to run; where several serve one cloud, one does."""


def every_account(_account: AccountId) -> bool:
    """`Holds` of a process that is alone."""
    return True


Factory = Callable[[C, OnArrival, OnState], Session]
"""Builds a session, with whom to tell of arrivals and of how the sign-in is going."""


class _Running(Generic[C]):
    def __init__(self, config: C) -> None:
        self.config = config
        self.attempted = asyncio.Event()
        self.is_online = False
        self.task: asyncio.Task[None] | None = None
        self.watch: asyncio.Task[NoReturn] | None = None


class Sessions(Generic[C]):
    """The bots of all accounts."""

    def __init__(
        self,
        configs: Configs[C],
        factory: Factory[C],
        *,
        platforms: Platforms,
        worker: Worker,
        dispatcher: Dispatcher,
        leftovers: Leftovers,
        report: Report,
        clock: Clock,
        holds: Holds = every_account,
    ) -> None:
        self._holds = holds
        self._configs = configs
        self._factory = factory
        self._platforms = platforms
        self._worker = worker
        self._dispatcher = dispatcher
        self._leftovers = leftovers
        self._states = States(report, clock=clock)
        self._clock = clock
        self._running: dict[AccountId, _Running[C]] = {}
        self._changing: dict[AccountId, asyncio.Lock] = {}

    async def changed(self, account: AccountId) -> None:
        """Bring the account's session up to date: start it, restart it, stop it or let it be.

        One that is another process' to run is let go of, without a word about its state. A session
        that is not online is restarted even for the same configuration: whoever gives it again
        wants it tried again now. Raises what reading the configuration raises; the session is as
        it was then.
        """
        async with self._changing.setdefault(account, asyncio.Lock()):
            if not self._holds(account):
                await self._abandon(account)
                return
            config = await self._configs(account)
            running = self._running.get(account)
            if running is not None and running.is_online and running.config == config:
                return
            await self._stop(account)
            if config is None:
                self._worker.forget(account)
                self._dispatcher.forget(account)
                self._states.told(account, state="not-configured", reason="")
                return
            started = self._running[account] = _Running(config)
            started.task = asyncio.create_task(self._keep(account, started))
            started.watch = asyncio.create_task(
                self._leftovers.watch(account, lambda: started.is_online)
            )

    async def start(self, accounts: Iterable[AccountId]) -> None:
        """Start the sessions of these accounts; one that cannot be started harms no other."""
        for account in accounts:
            try:
                await self.changed(account)
            except Exception as error:  # noqa: BLE001  the other accounts have to go on
                _log.error("bot.not-started", account=account, **faults.described(error))

    async def attempted(self) -> None:
        """Return once the first attempt of every running session to sign in is over."""
        for running in tuple(self._running.values()):
            await running.attempted.wait()

    async def stop(self, *, seconds: float) -> None:
        """Finish what is being answered and performed, sign out, and write the last states."""
        await self._worker.drain(seconds=seconds)
        await self._dispatcher.drain(seconds=seconds)
        for account, running in tuple(self._running.items()):
            await self._stop(account)
            if running.is_online:
                self._states.told(account, state="connecting", reason=_STOPPED)
        await self._states.close()

    async def _abandon(self, account: AccountId) -> None:
        if account in self._running:
            self._worker.abandon(account)
            self._dispatcher.abandon(account)
            await self._stop(account)

    async def _stop(self, account: AccountId) -> None:
        running = self._running.pop(account, None)
        if running is None or running.task is None:
            return
        tasks = [task for task in (running.task, running.watch) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        running.attempted.set()
        self._platforms.remove(account)

    async def _keep(self, account: AccountId, running: _Running[C]) -> None:
        def state(now: BotSignIn, reason: str) -> None:
            self._state(account, running, now, reason=reason)

        failures = 0
        while True:
            try:
                session = self._factory(running.config, self._worker.arrive, state)
                self._platforms.put(session)
                await session.run()
            except Exception as error:  # noqa: BLE001  a fault of ours must not end the bot
                failures += 1
                _log.error("bot.session-failed", account=account, **faults.described(error))
                state("connecting", "The session failed unexpectedly and will be tried again.")
            await self._clock.sleep_until(alarm.later(self._clock.now(), failures=failures))

    def _state(
        self, account: AccountId, running: _Running[C], state: BotSignIn, *, reason: str
    ) -> None:
        self._states.told(account, state=state, reason=reason)
        running.is_online = state == "online"
        if state != "connecting" or reason:
            running.attempted.set()
        if state == "online":
            self._worker.wake(account)
            self._dispatcher.resume(account)
