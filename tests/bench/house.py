"""The server that is measured: a fresh folder with its account, and the process that runs on it."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psutil

from bench import rules
from orchestrator.core.model import access, errors
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import program

READY_SECONDS = 60.0
STOP_SECONDS = 30.0
PROFILE = "BENCH_PROFILE"
"""The variable of the environment that names a file for the server's profile."""


_ENVIRONMENT = {"ORCHESTRATOR_BOUNDS__NEWCOMERS": "10000"}
"""All consumers of a bench come from one address, which the server takes for somebody's mischief
otherwise."""


class Account(msgspec.Struct, frozen=True):
    """Who is there: skills by name, and the bot's key, the parts that a client needs."""

    skills: dict[str, str]
    key: dict[str, Any]


async def furnish(
    folder: Path,
    *,
    policies: dict[str, Any],
    fallback: str | None = rules.FALLBACK,
    way_in: str = rules.WAY_IN,
) -> Account:
    """Set up account 1 in ``folder``: skills, the bot with its key, policies."""
    actor = access.operator("1")
    async with office.open(Settings(data=folder), account="any") as desk:
        people = desk.directory
        skills = {
            name: (await people.skills.add(actor, name=name)).id
            for name in (way_in, *rules.TARGETS, rules.FALLBACK)
        }
        await people.users.add(actor, login="bot", type="bot", roles=("Agent",), max_chats=None)
        await people.skills.assign(actor, way_in, users=["bot"])
        key = await people.keys.generate(actor, "bot")
        document = msgspec.to_builtins(key)
        await people.bots.configure(actor, document=document)
        if fallback is not None:
            settings = office.account_settings({"fallback_skill": fallback})
            await people.accounts.edit(actor, settings=settings)
        await desk.policies.load(actor, policies, message="For the bench")
    return Account(skills, document)


class House:
    """A running server: its plain port, its process, and what its rows say."""

    def __init__(self, folder: Path, process: psutil.Process, ready: dict[str, Any]) -> None:
        self.folder = folder
        self.process = process
        self.port = urlsplit(ready["http"]).port or 80

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its threads so far."""
        times = self.process.cpu_times()
        return times.user + times.system

    def loop_seconds(self) -> float:
        """Return the CPU time of its first thread, which runs the event loop."""
        mine = (each for each in self.process.threads() if each.id == self.process.pid)
        return sum(each.user_time + each.system_time for each in mine)

    def system_seconds(self) -> float:
        """Return the part of it that the kernel used: sockets, the disk, threads."""
        return self.process.cpu_times().system

    def resident_mib(self) -> float:
        """Return its resident memory."""
        return self.process.memory_info().rss / 2**20

    def query(self, statement: str) -> Sequence[tuple[Any, ...]]:
        """Read the server's own rows, beside it."""
        path = f"file:{self.folder / 'orchestrator.db'}?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True, timeout=30)) as connection:
            return connection.execute(statement).fetchall()


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[House]:
    """Run ``orchestrator serve`` on ``folder`` as a process of its own until the block ends."""
    profile = os.environ.get(PROFILE)
    start = ["-m", "bench.sampling", profile] if profile else ["-m", "orchestrator.cli"]
    ports = ("--port", "0", "--tls-port", "0")
    command = [sys.executable, *start, "serve", "--json", "--data", str(folder), *ports]
    log = folder / "server.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(  # noqa: ASYNC220  nothing else runs on the loop yet
            command, stdout=subprocess.PIPE, stderr=sink, env=program.environment(_ENVIRONMENT)
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise errors.Unavailable(f"The server did not start: {log.read_text()[-500:]}")
        house = House(folder, psutil.Process(process.pid), msgspec.json.decode(line))
        began = time.monotonic()
        while not _has_bot(house):
            if time.monotonic() - began > READY_SECONDS:
                raise errors.Unavailable("The bot did not sign in.")
        yield house
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _has_bot(house: House) -> bool:
    found = house.query("SELECT count(*) FROM presence WHERE availability = 'ONLINE'")
    return bool(found[0][0])
