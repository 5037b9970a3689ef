"""What ends by itself: sessions, rings and silent sockets, on a clock that the tests turn."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.core.model import access
from orchestrator.serve import office, program
from orchestrator.serve.settings import Settings
from orchestrator.services.directory.accounts import Settings as AccountSettings
from orchestrator.testing.clock import TurnedClock
from running import wire

RING = timedelta(seconds=72)


class Here:
    """A server within the test's own process, as far as `wire.Town` looks at one."""

    def __init__(self, running):
        self.https, self.http, self.ca = running.https, running.http, running.ca
        self.domain = running.domain


@pytest.fixture
async def clock():
    return TurnedClock(datetime.now(UTC))


@pytest.fixture
async def visit(tmp_path, clock):
    """A server on the turned clock, and somebody who visits it."""
    settings = Settings(data=tmp_path, port=0, tls_port=0)
    async with program.running(settings, seams=program.Seams(clock=lambda _: clock)) as running:
        town = await wire.people(Here(running), settings)
        async with office.open(settings) as desk:
            actor, shorter = access.operator("1"), AccountSettings(session_hours=0.5)
            await desk.directory.accounts.edit(actor, settings=shorter)
            await desk.directory.skills.assign(actor, "Sales", users=["ben"])
        async with wire.Visit(town) as opened:
            yield opened


async def test_16_a_session_that_runs_out_closes_its_socket(visit, clock):
    """With 4401, at its end and not before; the next attempt with that bearer gets 4401 too."""
    session = await visit.login("anna")
    assert session["sessionTTl"] == "1800000"
    peer = await visit.socket(f"brand/{session['bearer']}")
    await clock.advance(timedelta(minutes=29))
    await peer.settled()
    await clock.advance(timedelta(minutes=1))
    assert await peer.closed() == 4401
    again = await visit.socket(f"brand/{session['bearer']}")
    assert await again.closed() == 4401


async def test_09_a_refreshed_session_goes_on(visit, clock):
    """A refresh moves the end; the open socket notices by itself."""
    session = await visit.login("anna")
    peer = await visit.socket(f"brand/{session['bearer']}")
    await clock.advance(timedelta(minutes=20))
    body, cookie = {"csrf": session["csrf"]}, {"Cookie": session["cookie"]}
    assert (await visit.post("/refresh", body, headers=cookie)).status_code == 200
    await clock.advance(timedelta(minutes=20))
    await peer.settled()
    await clock.advance(timedelta(minutes=10))
    assert await peer.closed() == 4401


async def test_27_a_ring_runs_out_and_goes_to_the_next(visit, clock):
    """EXPIRED at its deadline, and ringing elsewhere."""
    anna = await visit.agent("anna")
    conversation = await visit.opened(await visit.consumer())
    await visit.rung(anna, conversation)
    ben = await visit.agent("ben")
    await clock.advance(RING)
    await visit.rung(anna, conversation, state="EXPIRED")
    await visit.rung(ben, conversation)


async def test_a_consumer_who_never_says_who_they_are(visit, clock):
    """Is closed with 4401 after a while; one who has said it stays."""
    silent, spoken = await visit.socket("consumer?v=3"), await visit.consumer()
    assert (await silent.ask("GetClock"))["code"] == 200
    asked = await silent.ask("cm.ConsumerRequestConversation", {})
    assert asked["code"] == 401
    await spoken.settled()
    await clock.advance(timedelta(seconds=11))
    assert await silent.closed() == 4401
    await spoken.settled()


async def test_everything_that_was_opened_ends_with_the_server(visit):
    """A visit that leaves sockets open does not keep the server from stopping."""
    await visit.agent("anna")
    await asyncio.wait_for((await visit.consumer()).settled(), wire.PATIENCE)
