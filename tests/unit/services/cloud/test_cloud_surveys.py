"""Surveys at rest: where they are found, and how they end by themselves."""

from datetime import timedelta

import pytest

from orchestrator.core.model import access
from orchestrator.services.cloud import requests, surveys
from orchestrator.services.cloud.ports import ConversationFilter


@pytest.fixture
async def surveyed(house):
    """A conversation of ann's whose survey has just begun."""
    await house.directory.skills.edit(access.operator("1"), "Sales", survey="app")
    ann = await house.agent("ann", "Sales")
    held = await house.held(ann)
    over = requests.CloseDialogRequest(held.conversation_id)
    return await house.conversations.change(ann, held.conversation_id, [over])


async def test_a_survey_ends_after_a_day(house, surveyed, clock):
    """Not before; then by the system, for want of time, and only once."""
    tell = surveys.Surveys(house.store)
    await clock.advance(surveys.PATIENCE)
    assert await tell.end_old(clock.now(), 10) == 0
    await clock.advance(timedelta(seconds=1))
    assert await tell.end_old(clock.now(), 0) == 0
    assert await tell.end_old(clock.now(), 10) == 1
    now = await house.now(surveyed)
    assert (now.stage, now.close_reason, now.ended_at) == ("CLOSE", "AGENT", surveyed.ended_at)
    assert (now.dialogs[0].closed_by, now.dialogs[0].closed_cause) == ("SYSTEM", "TIMEOUT")
    assert house.told[-1].conversation == now
    assert await tell.end_old(clock.now(), 10) == 0


async def test_its_agent_is_free_and_it_waits_in_no_queue(house, surveyed):
    """A survey takes no slot and rings nowhere; the stage finds it, the state does not."""
    boss = await house.agent("boss", roles=["Agent Manager"])
    (ann,) = [each for each in surveyed.main.participants if each.role == "ASSIGNED_AGENT"]
    (status,) = await house.history.agents("1", [ann.user_id])
    assert (status.held, status.busy) == (0, 0)
    assert await house.rung() == []
    for wanted, found in (
        (ConversationFilter(stages=("OPEN",)), [surveyed]),
        (ConversationFilter(states=("OPEN",)), []),
    ):
        assert (await house.conversations.matching(boss, wanted)).found == found


async def test_it_goes_with_its_conversation(house, surveyed, clock):
    """Retention leaves nothing of the dialog: its id names no conversation any more."""
    survey = surveyed.dialogs[0].dialog_id
    find = lambda tx: tx.conversation_of_dialog(survey)  # noqa: E731 - shorter than the other way
    assert await house.store.read("1", find) == surveyed
    await clock.advance(timedelta(days=31))
    assert await house.store.prune(now=clock.now(), limit=10) == 1
    assert await house.store.read("1", find) is None
