"""One account on PostgreSQL with eight agents and two skills, and the servers that share it."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from orchestrator.serve import office, settings
from running import server

ACCOUNT: Final = "1"
PASSWORD: Final = "pw-Eight-of-the-stress-test"
KEY: Final = "5e" * 32
"""The master key that all servers of a town share."""

SKILLS: Final = ("Sales", "Billing")
CAPACITIES: Final = (1, 1, 2, 2, 3, 4, 5, 8)
"""One agent each; even ones serve both skills, odd ones the second only."""


class Member(msgspec.Struct, frozen=True):
    """One agent: login, plain user id, and how many conversations they may have at once."""

    login: str
    user_id: str
    capacity: int


class Town(msgspec.Struct, frozen=True):
    """What was seeded. ``skills`` by name."""

    url: str
    skills: Mapping[str, str]
    agents: tuple[Member, ...]

    def start(self, data: Path) -> server.Server:
        """Start a server of the town on a folder of its own."""
        return server.Server(data, env=self.environment)

    @property
    def environment(self) -> dict[str, str]:
        """Where and with which key every process of the town works."""
        return {"ORCHESTRATOR_DATABASE": self.url, "ORCHESTRATOR_KEY": KEY}


@contextlib.asynccontextmanager
async def desk(url: str, folder: Path) -> AsyncIterator[office.Desk]:
    """Open the services beside whatever servers run."""
    given = {"data": folder, "account": ACCOUNT, "database": url, "key": KEY}
    async with office.open(settings.read(given)) as opened:
        yield opened


async def seed(url: str, folder: Path) -> Town:
    """Make the people in an empty database."""
    agents: list[Member] = []
    async with desk(url, folder) as opened:
        me, people = opened.actor, opened.directory
        skills = {name: (await people.skills.add(me, name=name)).id for name in SKILLS}
        for number, capacity in enumerate(CAPACITIES):
            login = f"agent{number}"
            made = await people.users.add(
                me,
                login=login,
                type="human",
                roles=["Agent"],
                password=PASSWORD,
                max_chats=capacity,
            )
            agents.append(Member(login, made.user.id, capacity))
            for name in SKILLS[number % 2 :]:
                await people.skills.assign(me, name, users=[login])
    return Town(url, skills, tuple(agents))
