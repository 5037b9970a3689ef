"""What ends by itself: sessions, rings and silent sockets, on a clock that the tests turn."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from orchestrator.testing.clock import TurnedClock
from running import inhouse, wire

RING = timedelta(seconds=72)


@pytest.fixture
async def clock():
    return TurnedClock(datetime.now(UTC))


@pytest.fixture
async def visit(tmp_path, clock):
    """Somebody who visits a server on the turned clock, where Ben sells as well."""
    async with inhouse.visited(tmp_path, clock) as opened:
        async with office.open(Settings(data=tmp_path)) as desk:
            await desk.directory.skills.assign(access.operator("1"), "Sales", users=["ben"])
        yield opened


async def test_27_a_ring_runs_out_and_goes_to_the_next(visit, clock):
    """EXPIRED at its deadline, and ringing elsewhere."""
    anna = await visit.agent("anna")
    conversation = await visit.opened(await visit.consumer())
    await visit.rung(anna, conversation)
    ben = await visit.agent("ben")
    await clock.advance(RING)
    await visit.rung(anna, conversation, state="EXPIRED")
    await visit.rung(ben, conversation)


async def test_everything_that_was_opened_ends_with_the_server(visit):
    """A visit that leaves sockets open does not keep the server from stopping."""
    await visit.agent("anna")
    await asyncio.wait_for((await visit.consumer()).settled(), wire.PATIENCE)
