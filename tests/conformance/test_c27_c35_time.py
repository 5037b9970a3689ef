"""What ends by itself: rings and suggestions, on a clock that the tests turn."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from orchestrator.services.directory import skills
from orchestrator.testing.clock import TurnedClock
from running import inhouse, wire

RINGS = ".ams.routing.RoutingTaskNotification"
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


async def test_c27_a_ring_runs_out_and_goes_to_the_next(visit, clock):
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


REMOVE = {"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"}


def suggest(reference):
    return {
        "field": "ParticipantsChange",
        "type": "SUGGEST",
        "role": "ASSIGNED_AGENT",
        "userId": reference,
    }


async def test_c34_a_suggestion_that_nobody_took_goes_to_its_skill(tmp_path, visit, clock):
    """After the skill's own time the name is gone, and whoever serves the skill is rung."""
    actor = access.operator("1")
    async with office.open(Settings(data=tmp_path)) as desk:
        waits = skills.Transfers(wait_seconds=20)
        await desk.directory.skills.edit(actor, "Sales", transfers=waits)
    anna, may = await visit.agent("anna"), await visit.agent("may", state=None)
    await may.ask(".ams.aam.SubscribeExConversations", {"convState": ["OPEN"]})
    conversation = await visit.opened(await visit.consumer())
    await visit.accepted(anna, conversation)
    town = visit.town
    changed = await visit.change(anna, conversation, REMOVE, suggest(town.old_id("ben")))
    assert changed["code"] == 200
    since = len(anna.frames)
    await clock.advance(timedelta(seconds=19))
    await anna.settled()
    assert not [frame for frame in anna.frames[since:] if frame.get("type") == RINGS]
    await clock.advance(timedelta(seconds=2))
    details = await wire.upserted(
        may, conversation, matches=lambda now: not _suggested(now), since=len(may.frames) - 1
    )
    assert details["skillId"] == town.skills["Sales"]
    ring = await anna.told(
        RINGS, lambda change: change["result"]["conversationId"] == conversation, since=since
    )
    assert ring["result"]["ringsDetails"][0]["ringState"] == "WAITING"


def _suggested(details):
    people = details["dialogs"][0]["participantsDetails"]
    return [each for each in people if each["state"] == "SUGGESTED"]


async def test_c34_where_nobody_serves_the_skill_its_fallback_does(tmp_path, visit, clock):
    """The skill's fallback takes over when the time is up and none of its own agents is there."""
    actor = access.operator("1")
    async with office.open(Settings(data=tmp_path)) as desk:
        await desk.directory.skills.edit(actor, "Sales", fallback="Billing")
    may, ben = await visit.agent("may", state=None), await visit.agent("ben", state="AWAY")
    conversation = await visit.opened(await visit.consumer())
    town = visit.town
    changed = await visit.change(may, conversation, suggest(town.old_id("anna")))
    assert changed["code"] == 200
    await may.ask(".ams.aam.SubscribeExConversations", {"convState": ["OPEN"]})
    await clock.advance(timedelta(seconds=121))
    billing = town.skills["Billing"]
    await wire.upserted(may, conversation, matches=lambda now: now["skillId"] == billing)
    await ben.ask(".ams.routing.SetAgentState", {"availability": "ONLINE"})
    await visit.rung(ben, conversation)
