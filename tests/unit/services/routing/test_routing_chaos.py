"""What faults between bot and platform have taught routing, one lesson a test."""

import msgspec
import pytest

from orchestrator.core.model import errors
from orchestrator.core.model.step import AgentTarget, SkillTarget
from orchestrator.services.routing.ports import Departure, Offline

BOT, BILLING, SALES = "3000", "3001", "3002"
TIER = "sde.visitorinfo.customerinfo.ctype"


def to_skill(skill):
    return {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": skill}}


def when(name, value, *, then):
    condition = {"property": name, "type": "EQUAL", "value": value}
    return {"conditions": [condition], "actions": [then]}


async def test_a_bot_that_is_offline_decides_nothing(road):
    """It could do nothing about it either: what it can find out later, it finds out later."""
    road.policies(when(TIER, "gold", then=to_skill(SALES)))
    road.world.profiles["jo"] = {"customerinfo": {"ctype": "gold"}}
    for nth in range(1, 9):  # far longer than a source is asked again
        road.faults.plan("profile", Offline("Not online."), nth=nth)
    arrival = road.world.ring()
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]
    receipt = await road.receipt(arrival.conversation_id)
    assert [reading.error for reading in receipt.readings] == [None]


async def test_the_name_of_the_entry_skill_is_asked_for_again(road):
    """As every other source: a connection that breaks once is no unknown skill."""
    road.policies(when("conversation.entrySkill", "Bot", then=to_skill(SALES)))
    for nth in (1, 2, 3):
        road.faults.plan("skill_name", errors.Unavailable("No answer."), nth=nth)
    arrival = road.world.ring()
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]


async def test_a_transfer_whose_answer_was_lost_is_recorded_with_its_target(road):
    """The conversation left, and history says where to."""
    road.actions(to_skill(SALES))
    road.faults.plan("to_skill", errors.Unavailable("No answer."), when="after")
    (outcome,) = await road.run(road.world.ring())
    assert (outcome.result, outcome.target) == (
        "TRANSFERRED_TO_SKILL",
        SkillTarget(SALES, "policy"),
    )
    assert len(road.world.went) == 1


async def test_a_suggestion_whose_answer_was_lost_is_recorded_with_its_agent(road):
    """As with skills."""
    road.actions({"type": "TRANSFER_TO_AGENT", "payload": {"userId": "1002", "skillId": BILLING}})
    road.world.staff("1002")
    road.faults.plan("to_agent", errors.Unavailable("No answer."), when="after")
    (outcome,) = await road.run(road.world.ring())
    assert outcome.result == "TRANSFERRED_TO_AGENT"
    assert isinstance(outcome.target, AgentTarget)
    assert outcome.target.user_id == "1002"


async def test_a_lost_transfer_to_the_fallback_skill_is_told_apart(road):
    """No policy named it, but it is where the account sends what nobody wanted."""
    road.account.fallback = BILLING
    road.faults.plan("to_skill", errors.Unavailable("No answer."), when="after")
    (outcome,) = await road.run(road.world.ring())
    assert outcome.target == SkillTarget(BILLING, "accountFallback")


@pytest.mark.parametrize("departure", [None, Departure(None, "1009"), Departure()])
async def test_what_history_does_not_show_is_not_made_up(road, departure):
    """It left in an attempt before; more is not known, and not claimed."""
    road.actions(to_skill(SALES))
    arrival = road.world.ring()
    steps = await road.answer(arrival)
    await road.perform(steps)
    road.world.departures[arrival.conversation_id] = departure
    (outcome,) = await road.perform([msgspec.structs.replace(steps[0], attempts=1)])
    assert (outcome.result, outcome.target) == ("GONE", None)


async def test_a_departure_that_the_socket_did_not_tell_is_no_failure(road, monkeypatch):
    """The bot still believes that it has the conversation; history knows better."""
    road.actions(to_skill(SALES))
    road.faults.plan("to_skill", errors.Unavailable("No answer."), when="after")
    arrival = road.world.ring()
    steps = await road.answer(arrival)
    stale = road.world.held[arrival.conversation_id]

    async def mine(_):
        return stale

    monkeypatch.setattr(road.world, "mine", mine)
    (outcome,) = await road.perform(steps)
    assert outcome.result == "TRANSFERRED_TO_SKILL"
    assert len(road.world.went) == 1


async def test_a_conversation_closed_unseen_did_not_stay(road, monkeypatch):
    """Everything is refused, because there is nothing to transfer any more."""
    road.actions(to_skill(SALES))
    arrival = road.world.ring()
    steps = await road.answer(arrival)
    stale = road.world.held[arrival.conversation_id]

    async def mine(_):
        return stale

    monkeypatch.setattr(road.world, "mine", mine)
    road.world.refused[SALES] = errors.Conflict("The conversation is closed.")
    road.world.departures[arrival.conversation_id] = Departure()
    (outcome,) = await road.perform(steps)
    assert outcome.result == "GONE"
