"""What a decision asks for, carried out: messages in order, then the last transfer, once."""

import msgspec
import pytest

from orchestrator.core.model import errors
from orchestrator.core.model.action import SendMessage, TransferToAgent, TransferToSkill
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.model.step import AgentTarget, Say, SkillTarget, Transfer
from orchestrator.services.routing import plan
from orchestrator.services.routing.ports import Offline
from orchestrator.testing.clock import START

BOT, BILLING, SALES, VIP = "3000", "3001", "3002", "3005"


def say(text):
    return {"type": "SEND_MESSAGE", "payload": {"message": text}}


def to_skill(skill):
    return {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": skill}}


def to_agent(user, skill=None):
    payload = {"userId": user} | ({} if skill is None else {"skillId": skill})
    return {"type": "TRANSFER_TO_AGENT", "payload": payload}


async def test_messages_come_in_order_and_then_the_last_transfer(road):
    """However a policy lists them: first everything that is said, then one way out."""
    road.actions(to_skill(BILLING), say("One"), say("Two"), to_skill(SALES))
    arrival = road.world.ring()
    outcomes = await road.run(arrival)
    assert road.world.texts(arrival.conversation_id) == ["One", "Two"]
    assert road.world.went == [(arrival.conversation_id, SALES)]
    assert [each.result for each in outcomes] == ["SAID", "SAID", "TRANSFERRED_TO_SKILL"]


async def test_a_policy_that_only_speaks_is_followed_by_the_chain(road):
    """A message is no way out: the conversation goes where one without a policy would go."""
    road.account.fallback = SALES
    road.actions(say("Hello"))
    arrival = road.world.ring()
    await road.run(arrival)
    assert road.world.texts(arrival.conversation_id) == ["Hello"]
    assert road.world.went == [(arrival.conversation_id, SALES)]


async def test_an_agent_from_an_attribute_may_be_spelled_as_on_the_wire(road):
    """``ACCOUNT.USER`` is the same agent as the bare user id."""
    road.world.staff("1002", "ONLINE")
    road.actions(to_agent(f"{road.world.account}.1002", VIP))
    arrival = road.world.ring()
    (outcome,) = await road.run(arrival)
    assert outcome.target == AgentTarget("1002", VIP, "policy")


@pytest.mark.parametrize("availability", ["ONLINE", "OCCUPIED"])
@pytest.mark.parametrize("free", [1, None])
async def test_an_agent_who_can_take_it_is_suggested(road, availability, free):
    """With the action's skill as the place to wait under and to fall back to."""
    road.world.staff("1002", availability, free=free)
    road.actions(to_agent("1002", VIP))
    arrival = road.world.ring()
    (outcome,) = await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, f"agent 1002 under {VIP}")]
    assert outcome.target == AgentTarget("1002", VIP, "policy")


@pytest.mark.parametrize(
    ("availability", "free", "reason"),
    [
        ("OFFLINE", 3, "Agent 1002 is offline."),
        ("AWAY", 3, "Agent 1002 is away."),
        ("BACK_SOON", 3, "Agent 1002 is back soon."),
        ("ONLINE", 0, "Agent 1002 is at capacity."),
        (None, None, "There is no agent 1002."),
    ],
)
async def test_one_who_cannot_is_passed_over_for_the_fallback_skill(
    road, availability, free, reason
):
    """At once, without a suggestion that nobody would answer; the reason is kept."""
    if availability is not None:
        road.world.staff("1002", availability, free=free)
    road.actions(to_agent("1002", VIP))
    arrival = road.world.ring()
    (outcome,) = await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, VIP)]
    assert outcome.target == SkillTarget(VIP, "actionFallback")
    assert [refusal.reason for refusal in outcome.refusals] == [reason]


async def test_without_a_fallback_skill_the_chain_follows(road):
    """An action that names no skill leaves it to the account."""
    road.account.fallback = SALES
    road.actions(to_agent("1002"))
    arrival = road.world.ring()
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]


async def test_a_missing_agent_is_one_who_cannot_take_it(road):
    """A reference that resolves to nothing: the action's fallback skill is next."""
    road.actions(to_agent("{{sde.visitorinfo.customerinfo.role}}", VIP))
    arrival = road.world.ring()
    (outcome,) = await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, VIP)]
    assert "missing" in outcome.refusals[0].reason


async def test_a_suggestion_never_waits_under_the_bots_own_skill(road):
    """There it would ring at the bot when nobody answers; the chain's first place is taken."""
    road.account.fallback = SALES
    road.world.staff("1002")
    road.actions(to_agent("1002", BOT))
    arrival = road.world.ring()
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, f"agent 1002 under {SALES}")]


@pytest.mark.parametrize("refusal", [errors.BadInput, errors.NotFound, errors.Forbidden])
async def test_what_the_platform_refuses_is_followed_by_the_next_way_out(road, refusal):
    """Agent refused, fallback skill refused: the account's fallback, with both reasons kept."""
    road.account.fallback = SALES
    road.world.staff("1002")
    road.world.refused = {"1002": refusal("Not this one."), VIP: refusal("Nor this.")}
    road.actions(to_agent("1002", VIP))
    arrival = road.world.ring()
    (outcome,) = await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]
    assert [each.reason for each in outcome.refusals] == ["Not this one.", "Nor this."]


