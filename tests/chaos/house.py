"""Two data folders of one bank, and the two servers that live and die on them.

The cloud's server has no bot. The bot's server has no consumers: its bot signs in at the cloud, by
way of the proxy. Both folders are copies of one, so that ids mean the same in both.
"""

import asyncio
import contextlib
import shutil
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from orchestrator.serve import office, settings
from orchestrator.simulator import rules, seed
from orchestrator.simulator.brand import Brand
from running import program

ENVIRONMENT: Final[Mapping[str, str]] = {
    # Seconds instead of half minutes: a short run must see the slow remedies work as well.
    "ORCHESTRATOR_DURATIONS__ANSWER": "2",
    "ORCHESTRATOR_DURATIONS__AUDIT": "3",
    "ORCHESTRATOR_DURATIONS__PAUSE": "1",
    "ORCHESTRATOR_DURATIONS__READY": "1",
}
RING_SECONDS: Final = 5
FIRST_MESSAGE_SECONDS: Final = 10
"""Longer than a killed cloud stays away: what a consumer says belongs to what is decided."""
PASSWORD: Final = "pw-of-the-chaos-house"


class Folders(msgspec.Struct, frozen=True):
    """Where the two servers work, and what the bank is called there."""

    cloud: Path
    bot: Path
    brand: Brand
    key: dict[str, str]


async def prepare(root: Path, *, ring_seconds: int = RING_SECONDS) -> Folders:
    """Seed the bank in ``root/cloud``, without a bot, and copy it to ``root/bot``."""
    chosen = settings.read({"data": root / "cloud", "account": "1"})
    async with office.open(chosen) as desk:
        brand, key = await _bank(desk, ring_seconds=ring_seconds)
    await asyncio.to_thread(shutil.copytree, root / "cloud", root / "bot")
    return Folders(root / "cloud", root / "bot", brand, key)


async def _bank(desk: office.Desk, *, ring_seconds: int) -> tuple[Brand, dict[str, str]]:
    me, people = desk.actor, desk.directory
    banker = "margaret.osei"  # the only one whom a policy names and who comes to work
    made = await people.users.add(
        me, login=banker, type="human", roles=("Agent",), max_chats=None, password=PASSWORD
    )
    for login in ("olga.petrova", "tom.becker"):
        await people.users.add(
            me, login=login, type="human", roles=("Agent",), max_chats=0, password=PASSWORD
        )
    await people.users.add(me, login=seed.BOT, type="bot", roles=("Agent",), max_chats=None)
    skills = {name: (await people.skills.add(me, name=name)).id for name in seed.SKILLS}
    for name in seed.BOT_SKILLS:
        await people.skills.assign(me, name, users=[seed.BOT])
    ways_in: dict[str, tuple[str, str]] = {}
    for way in seed.WAYS_IN:
        opened = await people.engagements.add(
            me, name=way.name, skill=way.skill, campaign=seed.CAMPAIGN
        )
        ways_in[way.name] = (opened.campaign_id, opened.id)
    changes = office.account_settings(
        {
            "fallback_skill": seed.FALLBACK_SKILL,
            "ring_seconds": ring_seconds,
            "first_message_seconds": FIRST_MESSAGE_SECONDS,
        }
    )
    await people.accounts.edit(me, settings=changes)
    await desk.policies.load(me, rules.document())
    key = msgspec.to_builtins(await people.keys.generate(me, seed.BOT))
    return Brand(me.account, skills, {banker: made.user.id}, {banker: PASSWORD}, ways_in), key


async def give_bot(data: Path, key: Mapping[str, str], *, domain: str, ca: Path) -> None:
    """Let the bot of a folder sign in at ``domain``."""
    document = {**key, "domain": domain, "caFile": str(ca)}
    async with office.open(settings.read({"data": data, "account": "1"})) as desk:
        await desk.directory.bots.configure(desk.actor, document=document)


class House:
    """One ``orchestrator serve`` on fixed ports, killed and started again."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.kills = 0
        self._ports = (_free_port(), _free_port())
        self._life: program.Program | None = None
        self.deaths: list[str] = []

    @property
    def domain(self) -> str:
        """``host:port`` of the TLS port."""
        return f"127.0.0.1:{self._ports[1]}"

    @property
    def ca(self) -> Path:
        """The authority that it is to be trusted by."""
        return self.data / "ca.pem"

    async def start(self) -> None:
        """Start it, and return when it is ready."""
        command = (
            *(sys.executable, "-m", "orchestrator.cli", "serve", "--json", "--data", self.data),
            *("--port", str(self._ports[0]), "--tls-port", str(self._ports[1])),
        )
        self._life = life = program.Program(command, env=ENVIRONMENT)
        await asyncio.to_thread(
            lambda: life.wait_for(lambda line: line.get("ready"), within=60, what="readiness")
        )

    async def up(self) -> None:
        """Start it if it does not run."""
        if self._life is None or self._life.returncode is not None:
            await self.start()

    async def kill(self) -> None:
        """End it as a power cut does."""
        if self._life is not None:
            self.kills += 1
            await asyncio.to_thread(self._life.kill)
            self._note()

    async def stop(self) -> int | None:
        """End it as a service manager does; returns its exit code."""
        life = self._life
        if life is None or life.returncode is not None:
            return None if life is None else life.returncode
        code = await asyncio.to_thread(lambda: life.terminate(within=30))
        self._note()
        return code

    def _note(self) -> None:
        if self._life is not None:
            with (self.data.parent / f"{self.data.name}.log").open("a") as log:
                log.writelines(f"{line}\n" for line in self._life.errors)
            self._life.errors.clear()


@contextlib.asynccontextmanager
async def open_house(data: Path) -> AsyncGenerator[House]:
    """Start a server that is stopped, or killed, at the end."""
    house = House(data)
    try:
        await house.start()
        yield house
    finally:
        with contextlib.suppress(AssertionError):
            await house.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
