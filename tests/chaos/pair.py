"""Cloud, proxy and bot in one event loop, for tests that plan one fault and watch it mended."""

import asyncio
import random
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from chaos import house, judging, people, proxy
from chaos.faults import Frame, Scripted
from orchestrator.serve import program, settings
from orchestrator.services.clock import Clock
from orchestrator.simulator import personas, seed

PATIENCE: Final = 45.0
DURATIONS: Final = settings.Durations(
    answer=timedelta(seconds=0.4),
    audit=timedelta(seconds=0.5),
    pause=timedelta(seconds=0.1),
    drain=timedelta(seconds=2),
    farewell=timedelta(seconds=0.2),
    ready=timedelta(seconds=10),
)
PATIENT: Final = DURATIONS.model_copy(update={"answer": timedelta(seconds=5)})
"""For many at once: nobody is given up who is only slow."""
STOLEN: Final = "Help, my card was stolen."
"""What is answered with one message and a transfer to Fraud."""


class Shifted:
    """A clock that can be set to another time: hours forward, or back. Implements `Clock`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset = timedelta()

    def now(self) -> datetime:
        """Return the time to which it was set, going on from there."""
        return self._clock.now() + self.offset

    async def sleep(self, seconds: float) -> None:
        """Wait; setting the clock changes nothing, as with the machine's own."""
        await self._clock.sleep(seconds)

    async def sleep_until(self, moment: datetime) -> None:
        """Wait until it shows ``moment``; looks again when it was set meanwhile."""
        while (left := (moment - self.now()).total_seconds()) > 0:
            await self._clock.sleep(left)
        await asyncio.sleep(0)


class Hurried(Shifted):
    """A clock by which nobody waits longer than a fifth of a second, however long they meant to."""

    async def sleep(self, seconds: float) -> None:
        """Wait, but not for long."""
        await self._clock.sleep(min(seconds, 0.2))


class Brisk(Shifted):
    """A clock by which nobody waits longer than a second.

    Where many are waited for at once, those who hurried more would ask faster than a busy machine
    answers, and only keep each other from being answered.
    """

    async def sleep(self, seconds: float) -> None:
        """Wait, but not for long."""
        await self._clock.sleep(min(seconds, 1.0))


class Pair:
    """The two servers, the proxy and its script, the people, and what became of it all."""

    def __init__(
        self,
        between: proxy.Proxy,
        script: Scripted,
        *,
        street: people.Street,
        ledger: judging.Ledger,
    ) -> None:
        self.proxy = between
        self.script = script
        self.street = street
        self._ledger = ledger

    async def write(self, words: str = STOLEN) -> None:
        """Let somebody write ``words`` on the home page, and wait until that is acknowledged."""
        who = personas.Persona("Jo", "Doe", "en-GB")
        errand = personas.Errand(seed.WAYS_IN[0], words, "Thanks.", "DESKTOP", "web")
        self.street.write_as(who, errand)
        assert await self.street.served(seconds=PATIENCE) == 0

    async def crowd(self, count: int) -> None:
        """Let ``count`` people write whatever they want, at once."""
        for _ in range(count):
            self.street.write()
        assert await self.street.served(seconds=PATIENCE) == 0

    async def settled(self) -> None:
        """Wait until nothing is under way, but faults that nothing has met."""
        await until(self._is_settled, what="rest")

    async def _is_settled(self) -> bool:
        return not await self._ledger.unsettled()

    async def check(self, *, wrong: int = 0) -> list[str]:
        """Wait for rest, and hold everything against the oracle."""
        await self.settled()
        verdict = judging.judge(self.street.written, await self._ledger.read())
        assert len(verdict.wrong) == wrong, verdict.wrong
        assert not self.script.missing, "a planned fault never happened"
        return list(verdict.wrong)

    async def outcomes(self) -> list[dict[str, Any]]:
        """Return what the bot's rows say of each transfer, in the order of the decisions."""
        return await self._ledger.outcomes()


async def until(holds: Callable[[], Awaitable[bool]], *, what: str) -> None:
    """Look until ``holds``."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await holds():  # noqa: ASYNC110 - rows of other threads
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"no {what} within {PATIENCE} s") from None


@asynccontextmanager
async def open_pair(
    prepared: house.Folders,
    root: Path,
    *,
    cloud: Callable[[Clock], Clock] = lambda clock: clock,
    bot: Callable[[Clock], Clock] = lambda clock: clock,
    durations: settings.Durations = DURATIONS,
) -> AsyncGenerator[Pair]:
    """Start both servers on copies of ``prepared`` in ``root``, with clocks as given.

    ``durations`` are the bot's.
    """
    script = Scripted()
    for source in (prepared.cloud, prepared.bot):
        await asyncio.to_thread(shutil.copytree, source, root / source.name)
    async with (
        program.running(_settings(root / "cloud"), seams=program.Seams(clock=cloud)) as running,
        proxy.Proxy.open(
            running.domain, trusting=Path(running.ca), folder=root / "proxy", plan=script
        ) as between,
    ):
        await house.give_bot(root / "bot", prepared.key, domain=between.domain, ca=between.ca)
        street = await people.Street.of(
            running.domain, prepared.brand, ca=running.ca, seed=random.getrandbits(31)
        )
        async with (
            program.running(_settings(root / "bot", durations), seams=program.Seams(clock=bot)),
            judging.Ledger.open(root / "cloud", root / "bot") as ledger,
        ):
            yield Pair(between, script, street=street, ledger=ledger)


def _settings(data: Path, durations: settings.Durations = DURATIONS) -> settings.Settings:
    return settings.read({"data": data, "port": 0, "tls_port": 0, "durations": durations})


def by_bot(name: str) -> Callable[[Frame], bool]:
    """Match the bot's requests of this kind."""
    return lambda frame: frame.side == "bot" and frame.type.endswith(name)


def answer_to(name: str, script: Scripted) -> Callable[[Frame], bool]:
    """Match the cloud's answers to the bot's requests of this kind."""

    def matches(frame: Frame) -> bool:
        answered = frame.message.get("reqId")
        return frame.side == "cloud" and any(
            asked.socket == frame.socket
            and asked.side == "bot"
            and asked.message.get("id") == answered
            and asked.type.endswith(name)
            for asked in script.seen
        )

    return matches


def told(name: str, *, kind: str = "") -> Callable[[Frame], bool]:
    """Match notifications of this name that tell anything (a change of ``kind``)."""

    def matches(frame: Frame) -> bool:
        if frame.side != "cloud" or not frame.type.endswith(name):
            return False
        changes = frame.message["body"].get("changes", [{"type": kind}])
        return any(not kind or change.get("type") == kind for change in changes)

    return matches
