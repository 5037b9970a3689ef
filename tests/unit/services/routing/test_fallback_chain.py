"""Where a conversation goes that no policy sends anywhere: the original skill, the account's."""

import pytest

from orchestrator.core.model import errors, maven
from orchestrator.core.model.ids import UNASSIGNED_SKILL
from orchestrator.services.routing.ports import Past

BILLING, SALES, MAVEN, ORPHAN, VIP = "3001", "3002", "3003", "3004", "3005"


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("maven:Billing", "Billing"),
        ("maven:Billing:EU", "Billing:EU"),
        ("maven: Billing", " Billing"),
        ("Maven:Billing", None),
        ("MAVEN:Billing", None),
        (" maven:Billing", None),
        ("maven", None),
        ("maven:", None),
        ("maven.Billing", None),
        ("Billing", None),
        (None, None),
    ],
)
def test_the_prefix_is_exact_and_the_rest_is_the_name(name, original):
    """Lower case, at the very beginning; everything after the first colon is the skill's name."""
    assert maven.original(name) == original


async def test_what_rang_on_maven_x_goes_to_x(road):
    """The rule of the set-up guide: executed by no policy, it goes to the skill of the name."""
    road.account.fallback = SALES
    arrival = road.world.ring(MAVEN)
    (outcome,) = await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, BILLING)]
    assert outcome.target.origin == "originalSkill"


async def test_the_skill_it_rang_on_beats_the_entry_skill(road):
    """A conversation that came in elsewhere and rings on maven:X goes to X."""
    road.world.skills["3010"] = "maven:VIP"
    arrival = road.world.ring(MAVEN, entry_skill_id="3010")
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, BILLING)]


async def test_else_the_entry_skill_counts(road):
    """Handed on to the bot's plain skill, it still belongs to the X of its entry skill."""
    arrival = road.world.ring("3000", entry_skill_id=MAVEN)
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, BILLING)]


async def test_the_entry_skill_of_history_counts(road):
    """Where the conversation's snapshot does not know where it began, history does."""
    arrival = road.world.ring("3000")
    road.world.pasts[arrival.conversation_id] = Past(entry_skill_id=MAVEN)
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, BILLING)]


async def test_history_is_not_asked_when_the_ring_says_it_all(road):
    """What is not needed is not fetched."""
    await road.run(road.world.ring(MAVEN))
    assert "past" not in road.faults


@pytest.mark.parametrize(
    "own",
    [pytest.param(set(), id="X is missing"), pytest.param({BILLING}, id="the bot serves X")],
)
async def test_without_a_usable_x_the_account_decides(road, own):
    """A missing X is passed over; so is one that the bot serves, for it would only come back."""
    road.account.fallback = SALES
    road.world.own |= own
    arrival = road.world.ring(MAVEN if own else ORPHAN)
    (outcome,) = await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]
    assert outcome.target.origin == "accountFallback"


async def test_x_that_refuses_is_followed_by_the_account(road):
    """The platform's no is the next way's turn, and is told."""
    road.account.fallback = SALES
    road.world.refused[BILLING] = errors.Forbidden("This skill takes no transfers.")
    arrival = road.world.ring(MAVEN)
    (outcome,) = await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]
    (refusal,) = outcome.refusals
    assert (refusal.target.skill_id, refusal.reason) == (BILLING, "This skill takes no transfers.")


async def test_a_fallback_that_the_bot_serves_is_no_way_out(road):
    """The account's fallback skill may have become the bot's own: then it stays."""
    road.account.fallback = "3000"
    (outcome,) = await road.run(road.world.ring())
    assert outcome.result == "STAYED"
    assert road.world.went == []


async def test_with_nowhere_to_go_it_stays_and_one_line_says_so(road, log):
    """One clear warning with the remedy; afterwards it is still the bot's, and decided."""
    arrival = road.world.ring()
    (outcome,) = await road.run(arrival)
    assert outcome.result == "STAYED"
    assert await road.world.mine(arrival.conversation_id)
    (line,) = [each for each in log if each["event"] == "routing.stays-with-bot"]
    assert line["log_level"] == "warning"
    assert line["conversation"] == arrival.conversation_id
    assert "--fallback-skill" in line["remedy"]
    await road.restart()
    assert len(await road.receipts(arrival.conversation_id)) == 1


@pytest.mark.parametrize("question", ["skill_name", "skill_id", "past", "own_skills"])
async def test_a_platform_that_will_not_say_does_not_stop_the_chain(road, question):
    """Whatever the bot may not read, the account's fallback skill is still there."""
    road.account.fallback = SALES
    road.faults.always(question, errors.Forbidden("Not for bots."))
    arrival = road.world.ring("3000")
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]


@pytest.mark.parametrize("question", ["skill_name", "past", "own_skills"])
async def test_a_service_that_is_down_for_long_holds_nobody_for_long(road, clock, question):
    """For a minute the chain waits for what it would like to know, then it goes on without."""
    road.account.fallback = SALES
    road.faults.always(question, errors.Unavailable("Down."))
    arrival = road.world.ring("3000")
    begun = clock.now()
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]
    assert 50 <= (clock.now() - begun).total_seconds() <= 75


async def test_a_suggestion_without_a_skill_waits_under_the_chains_first(road):
    """LivePerson wants a skill with a suggestion; the chain has one, else "-1" is sent."""
    for place, expected in ((MAVEN, BILLING), ("3000", UNASSIGNED_SKILL), (VIP, UNASSIGNED_SKILL)):
        road.world.staff("1002")
        road.actions({"type": "TRANSFER_TO_AGENT", "payload": {"userId": "1002"}})
        arrival = road.world.ring(place)
        await road.run(arrival)
        assert road.world.went[-1] == (arrival.conversation_id, f"agent 1002 under {expected}")
