"""A server within the test's own process, on a clock that the test turns."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from orchestrator.core.model import access
from orchestrator.serve import office, program
from orchestrator.serve.settings import Settings
from orchestrator.services.directory.accounts import Settings as AccountSettings
from orchestrator.testing.clock import TurnedClock
from running import wire


class Here:
    """What `wire.Town` looks at of a server."""

    def __init__(self, running: Any) -> None:
        self.https, self.http, self.ca = running.https, running.http, running.ca
        self.domain = running.domain


@asynccontextmanager
async def visited(data: Path, clock: TurnedClock) -> AsyncIterator[wire.Visit]:
    """Run a server whose sessions last half an hour, with a seeded town, and visit it."""
    settings = Settings(data=data, port=0, tls_port=0)
    async with program.running(settings, seams=program.Seams(clock=lambda _: clock)) as running:
        here: Any = Here(running)
        town = await wire.people(here, settings)
        async with office.open(settings) as desk:
            shorter = AccountSettings(session_hours=0.5)
            await desk.directory.accounts.edit(access.operator("1"), settings=shorter)
        async with wire.Visit(town) as opened:
            yield opened
