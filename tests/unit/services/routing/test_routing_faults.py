"""Whatever fails, and however often anything is told: decided once, said once, gone once."""

import pytest

from orchestrator.core.model import errors

SALES = "3002"
PLATFORM = [
    *("take", "profile", "past", "first_message", "skill_name", "agent_status", "own_skills"),
    *("mine", "say", "to_skill"),
]
RECORDS = ["claim", "rules", "edition", "record", "begin", "finish"]
AGAIN = [errors.Unavailable("No answer."), errors.Unauthenticated("The session is over.")]


@pytest.fixture
def busy(road):
    """A road on which one conversation needs every call that there is."""
    road.account.fallback = SALES
    unwanted = {"type": "EQUAL", "value": "nothing"}
    names = ("sde.visitorinfo.customerinfo.ctype", "conversation.firstMessage")
    agent = {"type": "TRANSFER_TO_AGENT", "payload": {"userId": "1002", "skillId": "3000"}}
    road.policies(
        *(
            {"conditions": [{"property": name, **unwanted}], "actions": [agent]}
            for name in (*names, "conversation.entrySkill", "conversation.previousAgentId")
        ),
        {
            "conditions": [{"all": []}],
            "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}, agent],
        },
    )
    road.world.staff("1002", free=0)
    # Offline agent, then the bot's own skill: the platform refuses it, then comes the chain.
    road.world.refused["3000"] = errors.BadInput("Not to yourself.")
    return road


async def check(road, conversation_id):
    assert road.world.texts(conversation_id) == ["Hello"]
    assert road.world.went == [(conversation_id, SALES)]
    assert len(await road.receipts(conversation_id)) == 1
    assert await road.left_over(conversation_id) == []
    assert all(await road.outcomes(conversation_id))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("method", PLATFORM + RECORDS)
async def test_any_call_may_fail_for_a_while(busy, method, when):
    """Three failures in a row, before or after the work was done, change nothing in the end."""
    for nth in (1, 2, 3):
        busy.faults.plan(method, errors.Unavailable("No answer."), when=when, nth=nth)
    arrival = busy.world.ring()
    await busy.run(arrival)
    assert method in busy.faults
    await busy.restart()
    await check(busy, arrival.conversation_id)


@pytest.mark.parametrize("method", ["take", "profile", "say", "to_skill", "mine"])
async def test_a_session_that_is_being_renewed_is_waited_for(busy, method):
    """Credentials that have just run out are nobody's final word."""
    busy.faults.plan(method, errors.Unauthenticated("The session is over."))
    arrival = busy.world.ring()
    steps = ()
    for _ in range(3):
        try:
            steps = await busy.routing.answer(arrival)
        except errors.Unauthenticated:
            continue
        break
    await busy.perform(steps)
    await check(busy, arrival.conversation_id)


async def test_the_same_ring_may_be_told_often(busy):
    """Before, during and after it is decided: one decision."""
    arrival = busy.world.ring()
    steps = [*await busy.answer(arrival), *await busy.answer(arrival)]
    await busy.perform(steps)
    assert await busy.answer(arrival) == ()
    assert await busy.answer(busy.world.told(arrival.conversation_id)) == ()
    await check(busy, arrival.conversation_id)


async def test_twins_that_are_answered_side_by_side_are_decided_once(busy):
    """The slower one finds the claim finished, and has nothing to do."""
    import asyncio

    arrival = busy.world.ring()
    found = await asyncio.gather(*(busy.routing.answer(arrival) for _ in range(4)))
    assert sorted(len(steps) for steps in found) == [0, 0, 0, 2]
    await busy.perform(next(steps for steps in found if steps))
    await check(busy, arrival.conversation_id)


async def test_steps_may_be_performed_again(busy):
    """A step that was begun before asks first whether it happened."""
    arrival = busy.world.ring()
    steps = await busy.answer(arrival)
    await busy.perform([*steps, *steps])
    assert busy.world.went == [(arrival.conversation_id, SALES)]


@pytest.mark.parametrize("refusal", [errors.Conflict, errors.NotFound, errors.Forbidden])
async def test_a_ring_that_is_over_is_withdrawn(road, refusal):
    """Whatever the platform's no is called: no decision, nothing left over, no second try."""
    arrival = road.world.ring()
    road.faults.plan("take", refusal("It is over."))
    assert await road.answer(arrival) == ()
    assert await road.left_over(arrival.conversation_id) == []
    assert await road.receipts(arrival.conversation_id) == []
    assert await road.answer(arrival) == ()


async def test_a_later_ring_of_the_same_conversation_is_a_new_arrival(busy):
    """Once a ring was missed, the next one is answered as if there had been none."""
    arrival = busy.world.ring()
    busy.faults.plan("take", errors.Conflict("It is over."))
    await busy.answer(arrival)
    busy.world.rings.clear()
    await busy.run(busy.world.ring_again(arrival.conversation_id))
    await check(busy, arrival.conversation_id)


async def test_what_is_found_in_the_bots_hands_is_an_arrival_too(busy):
    """Assigned by hand, or accepted by a process that died: decided like any other."""
    arrival = busy.world.assign()
    await busy.run(arrival)
    await check(busy, arrival.conversation_id)


async def test_what_came_back_without_ringing_is_decided_again(road, clock):
    """Given to the bot by hand a second time: history says since when, and that is later."""
    road.account.fallback = SALES
    arrival = road.world.assign()
    await road.run(arrival)
    await clock.sleep(30)
    road.world.give(arrival.conversation_id)
    await road.run(road.world.told(arrival.conversation_id))
    await road.run(road.world.told(arrival.conversation_id))
    assert road.world.went == [(arrival.conversation_id, SALES)] * 2
    assert len(await road.receipts(arrival.conversation_id)) == 2


async def test_what_came_back_is_noticed_where_history_knows_nothing(road, clock):
    """Its decision was carried out and had taken it away: so this is another arrival."""
    from orchestrator.services.routing.ports import Past

    road.account.fallback = SALES
    arrival = road.world.assign()
    await road.run(arrival)
    await clock.sleep(30)
    road.world.give(arrival.conversation_id)
    road.world.pasts[arrival.conversation_id] = Past()
    await road.run(road.world.told(arrival.conversation_id))
    assert road.world.went == [(arrival.conversation_id, SALES)] * 2


async def test_what_stays_with_the_bot_is_not_decided_at_every_reconnect(road, clock):
    """With history, and without: the decision stands until it arrives anew."""
    from orchestrator.services.routing.ports import Past

    arrival = road.world.assign()
    await road.run(arrival)
    await clock.sleep(30)
    await road.run(road.world.told(arrival.conversation_id))
    road.world.pasts[arrival.conversation_id] = Past()
    await road.run(road.world.told(arrival.conversation_id))
    assert len(await road.receipts(arrival.conversation_id)) == 1


async def test_a_decision_whose_steps_wait_is_not_made_again(busy):
    """After a restart the steps are performed; the arrival is known."""
    arrival = busy.world.ring()
    await busy.answer(arrival)
    assert await busy.answer(busy.world.told(arrival.conversation_id)) == ()
    await busy.restart()
    await check(busy, arrival.conversation_id)
