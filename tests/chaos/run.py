"""One run: people write, frames and sockets and servers die, then peace, and then the judgement."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import msgspec

from chaos import house, judging, people, proxy
from chaos.faults import Seeded
from orchestrator.client.messaging import agent, discovery, login, trust, web
from orchestrator.core.model import errors

Say = Callable[[str], None]

_QUIET: Final = 90.0
"""Seconds after the last fault in which everything must have come to rest."""
_LOOK: Final = 0.25


class Plan(msgspec.Struct, frozen=True):
    """What was asked for: seconds of faults, arrivals a second, seconds between two kills."""

    seconds: float
    seed: int
    rate: float = 5.0
    kills: tuple[float, float] = (3.0, 7.0)


class Result(msgspec.Struct, frozen=True, rename="camel"):
    """What happened, as it is printed."""

    seconds: float
    conversations: int
    faults: int
    lost: int
    duplicated: int
    misrouted: int
    speechless: int
    """Their consumers said nothing in time; they went where those belong."""
    seed: int
    kills: dict[str, int]
    faults_by_kind: dict[str, int]
    consumer_retries: int
    recovery_seconds: float | None
    """From the last fault until nothing was under way; None when that did not come."""
    wrong: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether every conversation ended where it belongs, once."""
        return not (self.lost or self.duplicated or self.misrouted)


async def run(plan: Plan, root: Path, say: Say) -> Result:
    """Run it in the empty folder ``root``, telling people with ``say`` how it goes."""
    say(f"Seed {plan.seed}. Setting up a bank …")
    folders = await house.prepare(root)
    async with AsyncExitStack() as stack:
        cloud = await stack.enter_async_context(house.open_house(folders.cloud))
        faults = Seeded(plan.seed)
        between = await stack.enter_async_context(
            proxy.Proxy.open(cloud.domain, trusting=cloud.ca, folder=root / "proxy", plan=faults)
        )
        await house.give_bot(folders.bot, folders.key, domain=between.domain, ca=between.ca)
        bot = await stack.enter_async_context(house.open_house(folders.bot))
        street = await people.Street.of(
            cloud.domain, folders.brand, ca=str(cloud.ca), seed=plan.seed
        )
        banker = asyncio.create_task(_banker(cloud, folders.brand.passwords))
        stack.push_async_callback(_end, banker)
        say(f"{plan.seconds:g} s of faults, {plan.rate:g} conversations a second …")
        started = time.monotonic()
        await _trouble(plan, street, cloud=cloud, bot=bot, say=say)
        between.heal()
        healed = time.monotonic()
        say("Peace. Waiting until everything has come to rest …")
        unheard = await street.served(seconds=_QUIET)
        async with judging.Ledger.open(folders.cloud, folders.bot) as ledger:
            recovered = await _quiet(ledger, since=healed, say=say)
            found = await ledger.read()
        verdict = judging.judge(street.written, found)
        return Result(
            seconds=round(healed - started, 1),
            conversations=len(street.written) + unheard,
            faults=sum(faults.counts.values()) + cloud.kills + bot.kills,
            lost=verdict.lost + unheard,
            duplicated=verdict.duplicated,
            misrouted=verdict.misrouted,
            speechless=verdict.speechless,
            seed=plan.seed,
            kills={"cloud": cloud.kills, "bot": bot.kills},
            faults_by_kind=dict(sorted(faults.counts.items())),
            consumer_retries=street.retries,
            recovery_seconds=recovered,
            wrong=verdict.wrong,
        )


async def _trouble(
    plan: Plan, street: people.Street, *, cloud: house.House, bot: house.House, say: Say
) -> None:
    """Let people write, and kill, until the time is up; both servers are up at the end."""
    tasks = [
        asyncio.create_task(street.busy(plan.rate)),
        asyncio.create_task(_kill(plan, cloud, random.Random(f"{plan.seed}:cloud"), say)),  # noqa: S311 - who dies when
        asyncio.create_task(_kill(plan, bot, random.Random(f"{plan.seed}:bot"), say)),  # noqa: S311 - as above
    ]
    try:
        done, _ = await asyncio.wait(
            tasks, timeout=plan.seconds, return_when=asyncio.FIRST_EXCEPTION
        )
        for task in done:
            task.result()
    finally:
        # Each kill is followed by a start, which is not to be interrupted.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for server in (cloud, bot):
        await server.up()


async def _kill(plan: Plan, server: house.House, chance: random.Random, say: Say) -> None:
    while True:
        await asyncio.sleep(chance.uniform(*plan.kills) * 2)
        say(f"kill -9 {server.data.name}")
        await server.kill()
        await server.start()


async def _quiet(ledger: judging.Ledger, *, since: float, say: Say) -> float | None:
    told = since
    while (left := await ledger.unsettled()) and time.monotonic() - since < _QUIET:
        if time.monotonic() - told > 5:
            told = time.monotonic()
            say(", ".join(f"{count} {what}" for what, count in left.items()))
        await asyncio.sleep(_LOOK)
    return None if left else round(time.monotonic() - since, 1)


async def _banker(cloud: house.House, passwords: Mapping[str, str]) -> None:
    """The agent whom a policy names is there whenever the cloud is, and answers nothing."""
    tls = await asyncio.to_thread(trust.context, str(cloud.ca))
    ((name, password),) = passwords.items()
    while True:
        with contextlib.suppress(errors.OrchestratorError, OSError):
            async with web.client(tls, timeout_seconds=5.0) as http:
                services = await discovery.find(http, domain=cloud.domain, account="1")
                session = await login.log_in(
                    http, services, credentials=login.Password(name, password)
                )
            async with agent.AgentConnection(services, session, tls=tls) as connection:
                await connection.set_state("ONLINE")
                async for _ in connection.events():
                    pass
        await asyncio.sleep(_LOOK)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
