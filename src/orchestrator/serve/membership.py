"""One of several server processes on a database: signs of life, the dead, and who runs which bot.

How to think about it: a process that stops giving signs of life is *buried* by another one, in one
unit of work, and from that moment on it holds nothing: no bot, no agent's socket, no right to write
what the bot decides. It may well live, stopped for a while by somebody or by a machine under load.
Then it finds itself buried at its next sign of life, lets go of its bots as in a crash, and begins
a new life under a new id, in which it notes its open sockets again.

No clock is compared with another, and none is asked: a process counts its own rounds in which
another one gave no sign. One that was stopped itself counts none meanwhile.
"""

import contextlib
import os
import socket
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from orchestrator.adapters.storage.processes import Myself, Processes, Round
from orchestrator.core.model import errors
from orchestrator.core.model.ids import AccountId
from orchestrator.doors.bot import faults
from orchestrator.services.clock import Clock
from orchestrator.services.cloud.presence import Presences

PATIENCE: Final = 4
"""Rounds of ours without a sign of life of another before it is buried."""

_log = structlog.get_logger(__name__)


class Silences:
    """How many rounds in a row each other process has given no sign of life."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}

    def heard(self, round_: Round) -> frozenset[str]:
        """Count one more successful round of ours; return who was there before it and is not now.

        They were buried, by whomever, or left in good order.
        """
        before = self._seen
        self._seen = {}
        for process, beat in round_.others.items():
            last, silent = before.get(process, (beat, -1))
            self._seen[process] = (beat, silent + 1 if beat == last else 0)
        return frozenset(before.keys() - self._seen.keys())

    def dead(self) -> dict[str, int]:
        """Return whose silence has lasted too long, with the last beat seen of each."""
        return {
            process: beat for process, (beat, silent) in self._seen.items() if silent >= PATIENCE
        }


class Membership:
    """Our process among those on its database."""

    def __init__(self, rows: Processes, *, folder: Path, clock: Clock) -> None:
        self._rows = rows
        self._folder = folder
        self._clock = clock
        self._me = self._life()
        self._silences = Silences()
        self._held: frozenset[AccountId] = frozenset()
        self._takes = False
        self._is_unnoted = False
        """Our open sockets are not noted yet under the present id."""
        self._must_look = False
        """Others are gone, and what they left is not looked after yet."""

    @property
    def process(self) -> str:
        """The id of the present life."""
        return self._me.id

    def holds(self, account: AccountId) -> bool:
        """Whether the account's bot is ours to run."""
        return account in self._held

    async def join(self) -> None:
        """Begin, before anything else is done: no agent has a socket here yet."""
        await self._rows.join(self._me)

    async def take(self) -> None:
        """Take the bots that nobody runs, now and whenever there are any."""
        self._held = await self._rows.take(self._me.id)
        self._takes = True

    def stop_taking(self) -> None:
        """Take no bot any more, and go on to give signs of life: work is being finished."""
        self._takes = False

    async def release(self) -> None:
        """Give our bots, which have been stopped, to the others."""
        with contextlib.suppress(errors.Unavailable):  # they take them all the same, later
            await self._rows.release(self._me.id)

    async def leave(self) -> None:
        """End, with everything finished: the others need not wait for our silence."""
        with contextlib.suppress(errors.Unavailable):
            await self._rows.leave(self._me.id)

    async def run(
        self,
        presences: Presences,
        *,
        changed: Callable[[AccountId], Awaitable[None]],
        look: Callable[[AccountId], None],
        accounts: Callable[[], Awaitable[Sequence[AccountId]]],
        every: timedelta,
    ) -> None:
        """Give signs of life until cancelled; trouble with the storage is logged and survived.

        ``changed`` is called with each account whose bot is ours now, or is no more; ``look`` with
        each of ``accounts`` when a process is gone that may have left its queues alone.
        """
        while True:
            await self._clock.sleep(every.total_seconds())
            try:
                found = await self._rows.beat(
                    self._me.id, now=self._clock.now(), dead=self._silences.dead()
                )
                if found is None:
                    await self._live_again(changed)
                    continue
                if self._is_unnoted:  # by now there is a row for them to belong to
                    await presences.rejoin(self._me.id)
                    self._is_unnoted = False
                await presences.settle()
                self._must_look |= found.has_stranded or bool(self._silences.heard(found))
                for process in found.buried:
                    _log.warning("server.buried-another", process=process)
                if self._must_look:
                    for account in await accounts():
                        await presences.reset(account)
                        look(account)  # nobody waits for the deadlines that they knew of
                    self._must_look = False
                if found.has_free and self._takes:
                    await self._hold(await self._rows.take(self._me.id), changed)
            except Exception as error:  # noqa: BLE001  whatever it is, the next sign must be given
                _log.warning("server.no-sign-of-life", **faults.described(error))

    async def _live_again(self, changed: Callable[[AccountId], Awaitable[None]]) -> None:
        """Begin a new life after having been buried: first let go of everything."""
        _log.warning("server.was-buried", process=self._me.id)
        await self._hold(frozenset(), changed)
        self._me = self._life()
        self._silences = Silences()
        self._is_unnoted = True
        await self._rows.join(self._me)

    async def _hold(
        self, held: frozenset[AccountId], changed: Callable[[AccountId], Awaitable[None]]
    ) -> None:
        before, self._held = self._held, held
        for account in sorted(before ^ held):
            await changed(account)

    def _life(self) -> Myself:
        return Myself(
            id=uuid.uuid4().hex,
            host=socket.gethostname(),
            folder=str(self._folder.absolute()),
            pid=os.getpid(),
            started_at=self._clock.now(),
        )