async def test_a_skill_that_was_never_found_is_not_asked_for(road):
    """A name that nobody could look up is refused here: an empty id means "none" over there."""
    road.account.fallback = SALES
    action = {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Nowhere"}}
    road.actions(action)
    arrival = road.world.ring()
    (outcome,) = await road.run(arrival)
    assert road.faults.calls.count("to_skill") == 1
    assert road.world.went == [(arrival.conversation_id, SALES)]
    assert "did not have" in outcome.refusals[0].reason


async def test_no_place_is_tried_twice(road):
    """The policy's skill and the account's fallback may be one: asked once, refused once."""
    road.account.fallback = SALES
    road.world.refused = {SALES: errors.BadInput("Closed.")}
    road.actions(to_skill(SALES))
    (outcome,) = await road.run(road.world.ring())
    assert outcome.result == "STAYED"
    assert len(outcome.refusals) == 1


async def test_a_message_that_is_refused_does_not_hold_the_transfer_up(road):
    """The platform's no is final for a message; the consumer still gets to a human."""
    road.faults.plan("say", errors.BadInput("Too long."))
    road.actions(say("Hello"), to_skill(SALES))
    arrival = road.world.ring()
    first, second = await road.run(arrival)
    assert (first.result, first.reason) == ("NOT_SAID", "Too long.")
    assert second.result == "TRANSFERRED_TO_SKILL"


async def test_a_message_that_cannot_be_said_is_given_up_in_the_end(road):
    """The transfer behind it does not wait for ever."""
    road.faults.always("say", errors.Unavailable("No answer."))
    road.actions(say("Hello"), to_skill(SALES))
    arrival = road.world.ring()
    first, second = await road.run(arrival)
    assert first.result == "NOT_SAID"
    assert second.result == "TRANSFERRED_TO_SKILL"


async def test_an_outage_before_it_was_begun_gives_no_message_up(road):
    """Only what may have been heard counts as an attempt to say it."""
    for nth in range(1, 10):
        road.faults.plan("mine", Offline("The bot is not online."), nth=nth)
    for nth in (1, 2):
        road.faults.plan("say", errors.Unavailable("No answer."), nth=nth)
    road.actions(say("Hello"), to_skill(SALES))
    arrival = road.world.ring()
    first, second = await road.run(arrival)
    assert (first.result, second.result) == ("SAID", "TRANSFERRED_TO_SKILL")
    assert road.world.texts(arrival.conversation_id) == ["Hello"]


async def test_a_conversation_that_left_is_left_alone(road):
    """Closed, or taken over meanwhile: nothing is said into it, nothing is moved."""
    road.actions(say("Hello"), to_skill(SALES))
    arrival = road.world.ring()
    steps = await road.answer(arrival)
    road.world._change(arrival.conversation_id, holder=False)
    outcomes = await road.perform(steps)
    assert [each.result for each in outcomes] == ["GONE", "GONE"]
    assert road.world.said_texts == []
    assert road.world.went == []


async def test_after_five_decisions_in_an_hour_only_the_chain_is_left(road, log):
    """A policy that sends it back to the bot is asked five times, then no more."""
    road.account.fallback = SALES
    road.actions(to_skill(BOT))
    arrival = road.world.ring()
    key = arrival.conversation_id
    for _ in range(5):
        await road.run(arrival)
        assert road.world.went[-1] == (key, BOT)
        arrival = road.world.ring_again(key)
    await road.run(arrival)
    assert road.world.went[-1] == (key, SALES)
    receipts = await road.receipts(key)
    assert [each.hop_limited for each in receipts] == [False] * 5 + [True]
    assert any(each["event"] == "routing.hop-limit" for each in log)


async def test_an_hour_later_the_policies_are_asked_again(road, clock):
    """The limit looks at the last hour."""
    road.account.fallback = SALES
    road.actions(to_skill(BOT))
    arrival = road.world.ring()
    key = arrival.conversation_id
    for _ in range(5):
        await road.run(arrival)
        arrival = road.world.ring_again(key)
    await clock.sleep(3601)
    await road.run(arrival)
    assert road.world.went[-1] == (key, BOT)


def receipt(*actions):
    return Receipt("d1", "1", "c1", START, "v", 1, (), None, None, None, actions, skill_id=BOT)


def test_the_same_receipt_gives_the_same_steps():
    """Ids follow from the decision, so that a step is the same one however often it is made."""
    decided = receipt(SendMessage("One"), TransferToSkill(SALES))
    assert plan.steps(decided) == plan.steps(decided)
    other = msgspec.structs.replace(decided, decision_id="d2")
    ids = {step.step_id for each in (decided, other) for step in plan.steps(each)}
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("actions", "work"),
    [
        ((), [Transfer((), BOT)]),
        ((SendMessage("Hi"),), [Say("Hi"), Transfer((), BOT)]),
        (
            (TransferToAgent("1002", VIP),),
            [
                Transfer(
                    (AgentTarget("1002", VIP, "policy"), SkillTarget(VIP, "actionFallback")), BOT
                )
            ],
        ),
        (
            (TransferToAgent("1002"),),
            [Transfer((AgentTarget("1002", None, "policy"),), BOT)],
        ),
        (
            (TransferToAgent("1002", "", skill_name="Nowhere"),),
            [Transfer((AgentTarget("1002", "", "policy"),), BOT)],
        ),
    ],
)
def test_every_decision_ends_in_a_transfer(actions, work):
    """With the policy's targets first, or with none: then the chain alone."""
    assert [step.work for step in plan.steps(receipt(*actions))] == work
